"""Layer sparsity: the penalties of negative weights by hand, their steps, and what they leave.

W and b below have n = 8 entries; the negative ones are -3 in W and -4 in b: ‖[W, b]⁻‖ = 5.
"""

import numpy as np
import pytest
from scipy import sparse

from scnn_np import Trainer, build, fully_connected
from scnn_np.experiments import prepare
from scnn_np.nn import (
    MLP,
    Dense,
    LayerSparsity,
    LayerSparsityStep,
    NegativeL1Step,
    ReLU,
    Sparse,
    entries,
    negative_share,
)
from scnn_np.training import SGD, Adam

W = np.array([[1.0, 0.0, -3.0],
              [2.0, 0.0, 0.0]])
b = np.array([[-4.0], [6.0]])
ALL = [LayerSparsity, LayerSparsityStep, NegativeL1Step]
ROOT = np.sqrt(8)


def pair(found):
    return [part.tolist() for part in found]


# --- by hand ----------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", [LayerSparsity, LayerSparsityStep])
def test_one_group(kind):
    """√8·5; the slope is √8 times the direction (-3, -4)/5, 0 where nothing is negative."""
    assert kind(1.0).value(W, b) == pytest.approx(5 * ROOT)
    dW, db = kind(1.0).slope(W, b)
    np.testing.assert_allclose(dW, ROOT * np.array([[0, 0, -0.6], [0, 0, 0]]))
    np.testing.assert_allclose(db, ROOT * np.array([[-0.8], [0]]))
    assert kind(1.0).value(-0.0 * W, 0 * b) == 0
    assert not np.any(kind(1.0).slope(np.abs(W), np.abs(b))[0])


def test_the_step_of_the_group():
    """The vector (-3, -4) becomes shorter by t√8, here by two fifths and by all, and what is
    positive stays."""
    step = LayerSparsityStep(1.0).step
    moved, c = step(W, b, 2 / ROOT)
    np.testing.assert_allclose(moved, [[1, 0, -1.8], [2, 0, 0]])
    np.testing.assert_allclose(c, [[-2.4], [6]])
    for t in (5.001 / ROOT, 100.0):
        assert pair(step(W, b, t)) == [[[1, 0, 0], [2, 0, 0]], [[0], [6]]]
    assert pair(step(np.abs(W), np.abs(b), 1.0)) == pair((np.abs(W), np.abs(b)))


def test_entry_by_entry():
    """3 + 4; every negative entry has slope -1, and moves up by t, each for itself."""
    alone = NegativeL1Step(1.0)
    assert alone.value(W, b) == 7
    assert pair(alone.slope(W, b)) == [[[0, 0, -1], [0, 0, 0]], [[-1], [0]]]
    assert pair(alone.step(W, b, 0.5)) == [[[1, 0, -2.5], [2, 0, 0]], [[-3.5], [6]]]
    assert pair(alone.step(W, b, 3.5)) == [[[1, 0, 0], [2, 0, 0]], [[-0.5], [6]]]


@pytest.mark.parametrize("kind", [LayerSparsityStep, NegativeL1Step])
@pytest.mark.parametrize("t", [0.1, 0.7, 3.0])
def test_the_step_is_the_least(kind, t, rng):
    """No point nearby, and none far off, has a smaller t·R + ½‖change‖²."""
    R = kind(1.0)
    X, c = rng.normal(size=(3, 4)), rng.normal(size=(3, 1))

    def cost(point):
        return t * R.value(*point) + 0.5 * sum(
            ((new - old) ** 2).sum() for new, old in zip(point, (X, c), strict=True))
    least = R.step(X, c, t)
    for size in (1e-4, 1e-2, 1.0):
        for _ in range(100):
            other = [part + size * rng.normal(size=part.shape) for part in least]
            assert cost(other) > cost(least)


@pytest.mark.parametrize("kind", ALL)
def test_sparse_equals_dense(kind, rng):
    """The same on the edges; but the group is smaller where there are fewer weights."""
    S = sparse.csr_array(W)
    scale = np.sqrt(5 / 8) if issubclass(kind, LayerSparsity) else 1
    assert kind(1.0).value(S, b) == pytest.approx(scale * kind(1.0).value(W, b))
    np.testing.assert_allclose(kind(1.0).slope(S, b)[0],
                               scale * kind(1.0).slope(W, b)[0][W != 0])
    np.testing.assert_allclose(kind(1.0).step(S, b, 0.1)[0],
                               kind(1.0).step(W, b, 0.1 * scale)[0][W != 0])


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(kind, dtype):
    for A in (W.astype(dtype), sparse.csr_array(W.astype(dtype))):
        for found in (kind(1.0).slope(A, b.astype(dtype)),
                      kind(1.0).step(A, b.astype(dtype), 0.1)):
            assert [part.dtype for part in found] == [dtype, dtype]


def test_the_share_that_is_negative():
    """5/√(1 + 9 + 4 + 16 + 36); 0 without negative entries, and for a layer of zeros."""
    assert negative_share(W, b) == pytest.approx(5 / np.sqrt(66))
    assert negative_share(sparse.csr_array(W), b) == negative_share(W, b)
    assert negative_share(np.abs(W), np.abs(b)) == negative_share(0 * W, 0 * b) == 0
    assert negative_share(-np.abs(W), -np.abs(b)) == 1


# --- in a network -----------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ALL)
def test_one_strength_is_for_the_hidden_layers(kind):
    """The output layer is free, unless strengths are given one by one."""
    assert kind(0.5).strengths(3) == [0.5, 0.5, 0.0]
    assert kind([1, 2, 3]).strengths(3) == [1, 2, 3]


def test_from_the_builder():
    """Each by its name, beside L2; refused with sigmoid, where no layer becomes linear."""
    network = fully_connected(8, 3, width=6, layers=2, activation="relu", dropout=0.0, l2=1e-4,
                              layer_sparsity=0.1, layer_sparsity_step=[1, 2, 0],
                              negative_l1_step=0.2)
    assert repr(network.penalties) == ("[L2(0.0001), LayerSparsity(0.1), LayerSparsityStep"
                                       "([1.0, 2.0, 0.0]), NegativeL1Step(0.2)]")
    for name in ("layer_sparsity", "layer_sparsity_step", "negative_l1_step"):
        with pytest.raises(ValueError, match=f"activation: got 'sigmoid' with the penalty "
                                             f"{name}, expected relu"):
            build("fc", 8, 3, width=6, layers=2, **{name: 0.1})
        build("fc", 8, 3, width=6, layers=2, **{name: 0.0})


@pytest.mark.parametrize("make", [Dense, lambda W, b: Sparse(sparse.csr_array(W), b)])
def test_weights_and_biases_move_together(make):
    """In a network: one step of t = 2/√n, on the weights and the bias of the hidden layer."""
    network = MLP([make(W, b), ReLU(), Dense(-np.ones((2, 2)))], [LayerSparsityStep(1.0)])
    n = entries(network.weights[0]).size + 2
    network.take_proximal_steps(2 / np.sqrt(n))
    assert network.affine_layers[0].b.ravel() == pytest.approx([-2.4, 6])
    assert entries(network.weights[0]).min() == pytest.approx(-1.8)
    assert (network.weights[1] == -1).all()


def test_only_steps_reach_zero(blobs):
    """Strong enough, the steps leave no negative entry in the hidden layers, and those that
    were negative at 0; the gradient leaves nothing at 0. Each epoch has written down how it
    went."""
    X, y = np.abs(blobs[0]), blobs[1]
    zeros = {}
    for name in ("layer_sparsity", "layer_sparsity_step"):
        network = fully_connected(16, 4, width=12, layers=2, activation="relu", dropout=0.0,
                                  l2=1e-3, dtype=np.float64, **{name: 1.0})
        trainer = Trainer(network, epochs=8, batch_size=20, optimizer=Adam(0.01),
                          progress_stream=False)
        history = trainer.fit(X, y)
        shares = [[entry[f"negative_share_{k}"] for k in (1, 2)] for entry in history]
        assert shares[-1] == [negative_share(layer.W, layer.b)
                              for layer in network.affine_layers[:2]]
        assert "negative_share_3" not in history[0] and shares[0] != shares[-1]
        assert (network.weights[2] < 0).any()
        zeros[name] = [int((W == 0).sum()) for W in network.weights[:2]]
    assert shares[-1] == [0, 0] and min(zeros["layer_sparsity_step"]) > 30
    assert zeros["layer_sparsity"] == [0, 0]


def test_below_root_one_half_nothing_is_held_at_zero(rng):
    """Entries that move by the learning rate, to either side, as Adam's first moves do, leave a
    norm of about η√(n/2) below 0: a strength above √½ takes all of it back, one below does
    not."""
    moves = 0.01 * np.sign(rng.normal(size=(50, 40)))
    for strength, held in ((0.8, True), (0.6, False)):
        moved, _ = LayerSparsityStep(strength).step(moves, np.zeros((50, 1)), 0.01 * strength)
        assert (moved.min() == 0) == held


def test_a_run_by_its_settings(tmp_path, monkeypatch):
    """From settings as the command line gives them, with another optimiser; the history has
    the shares of the hidden layers only."""
    monkeypatch.chdir(tmp_path)
    run = prepare({"data": "digits", "network": "rsp", "layers": 2, "width": 16, "epochs": 1,
                   "activation": "relu", "order": "none", "layer_sparsity_step": 0.5,
                   "optimizer": "sgd", "learning_rate": 0.05}, progress_stream=False)
    assert isinstance(run.trainer.optimizer, SGD)
    entry = run.trainer.fit(run.X, run.y)[-1]
    assert [name for name in entry if "share" in name] == ["negative_share_1",
                                                           "negative_share_2"]
