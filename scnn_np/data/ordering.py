"""Features by importance: the order in which the inputs enter the first layer.

The paper ranks the inputs by PCA or by the importance that a random forest gives them (section
2). An ordering is fitted on training data only, and applied to any data.
"""

import hashlib

import numpy as np
import sklearn
from sklearn.decomposition import PCA

from scnn_np.data.raw import are_classes, precision
from scnn_np.data.scaling import SCALES, spread
from scnn_np.tools import checks
from scnn_np.tools.files import cache_folder
from scnn_np.tools.npz import read_npz, write_npz
from scnn_np.tools.parameters import Parameter

DIRECTIONS = ("descending", "ascending", "shuffled")
TREES = 100
ROUNDING = 1e-6         # of float32, relative, with room for the sums


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
    offset, factor : (n_in,) arrays
        What is taken off each input before all else, and what it is then multiplied by; None
        for inputs as they come.
    """

    def __init__(self, order, direction, importance, columns, padding, mean=None,
                 components=None, n_in=None, offset=None, factor=None):
        self.order, self.direction, self.importance = order, direction, importance
        self.columns, self.padding = columns, padding
        self.mean, self.components = mean, components
        self.offset, self.factor = offset, factor
        self.n_in = n_in or (len(columns) if mean is None else len(mean))

    @property
    def n_out(self):
        return len(self.columns) + int(np.sum(self.padding))

    def __call__(self, X):
        """Inputs (samples, n_in) as ordered features (samples, n_out), float32."""
        X = checks.samples("X", X, self.n_in)
        features = np.zeros((len(X), self.n_out), np.float32)
        start = int(self.padding[0])
        with np.errstate(over="ignore", invalid="ignore"):     # refused below
            X = scaled(X, self.offset, self.factor)
            features[:, start:start + len(self.columns)] = (
                X[:, self.columns] if self.mean is None
                else (X - self.mean) @ self.components[self.columns].T)
        return checks.finite("X", features)

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
                        self.mean, components, self.n_in, self.offset, self.factor)

    def __repr__(self):
        return (f"Ordering({self.order}, {self.direction}, {self.n_in} → {self.n_out} "
                "features)")

    def names(self):
        return {"order": self.order, "direction": self.direction, "n_in": self.n_in}

    def arrays(self):
        """The arrays from which, with `names()`, it can be built again."""
        held = {name: getattr(self, name) for name in ("importance", "columns", "padding",
                                                       "mean", "components", "offset",
                                                       "factor")}
        return {name: array for name, array in held.items() if array is not None}


def fit_ordering(X, y, order="pca", direction="descending", *, scale="none", whiten=0.0,
                 multiple_of=1, rng=None):
    """Measure the importance of the features and put them in order.

    Parameters
    ----------
    X, y : (samples, features) and (samples,) arrays
        Training data only. What does not fit into float32 is centred and projected in float64.
    order : str
        "pca": centred principal components, not whitened, by variance. "rf": the inputs by
        their importance in a random forest of 100 trees. "variance": the inputs by their
        variance. "none": the inputs as they come.
    direction : str
        "descending", "ascending", or "shuffled", the control: the same features in an order
        that says nothing.
    scale : str
        "none", or "standard": every input is brought to mean 0 and standard deviation 1 before
        it is ranked; what does not vary becomes 0.
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
    order, direction, scale, whiten = (
        PARAMETERS[name](name, value) for name, value in (
            ("order", order), ("direction", direction), ("scale", scale), ("whiten", whiten)))
    X, y = check_features(X, y)
    multiple_of = checks.whole("multiple_of", multiple_of, least=1, most=2 ** 20)
    if whiten and order != "pca":
        raise ValueError(f"whiten: got {whiten!r} with order {order}, expected it with pca "
                         "only, 0 with others")
    if scale == "standard" and order == "variance":
        raise ValueError("scale: got 'standard' with order variance, expected 'none': standard "
                         "makes all variances 1")
    offset, factor = SCALES[scale](X)
    X = scaled(X, offset, factor)
    rng = np.random.default_rng(0) if rng is None else checks.generator("rng", rng)
    importance, mean, components = ORDERS[order](X, y, whiten, rng)
    if mean is None:
        check_kept(X)
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
    return Ordering(order, direction, importance[columns], columns, padding, mean, components,
                    offset=offset, factor=factor)


def scaled(X, offset, factor):
    """Inputs on the scale of an ordering."""
    return X if offset is None else (X - offset) * factor


def check_features(X, y):
    """Training data as arrays, or an error."""
    X = checks.samples("X", X, least=1)
    if X.dtype.kind == "f" and not float(np.abs(X).max()) < 1e18:
        raise ValueError("X: has missing, infinite or too large numbers, expected less than "
                         "1e18")
    y = checks.array("y", y, "a label for each sample", kinds="biufU")
    if y.shape != (len(X),):
        checks.refuse("y", y, f"{len(X)} labels, one for each sample")
    if not are_classes(y):
        raise ValueError("y: has fractions or missing labels, expected classes")
    return X, y


def check_kept(X):
    """Refuse inputs that differ where float32, which the network takes, holds no digits."""
    if precision(X.dtype) == np.float64:
        mean, deviation = spread(X)
        lost = (deviation > 0) & (deviation < np.finfo(np.float32).eps * np.abs(mean))
        if lost.any():
            k = int(np.argmax(lost))
            raise ValueError(f"X: feature {k} is {mean[k]:g} ± {deviation[k]:g}, expected "
                             "differences that float32 can hold; scale='standard' (--scale "
                             "standard) or order pca takes off the mean first")


# --- importance -----------------------------------------------------------------------------
# An order is a function of (X, y, whiten, rng) that returns the importance of each feature,
# and the mean and the components by which the features are made, or None twice.

def by_pca(X, y, whiten, rng):
    """The variance of each principal component."""
    if len(X) < 2:
        raise ValueError("X: got 1 sample, expected at least 2: pca orders by variance")
    if precision(X.dtype) == np.float32 and spread(X)[1].any():
        solver = "covariance_eigh" if len(X) > X.shape[1] else "full"
        pca = PCA(svd_solver=solver).fit(X.astype(np.float64))
        mean, importance, axes = pca.mean_, pca.explained_variance_, pca.components_
    else:
        mean, importance, axes = principal_axes(X)
    σ = np.sqrt(np.maximum(importance, 1e-6 * importance[0] or 1.0))
    return importance, *(array.astype(precision(X.dtype)) for array in (
        mean, axes / σ[:, None] ** whiten))


def principal_axes(X):
    """Mean, variances and axes, (features,), (k,) and (k, features), in float64.

    The deviations themselves are decomposed, not their squares: a covariance matrix would lose
    what is 10⁸ times smaller than the largest.
    """
    mean, deviation = spread(X)
    varies = deviation > 0
    R = np.linalg.qr(np.where(varies, X - mean, 0).astype(np.float64), mode="r")
    _, lengths, axes = np.linalg.svd(R, full_matrices=False)
    largest = axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)]
    # Of v and -v the one whose largest entry is positive; what does not vary counts nowhere.
    return mean, lengths ** 2 / (len(X) - 1), axes * np.sign(largest)[:, None] * varies


def by_forest(X, y, whiten, rng):
    """The importance of each feature in a random forest."""
    if precision(X.dtype) == np.float64:       # trees compare in float32, down to 1e-7
        X = scaled(X, *SCALES["standard"](X))
    return forest_importance(X, y, int(rng.integers(2 ** 31))), None, None


def by_variance(X, y, whiten, rng):
    """The variance of each feature."""
    return np.var(X, axis=0, dtype=np.float64), None, None


ORDERS = {"pca": by_pca, "rf": by_forest, "variance": by_variance, "none": by_variance}
PARAMETERS = {
    "order": Parameter(checks.one_of, "by what the inputs are ranked", {"known": ORDERS}),
    "direction": Parameter(checks.one_of, "important inputs first, last, or anywhere (the "
                           "control)", {"known": DIRECTIONS}),
    "scale": Parameter(checks.one_of, "what the inputs are brought to before they are ranked: "
                       "mean 0 and standard deviation 1, or nothing", {"known": SCALES}),
    "whiten": Parameter(checks.number, "0 keeps the variances of PCA features, 1 makes them "
                        "equal", {"least": 0, "most": 1})}


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
    from sklearn.ensemble import RandomForestClassifier  # slow to import, seldom needed
    forest = RandomForestClassifier(TREES, random_state=seed, n_jobs=-1).fit(X, y)
    return forest.feature_importances_
