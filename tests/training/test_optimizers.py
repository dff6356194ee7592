"""Optimisers against their formulas, in place, in pieces, and by name."""

import numpy as np
import pytest

from scnn_np.training import (
    OPTIMIZERS,
    SGD,
    Adam,
    Optimizer,
    RMSProp,
    make_optimizer,
    optimizers,
)


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
    assert steps(SGD(0.1, momentum=0.5, nesterov=True)) == pytest.approx(1 - 0.3 - 0.35)


def test_rmsprop():
    """s = 0.1·4 = 0.4, then 0.76: steps of 0.2/√0.4 and 0.2/√0.76."""
    assert steps(RMSProp(0.1)) == pytest.approx(1 - 0.2 / 0.4 ** 0.5 - 0.2 / 0.76 ** 0.5)


def test_adam_first_steps_have_the_length_of_the_learning_rate():
    """Along a constant gradient both corrected moments are exact: each step is η."""
    assert steps(Adam(0.1)) == pytest.approx(1 - 0.1 - 0.1, abs=1e-6)
    assert steps(Adam(0.1), g=-1e-3) == pytest.approx(1 + 0.1 + 0.1, abs=1e-4)


@pytest.mark.parametrize("make", [
    SGD, lambda: SGD(0.1, momentum=0.9, nesterov=True), RMSProp, Adam])
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


@pytest.mark.parametrize("make", [SGD, lambda: SGD(0.1, momentum=0.9), RMSProp, Adam])
def test_steps_and_moments_are_all_it_remembers(make, rng):
    """Handed to another they go on to the same bits; without them it begins anew."""
    theta, gradients = rng.standard_normal(20), rng.standard_normal((6, 20))
    start, one, other = theta.copy(), make(), make()
    for g in gradients[:3]:
        one.step(theta, g)
    theta_other = theta.copy()
    other.t, other.moments = one.t, one.moments.copy()
    for g in gradients[3:]:
        one.step(theta, g)
        other.step(theta_other, g)
    assert one.t == other.t == 6
    np.testing.assert_array_equal(theta, theta_other)

    one.restart()
    fresh, again, expected = make(), start.copy(), start.copy()
    for g in gradients:
        one.step(again, g)
        fresh.step(expected, g)
    np.testing.assert_array_equal(again, expected)


@pytest.mark.parametrize("make", [SGD, RMSProp, Adam])
def test_in_place(make, rng):
    """θ moves where it stands, so that the layers see it; the gradient stays."""
    theta, g = rng.standard_normal((2, 9))
    before = theta.copy(), g.copy()
    view = theta[3:]
    assert make().step(theta, g) is None
    np.testing.assert_array_equal(g, before[1])
    assert (view != before[0][3:]).all()


@pytest.mark.parametrize("make", [SGD, lambda: SGD(momentum=0.5, nesterov=True), RMSProp, Adam])
def test_the_factor_is_on_the_learning_rate(make):
    """What a schedule says: a step with η/2 is a step with factor 1/2."""
    half, whole = make(), make()
    half.learning_rate /= 2
    theta, other = np.ones(3), np.ones(3)
    for g in (np.arange(3.0), np.ones(3)):
        half.step(theta, g)
        whole.step(other, g, factor=0.5)
    np.testing.assert_allclose(theta, other, rtol=1e-15)


@pytest.mark.parametrize("make", [SGD, RMSProp, Adam])
def test_dtype_is_kept(make):
    """No float64 creeps in."""
    optimizer, theta = make(), np.ones(3, np.float32)
    optimizer.step(theta, np.ones(3, np.float32), factor=0.5)
    assert optimizer.moments.dtype == np.float32
    moved = optimizer.move(theta, 0.1, *optimizer.moments)
    assert moved.dtype == np.float32


# --- by name ----------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "options", "said"), [
    ("adam", {"beta1": 0.8},
     "Adam(learning_rate=0.001, beta1=0.8, beta2=0.999, epsilon=1e-08)"),
    ("sgd", {"learning_rate": 1, "nesterov": True},
     "SGD(learning_rate=1.0, momentum=0.0, nesterov=True)"),
    ("rmsprop", {"learning_rate": np.float32(0.5)},
     "RMSProp(learning_rate=0.5, rho=0.9, epsilon=1e-08)")])
def test_by_name(name, options, said):
    """Parameters in their plain form, each an attribute, and all in `options`."""
    found = make_optimizer(name, **options)
    assert type(found) is OPTIMIZERS[name] and repr(found) == said
    assert all(getattr(found, key) == value for key, value in found.options.items())
    assert all(type(value) in (float, bool) for value in found.options.values())


@pytest.mark.parametrize(("name", "options", "message"), [
    ("adamw", {}, "optimizer: got 'adamw', expected one of adam, sgd, rmsprop"),
    ("adam", {"momentum": 0.9},
     "momentum: is no parameter of adam, expected beta1, beta2, epsilon"),
    ("sgd", {"beta1": 0.9}, "beta1: is no parameter of sgd, expected momentum, nesterov"),
    ("sgd", {"momentum": 1.0}, "momentum: got 1.0, expected a number ≥ 0 and < 1"),
    ("sgd", {"momentum": -0.1}, "momentum: got -0.1"),
    ("sgd", {"nesterov": "yes"}, "nesterov: got 'yes', expected True or False"),
    ("rmsprop", {"rho": np.nan}, "rho: got nan"), ("adam", {"beta2": 1}, "beta2: got 1"),
    ("adam", {"epsilon": -1e-8}, "epsilon: got -1e-08, expected a number ≥ 0")])
def test_bad_options(name, options, message):
    with pytest.raises(ValueError, match=message):
        make_optimizer(name, **options)


@pytest.mark.parametrize("make", OPTIMIZERS.values())
@pytest.mark.parametrize("rate", [0, -1, np.nan, np.inf, "0.1", None, True])
def test_bad_learning_rate(make, rate):
    with pytest.raises(ValueError, match="learning_rate: got .* expected a number > 0"):
        make(rate)


def test_an_optimizer_without_a_formula():
    """The base class does not stand still in silence."""
    with pytest.raises(NotImplementedError):
        Optimizer(0.1).step(np.ones(2), np.ones(2))
