"""Files that outlive a run: written whole or not at all."""

import os
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:                            # Windows
    import msvcrt


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
    remove_leftovers(path)
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with open(part, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def locked(path):
    """While it lasts, whoever else asks for the same path waits: to read a file, change what
    it holds and write it, so that two who do this at once lose nothing of each other.

    The operating system holds the lock, on a file beside `path`: it ends with its process,
    however that ends.
    """
    place = Path(path).with_name(f"{Path(path).name}.lock")
    place.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with open(place, "ab") as file:
            wait_for(file)
            if not is_file_at(file, place):    # its last owner has removed it: the next one
                continue
            try:
                yield
            finally:
                with suppress(PermissionError):        # on Windows it stays
                    place.unlink()
            return


def wait_for(file):
    """Wait until no other process or thread has a lock on an open file, and take it."""
    if os.name != "nt":
        fcntl.flock(file, fcntl.LOCK_EX)
        return
    while True:
        with suppress(OSError):                # after ten seconds it asks again
            return msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)


def is_file_at(file, place):
    """Whether an open file is the one that stands at a place now."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(place))
    except FileNotFoundError:
        return False


def remove_leftovers(path):
    """Take away what killed processes left of a file that they were writing."""
    start, end = f"{path.name}.", ".part"
    for part in path.parent.iterdir():
        if part.name.startswith(start) and part.name.endswith(end):
            process = part.name[len(start):-len(end)].partition("-")[0]
            if process.isdecimal() and not is_alive(int(process)):
                with suppress(OSError):
                    part.unlink()


def is_alive(process):
    """Whether a process of this number runs on this machine."""
    if os.name == "nt":                        # there a signal would end it
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass                                   # somebody else's
    return True


def set_aside(path):
    """Rename a file that something else would take the place of, to `….old` and, if that is
    there too, `….old2` and so on, before its ending.

    Returns
    -------
    Path
        Its new name.
    """
    path, k = Path(path), 1
    while (old := path.with_name(f"{path.stem}.old{k if k > 1 else ''}{path.suffix}")).exists():
        k += 1
    os.replace(path, old)
    return old


def check_place(name, path):
    """Refuse a place that cannot be written before hours of work go into it.

    It is tried in a folder of its own, so that a command that is refused leaves nothing behind
    and two that begin at once do not disturb each other.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        there = next(folder for folder in path.absolute().parents if folder.exists())
        with tempfile.TemporaryDirectory(dir=there, prefix=".probe-") as probe:
            write_beside(Path(probe) / path.absolute().relative_to(there), lambda file: None)
    except (OSError, ValueError) as e:
        raise ValueError(f"{name}: got {path}, expected a place that can be written ({e})"
                         ) from e
