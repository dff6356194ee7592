"""One call of one function, and what came of it.

The child, the grader and `check.py` share this file, so it needs NumPy only. Arguments travel
as Python expressions ("np.array([[1.0, 2.0]])", "lambda x: x + 1"), answers as plain arrays.
"""

import hashlib
import sys
import warnings
from dataclasses import dataclass

import numpy as np

AGAIN = "another answer to the same question"


@dataclass
class Outcome:
    """What a function gave back: the parts of its answer, or an error."""

    parts: list = ()        # (kind, arrays) each, see `part`
    error: str = ""         # name of the exception
    message: str = ""
    flags: tuple = ()       # what NumPy warned of, and which arguments were changed


def evaluate(texts):
    """The arguments that the expressions stand for, made anew."""
    names = {"np": np, "sparse": sys.modules.get("scipy.sparse"), "nan": np.nan, "inf": np.inf}
    return [eval(text, names) for text in texts]


def call(function, arguments):
    """Call it, and keep what it returned, raised, warned of and changed."""
    before, warned = [part(argument) for argument in arguments], set()
    try:
        with (warnings.catch_warnings(action="ignore"),
              np.errstate(over="call", invalid="call", divide="call",
                          call=lambda kind, flag: warned.add(kind))):
            value = function(*arguments)
    except Exception as error:
        return failure(error)
    changed = [f"argument {k} changed" for k, (old, argument) in
               enumerate(zip(before, arguments, strict=True), 1)
               if not alike(old, part(argument), 1e-9, 1e-9)]
    return Outcome(parts_of(value), flags=tuple(sorted(warned) + changed))


def failure(error):
    """The outcome of an exception: its name, and the beginning of what it says."""
    text = "".join(c if c.isprintable() else " " for c in str(error)[:200])
    name = "MemoryError" if isinstance(error, MemoryError) else type(error).__name__[:40]
    return Outcome(error=name, message=text)


def parts_of(value):
    """The parts of an answer: the members of a tuple (or of a list of unequal arrays)."""
    if isinstance(value, list) and part(value)[0] == "list":
        value = tuple(value)
    return [part(v) for v in (value if isinstance(value, tuple) else (value,))][:10]


def part(value):
    """One part as (kind, arrays): "array" with one, "sparse" with shape, rows, columns and
    values in order, or the name of a type that is neither, with none."""
    sparse = sys.modules.get("scipy.sparse")
    if sparse and sparse.issparse(value):
        W = sparse.coo_array(value)
        order = np.lexsort(W.coords[::-1])
        return "sparse", [np.array(W.shape), *(a[order] for a in (*W.coords, W.data))]
    try:
        array = np.array(value)
    except Exception:
        return type(value).__name__, []
    if array.dtype.kind not in "fiub":
        return str(getattr(value, "dtype", type(value).__name__)), []
    return "array", [array if array.itemsize <= 8 else array.astype(float)]


def values(outcome):
    """The parts as what they were: arrays, numbers, sparse matrices."""
    found = []
    for kind, arrays in outcome.parts:
        if kind == "sparse":
            shape, *coords, data = arrays
            found.append(sys.modules["scipy.sparse"].csr_array((data, coords),
                                                               shape=shape.tolist()))
        else:
            found.append(arrays[0].copy() if arrays else None)
    return [v.item() if getattr(v, "ndim", 1) == 0 else v for v in found]


def value(outcome):
    """What a function returned: one such value, or a tuple of them."""
    found = values(outcome)
    return found[0] if len(found) == 1 else tuple(found)


def alike(a, b, rtol, atol):
    """Whether two parts are the same up to a tolerance."""
    return a[0] == b[0] and all(
        x.shape == y.shape and np.allclose(x, y, rtol, atol, equal_nan=True)
        for x, y in zip(a[1], b[1], strict=True))


def describe(piece):
    """A part in words, without its values: "(3, 5)", "float32 (3, 5)", "sparse (3, 5)"."""
    kind, arrays = piece
    if kind == "array":
        narrow = arrays[0].dtype.kind == "f" and arrays[0].itemsize < 8
        return f"{arrays[0].dtype} {arrays[0].shape}" if narrow else str(arrays[0].shape)
    return f"sparse {tuple(arrays[0].tolist())}" if kind == "sparse" else kind


def digest(piece, decimals):
    """A part as 16 letters that do not tell its values: those of its rounded numbers."""
    kind, arrays = piece
    state = hashlib.sha256(kind.encode())
    for array in arrays:
        rounded = np.round(array.astype(float), decimals) + 0.0              # no -0.0
        rounded = np.where(np.isnan(rounded), np.nan, rounded)               # one kind of nan
        state.update(str(array.shape).encode() + rounded.tobytes())
    return state.hexdigest()[:16]


def key(outcome, decimals):
    """An outcome as it is known by digests: ([a word for each part, or the error], flags)."""
    words = [digest(piece, decimals) for piece in outcome.parts]
    return [[outcome.error] if outcome.error else words, list(outcome.flags)]


def read(cases, outcomes):
    """Cases and what came of them as [(arguments, answer), …], all of it fresh."""
    return [(evaluate(case), value(outcome)) for case, outcome in
            zip(cases, outcomes, strict=True)]


def true(held, cases, outcomes):
    """Whether a property holds of all answers; it does not if it cannot read one of them."""
    try:
        return bool(held(read(cases, outcomes)))
    except (ValueError, TypeError, IndexError, KeyError, AttributeError):
        return False


def failed(got):
    """(result, hint) for an error."""
    if got.error == "NotImplementedError":
        return "not started", ""
    if got.error == "Missing":
        return got.message, "The grader looks for the name that the hand-out gave."
    if got.error == "Died":
        return got.message, "A function must return, and in time."
    return f"{got.error}: {got.message}", "Print the shapes of all arrays before that line."


def flagged(flags):
    """(share, result, hint) for right answers with something beside them."""
    if AGAIN in flags:
        return 0, AGAIN, "What does it keep from one call to the next, or draw at random?"
    if changed := [flag for flag in flags if "changed" in flag]:
        return 0.5, f"right, but {changed[0]}", "What do the arguments hold after the call?"
    return 0.75, f"right, but NumPy warns: {flags[0]}", "For which entry does NumPy warn?"


def match(got, candidates, same):
    """Which candidate's answers these are: 0 the reference, above it a mutant, or None.

    Parameters
    ----------
    got : list of (answer, flags), one for each case
    candidates : list of such lists, the reference first
    same : function of two answers → bool
    """
    def agree(k, flagged):
        return all(same(a, b) and (not flagged or set(f) == set(g)) for (a, f), (b, g) in
                   zip(got, candidates[k], strict=True))

    if agree(0, flagged=False):               # right: then flags decide, as an overflow does
        return next((k for k in range(len(candidates)) if agree(k, flagged=True)), None)
    return next((k for k in range(1, len(candidates)) if agree(k, flagged=False)), None)
