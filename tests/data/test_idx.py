"""IDX files as people have them: every type, half unpacked, in folders of folders, renamed.

The bytes of each file are written here by hand, as the format says.
"""

import gzip
import re
import tracemalloc

import numpy as np
import pytest

from scnn_np import load_data
from scnn_np.data.idx import read_idx

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
         "t10k-labels-idx1-ubyte")


def idx_bytes(array):
    kind = f"{array.dtype.kind}{array.dtype.itemsize}"
    return (bytes([0, 0, CODES[kind], array.ndim]) + np.array(array.shape, ">u4").tobytes()
            + array.astype(f">{kind}").tobytes())


def images(n, dtype="u1"):
    return (np.random.default_rng(n).integers(0, 100, (n, 2, 3))).astype(dtype)


def labels(n):
    return (np.arange(n) % 3).astype("u1")


def write(folder, *, ending="", pack=bytes, names=FILES):
    """A data set of 30 and 12 images."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(names, (images(30), labels(30), images(12), labels(12)),
                           strict=True):
        (folder / f"{name}{ending}").write_bytes(pack(idx_bytes(array)))
    return folder


def is_whole(data):
    """Whether a data set is the one that `write` wrote."""
    return all(np.array_equal(found, right) for found, right in (
        (data.X_train, images(30).reshape(30, 6) / np.float32(255)), (data.y_train, labels(30)),
        (data.X_test, images(12).reshape(12, 6) / np.float32(255)), (data.y_test, labels(12))))


def says(path, words):
    return re.escape(str(path)) + ".*" + re.escape(words)


# --- one file -------------------------------------------------------------------------------

@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("kind", CODES)
def test_all_six_types(tmp_path, kind, pack):
    """The numbers come back in their own type, in this machine's byte order."""
    rng = np.random.default_rng(0)
    array = (rng.normal(size=(5, 2, 3)) * 100).astype(kind)
    path = tmp_path / "numbers"
    path.write_bytes(pack(idx_bytes(array)))
    found = read_idx(path)
    assert found.dtype == np.dtype(kind) and found.dtype.isnative
    assert np.array_equal(found, array)


def test_big_endian_by_hand(tmp_path):
    """int16: 0x0102 is 258, 0xFFFE is -2."""
    (tmp_path / "hand").write_bytes(b"\0\0\x0b\x01" b"\0\0\0\x02" b"\x01\x02\xff\xfe")
    assert read_idx(tmp_path / "hand").tolist() == [258, -2]


@pytest.mark.parametrize("code", [0x00, 0x07, 0x0A, 0x0F, 0xFF])
def test_codes_that_no_type_has(tmp_path, code):
    (tmp_path / "x").write_bytes(bytes([0, 0, code, 1, 0, 0, 0, 1]) + bytes(8))
    with pytest.raises(ValueError, match=says(tmp_path / "x", "magic number is 0x0000")):
        read_idx(tmp_path / "x")


def test_gzip_unpacks_no_more_than_its_header_asks_for(tmp_path):
    """64 MiB of zeros behind a header of 24 numbers: refused with a little memory."""
    path = tmp_path / "bomb"
    with gzip.open(path, "wb", 1) as file:
        file.write(idx_bytes(images(4)))
        for _ in range(64):
            file.write(bytes(1 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=says(path, "expected, 40 for shape (4, 2, 3)")):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("shape", [(1 << 29, 1), (1 << 31, 1 << 31, 1 << 31), (300, 1 << 20)])
def test_header_that_asks_for_gigabytes(tmp_path, pack, shape):
    """No packing saves that much: nothing is read."""
    content = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes() + bytes(100)
    (tmp_path / "x").write_bytes(pack(content))
    with pytest.raises(ValueError, match=says(tmp_path / "x", "no packing")):
        read_idx(tmp_path / "x")


def test_what_packs_well_is_no_bomb(tmp_path):
    """Black images: a megabyte in a kilobyte is 1,000 times its size, and far from too much."""
    array = np.zeros((1000, 32, 32), np.uint8)
    (tmp_path / "black").write_bytes(gzip.compress(idx_bytes(array)))
    assert (tmp_path / "black").stat().st_size < array.size / 100
    assert np.array_equal(read_idx(tmp_path / "black"), array)


# --- a folder -------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", CODES)
def test_folder_of_any_type(tmp_path, kind):
    """Bytes are divided by 255; other numbers stay, in float32 if they fit into it."""
    write(tmp_path)
    for name, n in ((FILES[0], 30), (FILES[2], 12)):
        (tmp_path / name).write_bytes(idx_bytes(images(n, kind)))
    found = load_data(tmp_path)
    assert found.X_train.dtype == (np.float64 if kind in ("i4", "f8") else np.float32)
    assert np.array_equal(found.X_train, images(30, kind).reshape(30, 6)
                          / (np.float32(255) if kind == "u1" else 1))


def test_labels_in_a_column(tmp_path):
    """(n, 1) is (n,)."""
    write(tmp_path)
    (tmp_path / FILES[1]).write_bytes(idx_bytes(labels(30)[:, None]))
    assert is_whole(load_data(tmp_path))


def test_one_hot_labels(tmp_path):
    """The error says how to make labels of them."""
    write(tmp_path)
    (tmp_path / FILES[1]).write_bytes(idx_bytes(np.eye(3, dtype="u1")[labels(30)]))
    with pytest.raises(ValueError, match=says(tmp_path, "train labels has shape (30, 3), ex")):
        load_data(tmp_path)
    with pytest.raises(ValueError, match=re.escape("take `argmax(1)`")):
        load_data(tmp_path)


def test_plain_beside_packed(tmp_path):
    """What PyTorch's download leaves: both, of which the plain one is read."""
    write(tmp_path, ending=".gz", pack=lambda content: b"never read")
    write(tmp_path)
    found = load_data(tmp_path)
    assert is_whole(found) and "not used" not in found.split


def test_what_a_mac_adds(tmp_path):
    """`._` files, a `.DS_Store` and a `__MACOSX` folder are no data."""
    write(tmp_path)
    other = tmp_path / "__MACOSX"
    other.mkdir()
    for name in FILES:
        (tmp_path / f"._{name}").write_bytes(b"\0\x05\x16\x07")
        (other / f"._{name}").write_bytes(b"\0\x05\x16\x07")
    (tmp_path / ".DS_Store").write_bytes(b"Bud1")
    assert is_whole(load_data(tmp_path))


def test_upper_case(tmp_path):
    """As old file systems call them."""
    assert is_whole(load_data(write(tmp_path, names=[f"{name.upper()}.GZ" for name in FILES],
                                    pack=gzip.compress)))


@pytest.mark.parametrize("inside", ["raw", "MNIST/raw"])
def test_folder_in_a_folder(tmp_path, inside):
    """PyTorch's MNIST/raw, named by the folder above it."""
    write(tmp_path / "set" / inside)
    found = load_data(tmp_path / "set")
    assert is_whole(found) and found.name == "set"


def test_each_file_in_a_folder_of_its_own(tmp_path):
    """As Kaggle unpacks them: folders of the files' names, and sometimes the files as well."""
    for name in FILES:
        write(tmp_path / "whole")
        (tmp_path / "set" / name).mkdir(parents=True)
        (tmp_path / "whole" / name).rename(tmp_path / "set" / name / name)
    assert is_whole(load_data(tmp_path / "set"))
    write(tmp_path / "set", names=[name.replace("-idx", ".idx") for name in FILES])
    assert is_whole(load_data(tmp_path / "set"))


def test_two_data_sets_in_one_folder(tmp_path):
    """Which one is meant is not guessed."""
    write(tmp_path / "MNIST" / "raw")
    write(tmp_path / "FashionMNIST" / "raw")
    with pytest.raises(ValueError, match=says(tmp_path, "more than one train part: FashionMNIST"
                                                        f"/raw/{FILES[0]}, MNIST/raw")):
        load_data(tmp_path)


def test_home(tmp_path, monkeypatch):
    """`~` is the user's home."""
    write(tmp_path / "mnist")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert is_whole(load_data("~/mnist"))


def test_the_folder_one_stands_in(tmp_path, monkeypatch):
    """`.` has the folder's name."""
    monkeypatch.chdir(write(tmp_path / "mnist"))
    assert load_data(".").name == "mnist"


def test_part_that_is_not_used(tmp_path):
    """A validation part is not mixed into anything, and the data set says so."""
    write(tmp_path)
    for name, array in (("val-images", images(6)), ("val-labels", labels(6))):
        (tmp_path / name).write_bytes(idx_bytes(array))
    found = load_data(tmp_path)
    assert is_whole(found)
    assert found.split == ("30 training and 12 test samples, as they come; not used: "
                           "val-images, val-labels")


def test_folder_of_something_else(tmp_path):
    """The error lists what there is, in one line without control characters."""
    with pytest.raises(FileNotFoundError, match=says(tmp_path, "found nothing")):
        load_data(tmp_path)
    for k in range(12):
        (tmp_path / f"cat{k:02}.png").touch()
    (tmp_path / "a\nb\x1b[31m.png").touch()
    with pytest.raises(FileNotFoundError) as error:
        load_data(tmp_path)
    message = str(error.value)
    assert message.isprintable() and r"a\nb\x1b[31m.png, cat00.png" in message
    assert message.endswith("and 5 more")


def test_no_search_of_the_whole_disk(tmp_path):
    """Two folders down is the deepest."""
    write(tmp_path / "a" / "b" / "c")
    with pytest.raises(FileNotFoundError, match=says(tmp_path, "labels-idx1-ubyte, found a")):
        load_data(tmp_path)


def test_a_path_in_two_lines():
    with pytest.raises(ValueError, match=r"data: got 'a\\nb', expected a text in one line"):
        load_data("a\nb")
