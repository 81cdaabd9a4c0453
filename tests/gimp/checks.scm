;;; SPDX-FileCopyrightText: The reweave authors
;;; SPDX-License-Identifier: LGPL-3.0-or-later
;;; The plug-in's work inside GIMP: every case leaves pictures, and notes in a
;;; file, which test-gimp.py judges.  Defined before: rw-in and rw-out (folders
;;; that end in a slash), rw-tasks (lists of a task's name, its controls' names,
;;; as the calls of this GIMP want them, and values for these), rw-effects
;;; (whether there are layer effects) and what notes.scm and prelude-N.scm have.

(define (in name) (string-append rw-in name ".png"))
(define (out name) (string-append rw-out name ".png"))

;; Notes whether the call was refused.
(define-macro (rw-refused name call)
  `(rw-note ,name (catch "refused" ,call "done")))

(define (first-layer image)
  (vector-ref (rw-layers image) 0))

;; One picture, one layer, no selection; as a precision, if one is given with
;; a name, and back.
(define (check-whole name level strength precision)
  (let* ((image (rw-load (in name)))
         (result (string-append name "-whole")))
    (if precision
        (begin
          (gimp-image-convert-precision image (car precision))
          (set! result (string-append name "-" (cadr precision)))))
    (rw-mend image (first-layer image) level strength "")
    (if precision (gimp-image-convert-precision image rw-u16))
    (rw-save image (first-layer image) (out result))
    (gimp-image-delete image)))

;; Two layers of different sizes at odd places of a third size, in one call.
(define (check-layers)
  (let* ((image (rw-load (in "rgb8")))
         (below (first-layer image))
         (above (car (gimp-file-load-layer RUN-NONINTERACTIVE image
                                           (in "rgba8")))))
    (gimp-image-insert-layer image above 0 0)
    (gimp-layer-set-offsets above 37 -11)
    (gimp-layer-set-offsets below -20 50)
    (gimp-image-resize image 400 90 0 0)
    (rw-mend-layers image (list above below) 20 0.6 "")
    (rw-save image above (out "layers-above"))
    (rw-save image below (out "layers-below"))
    (rw-note "layers-x" (rw-offset-x above))
    (gimp-image-delete image)))

;; A selection in image coordinates over a layer that is moved.
(define (check-selection name feather)
  (let* ((image (rw-load (in "rgb8")))
         (layer (first-layer image)))
    (gimp-image-resize image 500 500 0 0)
    (gimp-layer-set-offsets layer 60 40)
    (rw-select image 180 140 100 80)
    (if feather (gimp-selection-feather image feather))
    (rw-mend image layer 20 1.0 "")
    (rw-save image layer (out name))
    (gimp-image-delete image)))

;; A group in a group, given by the outer one.
(define (check-group)
  (let* ((image (rw-load (in "rgb8")))
         (layer (first-layer image))
         (outer (rw-new-group image "outer"))
         (inner (rw-new-group image "inner")))
    (gimp-image-insert-layer image outer 0 0)
    (gimp-image-insert-layer image inner outer 0)
    (let ((copy (rw-copy layer)))
      (gimp-image-insert-layer image copy inner 0)
      (rw-mend image outer 20 1.0 "")
      (rw-save image copy (out "group-inside"))
      (rw-save image layer (out "group-outside")))
    (gimp-image-delete image)))

;; Masks and channels are linear, and lose a little on their way to a PNG.
(define (check-mask)
  (let* ((image (rw-load (in "rgb16")))
         (layer (first-layer image)))
    (let ((mask (car (gimp-layer-create-mask layer ADD-MASK-COPY))))
      (gimp-layer-add-mask layer mask)
      (rw-save image mask (out "mask-before"))
      (rw-save image layer (out "mask-layer-before"))
      (rw-mend image mask 20 1.0 "")
      (rw-save image mask (out "mask-after"))
      (rw-save image layer (out "mask-layer-after"))
      (rw-refused "mask-new-layer"
                  (rw-mend-new-layer image mask 15 0.5)))
    (gimp-image-delete image)))

(define (check-channel)
  (let* ((image (rw-load (in "rgb16"))))
    (let ((channel (car (gimp-channel-new-from-component
                         image CHANNEL-GREEN "green"))))
      (gimp-image-insert-channel image channel 0 0)
      (rw-save image channel (out "channel-before"))
      (rw-mend image channel 20 1.0 "")
      (rw-save image channel (out "channel-after")))
    (gimp-image-delete image)))

(define (check-new-layer)
  (let* ((image (rw-load (in "rgba8")))
         (layer (first-layer image)))
    (gimp-item-set-name layer "photo")
    (rw-mend-new-layer image layer 15 0.5)
    (rw-note "new-layer-count" (length (vector->list (rw-layers image))))
    (rw-note "new-layer-name" (car (gimp-item-get-name (first-layer image))))
    (rw-save image (first-layer image) (out "new-layer-above"))
    (rw-save image layer (out "new-layer-below"))
    (gimp-image-delete image)))

;; Each task: with weights of its own at strength 0 and 1, and without any.
(define (check-task task kind names values)
  (if (string=? kind "filter") (check-filter task names values))
  (if (string=? kind "hole") (check-hole task))
  (if (string=? kind "enlarge") (check-enlarge task)))

(define (weights-of task) (string-append rw-in task ".safetensors"))

(define (check-filter task names values)
  (let* ((image (rw-load (in "rgba16")))
         (layer (first-layer image))
         (weights (weights-of task))
         (other (rw-load (in "grey8"))))
    (rw-note-arguments task)
    (rw-run task image layer names values 0.0 weights)
    (rw-save image layer (out (string-append task "-nothing")))
    (rw-run task image layer names values 1.0 weights)
    (rw-save image layer (out (string-append task "-own")))
    (rw-refused (string-append task "-default")
                (rw-run task other (first-layer other) names
                        (map (lambda (value) 0) values) 1.0 ""))
    (rw-save other (first-layer other)
             (out (string-append task "-default")))
    (gimp-image-delete image)
    (gimp-image-delete other)))

;; The selection is what to make up: the layer lies at 60,40 of the image, the
;; hole at 30,40 50x60 of the layer; once sharp, once feathered.
(define (check-hole task)
  (rw-note-arguments task)
  (for-each
   (lambda (feather)
     (let* ((image (rw-load (in "rgb8")))
            (layer (first-layer image))
            (name (string-append task (if feather "-feathered" "-own"))))
       (gimp-image-resize image 400 400 0 0)
       (gimp-layer-set-offsets layer 60 40)
       (rw-select image 90 80 50 60)
       (if feather (gimp-selection-feather image feather))
       (rw-run task image layer '() '() 1.0 (weights-of task))
       (rw-save image layer (out name))
       (if feather
           (begin
             (gimp-image-resize-to-layers image)
             (rw-save image (car (gimp-selection-save image))
                      (out (string-append name "-mask")))))
       (gimp-image-delete image)))
   (list #f 12))
  (let* ((image (rw-load (in "rgb8")))
         (layer (first-layer image)))
    (rw-refused (string-append task "-unselected")
                (rw-run task image layer '() '() 1.0 (weights-of task)))
    (rw-save image layer (out (string-append task "-unselected")))
    (rw-select image 10 10 20 20)
    (rw-refused (string-append task "-default")
                (rw-run task image layer '() '() 1.0 ""))
    (gimp-image-delete image)))

;; All of an image grows, whatever is selected, with its other layer, a guide
;; and the selection; then one layer alone.
(define (check-enlarge task)
  (rw-note-arguments task)
  (let* ((image (rw-load (in "rgba16")))
         (layer (first-layer image))
         (other (rw-copy layer))
         (guide (car (gimp-image-add-vguide image 31))))
    (gimp-image-insert-layer image other 0 0)
    (gimp-layer-set-offsets layer 7 -9)
    (rw-select image 20 30 40 50)
    (rw-run task image layer '() '() 1.0 (weights-of task))
    (rw-save image layer (out (string-append task "-own")))
    (rw-note "enlarge-image" (rw-width image))
    (rw-note "enlarge-other" (rw-layer-width other))
    (rw-note "enlarge-offset" (rw-offset-x layer))
    (rw-note "enlarge-guide" (rw-guide-place image guide))
    (let ((bounds (gimp-selection-bounds image)))
      (rw-note "enlarge-selection" (cadr bounds))
      (rw-note "enlarge-selection-end" (list-ref bounds 4)))
    (rw-note "enlarge-channels"
             (vector-length (rw-channels image)))
    (gimp-image-delete image))
  (let* ((image (rw-load (in "rgb8")))
         (layer (first-layer image)))
    (gimp-layer-set-offsets layer 7 -9)
    (rw-enlarge-layer image layer (weights-of task))
    (rw-save image layer (out (string-append task "-layer")))
    (rw-note "enlarge-alone" (rw-width image))
    (rw-note "enlarge-alone-offset" (rw-offset-x layer))
    (rw-refused (string-append task "-default")
                (rw-run task image layer '() '() 1.0 ""))
    (gimp-image-delete image)))

;; Weights of any task, its controls left open.
(define (check-any)
  (let* ((image (rw-load (in "grey8")))
         (layer (first-layer image)))
    (rw-refused "any-none"
                (rw-run "restore-with" image layer '() '() 1.0 ""))
    (rw-run "restore-with" image layer '() '() 1.0 (weights-of "denoise"))
    (rw-save image layer (out "any"))
    (gimp-image-delete image)))

;; What is refused leaves the picture as it was.
(define (check-refusals)
  (let* ((image (rw-load (in "rgb8")))
         (layer (first-layer image))
         (group (rw-new-group image "bin"))
         (other (rw-copy layer)))
    (gimp-item-set-name layer "sky")
    (gimp-item-set-name other "ground")
    (gimp-image-insert-layer image other 0 0)
    (gimp-image-insert-layer image group 0 0)
    (rw-refused "empty-group" (rw-mend image group 20 1.0 ""))
    (rw-refused "missing-weights"
                (rw-mend image layer 20 1.0
                            (string-append rw-in "missing.safetensors")))
    (rw-refused "cut-weights"
                (rw-mend image layer 20 1.0
                            (string-append rw-in "cut.safetensors")))
    (gimp-image-resize image 400 400 0 0)
    (rw-select image 300 300 50 50)
    (rw-refused "selection-outside" (rw-mend image layer 20 1.0 ""))
    (gimp-selection-none image)
    (gimp-item-set-lock-content layer TRUE)
    (rw-refused "locked"
                (rw-mend-layers image (list other layer) 20 1.0 ""))
    (gimp-item-set-lock-content layer FALSE)
    (rw-save image layer (out "refused"))
    (rw-save image other (out "refused-other"))
    (gimp-image-delete image)))

(check-whole "rgb8" 20 1.0 #f)
(check-whole "rgba8" 20 1.0 #f)
(check-whole "grey8" 0 1.0 #f)
(check-whole "grey16" 20 1.0 #f)
(check-whole "rgb16" 20 1.0 #f)
(check-whole "rgba16" 35 0.7 #f)
(check-whole "rgb16" 20 1.0 (list rw-float "float"))
(check-whole "rgb16" 20 1.0 (list PRECISION-FLOAT-LINEAR "float-linear"))
(check-whole "rgb16" 20 1.0 (list rw-u32 "u32"))
(check-whole "rgb16" 20 1.0 (list rw-half "half"))
(check-whole "rgba16" 20 0.0 (list PRECISION-U32-LINEAR "nothing"))
(check-whole "tiny" 20 1.0 #f)
(check-layers)
(check-selection "selected" #f)
(check-selection "feathered" 20)
(check-group)
(check-mask)
(check-channel)
(check-new-layer)
(rw-check-chained (in "rgb8") out)
(if rw-effects (rw-check-effects in out))
(check-refusals)
(for-each (lambda (task) (apply check-task task)) rw-tasks)
(check-any)
(rw-note "end" "reached")
(close-output-port rw-notes)
