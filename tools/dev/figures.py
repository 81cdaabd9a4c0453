# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What rivals, rivals-holes and codec-curves measure alike."""
import math
import resource
import time

import numpy as np


def spent():
    """Seconds of all processors so far: other programs' load changes it little."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def psnr(a, b):
    """Of two pictures of 0..255."""
    mse = np.mean(np.square(a.astype(np.float32) - b.astype(np.float32)), dtype=np.float64)
    return 10 * math.log10(255 ** 2 / max(mse, 1e-6))
