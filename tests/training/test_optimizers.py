"""Optimisers against their formulas, and schedules at the points that matter."""

import numpy as np
import pytest

from scnn_np.training import optimizers
from scnn_np.training.optimizers import SCHEDULES, SGD, Adam, RMSProp


def steps(optimizer, n=2, g=2.0):
    """Where θ = 1 stands after n steps along a constant gradient."""
    theta = np.array([1.0])
    for _ in range(n):
        optimizer.step(theta, np.array([g]))
    return theta[0]


def test_sgd():
    """Two steps of 0.1·2."""
    assert steps(SGD(0.1)) == pytest.approx(1 - 0.2 - 0.2)


def test_momentum():
    """v = -0.2, then 0.5·(-0.2) - 0.2 = -0.3."""
    assert steps(SGD(0.1, momentum=0.5)) == pytest.approx(1 - 0.2 - 0.3)


def test_nesterov():
    """Moves by 0.5·v - 0.2: first 0.5·(-0.2) - 0.2 = -0.3, then 0.5·(-0.3) - 0.2 = -0.35."""
    assert steps(SGD(0.1, 0.5, nesterov=True)) == pytest.approx(1 - 0.3 - 0.35)


def test_rmsprop():
    """s = 0.1·4 = 0.4, then 0.76: steps of 0.2/√0.4 and 0.2/√0.76."""
    assert steps(RMSProp(0.1)) == pytest.approx(1 - 0.2 / 0.4 ** 0.5 - 0.2 / 0.76 ** 0.5)


def test_adam_first_steps_have_the_length_of_the_learning_rate():
    """Along a constant gradient both corrected moments are exact: each step is η."""
    assert steps(Adam(0.1)) == pytest.approx(1 - 0.1 - 0.1, abs=1e-6)
    assert steps(Adam(0.1), g=-1e-3) == pytest.approx(1 + 0.1 + 0.1, abs=1e-4)


@pytest.mark.parametrize("make", [SGD, lambda: SGD(0.1, 0.9, True), RMSProp, Adam])
def test_chunks_change_nothing(make, rng, monkeypatch):
    """Working through θ in pieces gives the same bits as all at once."""
    start, gradients = rng.standard_normal(1000), rng.standard_normal((5, 1000))
    results = []
    for chunk in (1 << 20, 7):
        monkeypatch.setattr(optimizers, "CHUNK", chunk)
        theta, optimizer = start.copy(), make()
        for g in gradients:
            optimizer.step(theta, g)
        results.append(theta)
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("make", [SGD, lambda: SGD(0.1, 0.9), RMSProp, Adam])
def test_state(make, rng):
    """Stopped and restored, it goes on to the same bits."""
    theta, gradients = rng.standard_normal(20), rng.standard_normal((6, 20))
    one = make()
    for g in gradients[:3]:
        one.step(theta, g)
    other, theta_other = make(), theta.copy()
    other.load_state({name: np.array(array) for name, array in one.state().items()})
    for g in gradients[3:]:
        one.step(theta, g)
        other.step(theta_other, g)
    np.testing.assert_array_equal(theta, theta_other)


@pytest.mark.parametrize("make", [SGD, RMSProp, Adam])
def test_dtype_is_kept(make):
    """No float64 creeps in."""
    optimizer, theta = make(), np.ones(3, np.float32)
    optimizer.step(theta, np.ones(3, np.float32), factor=0.5)
    assert optimizer.moments.dtype == np.float32
    moved = optimizer.move(theta, 0.1, *optimizer.moments)
    assert moved.dtype == np.float32


@pytest.mark.parametrize("rate", [0, -1, np.nan, np.inf])
def test_bad_learning_rate(rate):
    with pytest.raises(ValueError, match="learning_rate: got .* expected a number > 0"):
        Adam(rate)


def test_schedules():
    """Start at 1; the step falls at one half and three quarters, the cosine to 0."""
    assert [SCHEDULES["constant"](t) for t in (0, 0.5, 1)] == [1, 1, 1]
    assert [SCHEDULES["step"](t) for t in (0, 0.49, 0.5, 0.75)] == pytest.approx(
        [1, 1, 0.1, 0.01])
    assert [SCHEDULES["cosine"](t) for t in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
