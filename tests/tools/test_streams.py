"""Random streams: one seed, and a generator for each purpose that minds its own business."""

import itertools

import numpy as np
import pytest

from scnn_np.tools.streams import STREAMS, stream


@pytest.mark.parametrize("name", STREAMS)
def test_same_seed_same_numbers(name):
    """Seed and name decide everything; a NumPy integer is the same seed as a Python one."""
    expected = stream(7, name).random(100)
    assert np.array_equal(stream(7, name).random(100), expected)
    assert np.array_equal(stream(np.int64(7), name).random(100), expected)


def test_streams_are_the_children_of_the_seed():
    """The streams are those that NumPy's SeedSequence spawns, in the order of their names."""
    children = np.random.SeedSequence(3).spawn(len(STREAMS))
    for name, child in zip(STREAMS, children, strict=True):
        expected = np.random.default_rng(child).integers(2 ** 60, size=10)
        assert np.array_equal(stream(3, name).integers(2 ** 60, size=10), expected)


def test_order_of_the_names_is_kept():
    """A new stream goes to the end: another order would change every published number."""
    assert STREAMS[:6] == ("split", "order", "graph", "weights", "batches", "masks")


def test_streams_are_independent():
    """Any two streams, of one seed or of neighbours, are uncorrelated: |r| < 5/√n."""
    n = 10_000
    draws = [stream(seed, name).standard_normal(n) for seed in (0, 1) for name in STREAMS]
    for a, b in itertools.combinations(draws, 2):
        assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(n)


def test_drawing_from_one_leaves_the_others():
    """More draws for the batches do not move the masks, even in turns."""
    batches, masks = stream(0, "batches"), stream(0, "masks")
    mixed = []
    for _ in range(5):
        batches.permutation(1000)
        mixed.append(masks.random())
    assert mixed == stream(0, "masks").random(5).tolist()


def test_global_state_is_left_alone():
    """NumPy's global generator is neither read nor moved."""
    state = np.random.get_state()[1].copy()                                    # noqa: NPY002
    stream(0, "graph").random(10)
    assert np.array_equal(np.random.get_state()[1], state)                     # noqa: NPY002


def test_any_large_seed():
    """A seed has no upper end: seeds that differ far up differ."""
    assert stream(2 ** 100, "graph").random() != stream(2 ** 101, "graph").random()


@pytest.mark.parametrize("seed", [-1, 1.0, "1", None, True, [1], np.float64(2)])
def test_seeds_that_are_none(seed):
    """A seed is an integer of at least 0; a bool is rather a mistake."""
    with pytest.raises(ValueError, match="seed: got .*, expected a whole number of at least 0"):
        stream(seed, "graph")


def test_unknown_stream():
    """A name that is not on the list is refused with the list."""
    with pytest.raises(ValueError, match="name: got 'bathces', expected one of split, order"):
        stream(0, "bathces")
