"""Files of arrays: written whole or not at all, and read without running any code.

Everything is an `.npz` of plain arrays, never a pickle: a file from a stranger can hold wrong
numbers, but no program. What is not an array stands in it as one string of JSON, "about". What
a file says of its size is believed only as far as it can be true.
"""

import json
import math
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from scnn_np.tools.checks import shown
from scnn_np.tools.files import write_beside

SMALL = 1 << 28         # bytes that any file may unpack to
PLAIN = ".npz of plain arrays"
RATIO = 100             # beyond that, how many times its size; weights do not shrink at all


def write_npz(path, about, arrays):
    """Save a JSON-able dict and a dict of arrays as one `.npz`."""
    arrays = {"about": np.array(json.dumps(about, allow_nan=False)), **arrays}
    write_beside(path, lambda file: np.savez(file, **arrays))


def read_npz(path):
    """The dict and the arrays that `write_npz` saved.

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file: missing, damaged, or not written by this library.
    """
    arrays = read_arrays(path, lambda name: True, "file of scnn_np")
    try:
        about = json.loads(str(arrays.pop("about")))
    except (KeyError, ValueError, RecursionError) as e:
        raise ValueError(f"{path}: damaged, or no file of scnn_np ({shown(e, 200)})") from e
    if not isinstance(about, dict):
        raise ValueError(f"{path}: damaged, or no file of scnn_np: its about is no dict")
    return about, arrays


def names(path):
    """The names of the arrays in an `.npz`."""
    return opened(path, lambda found: [name for name, _ in found], PLAIN)


def read_arrays(path, wanted, expected=PLAIN):
    """Some arrays of an `.npz`.

    Parameters
    ----------
    path : path
    wanted : function name → bool, or a collection of names
    expected : str
        What the file should be, for the error.

    Returns
    -------
    dict
        Those arrays that are there; no other is read.
    """
    chosen = wanted if callable(wanted) else wanted.__contains__
    return opened(path, lambda found: {name: read() for name, read in found if chosen(name)},
                  expected)


def opened(path, use, expected):
    """What `use` makes of the (name, read) pairs of an `.npz`, while it is open."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            unpacked, size = sum(member.file_size for member in members), file.seek(0, 2)
            if unpacked > max(SMALL, RATIO * size):
                raise ValueError(f"unpacks to {unpacked:,} bytes, {unpacked // size} times its "
                                 "size")
            return use([(member.filename.removesuffix(".npy"),
                         lambda member=member: read_member(archive, member))
                        for member in members])
    except MemoryError as e:
        raise ValueError(f"{path}: does not fit into the memory") from e
    except Exception as e:                     # zipfile, zlib and NumPy raise many kinds
        raise ValueError(f"{path}: damaged, or no {expected} ({shown(e, 200)})") from e


def read_member(archive, member):
    """One array, if what it says of its shape fits the bytes that there are."""
    with archive.open(member) as file:
        version = npy.read_magic(file)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = header(file)
        if dtype.hasobject:
            name = member.filename.removesuffix(".npy")
            raise ValueError(f"{name} holds Python objects: save `{name}.astype(str)` of text, "
                             f"`{name}.astype(float)` of numbers")
        if math.prod(shape) * dtype.itemsize != member.file_size - file.tell():
            raise ValueError(f"{member.filename} is cut off, or says a wrong shape")
    with archive.open(member) as file:
        return npy.read_array(file, allow_pickle=False)
