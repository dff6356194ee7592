"""Layers with weights: dense, and sparse as a dense one with a mask would be."""

import numpy as np
import pytest
from scipy import sparse

from scnn_np import graphs
from scnn_np.nn import LAYERS, Affine, Dense, PlainProducts, Sparse, initial_weights


@pytest.fixture
def W(rng):
    """A coupled support with random weights, (16, 24)."""
    return initial_weights(graphs.spatially_coupled(24, 16, 3, rng, blocks=4), 1.0, rng,
                           np.float64)


def test_by_hand():
    """One neuron with two inputs and two samples: sums over samples, no mean."""
    layer = Dense(np.array([[2.0, -1.0]]), np.array([[0.5]]))
    A = layer.forward(np.array([[1.0, 3.0], [4.0, 5.0]]), train=True)
    assert A.tolist() == [[2 - 4 + 0.5, 6 - 5 + 0.5]]
    dZ = layer.backward(np.array([[10.0, 100.0]]))
    assert dZ.tolist() == [[20, 200], [-10, -100]]
    assert layer.dW.tolist() == [[10 * 1 + 100 * 3, 10 * 4 + 100 * 5]]
    assert layer.db.tolist() == [[110]]


@pytest.mark.parametrize("products", [None, PlainProducts])
def test_sparse_is_masked_dense(W, products, rng):
    """Forward, backward and the gradient at the edges equal a dense layer with zeros."""
    layer, oracle = Sparse(W, products=products), Dense(W.toarray())
    Z, D = rng.standard_normal((24, 6)), rng.standard_normal((16, 6))
    np.testing.assert_allclose(layer.forward(Z, train=True), oracle.forward(Z, train=True))
    np.testing.assert_allclose(layer.backward(D), oracle.backward(D))
    np.testing.assert_allclose(layer.dW, oracle.dW[W.tocoo().coords])
    np.testing.assert_allclose(layer.db, oracle.db)


def test_gradients_live_on_the_support(W):
    """One number per edge, like W.data: nothing the size of the dense matrix is there."""
    layer = Sparse(W)
    assert layer.dW.shape == layer.W.data.shape == (W.nnz,)
    assert W.nnz < W.shape[0] * W.shape[1] / 4


@pytest.mark.parametrize("kind", [Dense, Sparse])
def test_collect_is_backward_without_the_way_down(kind, W, rng):
    """What the first layer does: the same gradients, and no product with Wᵀ."""
    one, other = (kind(W.toarray() if kind is Dense else W) for _ in range(2))
    Z, D = rng.standard_normal((24, 6)), rng.standard_normal((16, 6))
    for layer, back in ((one, one.collect), (other, other.backward)):
        layer.forward(Z, train=True)
        back(D)
    np.testing.assert_array_equal(one.dW, other.dW)
    np.testing.assert_array_equal(one.db, other.db)


@pytest.mark.parametrize("kind", [Dense, Sparse])
def test_a_layer_owns_its_arrays(kind):
    """Training does not reach the matrix or the biases of the caller."""
    W = np.eye(3) if kind is Dense else sparse.csr_array(np.eye(3))
    b = np.zeros((3, 1))
    layer = kind(W, b)
    layer.W, layer.b = 2 * W, b + 5
    np.testing.assert_array_equal((W @ np.eye(3)), np.eye(3))
    assert not b.any()


def test_an_edge_stands_once():
    """Two entries for the same pair of neurons are one weight, their sum."""
    twice = sparse.coo_array(([1.0, 2.0, 5.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    layer = Sparse(twice)
    assert layer.W.toarray().tolist() == [[0, 3], [5, 0]]
    assert layer.dW.size == 2


@pytest.mark.parametrize("name", LAYERS)
def test_drawn(name, rng):
    """What the builder calls: initial weights on a support (or a shape), biases 0. A layer that
    factors them has them up to rounding, one with a threshold those that it leaves."""
    for form in LAYERS[name].forms:
        support = (16, 24) if form == "shape" else graphs.random_sparse(24, 16, 3, rng)
        layer = LAYERS[name].drawn(support, 2.0, np.random.default_rng(4), np.float32)
        expected = initial_weights(support, 2.0, np.random.default_rng(4), np.float32)
        found, expected = layer.W @ np.eye(24), expected @ np.eye(24)
        exact = name in ("dense", "sparse", "spectral", "rescaled")
        np.testing.assert_allclose(found, np.where(found == 0, 0, expected),
                                   atol=0 if exact else 1e-6)
        assert np.count_nonzero(found) == layer.edges
        assert layer.W.dtype == layer.b.dtype == np.float32 and not layer.b.any()


def test_a_layer_may_train_something_else_than_its_weights(rng):
    """W = s·F with a frozen F and one number s. `collect` finds dW as ever, and `pull_back`
    turns it into ds = Σ dW∘F, by which the loss really changes."""
    class Scaled(Affine):
        trained, fixed = ("s", "b"), ("F",)

        def __init__(self, s, F, b=None):
            self.s, self.F, self.ds = np.array(s), F, np.zeros(1)
            super().__init__(self.W, b)

        @property
        def W(self):
            return self.s * self.F

        def pull_back(self):
            self.ds[...] = (self.dW * self.F).sum()

    Z, C = rng.standard_normal((4, 5)), rng.standard_normal((3, 5))
    F, outputs = rng.standard_normal((3, 4)), []
    for s in (2.0, 2.5):
        layer = Scaled([s], F)
        outputs.append(np.vdot(C, layer.forward(Z, train=True)))
        layer.backward(C)
        layer.pull_back()
    assert layer.ds[0] == pytest.approx((outputs[1] - outputs[0]) / 0.5)     # linear in s


@pytest.mark.parametrize("kind", [Dense, lambda W, b=None: Sparse(sparse.csr_array(W), b)])
@pytest.mark.parametrize(("W", "b", "message"), [
    (np.eye(3, dtype=int), None, r"W: got int64 of shape \(3, 3\), expected a matrix of fl"),
    (np.ones((0, 3)), None, "W: got float64 .*, expected a matrix"),
    (np.ones((3, 0)), None, "W: got float64 .*, expected a matrix"),
    (np.eye(3), np.zeros(3), r"b: got float64 of shape \(3,\), expected .* shape \(3, 1\)"),
    (np.eye(3), np.zeros((2, 1)), r"b: got float64 of shape \(2, 1\)"),
    (np.eye(3), np.zeros((3, 1), np.float32), "b: got float32 .*, expected float64")])
def test_arrays_that_make_no_layer(kind, W, b, message):
    """At the door, by name, dense or sparse."""
    with pytest.raises(ValueError, match=message):
        kind(W, b)
