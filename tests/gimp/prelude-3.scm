;;; SPDX-FileCopyrightText: The reweave authors
;;; SPDX-License-Identifier: LGPL-3.0-or-later
;;; What checks.scm needs, in GIMP 3's Script-Fu.

(define rw-half PRECISION-HALF-NON-LINEAR)
(define rw-float PRECISION-FLOAT-NON-LINEAR)
(define rw-u16 PRECISION-U16-NON-LINEAR)
(define rw-u32 PRECISION-U32-NON-LINEAR)

(define (rw-load path)
  (car (gimp-file-load RUN-NONINTERACTIVE path)))

(define (rw-layers image)
  (car (gimp-image-get-layers image)))

(define (rw-new-image width height type)
  (car (gimp-image-new width height type)))

(define (rw-new-group image name)
  (car (gimp-group-layer-new image name)))

(define (rw-copy layer)
  (car (gimp-layer-copy layer)))

;; Writes the pixels of one item, whatever lies around it: GIMP 3 exports only
;; whole images.
(define (rw-save image item path)
  (let* ((type (if (= 1 (car (gimp-drawable-is-gray item))) GRAY RGB))
         (lone (car (gimp-image-new-with-precision
                     (car (gimp-drawable-get-width item))
                     (car (gimp-drawable-get-height item))
                     type (car (gimp-image-get-precision image)))))
         (layer (car (gimp-layer-new-from-drawable item lone))))
    (gimp-image-insert-layer lone layer 0 0)
    (gimp-item-set-visible layer TRUE)
    (if (not (= -1 (car (gimp-layer-get-mask layer))))
        (gimp-layer-remove-mask layer MASK-DISCARD))
    (gimp-layer-set-offsets layer 0 0)
    (file-png-export #:run-mode RUN-NONINTERACTIVE #:image lone #:file path
                     #:compression 1 #:save-transparent 1)
    (gimp-image-delete lone)))

(define (rw-save-all image item path)
  (gimp-xcf-save RUN-NONINTERACTIVE image path))

(define (rw-select image x y width height)
  (gimp-image-select-rectangle image CHANNEL-OP-REPLACE x y width height))

;; Two layers get an effect, which is then made part of the one; a mask gets
;; none.
(define (rw-check-effects in out)
  (let* ((image (rw-load (in "rgb8")))
         (layer (vector-ref (rw-layers image) 0))
         (other (rw-copy layer))
         (filters (lambda (layer)
                    (vector-length (car (gimp-drawable-get-filters layer))))))
    (gimp-image-insert-layer image other 0 0)
    (rw-effect image (vector layer other) "")
    (rw-note "effects" (list (filters layer) (filters other)))
    (gimp-drawable-merge-filters layer)
    (rw-save image layer (out "effect"))
    (let ((mask (car (gimp-layer-create-mask other ADD-MASK-WHITE))))
      (gimp-layer-add-mask other mask)
      (rw-refused "effect-mask" (rw-effect image (vector other mask) "")))
    (rw-note "effects-later" (filters other))
    (gimp-image-delete image))
  (let* ((image (rw-load (in "rgb8")))
         (layer (vector-ref (rw-layers image) 0)))
    (rw-refused "effect-weights"
                (rw-effect image (vector layer)
                           (string-append rw-in "white-noise.safetensors")))
    (rw-save image layer (out "effect-weights"))
    (gimp-image-delete image)))

(define (rw-effect image items weights)
  (plug-in-reweave-white-noise #:run-mode RUN-NONINTERACTIVE #:image image
                               #:drawables items #:level 20 #:strength 0.6
                               #:weights weights #:output "effect"))

;; Any task, with a list of its controls' names and one of their values.  Names
;; of arguments are constants that only the reader makes, so the driver has
;; written them into rw-tasks as #:name; eval does not take them, apply does.
(define (rw-run task image item names values strength weights)
  (apply (eval (string->symbol (string-append "plug-in-reweave-" task)))
         (append (list #:run-mode RUN-NONINTERACTIVE #:image image
                       #:drawables (vector item))
                 (rw-named names values)
                 (list #:strength strength #:weights weights)
                 (cond ((string=? task "inpaint") (list #:scratches 0.7))
                       ((string=? task "restore") (list #:scratches 0))
                       (else '())))))

(define (rw-enlarge-layer image item weights)
  (plug-in-reweave-upscale #:run-mode RUN-NONINTERACTIVE #:image image
                           #:drawables (vector item) #:weights weights
                           #:output "same-layer"))

(define (rw-guide-place image guide)
  (car (gimp-image-get-guide-position image guide)))

(define (rw-channels image)
  (car (gimp-image-get-channels image)))

(define (rw-width image) (car (gimp-image-get-width image)))
(define (rw-layer-width layer) (car (gimp-drawable-get-width layer)))

(define (rw-named names values)
  (if (null? names)
      '()
      (cons (car names)
            (cons (car values) (rw-named (cdr names) (cdr values))))))

(define (rw-note-arguments task) #t)

(define (rw-mend image item level strength weights)
  (rw-mend-layers image (list item) level strength weights))

(define (rw-mend-layers image items level strength weights)
  (plug-in-reweave-white-noise #:run-mode RUN-NONINTERACTIVE #:image image
                               #:drawables (list->vector items)
                               #:level level #:strength strength
                               #:weights weights))

(define (rw-mend-new-layer image item level strength)
  (plug-in-reweave-white-noise #:run-mode RUN-NONINTERACTIVE #:image image
                               #:drawables (vector item) #:level level
                               #:strength strength #:output "new-layer"))

(define (rw-check-chained picture out) #t)

(define (rw-offset-x layer)
  (car (gimp-drawable-get-offsets layer)))

(define (rw-is-text layer) (car (gimp-item-id-is-text-layer layer)))
(define (rw-effects-list layer)
  (vector->list (car (gimp-drawable-get-filters layer))))
(define (rw-effect-name effect) (car (gimp-drawable-filter-get-name effect)))
(define (rw-blur layer name)
  (gimp-drawable-append-new-filter layer "gegl:gaussian-blur" name
                                   LAYER-MODE-REPLACE 0.5 "std-dev-x" 3))
