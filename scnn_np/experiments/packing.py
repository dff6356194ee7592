"""The arrays of a layer as a file holds them, a sparse one as entries and a compact support."""

import numpy as np
from scipy import sparse

from scnn_np.nn import entries

MOST = 1 << 24          # neurons of a layer that a file may speak of
ESCAPE = 255            # a byte that says: the gap goes on


def pack(k, state):
    """The arrays of layer k by their names in the file: of a sparse one its entries, and its
    support as gaps."""
    found = {}
    for name, array in state.items():
        found[f"{k}.{name}"] = entries(array)
        if sparse.issparse(array):
            found[f"{k}.{name}.shape"] = np.array(array.shape)
            found[f"{k}.{name}.support"] = as_gaps(array)
    return found


def unpack(k, arrays):
    """The arrays of layer k from those of the file."""
    start, state = f"{k}.", {}
    for name in arrays:
        if name.startswith(start) and not name.endswith((".shape", ".support")):
            state[name[len(start):]] = arrays[name] if f"{name}.support" not in arrays else (
                from_gaps(arrays[f"{name}.support"], arrays[f"{name}.shape"], arrays[name]))
    return state


def as_gaps(W):
    """The support of a csr_array in few bytes: the gaps between its edges, read row by row.
    A gap of 255 or more is a byte of 255 for each 255 in it, and then the rest."""
    rows = np.repeat(np.arange(W.shape[0], dtype=np.int64), np.diff(W.indptr))
    gaps = np.diff(rows * W.shape[1] + W.indices, prepend=0)
    whole, rest = np.divmod(gaps, ESCAPE)
    code = np.full(int(whole.sum()) + len(gaps), ESCAPE, np.uint8)
    code[np.cumsum(whole + 1) - 1] = rest
    return code


def from_gaps(code, shape, values):
    """The csr_array that `as_gaps` described, with its entries."""
    if (code.dtype != np.uint8 or code.ndim != 1 or values.ndim != 1 or shape.shape != (2,)
            or shape.dtype.kind != "i"):
        raise ValueError("a support must be bytes, its entries a list, its shape two integers")
    n_out, n_in = shape.tolist()
    if not (0 < n_out <= MOST and 0 < n_in <= MOST):
        raise ValueError(f"a support says {n_out} × {n_in} neurons, expected 1 to {MOST}")
    place = np.cumsum(code, dtype=np.int64)[code < ESCAPE]
    rows, columns = np.divmod(place, max(1, n_in))
    if len(place) != len(values) or len(place) and not (np.diff(place) > 0).all() or (
            place >= n_out * n_in).any():
        raise ValueError(f"a support has {len(place)} edges in {n_out} × {n_in}, its entries "
                         f"are {len(values)}")
    index = np.int32 if max(len(place), n_in) < 2 ** 31 else np.int64
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n_out))])
    return sparse.csr_array((values, columns.astype(index), indptr.astype(index)),
                            shape=(n_out, n_in))
