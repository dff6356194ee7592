"""Lessons on supports: exact out-degrees, windows and their shares, uniformly drawn targets."""

import math
import re
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse, stats

from scnn_np.graphs.degrees import (
    PAPER_RSP_DEGREE,
    PAPER_SC_DEGREES,
    PAPER_WIDTH,
    block_degrees,
    draw_degrees,
    poisson,
    power_law,
)
from scnn_np.graphs.supports import (
    random_sparse,
    spatially_coupled,
    window_blocks,
    window_shares,
)


def refused(message, error=ValueError):
    """Expect an error that says `message`, word for word."""
    return pytest.raises(error, match=re.escape(message))


def out_degrees(support):
    """Edges that leave each left neuron."""
    return np.bincount(support.indices, minlength=support.shape[1])


def in_degrees(support):
    """Edges that enter each right neuron."""
    return np.diff(support.indptr)


def edges_to_blocks(support, blocks):
    """(n_in, blocks): edges from each left neuron to each right block."""
    edges = support.tocoo()
    counts = np.zeros((support.shape[1], blocks), int)
    np.add.at(counts, (edges.col, edges.row // (support.shape[0] // blocks)), 1)
    return counts


def has_no_double_edge(support):
    """Whether no pair of neurons stands twice, and every edge counts 1."""
    edges = support.tocoo()
    pairs = set(zip(edges.row.tolist(), edges.col.tolist(), strict=True))
    return len(pairs) == support.nnz and (support.data == 1).all()


# --- random sparse (RSP) --------------------------------------------------------------------

def test_a_support_is_a_sparse_matrix_with_one_column_for_each_left_neuron():
    """(N_l, N_{l-1}), as W is: left neuron 0 feeds all five right neurons, neuron 1 none."""
    support = random_sparse(3, 5, [5, 0, 2], np.random.default_rng(0))
    assert isinstance(support, sparse.csr_array)
    assert support.shape == (5, 3)
    assert support.dtype == np.int8
    assert support.has_canonical_format
    dense = support.toarray()
    assert dense[:, 0].tolist() == [1, 1, 1, 1, 1]
    assert dense[:, 1].tolist() == [0, 0, 0, 0, 0]
    assert dense[:, 2].sum() == 2


@pytest.mark.parametrize("n_in, n_out", [(1, 1), (1, 9), (9, 1), (5, 8), (40, 6), (6, 40)])
def test_rsp_out_degrees_are_exact_and_edges_distinct(n_in, n_out):
    """Whatever degrees are stated, 0 and N_l among them, each is met without double edges."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        degrees = rng.integers(0, n_out + 1, n_in) if seed else np.full(n_in, n_out)
        support = random_sparse(n_in, n_out, degrees, rng)
        np.testing.assert_array_equal(out_degrees(support), degrees)
        assert has_no_double_edge(support)


def test_left_regular_means_one_degree_for_all():
    """A single number is the degree of every left neuron."""
    support = random_sparse(30, 20, 7, np.random.default_rng(1))
    np.testing.assert_array_equal(out_degrees(support), np.full(30, 7))


def test_rsp_draws_its_degrees_from_the_distribution():
    """Step 2 comes before step 3: the seed that draws the degrees draws them for the graph."""
    for distribution in (poisson(5), power_law(1), lambda d: d % 2):
        degrees = draw_degrees(distribution, 50, 30, np.random.default_rng(2))
        support = random_sparse(50, 30, distribution, np.random.default_rng(2))
        np.testing.assert_array_equal(out_degrees(support), degrees)
        assert len(set(degrees)) > 1


# --- spatially coupled (SC) -----------------------------------------------------------------

CHAINS = [      # n_in, n_out, blocks, receptive field, tail-biting
    (7, 5, 1, 1, False), (7, 5, 1, 1, True),
    (12, 8, 4, 1, False), (12, 8, 4, 1, True),
    (12, 8, 4, 2, False), (12, 8, 4, 2, True),
    (8, 28, 4, 3, False), (8, 28, 4, 3, True),
    (30, 6, 3, 3, False), (30, 6, 3, 3, True),
    (9, 9, 9, 2, False), (9, 9, 9, 2, True),
    (48, 96, 8, 5, False), (48, 96, 8, 5, True),
]
every_chain = pytest.mark.parametrize("n_in, n_out, blocks, r, tail_biting", CHAINS)


def right_blocks(j, blocks, r, tail_biting):
    """The right blocks whose windows left block j takes part in: j, j-1, …, nearest first."""
    return [(j - k) % blocks for k in range(r) if tail_biting or j - k >= 0]


def drawn_chains(n_in, n_out, blocks, r, tail_biting, seeds=25):
    """Supports with random block degrees; the first has all windows full, the second none."""
    capacity = np.array([len(right_blocks(j, blocks, r, tail_biting)) * n_out // blocks
                         for j in range(blocks)])
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        degrees = {0: capacity, 1: 0 * capacity}.get(seed, rng.integers(0, capacity + 1))
        yield degrees, spatially_coupled(n_in, n_out, degrees, rng, blocks=blocks,
                                         receptive_field=r, tail_biting=tail_biting)


@every_chain
def test_sc_out_degrees_are_exact_and_edges_distinct(n_in, n_out, blocks, r, tail_biting):
    """Every neuron of block j has exactly the degree that was stated for block j."""
    for degrees, support in drawn_chains(n_in, n_out, blocks, r, tail_biting):
        np.testing.assert_array_equal(out_degrees(support), np.repeat(degrees, n_in // blocks))
        assert has_no_double_edge(support)
        assert support.shape == (n_out, n_in)
        assert isinstance(support, sparse.csr_array) and support.has_canonical_format


@every_chain
def test_right_block_i_sees_left_blocks_i_to_i_plus_r_minus_1(n_in, n_out, blocks, r,
                                                             tail_biting):
    """Edges fall into a band of blocks, and full windows fill the band."""
    band = np.zeros((blocks, blocks), bool)
    for i in range(blocks):
        for j in range(i, i + r):
            if j < blocks or tail_biting:
                band[i, j % blocks] = True
    for seed, (_, support) in enumerate(drawn_chains(n_in, n_out, blocks, r, tail_biting)):
        edges = support.tocoo()
        pairs = np.zeros_like(band)
        pairs[edges.row // (n_out // blocks), edges.col // (n_in // blocks)] = True
        assert not (pairs & ~band).any()
        if seed == 0:
            np.testing.assert_array_equal(pairs, band)
            size = n_in // blocks * (n_out // blocks)
            assert support.nnz == band.sum() * size


@every_chain
def test_a_degree_is_dealt_to_the_windows_like_cards(n_in, n_out, blocks, r, tail_biting):
    """One edge at a time, nearest window first: as even as integers allow."""
    for degrees, support in drawn_chains(n_in, n_out, blocks, r, tail_biting):
        expected = np.zeros((blocks, blocks), int)
        for j, degree in enumerate(degrees):
            players = right_blocks(j, blocks, r, tail_biting)
            for card in range(degree):
                expected[j, players[card % len(players)]] += 1
        np.testing.assert_array_equal(edges_to_blocks(support, blocks),
                                      np.repeat(expected, n_in // blocks, axis=0))


@every_chain
def test_neurons_of_a_block_may_have_degrees_of_their_own(n_in, n_out, blocks, r, tail_biting):
    """Drawn from a distribution, neuron by neuron: each degree is met, and dealt to the
    windows as if it were stated. Other blocks keep theirs."""
    mixed = [["poisson(3)", "power_law(0)", 1, np.ones_like][j % 4] for j in range(blocks)]
    for seed in range(10):
        chain = {"blocks": blocks, "receptive_field": r, "tail_biting": tail_biting}
        degrees = block_degrees(mixed, n_in, n_out, blocks, r, tail_biting,
                                np.random.default_rng(seed))
        support = spatially_coupled(n_in, n_out, mixed, np.random.default_rng(seed), **chain)
        np.testing.assert_array_equal(out_degrees(support), degrees.ravel())
        assert has_no_double_edge(support) and support.has_canonical_format
        expected = np.zeros((n_in, blocks), int)
        for neuron, degree in enumerate(degrees.ravel()):
            players = right_blocks(neuron * blocks // n_in, blocks, r, tail_biting)
            for card in range(degree):
                expected[neuron, players[card % len(players)]] += 1
        np.testing.assert_array_equal(edges_to_blocks(support, blocks), expected)


def test_a_distribution_varies_within_a_block():
    """Each neuron draws for itself: hundred neurons of a block have many degrees."""
    support = spatially_coupled(400, 400, "binomial(20)", np.random.default_rng(0), blocks=4)
    for block in out_degrees(support).reshape(4, 100):
        assert len(set(block)) > 8 and 17 < block.mean() < 23


def test_shares_of_the_papers_degrees():
    """130 = 65 + 65 and 49 = 25 + 24; block 0 has one window only, and 98 fills it."""
    assert window_shares(PAPER_SC_DEGREES, 2).tolist() == [
        [98, 0], [65, 65], [49, 49], [25, 24], [10, 10], [5, 5], [5, 5], [5, 5]]


def test_shares_of_a_remainder_go_to_the_nearest_windows():
    """With r = 3, 7 = 3 + 2 + 2 and 8 = 3 + 3 + 2; the first blocks share among fewer."""
    assert window_shares([7, 7, 7, 8, 2], 3).tolist() == [
        [7, 0, 0], [4, 3, 0], [3, 2, 2], [3, 3, 2], [1, 1, 0]]
    assert window_shares([7, 8, 9], 3, tail_biting=True).tolist() == [
        [3, 2, 2], [3, 3, 2], [3, 3, 3]]


def test_shares_of_single_neurons():
    """With one degree for each neuron: the shares of a block of such neurons, one by one."""
    degrees = np.array([[3, 3], [5, 2], [7, 0]])
    shares = window_shares(degrees, 2)
    assert shares.shape == (3, 2, 2)
    for k in range(2):
        np.testing.assert_array_equal(shares[:, k], window_shares(degrees[:, k], 2))


def test_the_last_windows_are_cut_off_or_go_on_at_the_first_block():
    """A terminated chain ends; a tail-biting one bites its tail."""
    assert [window_blocks(i, 4, 3) for i in range(4)] == [[0, 1, 2], [1, 2, 3], [2, 3], [3]]
    assert [window_blocks(i, 4, 3, tail_biting=True) for i in range(4)] == [
        [0, 1, 2], [1, 2, 3], [2, 3, 0], [3, 0, 1]]


def test_one_number_is_the_degree_of_every_block():
    """Left regular SC: all neurons have four edges, all in their windows."""
    support = spatially_coupled(40, 24, 4, np.random.default_rng(3), blocks=4)
    np.testing.assert_array_equal(out_degrees(support), np.full(40, 4))


def test_receptive_field_1_falls_into_separate_networks():
    """Without coupling the layer is block-diagonal: B pieces that share nothing."""
    support = spatially_coupled(40, 24, 5, np.random.default_rng(4), blocks=4,
                                receptive_field=1)
    graph = sparse.block_array([[None, support.T], [support, None]])
    assert sparse.csgraph.connected_components(graph)[0] == 4


def test_a_tail_biting_chain_with_r_equal_to_b_can_be_fully_connected():
    """Every right block sees every left block, so degree N_l is allowed and fills W."""
    support = spatially_coupled(9, 12, 12, np.random.default_rng(5), blocks=3,
                                receptive_field=3, tail_biting=True)
    assert support.nnz == 9 * 12


# --- the paper's layer ----------------------------------------------------------------------

@pytest.fixture(scope="module")
def paper_layers():
    """Thirty SC layers with the paper's numbers."""
    return [spatially_coupled(PAPER_WIDTH, PAPER_WIDTH, PAPER_SC_DEGREES,
                              np.random.default_rng(seed)) for seed in range(30)]


def test_edges_of_the_papers_layers(paper_layers):
    """SC 41,650 (degrees that sum to 425, times 98); RSP 41,552; 614,656 if it were dense."""
    rsp = random_sparse(PAPER_WIDTH, PAPER_WIDTH, PAPER_RSP_DEGREE, np.random.default_rng(6))
    assert sum(PAPER_SC_DEGREES) == 425
    assert {layer.nnz for layer in paper_layers} == {41_650}
    assert rsp.nnz == 41_552
    assert round(100 * (1 - 41_650 / rsp.shape[0] / rsp.shape[1]), 2) == 93.22
    assert round(100 * (1 - 41_552 / rsp.shape[0] / rsp.shape[1]), 2) == 93.24


def test_mean_in_degrees_of_the_papers_right_blocks(paper_layers):
    """Fixed by the degrees, whatever the seed: important blocks hear more."""
    for layer in paper_layers:
        means = in_degrees(layer).reshape(8, 98).mean(axis=1)
        assert means.tolist() == [163, 114, 73, 35, 15, 10, 10, 5]


def test_the_papers_layer_uses_15_of_64_block_pairs(paper_layers):
    """The band of r = 2: 8 pairs on the diagonal, 7 beside it."""
    for layer in paper_layers:
        pairs = edges_to_blocks(layer, 8).reshape(8, 98, 8).sum(axis=1) > 0
        assert pairs.sum() == 15
        np.testing.assert_array_equal(pairs, np.tri(8) - np.tri(8, k=-2))


def test_the_first_block_is_fully_connected(paper_layers):
    """98 edges of left block 0 into the one window with 98 right neurons: all pairs."""
    for layer in paper_layers:
        assert layer[:98, :98].toarray().all()


def test_single_right_neurons_have_from_0_to_about_180_inputs(paper_layers):
    """The degrees are exact on the left only; on the right they are what the draw gives."""
    degrees = np.array([in_degrees(layer) for layer in paper_layers])
    assert degrees.min() == 0
    assert 175 <= degrees.max() <= 190


def test_nearly_half_of_the_drawn_layers_leave_a_right_neuron_without_inputs():
    """In the last block 98 neurons choose 5 of 98: by inclusion and exclusion, 44.5 %.

    P(all 98 right neurons are hit) = Σ_k (-1)^k C(98, k) · [C(98-k, 5)/C(98, 5)]^98.
    """
    n, d = 98, 5
    hit = sum((-1)**k * math.comb(n, k) * Fraction(math.comb(n - k, d), math.comb(n, d))**n
              for k in range(n - d + 1))
    assert round(float(1 - hit), 3) == 0.445
    rng = np.random.default_rng(7)
    missed = sum((in_degrees(random_sparse(n, n, d, rng)) == 0).any() for _ in range(600))
    assert stats.binomtest(int(missed), 600, float(1 - hit)).pvalue > 1e-3


def test_information_moves_at_most_one_block_to_the_front_per_layer(paper_layers):
    """The light cone: after l layers right block i depends on left blocks i … i + l."""
    reach = sparse.eye_array(PAPER_WIDTH, dtype=np.int64, format="csr")
    for l, layer in enumerate(paper_layers[:4], start=1):
        reach = layer.astype(np.int64) @ reach
        reach.data[:] = 1
        seen = reach.toarray().reshape(8, 98, 8, 98).any(axis=(1, 3))
        cone = np.tri(8, k=l, dtype=bool) & np.tri(8, dtype=bool).T
        np.testing.assert_array_equal(seen, cone)


# --- uniform targets ------------------------------------------------------------------------
# The in-degrees of n right neurons, of which each left neuron chooses d without replacement,
# vary less than a multinomial sample: by the factor (n-d)/(n-1). A chi-square statistic is
# divided by it first, else it cannot fail when d is near n.

def p_of_uniformity(counts, d, scaled=True):
    """Two-sided chi-square p-value of "all sets of d of the n targets are equally likely".

    `counts` has the n targets along axis 0; further columns are independent samples. Counts
    that are too uneven are as wrong as counts that are too even.
    """
    n = len(counts)
    counts = counts.reshape(n, -1)
    expected = counts.mean(axis=0)
    chi_square = ((counts - expected)**2 / expected).sum()
    if scaled:
        chi_square *= (n - 1) / (n - d)
    below = stats.chi2.cdf(chi_square, (n - 1) * counts.shape[1])
    above = stats.chi2.sf(chi_square, (n - 1) * counts.shape[1])
    return 2 * min(below, above)


def support_of(targets, n_out):
    """A support from the list of targets of each left neuron: for graphs that are wrong."""
    d = len(targets[0])
    columns = np.repeat(np.arange(len(targets)), d)
    ones = np.ones(columns.size, np.int8)
    return sparse.csr_array((ones, (np.concatenate(targets), columns)),
                            shape=(n_out, len(targets)))


def biased(n_in, n_out, d, rng):
    """The last right neuron weighs half as much again as the first."""
    weights = np.linspace(0.8, 1.2, n_out)
    return support_of([rng.choice(n_out, d, replace=False, p=weights / weights.sum())
                       for _ in range(n_in)], n_out)


def herd(n_in, n_out, d, rng):
    """Each neuron chooses uniformly, but three others do what it does."""
    return support_of([targets for _ in range(n_in // 4)
                       for targets in 4 * [rng.choice(n_out, d, replace=False)]], n_out)


def circulant(n_in, n_out, d, rng):
    """Neuron j takes the targets j, j+1, …: nothing is random."""
    return support_of([(j + np.arange(d)) % n_out for j in range(n_in)], n_out)


def neighbourly(n_in, n_out, d, rng):
    """Uniform on the whole, but neuron j chooses among the 2d right neurons near j only."""
    return support_of([(j + rng.choice(2 * d, d, replace=False)) % n_out for j in range(n_in)],
                      n_out)


def pooled(graph, n_in, n_out, d, seeds):
    """Sum of the supports (as counts) that a function draws from several seeds."""
    return sum(graph(n_in, n_out, d, np.random.default_rng(seed)).toarray().astype(int)
               for seed in range(seeds))


@pytest.mark.parametrize("n_in, n_out, d", [(60, 48, 1), (60, 48, 12), (48, 48, 36),
                                            (48, 48, 47), (30, 200, 20)])
def test_rsp_targets_are_uniform(n_in, n_out, d):
    """In-degrees pooled over 100 graphs spread as uniform draws without replacement do."""
    counts = pooled(random_sparse, n_in, n_out, d, seeds=100)
    assert p_of_uniformity(counts.sum(axis=1), d) > 1e-3


@pytest.mark.parametrize("graph", [biased, herd, circulant])
@pytest.mark.parametrize("d", [12, 36])
def test_the_chi_square_rejects_graphs_that_are_not_uniform(graph, d):
    """A preference, copied choices, and targets that are too even to be random."""
    counts = pooled(graph, 48, 48, d, seeds=100)
    assert p_of_uniformity(counts.sum(axis=1), d) < 1e-6


def test_without_its_scale_the_chi_square_would_not_see_the_herd():
    """Copying in fours makes the variance 4 times, d = 36 of 48 makes it 1/4: both at once."""
    in_degree = pooled(herd, 48, 48, 36, seeds=100).sum(axis=1)
    assert p_of_uniformity(in_degree, 36, scaled=False) > 0.01
    assert p_of_uniformity(in_degree, 36) < 1e-6


def test_the_chi_square_is_calibrated():
    """On 600 right graphs its p-values are uniform: about 5 % of them lie below 5 %."""
    p = [p_of_uniformity(in_degrees(random_sparse(60, 16, 6, np.random.default_rng(seed))), 6)
         for seed in range(600)]
    assert stats.kstest(p, "uniform").pvalue > 1e-3
    assert 10 <= np.sum(np.array(p) < 0.05) <= 50


def test_each_left_neuron_by_itself_is_uniform():
    """Over 400 graphs, every single neuron comes to all targets equally often."""
    assert p_of_uniformity(pooled(random_sparse, 24, 24, 5, seeds=400), 5) > 1e-3


def test_a_graph_can_be_uniform_as_a_whole_and_not_neuron_by_neuron():
    """The last test can fail: neighbours only, at the same in-degrees, is rejected."""
    assert p_of_uniformity(pooled(neighbourly, 24, 24, 5, seeds=400), 5) < 1e-6


def test_every_set_of_targets_is_equally_likely():
    """2 of 4 right neurons: six pairs, each a sixth of the time."""
    support = random_sparse(6000, 4, 2, np.random.default_rng(8))
    pairs = np.array([1, 2, 4, 8]) @ support.toarray()      # each set as a binary number
    values, counts = np.unique(pairs, return_counts=True)
    assert values.tolist() == [0b0011, 0b0101, 0b0110, 0b1001, 0b1010, 0b1100]
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("tail_biting", [False, True])
def test_sc_targets_are_uniform_within_each_window(tail_biting):
    """Each left block spreads its share evenly over each right block that sees it."""
    degrees, r, blocks, size_in, size_out = (10, 17, 7, 2), 2, 4, 20, 12
    counts = sum(spatially_coupled(80, 48, degrees, np.random.default_rng(seed), blocks=4,
                                   tail_biting=tail_biting).toarray().astype(int)
                 for seed in range(200))
    counts = counts.reshape(blocks, size_out, blocks, size_in)
    tested = 0
    for j, degree in enumerate(degrees):
        windows = right_blocks(j, blocks, r, tail_biting)
        for k, i in enumerate(windows):
            share = (degree + len(windows) - 1 - k) // len(windows)
            tile = counts[i, :, j]                                  # (size_out, size_in)
            assert p_of_uniformity(tile.sum(axis=1), share) > 1e-3
            assert p_of_uniformity(tile, share) > 1e-3
            tested += 1
    assert tested == (8 if tail_biting else 7)


def p_of_overlaps(first, second, n, d):
    """Chi-square p-value of "two independent choices of d of n have that much in common"."""
    common = (first * second).sum(axis=0)
    expected = stats.hypergeom.pmf(np.arange(d + 1), n, d, d) * common.size
    return stats.chisquare(np.bincount(common, minlength=d + 1), expected).pvalue


def test_windows_and_neurons_draw_independently():
    """Targets in two windows, or of two neurons, overlap as two separate draws would."""
    n, d = 12, 3
    support = spatially_coupled(4800, 2 * n, [0, 2 * d], np.random.default_rng(9), blocks=2)
    near, far = support.toarray()[:, 2400:].reshape(2, n, 2400)
    assert p_of_overlaps(near, far, n, d) > 1e-3                    # one neuron, two windows
    assert p_of_overlaps(near[:, 0::2], near[:, 1::2], n, d) > 1e-3    # two neurons, one window
    assert p_of_overlaps(near, near, n, d) < 1e-6                   # copies would be seen


# --- seeds ----------------------------------------------------------------------------------

GRAPHS = {
    "rsp": lambda rng: random_sparse(40, 24, 5, rng),
    "rsp, drawn degrees": lambda rng: random_sparse(40, 24, poisson(5), rng),
    "sc": lambda rng: spatially_coupled(40, 24, [6, 9, 4, 2], rng, blocks=4),
    "sc, drawn degrees": lambda rng: spatially_coupled(40, 24, [6, "poisson(5)", 4, 2], rng,
                                                       blocks=4),
}


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_a_seed_names_a_graph(graph):
    """The same seed gives the same graph, another seed or a second draw another one."""
    rng = np.random.default_rng(10)
    first, second = graph(rng).toarray(), graph(rng).toarray()
    np.testing.assert_array_equal(graph(np.random.default_rng(10)).toarray(), first)
    assert (graph(np.random.default_rng(11)).toarray() != first).any()
    assert (second != first).any()


def test_stated_degrees_are_left_as_they_were():
    """Arguments are never changed in place."""
    degrees = np.array([6, 9, 4, 2])
    spatially_coupled(40, 24, degrees, np.random.default_rng(12), blocks=4)
    random_sparse(4, 24, degrees, np.random.default_rng(12))
    assert degrees.tolist() == [6, 9, 4, 2]


# --- bad input ------------------------------------------------------------------------------

@pytest.mark.parametrize("changed, message", [
    (dict(degrees=[7, 1, 1, 1]), "degrees: block 0 has degree 7, expected 0 to 6: with "
     "receptive field 2 its neurons reach 1 right block(s) of 6"),
    (dict(degrees=[1, 1, 13, 1]), "degrees: block 2 has degree 13, expected 0 to 12: with "
     "receptive field 2 its neurons reach 2 right block(s) of 6"),
    (dict(degrees=7, tail_biting=True, receptive_field=1),
     "degrees: block 0 has degree 7, expected 0 to 6"),
    (dict(degrees=[1, -1, 1, 1]), "degrees: block 1 has degree -1, expected 0 to 12"),
    (dict(degrees=[1, 1, 1, 0.5]), "degrees[3]: entry 0 is 0.5, expected a whole number"),
    (dict(degrees=[1, 1, 1]), "degrees: got 3 of them, expected one number or 4"),
    (dict(n_in=42), "n_in: got 42 neurons, expected a multiple of the number of blocks, 4"),
    (dict(n_out=10), "n_out: got 10 neurons, expected a multiple of the number of blocks, 4"),
    (dict(receptive_field=5), "receptive_field: got 5, expected at most the number of "
     "blocks, 4"),
    (dict(receptive_field=0), "receptive_field: got 0, expected a whole number of at least 1"),
    (dict(receptive_field=1.5), "receptive_field: got 1.5, expected a whole number of at "
     "least 1"),
    (dict(blocks=0), "blocks: got 0, expected a whole number of at least 1"),
])
def test_sc_refuses_what_cannot_be_drawn(changed, message):
    """Stated degrees are met exactly or refused, with the block, its degree and its limit."""
    layer = dict(n_in=40, n_out=24, degrees=[6, 9, 4, 2], blocks=4,
                 rng=np.random.default_rng(0))
    assert spatially_coupled(**layer).nnz == 10 * (6 + 9 + 4 + 2)
    with refused(message):
        spatially_coupled(**layer | changed)


@pytest.mark.parametrize("draw", [
    lambda rng: random_sparse(4, 5, 2, rng), lambda rng: spatially_coupled(8, 8, 1, rng)])
@pytest.mark.parametrize("rng", [None, 0, np.random, np.random.RandomState(0)])      # noqa: NPY002
def test_a_generator_is_needed(draw, rng):
    """No global seed hides behind a forgotten argument."""
    with refused("rng: got ", TypeError):
        draw(rng)


@pytest.mark.parametrize("n_in, n_out, degrees, message", [
    (3, 5, 6, "degrees: left neuron 0 has degree 6, expected 0 to 5, the number of right"),
    (3, 5, [1, 2, -1], "degrees: left neuron 2 has degree -1, expected 0 to 5"),
    (3, 5, [1, 2.5, 3], "degrees: entry 1 is 2.5, expected a whole number"),
    (3, 5, [1, 2], "degrees: got an array of shape (2,), expected one number or 3"),
    (3, 5, lambda d: -d, "degrees: a distribution must return one finite weight ≥ 0"),
    (0, 5, 1, "n_in: got 0, expected a whole number of at least 1"),
    (3, 0, poisson(2), "n_out: got 0, expected a whole number of at least 1"),
])
def test_rsp_refuses_what_cannot_be_drawn(n_in, n_out, degrees, message):
    """A graph is drawn as stated or not at all."""
    with refused(message):
        random_sparse(n_in, n_out, degrees, np.random.default_rng(0))


# --- wide layers ----------------------------------------------------------------------------

WIDE = {
    "rsp": lambda n, rng: random_sparse(n, n, 64, rng),
    "sc": lambda n, rng: spatially_coupled(n, n, 64, rng, blocks=128),
}


@pytest.mark.parametrize("graph", WIDE.values(), ids=WIDE)
def test_a_wide_layer_is_drawn_without_a_dense_matrix(graph):
    """16,384 → 16,384 with 64 edges per neuron: far less memory than one byte per pair."""
    n = 16_384
    tracemalloc.start()
    support = graph(n, np.random.default_rng(13))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert support.shape == (n, n)
    assert support.nnz == 64 * n
    np.testing.assert_array_equal(out_degrees(support), np.full(n, 64))
    assert support.has_canonical_format
    assert peak < n * n / 5


def test_a_wide_chain_has_the_band_of_its_128_windows():
    """Left block j feeds right blocks j and j-1, 32 edges per neuron each; block 0 only one."""
    counts = edges_to_blocks(WIDE["sc"](16_384, np.random.default_rng(14)), 128)
    expected = 32 * (np.eye(128, dtype=int) + np.eye(128, k=-1, dtype=int))
    expected[0, 0] = 64
    np.testing.assert_array_equal(counts, np.repeat(expected, 128, axis=0))
