;;; SPDX-FileCopyrightText: The reweave authors
;;; SPDX-License-Identifier: LGPL-3.0-or-later
;;; Mends one picture again and again, while test-killed.py ends the plug-in.
;;; Defined before: rw-in, rw-out (folders that end in a slash), rw-weights,
;;; rw-calls (how many), rw-level (a list of the control's name and value) and
;;; what notes.scm and prelude-N.scm have.

(define (check-call number)
  (let* ((name (string-append "call-" (number->string number)))
         (image (rw-load (string-append rw-in "large.png")))
         (layer (vector-ref (rw-layers image) 0)))
    (rw-note name
             (catch "refused"
                    (rw-run "white-noise" image layer (list (car rw-level))
                            (cdr rw-level) 1.0 rw-weights)
                    "done"))
    (rw-save image layer (string-append rw-out name ".png"))
    (gimp-image-delete image)))

(do ((number 0 (+ number 1))) ((= number rw-calls))
  (check-call number))
(rw-note "end" "reached")
(close-output-port rw-notes)
