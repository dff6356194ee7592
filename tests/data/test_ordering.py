"""Orderings: the same information, with the important features in front.

PCA is held against an eigen-decomposition done here; the random forest against a problem whose
informative features are known.
"""

import numpy as np
import pytest
from sklearn import ensemble

from scnn_np.data.ordering import DIRECTIONS, ORDERS, Ordering, fit_ordering, forest_importance


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setenv("SCNN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def correlated(n=200, features=6, seed=0):
    """Data with correlated features of well separated variances and means far from 0."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(features, features)))[0]
    return (rng.normal(size=(n, features)) * 2.0 ** np.arange(features)) @ turn + 10


def toy_problem(n=300, seed=0):
    """Ten features, of which only numbers 3 and 7 say anything about the class."""
    X = np.random.default_rng(seed).normal(size=(n, 10))
    return X, (X[:, 3] > 0) + 2 * (X[:, 7] > 0)


# --- PCA ------------------------------------------------------------------------------------

def eigen_decomposition(X):
    """Variances, descending, and axes (as columns) of the covariance matrix."""
    variances, axes = np.linalg.eigh(np.cov(X.T))
    return variances[::-1], axes[:, ::-1]


def test_pca_is_the_eigen_decomposition_of_the_covariance():
    """Centred, projected on the eigenvectors, each up to its sign; importance = variance."""
    X = correlated()
    variances, axes = eigen_decomposition(X)
    ordering = fit_ordering(X, np.zeros(200))
    expected = (X - X.mean(axis=0)) @ axes
    Z = ordering(X)
    signs = np.sign((Z * expected).sum(axis=0))
    assert np.allclose(Z * signs, expected, rtol=0, atol=1e-4)
    assert np.allclose(ordering.importance, variances, rtol=1e-10)
    assert Z.dtype == np.float32


def test_pca_is_centred_and_not_whitened():
    """The components have mean 0, are uncorrelated, and keep their variances, descending."""
    Z = fit_ordering(correlated(), np.zeros(200))(correlated()).astype(float)
    covariance = np.cov(Z.T)
    variances = np.diag(covariance)
    assert np.abs(Z.mean(axis=0)).max() < 1e-4
    assert np.abs(covariance - np.diag(variances)).max() < 1e-3
    assert (np.diff(variances) < 0).all() and variances[0] > 100 * variances[-1]


def test_pca_turns_without_loss():
    """Distances between samples stay as they were: PCA is a rotation."""
    X = correlated()
    Z = fit_ordering(X, np.zeros(200))(X)
    before, after = (np.linalg.norm(A[1:] - A[0], axis=1) for A in (X, Z))
    assert np.allclose(before, after, rtol=1e-5)


def test_pca_is_fitted_on_training_data_only():
    """Test data are centred and turned as the training data were, whatever they are."""
    X, X_test = correlated(), correlated(50, seed=1) * 3 + 7
    ordering = fit_ordering(X, np.zeros(200))
    _, axes = eigen_decomposition(X)
    expected = (X_test - X.mean(axis=0)) @ axes
    Z = ordering(X_test)
    assert np.allclose(np.abs(Z), np.abs(expected), rtol=1e-4, atol=1e-3)
    assert np.array_equal(ordering(X_test[:1]), Z[:1])      # one sample does not see another


@pytest.mark.parametrize("n", [2, 20, 49, 50])
def test_fewer_samples_than_features(n):
    """n samples have n principal components at most; all of the variance is in them."""
    X = np.random.default_rng(0).normal(size=(n, 50))
    ordering = fit_ordering(X, np.zeros(n), multiple_of=8)
    assert len(ordering.importance) == n and ordering.n_in == 50
    assert ordering.n_out == ordering(X).shape[1] == -(-n // 8) * 8
    assert np.isclose(ordering.importance.sum(), X.var(axis=0, ddof=1).sum())
    assert not ordering(X)[:, n:].any()


# --- whitening ------------------------------------------------------------------------------

@pytest.mark.parametrize("whiten", [0, 0.0])
@pytest.mark.parametrize("order", ORDERS)
def test_no_whitening_is_none_at_all(order, whiten):
    """whiten = 0 is the default, to the bit, and allowed with every order."""
    X, y = toy_problem(60)
    plain, ordering = fit_ordering(X, y, order), fit_ordering(X, y, order, whiten=whiten)
    assert ordering(X).tobytes() == plain(X).tobytes()
    assert ordering.arrays().keys() == plain.arrays().keys()
    for name, array in plain.arrays().items():
        assert ordering.arrays()[name].tobytes() == array.tobytes()


def test_whitened_components_have_variance_1():
    """whiten = 1: mean 0, uncorrelated, and all variances 1."""
    X = correlated()
    Z = fit_ordering(X, np.zeros(200), whiten=1)(X).astype(float)
    assert np.allclose(np.cov(Z.T), np.eye(6), rtol=0, atol=1e-5)
    assert np.abs(Z.mean(axis=0)).max() < 1e-5


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("whiten", [0.25, 0.5, 0.8, 1.0])
def test_a_component_is_divided_by_a_power_of_its_deviation(whiten, direction):
    """Between 0 and 1, σ becomes σ^(1 - whiten), wherever the component stands; the ranking and
    the importance stay those of the variances."""
    X = correlated()
    plain, ordering = (fit_ordering(X, np.zeros(200), "pca", direction, whiten=w, multiple_of=4)
                       for w in (0, whiten))
    assert np.array_equal(ordering.importance, plain.importance)
    assert np.array_equal(ordering.columns, plain.columns)
    sigma = np.sqrt(ordering.output_importance())
    there = sigma > 0
    assert there.sum() == 6
    assert np.allclose(ordering(X)[:, there], plain(X)[:, there] / sigma[there] ** whiten,
                       rtol=1e-4, atol=1e-5)
    assert np.allclose(ordering(X)[:, there].std(axis=0, ddof=1), sigma[there] ** (1 - whiten),
                       rtol=1e-4)
    assert not ordering(X)[:, ~there].any()


def test_whitening_is_fitted_on_training_data_only():
    """Test data ten times as wide come out ten times as wide."""
    X = correlated()
    ordering = fit_ordering(X, np.zeros(200), whiten=1)
    wide = ordering((X - X.mean(axis=0)) * 10 + X.mean(axis=0))
    assert np.allclose(wide.var(axis=0, ddof=1), 100, rtol=1e-4)


def test_noise_is_not_blown_up():
    """A component below a thousandth of the first one's deviation is divided as if it were at
    a thousandth: 10⁻⁴ comes out at 0.1, and one that rounding has made stays near 0."""
    X = np.random.default_rng(0).normal(size=(200, 3))
    X = np.linalg.qr(X - X.mean(axis=0))[0] * [1, 1e-2, 1e-4]      # uncorrelated
    Z = fit_ordering(X, np.zeros(200), whiten=1)(X)
    assert np.allclose(Z.std(axis=0, ddof=1), [1, 1, 0.1], rtol=1e-3)
    X[:, 2] = X[:, 0]                                              # two columns are one
    Z = fit_ordering(X, np.zeros(200), whiten=1)(X)
    assert np.allclose(Z.std(axis=0, ddof=1), [1, 1, 0], atol=1e-3)


# --- random forest --------------------------------------------------------------------------

def test_forest_finds_the_informative_features():
    """Features 3 and 7 decide the class: they come first, with most of the importance."""
    X, y = toy_problem()
    ordering = fit_ordering(X, y, "rf")
    assert sorted(ordering.columns[:2]) == [3, 7]
    assert ordering.importance[:2].sum() > 0.6
    assert np.isclose(ordering.importance.sum(), 1)
    assert np.array_equal(ordering(X), X[:, ordering.columns].astype(np.float32))


def test_the_forest_has_100_trees(monkeypatch):
    """As documented, and grown with the seed that is given."""
    grown = []

    class Forest(ensemble.RandomForestClassifier):
        def fit(self, X, y):
            grown.append((self.n_estimators, self.random_state))
            return super().fit(X, y)
    monkeypatch.setattr(ensemble, "RandomForestClassifier", Forest)
    forest_importance(*toy_problem(20), seed=5)
    assert grown == [(100, 5)]


class NoForest:
    def __init__(self, *args, **options):
        raise AssertionError("a forest was grown")


def test_forest_is_grown_once(cache, monkeypatch):
    """The result is cached: the second time no forest is grown, for the same data and seed."""
    X, y = toy_problem()
    first = forest_importance(X, y, seed=1)
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(ensemble, "RandomForestClassifier", NoForest)
    assert np.array_equal(forest_importance(X, y, seed=1), first)
    for other in ((X, y, 2), (X[:, ::-1], y, 1), (X, 3 - y, 1), (X.astype(np.float32), y, 1)):
        with pytest.raises(AssertionError, match="a forest was grown"):
            forest_importance(*other)


def test_cached_ordering_is_the_same_ordering(monkeypatch):
    """An ordering from the cache equals the one that was measured."""
    X, y = toy_problem()
    measured = fit_ordering(X, y, "rf")
    monkeypatch.setattr(ensemble, "RandomForestClassifier", NoForest)
    assert np.array_equal(fit_ordering(X, y, "rf")(X), measured(X))


@pytest.mark.parametrize("damage", [
    lambda content: content[:len(content) // 2], lambda content: b"",
    lambda content: b"PK\x03\x04 nonsense", lambda content: b"\x93NUMPY nonsense",
    lambda content: content.replace(b"importance", b"impotrance"),
], ids=["cut", "empty", "zip magic", "npy magic", "other array"])
def test_damaged_cache_is_measured_again(cache, damage):
    """A damaged cache file is as good as none, and is replaced by a good one."""
    X, y = toy_problem(60)
    right = forest_importance(X, y, seed=1)
    path, = cache.iterdir()
    good = path.read_bytes()
    path.write_bytes(damage(good))
    assert np.array_equal(forest_importance(X, y, seed=1), right)
    assert path.stat().st_size == len(good)


def test_wrong_number_in_the_cache_is_noticed(cache):
    """One changed bit among the numbers themselves does not get through either."""
    X, y = toy_problem(60)
    right = forest_importance(X, y, seed=1)
    path, = cache.iterdir()
    content = bytearray(path.read_bytes())
    content[content.index(right.tobytes()) + 6] ^= 1
    path.write_bytes(content)
    assert np.array_equal(forest_importance(X, y, seed=1), right)


def test_unwritable_cache_is_no_error(tmp_path, monkeypatch):
    """Where nothing can be cached (a file stands in the way) it is measured all the same."""
    (tmp_path / "file").write_text("in the way")
    X, y = toy_problem(60)
    right = forest_importance(X, y, seed=1)
    monkeypatch.setenv("SCNN_CACHE", str(tmp_path / "file" / "cache"))
    assert np.array_equal(forest_importance(X, y, seed=1), right)


# --- variance, and the inputs as they come --------------------------------------------------

def test_variance_order_by_hand():
    """Variances 1, 9, 4: the second column comes first, then the third, then the first."""
    X = np.array([[0, 0, 1], [2, 6, 5]])
    ordering = fit_ordering(X, [0, 1], "variance")
    assert ordering.columns.tolist() == [1, 2, 0]
    assert ordering.importance.tolist() == [9, 4, 1]
    assert ordering(X).tolist() == [[0, 1, 0], [6, 5, 2]]


def test_lists_are_as_good_as_arrays():
    """Nested lists are taken, in fitting and applying."""
    ordering = fit_ordering([[0, 0], [2, 6]], [0, 1], "variance")
    assert ordering([[1, 2]]).tolist() == [[2, 1]]


@pytest.mark.parametrize("order", ["variance", "none"])
def test_one_sample_has_no_variance(order):
    """A single sample gives no ranking, and the inputs stay where they are."""
    ordering = fit_ordering([[5.0, 1.0, 3.0]], [0], order)
    assert ordering.importance.tolist() == [0, 0, 0] and ordering.columns.tolist() == [0, 1, 2]


def test_equal_variances_keep_their_order():
    """Ties are broken by position, so that a result does not depend on the sorting method."""
    X = np.tile([[0.0], [1.0]], 40)
    assert fit_ordering(X, [0, 1], "variance").columns.tolist() == list(range(40))


def test_no_order():
    """"none" leaves the inputs where they are, and still knows their variance."""
    X = correlated()
    ordering = fit_ordering(X, np.zeros(200), "none")
    assert np.array_equal(ordering(X), X.astype(np.float32))
    assert np.allclose(ordering.importance, X.var(axis=0))


# --- directions -----------------------------------------------------------------------------

@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("multiple_of", [1, 4])
def test_ascending_is_the_reverse(order, multiple_of):
    """Ascending is descending read backwards, padding included."""
    X, y = toy_problem(60)
    down, up = (fit_ordering(X, y, order, direction, multiple_of=multiple_of)
                for direction in ("descending", "ascending"))
    assert np.array_equal(up.importance, down.importance[::-1])
    assert np.allclose(up(X), down(X)[:, ::-1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("order", ORDERS)
def test_shuffled_is_a_permutation(order):
    """The control has the same features as descending, in another order."""
    X, y = toy_problem(60)
    down = fit_ordering(X, y, order, rng=np.random.default_rng(3))
    shuffled = fit_ordering(X, y, order, "shuffled", rng=np.random.default_rng(3))
    place = [down.columns.tolist().index(column) for column in shuffled.columns]
    assert sorted(place) == list(range(10)) and place != list(range(10))
    assert np.allclose(shuffled(X), down(X)[:, place], rtol=0, atol=1e-5)
    assert np.array_equal(shuffled.importance, down.importance[place])


def test_shuffling_depends_on_the_generator_only():
    """The same generator state gives the same shuffle, another one another; left out is 0."""
    X = correlated(features=20)

    def shuffle(rng):
        return fit_ordering(X, np.zeros(200), "variance", "shuffled", rng=rng).columns.tolist()
    assert shuffle(np.random.default_rng(1)) == shuffle(np.random.default_rng(1))
    assert shuffle(np.random.default_rng(1)) != shuffle(np.random.default_rng(2))
    assert shuffle(None) == shuffle(np.random.default_rng(0))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_importance_stands_where_the_feature_stands(direction):
    """Entry k of `importance` belongs to output feature k, in every direction."""
    X = correlated()
    ordering = fit_ordering(X, np.zeros(200), "variance", direction)
    assert np.allclose(ordering(X).var(axis=0), ordering.importance, rtol=1e-4)


# --- padding --------------------------------------------------------------------------------

@pytest.mark.parametrize("order", ORDERS)
def test_padding_at_the_unimportant_end(order):
    """Ten features for blocks of four: two zero features, behind if descending, in front if
    ascending; the features themselves are what they are without padding."""
    X, y = toy_problem(60)
    for direction, zeros, rest in (("descending", slice(10, 12), slice(0, 10)),
                                   ("ascending", slice(0, 2), slice(2, 12)),
                                   ("shuffled", slice(10, 12), slice(0, 10))):
        padded = fit_ordering(X, y, order, direction, multiple_of=4)
        bare = fit_ordering(X, y, order, direction)
        Z = padded(X)
        assert Z.shape == (60, 12) and (padded.n_in, padded.n_out) == (10, 12)
        assert not Z[:, zeros].any()
        assert Z[:, rest].any(axis=0).all()
        assert np.allclose(Z[:, rest], bare(X), rtol=0, atol=1e-5)


@pytest.mark.parametrize("multiple_of", [1, 2, 5, 10])
def test_no_padding_where_it_fits(multiple_of):
    """Ten features are a multiple of 1, 2, 5 and 10 already."""
    X, y = toy_problem(60)
    assert fit_ordering(X, y, "none", multiple_of=multiple_of).n_out == 10


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_importance_of_the_outputs(order, direction):
    """One number for each output: that of its feature, and 0 for the zeros that were put in."""
    X, y = toy_problem(60)
    ordering = fit_ordering(X, y, order, direction, multiple_of=4)
    found = ordering.output_importance()
    assert found.shape == (12,)
    zeros = slice(0, 2) if direction == "ascending" else slice(10, 12)
    assert found[zeros].tolist() == [0, 0]
    assert np.array_equal(np.delete(found, zeros), ordering.importance)
    if order == "variance":
        assert np.allclose(ordering(X).var(axis=0), found, rtol=1e-4)


# --- some of the outputs only ---------------------------------------------------------------

def some(n, share=0.5, seed=1):
    return np.random.default_rng(seed).random(n) < share


@pytest.mark.parametrize("order, whiten", [*((order, 0.0) for order in ORDERS), ("pca", 0.7)])
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("multiple_of", [1, 4, 16])
def test_only_some_columns(order, whiten, direction, multiple_of):
    """Exactly those columns of what the whole ordering gives, zeros that were put in among
    them, from the same inputs; each with its importance."""
    X, y = toy_problem(60)
    whole = fit_ordering(X, y, order, direction, whiten=whiten, multiple_of=multiple_of)
    before = {name: array.copy() for name, array in whole.arrays().items()}
    kept = some(whole.n_out)
    part = whole.only(kept)
    expected = whole(X)[:, kept]
    assert (part.n_in, part.n_out) == (10, kept.sum()) == (10, expected.shape[1])
    if order == "pca":                             # sums of products, to rounding
        assert np.allclose(part(X), expected, rtol=1e-5, atol=1e-6)
    else:
        assert np.array_equal(part(X), expected)
    assert np.array_equal(part.output_importance(), whole.output_importance()[kept])
    assert part.names() == whole.names()
    assert all(np.array_equal(array, before[name]) for name, array in whole.arrays().items())


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_columns_can_be_taken_one_at_a_time(order, direction):
    """Also one that is 0 everywhere; and all of them are the ordering as it was."""
    X, y = toy_problem(60)
    whole = fit_ordering(X, y, order, direction, multiple_of=4)
    Z = whole(X)
    for k in range(12):
        assert np.allclose(whole.only(np.arange(12) == k)(X), Z[:, [k]], rtol=1e-5, atol=1e-6)
    assert np.allclose(whole.only([True] * 12)(X), Z, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_some_of_some(order, direction):
    """A cut ordering can be cut again."""
    X, y = toy_problem(60)
    whole = fit_ordering(X, y, order, direction, multiple_of=4)
    first = some(12, share=0.7)
    second = some(first.sum(), seed=2)
    both = first.copy()
    both[first] = second
    twice = whole.only(first).only(second)
    assert twice.n_in == 10 and 0 < twice.n_out < first.sum()
    assert np.allclose(twice(X), whole(X)[:, both], rtol=1e-5, atol=1e-6)
    assert np.array_equal(twice.output_importance(), whole.output_importance()[both])


def test_axes_that_are_not_used_go():
    """Of PCA's axes a cut ordering holds those it projects on, and of the inputs all."""
    part = fit_ordering(correlated(), np.zeros(200)).only(np.arange(6) % 3 == 0)
    assert part.components.shape == (2, 6) and part.mean.shape == (6,)


@pytest.mark.parametrize("order", ["pca", "none"])
@pytest.mark.parametrize("kept", [
    np.ones(11, bool), np.ones(13, bool), np.ones(12, int), np.arange(12),
    np.ones((1, 12), bool), [0, 1, 2], "all"])
def test_what_is_kept_is_said_by_bools(order, kept):
    """One for each output; numbers could be read as places or as yes and no."""
    ordering = fit_ordering(*toy_problem(60), order, multiple_of=4)
    with pytest.raises(ValueError, match=r"kept: got .*, expected bools of shape \(12,\)"):
        ordering.only(kept)


def test_inputs_are_counted_where_the_number_is_not_said():
    """As many as columns, or as PCA has means: an ordering was never cut unless it says so."""
    columns, padding = np.array([2, 0, 1]), np.array([0, 1])
    assert Ordering("none", "descending", np.ones(3), columns, padding).n_in == 3
    assert Ordering("none", "descending", np.ones(3), columns, padding, n_in=7).n_in == 7
    assert Ordering("pca", "descending", np.ones(3), columns, padding, np.zeros(5),
                    np.zeros((3, 5))).n_in == 5


# --- at the door ----------------------------------------------------------------------------

X, y = correlated(20), np.zeros(20)


@pytest.mark.parametrize("arguments, options, fault", [
    ((X, y, "ica"), {}, "order: got 'ica', expected one of pca, rf, variance, none"),
    ((X, y, "pca", "up"), {}, "direction: got 'up', expected one of descending, ascending"),
    ((X[:, 0], y), {}, r"X: got float64 of shape \(20,\), expected"),
    ((X, y[:19]), {}, r"y: got .* of shape \(19,\), expected 20 labels"),
    ((X[:0], y[:0]), {}, r"X: got no samples"),
    ((np.where(X > 10, np.nan, X), y), {}, "X: has missing, infinite or too large"),
    ((np.where(X > 10, np.inf, X), y, "rf"), {}, "X: has missing, infinite or too large"),
    ((X[:1], y[:1]), {}, "X: got 1 sample, expected at least 2"),
    ((X, y), {"multiple_of": 0}, "multiple_of: got 0, expected a whole number of at least 1"),
    ((X, y), {"multiple_of": 2.5}, "multiple_of: got 2.5"),
    ((X, y), {"whiten": -0.1}, "whiten: got -0.1, expected a number"),
    ((X, y), {"whiten": 1.1}, "whiten: got 1.1"),
    ((X, y), {"whiten": np.nan}, "whiten: got nan"),
    ((X, y, "variance"), {"whiten": 0.5}, "whiten: got 0.5 with order variance, expected it"),
    ((X, y, "rf"), {"whiten": 1}, "whiten: got 1.0 with order rf"),
    ((X, y, "none"), {"whiten": 0.1}, "whiten: got 0.1 with order none"),
])
def test_errors_when_fitting(arguments, options, fault):
    """What cannot be ordered is refused with the argument's name."""
    with pytest.raises(ValueError, match=fault):
        fit_ordering(*arguments, **options)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", [(5, 9), (5, 11), (10,), (2, 5, 2)])
def test_errors_when_applying(order, shape):
    """An ordering of ten inputs takes ten inputs."""
    ordering = fit_ordering(*toy_problem(60), order)
    with pytest.raises(ValueError, match=r"X: got .*, expected numbers of .* \(samples, 10\)"):
        ordering(np.zeros(shape))


@pytest.mark.parametrize("order", ORDERS)
def test_arguments_are_not_changed(order):
    """Neither fitting nor applying writes to its arguments."""
    X, y = toy_problem(60)
    before = X.copy(), y.copy()
    fit_ordering(X, y, order, multiple_of=4)(X)
    assert np.array_equal(X, before[0]) and np.array_equal(y, before[1])
