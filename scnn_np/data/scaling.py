"""One scale for all features: what a table in metres, years and millions needs first.

A scale is a function of X, (samples, features), that returns what is taken off each feature and
what it is then multiplied by, (features,) each, or None twice.
"""

import numpy as np

from scnn_np.data.raw import precision

USUAL = 0.01, 10        # where the largest input is between, nothing is said
ROUNDING = {np.float32: 2.5e-7, np.float64: 1e-14}      # of the largest value of a feature


def unscaled(X):
    """The features as they come."""
    return None, None


def standard(X):
    """Mean 0 and standard deviation 1 for each feature, and 0 for one that does not vary."""
    mean, deviation = spread(X)
    factor = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    return mean.astype(precision(X.dtype)), factor.astype(precision(X.dtype))


SCALES = {"none": unscaled, "standard": standard}


def spread(X):
    """Mean and standard deviation of each feature, (features,) float64 each.

    Where samples differ by no more than rounding does, the deviation is 0; where they are
    equal, the mean is what they are.
    """
    first = X[0].astype(np.float64)
    difference = X - first
    deviation = difference.std(axis=0, dtype=np.float64)
    largest = np.abs([X.min(axis=0), X.max(axis=0)], dtype=np.float64).max(axis=0)
    return (first + difference.mean(axis=0, dtype=np.float64),
            np.where(deviation > ROUNDING[precision(X.dtype)] * largest, deviation, 0))


def line_about_scale(X):
    """One line on inputs that are far from those that networks learn well from, or None.

    Parameters
    ----------
    X : (samples, features) array
    """
    low, high = float(np.min(X)), float(np.max(X))
    largest = max(-low, high)
    if not largest or USUAL[0] <= largest <= USUAL[1]:
        return None
    return (f"inputs span {low:g} … {high:g}, and networks learn best where they are about 1: "
            "--scale standard brings each feature to mean 0 and standard deviation 1")
