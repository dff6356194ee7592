"""Lessons on the families of supports: equal edge counts, exact degrees, and what each is."""

import re

import numpy as np
import pytest
from scipy import sparse, stats

from scnn_np.graphs.families import (
    biregular,
    block_diagonal,
    butterfly,
    circulant_band,
    difference_set,
    erdos_renyi,
    singer,
)


def refused(message):
    """Expect an error that says `message`, word for word."""
    return pytest.raises(ValueError, match=re.escape(message))


def draw(family, n_left, n_right, d, seed=0, layer=0):
    """A support as a dense array of ints."""
    support = family(n_left, n_right, layer, np.random.default_rng(seed), degrees=d)
    return support.toarray().astype(int)


GRAPHS = [      # family, n_left, n_right, d
    (biregular, 12, 12, 3), (biregular, 12, 8, 4), (biregular, 8, 12, 3), (biregular, 9, 6, 4),
    (biregular, 40, 40, 1), (biregular, 40, 40, 20), (biregular, 40, 40, 21),
    (biregular, 40, 40, 40), (biregular, 784, 784, 28),
    (erdos_renyi, 12, 12, 3), (erdos_renyi, 12, 7, 7), (erdos_renyi, 7, 12, 1),
    (erdos_renyi, 784, 784, 28),
    (circulant_band, 12, 12, 3), (circulant_band, 12, 4, 3), (circulant_band, 4, 12, 3),
    (circulant_band, 9, 7, 7), (circulant_band, 784, 784, 28),
    (difference_set, 7, 7, 3), (difference_set, 553, 553, 24),
    (butterfly, 27, 27, 3), (butterfly, 12, 12, 4), (butterfly, 6, 6, 6), (butterfly, 1, 1, 1),
    (butterfly, 784, 784, 28),
    (block_diagonal, 12, 12, 3), (block_diagonal, 6, 12, 4), (block_diagonal, 12, 6, 2),
    (block_diagonal, 5, 3, 3), (block_diagonal, 784, 784, 28),
]
every_graph = pytest.mark.parametrize(
    "family, n_left, n_right, d", GRAPHS, ids=[f"{g[0].__name__}-{g[1:]}" for g in GRAPHS])


# --- all families ---------------------------------------------------------------------------

@every_graph
def test_a_support_is_a_sparse_matrix_of_ones_with_d_edges_for_each_left_neuron(
        family, n_left, n_right, d):
    """Families are compared at equal edge count, so the count is met to the edge."""
    support = family(n_left, n_right, 0, np.random.default_rng(0), degrees=d)
    assert isinstance(support, sparse.csr_array)
    assert support.shape == (n_right, n_left)
    assert support.dtype == np.int8 and support.indices.dtype == np.int32
    assert support.has_canonical_format
    assert support.nnz == n_left * d
    assert (support.data == 1).all()


@every_graph
def test_out_degrees_are_d(family, n_left, n_right, d):
    """Exactly, save in Erdős–Rényi graphs, where it is the mean."""
    degrees = draw(family, n_left, n_right, d).sum(axis=0)
    if family is erdos_renyi:
        assert degrees.mean() == d
    else:
        np.testing.assert_array_equal(degrees, np.full(n_left, d))


@every_graph
def test_in_degrees_are_equal_too(family, n_left, n_right, d):
    """All families but Erdős–Rényi are biregular; a band, when one width divides the other."""
    degrees = draw(family, n_left, n_right, d).sum(axis=1)
    assert degrees.sum() == n_left * d
    if family is erdos_renyi:
        assert d == n_right or len(set(degrees)) > 1
    else:
        assert set(degrees) == {n_left * d // n_right}


@pytest.mark.parametrize("family", [biregular, erdos_renyi, circulant_band, butterfly,
                                    block_diagonal])
def test_the_largest_degree_makes_a_dense_layer(family):
    """With d = N_l there is one graph only, and every family draws it."""
    assert draw(family, 12, 12, 12).all()


@pytest.mark.parametrize("family", [biregular, erdos_renyi])
def test_random_families_draw_another_graph_from_another_seed(family):
    """And the same one from the same seed."""
    first = draw(family, 20, 20, 4, seed=1)
    np.testing.assert_array_equal(draw(family, 20, 20, 4, seed=1), first)
    assert (draw(family, 20, 20, 4, seed=2) != first).any()


@pytest.mark.parametrize("family, n, d", [(circulant_band, 12, 3), (difference_set, 13, 4),
                                          (butterfly, 16, 4), (block_diagonal, 12, 3)])
def test_constructed_families_need_no_generator(family, n, d):
    """Nothing about them is random."""
    np.testing.assert_array_equal(family(n, n, 0, None, degrees=d).toarray(),
                                  draw(family, n, n, d, seed=3))


REFUSALS = [
    (biregular, 784, 100, 3, "degrees: got 3, expected a multiple of 25: 100 right neurons "
                             "share the edges of 784 left neurons equally"),
    (difference_set, 784, 784, 28, "n_left: got 784, expected q² + q + 1 neurons, q a prime"),
    (difference_set, 21, 21, 5, "n_left: got 21, expected q² + q + 1 neurons, q a prime"),
    (difference_set, 3, 3, 2, "n_left: got 3, expected q² + q + 1 neurons, q a prime"),
    (difference_set, 553, 553, 28, "degrees: got 28, expected 24, the only degree of a "
                                   "difference set on 553 neurons"),
    (difference_set, 553, 784, 24, "n_right: got 784, expected 553 neurons, as on the left"),
    (butterfly, 784, 553, 28, "n_right: got 553, expected 784 neurons, as on the left"),
    (butterfly, 784, 784, 16, "degrees: got 16, expected a d with 784 = m · d^(k-1), m ≤ d"),
    (butterfly, 784, 784, 53, "degrees: got 53, expected a d with 784 = m · d^(k-1), m ≤ d"),
    (butterfly, 784, 784, 2, "degrees: got 2, expected a d with 784 = m · d^(k-1), m ≤ d"),
    (butterfly, 784, 784, 1, "degrees: got 1, expected a d with 784 = m · d^(k-1), m ≤ d"),
    (block_diagonal, 784, 784, 53, "degrees: got 53, expected a divisor of 784, the number of "
                                   "right neurons"),
    (block_diagonal, 10, 12, 3, "n_left: got 10, expected a multiple of the number of blocks, "
                                "n_right/degrees = 4"),
]


@pytest.mark.parametrize("family, n_left, n_right, d, message", REFUSALS)
def test_what_a_family_cannot_have_is_refused_by_name(family, n_left, n_right, d, message):
    """The argument, what came, what was expected."""
    with refused(message):
        family(n_left, n_right, 0, np.random.default_rng(0), degrees=d)


@pytest.mark.parametrize("family", [biregular, erdos_renyi, circulant_band, difference_set,
                                    butterfly, block_diagonal])
def test_no_family_takes_what_is_no_number(family):
    """Fractions, zero, and more edges than there are right neurons."""
    rng = np.random.default_rng(0)
    with refused("n_left: got 0, expected a whole number of at least 1"):
        family(0, 7, 0, rng, degrees=3)
    with refused("n_right: got 7.0, expected a whole number of at least 1"):
        family(7, 7.0, 0, rng, degrees=3)
    with refused("degrees: got [3, 3], expected a whole number of at least 1"):
        family(7, 7, 0, rng, degrees=[3, 3])
    with refused("degrees: got 8, expected at most 7, the number of right neurons"):
        family(7, 7, 0, rng, degrees=8)


# --- random families ------------------------------------------------------------------------

@pytest.mark.parametrize("n_left, n_right, d", [
    (4, 4, 2), (3, 3, 2), (6, 6, 3), (2, 4, 2), (4, 2, 1), (30, 30, 15), (30, 20, 8)])
def test_biregular_graphs_are_simple_whatever_the_seed(n_left, n_right, d):
    """Small and dense graphs need the most repairs, for their size."""
    for seed in range(100):
        support = draw(biregular, n_left, n_right, d, seed)
        assert support.max() == 1
        np.testing.assert_array_equal(support.sum(axis=0), np.full(n_left, d))
        np.testing.assert_array_equal(support.sum(axis=1), np.full(n_right,
                                                                   n_left * d // n_right))


def test_every_small_biregular_graph_is_drawn():
    """There are 90 graphs on 4 + 4 neurons with d = 2: 72 rings of eight, 18 pairs of rings.

    Within a kind all are equally likely. The kinds are not in proportion, because a repair
    makes the one kind more often than the other.
    """
    rng = np.random.default_rng(0)
    place = 2 ** np.arange(16).reshape(4, 4)             # a graph as a binary number
    graphs = [biregular(4, 4, 0, rng, degrees=2).toarray() for _ in range(9000)]
    numbers, first, counts = np.unique([(A * place).sum() for A in graphs], return_index=True,
                                       return_counts=True)
    pairs_of_rings = np.array([((graphs[k].T @ graphs[k]) == 2).sum() == 8 for k in first])
    assert len(numbers) == 90 and pairs_of_rings.sum() == 18
    assert stats.chisquare(counts[pairs_of_rings]).pvalue > 1e-3
    assert stats.chisquare(counts[~pairs_of_rings]).pvalue > 1e-3


# Each of the n_left · n_right pairs of neurons is an edge with the same probability p. Over
# many graphs the counts of a pair vary by p(1-p) a graph, but not independently: in biregular
# graphs all rows and columns of counts have fixed sums, which leaves (n_left - 1)(n_right - 1)
# degrees of freedom, in Erdős–Rényi graphs only the total is fixed. Chi-square statistics are
# scaled to these degrees of freedom.

def p_of_uniformity(graph, n_left, n_right, d, freedom, seeds=300):
    """Two-sided chi-square p-value of "all pairs of neurons are edges equally often"."""
    counts = sum(graph(n_left, n_right, d, seed) for seed in range(seeds))
    p = d / n_right
    chi_square = ((counts - seeds * p)**2).sum() / (seeds * p * (1 - p))
    chi_square *= freedom / (n_left * n_right)
    return 2 * min(stats.chi2.cdf(chi_square, freedom), stats.chi2.sf(chi_square, freedom))


@pytest.mark.parametrize("n_left, n_right, d", [(24, 24, 2), (24, 24, 10), (24, 24, 18),
                                                (30, 12, 4), (12, 30, 15)])
def test_random_families_prefer_no_pair_of_neurons(n_left, n_right, d):
    """With few repairs and with many, and also when the complement is drawn."""
    def graph_of(family):
        return lambda *arguments: draw(family, *arguments)
    assert p_of_uniformity(graph_of(biregular), n_left, n_right, d,
                           (n_left - 1) * (n_right - 1)) > 1e-3
    assert p_of_uniformity(graph_of(erdos_renyi), n_left, n_right, d,
                           n_left * n_right - 1) > 1e-3


def halves(n_left, n_right, d, seed):
    """Biregular, but the first half of the left feeds the first half of the right only."""
    return np.kron(np.eye(2, dtype=int), draw(biregular, n_left // 2, n_right // 2, d, seed))


def sometimes_a_band(n_left, n_right, d, seed):
    """Biregular, but every tenth graph is not drawn at all."""
    return draw(biregular if seed % 10 else circulant_band, n_left, n_right, d, seed)


def turned_band(n_left, n_right, d, seed):
    """A band that begins anywhere: every pair is equally likely, and they come together."""
    return np.roll(draw(circulant_band, n_left, n_right, d), 7 * seed, axis=0)


@pytest.mark.parametrize("graph", [halves, sometimes_a_band, turned_band])
def test_the_chi_square_rejects_graphs_that_are_not_uniform(graph):
    """All degrees are right in all of them, so the test of degrees sees nothing."""
    assert (graph(24, 24, 6, 1).sum(axis=0) == 6).all()
    assert p_of_uniformity(graph, 24, 24, 6, 23 * 23) < 1e-6


# --- constructed families -------------------------------------------------------------------

def test_a_band_written_out():
    """Right neuron i sees the left neurons i, i + 1, …, in a circle, as an SC chain does."""
    assert draw(circulant_band, 5, 5, 2).tolist() == [[1, 1, 0, 0, 0],
                                                      [0, 1, 1, 0, 0],
                                                      [0, 0, 1, 1, 0],
                                                      [0, 0, 0, 1, 1],
                                                      [1, 0, 0, 0, 1]]
    assert draw(circulant_band, 6, 3, 1).tolist() == [[1, 1, 0, 0, 0, 0],
                                                      [0, 0, 1, 1, 0, 0],
                                                      [0, 0, 0, 0, 1, 1]]


@pytest.mark.parametrize("q", [2, 3, 5, 7, 11, 13, 23])
def test_two_points_of_a_projective_plane_lie_on_one_line(q):
    """Any two left neurons have one right neuron in common: AᵀA is q + 1 or 1 everywhere."""
    n = q * q + q + 1
    A = draw(difference_set, n, n, q + 1)
    np.testing.assert_array_equal(A.T @ A, q * np.eye(n) + 1)
    np.testing.assert_array_equal(A[:, 1:], np.roll(A[:, :-1], 1, axis=0))    # circulant


@pytest.mark.parametrize("q", [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 127])
def test_every_residue_is_one_difference(q):
    """What gives the difference set its name; 127 shows that large q take no long search."""
    n = q * q + q + 1
    D = singer(q)
    differences = (D[:, None] - D)[~np.eye(q + 1, dtype=bool)] % n
    np.testing.assert_array_equal(np.sort(differences), np.arange(1, n))


@pytest.mark.parametrize("layer", range(7))
def test_a_butterfly_changes_one_digit(layer):
    """27 = 3³: neurons are joined if their numbers agree in all digits but one of three."""
    A = draw(butterfly, 27, 27, 3, layer=layer)
    digits = np.array([np.unravel_index(j, (3, 3, 3))[::-1] for j in range(27)])
    agree = digits[:, None] == digits
    agree[:, :, layer % 3] = True
    np.testing.assert_array_equal(A, agree.all(axis=2))


@pytest.mark.parametrize("n, d, stages", [(784, 28, 2), (64, 8, 2), (64, 4, 3), (64, 2, 6),
                                          (27, 3, 3), (5, 5, 1)])
def test_a_butterfly_of_n_equal_to_a_power_of_d_has_one_path_for_each_pair(n, d, stages):
    """After k layers, n = d^k: exactly one path joins every input to every output."""
    for begin in range(stages):
        paths = np.eye(n)
        for layer in range(begin, begin + stages):
            paths = draw(butterfly, n, n, d, layer=layer) @ paths
        assert (paths == 1).all()


@pytest.mark.parametrize("n, d, stages", [(784, 56, 2), (784, 14, 3), (12, 4, 2), (12, 6, 2),
                                          (32, 4, 3), (250, 5, 4)])
def test_a_butterfly_of_another_size_has_at_least_one_path(n, d, stages):
    """n = m · d^(k-1): k layers join all pairs, and k - 1 do not."""
    paths = np.eye(n)
    for layer in range(stages):
        assert (paths == 0).any()
        paths = draw(butterfly, n, n, d, layer=layer) @ paths
    assert (paths > 0).all()


@pytest.mark.parametrize("n_left, n_right, d", [(12, 12, 3), (6, 12, 4), (12, 6, 2)])
def test_blocks_are_full_and_share_nothing(n_left, n_right, d):
    """As the name says."""
    blocks = n_right // d
    np.testing.assert_array_equal(
        draw(block_diagonal, n_left, n_right, d),
        np.kron(np.eye(blocks), np.ones((d, n_left // blocks))))
