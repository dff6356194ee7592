"""What is measured on a network: edges, gradients, activations, importance by block.

The networks here are made by hand, so that what is to be found is known beforehand.
"""

import copy
import math

import numpy as np
import pytest
from scipy import sparse

from scnn_np import MLP, fully_connected, spatially_coupled
from scnn_np.analysis.measures import (
    activations,
    block_ablation,
    block_forest_importance,
    block_means,
    gradient_sizes,
    in_degrees,
    mean_activations,
    out_degrees,
)
from scnn_np.data.ordering import fit_forest
from scnn_np.nn import L2, Dense, DropConnect, DropOut, ReLU, Sparse

W = np.array([[0.5, 0.0, -0.2, 0.05],
              [0.0, 0.3, -0.1, 0.00]])


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_degrees(kind):
    """Columns are left neurons, rows right ones; the threshold itself does not count."""
    np.testing.assert_array_equal(out_degrees(kind(W)), [1, 1, 2, 1])
    np.testing.assert_array_equal(out_degrees(kind(W), 0.1), [1, 1, 1, 0])
    np.testing.assert_array_equal(in_degrees(kind(W)), [3, 2])
    np.testing.assert_array_equal(in_degrees(kind(W), 0.1), [2, 1])


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("threshold", [-0.1, np.nan, "0.1", None])
def test_thresholds_that_are_none(kind, threshold):
    for degrees in (in_degrees, out_degrees):
        with pytest.raises(ValueError, match="threshold: got .*, expected a number ≥ 0"):
            degrees(kind(W), threshold)


@pytest.mark.parametrize("W", [np.ones(3), 1.0, np.full((2, 2), np.nan), np.full((2, 2), None)])
def test_degrees_are_those_of_a_matrix(W):
    for degrees in (in_degrees, out_degrees):
        with pytest.raises(ValueError, match="W: .* expected a matrix"):
            degrees(W)


def test_block_means():
    np.testing.assert_array_equal(block_means([1, 3, 5, 9], 2), [2, 7])
    with pytest.raises(ValueError, match=r"values: got shape \(4,\), expected a multiple of"):
        block_means([1, 3, 5, 9], 3)
    for values in ([], [[1, 2]], 1.0):
        with pytest.raises(ValueError, match="values: got shape .*, expected a multiple"):
            block_means(values, 1)
    with pytest.raises(ValueError, match="values: has missing, infinite or too large numbers"):
        block_means([1, np.nan], 2)
    for blocks in (0, -1, 2.0, True):
        with pytest.raises(ValueError, match="blocks: got .*, expected a whole number of at"):
            block_means([1, 3], blocks)


# --- gradients --------------------------------------------------------------------------------

def test_gradient_sizes_by_hand():
    """1 → 1 → 2, x = 3: h = 2·3, logits ±h/4; with p = σ(h/2) of class 0, the output weights
    have the gradients ∓(1 - p) h, and the hidden weight -(1 - p)/2 · 3."""
    network = MLP([Dense(np.array([[2.0]])), ReLU(), Dense(np.array([[0.25], [-0.25]]))])
    p = 1 / (1 + math.exp(-3))
    data, penalties = gradient_sizes(network, np.array([[3.0]]), np.array([0]))
    assert penalties == [0, 0] and data == pytest.approx(
        [(1 - p) / 2 * 3, (1 - p) * 6], rel=1e-12)


def test_gradient_sizes_are_means_over_samples():
    """Logits all 0, p = ½: the two samples pull at one column each, ¼ at every weight."""
    network = MLP([Dense(np.zeros((2, 2)))])
    assert gradient_sizes(network, np.eye(2), np.array([0, 1]))[0] == [0.25]
    assert gradient_sizes(network, np.eye(2)[[0, 0]], np.array([0, 0]))[0] == pytest.approx(
        [math.sqrt((0.25 + 0.25) / 4)])                       # ½ at two weights, 0 at two


def test_gradient_sizes_tell_data_from_penalties():
    """Without input there is no gradient but the penalty's: λ times the weights."""
    network = MLP([Dense(np.array([[3.0, -4]]), np.array([[-1.0]])), ReLU(),
                   Dense(np.array([[1.0], [7]]))], [L2([0.1, 0.01])])
    data, penalties = gradient_sizes(network, np.zeros((5, 2)), np.zeros(5, int))
    assert data == [0, 0]
    assert penalties == pytest.approx([0.1 * math.sqrt(25 / 2), 0.01 * math.sqrt(50 / 2)])


def test_gradient_sizes_count_edges_only(rng):
    """A sparse layer has gradients at its edges: one edge in a hundred, the same size."""
    W = np.zeros((1, 100))
    W[0, 7] = 2
    X = np.zeros((1, 100))
    X[0, 7] = 3
    output = np.array([[0.25], [-0.25]])
    whole, thin = (gradient_sizes(MLP([first, ReLU(), Dense(output)]), X, np.array([0]))[0]
                   for first in (Dense(W), Sparse(sparse.csr_array(W))))
    assert thin[0] == pytest.approx(10 * whole[0]) and thin[1] == pytest.approx(whole[1])


def test_gradient_sizes_move_no_weight(rng):
    """One number for each weight matrix, plain ones that JSON can hold; nothing is trained."""
    network = spatially_coupled(16, 3, width=16, layers=3, blocks=4, degrees=2)
    before = network.theta.copy()
    found = gradient_sizes(network, rng.normal(size=(30, 16)), rng.integers(0, 3, 30))
    for sizes in found:
        assert len(sizes) == 4 and all(type(size) is float and size > 0 for size in sizes)
    np.testing.assert_array_equal(network.theta, before)


# --- activations ------------------------------------------------------------------------------

def test_activations_by_hand():
    """The inputs as they are, then what the neurons give on: here max(2x - 1, 0) and minus."""
    network = MLP([Dense(np.array([[2.0], [-2.0]]), np.array([[-1.0], [1]])), ReLU(),
                   Dense(np.ones((3, 2)))])
    inputs, hidden = activations(network, [[0], [1], [3]])
    assert inputs.tolist() == [[0], [1], [3]]
    assert hidden.tolist() == [[0, 1], [1, 0], [5, 0]]
    assert [means.tolist() for means in mean_activations(network, [[0], [1], [3]])] == [
        [4 / 3], [2, 1 / 3]]


@pytest.mark.parametrize("options", [{}, {"dropconnect": 0.5}, {"input_dropout": 0.5}])
def test_activations_of_many_samples(rng, options):
    """More than one piece, in order, masks off: the last of them lead to the predictions."""
    network = fully_connected(6, 4, width=8, layers=3, dropout=0.5, **options)
    X = rng.normal(size=(2500, 6)).astype(np.float32)
    found = activations(network, X)
    assert [Z.shape for Z in found] == [(2500, 6), (2500, 8), (2500, 8), (2500, 8)]
    np.testing.assert_array_equal(found[0], X)
    logits = found[-1] @ network.weights[-1].T + network.affine_layers[-1].b.T
    np.testing.assert_array_equal(logits.argmax(axis=1), network.predict(X))
    for Z, means in zip(found, mean_activations(network, X), strict=True):
        np.testing.assert_array_equal(means, Z.mean(axis=0))


# --- importance by ablation -------------------------------------------------------------------

def decided_by_block_2(share=0.5, n=2400):
    """8 inputs in 4 blocks of 2, all of them noise, except that inputs 4 and 5 say the class:
    the larger one is it. Class 0 has the given share."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 8))
    y = (np.arange(n) >= share * n).astype(int)
    X[:, 4:6] = np.eye(2)[y]
    order = rng.permutation(n)
    return X[order], y[order]


AS_IT_IS, TURNED_ROUND = np.eye(8), np.eye(8)[::-1]


def network_of_two(first=AS_IT_IS, read=(4, 5)):
    """8 → 8 → 2, of which the output layer reads two hidden neurons only."""
    output = np.zeros((2, 8))
    output[[0, 1], read] = 1
    return MLP([Dense(first), ReLU(), Dense(output)])


@pytest.mark.parametrize("share", [0.5, 0.25])
def test_one_block_decides(share):
    """Without block 2 all samples are taken for class 0 (a tie goes to the first): what is
    lost is the share of class 1. The other blocks, which nothing reads, cost exactly 0."""
    X, y = decided_by_block_2(share)
    lost = block_ablation(network_of_two(), X, y, 4, [np.zeros(8), np.zeros(8)])
    assert lost.tolist() == 2 * [[0, 0, 1 - share, 0]]


@pytest.mark.parametrize("share", [0.5, 0.25])
def test_means_stand_for_the_values(share):
    """With a mean that speaks for class 1 the share of class 0 is lost, in that layer only."""
    X, y = decided_by_block_2(share)
    speaks = np.array([0, 0, 0, 0, 0.1, 0.2, 0, 0])
    lost = block_ablation(network_of_two(), X, y, 4, [speaks, np.zeros(8)])
    assert lost.tolist() == [[0, 0, share, 0], [0, 0, 1 - share, 0]]
    lost = block_ablation(network_of_two(), X, y, 4, [np.zeros(8), speaks])
    assert lost.tolist() == [[0, 0, 1 - share, 0], [0, 0, share, 0]]


def test_each_layer_has_its_own_blocks():
    """The hidden layer turns the inputs round: what stands in block 2 comes to block 1."""
    X, y = decided_by_block_2()
    network = network_of_two(TURNED_ROUND, read=(3, 2))
    lost = block_ablation(network, X, y, 4, [np.zeros(8), np.zeros(8)])
    assert lost.tolist() == [[0, 0, 0.5, 0], [0, 0.5, 0, 0]]


def test_the_number_of_blocks():
    """Inputs 4 and 5 alone, with their half, with their quarter, or with all others."""
    X, y = decided_by_block_2()
    for blocks, where in ((1, [0]), (2, [1]), (4, [2])):
        row = [0.5 if k in where else 0.0 for k in range(blocks)]
        lost = block_ablation(network_of_two(), X, y, blocks, [np.zeros(8), np.zeros(8)])
        assert lost.tolist() == [row, row]
    lost = block_ablation(network_of_two(), X, y, 8, [np.zeros(8), np.zeros(8)])
    # without input 4 both are 0 where it was the larger one, a tie that is right; without 5,
    # class 1 is lost
    assert lost.tolist() == 2 * [[0, 0, 0, 0, 0, 0.5, 0, 0]]


def test_what_helps_to_be_wrong_costs_less_than_nothing():
    """Of a network that is always wrong, to silence the deciding block is a gain."""
    X, y = decided_by_block_2(0.25)
    lost = block_ablation(network_of_two(read=(5, 4)), X, y, 4, [np.zeros(8), np.zeros(8)])
    assert lost.tolist() == 2 * [[0, 0, -0.25, 0]]


def test_masks_are_off_while_blocks_are_silenced():
    """DropOut and DropConnect, on while training, change nothing here, and draw nothing."""
    X, y = decided_by_block_2()
    plain, masks = network_of_two(), np.random.default_rng(0)
    noisy = MLP([DropOut(0.5, masks), DropConnect(Dense(np.eye(8)), 0.5, masks), ReLU(),
                 DropOut(0.5, masks), Dense(plain.weights[-1])])
    state = masks.bit_generator.state
    means = mean_activations(plain, X)
    np.testing.assert_array_equal(block_ablation(noisy, X, y, 4, means),
                                  block_ablation(plain, X, y, 4, means))
    assert masks.bit_generator.state == state


def test_ablation_says_how_accuracy_falls(rng):
    """Of any network: its accuracy, minus that on the same values with one block exchanged for
    its mean, of the network from there on. Neither it nor the arguments are changed."""
    network = spatially_coupled(16, 4, width=12, layers=2, blocks=4, degrees=[3, 4, 2, 1],
                                activation="relu")
    X, y = rng.normal(size=(1500, 16)), rng.integers(0, 4, 1500)
    means = mean_activations(network, X[:100])
    arguments = (X, y, *means, network.theta)
    before = [array.copy() for array in arguments]
    lost = block_ablation(network, X, y, 4, means)
    for array, copied in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(array, copied)
    assert lost.shape == (3, 4) and lost.any(axis=1).all()
    for layer, (Z, mean) in enumerate(zip(activations(network, X), means, strict=True)):
        rest = MLP(copy.deepcopy(network.layers[2 * layer:]))
        for block, columns in enumerate(np.split(np.arange(len(mean)), 4)):
            silenced = Z.copy()
            silenced[:, columns] = mean[columns]
            assert lost[layer, block] == pytest.approx(
                network.evaluate(X, y)[1] - rest.evaluate(silenced, y)[1], abs=1e-12)


def test_layers_that_cannot_be_cut():
    """Eight neurons make no three equal blocks."""
    X, y = decided_by_block_2()
    with pytest.raises(ValueError, match=r"values: got shape \(8,\), expected a multiple of "
                                         "the number of blocks, 3"):
        block_ablation(network_of_two(), X, y, 3, [np.zeros(8), np.zeros(8)])
    with pytest.raises(ValueError, match=r"values: got shape \(8,\), expected a mult"):
        block_forest_importance(network_of_two(), X[:20], y[:20], 3, 0)


# --- importance by random forest --------------------------------------------------------------

def test_the_forest_follows_the_block_that_decides():
    """Block 2 of the inputs, which the hidden layer turns round to block 1; rows sum to 1."""
    X, y = decided_by_block_2(n=200)
    network = network_of_two(TURNED_ROUND, read=(3, 2))
    found = block_forest_importance(network, X, y, 4, seed=0)
    assert found.shape == (2, 4)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    assert found.argmax(axis=1).tolist() == [2, 1]
    assert found[0, 2] > 0.8 and found[1, 1] > 0.8


def test_a_block_has_the_importance_of_its_neurons(rng):
    """Summed over the block, of a forest grown on what the layer gives, with the seed."""
    network = spatially_coupled(16, 3, width=12, layers=1, blocks=4, degrees=[3, 4, 2, 1])
    X, y = rng.normal(size=(60, 16)), rng.integers(0, 3, 60)
    found = block_forest_importance(network, X, y, 4, seed=3)
    for row, Z in zip(found, activations(network, X), strict=True):
        expected = fit_forest(Z, y, 3).reshape(4, -1).sum(axis=1)
        np.testing.assert_allclose(row, expected, rtol=1e-12)
    np.testing.assert_array_equal(block_forest_importance(network, X, y, 4, seed=3), found)
    assert (block_forest_importance(network, X, y, 4, seed=4) != found).any()
