"""Nine kinds of public tables: learned as well as by logistic regression, or refused by name.

    python -m tests.data.public_tables

The tables are scikit-learn's bundled sets and generated ones, saved as people save them, and
read, ordered and learned as `train` does.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scnn_np import Trainer, build, fit_ordering, load_data
from scnn_np.data.datasets import first_samples
from scnn_np.data.scaling import line_about_scale

MARGIN = 0.06           # below logistic regression: two of the 36 wines to test on


def bundled(name):
    found = getattr(datasets, f"load_{name}")()
    return found.data, found.target


def generated(n=900, shares=None, seed=0):
    return datasets.make_classification(n, 12, n_informative=6, n_redundant=2, n_classes=3,
                                        weights=shares, class_sep=1.5, random_state=seed)


def sorted_by_class(X, y):
    place = np.argsort(y, kind="stable")
    return X[place], y[place]


def with_dull_columns(X, y):
    """One that is 0.1 everywhere, one that is another one again, one of huge equal numbers."""
    return np.column_stack([np.full(len(X), 0.1), X, X[:, 0], np.full(len(X), 1e9)]), y


def with_holes(X, y):
    X = X.copy()
    X[5, 2] = np.nan
    return X, y


def as_text(X, y):
    return X, np.array(["setosa", "versi color", "virginica"])[y]


WINE, IRIS, CANCER, DIGITS = map(bundled, ("wine", "iris", "breast_cancer", "digits"))
SCALED = {"scale": "standard"}

# (kind, table, (X, y), options of the ordering, samples)
LEARNED = [
    ("not scaled", "wine, 0.1 … 1680", WINE, SCALED, None),
    ("not scaled", "breast cancer, whitened", CANCER, {**SCALED, "whiten": 0.5}, None),
    ("far from 0", "wine + 10⁶", (WINE[0] + 1e6, WINE[1]), SCALED, None),
    ("far from 0", "generated + 10⁹, as they come", (generated()[0] + 1e9, generated()[1]), {},
     None),
    ("far from 0", "generated, whole numbers of 10¹²",
     ((generated()[0] * 1e9).astype(np.int64) + 10 ** 12, generated()[1]), SCALED, None),
    ("tiny", "breast cancer · 10⁻⁹", (CANCER[0] * 1e-9, CANCER[1]), SCALED, None),
    ("tiny", "wine · 10⁻⁹, by forest", (WINE[0] * 1e-9, WINE[1]), {**SCALED, "order": "rf"},
     None),
    ("sorted by class", "digits, 0 … 16", sorted_by_class(*DIGITS), SCALED, 600),
    ("text labels", "iris", as_text(*IRIS), SCALED, None),
    ("dull columns", "wine", with_dull_columns(*WINE), {**SCALED, "whiten": 1}, None),
    ("rare classes", "generated, 85, 10, 5 %", generated(shares=[0.85, 0.1]), {}, None)]

# (kind, table, arrays, what the error says)
REFUSED = [
    ("missing numbers", "wine", with_holes(*WINE), "X has missing, infinite or too large "
     "numbers, the first in sample 5, feature 2: nan"),
    ("missing numbers", "iris, one label", (IRIS[0], np.where(np.arange(150) == 3, "nan",
     as_text(*IRIS)[1])), "y has missing labels"),
    ("odd labels", "iris, a column of objects", (IRIS[0], as_text(*IRIS)[1].astype(object)),
     "y holds Python objects: save `y.astype(str)`"),
    ("odd labels", "iris, one-hot", (IRIS[0], np.eye(3)[IRIS[1]]), "take `argmax(1)`"),
    ("odd labels", "diabetes, a regression", bundled("diabetes"),
     "has 214 classes, the smallest with 1 of the 442 samples"),
    ("odd labels", "generated, fractions", (generated()[0], generated()[1] / 2),
     "y has fractions or missing labels")]


def learn(path, options, samples):
    """Test accuracy of a small network and of logistic regression."""
    data = load_data(path)
    seen = first_samples(data.y_train, samples or len(data.y_train))
    X, y = data.X_train[seen], data.y_train[seen]
    ordering = fit_ordering(X, y, multiple_of=4, **options)
    network = build("sc", ordering.n_out, len(data.class_names), width=64, layers=1, blocks=4,
                    degrees=16, activation="relu")
    Trainer(network, epochs=200, batch_size=32, progress_stream=False).fit(ordering(X), y)
    judge = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(X, y)
    return (network.evaluate(ordering(data.X_test), data.y_test)[1],
            judge.score(data.X_test, data.y_test), line_about_scale(X))


def tries():
    """(right, line) of each table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.npz"
        for kind, table, (X, y), options, samples in LEARNED:
            np.savez(path, X=X, y=y)
            accuracy, judge, line = learn(path, options, samples)
            yield accuracy >= judge - MARGIN, (
                f"{kind:<15}  {table:<32}  {100 * accuracy:5.1f} % right, logistic regression "
                f"{100 * judge:.1f} %" + (f"; {line.partition(',')[0]}" if line else ""))
        for kind, table, (X, y), words in REFUSED:
            np.savez(path, X=X, y=y)
            try:
                load_data(path)
                said = "not refused"
            except ValueError as error:
                said = str(error).removeprefix(f"{path}: ")
            yield words in said and said.isprintable(), f"{kind:<15}  {table:<32}  {said}"


def main():
    """Print a line for each table; the exit code is 1 if one is neither learned nor refused."""
    found = list(tries())
    for right, line in found:
        print("ok  " if right else "BAD ", line)
    return 0 if all(right for right, _ in found) else 1


if __name__ == "__main__":
    sys.exit(main())
