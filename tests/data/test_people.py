"""Data as people have them: their names for arrays, their labels, their sorting, their holes.

The script `public_tables` beside this file is part of it.
"""

import re

import numpy as np
import pytest
from sklearn.datasets import load_iris

from scnn_np import load_data
from scnn_np.data.datasets import first_samples
from tests.data import public_tables

N = 24


def X(n=N):
    return np.random.default_rng(n).normal(size=(n, 4))


def y(n=N):
    return np.arange(n) % 3


@pytest.fixture
def save(tmp_path):
    """Saves arrays as `mine.npz` and gives its path."""
    def write(**arrays):
        np.savez(tmp_path / "mine.npz", **arrays)
        return tmp_path / "mine.npz"
    return write


def refuses(path, words):
    """Whether the data are refused in one line that names the file and says these words."""
    with pytest.raises(ValueError) as error:
        load_data(path)
    message = str(error.value)
    return message.startswith(str(path)) and words in message and message.isprintable()


# --- names of arrays ------------------------------------------------------------------------

@pytest.mark.parametrize("names", [
    ("X", "y", "X_test", "y_test"), ("X_train", "y_train", "X_test", "y_test"),
    ("x_train", "y_train", "x_test", "y_test"),
    ("train_images", "train_labels", "test_images", "test_labels")])
def test_usual_names(save, names):
    """With a test part and without."""
    arrays = (X(), y(), X(9), y(9))
    found = load_data(save(**dict(zip(names, arrays, strict=True))))
    assert found.split == "24 training and 9 test samples, as they come"
    assert np.array_equal(found.X_train, X()) and np.array_equal(found.X_test, X(9))
    assert np.array_equal(found.y_train, y()) and np.array_equal(found.y_test, y(9))
    found = load_data(save(**dict(zip(names[:2], arrays[:2], strict=True))))
    assert found.split.startswith("19 training and 5 test samples: a fifth of each class")


def test_what_scikit_learn_bundles(save):
    """`np.savez(path, **load_iris())`, with texts and objects that nobody reads."""
    found = load_data(save(**load_iris()))
    assert len(found.X_train) + len(found.X_test) == 150 and found.X_train.shape[1] == 4
    assert {"target_names", "DESCR"} <= {*found.split.partition("; not used: ")[2].split(", ")}


def test_part_that_is_not_used(save):
    """MedMNIST's validation part."""
    found = load_data(save(train_images=X(), train_labels=y()[:, None], val_images=X(6),
                           val_labels=y(6)[:, None], test_images=X(9), test_labels=y(9)))
    assert found.split == ("24 training and 9 test samples, as they come; not used: "
                           "val_images, val_labels")
    assert np.array_equal(found.y_train, y())


@pytest.mark.parametrize("arrays, words", [
    ({}, "holds nothing, expected one of the pairs X and y, "),
    ({"inputs": X(), "outputs": y()}, "holds inputs, outputs, expected one of the pairs X and"),
    ({f"array{k}": y() for k in range(11)}, "array7, and 3 more, expected"),
    ({"data": X(), "indices": y(), "shape": y()}, "holds data, indices, shape, expected"),
    ({"X": X(), "y": y(), "X_train": X(), "y_train": y()}, "holds X, y, X_train, y_train, exp"),
    ({"data": X(), "target": y(), "data_test": X()}, "only one of data_test and target_test"),
])
def test_other_names(save, arrays, words):
    """The error says what there is."""
    assert refuses(save(**arrays), words)


def test_names_that_would_write_on_the_terminal(save):
    """Names in the file are printed without control characters."""
    assert refuses(save(**{"a\nb\x1b[2J": y()}), r"holds a\nb\x1b[2J, expected")


def test_upper_case_ending(save):
    path = save(X=X(), y=y())
    path = path.rename(path.with_name("MINE.NPZ"))
    assert load_data(path).name == "MINE"


@pytest.mark.parametrize("source", ["./digits", "./fashion-mnist", "table.csv"])
def test_a_path_is_no_name(source, tmp_path, monkeypatch):
    """`./digits` is a place, also where nothing is."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=f"data: got '{source}', expected fashion-mni"):
        load_data(source)


@pytest.mark.parametrize("name", ["digits", "fashion-mnist"])
def test_a_name_of_ours_is_not_taken(tmp_path, name):
    """A file of that name is told from the data set of that name."""
    np.savez(tmp_path / f"{name}.npz", X=X(), y=y())
    assert load_data(tmp_path / f"{name}.npz").name == f"./{name}"


# --- labels ---------------------------------------------------------------------------------

def test_labels_in_a_column(save):
    """(n, 1) is (n,), of text as well."""
    names = np.array(["dog", "cat", "eel"])[y()][:, None]
    found = load_data(save(X=X(), y=names, X_test=X(9), y_test=names[:9]))
    assert found.class_names == ["cat", "dog", "eel"]
    assert found.y_test.tolist() == [1, 0, 2] * 3


@pytest.mark.parametrize("labels, words", [
    (np.array(["a", "b", "c"], object)[y()], "y holds Python objects: save `y.astype(str)`"),
    (np.eye(3)[y()], "y has shape (24, 3), expected (24,), one label for each sample; of "
                     "one-hot labels take `argmax(1)`"),
    (y()[None], "y has shape (1, 24), expected (24,)"), (np.array(1), "y has shape ()"),
    (np.array([b"a", b"b", b"c"])[y()], "y is |S1, expected whole numbers or text: save "
                                        "`y.astype(str)`"),
    (y() * 1j, "y is complex128, expected"), (y().astype("M8[D]"), "y is datetime64[D], exp"),
    (np.where(y() == 1, np.nan, y()), "y has fractions or missing labels"),
    (np.where(y() == 1, "nan", "a"), "y has missing labels"),
    (np.where(y() == 1, "<NA>", "a"), "y has missing labels"),
    (np.where(y() == 1, "", "a"), "a class is called '', expected a text"),
    (np.where(y() == 1, "a\nb", "a"), r"a class is called 'a\nb', expected a text in one line"),
    (np.where(y() == 1, "a\x1b[2J", "a"), r"a class is called 'a\x1b[2J', expected"),
    (np.where(y() == 1, "\ud800", "a"), r"a class is called '\ud800', expected"),
    (np.where(y() == 1, "\u202ecat", "a"), r"a class is called '\u202ecat', expected"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_labels_that_are_none(save, labels, words):
    """What to do about them, where it is clear; the same of a test part."""
    assert refuses(save(X=X(), y=labels), words)
    assert refuses(save(X=X(), y=labels, X_test=X(), y_test=labels), words)


def test_pandas_text(save):
    """A column of a data frame is an array of objects, until it is saved as text."""
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(["dog", "cat", "eel"] * 8, dtype=object)
    assert refuses(save(X=X(), y=column), "y holds Python objects: save `y.astype(str)`")
    found = load_data(save(X=X(), y=column.astype(str).to_numpy(str)))
    assert found.class_names == ["cat", "dog", "eel"]


def test_one_class_is_no_problem_to_learn(save):
    """With a test part, too."""
    one = np.ones(N, int)
    assert refuses(save(X=X(), y=one, X_test=X(), y_test=one), "has 1 classes, the smallest")


def test_test_labels_of_other_kinds(save):
    """Numbers and texts are not the same classes; a class that was never seen is named."""
    names = np.array(["a", "b", "c"])[y()]
    for training, test, unknown in ((names, np.where(y() == 1, "d\x07", names), r"'d\x07'"),
                                    (y(), y() + 1, "3"), (y(), names, "'a'")):
        assert refuses(save(X=X(), y=training, X_test=X(), y_test=test),
                       f"test label {unknown} is not among the training labels")


# --- numbers --------------------------------------------------------------------------------

@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39, -1e300])
@pytest.mark.parametrize("key", ["X", "X_test"])
def test_missing_numbers(save, key, value):
    """The error says where the first one is."""
    arrays = {"X": X(), "y": y(), "X_test": X(), "y_test": y()}
    arrays[key][7, 2] = arrays[key][9, 1] = value
    assert refuses(save(**arrays), f"{key} has missing, infinite or too large numbers, the "
                                   f"first in sample 7, feature 2: {value}")


@pytest.mark.parametrize("dtype, kept", [
    (np.float16, np.float32), (np.float32, np.float32), (">f4", np.float32),
    (np.float64, np.float64), (">f8", np.float64), (np.longdouble, np.float64),
    (bool, np.float32), (np.int8, np.float32), (np.uint16, np.float32),
    (np.int32, np.float64), (np.int64, np.float64)])
def test_precision_is_kept(save, dtype, kept):
    """What float32 holds is float32, everything else float64: 2²⁴ + 1 is still that number."""
    values = (X() * 50).astype(dtype)
    if kept is np.float64:
        values[0, 0] = 2 ** 24 + 1
    found = load_data(save(X=values, y=y(), X_test=values, y_test=y()))
    assert found.X_train.dtype == found.X_test.dtype == kept and found.X_train.dtype.isnative
    assert np.array_equal(found.X_train, values)


@pytest.mark.parametrize("values", [
    X() * 1j, X().astype(str), X().astype("M8[D]"), X().view("f8,f8,f8,f8"), X()[:, :0],
    X()[:, 0]], ids=lambda values: str(values.dtype))
def test_inputs_that_are_no_numbers(save, values):
    assert refuses(save(X=values, y=y()), "expected numbers of shape (samples, features)")


# --- sorted by class ------------------------------------------------------------------------

def test_first_samples_by_share():
    """Of classes of 50, 30 and 20 samples, sorted: 10 are the first 5, 3 and 2."""
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    assert first_samples(labels, 10).tolist() == [0, 1, 2, 3, 4, 50, 51, 52, 80, 81]


def test_first_samples_by_largest_remainder():
    """Shares of 7 are 3.5, 2.1 and 1.4: the one that is left goes to 3.5."""
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    assert np.bincount(labels[first_samples(labels, 7)]).tolist() == [4, 2, 1]


def test_at_least_one_of_each_class():
    """A class of 1 in 1,000 is there, at the cost of the class that has most too much."""
    labels = np.repeat([0, 1, 2, 3], [1, 1, 1, 997])
    assert np.bincount(labels[first_samples(labels, 10)]).tolist() == [1, 1, 1, 7]
    assert first_samples(labels, 4).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(20))
def test_first_samples_of_any_labels(seed):
    """So many, each once, ascending, of every class the first, by its share to within one."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(["a", "b", "c", "d"], 200, p=[0.6, 0.25, 0.1, 0.05])
    n = int(rng.integers(60, 201))
    found = first_samples(labels, n)
    assert len(found) == n and (np.diff(found) > 0).all()
    for name in np.unique(labels):
        of_class = np.flatnonzero(labels == name)
        taken = found[labels[found] == name]
        assert np.array_equal(taken, of_class[:len(taken)])
        assert abs(len(taken) - len(of_class) * n / 200) < 1


def test_all_samples_are_all():
    assert np.array_equal(first_samples(y()[::-1], N), np.arange(N))


@pytest.mark.parametrize("n", [2, 25])
def test_too_few_or_too_many_samples(n):
    """The error says how many classes there are."""
    with pytest.raises(ValueError, match=f"samples: got {n}, expected 3 to 24: at least one of "
                                         "each of the 3 classes"):
        first_samples(y(), n)


@pytest.mark.parametrize("n", [0, -1, 2.5, "3", None, True])
def test_a_number_of_samples(n):
    with pytest.raises(ValueError, match=f"samples: got {re.escape(repr(n))}, expected a wh"):
        first_samples(y(), n)


# --- nine kinds of tables -------------------------------------------------------------------

def test_public_tables(tmp_path, monkeypatch):
    """Each is learned about as well as by logistic regression, or refused by name."""
    monkeypatch.setenv("SCNN_CACHE", str(tmp_path))
    kinds = {case[0] for case in public_tables.LEARNED + public_tables.REFUSED}
    assert len(kinds) == 9
    for right, line in public_tables.tries():
        assert right, line
