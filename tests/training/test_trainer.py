"""The training loop: batches, history, seeds, what runs away, and errors at the door."""

import numpy as np
import pytest

from scnn_np import Trainer, fully_connected
from scnn_np.training import SGD, Adam
from tests.training.small_runs import make, trainer


def test_learns(blobs):
    """Separated classes are learnt, and the loss falls."""
    network = make()
    history = trainer(network, epochs=60).fit(*blobs)
    assert network.evaluate(*blobs)[1] > 0.95
    assert history[-1]["loss"] < history[0]["loss"]


def test_overfits_fifty_examples(rng):
    """Fifty random labels are learnt by heart: what any correct network can do."""
    X, y = rng.random((50, 20), np.float32), rng.integers(0, 5, 50)
    network = fully_connected(20, 5, width=64, layers=2, dropout=0.0, activation="relu")
    Trainer(network, epochs=200, batch_size=10, progress_stream=False).fit(X, y)
    assert network.evaluate(X, y)[1] == 1.0


def test_every_sample_once_an_epoch_in_a_new_order(blobs, monkeypatch):
    """Batches are shuffled sample by sample, the short last one is kept."""
    seen = []
    network = make()
    step = network.loss_and_gradient

    def spy(Z, y):
        seen.append(Z.T.copy())
        return step(Z, y)
    monkeypatch.setattr(network, "loss_and_gradient", spy)
    X, y = blobs[0][:100].astype(np.float32), blobs[1][:100]
    trainer(network, epochs=2).fit(X, y)
    assert [len(batch) for batch in seen] == [32, 32, 32, 4] * 2
    epochs = np.concatenate(seen[:4]), np.concatenate(seen[4:])
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch[:, 0]), np.sort(X[:, 0]))
    assert (epochs[0] != epochs[1]).any()
    # not only the starts of the batches are shuffled: neighbours in X are torn apart
    where = [np.flatnonzero((X == row).all(axis=1))[0] for row in epochs[0]]
    assert np.mean(np.diff(where) == 1) < 0.1


def test_arguments_are_not_changed(blobs):
    X, y = blobs
    before = X.copy(), y.copy()
    trainer(make()).fit(X, y, held_out=(X, y))
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


# --- history --------------------------------------------------------------------------------

def test_history(blobs):
    """An entry per epoch; held-out figures are what `evaluate` says after the last one."""
    X, y = blobs
    network = make()
    run = trainer(network)
    assert run.history == []
    history = run.fit(X[:200], y[:200], held_out=(X[200:], y[200:]))
    assert run.history is history
    assert [entry["epoch"] for entry in history] == [1, 2, 3, 4]
    assert (history[-1]["held_out_loss"], history[-1]["held_out_accuracy"]) == \
        network.evaluate(X[200:], y[200:])
    seconds = [entry["seconds"] for entry in history]
    assert 0 < seconds[0] and seconds == sorted(seconds)
    assert "held_out_loss" not in trainer(make()).fit(X, y)[0]


def test_first_loss_is_the_mean_over_the_batches(blobs):
    """With a step size that moves nothing, the epoch's loss is the network's loss."""
    X, y = blobs
    network = make(dropout=0.0)
    expected = network.evaluate(X, y)[0] + network.penalty()
    history = trainer(network, epochs=1, optimizer=SGD(1e-30)).fit(X, y)
    assert history[0]["loss"] == pytest.approx(expected, rel=1e-5)
    assert history[0]["accuracy"] == network.evaluate(X, y)[1]


def test_measure(blobs):
    """Called with the network after every epoch; what it finds stands in the history."""
    sizes = []

    def measure(network):
        sizes.append(float(np.linalg.norm(network.theta)))
        return {"size": sizes[-1]}
    network = make()
    history = trainer(network, measure=measure).fit(*blobs)
    assert [entry["size"] for entry in history] == sizes and len(set(sizes)) == 4
    assert sizes[-1] == float(np.linalg.norm(network.theta))


def test_fitting_twice_is_two_runs(blobs):
    """A second fit starts a run of its own instead of finding nothing left to do: from the
    weights that the first has reached, with an optimiser that has forgotten it."""
    network = make()
    one = trainer(network)
    first = one.fit(*blobs)
    second = one.fit(*blobs)
    assert len(first) == len(second) == 4
    assert second[0]["loss"] < first[0]["loss"]
    assert one.optimizer.t == one.state.steps == 4 * 8


# --- seeds and schedules ----------------------------------------------------------------------

def test_same_seed_same_bits(blobs):
    """And another seed, other bits."""
    runs = []
    for seed in (3, 3, 4):
        network = make()
        trainer(network, seed=seed).fit(*blobs)
        runs.append(network.theta)
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()


def test_schedule_reaches_the_optimizer(blobs, monkeypatch):
    """The factor starts at 1 and falls along the cosine with the samples seen."""
    factors = []
    optimizer = Adam(0.01)
    monkeypatch.setattr(optimizer, "step", lambda theta, g, factor: factors.append(factor))
    trainer(make(), epochs=2, batch_size=120, optimizer=optimizer).fit(*blobs)
    done = np.array([0, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(factors, (1 + np.cos(np.pi * done)) / 2)


def test_proximal_steps_shrink_with_the_learning_rate(blobs, monkeypatch):
    """After every update, of the size of that update's learning rate."""
    rates = []
    network = make()
    monkeypatch.setattr(network, "take_proximal_steps", rates.append)
    trainer(network, epochs=2, batch_size=120, schedule="step").fit(*blobs)
    np.testing.assert_allclose(rates, [0.01, 0.01, 0.001, 0.0001])


# --- what runs away ---------------------------------------------------------------------------

@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_divergence_is_named(blobs):
    """An infinite loss stops with the step and what to try; the weights stay finite."""
    network = fully_connected(16, 4, width=8, layers=1, activation="relu", dropout=0.0)
    message = (r"the loss is (nan|inf) at step 2 \(epoch 1\): "
               r"try a learning rate below 1e\+35, a smaller initial gain")
    with pytest.raises(FloatingPointError, match=message):
        trainer(network, optimizer=SGD(1e35)).fit(*blobs)
    assert np.isfinite(network.theta).all()


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_divergence_in_the_last_step_is_named(blobs, tmp_path):
    """The loss of the last step is looked at before the step: the weights tell the rest."""
    network = fully_connected(16, 4, width=8, layers=1, dropout=0.0)
    path = tmp_path / "run.npz"
    with pytest.raises(FloatingPointError, match="a weight is infinite or no number at step 1"):
        trainer(network, epochs=1, batch_size=240, optimizer=SGD(1e300),
                checkpoint=path).fit(*blobs)
    assert not path.exists()


# --- at the door ------------------------------------------------------------------------------

@pytest.mark.parametrize(("options", "message"), [
    ({"epochs": 0}, "epochs: got 0"), ({"epochs": 1.5}, "epochs: got 1.5"),
    ({"epochs": True}, "epochs: got True"), ({"batch_size": -1}, "batch_size: got -1"),
    ({"schedule": "linear"}, "schedule: got 'linear', expected one of constant, step, cosine"),
    ({"seed": "a"}, "seed: got 'a'"), ({"seed": -1}, "seed: got -1, expected a whole number"),
    ({"checkpoint": 3}, "checkpoint: got 3, expected a path"),
    ({"checkpoint": ""}, "checkpoint: got '', expected a path")])
def test_bad_settings(options, message):
    with pytest.raises(ValueError, match=message):
        trainer(make(), **options)


@pytest.mark.parametrize(("options", "message"), [
    ({"optimizer": "adam"}, "optimizer: got 'adam', expected one of scnn_np.training, such as"),
    ({"optimizer": Adam}, "optimizer: got .*Adam.*, expected one of"),
    ({"measure": {"size": 1}}, "measure: got .*, expected a function"),
    ({"network": "sc"}, "network: got 'sc', expected a network")])
def test_parts_of_the_wrong_kind(options, message):
    with pytest.raises(TypeError, match=message):
        Trainer(**{"network": make(), **options})


@pytest.mark.parametrize(("change", "message"), [
    (lambda X, y: (X[:, :5], y), "^X: got .* expected numbers of shape"),
    (lambda X, y: (X, y + (y == 3)), "^y: got labels 0 to 4"),
    (lambda X, y: (X, y[:39]), "^y: got .* expected 240 integer labels"),
    (lambda X, y: (X[:0], y[:0]), "^X: got no samples"),
    (lambda X, y: (X * np.nan, y), "^X: has missing, infinite or too large numbers"),
    (lambda X, y: (X * 1e39, y), "^X: has missing, infinite or too large numbers"),
    (lambda X, y: (np.ma.masked_array(X), y), "^X: got .*, without a mask"),
    (lambda X, y: (X, y, (X[:0], y[:0])), "^held_out: X: got no samples"),
    (lambda X, y: (X, y, (X[:40], y[:39])), "^held_out: y: got .* expected 40 integer labels"),
    (lambda X, y: (X, y, X), r"^held_out: got .*, expected a pair \(X, y\)"),
    (lambda X, y: (X, y, None, 1), "^resume: got 1, expected True or False")])
def test_bad_data(blobs, change, message):
    """Wrong shapes, labels and nothing at all: refused before anything is trained."""
    network = make()
    before = network.theta.copy()
    with pytest.raises(ValueError, match=message):
        trainer(network).fit(*change(*blobs))
    np.testing.assert_array_equal(network.theta, before)
