"""Step for step the same weights as scikit-learn's MLPClassifier, an independent peer."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from scnn_np.nn import L2, MLP, Dense, ReLU, Sigmoid
from scnn_np.training import SGD, Adam

STEPS, BATCH, WIDTHS = 50, 12, (20, 16, 11, 5)


@pytest.mark.parametrize("activation", ["logistic", "relu"])
@pytest.mark.parametrize("solver", ["sgd", "momentum", "nesterov", "adam"])
def test_same_weights_after_50_steps(solver, activation, rng):
    """Same initial weights, same batches, with L2: equal to 1e-12 after 50 steps."""
    X = rng.standard_normal((STEPS * BATCH, WIDTHS[0]))
    y = rng.integers(0, WIDTHS[-1], STEPS * BATCH)
    act = {"logistic": Sigmoid, "relu": ReLU}[activation]
    layers = []
    for n_in, n_out in zip(WIDTHS, WIDTHS[1:], strict=False):
        layers += [Dense(0.5 * rng.standard_normal((n_out, n_in)),
                         rng.standard_normal((n_out, 1))), act()]
    network = MLP(layers[:-1], [L2(0.02)])
    momentum = {"momentum": 0.9, "nesterov": 0.9}.get(solver, 0.0)

    # scikit-learn divides its alpha by the batch size: λ₂ = alpha / batch.
    peer = MLPClassifier(WIDTHS[1:-1], activation=activation, alpha=0.02 * BATCH,
                         solver="adam" if solver == "adam" else "sgd", momentum=momentum,
                         nesterovs_momentum=solver == "nesterov", learning_rate_init=0.01,
                         batch_size=BATCH, shuffle=False, max_iter=1, tol=0.0)
    peer.partial_fit(X[:BATCH], y[:BATCH], classes=range(WIDTHS[-1]))     # makes the arrays
    for k, layer in enumerate(network.affine_layers):
        peer.coefs_[k][...] = layer.W.T
        peer.intercepts_[k][...] = layer.b[:, 0]
    peer.set_params(warm_start=True)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        peer.fit(X, y)                                    # one epoch: 50 steps, in order

    optimizer = Adam(0.01) if solver == "adam" else SGD(0.01, momentum=momentum,
                                                        nesterov=solver == "nesterov")
    for k in range(STEPS):
        batch = slice(k * BATCH, (k + 1) * BATCH)
        network.loss_and_gradient(np.ascontiguousarray(X[batch].T), y[batch])
        optimizer.step(network.theta, network.gradient)

    start = network.affine_layers[0].W
    assert np.abs(peer.coefs_[0].T - start).max() < 1e-12
    for k, layer in enumerate(network.affine_layers):
        np.testing.assert_allclose(layer.W, peer.coefs_[k].T, rtol=0, atol=1e-12)
        np.testing.assert_allclose(layer.b[:, 0], peer.intercepts_[k], rtol=0, atol=1e-12)
