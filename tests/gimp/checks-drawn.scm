;;; SPDX-FileCopyrightText: The reweave authors
;;; SPDX-License-Identifier: LGPL-3.0-or-later
;;; Layers that GIMP draws anew from what they say: text, and in 3.2 links and
;;; vectors.  Defined before: rw-in, rw-out (folders that end in a slash),
;;; rw-effects (whether there are layer effects) and what notes.scm and
;;; prelude-N.scm have.

(define rw-picture (string-append rw-in "rgb8.png"))
(define rw-big (string-append rw-in "upscale.safetensors"))
(define rw-gap 30) ; of the layer from the corner of its image

(define (out kind what) (string-append rw-out kind "-" what ".png"))
(define (note kind what value) (rw-note (string-append kind "-" what) value))
(define-macro (refusal call) `(catch "refused" ,call "done"))
(define (first-layer image) (vector-ref (rw-layers image) 0))

;; Something that GIMP takes for text, as which it has been loaded, since fonts
;; are not.
(define (load-text)
  (let* ((image (rw-load rw-picture))
         (layer (first-layer image))
         (path (string-append rw-out "text.xcf")))
    (gimp-item-attach-parasite layer
                               (list "gimp-text-layer" 1 "(text \"Words\")\n"))
    (rw-save-all image layer path)
    (gimp-image-delete image)
    (rw-load path)))

;; Scaled, so that the file's pixels are no longer the layer's.
(define (load-link)
  (let* ((image (rw-new-image 200 200 RGB))
         (layer (car (gimp-link-layer-new image rw-picture))))
    (gimp-image-insert-layer image layer 0 0)
    (gimp-layer-scale layer 180 150 FALSE)
    image))

(define (load-vectors)
  (let* ((image (rw-new-image 200 200 RGB))
         (path (car (gimp-path-new image "ellipse"))))
    (gimp-image-insert-path image path 0 0)
    (gimp-path-bezier-stroke-new-ellipse path 100 100 80 60 0)
    (let ((layer (car (gimp-vector-layer-new image path))))
      (gimp-image-insert-layer image layer 0 0)
      (gimp-vector-layer-refresh layer)
      image)))

(define (load-kind kind)
  (let ((image (cond ((string=? kind "text") (load-text))
                     ((string=? kind "link") (load-link))
                     (else (load-vectors)))))
    (gimp-item-set-name (first-layer image) kind)
    (gimp-layer-set-offsets (first-layer image) rw-gap rw-gap)
    image))

(define (is kind layer)
  (cond ((string=? kind "text") (rw-is-text layer))
        ((string=? kind "link") (car (gimp-item-id-is-link-layer layer)))
        (else (car (gimp-item-id-is-vector-layer layer)))))

;; Itself: refused, alone and among others, and so is enlarging it.
(define (check-refused kind)
  (let* ((image (load-kind kind))
         (layer (first-layer image)))
    (rw-save image layer (out kind "before"))
    (note kind "itself" (refusal (rw-mend image layer 15 0.5 "")))
    (note kind "enlarged"
          (refusal (rw-run "upscale" image layer '() '() 1.0 rw-big)))
    (note kind "enlarged-alone"
          (refusal (rw-enlarge-layer image layer rw-big)))
    (note kind "stays" (is kind layer))
    (rw-save image layer (out kind "after"))
    (gimp-image-delete image)))

;; The new layer is pixels: it is mended again, and grows with its image.
(define (check-new-layer kind)
  (let* ((image (load-kind kind))
         (layer (first-layer image))
         (mask (car (gimp-layer-create-mask layer ADD-MASK-BLACK))))
    (gimp-layer-add-mask layer mask)
    (gimp-layer-set-opacity layer 40)
    (rw-mend-new-layer image layer 15 0.5)
    (let ((above (first-layer image)))
      (note kind "new" (car (gimp-item-get-name above)))
      (note kind "new-is" (is kind above))
      (note kind "new-offset" (rw-offset-x above))
      (note kind "new-opacity" (car (gimp-layer-get-opacity above)))
      (note kind "new-mask" (if (= -1 (car (gimp-layer-get-mask above))) 0 1))
      (note kind "below-is" (is kind layer))
      (gimp-layer-set-opacity above 100)
      (rw-save image above (out kind "new"))
      (note kind "again" (refusal (rw-mend image above 15 0.5 "")))
      (rw-save image above (out kind "again"))
      (gimp-image-scale image 400 400)
      (note kind "new-grows" (/ (rw-layer-width above)
                                (rw-layer-width layer))))
    (gimp-image-delete image)))

;; Effects of the layer come with the new one: it looks as if they had been put
;; on what check-new-layer has left.
(define (check-effects-copied kind)
  (let* ((image (load-kind kind))
         (layer (first-layer image)))
    (rw-blur layer "second")
    (rw-blur layer "first")
    (rw-mend-new-layer image layer 15 0.5)
    (note kind "new-effects" (map rw-effect-name (rw-effects-list
                                                  (first-layer image))))
    (rw-save image (first-layer image) (out kind "new-blurred"))
    (gimp-image-delete image))
  (let* ((image (rw-load (out kind "new")))
         (layer (first-layer image)))
    (rw-blur layer "second")
    (rw-blur layer "first")
    (rw-save image layer (out kind "new-expected"))
    (gimp-image-delete image)))

;; What the user has painted on is pixels already.
(define (check-painted kind)
  (let* ((image (load-kind kind))
         (layer (first-layer image)))
    (gimp-drawable-edit-fill layer FILL-WHITE)
    (note kind "painted" (refusal (rw-mend image layer 15 0.5 "")))
    (gimp-image-delete image)))

;; As an effect it stays what it is.
(define (check-effect kind)
  (let* ((image (load-kind kind))
         (layer (first-layer image)))
    (note kind "effect" (refusal (rw-effect image (vector layer) "")))
    (note kind "effects" (length (rw-effects-list layer)))
    (note kind "effect-is" (is kind layer))
    (gimp-image-resize-to-layers image)
    (let ((seen (car (gimp-layer-new-from-visible image image "seen"))))
      (gimp-image-insert-layer image seen 0 0)
      (rw-save image seen (out kind "effect")))
    (for-each gimp-drawable-filter-delete (rw-effects-list layer))
    (rw-save image layer (out kind "without-effect"))
    (gimp-image-delete image)))

;; An image that is enlarged by another layer's net.
(define (check-beside kind)
  (let* ((image (load-kind kind))
         (layer (first-layer image))
         (width (rw-layer-width layer))
         (plain (car (gimp-file-load-layer RUN-NONINTERACTIVE image
                                           rw-picture))))
    (gimp-image-insert-layer image plain 0 1)
    (rw-run "upscale" image plain '() '() 1.0 rw-big)
    (note kind "beside" (/ (rw-layer-width layer) width))
    (note kind "beside-is" (is kind layer))
    (gimp-image-delete image)))

(define (check-kind kind)
  (note kind "is" (let* ((image (load-kind kind))
                         (good (is kind (first-layer image))))
                    (gimp-image-delete image)
                    good))
  (check-refused kind)
  (check-new-layer kind)
  (if (not (string=? kind "link")) (check-painted kind)) ; GIMP refuses links
  (if rw-effects (begin (check-effects-copied kind) (check-effect kind)))
  (check-beside kind))

(check-kind "text")
(if (defined? 'gimp-link-layer-new) (check-kind "link"))
(if (defined? 'gimp-vector-layer-new) (check-kind "vectors"))
(rw-note "end" "reached")
(close-output-port rw-notes)
