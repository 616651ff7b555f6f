"""Weight norm folded as docs/formats.md defines it. Written from the format's text alone."""

import numpy as np


def fold(magnitude, direction):
    """fp32 arrays of one shape but for the magnitude's trailing ones; the weight in fp32."""
    v = direction.astype(np.float64).reshape(len(direction), -1)
    g = magnitude.astype(np.float64).reshape(-1, 1)
    n = np.sqrt(np.add.accumulate(v * v, axis=1)[:, -1:])  # accumulate adds one after the other
    return (g * v / n).astype(np.float32).reshape(direction.shape)
