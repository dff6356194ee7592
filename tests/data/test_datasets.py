"""Data sets: what is read is what was written, and what is wrong is named.

Everything here is made on the spot in a temporary folder; the last tests read the real
Fashion-MNIST where `SCNN_DATA` says that it lies.
"""

import gzip
import hashlib
import http.client
import io
import os
import re

import numpy as np
import pytest
from sklearn.datasets import load_digits

from scnn_np.data import fashion_mnist
from scnn_np.data.datasets import hold_out, load_data
from scnn_np.data.fashion_mnist import download
from scnn_np.data.idx import read_idx, read_pair

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = fashion_mnist.FILES


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """No test may touch the network or the user's own cache."""
    monkeypatch.setenv("SCNN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fashion_mnist, "HOMES", ((tmp_path / "nowhere").as_uri() + "/",))


def idx_bytes(array, type_code=8):
    """The IDX file of an array of bytes, as the format says."""
    return (bytes([0, 0, type_code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
            + array.tobytes())


def toy_images(n, seed=0):
    """n images of 4×5 random grey levels, and labels 0, 1, 2, 0, 1, 2 …"""
    images = np.random.default_rng(seed).integers(0, 256, (n, 4, 5), np.uint8)
    return images, (np.arange(n) % 3).astype(np.uint8)


def write_toy_folder(folder, pack=gzip.compress):
    """A small data set under the four official names."""
    folder.mkdir()
    for names, n in (((TRAIN_IMAGES, TRAIN_LABELS), 30), ((TEST_IMAGES, TEST_LABELS), 12)):
        for name, array in zip(names, toy_images(n), strict=True):
            (folder / name).write_bytes(pack(idx_bytes(array)))
    return folder


@pytest.fixture
def toy_folder(tmp_path):
    return write_toy_folder(tmp_path / "toy")


def says(path, words):
    """A pattern: the message names the file and then the fault."""
    return re.escape(str(path)) + ".*" + re.escape(words)


# --- IDX files ------------------------------------------------------------------------------

@pytest.mark.parametrize("shape", [(7,), (3, 4), (2, 3, 4)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_idx_round_trip(tmp_path, shape, pack):
    """An IDX file gives back the array that is in it, packed or not, whatever its name."""
    array = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    path = tmp_path / "numbers"
    path.write_bytes(pack(idx_bytes(array)))
    assert np.array_equal(read_idx(path), array)
    assert read_idx(path).dtype == np.uint8


def test_idx_by_hand(tmp_path):
    """Sixteen bytes by hand: 2 × 2 numbers in rows, the dimensions big-endian."""
    path = tmp_path / "hand"
    path.write_bytes(b"\0\0\x08\x02" b"\0\0\0\x02" b"\0\0\0\x02" b"\x01\x02\x03\xff")
    assert read_idx(path).tolist() == [[1, 2], [3, 255]]


def test_idx_missing(tmp_path):
    """A missing file is a FileNotFoundError with its name."""
    with pytest.raises(FileNotFoundError, match=says(tmp_path / "none", "no such file")):
        read_idx(tmp_path / "none")


@pytest.mark.parametrize("content, fault", [
    (b"", "is empty"),
    (b"\0\0", "magic number is 0x0000, expected 0x000008"),
    (b"<html>not found", "magic number is 0x3c68746d, expected 0x000008"),
    (idx_bytes(np.zeros(4, ">i4"), type_code=0x0a), "magic number is 0x00000a01"),
    (idx_bytes(np.zeros((2, 3), np.uint8))[:9], "cut off within its header"),
    (idx_bytes(np.zeros((2, 3), np.uint8))[:-1], "has 17 bytes, expected 18 for shape (2, 3): "
                                                 "cut off"),
    (idx_bytes(np.zeros((2, 3), np.uint8)) + b"!", "more bytes than expected, 18 for "
                                                   "shape (2, 3): too long"),
    (idx_bytes(np.zeros((0, 3), np.uint8)) + b"!", "expected, 12 for shape (0, 3): too long"),
    (b"\0\0\x08\x03" + b"\xff" * 12, "expected 79,228,162,458,924,105,385,300,197,391 for"),
    (b"\x1f\x8b", "damaged or cut-off gzip file"),
    (b"\x1f\x8b and no more of gzip", "damaged or cut-off gzip file"),
], ids=["empty", "short", "web page", "no type", "header", "cut", "long", "no samples", "huge",
        "gzip magic", "no gzip"])
def test_idx_faults(tmp_path, content, fault):
    """A file that is not what it should be is refused by name, with what is wrong with it."""
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=says(path, fault)):
        read_idx(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_idx_cut_anywhere(tmp_path, pack):
    """Wherever a file breaks off, it is refused: no image is ever made up."""
    content = pack(idx_bytes(toy_images(3)[0]))
    path = tmp_path / "cut"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=re.escape(str(path))):
            read_idx(path)


def test_gzip_with_one_wrong_byte(tmp_path):
    """One wrong byte in a gzip file is noticed, or it stood where it says nothing."""
    array = toy_images(3)[0]
    content = gzip.compress(idx_bytes(array), mtime=0)
    path, refused = tmp_path / "flipped", 0
    for k in range(len(content)):
        path.write_bytes(content[:k] + bytes([content[k] ^ 0x10]) + content[k + 1:])
        try:
            assert np.array_equal(read_idx(path), array)
        except ValueError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > len(content) - 10           # all but the time stamp and its like


def test_labels_given_as_images(toy_folder):
    """Swapped files are recognised by their dimensions, and the error says which and how."""
    images, labels = toy_folder / TRAIN_IMAGES, toy_folder / TRAIN_LABELS
    with pytest.raises(ValueError, match=says(labels, "1-dimensional data, expected images")):
        read_pair(labels, labels)
    with pytest.raises(ValueError, match=says(images, "3-dimensional data, expected labels")):
        read_pair(images, images)


def test_images_may_be_rows_already(tmp_path):
    """Two dimensions, samples and pixels, are images too."""
    (tmp_path / "rows").write_bytes(idx_bytes(np.eye(3, dtype=np.uint8)))
    (tmp_path / "labels").write_bytes(idx_bytes(np.arange(3, dtype=np.uint8)))
    rows, classes = read_pair(tmp_path / "rows", str(tmp_path / "labels"))
    assert rows.tolist() == np.eye(3).tolist() and classes.tolist() == [0, 1, 2]


def test_count_mismatch(toy_folder):
    """30 images and 12 labels do not belong together; both files are named."""
    images, labels = toy_folder / TRAIN_IMAGES, toy_folder / TEST_LABELS
    with pytest.raises(ValueError, match=says(labels, f"12 labels, but {images} has 30")):
        read_pair(images, labels)


# --- folders of IDX files -------------------------------------------------------------------

@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_idx_folder(tmp_path, pack):
    """A folder of four files: rows of pixels divided by 255, labels as they are."""
    found = load_data(write_toy_folder(tmp_path / "toy", pack))
    for X, y, n in ((found.X_train, found.y_train, 30), (found.X_test, found.y_test, 12)):
        images, labels = toy_images(n)
        assert X.dtype == np.float32 and y.dtype.kind == "i"
        assert np.array_equal(X, images.reshape(n, 20) / np.float32(255))
        assert np.array_equal(y, labels)
    assert found.name == "toy" and found.class_names == ["0", "1", "2"]
    assert found.split == "30 training and 12 test samples, as they come"


def test_idx_folder_without_test_part(toy_folder):
    """Without a test part, a fifth of each class is set apart, and the data set says so."""
    (toy_folder / TEST_IMAGES).unlink()
    (toy_folder / TEST_LABELS).unlink()
    found = load_data(toy_folder, seed=3)
    assert np.bincount(found.y_train).tolist() == [8, 8, 8]
    assert np.bincount(found.y_test).tolist() == [2, 2, 2]
    assert found.split == ("24 training and 6 test samples: a fifth of each class, drawn with "
                           "seed 3")


@pytest.mark.parametrize("gone, fault", [
    ((TRAIN_LABELS,), "expected train images and train labels, found "
     f"{TEST_IMAGES}, {TEST_LABELS}, {TRAIN_IMAGES}"),
    ((TRAIN_IMAGES, TRAIN_LABELS), "such as train-images-idx3-ubyte and "
     f"train-labels-idx1-ubyte, found {TEST_IMAGES}, {TEST_LABELS}"),
    ((TEST_IMAGES,), "expected test images and test labels, found "
     f"{TEST_LABELS}, {TRAIN_IMAGES}, {TRAIN_LABELS}"),
])
def test_idx_folder_incomplete(toy_folder, gone, fault):
    """Half a part is an error that lists what is there."""
    for name in gone:
        (toy_folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=says(toy_folder, fault)):
        load_data(toy_folder)


def test_idx_folder_with_two_candidates(toy_folder):
    """Which of two files is meant is not guessed: both are named."""
    (toy_folder / "my-train-images").write_bytes(idx_bytes(toy_images(30)[0]))
    fault = f"more than one train part: my-train-images, {TRAIN_IMAGES}, {TRAIN_LABELS}"
    with pytest.raises(ValueError, match=says(toy_folder, fault)):
        load_data(toy_folder)


def test_half_written_file_is_no_candidate(toy_folder):
    """What a killed download left behind, a `.part`, does not count as a second file."""
    (toy_folder / f"{TRAIN_IMAGES}.4711.part").write_bytes(b"half")
    assert len(load_data(toy_folder).X_train) == 30


def test_idx_test_part_of_another_shape(toy_folder):
    """Test images of another shape are refused, even if the number of pixels is the same."""
    (toy_folder / TEST_IMAGES).write_bytes(idx_bytes(np.zeros((12, 5, 4), np.uint8)))
    with pytest.raises(ValueError, match=says(toy_folder, "test samples have shape (5, 4), "
                                                          "training samples (4, 5)")):
        load_data(toy_folder)


def test_unknown_source():
    """A name that means nothing is answered with what would."""
    with pytest.raises(FileNotFoundError, match="got 'mnist', expected fashion-mnist, digits"):
        load_data("mnist")


# --- .npz files -----------------------------------------------------------------------------

def samples(n=20, features=6):
    return np.random.default_rng(1).normal(size=(n, features))


def labels(n=20):
    return np.arange(n) % 2


def test_npz_with_test_part(tmp_path):
    """X, y, X_test and y_test come through unscaled, unsplit, in the precision of the file."""
    X, X_test = samples(), samples(8) + 1
    np.savez(tmp_path / "mine.npz", X=X, y=labels(), X_test=X_test, y_test=labels(8))
    found = load_data(tmp_path / "mine.npz")
    assert np.array_equal(found.X_train, X) and np.array_equal(found.X_test, X_test)
    assert found.X_train.dtype == found.X_test.dtype == np.float64
    assert np.array_equal(found.y_train, labels()) and np.array_equal(found.y_test, labels(8))
    assert found.name == "mine" and "8 test samples, as they come" in found.split


def test_npz_without_test_part(tmp_path):
    """X and y alone are split: 20 samples in two classes give 16 and 4, two of each class."""
    X = samples().astype(np.float32)
    np.savez(tmp_path / "mine.npz", X=X, y=labels())
    found = load_data(str(tmp_path / "mine.npz"))
    assert np.bincount(found.y_test).tolist() == [2, 2]
    together = np.concatenate([found.X_train, found.X_test])
    assert sorted(together.tolist()) == sorted(X.tolist())


def test_only_bytes_are_divided_by_255(tmp_path):
    """Bytes are grey levels, 0 … 255 → 0 … 1; other integers and fractions stay."""
    for dtype, scale, kept in ((np.uint8, 255, np.float32), (np.int16, 1, np.float32),
                               (np.int32, 1, np.float64), (np.float64, 1, np.float64)):
        X = np.arange(40, dtype=dtype).reshape(20, 2) * 6
        np.savez(tmp_path / "mine.npz", X=X, y=labels(), X_test=X, y_test=labels())
        found = load_data(tmp_path / "mine.npz")
        for part in (found.X_train, found.X_test):
            assert part.dtype == kept
            assert np.array_equal(part, X / np.float32(scale))


def test_images_become_rows(tmp_path):
    """Samples of any shape are laid out as rows, in C order."""
    X = samples(20, 24).reshape(20, 2, 3, 4)
    np.savez(tmp_path / "mine.npz", X=X, y=labels(), X_test=X[:4], y_test=labels(4))
    found = load_data(tmp_path / "mine.npz")
    assert found.X_train.shape == (20, 24) and found.X_test.shape == (4, 24)
    assert np.array_equal(found.X_train[:, 23], X[:, 1, 2, 3])


@pytest.mark.parametrize("names, codes", [
    (["dog", "cat", "dog", "eel"], [1, 0, 1, 2]),
    ([5, -1, 5, 30], [1, 0, 1, 2]),
    ([2.0, 1.0, 2.0, 7.0], [1, 0, 1, 2]),
], ids=["strings", "integers", "whole floats"])
def test_labels_of_any_kind_become_codes(tmp_path, names, codes):
    """Classes are numbered in sorted order, and their names are kept as strings."""
    X = samples(4)
    np.savez(tmp_path / "mine.npz", X=X, y=names, X_test=X, y_test=names[::-1])
    found = load_data(tmp_path / "mine.npz")
    assert found.class_names == [str(name) for name in sorted(set(names))]
    assert found.y_train.tolist() == codes and found.y_test.tolist() == codes[::-1]
    assert found.y_train.dtype.kind == found.y_test.dtype.kind == "i"


def with_entry(X, value):
    X = X.copy()
    X[3, 1] = value
    return X


@pytest.mark.parametrize("arrays, fault", [
    ({"data": samples()}, "holds data, expected one of the pairs X and y, X_train"),
    ({"X": samples()}, "holds X, expected one of the pairs X and y, X_train and"),
    ({"X": samples(), "y": labels(), "X_test": samples()}, "only one of X_test and y_test"),
    ({"X": samples(), "y": labels(19)}, "y has shape (19,), expected (20,)"),
    ({"X": samples(), "y": np.eye(20)}, "y has shape (20, 20), expected (20,)"),
    ({"X": samples(), "y": labels(), "X_test": samples(5), "y_test": labels(4)},
     "y_test has shape (4,), expected (5,)"),
    ({"X": samples()[:, 0], "y": labels()}, "X is float64 of shape (20,), expected numbers"),
    ({"X": samples()[:, :0], "y": labels()}, "X is float64 of shape (20, 0)"),
    ({"X": samples()[:0], "y": labels(0)}, "X is float64 of shape (0, 6)"),
    ({"X": samples().astype(str), "y": labels()}, "X is <U32 of shape (20, 6)"),
    ({"X": samples() * 1j, "y": labels()}, "X is complex128 of shape"),
    ({"X": samples().astype(object), "y": labels()}, "X holds Python objects: save `X."),
    ({"X": samples(), "y": labels().astype(object)}, "y holds Python objects: save `y.astype("),
    ({"X": with_entry(samples(), np.nan), "y": labels()}, "X has missing, infinite or too"),
    ({"X": with_entry(samples(), -np.inf), "y": labels()}, "X has missing, infinite or"),
    ({"X": with_entry(samples(), 1e200), "y": labels()}, "X has missing, infinite or"),
    ({"X": samples(), "y": labels(), "X_test": with_entry(samples(), np.nan),
      "y_test": labels()}, "X_test has missing, infinite or too"),
    ({"X": samples(), "y": labels() + 0.5}, "y has fractions or missing labels, expected"),
    ({"X": samples(), "y": np.where(labels(), np.nan, 0)}, "y has fractions or missing labels"),
    ({"X": samples(), "y": np.where(labels(), np.inf, 0)}, "y has fractions or missing labels"),
    ({"X": samples(), "y": labels(), "X_test": samples(2), "y_test": [1, 7]},
     "test label 7 is not among the training labels"),
    ({"X": samples(), "y": labels(), "X_test": samples(20, 5), "y_test": labels()},
     "test samples have shape (5,), training samples (6,)"),
    ({"X": np.ones((20, 6), np.uint8), "y": labels(), "X_test": samples(), "y_test": labels()},
     "X is uint8 and X_test float64, expected bytes in both or in neither"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_npz_faults(tmp_path, arrays, fault):
    """Arrays that are no classification problem are refused by name, with the reason."""
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=says(path, fault)):
        load_data(path)


@pytest.mark.parametrize("y", [[0] * 20, [1] + [0] * 19], ids=["one class", "one sample"])
def test_data_that_cannot_be_split(tmp_path, y):
    """A test part is drawn only where every class can be on both sides."""
    np.savez(tmp_path / "mine.npz", X=samples(), y=y)
    with pytest.raises(ValueError, match="mine.npz: has .* expected at least 2, each of at"):
        load_data(tmp_path / "mine.npz")


def test_two_of_each_class_are_enough(tmp_path):
    """Two samples in each of three classes: one of each goes to the test part."""
    np.savez(tmp_path / "mine.npz", X=samples(6), y=np.arange(6) % 3)
    found = load_data(tmp_path / "mine.npz")
    assert sorted(found.y_train) == sorted(found.y_test) == [0, 1, 2]


def test_objects_elsewhere_in_the_file_do_no_harm(tmp_path):
    """Only the four arrays are opened: what else the file holds is never unpickled."""
    np.savez(tmp_path / "mine.npz", X=samples(), y=labels(), notes=np.array([{"a": 1}]))
    assert load_data(tmp_path / "mine.npz").X_train.shape == (16, 6)


def test_npz_cut_anywhere(tmp_path):
    """Wherever an .npz breaks off, it is refused."""
    packed, path = io.BytesIO(), tmp_path / "cut.npz"
    np.savez_compressed(packed, X=samples(), y=labels())
    content = packed.getvalue()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=says(path, "damaged, or no .npz")):
            load_data(path)


def test_npz_with_one_wrong_byte(tmp_path):
    """One wrong byte in a packed .npz is refused, whatever zipfile and zlib call it."""
    packed, path, refused = io.BytesIO(), tmp_path / "flipped.npz", 0
    np.savez_compressed(packed, X=samples(), y=labels())
    content = packed.getvalue()
    np.savez(path, X=samples(), y=labels())
    right = load_data(path)
    for k in range(0, len(content), 3):
        path.write_bytes(content[:k] + bytes([content[k] ^ 0x41]) + content[k + 1:])
        try:
            assert np.array_equal(load_data(path).X_train, right.X_train)
        except ValueError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > len(content) // 4


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04K\x07."],
                         ids=["empty", "zip magic", "pickle"])
def test_no_npz_at_all(tmp_path, content):
    """A file that only has the name of an .npz is refused by that name."""
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=says(path, "damaged, or no .npz")):
        load_data(path)


def test_npy_under_the_name_of_an_npz(tmp_path):
    """A single array is no .npz of named arrays."""
    with open(tmp_path / "single.npz", "wb") as file:
        np.save(file, samples())
    with pytest.raises(ValueError, match=says(tmp_path / "single.npz", "no .npz")):
        load_data(tmp_path / "single.npz")


def test_npz_missing(tmp_path):
    """A missing .npz is a FileNotFoundError with its name."""
    with pytest.raises(FileNotFoundError, match=says(tmp_path / "no.npz", "no such file")):
        load_data(tmp_path / "no.npz")


# --- splitting ------------------------------------------------------------------------------

def sorted_rows(X):
    return X[np.lexsort(X.T)]


def test_digits_split_is_a_stratified_fifth():
    """The 1,797 digits: a fifth of each class for the test, to within one sample, as stated."""
    digits = load_data("digits")
    total, test = np.bincount(load_digits().target), np.bincount(digits.y_test)
    assert (len(digits.y_train), len(digits.y_test)) == (1438, 359)
    assert (np.abs(test - total / 5) < 1).all()
    assert np.array_equal(np.bincount(digits.y_train), total - test)
    assert digits.split == ("1,438 training and 359 test samples: a fifth of each class, drawn "
                            "with seed 0")
    assert digits.class_names == [str(k) for k in range(10)]


def test_digits_split_is_a_partition():
    """Training and test part together are all digits, each once, in sixteenths."""
    digits = load_data("digits")
    X = np.column_stack([np.concatenate([digits.X_train, digits.X_test]),
                         np.concatenate([digits.y_train, digits.y_test])])
    everything = np.column_stack([load_digits().data / 16, load_digits().target])
    assert np.array_equal(sorted_rows(X), sorted_rows(everything))
    assert digits.X_train.dtype == digits.X_test.dtype == np.float32


def test_digits_split_depends_on_the_seed_only():
    """The same seed gives the same split, another seed another."""
    first, again, other = (load_data("digits", seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first.X_train, again.X_train)
    assert np.array_equal(first.y_test, again.y_test)
    assert not np.array_equal(first.y_test, other.y_test)


def test_hold_out_by_share():
    """20 held out of 60, 30 and 10 samples are 12, 6 and 2 of them, and all stay themselves."""
    y = np.repeat([0, 1, 2], [60, 30, 10])
    X = np.arange(100)[:, None]
    (X_rest, y_rest), (X_out, y_out) = hold_out(X, y, 20)
    assert np.bincount(y_out).tolist() == [12, 6, 2]
    assert np.bincount(y_rest).tolist() == [48, 24, 8]
    assert sorted([*X_rest[:, 0], *X_out[:, 0]]) == list(range(100))      # disjoint, complete
    assert np.array_equal(y[X_rest[:, 0]], y_rest) and np.array_equal(y[X_out[:, 0]], y_out)


def test_hold_out_depends_on_the_seed_only():
    """Held-out samples are drawn with the seed, whatever NumPy's global state."""
    X, y = np.arange(100)[:, None], np.arange(100) % 4
    first, again, other = (hold_out(X, y, 20, seed)[1][0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(hold_out(X, y, 20)[1][0], hold_out(X, y, 20, seed=0)[1][0])


@pytest.mark.parametrize("n", [4, 96])
def test_hold_out_to_the_limit(n):
    """With one sample of each class on the smaller side, every class is still on both."""
    (_, y_rest), (_, y_out) = hold_out(np.zeros((100, 1)), np.arange(100) % 4, n)
    assert len(y_out) == n
    assert set(y_rest) == set(y_out) == {0, 1, 2, 3}


@pytest.mark.parametrize("n", [0, 3, 97, 100, 0.2])
def test_hold_out_refuses_a_side_without_a_class(n):
    """Four classes: less than 4 samples on either side cannot show them all."""
    with pytest.raises(ValueError, match=f"holdout: got {n}, expected (4 to 96|a whole)"):
        hold_out(np.arange(100)[:, None], np.arange(100) % 4, n)


@pytest.mark.parametrize("y", [[], [0, 0, 0, 1]], ids=["empty", "single"])
def test_hold_out_refuses_a_class_of_one(y):
    """One sample cannot be on both sides."""
    with pytest.raises(ValueError, match="y: has a class of fewer than 2 samples"):
        hold_out(np.zeros((len(y), 2)), y, 2)


# --- downloading ----------------------------------------------------------------------------

@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of the four files in a local folder, with digests to match, and no SCNN_DATA."""
    folder = write_toy_folder(tmp_path / "home")
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
               for name in fashion_mnist.FILES}
    monkeypatch.setattr(fashion_mnist, "FILES", digests)
    (X, y), (X_test, y_test) = toy_images(30), toy_images(12)
    monkeypatch.setattr(fashion_mnist, "NUMBERS", {
        name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in
        (("X", X), ("y", y), ("X_test", X_test), ("y_test", y_test))})
    monkeypatch.setattr(fashion_mnist, "HOMES", (folder.as_uri() + "/",))
    monkeypatch.delenv("SCNN_DATA", raising=False)
    return folder


def test_download_fills_the_cache(home, tmp_path, capsys):
    """What is nowhere is fetched from its home into the cache, byte for byte, and announced."""
    found = load_data("fashion-mnist")
    cache = tmp_path / "cache" / "fashion-mnist"
    assert sorted(path.name for path in cache.iterdir()) == sorted(fashion_mnist.FILES)
    announced = capsys.readouterr().err
    for name in fashion_mnist.FILES:
        assert (cache / name).read_bytes() == (home / name).read_bytes()
        assert f"downloaded {home.as_uri()}/{name}\n" in announced
    assert found.X_train.shape == (30, 20)
    assert found.class_names[0] == "T-shirt/top" and len(found.class_names) == 10


def test_download_shows_how_far_it_is(home, monkeypatch):
    """Each piece that arrives is counted against the size that the home announced."""
    seen = []

    class Recorder:
        def __init__(self, total):
            seen.append(total)

        def update(self, done, text):
            seen.append((done, text))

        def line(self, text):
            seen.append(text)
    (home / "big").write_bytes(bytes(600_000))
    monkeypatch.setattr(fashion_mnist, "Progress", Recorder)
    url = f"{home.as_uri()}/big"
    assert fashion_mnist.fetch(url) == bytes(600_000)
    assert seen == [600_000, (262_144, "big"), (524_288, "big"), (600_000, "big"),
                    f"downloaded {url}"]


def test_only_what_is_missing_is_fetched(home, tmp_path, monkeypatch):
    """The second time nothing is fetched; after a loss, only the lost file."""
    load_data("fashion-mnist")
    fetched, fetch = [], fashion_mnist.fetch
    monkeypatch.setattr(fashion_mnist, "fetch", lambda url: fetched.append(url) or fetch(url))
    load_data("fashion-mnist")
    assert fetched == []
    (tmp_path / "cache" / "fashion-mnist" / TEST_LABELS).unlink()
    load_data("fashion-mnist")
    assert fetched == [f"{home.as_uri()}/{TEST_LABELS}"]


def test_second_home_if_the_first_fails(home, tmp_path, monkeypatch):
    """A home that does not answer is passed over."""
    homes = ((tmp_path / "gone").as_uri() + "/", home.as_uri() + "/")
    monkeypatch.setattr(fashion_mnist, "HOMES", homes)
    assert load_data("fashion-mnist").X_test.shape == (12, 20)


def test_wrong_content_is_refused(home, tmp_path):
    """A file of the right name with another SHA-256 never reaches the folder."""
    good = fashion_mnist.FILES[TRAIN_IMAGES]
    (home / TRAIN_IMAGES).write_bytes(b"a login page")
    bad = hashlib.sha256(b"a login page").hexdigest()
    with pytest.raises(FileNotFoundError, match=f"SHA-256 is {bad}, expected {good}"):
        load_data("fashion-mnist")
    assert not list((tmp_path / "cache").rglob("*.*"))


def test_second_home_if_the_first_is_tampered_with(home, tmp_path):
    """Wrong content at the first home is no obstacle if the second has the right one."""
    bad, name = tmp_path / "bad", TRAIN_LABELS
    bad.mkdir()
    (bad / name).write_bytes(b"tampered")
    homes = (bad.as_uri() + "/", home.as_uri() + "/")
    download(name, fashion_mnist.FILES[name], tmp_path / "here", homes)
    assert (tmp_path / "here" / name).read_bytes() == (home / name).read_bytes()


def test_connection_cut_in_the_middle(home, tmp_path, monkeypatch):
    """Half an answer (an HTTPException, no OSError) counts as a home that failed."""
    fetch = fashion_mnist.fetch

    def cut(url):
        if "first" in url:
            raise http.client.IncompleteRead(b"half of the file", 1000)
        return fetch(url)
    monkeypatch.setattr(fashion_mnist, "fetch", cut)
    digest = fashion_mnist.FILES[TRAIN_LABELS]
    with pytest.raises(FileNotFoundError, match="http://first/: IncompleteRead"):
        download(TRAIN_LABELS, digest, tmp_path / "here", ("http://first/",))
    assert not (tmp_path / "here").exists()
    download(TRAIN_LABELS, digest, tmp_path / "here", ("http://first/", home.as_uri() + "/"))
    assert (tmp_path / "here" / TRAIN_LABELS).exists()


def test_download_never_half_written(home, tmp_path, monkeypatch):
    """If the last step of writing fails, the folder holds nothing at all."""
    def no_space(*_):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left on device"):
        load_data("fashion-mnist")
    assert not list((tmp_path / "cache").rglob("*.*"))


def test_offline_error_says_what_to_do(home, tmp_path, monkeypatch):
    """Offline, the message names every file, the folder, SCNN_DATA and the digits preset."""
    monkeypatch.setattr(fashion_mnist, "HOMES", ("file:///nowhere/one/", "file:///nowhere/two/"))
    with pytest.raises(FileNotFoundError) as error:
        load_data("fashion-mnist")
    for part in (*fashion_mnist.FILES, str(tmp_path / "cache" / "fashion-mnist"), "SCNN_DATA",
                 "--preset digits", "file:///nowhere/one/", "file:///nowhere/two/"):
        assert part in str(error.value)


def test_named_folder_comes_before_the_cache(home, tmp_path, monkeypatch):
    """The argument beats SCNN_DATA, SCNN_DATA beats the cache; neither is downloaded into."""
    monkeypatch.setattr(fashion_mnist, "HOMES", ())
    other = write_toy_folder(tmp_path / "other", bytes)
    monkeypatch.setenv("SCNN_DATA", str(tmp_path / "nowhere"))
    assert load_data("fashion-mnist", folder=other).X_test.shape == (12, 20)
    monkeypatch.setenv("SCNN_DATA", str(home))
    assert load_data("fashion-mnist").X_test.shape == (12, 20)
    assert not (tmp_path / "cache").exists()


def test_named_folder_without_the_files(home, tmp_path, monkeypatch):
    """In a named folder nothing is downloaded: what there is is listed."""
    (home / TEST_LABELS).unlink()
    for folder, fault in ((home, f"expected test images and test labels, found {TEST_IMAGES}"),
                          (tmp_path / "none", "expected Fashion-MNIST here, found no such")):
        monkeypatch.setenv("SCNN_DATA", str(folder))
        with pytest.raises(FileNotFoundError, match=says(folder, fault)):
            load_data("fashion-mnist")


# --- Fashion-MNIST by its numbers -----------------------------------------------------------

def test_other_images_under_the_four_names(home, tmp_path, monkeypatch):
    """As what they are they are loaded; as Fashion-MNIST they are refused, by folder."""
    other = write_toy_folder(tmp_path / "fashion-mnist")
    (other / TEST_LABELS).write_bytes(idx_bytes(np.zeros(12, np.uint8)))
    found = load_data(other)
    assert found.name == "./fashion-mnist" and found.class_names == ["0", "1", "2"]
    with pytest.raises(ValueError, match=says(other, "expected Fashion-MNIST, found other")):
        load_data("fashion-mnist", folder=other)
    monkeypatch.setenv("SCNN_DATA", str(other))
    with pytest.raises(ValueError, match=says(other, "expected Fashion-MNIST, found other")):
        load_data("fashion-mnist")


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_fashion_mnist_is_known_wherever_it_lies(home, tmp_path, pack):
    """Unpacked, in whatever folder, or as an .npz: it is the numbers that count."""
    for name in fashion_mnist.FILES:
        (home / name).rename(home / name.removesuffix(".gz"))
    (X, y), (X_test, y_test) = toy_images(30), toy_images(12)
    np.savez(tmp_path / "mine.npz", x_train=X, y_train=y, x_test=X_test, y_test=y_test)
    for place in (home, write_toy_folder(tmp_path / "mnist", pack), tmp_path / "mine.npz"):
        found = load_data(place)
        assert found.name == "fashion-mnist" and found.class_names[9] == "Ankle boot"
    np.savez(tmp_path / "mine.npz", X=X, y=y)
    assert load_data(tmp_path / "mine.npz").name == "mine"


def test_a_changed_file_in_the_cache(home, tmp_path):
    """It is not used and not replaced unasked: the error says to delete it."""
    load_data("fashion-mnist")
    for name in fashion_mnist.FILES:
        path = tmp_path / "cache" / "fashion-mnist" / name
        good = path.read_bytes()
        for bad in (good[:-1], gzip.compress(gzip.decompress(good)[:-1] + b"!"), b""):
            path.write_bytes(bad)
            with pytest.raises(ValueError, match=says(path, "delete it")):
                load_data("fashion-mnist")
        path.unlink()
        assert load_data("fashion-mnist").name == "fashion-mnist"
        assert path.read_bytes() == good


# --- the real thing -------------------------------------------------------------------------

real = pytest.mark.skipif(not os.environ.get("SCNN_DATA"),
                          reason="needs the real Fashion-MNIST: SCNN_DATA is not set")


@pytest.fixture(scope="module")
def fashion():
    return load_data("fashion-mnist")


@real
def test_fashion_mnist_pixels(fashion):
    """60,000 images of 784 pixels, mean 0.286041 and standard deviation 0.353024."""
    assert fashion.X_train.shape == (60_000, 784) and fashion.X_test.shape == (10_000, 784)
    assert fashion.X_train.dtype == fashion.X_test.dtype == np.float32
    mean = fashion.X_train.mean(dtype=np.float64)
    square = np.vdot(fashion.X_train, fashion.X_train.astype(np.float64)) / fashion.X_train.size
    assert round(mean, 6) == 0.286041
    assert round(np.sqrt(square - mean ** 2), 6) == 0.353024
    assert fashion.X_train.min() == 0 and fashion.X_train.max() == 1


@real
def test_fashion_mnist_labels(fashion):
    """Ten classes, 6,000 training and 1,000 test images of each; image 0 is an ankle boot."""
    assert np.bincount(fashion.y_train).tolist() == [6000] * 10
    assert np.bincount(fashion.y_test).tolist() == [1000] * 10
    assert fashion.class_names[fashion.y_train[0]] == "Ankle boot"
    assert fashion.split == "60,000 training and 10,000 test samples, as they come"


@real
def test_fashion_mnist_digests(tmp_path, monkeypatch):
    """The SHA-256 in the code are those of the real files: the download accepts them."""
    source = os.path.abspath(os.environ["SCNN_DATA"])
    monkeypatch.delenv("SCNN_DATA")
    monkeypatch.setattr(fashion_mnist, "HOMES", (f"file://{source}/",))
    cache = fashion_mnist.find()
    assert cache == tmp_path / "cache" / "fashion-mnist"
    assert sorted(path.name for path in cache.iterdir()) == sorted(fashion_mnist.FILES)
