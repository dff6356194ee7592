"""Penalties: L1, L2 and group lasso by hand, what they act on, and proximal steps."""

import numpy as np
import pytest
from scipy import sparse

from scnn_np.nn import (
    L1,
    L2,
    MLP,
    Affine,
    Dense,
    DropConnect,
    GroupLasso,
    GroupLassoRows,
    L2Trained,
    Penalty,
    Sigmoid,
    Sparse,
    entries,
)

W = np.array([[3.0, 0.0, -1.0],
              [4.0, 0.0, 0.0]])
b = np.array([[10.0], [-20.0]])
Z, y = np.zeros((3, 1)), np.array([0])


def value(penalty, W):
    return penalty.value(W, b)


def slope(penalty, W):
    return penalty.slope(W, b)


# --- by hand --------------------------------------------------------------------------------

def test_l1():
    """Σ|w| = 3 + 4 + 1; the slope is the sign, 0 at 0."""
    assert value(L1(1.0), W) == 8
    np.testing.assert_array_equal(slope(L1(1.0), W), [[1, 0, -1], [1, 0, 0]])


def test_l2():
    """½Σw² = (9 + 16 + 1)/2; the slope is w."""
    assert value(L2(1.0), W) == 13
    np.testing.assert_array_equal(slope(L2(1.0), W), W)


def test_group_lasso():
    """A group is a column: √2·‖(3, 4)‖ + √2·0 + √2·1; a column of zeros has slope 0."""
    assert value(GroupLasso(1.0), W) == pytest.approx(np.sqrt(2) * 6)
    expected = np.sqrt(2) * np.array([[0.6, 0, -1], [0.8, 0, 0]])
    np.testing.assert_allclose(slope(GroupLasso(1.0), W), expected)


def test_group_lasso_on_a_support():
    """The size of a group is its number of edges: √2·5 for the first, √1·1 for the last."""
    S = sparse.csr_array(W)
    assert value(GroupLasso(1.0), S) == pytest.approx(np.sqrt(2) * 5 + 1)
    np.testing.assert_allclose(slope(GroupLasso(1.0), S),
                               [np.sqrt(2) * 0.6, -1, np.sqrt(2) * 0.8])


def test_group_lasso_of_rows():
    """A group is a row: √3·‖(3, 0, -1)‖ + √3·4; on a support √2·√10 + √1·4. So the columns of
    the transposed matrix, which a test of gradients holds besides."""
    assert value(GroupLassoRows(1.0), W) == pytest.approx(3 ** 0.5 * (10 ** 0.5 + 4))
    assert value(GroupLassoRows(1.0), W) == pytest.approx(value(GroupLasso(1.0), W.T))
    np.testing.assert_allclose(slope(GroupLassoRows(1.0), W), slope(GroupLasso(1.0), W.T).T)
    S = sparse.csr_array(W)
    assert value(GroupLassoRows(1.0), S) == pytest.approx(20 ** 0.5 + 4)
    np.testing.assert_allclose(slope(GroupLassoRows(1.0), S), [*2 ** 0.5 * np.array(
        [3, -1]) / 10 ** 0.5, 1])


@pytest.mark.parametrize("penalty", [L1, L2])
def test_sparse_equals_dense(penalty):
    """What is not an edge is 0, and costs nothing."""
    S = sparse.csr_array(W)
    assert value(penalty(1.0), S) == value(penalty(1.0), W)
    np.testing.assert_array_equal(slope(penalty(1.0), S), slope(penalty(1.0), W)[W != 0])


@pytest.mark.parametrize("penalty", [L1, L2, GroupLasso, GroupLassoRows])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(penalty, dtype):
    """No float64 creeps into the gradient of a float32 network."""
    for A in (W.astype(dtype), sparse.csr_array(W.astype(dtype))):
        assert slope(penalty(1.0), A).dtype == dtype


# --- strengths --------------------------------------------------------------------------------

def test_strengths():
    """One for all layers, or one each."""
    assert L1(0.5).strengths(3) == [0.5, 0.5, 0.5]
    assert L1([1, 2, 3]).strengths(3) == [1, 2, 3]
    with pytest.raises(ValueError, match="strength of L1: got 2 numbers for 3 weight matrices"):
        L1([1, 2]).strengths(3)


@pytest.mark.parametrize("strength", [
    -1.0, [1.0, np.nan], np.inf, [[1.0]], [], "1", None, True])
def test_bad_strength(strength):
    with pytest.raises(ValueError, match=r"strength of L2(\[\d\])?: got .*, expected "):
        L2(strength)


def test_in_one_line():
    """The strength, and what is not as usual."""
    assert repr(L2(5e-5)) == "L2(5e-05)"
    assert repr(L1([1, 0])) == "L1([1.0, 0.0])"
    assert repr(L1(0.1, on="trained")) == "L1(0.1, on='trained')"


# --- in a network -----------------------------------------------------------------------------

def pulled(network):
    """The gradient with every penalty in it, minus that of the same network without any."""
    network.loss_and_gradient(Z, y)
    found, penalties = network.gradient.copy(), network.penalties
    network.penalties = []
    network.loss_and_gradient(Z, y)
    network.penalties = penalties
    return found - network.gradient


@pytest.mark.parametrize("make", [Dense, lambda W, b: Sparse(sparse.csr_array(W), b),
                                  lambda W, b: DropConnect(Dense(W, b), 0.0,
                                                           np.random.default_rng(0))])
def test_strength_times_slope_on_the_weights(make):
    """λR joins the loss, λ·slope the gradient of W; biases are free, and where λ is 0
    nothing happens."""
    network = MLP([make(W, b), Sigmoid(), Dense(np.ones((2, 2)))], [L1([0.5, 0]), L2([0, 2])])
    assert network.penalty() == 0.5 * 8 + 2 * 0.5 * 4
    size = entries(network.weights[0]).size
    expected = [*0.5 * np.sign(entries(network.weights[0]).ravel()), 0, 0, *4 * [2], 0, 0]
    np.testing.assert_allclose(pulled(network), expected, atol=1e-15)
    assert len(expected) == size + 2 + 4 + 2


class Scaled(Affine):
    """W = s·F with a frozen F: only the number s is trained, and the biases."""

    trained, fixed = ("s", "b"), ("F",)

    def __init__(self, s, F, b):
        self.s, self.F, self.ds = np.array(s), F, np.zeros(1)
        super().__init__(self.W, b)

    @property
    def W(self):
        return self.s * self.F

    def pull_back(self):
        self.ds[...] = (self.dW * self.F).sum()


def test_on_what_a_layer_trains():
    """`on="W"`: ½Σ(s·F)², whose slope s·F is pulled back to s·ΣF²; `on="trained"`: ½s², whose
    slope is s. The same for a layer that trains W itself. The bias is free in both."""
    on_W, on_trained = (MLP([Scaled([2.0], W, b)], [L2(3.0, on=on)]) for on in ("W", "trained"))
    assert on_W.penalty() == 3 * 4 * 13 and on_trained.penalty() == 3 * 0.5 * 4
    np.testing.assert_allclose(pulled(on_W), [3 * 2 * 26, 0, 0], atol=1e-13)
    np.testing.assert_allclose(pulled(on_trained), [3 * 2, 0, 0], atol=1e-13)
    on_W, on_trained = (MLP([Dense(W, b)], [L2(3.0, on=on)]) for on in ("W", "trained"))
    assert on_trained.penalty() == on_W.penalty() == 3 * 13
    np.testing.assert_array_equal(pulled(on_trained), pulled(on_W))
    by_name = MLP([Scaled([2.0], W, b)], [L2Trained(3.0)])
    assert by_name.penalty() == 3 * 0.5 * 4
    np.testing.assert_allclose(pulled(by_name), [3 * 2, 0, 0], atol=1e-13)
    with pytest.raises(ValueError, match="on: got 'b', expected one of W, trained"):
        L1(1.0, on="b")


class Drift(Penalty):
    """½ Σ_i (b_i + Σ_j W_ij)²: how far the neurons are from 0 when every input is 1."""

    on = "W and b"

    def value(self, W, b):
        return 0.5 * ((W.sum(axis=1, keepdims=True) + b) ** 2).sum()

    def slope(self, W, b):
        drift = W.sum(axis=1, keepdims=True) + b
        return np.broadcast_to(drift, W.shape), drift


def test_on_weights_and_biases():
    """A pair of slopes, each added to the gradient of its array: 3 - 1 + 10 and 4 - 20."""
    network = MLP([Dense(W, b)], [Drift(0.25)])
    assert network.penalty() == 0.25 * 0.5 * (12 ** 2 + 16 ** 2)
    np.testing.assert_allclose(pulled(network), 0.25 * np.array(3 * [12] + 3 * [-16]
                                                                + [12, -16]))


# --- proximal steps ---------------------------------------------------------------------------

class Shrink(L1):
    """L1 by its proximal step: towards 0 by t, and never past it."""

    proximal = True

    def step(self, W, b, t):
        w = entries(W)
        return np.sign(w) * np.maximum(np.abs(w) - t, 0)


@pytest.mark.parametrize("make", [Dense, lambda W, b: Sparse(sparse.csr_array(W), b)])
def test_a_proximal_step(make):
    """Of size η·λ after an update, on the layers where λ is not 0; it counts in the loss and
    enters no gradient."""
    network = MLP([make(W, b), Sigmoid(), Dense(np.ones((2, 2)))], [Shrink([1.0, 0.0])])
    assert network.penalty() == 8 and network.penalty(smooth=True) == 0
    assert not pulled(network).any()
    network.take_proximal_steps(rate=2.0)
    np.testing.assert_array_equal(network.weights[0] @ np.eye(3), [[1, 0, 0], [2, 0, 0]])
    np.testing.assert_array_equal(network.weights[1], np.ones((2, 2)))
    np.testing.assert_array_equal(network.affine_layers[0].b, b)
    MLP([Dense(W, b)], [L1(1.0)]).take_proximal_steps(1.0)       # takes none, and has none


def test_a_step_needs_something_to_move():
    """The weights of a layer that trains something else are not there to be moved; with
    strength 0, or on what is trained, a step is no harm."""
    with pytest.raises(ValueError, match=r"penalties: Shrink\(1.0\) steps on W, but Scaled.* "
                                         "trains s, b; expected a layer that trains W"):
        MLP([Scaled([2.0], W, b)], [Shrink(1.0)])
    MLP([Scaled([2.0], W, b)], [Shrink(0.0)])
    network = MLP([Scaled([2.0], W, b)], [Shrink(1.0, on="trained")])
    network.take_proximal_steps(rate=0.5)
    assert network.theta.tolist() == [1.5, 10, -20]


def test_a_step_on_weights_and_biases():
    """Both are moved at once: what is nearer to 0 than t becomes 0."""
    class Both(Drift):
        proximal = True

        def step(self, W, b, t):
            return W * (np.abs(W) > t), b * (np.abs(b) > t)
    network = MLP([Dense(W, b)], [Both(2.0)])
    network.take_proximal_steps(rate=1.75)                       # t = 3.5
    assert network.weights[0].tolist() == [[0, 0, 0], [4, 0, 0]]
    assert network.affine_layers[0].b.tolist() == [[10], [-20]]


def test_a_penalty_without_formulas():
    """The base class says what is missing by failing, not by costing nothing."""
    empty = Penalty(1.0)
    for call in (empty.value, empty.slope, lambda W, b: empty.step(W, b, 1.0)):
        with pytest.raises(NotImplementedError):
            call(W, b)
