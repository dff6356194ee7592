"""Data sets: Fashion-MNIST, scikit-learn's digits, a folder of IDX files, or an `.npz`.

Everything comes as (samples, features) float32 and integer labels 0 … classes - 1. Grey levels
stored as bytes are divided by 255; other numbers are taken as they are.
"""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from scnn_np.data import fashion_mnist
from scnn_np.tools.streams import stream

TEST_SHARE = 0.2        # of data that come without a test part


@dataclass
class Dataset:
    """Training and test part of a classification problem.

    Attributes
    ----------
    name : str
    X_train, X_test : (samples, features) float32 arrays
    y_train, y_test : (samples,) int arrays, labels 0 … classes - 1
    class_names : list of str
    split : str
        How the test part came about, in words.
    """

    name: str
    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    class_names: list
    split: str


def load_data(source="fashion-mnist", *, folder=None, seed=0):
    """Load a data set by name or path.

    Parameters
    ----------
    source : str or path
        "fashion-mnist", "digits", a folder of IDX files (MNIST's format, `.gz` or plain), or
        an `.npz` with arrays X and y, and X_test and y_test if it has a test part.
    folder : path
        Where Fashion-MNIST lies; `SCNN_DATA`, the user's cache and a download if left out.
    seed : int
        Data without a test part give a fifth of each class, drawn with this seed, as test.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError, FileNotFoundError
        Naming the file and what is wrong with it.
    """
    named = source == "fashion-mnist"
    path = fashion_mnist.find(folder) if named else Path(source)
    if source == "digits":
        digits = load_digits()
        return split_dataset("digits", digits.data / 16, digits.target, seed)
    if named or fashion_mnist.is_fashion_mnist(path):
        data = load_idx_folder(path, "fashion-mnist", seed)
        data.class_names = list(fashion_mnist.CLASSES)
        return data
    if path.is_dir():
        return load_idx_folder(path, path.name, seed)
    if path.suffix == ".npz":
        return load_npz(path, seed)
    raise FileNotFoundError(f"data: got {str(source)!r}, expected fashion-mnist, digits, a "
                            "folder of IDX files, or an .npz file")


def hold_out(X, y, n, seed=0):
    """Set n labelled samples apart, as many of each class as their share asks for.

    Returns
    -------
    (X, y), (X_held_out, y_held_out)
    """
    counts = np.unique(y, return_counts=True)[1]
    if not len(y) or counts.min() < 2:
        raise ValueError("y: has a class of fewer than 2 samples, expected one for each side")
    classes = len(counts)
    if not classes <= n <= len(y) - classes:
        raise ValueError(f"holdout: got {n}, expected {classes} to {len(y) - classes}, so that "
                         "every class can be on both sides")
    state = int(stream(seed, "split").integers(2 ** 31))
    X, X_out, y, y_out = train_test_split(X, y, test_size=n, stratify=y, random_state=state)
    return (X, y), (X_out, y_out)


# --- IDX: MNIST's file format ----------------------------------------------------------------

def read_idx(path):
    """One IDX file of unsigned bytes, plain or gzipped, as an array.

    The format: two zero bytes, a type code (8 is unsigned byte), the number of dimensions,
    each dimension as four big-endian bytes, then the numbers.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file") from None
    try:
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as e:
        raise ValueError(f"{path}: damaged or cut-off gzip file ({e})") from e
    if not content:
        raise ValueError(f"{path}: is empty, expected an IDX file")
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: magic number is 0x{content[:4].hex()}, expected "
                         "0x000008.. of an IDX file of unsigned bytes")
    if not 1 <= content[3] <= 4:
        raise ValueError(f"{path}: has {content[3]} dimensions, expected 1 to 4")
    header = 4 + 4 * content[3]
    if len(content) < header:
        raise ValueError(f"{path}: cut off within its header")
    shape = tuple(np.frombuffer(content, ">u4", content[3], offset=4).tolist())
    expected = header + int(np.prod(shape, dtype=object))
    if len(content) != expected:
        raise ValueError(f"{path}: has {len(content):,} bytes, expected {expected:,} for shape "
                         f"{shape}: " + ("cut off" if len(content) < expected else "too long"))
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def load_idx_pair(images_path, labels_path):
    """Images, (samples, height, width) bytes, and labels, checked against each other."""
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim < 2:
        raise ValueError(f"{images_path}: holds {images.ndim}-dimensional data, expected "
                         "images (the magic number of a label file?)")
    if labels.ndim != 1:
        raise ValueError(f"{labels_path}: holds {labels.ndim}-dimensional data, expected "
                         "labels (the magic number of an image file?)")
    if len(images) != len(labels):
        raise ValueError(f"{labels_path}: has {len(labels)} labels, but {images_path} has "
                         f"{len(images)} images")
    return images, labels


def load_idx_folder(folder, name, seed):
    """A data set from a folder with `…images…` and `…labels…` files."""
    folder = Path(folder)
    parts = {}
    for part, marks in (("train", ("train",)), ("test", ("t10k", "test"))):
        found = [[path for path in sorted(folder.iterdir()) if kind in path.name
                  and any(mark in path.name for mark in marks)
                  and path.suffix != ".part"] for kind in ("images", "labels")]
        if any(len(paths) > 1 for paths in found):
            raise ValueError(f"{folder}: has more than one {part} part: "
                             + ", ".join(path.name for path in sum(found, [])))
        if all(found):
            parts[part] = load_idx_pair(found[0][0], found[1][0])
        elif any(found) or part == "train":
            names = ", ".join(path.name for path in sum(found, [])) or "neither"
            raise FileNotFoundError(f"{folder}: expected {part} images and {part} labels, "
                                    f"found {names}")
    return make_dataset(folder, name, *parts["train"], *parts.get("test", (None, None)), seed)


# --- .npz ------------------------------------------------------------------------------------

def load_npz(path, seed):
    """A data set from an `.npz` with X, y and, if it has a test part, X_test and y_test."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        # Opened here: on a damaged file NumPy would leave its own open.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = {key: np.asarray(content[key]) for key in ("X", "y", "X_test", "y_test")
                      if key in content}
    except Exception as e:                     # zipfile, zlib and NumPy raise many kinds
        raise ValueError(f"{path}: damaged, or not an .npz of plain arrays ({e})") from e
    if not {"X", "y"} <= arrays.keys():
        raise ValueError(f"{path}: holds {', '.join(arrays) or 'neither'}, expected X and y")
    if ("X_test" in arrays) != ("y_test" in arrays):
        raise ValueError(f"{path}: has only one of X_test and y_test, expected both or neither")
    return make_dataset(path, Path(path).stem, arrays["X"], arrays["y"], arrays.get("X_test"),
                        arrays.get("y_test"), seed)


def make_dataset(path, name, X, y, X_test, y_test, seed):
    """Check raw arrays and bring them to the common form."""
    scale = 255 if X.dtype == np.uint8 else 1
    for key, A, labels in (("X", X, y), ("X_test", X_test, y_test)):
        if A is None:
            continue
        if A.ndim < 2 or not A.size or A.dtype.kind not in "buif":
            raise ValueError(f"{path}: {key} is {A.dtype} of shape {A.shape}, expected numbers "
                             "of shape (samples, features)")
        if labels.shape != (len(A),):
            raise ValueError(f"{path}: y of {key} has shape {labels.shape}, expected "
                             f"({len(A)},), one label for each sample")
        with np.errstate(over="ignore"):       # too large for float32 is infinite as well
            if A.dtype.kind == "f" and not np.isfinite(A.astype(np.float32)).all():
                raise ValueError(f"{path}: {key} has infinite or missing numbers")
        if labels.dtype.kind == "f" and not (np.isfinite(labels)
                                             & (labels == np.floor(labels))).all():
            raise ValueError(f"{path}: labels are fractions, expected classes")
    if X_test is not None and X_test.shape[1:] != X.shape[1:]:
        raise ValueError(f"{path}: test samples have shape {X_test.shape[1:]}, training "
                         f"samples {X.shape[1:]}")
    if X_test is not None and (X_test.dtype == np.uint8) != (X.dtype == np.uint8):
        raise ValueError(f"{path}: X is {X.dtype} and X_test {X_test.dtype}, expected bytes in "
                         "both or in neither, because only bytes are divided by 255")
    X = X.reshape(len(X), -1) / np.float32(scale)
    if X_test is None:
        return split_dataset(name, X, y, seed)
    classes, codes = np.unique(y, return_inverse=True)
    unknown = np.setdiff1d(y_test, classes)
    if unknown.size:
        raise ValueError(f"{path}: test label {unknown[0]} is not among the training labels")
    X_test = X_test.reshape(len(X_test), -1) / np.float32(scale)
    return Dataset(name, X.astype(np.float32), codes, X_test.astype(np.float32),
                   np.searchsorted(classes, y_test), [str(c) for c in classes],
                   f"{len(X):,} training and {len(X_test):,} test samples, as they come")


def split_dataset(name, X, y, seed):
    """Give data without a test part one: a fifth of each class, drawn with the seed."""
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    if len(classes) < 2 or counts.min() < 2:
        raise ValueError(f"{name}: has {len(classes)} classes, the smallest of {counts.min()} "
                         "samples; expected at least 2 of at least 2, to split off a test part")
    n_test = max(round(TEST_SHARE * len(codes)), len(classes))
    (X, y), (X_test, y_test) = hold_out(X.astype(np.float32), codes, n_test, seed)
    return Dataset(name, X, y, X_test, y_test, [str(c) for c in classes],
                   f"{len(X):,} training and {len(X_test):,} test samples: a fifth of each "
                   f"class, drawn with seed {seed}")
