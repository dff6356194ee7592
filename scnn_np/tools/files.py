"""Files that outlive a run: written whole or not at all, and read without running any code.

Everything is an `.npz` of plain arrays, never a pickle: a file from a stranger can hold wrong
numbers, but no program. What is not an array stands in it as one string of JSON, "about".
"""

import json
import os
import tempfile
import threading
from pathlib import Path

import numpy as np


def cache_folder():
    """Where downloads and slow results are kept: `SCNN_CACHE`, or the user's cache."""
    if named := os.environ.get("SCNN_CACHE"):
        return Path(named)
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:                       # a user without a home, as in containers
        home = tempfile.gettempdir()
    return Path(home) / "scnn_np"


def write_beside(path, write):
    """Call `write(file)` on a file beside `path`, then rename it: no half-written file."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with open(part, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def check_place(name, path):
    """Refuse a place that cannot be written before hours of work go into it."""
    path = Path(path)
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        probe = path.with_name(path.name + ".probe")
        write_beside(probe, lambda file: None)
        probe.unlink()
    except (OSError, ValueError) as e:
        raise ValueError(f"{name}: got {path}, expected a place that can be written ({e})"
                         ) from e


def write_npz(path, about, arrays):
    """Save a JSON-able dict and a dict of arrays as one `.npz`."""
    arrays = {"about": np.array(json.dumps(about)), **arrays}
    write_beside(path, lambda file: np.savez(file, **arrays))


def read_npz(path):
    """The dict and the arrays that `write_npz` saved.

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file: missing, damaged, or not written by this library.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        # Opened here: on a damaged file NumPy would leave its own open.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        about = json.loads(str(arrays.pop("about")))
    except Exception as e:                     # zipfile, zlib and NumPy raise many kinds
        raise ValueError(f"{path}: damaged, or no file of scnn_np ({e!r})") from e
    if not isinstance(about, dict):
        raise ValueError(f"{path}: no file of scnn_np: its about is no dict")
    return about, arrays
