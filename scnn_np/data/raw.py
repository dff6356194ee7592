"""Arrays as a file holds them, checked and brought to the common form."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scnn_np.tools import checks

MISSING = ("nan", "NaN", "NaT", "<NA>")      # texts that `astype(str)` makes of no label


@dataclass
class Raw:
    """The arrays of a file or folder; those of the test part are None if it has none.

    Attributes
    ----------
    path : Path
    X, y, X_test, y_test : arrays
    names : four str
        What the four are called there.
    unused : sequence of str
        What else there is.
    """

    path: Path
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray | None
    y_test: np.ndarray | None
    names: tuple
    unused: tuple = ()

    def training(self):
        """Inputs, (samples, features) floats, and labels, (samples,)."""
        X = inputs(self.path, self.names[0], self.X)
        return X, labels(self.path, self.names[1], self.y, len(X))

    def test(self):
        """The same of the test part, if its samples are like those to train on."""
        X, X_test = self.X, self.X_test
        if X_test.shape[1:] != X.shape[1:]:
            raise ValueError(f"{self.path}: test samples have shape {X_test.shape[1:]}, "
                             f"training samples {X.shape[1:]}")
        if (X_test.dtype == np.uint8) != (X.dtype == np.uint8):
            raise ValueError(f"{self.path}: {self.names[0]} is {X.dtype} and {self.names[2]} "
                             f"{X_test.dtype}, expected bytes in both or in neither, because "
                             "only bytes are divided by 255")
        X_test = inputs(self.path, self.names[2], X_test)
        return X_test, labels(self.path, self.names[3], self.y_test, len(X_test))


def precision(dtype):
    """float32 for numbers that fit into it, float64 for all others."""
    return np.float32 if np.can_cast(dtype, np.float32) else np.float64


def inputs(path, key, A):
    """Numbers of any shape as rows, (samples, features); bytes are divided by 255.

    float64 and large integers become float64: the values of a table may lie far from 0 and
    close together. Everything else becomes float32.
    """
    if A.ndim < 2 or not A.size or A.dtype.kind not in "buif":
        raise ValueError(f"{path}: {key} is {A.dtype} of shape {A.shape}, expected numbers of "
                         "shape (samples, features)")
    A = A.reshape(len(A), -1)
    with np.errstate(over="ignore"):           # too large for float32 is infinite as well
        A = A / np.float32(255) if A.dtype == np.uint8 else A.astype(precision(A.dtype))
        bad = ~np.isfinite(A.astype(np.float32, copy=False))
    if bad.any():
        sample, feature = np.argwhere(bad)[0].tolist()
        raise ValueError(f"{path}: {key} has missing, infinite or too large numbers, the first "
                         f"in sample {sample}, feature {feature}: {A[sample, feature]}; "
                         "expected numbers everywhere")
    return A


def labels(path, key, y, n):
    """(n,) classes as they are called; a column of them is taken as well."""
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.shape != (n,):
        raise ValueError(f"{path}: {key} has shape {y.shape}, expected ({n},), one label for "
                         "each sample" + ("; of one-hot labels take `argmax(1)`"
                                          if y.ndim == 2 else ""))
    if y.dtype.kind not in "biufU":
        raise ValueError(f"{path}: {key} is {y.dtype}, expected whole numbers or text: save "
                         f"`{key}.astype(str)`")
    if not are_classes(y):
        raise ValueError(f"{path}: {key} has fractions or missing labels, expected "
                         "classes")
    if y.dtype.kind == "U" and np.isin(y, MISSING).any():
        raise ValueError(f"{path}: {key} has missing labels, expected one for each sample")
    return y


def are_classes(y):
    """Whether labels are no fractions, and none is missing."""
    return y.dtype.kind != "f" or bool((np.isfinite(y) & (y == np.floor(y))).all())


def check_names(path, class_names):
    """Refuse classes whose names cannot be printed in one line."""
    for name in class_names:
        if not name or not name.isprintable():
            raise ValueError(f"{path}: a class is called {checks.shown(name)}, expected a text "
                             "in one line")


def listed(names, most=8):
    """Names from a file or folder, for an error."""
    names = list(names)
    shown = [checks.shown(name)[1:-1] for name in names[:most]]
    return ", ".join(shown + [f"and {len(names) - most} more"] * (len(names) > most)
                     ) or "nothing"
