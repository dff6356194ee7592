"""Checks at the door: each names the argument, what came, and what was expected.

A check takes the name and the value, and gives the value back in its plain form: NumPy's
numbers become Python's, so that the same number does the same whatever its type. Truth values
are no numbers.
"""

import math
import numbers
import os
from pathlib import Path

import numpy as np


def shown(value, most=80):
    """A value in few printable characters, for an error."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"{value.dtype} of shape {value.shape}"
    try:
        text = " ".join(ascii(value).split())
    except Exception:                          # a repr of somebody else's may do anything
        text = f"<{type(value).__name__}>"
    return text if len(text) <= most else text[:most - 3] + "..."


def refuse(name, value, expected, kind=ValueError):
    """The error for a value that is not as expected."""
    raise kind(f"{name}: got {shown(value)}, expected {expected}")


# --- one value ------------------------------------------------------------------------------

def whole(name, value, least=None, most=None):
    """A whole number between `least` and `most`, as an int."""
    limits = "".join([f" of at least {least:,}" if least is not None else "",
                      " and" if least is not None and most is not None else "",
                      f" of at most {most:,}" if most is not None else ""])
    if (not isinstance(value, numbers.Integral) or isinstance(value, bool | np.bool_)
            or least is not None and value < least or most is not None and value > most):
        refuse(name, value, f"a whole number{limits}")
    return int(value)


def number(name, value, least=None, above=None, most=None, below=None):
    """A finite number within the limits, as a float."""
    try:
        found = float(value) if isinstance(value, numbers.Real) and not isinstance(
            value, bool | np.bool_) else math.nan
    except OverflowError:
        found = math.inf
    limits = " and ".join(f"{sign} {limit:g}" for sign, limit in (
        ("≥", least), (">", above), ("≤", most), ("<", below)) if limit is not None)
    if not (math.isfinite(found) and (least is None or found >= least)
            and (above is None or found > above) and (most is None or found <= most)
            and (below is None or found < below)):
        refuse(name, value, f"a number {limits}" if limits else "a finite number")
    return found


def probability(name, value):
    """Of dropping something: 0 ≤ p < 1, as a float."""
    try:
        return number(name, value, least=0, below=1)
    except ValueError:
        refuse(name, value, f"a probability of dropping, 0 ≤ {name} < 1")


def precision(name, value):
    """float32 or float64, as a dtype."""
    try:
        found = np.dtype(value)
    except TypeError:
        found = None
    if value is None or found not in (np.float32, np.float64):
        refuse(name, value, "float32 or float64")
    return found


def truth(name, value):
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        refuse(name, value, "True or False")
    return bool(value)


def one_of(name, value, known):
    """One of the names that are known."""
    if not isinstance(value, str) or value not in known:
        refuse(name, value, f"one of {', '.join(known)}")
    return str(value)


def text(name, value):
    """A string that can be printed in one line."""
    if not isinstance(value, str) or not value or not value.isprintable():
        refuse(name, value, "a text in one line")
    return str(value)


def path(name, value):
    """A path, as a Path; `~` is the user's home."""
    if not isinstance(value, str | os.PathLike) or not str(value) or "\0" in str(value):
        refuse(name, value, "a path")
    return Path(value).expanduser()


def instance(name, value, kind, expected):
    """An object of some class, or of one of a tuple of them."""
    if not isinstance(value, kind):
        refuse(name, value, expected, TypeError)
    return value


def function(name, value, expected="a function"):
    """Something that can be called."""
    if not callable(value):
        refuse(name, value, expected, TypeError)
    return value


def generator(name, value):
    """The source of randomness of a function that draws."""
    return instance(name, value, np.random.Generator,
                    "a np.random.Generator, such as np.random.default_rng(0)")


def fits(name, what, count, bytes_each=16):
    """Refuse what the memory of this machine cannot hold, before it is made; 16 bytes are
    a float32 with its gradient and two moments."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        memory = 1 << 36                       # a system that does not say
    if count * bytes_each > memory:
        raise ValueError(f"{name}: asks for {count:,} {what}, which take "
                         f"{count * bytes_each / 2 ** 30:,.0f} GiB, expected what fits into "
                         f"{memory / 2 ** 30:,.0f} GiB of memory")


# --- many values ----------------------------------------------------------------------------

def array(name, value, shape="numbers", kinds="biuf"):
    """An array of plain numbers, not masked; `shape` says in words what was expected."""
    if isinstance(value, np.ma.MaskedArray):
        refuse(name, value, f"{shape}, without a mask (`.filled(…)` takes it off)")
    try:
        found = np.asarray(value)
    except Exception:                          # ragged lists, objects that are no arrays
        refuse(name, value, shape)
    if found.dtype.kind not in kinds:
        refuse(name, value if found.ndim == 0 else found, shape)
    return found


def finite(name, value, shape="finite numbers", dtype=None):
    """An array without missing or infinite numbers, also in the precision `dtype`."""
    found = array(name, value, shape)
    with np.errstate(over="ignore"):           # too large for float32 is infinite as well
        cast = found if dtype is None else found.astype(dtype, copy=False)
    if cast.dtype.kind == "f" and not np.isfinite(cast).all():
        raise ValueError(f"{name}: has missing, infinite or too large numbers, expected "
                         f"{shape}")
    return cast


def samples(name, X, n_in=None, dtype=None, least=0):
    """A finite (samples, features) array with so many features, if that is known."""
    shape = f"numbers of shape (samples, {'features' if n_in is None else n_in})"
    found = array(name, X, shape)
    if found.ndim != 2 or not found.shape[1] or n_in not in (None, found.shape[1]):
        refuse(name, found, shape)
    if len(found) < least:
        raise ValueError(f"{name}: got {len(found) or 'no'} sample{'s' * (len(found) != 1)}, "
                         f"expected at least {least}")
    return finite(name, found, shape, dtype)


def labels(name, y, n, n_classes):
    """(n,) whole numbers 0 … n_classes - 1."""
    found = array(name, y, f"{n} integer labels, one for each sample", kinds="iu")
    if found.shape != (n,):
        refuse(name, found, f"{n} integer labels, one for each sample")
    if n and not 0 <= found.min() <= found.max() < n_classes:
        raise ValueError(f"{name}: got labels {found.min()} to {found.max()}, expected 0 to "
                         f"{n_classes - 1}")
    return found


def listed(name, value, check, depth=1, **limits):
    """One value that the check lets pass, or a list of such, to some depth."""
    if isinstance(value, np.ndarray) and value.ndim:
        value = value.tolist()
    if not depth or not isinstance(value, list | tuple):
        return check(name, value, **limits)
    if not value:
        refuse(name, value, "at least one value")
    return [listed(f"{name}[{k}]", one, check, depth - 1, **limits)
            for k, one in enumerate(value)]
