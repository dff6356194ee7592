"""Files of arrays: what was saved comes back, and nothing in a file is run or believed."""

import pickle
import re
import zipfile

import numpy as np
import pytest

from scnn_np.tools import npz
from scnn_np.tools.npz import names, read_arrays, read_npz, write_npz

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
    for value, error in ((np.random.default_rng(0), TypeError), (float("nan"), ValueError),
                         ([float("inf")], ValueError)):
        with pytest.raises(error, match="not JSON "):
            write_npz(saved, {"value": value}, {})
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
    for about in ("[1, 2]", "3", "null", "[" * 10 ** 5):
        np.savez(tmp_path / "other.npz", about=about)
        with refused(tmp_path / "other.npz"):
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


# --- some of the arrays -----------------------------------------------------------------------

def test_names_without_reading(saved):
    """What there is, in its order."""
    assert names(saved) == ["about", *ARRAYS]


def test_some_arrays(saved):
    """Those of a collection, or those that a function chooses, as far as they are there."""
    assert read_arrays(saved, {"w", "none"}).keys() == {"w"}
    found = read_arrays(saved, lambda name: name.startswith("0."))
    assert found.keys() == {"0.indices"}
    assert found["0.indices"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_what_is_not_wanted_is_not_read(tmp_path):
    """So a file may hold texts and objects besides; where one is wanted the error says how to
    save it."""
    np.savez(tmp_path / "mine.npz", X=np.ones(3), about_us=np.array([{}], object))
    assert read_arrays(tmp_path / "mine.npz", {"X"})["X"].tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="mine.npz: damaged, or no .npz of plain arrays .*about"
                                         r"_us holds Python objects: save `about_us.astype\("):
        read_arrays(tmp_path / "mine.npz", {"about_us"})


# --- files that lie about their size ----------------------------------------------------------

def test_a_small_file_that_unpacks_to_too_much(tmp_path, monkeypatch):
    """Refused by what its directory says; up to a size that any machine holds, and for weights,
    which hardly shrink, it is no matter how well a file is packed."""
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, about="{}", w=np.zeros(10 ** 6))
    assert read_npz(path)[1]["w"].nbytes > 500 * path.stat().st_size
    monkeypatch.setattr(npz, "SMALL", 1000)
    with pytest.raises(ValueError, match=r"bomb.npz: damaged, or no file .*unpacks to 8,000,\d+"
                                         r" bytes, \d+ times its size"):
        read_npz(path)
    np.savez_compressed(path, about="{}", w=np.random.default_rng(0).random(10 ** 4))
    assert read_npz(path)[1]["w"].shape == (10 ** 4,)


def npy(header, content=b""):
    """A .npy of version 1 with any header."""
    header = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content


@pytest.mark.parametrize("header, content", [
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}", b"8 bytes."),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", b"8 bytes."),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': ()}", b"8 bytes.8 bytes."),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", b"8 bytes."),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"8 bytes."),
    ("{'descr': 'what', 'fortran_order': False, 'shape': (1,)}", b"8 bytes."),
    ("__import__('os').abort()", b""), ("{'shape': " + "(" * 500, b"")])
def test_headers_are_not_believed(tmp_path, header, content):
    """A shape that the bytes cannot fill is refused before the memory is asked for."""
    path = tmp_path / "other.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("about.npy", npy(header, content))
    with refused(path):
        read_npz(path)
