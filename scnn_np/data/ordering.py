"""Features by importance: the order in which the inputs enter the first layer.

The paper ranks the inputs by PCA or by the importance that a random forest gives them (section
2). An ordering is fitted on training data only, and applied to any data.
"""

import hashlib

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier

from scnn_np.tools.files import cache_folder, read_npz, write_npz

ORDERS = ("pca", "rf", "variance", "none")
DIRECTIONS = ("descending", "ascending", "shuffled")
TREES = 100


class Ordering:
    """A fitted ordering; call it to transform inputs.

    Parameters
    ----------
    order, direction : str
        Of `ORDERS` and `DIRECTIONS`.
    importance : (kept,) array
        Of each output feature, in the order of the outputs.
    columns : (kept,) int array
        Which transformed feature stands where.
    padding : (2,) int array
        Zero features put before and after.
    mean : (n_in,) array, and components : (kept, n_in) array
        What PCA takes off, and its axes; None for the orders that keep the pixels.
    n_in : int
        Features that go in; as many as `columns` if left out.
    """

    def __init__(self, order, direction, importance, columns, padding, mean=None,
                 components=None, n_in=None):
        self.order, self.direction, self.importance = order, direction, importance
        self.columns, self.padding = columns, padding
        self.mean, self.components = mean, components
        self.n_in = n_in or (len(columns) if mean is None else len(mean))

    @property
    def n_out(self):
        return len(self.columns) + int(np.sum(self.padding))

    def __call__(self, X):
        """Inputs (samples, n_in) as ordered features (samples, n_out), float32."""
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.n_in:
            raise ValueError(f"X: got shape {X.shape}, expected (samples, {self.n_in})")
        features = np.zeros((len(X), self.n_out), np.float32)
        start = int(self.padding[0])
        inside = features[:, start:start + len(self.columns)]
        if self.mean is None:
            inside[...] = X[:, self.columns]
        else:
            inside[...] = (X - self.mean) @ self.components[self.columns].T
        return features

    def output_importance(self):
        """Importance of each output, (n_out,): 0 for the zeros that were put in."""
        return np.pad(self.importance, self.padding)

    def only(self, kept):
        """The same ordering with some of its outputs only, kept : (n_out,) bools."""
        kept = np.asarray(kept)
        if kept.shape != (self.n_out,) or kept.dtype != bool:
            raise ValueError(f"kept: got {kept.dtype} of shape {kept.shape}, expected bools of "
                             f"shape ({self.n_out},)")
        before, after = self.padding[0], self.n_out - self.padding[1]
        inside = kept[before:after]
        columns, components = self.columns[inside], self.components
        if components is not None:             # axes that nobody looks along can go
            columns, components = np.arange(len(columns)), components[columns]
        padding = np.array([kept[:before].sum(), kept[after:].sum()])
        return Ordering(self.order, self.direction, self.importance[inside], columns, padding,
                        self.mean, components, self.n_in)

    def names(self):
        return {"order": self.order, "direction": self.direction, "n_in": self.n_in}

    def arrays(self):
        """The arrays from which, with `names()`, it can be built again."""
        held = {name: getattr(self, name) for name in ("importance", "columns", "padding",
                                                       "mean", "components")}
        return {name: array for name, array in held.items() if array is not None}


def fit_ordering(X, y, order="pca", direction="descending", *, whiten=0.0, multiple_of=1,
                 rng=None):
    """Measure the importance of the features and put them in order.

    Parameters
    ----------
    X, y : (samples, features) and (samples,) arrays
        Training data only.
    order : str
        "pca": centred principal components, not whitened, by variance. "rf": the inputs by
        their importance in a random forest of 100 trees. "variance": the inputs by their
        variance. "none": the inputs as they come.
    direction : str
        "descending", "ascending", or "shuffled", the control: the same features in an order
        that says nothing.
    whiten : float in [0, 1], for "pca"
        0 keeps the variances, as the paper's order needs; 1 makes them all 1; between, a
        component of standard deviation σ is divided by σ to this power.
    multiple_of : int
        Zero features are added at the unimportant end until their number is a multiple of
        this: the number of blocks of a spatially-coupled network.
    rng : np.random.Generator
        For "rf" and "shuffled"; seed 0 if left out.

    Returns
    -------
    Ordering
    """
    for name, value, known in (("order", order, ORDERS), ("direction", direction, DIRECTIONS)):
        if value not in known:
            raise ValueError(f"{name}: got {value!r}, expected one of {', '.join(known)}")
    X, y = check_features(X, y, order)
    if not isinstance(multiple_of, int | np.integer) or multiple_of < 1:
        raise ValueError(f"multiple_of: got {multiple_of!r}, expected a whole number of at "
                         "least 1")
    if not 0 <= whiten <= 1 or whiten and order != "pca":
        raise ValueError(f"whiten: got {whiten!r} with order {order}, expected 0 ≤ whiten ≤ 1 "
                         "with pca, 0 with others")
    rng = np.random.default_rng(0) if rng is None else rng
    mean = components = None
    if order == "pca":
        solver = "covariance_eigh" if len(X) > X.shape[1] else "full"
        pca = PCA(svd_solver=solver).fit(X.astype(np.float64))
        importance = pca.explained_variance_
        σ = np.sqrt(np.maximum(importance, 1e-6 * importance[0] or 1.0))
        mean, components = (array.astype(np.float32) for array in (
            pca.mean_, pca.components_ / σ[:, None] ** whiten))
    elif order == "rf":
        importance = forest_importance(X, y, int(rng.integers(2 ** 31)))
    else:
        importance = np.var(X, axis=0, dtype=np.float64)
    if order == "none":
        columns = np.arange(len(importance))
    else:
        columns = np.argsort(-importance, kind="stable")
    if direction == "ascending":
        columns = columns[::-1]
    elif direction == "shuffled":
        columns = rng.permutation(columns)
    missing = -len(columns) % multiple_of
    padding = np.array([missing, 0] if direction == "ascending" else [0, missing])
    return Ordering(order, direction, importance[columns], columns, padding, mean, components)


def check_features(X, y, order):
    """Training data as arrays, or an error."""
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2 or not X.size or X.dtype.kind not in "buif" or y.shape != (len(X),):
        raise ValueError(f"X: got {X.dtype} of shape {X.shape} with labels of shape {y.shape}, "
                         "expected numbers of shape (samples, features) and a label for each "
                         "sample")
    if not (np.abs(X) < 1e18).all():           # its square is still a float32
        raise ValueError("X: has missing, infinite or too large numbers")
    if order == "pca" and len(X) < 2:
        raise ValueError("X: got 1 sample, expected at least 2: pca orders by variance")
    return X, y


def forest_importance(X, y, seed):
    """Impurity importance of each feature, (features,), summing to 1; cached on disk.

    Ten seconds to a minute on Fashion-MNIST, so the result is kept in the user's cache under
    the digest of everything that it depends on.
    """
    key = hashlib.sha256(f"{TREES} {seed} {sklearn.__version__} {X.dtype}".encode())
    key.update(np.ascontiguousarray(X))
    key.update(np.ascontiguousarray(y))
    path = cache_folder() / f"forest-{key.hexdigest()[:32]}.npz"
    try:
        importance = read_npz(path)[1]["importance"]
        if importance.shape == (X.shape[1],) and np.isfinite(importance).all():
            return importance
    except (OSError, ValueError, KeyError):
        pass                                   # not there yet, or damaged: measure it
    importance = fit_forest(X, y, seed)
    try:
        write_npz(path, {"trees": TREES, "seed": seed}, {"importance": importance})
    except OSError:
        pass                                   # a cache that cannot be written is no error
    return importance


def fit_forest(X, y, seed):
    """Impurity importance of each feature, (features,), summing to 1."""
    forest = RandomForestClassifier(TREES, random_state=seed, n_jobs=-1).fit(X, y)
    return forest.feature_importances_
