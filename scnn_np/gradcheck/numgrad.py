"""Gradients by finite differences: slow, simple, and independent of any backward pass."""

import numpy as np

from scnn_np.tools import checks

H = 1e-3        # five points are wrong by h⁴/30 · f⁽⁵⁾ and rounding by 1e-16/h: about 1e-13


def numerical_gradient(f, x, entries=None, h=H, any_precision=False):
    """∂f/∂x by five-point central differences,
    (f(x-2h) - 8f(x-h) + 8f(x+h) - f(x+2h)) / 12h.

    Parameters
    ----------
    f : function without arguments → float
        Reads `x` each time it is called.
    x : float64 array
        Moved in place one entry at a time, and put back to the same bits, also if f fails.
    entries : int array of flat indices; all of them if left out
    h : float
        The step.
    any_precision : bool
        Whether x may be float32, whose rounding of 1e-7 drowns small slopes.

    Returns
    -------
    (entries,) array
    """
    checks.function("f", f)
    h = checks.number("h", h, above=0)
    kinds = (np.float64, np.float32) if any_precision else (np.float64,)
    if not isinstance(x, np.ndarray) or x.dtype not in kinds:
        checks.refuse("x", x, "a float64 array")
    if not x.flags.c_contiguous or not x.flags.writeable:
        raise ValueError("x: got an array that is not contiguous, or read-only, expected one "
                         "that can be moved in place")
    flat = x.reshape(-1)
    entries = np.arange(flat.size) if entries is None else checks.array(
        "entries", entries, "flat indices", kinds="iu")
    if entries.ndim != 1 or entries.size and not 0 <= entries.min() <= entries.max() < x.size:
        raise ValueError(f"entries: got {checks.shown(entries)}, expected flat indices of x, 0 "
                         f"to {x.size - 1}")
    slopes = np.empty(len(entries))
    for k, entry in enumerate(entries):
        kept, values = flat[entry], []
        try:
            for offset in (-2, -1, 1, 2):
                flat[entry] = kept + offset * h
                values.append(f())
        finally:
            flat[entry] = kept                 # whatever happens, x is as it was
        slopes[k] = np.dot([1, -8, 8, -1], values) / (12 * h)
    return slopes


def relative_error(a, b):
    """‖a - b‖ / max(‖a‖, ‖b‖), 0 where both are 0 (0/0 = 0), infinite for what is no number.

    Over a whole array: entry by entry, tiny gradients would drown in rounding.
    """
    a, b = (checks.array(name, array) for name, array in (("a", a), ("b", b)))
    if a.shape != b.shape:
        raise ValueError(f"b: got shape {b.shape}, expected that of a, {a.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    size = max(np.linalg.norm(a), np.linalg.norm(b))
    return float(np.linalg.norm(a - b) / size) if size else 0.0
