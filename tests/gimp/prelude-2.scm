;;; SPDX-FileCopyrightText: The reweave authors
;;; SPDX-License-Identifier: LGPL-3.0-or-later
;;; What checks.scm needs, in GIMP 2.10's Script-Fu.

(define rw-half PRECISION-HALF-GAMMA)
(define rw-float PRECISION-FLOAT-GAMMA)
(define rw-u16 PRECISION-U16-GAMMA)
(define rw-u32 PRECISION-U32-GAMMA)

(define (rw-load path)
  (car (gimp-file-load RUN-NONINTERACTIVE path path)))

(define (rw-layers image)
  (cadr (gimp-image-get-layers image)))

(define (rw-new-image width height type)
  (car (gimp-image-new width height type)))

(define (rw-new-group image name)
  (let ((group (car (gimp-layer-group-new image))))
    (gimp-item-set-name group name)
    group))

(define (rw-copy layer)
  (car (gimp-layer-copy layer FALSE)))

;; Writes the pixels of one item, whatever lies around it.
(define (rw-save image item path)
  (file-png-save2 RUN-NONINTERACTIVE image item path path
                  0 1 0 0 0 0 0 0 1))

(define (rw-save-all image item path)
  (gimp-xcf-save RUN-NONINTERACTIVE image item path path))

(define (rw-select image x y width height)
  (gimp-image-select-rectangle image CHANNEL-OP-REPLACE x y width height))

;; Any task, with a list of its controls' values; a task that enlarges takes
;; one argument more, for all of the image, and so does one that searches.
(define (rw-run task image item names values strength weights)
  (rw-run-with task image item values strength weights
               (cond ((string=? task "upscale") (list TRUE))
                     ((string=? task "inpaint") (list 0.7))
                     ((string=? task "restore") (list 0))
                     (else '()))))

(define (rw-run-with task image item values strength weights more)
  (eval (append (list (string->symbol (string-append "plug-in-reweave-" task))
                      RUN-NONINTERACTIVE image item)
                values (list strength 0 weights) more)))

(define (rw-enlarge-layer image item weights)
  (rw-run-with "upscale" image item '() 1.0 weights (list FALSE)))

(define (rw-guide-place image guide)
  (car (gimp-image-get-guide-position image guide)))

(define (rw-channels image)
  (cadr (gimp-image-get-channels image)))

(define (rw-width image) (car (gimp-image-width image)))
(define (rw-layer-width layer) (car (gimp-drawable-width layer)))

;; Notes the arguments from the drawable on.
(define (rw-note-arguments task)
  (let* ((name (string-append "plug-in-reweave-" task))
         (n (list-ref (gimp-procedural-db-proc-info name) 6)))
    (do ((i 3 (+ i 1))) ((= i n))
      (rw-note (string-append "argument-" task "-" (number->string (- i 3)))
               (cadr (gimp-procedural-db-proc-arg name i))))))

(define (rw-mend image item level strength weights)
  (plug-in-reweave-white-noise RUN-NONINTERACTIVE image item
                               level strength 0 weights))

(define (rw-mend-layers image items level strength weights)
  (let* ((n (length items))
         (ids (cons-array n 'long)))
    (do ((i 0 (+ i 1))) ((= i n))
      (aset ids i (list-ref items i)))
    (plug-in-reweave-white-noise-layers RUN-NONINTERACTIVE image n ids
                                        level strength 0 weights)))

;; The driver has left a file of last values that asks for a new layer.
(define (rw-mend-new-layer image item level strength)
  (plug-in-reweave-white-noise RUN-WITH-LAST-VALS image item 0 0 0 ""))

(define (rw-check-effects in out) #t)

;; Only in 2.10 can layers be chained; a person's call takes all of them.
(define (rw-check-chained picture out)
  (let* ((image (rw-load picture))
         (below (vector-ref (rw-layers image) 0))
         (above (rw-copy below)))
    (gimp-image-insert-layer image above 0 0)
    (gimp-item-set-linked below TRUE)
    (gimp-item-set-linked above TRUE)
    (rw-mend-new-layer image above 15 0.5)
    (rw-note "chained-count" (length (vector->list (rw-layers image))))
    (rw-save image (vector-ref (rw-layers image) 0) (out "chained-above"))
    (rw-save image (vector-ref (rw-layers image) 2) (out "chained-below"))
    (gimp-image-delete image)))

(define (rw-offset-x layer)
  (car (gimp-drawable-offsets layer)))

(define (rw-is-text layer) (car (gimp-item-is-text-layer layer)))
