"""Gradients by finite differences: slow, simple, and independent of any backward pass."""

import numpy as np

H = 1e-3        # five points are wrong by h⁴/30 · f⁽⁵⁾ and rounding by 1e-16/h: about 1e-13


def numerical_gradient(f, x, entries=None, h=H):
    """∂f/∂x by five-point central differences,
    (f(x-2h) - 8f(x-h) + 8f(x+h) - f(x+2h)) / 12h.

    Parameters
    ----------
    f : function without arguments → float
        Reads `x` each time it is called.
    x : float64 array
        Moved in place one entry at a time, and put back to the same bits.
    entries : int array of flat indices; all of them if left out

    Returns
    -------
    (entries,) array
    """
    flat = x.reshape(-1)
    if not np.shares_memory(flat, x):
        raise ValueError("x: got an array that is not contiguous, expected one that is")
    entries = np.arange(flat.size) if entries is None else entries
    slopes = np.empty(len(entries))
    for k, entry in enumerate(entries):
        kept, values = flat[entry], []
        for offset in (-2, -1, 1, 2):
            flat[entry] = kept + offset * h
            values.append(f())
        flat[entry] = kept
        slopes[k] = np.dot([1, -8, 8, -1], values) / (12 * h)
    return slopes


def relative_error(a, b):
    """‖a - b‖ / max(‖a‖, ‖b‖), 0 where both are 0 (0/0 = 0), infinite for what is no number.

    Over a whole array: entry by entry, tiny gradients would drown in rounding.
    """
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    size = max(np.linalg.norm(a), np.linalg.norm(b))
    return float(np.linalg.norm(a - b) / size) if size else 0.0
