"""Numbers before the network: far from 0, tiny, equal, or of several scales at once.

What comes in float64 is centred and projected in float64; what comes in float32 goes through
the same operations as ever, to the bit.
"""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from scnn_np import build, fit_ordering, load_data, load_model, save_model
from scnn_np.data import Ordering
from scnn_np.data.ordering import ORDERS
from scnn_np.data.scaling import line_about_scale, spread

N = 200
Y = np.arange(N) % 3


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SCNN_CACHE", str(tmp_path / "cache"))


def table(n=N, features=6, seed=0):
    """Uncorrelated only in expectation, deviations 3 … 0.5, mean near 0."""
    deviations = np.linspace(3, 0.5, features)
    return np.random.default_rng(seed).normal(size=(n, features)) * deviations


def lengths(X):
    """The root of the summed squares along each principal axis, from an SVD done here."""
    X = np.asarray(X, np.longdouble)
    return np.linalg.svd((X - X.mean(axis=0)).astype(np.float64), compute_uv=False)


# --- float32 as ever ------------------------------------------------------------------------

def float32_sets():
    rng = np.random.default_rng(0)
    digits = load_data("digits")
    yield digits.X_train, digits.y_train, digits.X_test
    for n, features, offset, size in ((N, 20, 0, 1), (N, 20, 5, 0.01), (30, 50, 0, 1),
                                      (N, 7, 100, 3)):
        X, new = (rng.normal(size=(rows, features)) * size + offset for rows in (n, 40))
        yield X.astype(np.float32), np.arange(n) % 3, new.astype(np.float32)
    yield (rng.integers(0, 256, (N, 9), np.uint8), Y, rng.integers(0, 256, (20, 9), np.uint8))


@pytest.mark.parametrize("whiten", [0, 0.5, 1])
def test_float32_keeps_its_bits(whiten):
    """scikit-learn's PCA of the numbers in float64, mean and axes rounded to float32, then one
    float32 product: as the committed results were made."""
    for X, y, new in float32_sets():
        solver = "covariance_eigh" if len(X) > X.shape[1] else "full"
        pca = PCA(svd_solver=solver).fit(X.astype(np.float64))
        variance = pca.explained_variance_
        σ = np.sqrt(np.maximum(variance, 1e-6 * variance[0]))
        axes = (pca.components_ / σ[:, None] ** whiten).astype(np.float32)
        ordering = fit_ordering(X, y, whiten=whiten)
        assert ordering.mean.dtype == ordering.components.dtype == np.float32
        assert np.array_equal(ordering.importance, variance)
        for Z in (X, new):
            expected = (Z - pca.mean_.astype(np.float32)) @ axes[ordering.columns].T
            assert expected.dtype == np.float32
            assert np.array_equal(ordering(Z), expected)


@pytest.mark.parametrize("order", ["none", "variance", "rf"])
def test_float32_inputs_go_through_untouched(order):
    for X, y, new in float32_sets():
        ordering = fit_ordering(X, y, order)
        assert np.array_equal(ordering(new), new[:, ordering.columns])


# --- what does not vary ---------------------------------------------------------------------

def equal(value, n=N, dtype=np.float64):
    return np.full((n, 6), value, dtype)


@pytest.mark.parametrize("whiten", [0, 0.5, 1])
@pytest.mark.parametrize("scale", ["none", "standard"])
@pytest.mark.parametrize("n", [4, N])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64, np.uint8,
                                   bool])
def test_equal_samples_are_0(n, dtype, scale, whiten):
    """Nothing to tell them apart by: 0, not the noise of rounding blown up."""
    for value in (0.1, 1 / 3, 1000.1) if np.dtype(dtype).kind == "f" else (1,):
        X = equal(value, n, dtype)
        ordering = fit_ordering(X, np.arange(n) % 2, whiten=whiten, scale=scale)
        assert not ordering(X).any()


@pytest.mark.parametrize("dtype, step", [(np.float32, 6e-8), (np.float64, 4e-16)])
def test_noise_of_rounding_does_not_vary(dtype, step):
    """Values that differ in the last digits only, as two ways to compute the same make them."""
    rng = np.random.default_rng(0)
    X = (1e3 * (1 + step * rng.integers(-2, 3, (N, 6)))).astype(dtype)
    assert np.ptp(X) > 0
    assert not fit_ordering(X, Y, whiten=1)(X).any()
    for order in ("pca", "none", "rf"):
        assert not fit_ordering(X, Y, order, scale="standard")(X).any()


@pytest.mark.parametrize("whiten", [0, 1])
def test_one_column_that_does_not_vary(whiten):
    """It adds nothing, also where new samples differ in it; the others are as without it."""
    X = table()
    with_it = np.insert(X, 2, 0.1, axis=1)
    ordering = fit_ordering(with_it, Y, whiten=whiten)
    expected = fit_ordering(X, Y, whiten=whiten)(X)
    assert np.allclose(np.abs(ordering(with_it)[:, :6]), np.abs(expected), rtol=1e-5, atol=1e-6)
    assert np.abs(ordering(with_it)[:, 6]).max() < 1e-9
    with_it[:, 2] = 1e6
    assert np.allclose(np.abs(ordering(with_it)[:, :6]), np.abs(expected), rtol=1e-5, atol=1e-6)


# --- offsets and scales ---------------------------------------------------------------------

@pytest.mark.parametrize("n", [5, N])
@pytest.mark.parametrize("offset, size", [
    (0, 1), (1e6, 1), (1e9, 1), (1e12, 1), (1e15, 1e3), (0, 1e-9), (1, 1e-9), (0, 1e9),
    (-1e6, 1)])
def test_pca_far_from_0_and_at_any_scale(offset, size, n):
    """The features keep their lengths and the samples their distances, to float32 rounding."""
    X = table(n) * size + offset
    ordering = fit_ordering(X, np.arange(n) % 3)
    Z = ordering(X).astype(np.float64)
    right = lengths(X)
    k = min(n - 1, 6)
    assert np.allclose(np.linalg.norm(Z, axis=0)[:k], right[:k], rtol=1e-5)
    assert np.allclose(np.sqrt(ordering.importance * (n - 1))[:k], right[:k], rtol=1e-5)
    exact = np.asarray(X, np.longdouble)
    assert np.allclose(np.linalg.norm(Z[1:] - Z[0], axis=1).astype(float),
                       np.linalg.norm((exact[1:] - exact[0]).astype(float), axis=1), rtol=1e-5)


def test_pca_of_several_scales_at_once():
    """A column of 10⁶ hides none of 10⁻³: the squares would."""
    X = table() * [1e6, 1, 1e-3, 1, 1e-2, 1e-3] + [1e6, 1e6, 5, 0, 1, 1e3]
    ordering = fit_ordering(X, Y)
    assert np.allclose(np.linalg.norm(ordering(X).astype(float), axis=0), lengths(X), rtol=1e-4)
    assert np.allclose(np.sqrt(ordering.importance * (N - 1)), lengths(X), rtol=1e-6)


def test_large_integers_are_not_rounded():
    """int64 is centred in float64: 2²⁵ + 1 is another number than 2²⁵."""
    X = np.random.default_rng(0).integers(-3, 4, (N, 6)) + 2 ** 25
    Z = fit_ordering(X, Y)(X)
    assert np.allclose(np.linalg.norm(Z, axis=0), lengths(X), rtol=1e-5)


def test_float64_axes_have_a_sign():
    """The largest entry of each axis is positive, so that a result is the same everywhere."""
    axes = fit_ordering(table(), Y).components
    assert axes.dtype == np.float64
    assert (axes[np.arange(6), np.abs(axes).argmax(axis=1)] > 0).all()
    assert np.allclose(axes @ axes.T, np.eye(6))


@pytest.mark.parametrize("offset, size", [(1e6, 1), (1e12, 1), (0, 1e-9), (1, 1e-9)])
def test_the_forest_sees_what_float64_holds(offset, size):
    """Trees compare in float32 and take a range below 1e-7 for none; the class is found all
    the same, in feature 4."""
    X = table()
    ordering = fit_ordering(X * size + offset, X[:, 4] > 0, "rf", scale="standard")
    assert ordering.columns[0] == 4 and ordering.importance[0] > 0.5


@pytest.mark.parametrize("order", ["none", "variance", "rf"])
def test_differences_that_float32_cannot_hold(order):
    """Orders that keep the inputs give them out in float32: 10⁹ ± 1 would all be 10⁹."""
    X = table()
    X[:, 3] += 1e9
    with pytest.raises(ValueError, match=r"X: feature 3 is 1e\+09 ± 1\.\d+, ex.*--scale"):
        fit_ordering(X, Y, order)
    X[:, 3] -= 1e9 - 1e6                       # a step of float32 is 1/16 here
    Z = fit_ordering(X, Y, order)(X)
    assert np.array_equal(np.sort(Z, axis=1), np.sort(X, axis=1).astype(np.float32))


# --- one scale ------------------------------------------------------------------------------

@pytest.mark.parametrize("order", [order for order in ORDERS if order != "variance"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_standard_before_everything(order, dtype):
    """The same as ordering inputs of mean 0 and deviation 1; no scale of a column matters."""
    X = (table() * [1e3, 1, 1e-3, 5, 1, 1] + [1e3, 0, 1, 0, 0, 0]).astype(dtype)
    exact = X.astype(np.float64)
    standard = (exact - exact.mean(axis=0)) / exact.std(axis=0)
    found = fit_ordering(X, Y, order, scale="standard", multiple_of=4)
    expected = fit_ordering(standard, Y, order, multiple_of=4)
    assert np.allclose(found.importance, expected.importance, rtol=1e-4)
    assert np.allclose(np.abs(found(X)), np.abs(expected(standard)), rtol=1e-3, atol=1e-4)
    assert found.offset.dtype == found.factor.dtype == dtype
    if order != "pca":
        assert np.allclose(found(X)[:, :6].std(axis=0), 1, rtol=1e-4)


def test_scale_is_fitted_on_training_data_only():
    X = table() + 5
    ordering = fit_ordering(X, Y, "none", scale="standard")
    wide = ordering((X - X.mean(axis=0)) * 10 + X.mean(axis=0) + X.std(axis=0))
    assert np.allclose(wide.mean(axis=0), 1, atol=1e-5)
    assert np.allclose(wide.std(axis=0), 10, rtol=1e-5)


def test_none_is_the_default_to_the_bit():
    for order in ORDERS:
        plain, none = fit_ordering(table(), Y, order), fit_ordering(table(), Y, order,
                                                                     scale="none")
        assert np.array_equal(plain(table()), none(table()))
        assert plain.arrays().keys() == none.arrays().keys()
        assert not {"offset", "factor"} & plain.arrays().keys()


@pytest.mark.parametrize("order", ["pca", "none"])
def test_scale_is_in_the_model_file(order, tmp_path):
    """Saved, cut and loaded, an ordering does what it did."""
    X = table() * 1e3 + 1e6
    ordering = fit_ordering(X, Y, order, scale="standard").only(np.arange(6) % 2 == 0)
    again = Ordering(**ordering.names(), **ordering.arrays())
    assert np.array_equal(again(X), ordering(X))
    network = build("fc", 3, 3, width=4, layers=1)
    save_model(tmp_path / "m.npz", network, ordering, ["a", "b", "c"], {})
    assert np.array_equal(load_model(tmp_path / "m.npz").ordering(X), ordering(X))


def test_variance_of_what_is_scaled_says_nothing():
    with pytest.raises(ValueError, match="scale: got 'standard' with order variance"):
        fit_ordering(table(), Y, "variance", scale="standard")


@pytest.mark.parametrize("scale", ["minmax", None, True, 3, ["none"]])
def test_a_scale_has_a_name(scale):
    with pytest.raises(ValueError, match="scale: got .*, expected one of none, standard"):
        fit_ordering(table(), Y, scale=scale)


def test_spread_by_hand():
    """Columns 1, 3; 10⁹, 10⁹ + 2; 0.1, 0.1."""
    mean, deviation = spread(np.array([[1, 1e9, 0.1], [3, 1e9 + 2, 0.1]]))
    assert mean.tolist() == [2, 1e9 + 1, 0.1] and deviation.tolist() == [1, 1, 0]


@pytest.mark.parametrize("values, said", [
    ([0, 999], "inputs span 0 … 999, "), ([-1e6, 3], "inputs span -1e+06 … 3, "),
    ([0, 1e-9], "inputs span 0 … 1e-09, ")])
def test_line_about_scale(values, said):
    line = line_about_scale(np.array([values]))
    assert line.startswith(said) and "--scale standard" in line and "\n" not in line


@pytest.mark.parametrize("values", [[0, 1], [-5, 7.9], [0, 0], [0.02, 0.01]])
def test_usual_inputs_need_no_line(values):
    assert line_about_scale(np.array([values])) is None
    assert line_about_scale(np.array([values], np.float32)) is None


# --- values that are no inputs --------------------------------------------------------------

@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39, 1e300])
def test_values_that_no_feature_can_have(order, value):
    """Also those that are finite only until they are float32."""
    ordering = fit_ordering(table(), Y, order)
    X = table()
    X[3, 2] = value
    with pytest.raises(ValueError, match="X: has missing, infinite or too large numbers"):
        ordering(X)
    with pytest.raises(ValueError, match="X: has missing, infinite or too large numbers"):
        fit_ordering(X, Y, order)


@pytest.mark.parametrize("y", [
    np.where(Y, Y, np.nan), np.where(Y, Y, np.inf), Y + 0.5, np.ma.masked_array(Y, Y == 1),
    Y.astype(object), Y * 1j, Y[:, None], Y[:-1]])
def test_values_that_no_label_can_have(y):
    with pytest.raises(ValueError, match="y: "):
        fit_ordering(table(), y, "rf")


@pytest.mark.parametrize("y", [Y, Y.astype(float), Y > 0, Y.astype(str), Y.tolist()])
def test_labels_of_any_kind(y):
    assert fit_ordering(table(), y, "rf").n_out == 6
