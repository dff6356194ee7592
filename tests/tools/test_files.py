"""Files: written whole or not at all, read without running anything."""

import os
import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from scnn_np.tools.files import cache_folder, read_npz, write_beside, write_npz


def test_cache_folder(monkeypatch):
    """SCNN_CACHE, else scnn_np in XDG_CACHE_HOME, else in ~/.cache."""
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setenv("SCNN_CACHE", "/mine")
    assert cache_folder() == Path("/mine")
    monkeypatch.delenv("SCNN_CACHE")
    assert cache_folder() == Path("/xdg/scnn_np")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path("/home/somebody/.cache/scnn_np")


# --- writing --------------------------------------------------------------------------------

def test_write_beside_makes_the_folder(tmp_path):
    """The folders on the way are made, and only the file itself is left in the end."""
    path = tmp_path / "a" / "b" / "file"
    write_beside(str(path), lambda file: file.write(b"new"))
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    """While the new content is written, whoever opens the file still finds the old one."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write(file):
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    write_beside(path, write)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
@pytest.mark.parametrize("old", [True, False], ids=["replacing", "new"])
def test_failure_leaves_what_was_there(tmp_path, error, old):
    """If writing fails half-way, even by Ctrl-C: the old file or none, and no remains."""
    path = tmp_path / "file"
    if old:
        path.write_bytes(b"old")

    def write(file):
        file.write(b"half of the new")
        raise error("half-way")
    with pytest.raises(error, match="half-way"):
        write_beside(path, write)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file", b"old")] * old


def test_failure_to_rename_leaves_what_was_there(tmp_path, monkeypatch):
    """The same if the very last step fails."""
    def fail(*_):
        raise OSError("no rename")
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no rename"):
        write_beside(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_content_reaches_the_disk_before_the_name(tmp_path, monkeypatch):
    """fsync, then rename: after a power cut the name never stands for an empty file."""
    steps = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: steps.append("fsync") or fsync(file))
    monkeypatch.setattr(os, "replace", lambda *a: steps.append("replace") or replace(*a))
    write_beside(tmp_path / "file", lambda file: file.write(b"new"))
    assert steps == ["fsync", "replace"]


# --- .npz with "about" ----------------------------------------------------------------------

ABOUT = {"seed": 1, "λ": [5e-5, 0.1], "nested": {"none": None, "yes": True}}
ARRAYS = {"w": np.linspace(0, 1, 7, dtype=np.float32), "0.indices": np.arange(6).reshape(2, 3),
          "empty": np.zeros((0, 4))}


@pytest.fixture
def saved(tmp_path):
    write_npz(tmp_path / "saved.npz", ABOUT, ARRAYS)
    return tmp_path / "saved.npz"


def refused(path):
    return pytest.raises(ValueError, match=re.escape(f"{path}: damaged, or no file of scnn_np"))


def test_round_trip(saved):
    """The dict and the arrays come back: values, types and shapes, to the bit."""
    about, arrays = read_npz(saved)
    assert about == ABOUT and arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype and arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()


def test_what_json_cannot_hold_is_not_written(saved):
    """An error in "about" comes before the file is touched."""
    before = saved.read_bytes()
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_npz(saved, {"rng": np.random.default_rng(0)}, {})
    assert saved.read_bytes() == before


@pytest.mark.parametrize("name", ["missing.npz", "."], ids=["missing", "folder"])
def test_missing_file(tmp_path, name):
    """What is no file is a FileNotFoundError with its name."""
    with pytest.raises(FileNotFoundError, match=re.escape(f"{tmp_path / name}: no such file")):
        read_npz(tmp_path / name)


def test_cut_anywhere(saved):
    """Wherever the file breaks off, it is refused by name."""
    content = saved.read_bytes()
    for length in range(0, len(content), 5):
        saved.write_bytes(content[:length])
        with refused(saved):
            read_npz(saved)


@pytest.mark.parametrize("savez", [np.savez, np.savez_compressed])
def test_one_wrong_byte_anywhere(tmp_path, savez):
    """A wrong byte is refused by name, or no array that is read has a wrong number."""
    path = tmp_path / "saved.npz"
    savez(path, about='{"seed": 1}', **ARRAYS)
    content = path.read_bytes()
    refusals = 0
    for k in range(0, len(content), 5):
        path.write_bytes(content[:k] + bytes([content[k] ^ 0x21]) + content[k + 1:])
        try:
            about, arrays = read_npz(path)
        except ValueError as error:
            assert str(path) in str(error)
            refusals += 1
        else:
            assert about == {"seed": 1}
            assert all(arrays[name].tobytes() == ARRAYS[name].tobytes() for name in arrays)
    assert refusals > len(content) // 10


class Trap:
    """An object that would leave a file behind if a program unpickled it."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_pickle_is_never_opened(tmp_path):
    """A pickle, bare or inside an .npz, is refused, and the program in it does not run."""
    bare, packed, sprung = (tmp_path / name for name in ("bare.npz", "packed.npz", "sprung"))
    bare.write_bytes(pickle.dumps(Trap(sprung)))
    np.savez(packed, about="{}", w=np.array([Trap(sprung)], object))
    for path in (bare, packed):
        with refused(path):
            read_npz(path)
        assert not sprung.exists()
    np.load(packed, allow_pickle=True)["w"][0].close()       # the trap is a real one
    assert sprung.exists()


@pytest.mark.parametrize("arrays", [{"w": np.ones(3)}, {"about": "no JSON"}, {"about": 1.5j}],
                         ids=["no about", "no JSON", "number"])
def test_an_npz_of_somebody_else(tmp_path, arrays):
    """An .npz without a readable "about" is not ours."""
    np.savez(tmp_path / "other.npz", **arrays)
    with refused(tmp_path / "other.npz"):
        read_npz(tmp_path / "other.npz")


def test_about_must_be_a_dict(tmp_path):
    """JSON of another kind is refused here, before somebody asks it for a key."""
    np.savez(tmp_path / "other.npz", about="[1, 2]")
    with pytest.raises(ValueError, match="other.npz: .* about is no dict"):
        read_npz(tmp_path / "other.npz")


def test_other_kinds_of_file(tmp_path):
    """A single .npy, a zip of something else, a text: refused by name, each in the same way."""
    path = tmp_path / "other.npz"
    with open(path, "wb") as file:
        np.save(file, np.ones(3))
    with refused(path):
        read_npz(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "no arrays here")
    with refused(path):
        read_npz(path)
    path.write_text("about: nothing")
    with refused(path):
        read_npz(path)
