"""Spectral layers: eigenvalues indeed, what they train, and what follows from their formula."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from scnn_np import build, graphs
from scnn_np.analysis import largest_weights, without_neurons
from scnn_np.nn import (
    L1,
    L2,
    LAYERS,
    MLP,
    Dense,
    GroupLasso,
    GroupLassoRows,
    L2Trained,
    Sigmoid,
    Sparse,
    Spectral,
    SpectralQR,
    SpectralSVD,
    entries,
    initial_weights,
    with_entries,
)
from scnn_np.nn.spectral import LEARN, PHI

FACTORED = {"spectral-qr": SpectralQR, "spectral-svd": SpectralSVD}


def two_parts(n=5):
    """A support of two blocks and a neuron without any edge on either side, (2n+1, 2n+1)."""
    support = np.zeros((2 * n + 1, 2 * n + 1))
    support[:n, :n] = support[n:-1, n:-1] = 1
    return sparse.csr_array(support)


def layer_on(support, rng, **options):
    """One with random eigenvalues and φ, float64."""
    layer = Spectral.drawn(support, 1.0, rng, np.float64, **options)
    for name in ("lambda_in", "lambda_out"):
        setattr(layer, name, rng.standard_normal(getattr(layer, name).shape))
    return layer


def pulled_back(layer, rng, penalties=()):
    """The layer after one pass of a network forwards and backwards, penalties included."""
    n_out, n_in = layer.W.shape
    network = MLP([layer, Sigmoid(), Dense(rng.standard_normal((3, n_out)))], penalties)
    network.loss_and_gradient(rng.standard_normal((n_in, 7)), np.arange(7) % 3)
    return layer


# --- by hand ----------------------------------------------------------------------------------

def test_by_hand():
    """Two inputs, two neurons: w_ij = (λ_in,j - λ_out,i) φ_ij, and sums of the gradients."""
    layer = Spectral(np.array([[3.0, 5.0]]), np.array([[1.0], [2.0]]),
                     np.array([[10.0, 20.0], [30.0, 40.0]]))
    assert layer.W.tolist() == [[2 * 10, 4 * 20], [1 * 30, 3 * 40]]
    layer.dW[...] = [[1, 2], [3, 4]]
    layer.pull_back()
    assert layer.dlambda_in.tolist() == [[1 * 10 + 3 * 30, 2 * 20 + 4 * 40]]
    assert layer.dlambda_out.tolist() == [[-(1 * 10 + 2 * 20)], [-(3 * 30 + 4 * 40)]]
    layer = Spectral(**layer.state(), learn="all")
    layer.dW[...] = [[1, 2], [3, 4]]
    layer.pull_back()
    assert layer.dphi.tolist() == [[2 * 1, 4 * 2], [1 * 3, 3 * 4]]


def test_they_are_eigenvalues(rng):
    """Of A = Φ Λ Φ⁻¹, Φ = [[I, 0], [φ, I]], which moves both sides of a layer at once: its
    lower left block is W, its eigenvalues are λ, its eigenvectors the columns of Φ."""
    layer = layer_on((3, 4), rng)
    Φ = np.block([[np.eye(4), np.zeros((4, 3))], [layer.phi, np.eye(3)]])
    λ = np.concatenate([layer.lambda_in[0], layer.lambda_out[:, 0]])
    A = Φ @ np.diag(λ) @ np.linalg.inv(Φ)
    np.testing.assert_allclose(A[4:, :4], layer.W)
    np.testing.assert_allclose(np.linalg.inv(Φ), 2 * np.eye(7) - Φ)
    np.testing.assert_allclose(A @ Φ, Φ * λ)


def test_on_a_support_as_with_zeros(rng):
    """A sparse φ is a dense one with zeros: W, outputs and all gradients."""
    support = graphs.spatially_coupled(24, 16, 3, rng, blocks=4)
    layer = layer_on(support, rng, learn="all")
    oracle = Spectral(layer.lambda_in, layer.lambda_out, layer.phi.toarray(), layer.b, "all")
    Z, D = rng.standard_normal((24, 6)), rng.standard_normal((16, 6))
    np.testing.assert_allclose(layer.forward(Z, train=True), oracle.forward(Z, train=True))
    np.testing.assert_allclose(layer.backward(D), oracle.backward(D))
    for one in (layer, oracle):
        one.pull_back()
    for name in ("dlambda_in", "dlambda_out"):
        np.testing.assert_allclose(getattr(layer, name), getattr(oracle, name))
    np.testing.assert_allclose(layer.dphi, oracle.dphi[layer.phi.tocoo().coords])
    assert layer.dphi.shape == (support.nnz,)


# --- what follows from the formula ------------------------------------------------------------

@pytest.mark.parametrize("penalties", [[], [L2(0.3)], [L1(0.1), GroupLasso(0.2),
                                                       GroupLassoRows(0.2)]])
def test_the_gradients_of_each_component_cancel(penalties, rng):
    """Σ ∂λ_in + Σ ∂λ_out = 0 over the neurons of every component of the support, also with
    penalties on W: λ + c makes the same W there. A neuron without edges has gradient 0."""
    layer = pulled_back(layer_on(two_parts(), rng), rng, penalties)
    n = layer.phi.shape[0]
    count, part = connected_components(sparse.block_array(
        [[None, abs(layer.phi)], [abs(layer.phi).T, None]]))
    assert count == 4
    gradients = np.concatenate([layer.dlambda_out[:, 0], layer.dlambda_in[0]])
    sums = np.bincount(part, gradients)
    assert np.abs(sums).max() < 1e-14 < 1e-3 < np.abs(gradients[:5]).min()
    assert gradients[n - 1] == gradients[2 * n - 1] == 0


def test_a_penalty_on_the_eigenvalues_breaks_that(rng):
    """L2 on λ itself is no function of W, and pulls the sum."""
    layer = pulled_back(layer_on(two_parts(), rng), rng, [L2Trained([0.3, 0.0])])
    total = layer.dlambda_in.sum() + layer.dlambda_out.sum()
    assert total == pytest.approx(0.3 * (layer.lambda_in.sum() + layer.lambda_out.sum()))
    assert abs(total) > 0.01


@pytest.mark.parametrize("kind", ["spectral", "spectral-qr", "spectral-svd"])
def test_a_shift_of_all_eigenvalues_changes_nothing(kind, rng):
    """λ_in + c and λ_out + c: the same outputs; c may differ between components."""
    layer = LAYERS[kind].drawn((6, 9), 1.0, rng, np.float64)
    Z = rng.standard_normal((9, 4))
    before = layer.forward(Z)
    layer.lambda_in, layer.lambda_out = layer.lambda_in + 0.7, layer.lambda_out + 0.7
    np.testing.assert_allclose(layer.forward(Z), before, rtol=1e-12)
    layer.lambda_in = layer.lambda_in + 0.7
    assert np.abs(layer.forward(Z) - before).max() > 0.1


def test_a_shift_may_differ_between_components(rng):
    """0.5 in one block, -2 in the other, anything where there is no edge."""
    layer, shift = layer_on(two_parts(), rng), np.repeat([0.5, -2.0, 9.0], [5, 5, 1])
    W = layer.W.toarray()
    layer.lambda_in = layer.lambda_in + shift
    layer.lambda_out = layer.lambda_out + shift[:, None]
    np.testing.assert_allclose(layer.W.toarray(), W, atol=1e-15)


# --- group lasso in other words ---------------------------------------------------------------

@pytest.mark.parametrize(("learn", "axis"), [("out+phi", 1), ("in+phi", 0)])
def test_l2_on_what_is_trained_is_a_group_lasso(learn, axis, rng):
    """Steepest descent on ½‖W - T‖² + μ·½(Σλ² + Σφ²), whatever the start, ends where
    ½‖W - T‖² + μ Σ‖w_i‖ is least: rows (or columns) of T shrunk by μ, small ones to 0. And
    there |λ_i| = ‖φ_i‖ = √‖w_i‖, so that |λ| orders the neurons as the norms of W do."""
    T = rng.standard_normal((6, 5)) * [[0.2], [0.4], [1], [1], [1], [1]]
    T = T if axis == 1 else T.T
    layer = Spectral.drawn(T.shape, 2.0, rng, np.float64, learn=learn)
    penalty, μ = L2Trained(1.0), 0.9
    for _ in range(20_000):
        layer.dW[...] = layer.W - T
        layer.pull_back()
        penalty.add_slope(μ, layer)
        for name in layer.trained:
            setattr(layer, name, getattr(layer, name) - 0.02 * getattr(layer, f"d{name}"))
    norm = np.linalg.norm(T, axis=axis, keepdims=True)
    np.testing.assert_allclose(layer.W, T * np.maximum(0, 1 - μ / norm), atol=1e-6)
    assert (norm < μ).any() and (norm > μ).any()
    found = np.linalg.norm(layer.W, axis=axis)
    λ = (layer.lambda_out if axis == 1 else layer.lambda_in).ravel()
    np.testing.assert_allclose(np.abs(λ), found ** 0.5, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(layer.phi, axis=axis), found ** 0.5, atol=1e-3)
    value = sum(penalty.value(array, None) for array, _ in penalty.acts_on(layer))
    lasso = (GroupLassoRows if axis == 1 else GroupLasso)(1.0)
    assert value == pytest.approx(lasso.value(layer.W, None) / T.shape[axis] ** 0.5, rel=1e-5)


# --- what is trained --------------------------------------------------------------------------

@pytest.mark.parametrize("support", [(12, 16), graphs.random_sparse(
    16, 12, 3, np.random.default_rng(1))], ids=["dense", "support"])
@pytest.mark.parametrize("learn", LEARN)
def test_only_what_is_chosen_is_trained(learn, support, rng):
    """The others are fixed: stored, and no part of theta."""
    layer = Spectral.drawn(support, 1.0, rng, np.float32, learn=learn)
    sizes = {"lambda_in": 16, "lambda_out": 12, "phi": entries(layer.phi).size}
    assert layer.trained == (*LEARN[learn], "b")
    assert {*layer.trained, *layer.fixed} == {*sizes, "b"}
    network = MLP([layer])
    assert network.n_parameters == 12 + sum(sizes[name] for name in LEARN[learn])
    assert network.state_arrays().keys() == {"theta", *(f"0.{name}" for name in layer.fixed)}
    before = {name: entries(array).copy() for name, array in layer.state().items()}
    network.loss_and_gradient(rng.random((16, 8), np.float32), np.arange(8))
    network.theta -= network.gradient
    for name, array in layer.state().items():
        assert np.array_equal(entries(array), before[name]) == (name in layer.fixed)


@pytest.mark.parametrize(("learn", "zero"), [
    ("in", "lambda_out"), ("in+phi", "lambda_out"), ("out", "lambda_in"),
    ("out+phi", "lambda_in")])
@pytest.mark.parametrize("initial", ["usual", "authors"])
def test_a_frozen_set_is_zero(learn, zero, initial, rng):
    """So that |λ| alone tells how strong a neuron is: w_ij = λ_in,j φ_ij or -λ_out,i φ_ij."""
    layer = Spectral.drawn((12, 16), 1.0, rng, np.float64, learn=learn, initial=initial)
    assert not getattr(layer, zero).any()
    λ = layer.lambda_in if zero == "lambda_out" else -layer.lambda_out
    np.testing.assert_allclose(layer.W, λ * layer.phi)
    assert layer.W.any()


@pytest.mark.parametrize("learn", LEARN)
def test_usual_initial_values(learn):
    """W is what any layer starts with, on a support too."""
    for support in ((12, 16), graphs.random_sparse(16, 12, 3, np.random.default_rng(1))):
        layer = Spectral.drawn(support, 4.0, np.random.default_rng(2), np.float32, learn=learn)
        expected = initial_weights(support, 4.0, np.random.default_rng(2), np.float32)
        np.testing.assert_array_equal(entries(layer.W), entries(expected))


def test_the_authors_initial_values():
    """Uniform ±0.97 and ±0.13, φ normal with 0.036, whatever the gain: the weights of a wide
    layer start an order of magnitude smaller than usual."""
    for support in ((300, 400), graphs.random_sparse(400, 300, 60, np.random.default_rng(1))):
        layer, other = (Spectral.drawn(support, gain, np.random.default_rng(2), np.float64,
                                       initial="authors") for gain in (1.0, 4.0))
        np.testing.assert_array_equal(entries(layer.W), entries(other.W))
        assert 0.96 < np.abs(layer.lambda_in).max() < 0.97
        assert 0.128 < np.abs(layer.lambda_out).max() < 0.13
        assert entries(layer.phi).std() == pytest.approx(PHI, rel=0.02)
        expected = PHI * np.sqrt((0.97 ** 2 + 0.13 ** 2) / 3)
        assert entries(layer.W).std() == pytest.approx(expected, rel=0.05)


# --- factored φ -------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", FACTORED)
@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (6, 6)])
def test_the_factors_make_phi(kind, shape):
    """At the start W is, up to rounding, what any layer starts with."""
    layer = LAYERS[kind].drawn(shape, 2.0, np.random.default_rng(2), np.float64)
    expected = initial_weights(shape, 2.0, np.random.default_rng(2), np.float64)
    np.testing.assert_allclose(layer.W, expected, atol=1e-14)


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (6, 6)])
def test_a_triangle_is_trained(shape, rng):
    """n(n+1)/2 numbers on the short side, and φ has them in one triangle; Q is orthonormal and
    stays."""
    layer = SpectralQR.drawn(shape, 1.0, rng, np.float64)
    n = min(shape)
    assert layer.R.shape == (n * (n + 1) // 2,)
    assert MLP([layer]).n_parameters == n * (n + 1) // 2 + sum(shape) + shape[0]
    lower = shape[0] <= shape[1]
    np.testing.assert_allclose(layer.Q @ layer.Q.T if lower else layer.Q.T @ layer.Q,
                               np.eye(n), atol=1e-14)
    layer.R = rng.standard_normal(layer.R.shape)
    R = layer.phi @ layer.Q.T if lower else layer.Q.T @ layer.phi
    np.testing.assert_allclose(R, np.tril(R) if lower else np.triu(R), atol=1e-14)
    np.testing.assert_allclose(R[R != 0][np.abs(R[R != 0]) > 1e-12], layer.R)


@pytest.mark.parametrize("shape", [(5, 9), (9, 5)])
def test_singular_values_are_trained(shape, rng):
    """n of them; U and V are orthonormal and stay, so that φ has exactly these values."""
    layer = SpectralSVD.drawn(shape, 1.0, rng, np.float64)
    assert MLP([layer]).n_parameters == 5 + sum(shape) + shape[0]
    for factor in (layer.U, layer.V):
        np.testing.assert_allclose(factor.T @ factor, np.eye(5), atol=1e-14)
    layer.s = [5, 4, 3, 2, 1]
    np.testing.assert_allclose(np.linalg.svd(layer.phi, compute_uv=False), layer.s)


# --- in the house -----------------------------------------------------------------------------

def test_the_summary_tells_edges_from_trained_numbers():
    """784 → 784 on the paper's support: 41,650 edges, 2 × 784 eigenvalues and 784 biases."""
    text = build("sc", layers=1, layer="spectral").summary()
    assert text.splitlines()[1].split() == ["Spectral(learn=eigenvalues)", "784", "×", "784",
                                            "41,650", "2,352", "615,440", "6.8%"]
    assert "\ntotal " in text and "reduction against dense: 98.36 %" in text
    text = build("fc", layers=1, width=100, layer="spectral-qr", dropout=0.0).summary()
    assert text.splitlines()[1].split()[3:6] == ["784", "78,400", "6,034"]     # 5,050 + 984


@pytest.mark.parametrize("layer", ["spectral", "spectral-qr", "spectral-svd"])
def test_pruning_leaves_plain_weights(layer, rng):
    """Fewer weights, or fewer neurons: what is left is trained one by one, and gives the same
    outputs where nothing was cut."""
    network = build("fc", 16, 3, width=12, layers=1, layer=layer, dropout=0.0)
    X = rng.random((20, 16))
    small = largest_weights(network, 12 + 39 + 50)
    assert type(small.affine_layers[0]) is Sparse and small.weights[0].nnz == 50
    assert small.n_parameters == 12 + 39 + 50
    whole = without_neurons(network, [np.ones(16, bool), np.ones(12, bool)],
                            [np.zeros(16), np.zeros(12)])
    assert type(whole.affine_layers[0]) is Dense
    np.testing.assert_allclose(whole.predict_proba(X), network.predict_proba(X), rtol=1e-5)


@pytest.mark.parametrize("layer", ["spectral-qr", "spectral-svd", "thresholded",
                                   "thresholded-qr"])
def test_no_support_where_every_weight_is_there(layer):
    with pytest.raises(ValueError, match=f"layer: got '{layer}', expected one that trains "):
        build("sc", 16, 3, width=16, layers=1, blocks=4, layer=layer)


OF_A_LAYER = Spectral.drawn((3, 4), 1.0, np.random.default_rng(0), np.float64).state()


@pytest.mark.parametrize(("changed", "message"), [
    ({"lambda_in": np.ones((4, 1))},
     r"lambda_in: got float64 of shape \(4, 1\), expected float64 of shape \(1, 4\)"),
    ({"lambda_in": np.ones((1, 3))}, "lambda_in: got float64 of shape"),
    ({"lambda_out": np.ones((3, 1), np.float32)}, "lambda_out: got float32 of shape"),
    ({"lambda_out": "x"}, "lambda_out: got 'x', expected numbers"),
    ({"phi": np.ones((3, 4), int)}, r"phi: got int64 of shape \(3, 4\), expected a matrix"),
    ({"phi": np.ones((0, 4))}, "phi: got float64 of shape"),
    ({"phi": sparse.csr_array(np.ones((3, 4), int))}, "phi: got int64 of shape"),
    ({"phi": None}, "phi: got None, expected a matrix"),
    ({"b": np.ones(3)}, r"b: got float64 of shape \(3,\)"),
    ({"learn": "both"}, "learn: got 'both', expected one of eigenvalues, in, out, "),
    ({"learn": None}, "learn: got None")])
def test_what_makes_no_layer(changed, message):
    """Refused at the door, by name."""
    with pytest.raises(ValueError, match=message):
        Spectral(**{**OF_A_LAYER, **changed})


@pytest.mark.parametrize(("kind", "changed", "message"), [
    ("spectral-qr", {"R": np.ones(9)}, r"R: got float64 of shape \(9,\), expected .* \(6,\)"),
    ("spectral-qr", {"Q": np.ones(4)}, "Q: got float64 of shape"),
    ("spectral-qr", {"Q": sparse.csr_array(np.ones((3, 4)))}, "Q: got .*, expected a matrix"),
    ("spectral-svd", {"s": np.ones((3, 1))}, r"s: got float64 of shape \(3, 1\), expected"),
    ("spectral-svd", {"U": "x"}, "U: got 'x', expected a matrix"),
    ("spectral-svd", {"V": np.ones((4, 2))},
     r"V: got float64 of shape \(4, 2\), expected float64 of shape \(4, 3\)")])
def test_factors_that_make_no_layer(kind, changed, message):
    layer = LAYERS[kind].drawn((3, 4), 1.0, np.random.default_rng(0), np.float64)
    with pytest.raises(ValueError, match=message):
        LAYERS[kind](**{**layer.state(), **changed})


def test_initial_values_that_are_none(rng):
    with pytest.raises(ValueError, match="initial: got 'ours', expected one of usual, authors"):
        Spectral.drawn((3, 4), 1.0, rng, np.float32, initial="ours")


def test_the_support_stays(rng):
    """Where φ is trained, it has no other edges; an assignment with others is refused."""
    layer = Spectral.drawn(graphs.random_sparse(8, 8, 2, rng), 1.0, rng, np.float64,
                           learn="all")
    layer.phi = with_entries(layer.phi, np.arange(16.0))
    with pytest.raises(ValueError, match="Spectral.phi: got .*, with the same edges"):
        layer.phi = sparse.csr_array(np.eye(8))
