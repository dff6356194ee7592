"""Data sets: Fashion-MNIST, scikit-learn's digits, a folder of IDX files, or an `.npz`.

Everything comes as (samples, features) floats and integer labels 0 … classes - 1. Grey levels
stored as bytes are divided by 255; other numbers are taken as they are.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from scnn_np.data import fashion_mnist, idx, raw, tables
from scnn_np.tools import checks
from scnn_np.tools.parameters import Parameter
from scnn_np.tools.streams import stream

TEST_SHARE = 0.2        # of data that come without a test part
OWN_NAMES = ("fashion-mnist", "digits")
PARAMETERS = {"data": Parameter(
    checks.text, "fashion-mnist, digits, a folder of IDX files, or an .npz file with X and y; "
    "what has no test part gives a fifth of each class, drawn with seed 0")}


@dataclass(repr=False)
class Dataset:
    """Training and test part of a classification problem.

    Attributes
    ----------
    name : str
    X_train, X_test : (samples, features) arrays
        float64 if the file holds float64 or large integers, else float32.
    y_train, y_test : (samples,) int arrays, labels 0 … classes - 1
    class_names : list of str
    split : str
        How the test part came about, and what else the file holds, in words.
    """

    name: str
    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    class_names: list
    split: str

    def __repr__(self):
        return (f"Dataset({self.name}, {self.split}, {self.X_train.shape[1]} features, "
                f"{len(self.class_names)} classes)")


def load_data(source="fashion-mnist", *, folder=None, seed=0):
    """Load a data set by name or path.

    Parameters
    ----------
    source : str or path
        "fashion-mnist", "digits", a folder of IDX files (MNIST's format, `.gz` or plain), or
        an `.npz` with arrays X and y, and X_test and y_test if it has a test part; other usual
        names are in `tables.NAMES`.
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
    path = checks.path("data", source)
    checks.text("data", str(path))
    if str(source) == "digits":
        digits = load_digits()
        X = (digits.data / 16).astype(np.float32)
        return split_dataset("digits", X, digits.target, seed)
    named = str(source) == "fashion-mnist"
    if named:
        path = fashion_mnist.find(folder)
    if path.is_dir():
        found = idx.read_folder(path)
    elif path.suffix.lower() == ".npz":
        found = tables.read_table(path)
    else:
        raise FileNotFoundError(f"data: got {checks.shown(source)}, expected fashion-mnist, "
                                "digits, a folder of IDX files, or an .npz file")
    data = make_dataset(found, seed)
    if named and data.name != "fashion-mnist":
        raise ValueError(f"{path}: expected Fashion-MNIST, found other images or labels under "
                         "its names; to use them as what they are, give the folder as the data")
    return data


def make_dataset(found, seed):
    """The data set of a file's arrays, with a name, a test part and numbered classes.

    Parameters
    ----------
    found : Raw
    seed : int
        To draw a test part with, if there is none.
    """
    X, y = found.training()
    path = found.path.resolve()
    name = path.stem if path.is_file() else path.name
    if name in OWN_NAMES:                      # only what is Fashion-MNIST is called so
        name = f"./{name}"
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    if len(classes) < 2 or found.X_test is None and counts.min() < 2:
        raise ValueError(f"{found.path}: has {len(classes)} classes, the smallest with "
                         f"{counts.min()} of the {len(y)} samples, expected at least 2, each "
                         "of at least 2 samples if a test part is to be split off")
    if found.X_test is None:
        data = split_dataset(name, X, y, seed)
    else:
        X_test, y_test = found.test()
        if not np.isin(y_test, classes).all():
            unknown = y_test[~np.isin(y_test, classes)][0].item()
            raise ValueError(f"{found.path}: test label {checks.shown(unknown)} is not among "
                             "the training labels")
        data = Dataset(name, X, codes, X_test, np.searchsorted(classes, y_test),
                       [str(c) for c in classes],
                       f"{len(X):,} training and {len(X_test):,} test samples, as they come")
    raw.check_names(found.path, data.class_names)
    if found.unused:
        data.split += f"; not used: {raw.listed(found.unused)}"
    if fashion_mnist.is_fashion_mnist(found):
        data.name, data.class_names = "fashion-mnist", list(fashion_mnist.CLASSES)
    return data


def split_dataset(name, X, y, seed):
    """Give data without a test part one: a fifth of each class, drawn with the seed."""
    classes, codes = np.unique(y, return_inverse=True)
    n_test = max(round(TEST_SHARE * len(codes)), len(classes))
    (X, y), (X_test, y_test) = hold_out(X, codes, n_test, seed)
    return Dataset(name, X, y, X_test, y_test, [str(c) for c in classes],
                   f"{len(X):,} training and {len(X_test):,} test samples: a fifth of each "
                   f"class, drawn with seed {seed}")


# --- parts of the samples -------------------------------------------------------------------

def hold_out(X, y, n, seed=0):
    """Set n labelled samples apart, as many of each class as their share asks for.

    Returns
    -------
    (X, y), (X_held_out, y_held_out)
    """
    n = checks.whole("holdout", n)
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


def first_samples(y, n):
    """Which n samples to take: the first ones of each class, by its share and at least one.

    The first n of a file that is sorted by class would leave classes out.

    Returns
    -------
    (n,) int array, ascending
    """
    n = checks.whole("samples", n, least=1)
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    if not len(classes) <= n <= len(y):
        raise ValueError(f"samples: got {n}, expected {len(classes)} to {len(y)}: at least one "
                         f"of each of the {len(classes)} classes, and as many as there are")
    share = counts * n / len(y)
    taken = np.maximum(1, share.astype(int))
    while taken.sum() < n:                     # the largest remainders first
        taken[np.argmax(share - taken)] += 1
    while taken.sum() > n:                     # what classes of one have too much
        taken[np.argmax(np.where(taken > 1, taken - share, -np.inf))] -= 1
    by_class = np.argsort(codes, kind="stable")
    place = np.arange(len(y)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(by_class[place < np.repeat(taken, counts)])
