"""A 4-3-2 network worked by hand: every number below was computed on paper.

The inputs are chosen so that the logistic function meets ln 3, 0 and -ln 3, where it is 3/4,
1/2 and 1/4, and so that the softmax meets 0 and ln 3, where it is 1/4 and 3/4.
"""

import numpy as np
import pytest
from scipy import sparse

from scnn_np.nn import L1, L2, MLP, Dense, Sigmoid, Sparse
from scnn_np.training import SGD

L = np.log(3)
X = np.array([[1.0], [2.0], [0.0], [1.0]])               # one sample, a column
W1 = np.array([[L, 0.0, 1.0, 0.0],                       # the zeros are no edges
               [1.0, -0.5, 0.0, 0.0],
               [0.0, 0.0, 2.0, -L]])
W2 = np.array([[4.0, -2.0, -8.0],
               [0.0, 2 * L, 0.0]])


def network(kind, penalties=()):
    first = Dense(W1.copy()) if kind == "dense" else Sparse(sparse.csr_array(W1))
    return MLP([first, Sigmoid(), Dense(W2.copy())], penalties)


@pytest.fixture(params=["dense", "sparse"])
def net(request):
    return network(request.param)


def test_forward(net):
    """a = W x, z = act(a), then the logits."""
    # a1 = L·1 + 1·0 = L          z1 = 1/(1 + 1/3) = 3/4
    # a2 = 1·1 - 0.5·2 = 0        z2 = 1/2
    # a3 = 2·0 - L·1 = -L         z3 = 1/(1 + 3) = 1/4
    A = net.layers[0].forward(X)
    np.testing.assert_allclose(A, [[L], [0], [-L]], atol=1e-15)
    np.testing.assert_allclose(net.layers[1].forward(A), [[3 / 4], [1 / 2], [1 / 4]])
    # logit 0 = 4·3/4 - 2·1/2 - 8·1/4 = 3 - 1 - 2 = 0;   logit 1 = 2L·1/2 = L
    np.testing.assert_allclose(net.forward(X), [[0], [L]], atol=1e-15)
    # softmax(0, L) = (1, 3)/4
    np.testing.assert_allclose(net.predict_proba(X.T), [[1 / 4, 3 / 4]])
    assert net.predict(X.T) == [1]


def test_loss_and_gradient_of_the_output_layer(net):
    """The true class is 0, so the loss is -ln 1/4 = ln 4."""
    loss, _ = net.loss_and_gradient(X, np.array([0]))
    assert loss == pytest.approx(np.log(4))
    # softmax - onehot = (1/4 - 1, 3/4) = (-3/4, 3/4), times z = (3/4, 1/2, 1/4)
    output = net.layers[2]
    np.testing.assert_allclose(output.db, [[-3 / 4], [3 / 4]])
    np.testing.assert_allclose(output.dW, [[-9 / 16, -3 / 8, -3 / 16],
                                           [9 / 16, 3 / 8, 3 / 16]])


def test_gradient_of_the_hidden_layer(net):
    """The gradient goes back through W2, then through σ' = z(1-z), then to the edges."""
    net.loss_and_gradient(X, np.array([0]))
    # W2ᵀ(-3/4, 3/4): 4·(-3/4) = -3;  -2·(-3/4) + 2L·3/4 = 3/2 (1 + L);  -8·(-3/4) = 6
    # z(1-z): 3/16, 1/4, 3/16
    # da: -3·3/16 = -9/16;  3/2 (1 + L)/4 = 3/8 (1 + L);  6·3/16 = 9/8
    da = np.array([[-9 / 16], [3 / 8 * (1 + L)], [9 / 8]])
    np.testing.assert_allclose(net.layers[0].db, da)
    # dW = da xᵀ with x = (1, 2, 0, 1); a sparse layer has it at its six edges only:
    # (0,0): -9/16   (0,2): 0   (1,0): 3/8(1+L)   (1,1): 3/4(1+L)   (2,2): 0   (2,3): 9/8
    found = net.layers[0].dW
    on_edges = [-9 / 16, 0, 3 / 8 * (1 + L), 3 / 4 * (1 + L), 0, 9 / 8]
    if isinstance(net.layers[0], Sparse):
        np.testing.assert_allclose(found, on_edges)
    else:
        np.testing.assert_allclose(found, da @ X.T)
        np.testing.assert_allclose(found[W1 != 0], on_edges)


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_penalties(kind):
    """λ₁Σ|w| + λ₂/2 Σw² join the loss, λ₁ sign(w) + λ₂w the gradient."""
    net = network(kind, [L1([0.1, 0.0]), L2([0.0, 0.5])])
    loss, _ = net.loss_and_gradient(X, np.array([0]))
    # L1 of W1: |L| + 1 + 1 + 1/2 + 2 + L = 2L + 4.5;   L2 of W2: 16 + 4 + 64 + 4L² = 84 + 4L²
    assert loss == pytest.approx(np.log(4) + 0.1 * (2 * L + 4.5) + 0.25 * (84 + 4 * L ** 2))
    first = net.layers[0].dW if kind == "sparse" else net.layers[0].dW[W1 != 0]
    plain = [-9 / 16, 0, 3 / 8 * (1 + L), 3 / 4 * (1 + L), 0, 9 / 8]
    np.testing.assert_allclose(first, plain + 0.1 * np.array([1, 1, 1, -1, 1, -1]))
    np.testing.assert_allclose(net.layers[2].dW[0], [-9 / 16 + 2, -3 / 8 - 1, -3 / 16 - 4])


def test_one_step(net):
    """θ ← θ - ηg with η = 1/2 moves the first edge from L to L + 9/32, and the loss falls."""
    before, _ = net.loss_and_gradient(X, np.array([0]))
    SGD(0.5).step(net.theta, net.gradient)
    assert net.weights[0][0, 0] == pytest.approx(L + 9 / 32)
    assert net.layers[2].b[1, 0] == pytest.approx(-3 / 8)
    after, _ = net.loss_and_gradient(X, np.array([0]))
    assert after < before


def test_two_samples_are_averaged(net):
    """The loss is a mean: the same sample twice gives the same loss and gradient."""
    one, _ = net.loss_and_gradient(X, np.array([0]))
    gradient = net.gradient.copy()
    two, _ = net.loss_and_gradient(np.hstack([X, X]), np.array([0, 0]))
    assert two == pytest.approx(one)
    np.testing.assert_allclose(net.gradient, gradient)
