"""Topologies by name: which support a hidden layer gets, with the paper's numbers left out."""

import numpy as np
import pytest
from scipy import sparse

from scnn_np.graphs import (
    TOPOLOGIES,
    budget_degrees,
    random_sparse,
    scaled_degrees,
    spatially_coupled,
)
from scnn_np.graphs.topologies import PARAMETERS, coupled, full, random_regular
from scnn_np.networks import build
from scnn_np.tools.parameters import keywords


def same(one, other):
    """Whether two supports have the same edges."""
    return one.shape == other.shape and (one != other).nnz == 0


def draw(seed=0):
    return np.random.default_rng(seed)


SIZES = {"difference-set": (57, 57)}              # most go with (48, 48), this family does not
NO_DEFAULT = {"biregular": 8, "erdos-renyi": 8, "circulant-band": 8, "difference-set": 8,
              "butterfly": 8, "block-diagonal": 8}


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_a_topology_gives_a_support_or_a_shape(name):
    """(n_right, n_left): a matrix of ones where there are edges, or the sizes alone where every
    weight is there. What it takes besides are parameters of a run."""
    sizes = SIZES.get(name, (48, 48))
    options = {"degrees": NO_DEFAULT[name]} if name in NO_DEFAULT else {}
    support = TOPOLOGIES[name](*sizes, 0, draw(), **options)
    assert (support if isinstance(support, tuple) else support.shape) == sizes[::-1]
    if not isinstance(support, tuple):
        assert isinstance(support, sparse.csr_array) and (support.data == 1).all()
    assert keywords(TOPOLOGIES[name]).keys() <= {*PARAMETERS, "importance"}


@pytest.mark.parametrize("name", NO_DEFAULT)
def test_a_family_is_built_by_name_and_one_it_cannot_have_is_refused(name):
    """In every hidden layer, and by the name of what does not fit."""
    n, _ = SIZES.get(name, (48, 48))
    network = build(name, n, 3, width=n, layers=2, degrees=8)
    assert all(W.nnz == 8 * n for W in network.weights[:2])
    with pytest.raises(ValueError, match="degrees: got None, expected a whole number"):
        build(name, n, 3, width=n, layers=2)
    with pytest.raises(ValueError, match=f"degrees: got {n + 1}, expected at most {n}"):
        build(name, n, 3, width=n, layers=2, degrees=n + 1)
    with pytest.raises(ValueError, match="degrees: asks for 1,099,511,627,776 edges"):
        TOPOLOGIES[name](2 ** 20, 2 ** 20, 0, draw(), degrees=2 ** 20)


def test_what_is_left_out_is_the_papers_scaled_to_the_width():
    """SC: 98, 130, … at 784 neurons, less at 32. RSP: 53 at 784, 53 · 32/784 = 2.2 at 32, and
    one edge at least."""
    assert same(coupled(48, 32, 0, draw()),
                spatially_coupled(48, 32, scaled_degrees(32), draw()))
    assert same(random_regular(48, 32, 0, draw()), random_sparse(48, 32, 2, draw()))
    assert same(random_regular(48, 4, 0, draw()), random_sparse(48, 4, 1, draw()))
    assert coupled(784, 784, 0, draw()).nnz == 41_650
    assert random_regular(784, 784, 0, draw()).nnz == 41_552


def test_degrees_go_through(paper_degrees):
    """Numbers and distributions, with a chain of one's own."""
    chain = {"blocks": 4, "receptive_field": 3, "tail_biting": True}
    for degrees in (5, [9, 7, 2, 1], ["poisson(4)", 3, 2, "binomial(2)"]):
        assert same(coupled(48, 32, 0, draw(), degrees=degrees, **chain),
                    spatially_coupled(48, 32, degrees, draw(), **chain))
    for degrees in (5, "binomial(3)", np.ones_like):
        assert same(random_regular(48, 32, 0, draw(), degrees=degrees),
                    random_sparse(48, 32, degrees, draw()))


@pytest.mark.parametrize("layer", [0, 1])
def test_edges_are_allotted_by_importance(layer):
    """To the blocks, in proportion to the importance of the network's inputs: in the first
    layer as in the others, whose degrees are the same."""
    importance = np.arange(64, 0, -1.0)
    degrees = budget_degrees(640, importance, 64, 32, 4, 2)
    n_left = 64 if layer == 0 else 32
    found = coupled(n_left, 32, layer, draw(), blocks=4, edges=640, importance=importance)
    np.testing.assert_array_equal(found.sum(axis=0), np.repeat(degrees, n_left // 4))
    assert found.nnz == (640 if layer == 0 else 320)
    assert degrees[1] > degrees[2] > degrees[3]


@pytest.mark.parametrize(("sizes", "options", "message"), [
    ((100, 32, 0), {}, r"n_in: got 100, expected a multiple .* blocks, 8 \(fit_ordering\("),
    ((100, 32, 1), {}, "width: got 100, expected a multiple of the number of blocks, 8$"),
    ((48, 33, 0), {}, "width: got 33, expected a multiple of the number of blocks, 8$"),
    ((48, 32, 0), {"receptive_field": 9}, "receptive_field: got 9, expected at most the "),
    ((48, 32, 0), {"blocks": 0}, "blocks: got 0, expected a whole number of at least 1"),
    ((48, 32, 0), {"edges": 500}, "importance: got None, expected that of every input"),
    ((48, 32, 0), {"edges": 500, "degrees": 3}, "edges: got it beside degrees, expected one"),
    ((48, 32, 0), {"edges": 5, "importance": np.ones(48)}, "edges: got 5, expected 48"),
    ((48, 32, 0), {"edges": 500, "importance": -np.ones(48)}, "importance: .* none negative")])
def test_coupled_layers_that_cannot_be_drawn(sizes, options, message):
    """Inputs can be padded, and the error says how; widths are chosen."""
    with pytest.raises(ValueError, match=message):
        coupled(*sizes, draw(), **options)


def test_what_fits_into_no_memory_is_not_begun():
    """A typing mistake in a width is one line, not a machine that stands still."""
    with pytest.raises(ValueError, match="width: asks for 1,099,511,627,776 weights, wh"):
        full(2 ** 20, 2 ** 20, 0, draw())
    with pytest.raises(ValueError, match="degrees: asks for 549,755,813,888 edges, which take"):
        random_regular(2 ** 20, 2 ** 20, 0, draw(), degrees=2 ** 19)


@pytest.mark.parametrize(("value", "message"), [
    ("binomial", "degrees: got 'binomial', expected numbers, or a distribution such as"),
    ("binomial(-1)", r"degrees: got 'binomial\(-1\)', but mean: got -1"),
    ([[3, "poisson"]], "degrees: got 'poisson', expected"), ([], "degrees: got .*at least one"),
    (-1, "degrees: got -1, expected a whole number of at least 0"), (2.5, "degrees: got 2.5"),
    ([1, [2, [3]]], r"degrees\[1\]\[1\]: got \[3\], expected a whole number")])
def test_degrees_of_a_run_are_checked_before_it(value, message):
    """Where settings are read, long before a layer is drawn."""
    with pytest.raises(ValueError, match=message):
        PARAMETERS["degrees"]("degrees", value)


def test_degrees_of_a_run_are_kept_as_they_came():
    """A text stays one, so that a file of settings can hold it."""
    for value in (3, "binomial(53)", [1, 2, 3], [[1, 2], ["poisson(3)", 4]]):
        assert PARAMETERS["degrees"]("degrees", value) == value
