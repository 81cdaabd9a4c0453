;;; SPDX-FileCopyrightText: The reweave authors
;;; SPDX-License-Identifier: LGPL-3.0-or-later
;;; What the scripts tell their drivers: lines of a name and a value.  Defined
;;; before: rw-out, a folder that ends in a slash.

(define rw-notes (open-output-file (string-append rw-out "notes")))

(define (rw-note name value)
  (write name rw-notes)
  (display " " rw-notes)
  (write value rw-notes)
  (newline rw-notes))
