"""Lessons on expansion: exact values of known graphs, dense eigenvalues, paths."""

import re
import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from scnn_np.graphs import random_sparse, spatially_coupled
from scnn_np.graphs.degrees import PAPER_RSP_DEGREE, PAPER_SC_DEGREES, PAPER_WIDTH
from scnn_np.graphs.expansion import expansion, path_share
from scnn_np.graphs.families import (
    biregular,
    block_diagonal,
    butterfly,
    circulant_band,
    difference_set,
    erdos_renyi,
)


def close(value):
    """Equal to nine places."""
    return pytest.approx(value, abs=1e-9)


def refused(message):
    """Expect an error that says `message`, word for word."""
    return pytest.raises(ValueError, match=re.escape(message))


def draw(family, n_left, n_right, d, seed=0, layer=0):
    """The support that a family draws."""
    return family(n_left, n_right, layer, np.random.default_rng(seed), degrees=d)


def complete(m, n):
    """K_{m,n}: m right and n left neurons, all pairs."""
    return sparse.csr_array(np.ones((m, n), np.int8))


def hypercube(d):
    """Q_d: neurons are d-bit numbers, odd ones right, even ones left, edges change one bit."""
    number = np.arange(2**d)
    odd = np.bitwise_count(number) % 2 == 1
    bits = np.bitwise_count(number[odd][:, None] ^ number[~odd])
    return sparse.csr_array((bits == 1).astype(np.int8))


def random_regular(n_left, n_right, layer, rng, *, degrees):
    """RSP in the form of a family."""
    return random_sparse(n_left, n_right, degrees, rng)


# --- exact values ---------------------------------------------------------------------------

@pytest.mark.parametrize("m, n", [(1, 2), (2, 1), (2, 2), (3, 7), (7, 3), (40, 60)])
def test_complete_graphs_expand_best(m, n):
    """K_{m,n}: gap 1, and λ₂ = min(m, n)."""
    found = expansion(complete(m, n))
    assert found.gap == 1
    assert found.connectivity == close(min(m, n))
    assert found.ramanujan == "yes"


def test_a_single_edge():
    """K_{1,1}: the Laplacian of two neurons has eigenvalues 0 and 2."""
    found = expansion(complete(1, 1))
    assert found.gap == 1
    assert found.connectivity == close(2)
    assert found.ramanujan == "yes"


@pytest.mark.parametrize("n", [3, 4, 10, 50, 300])
def test_cycles(n):
    """C_{2n}: gap 1 - cos(π/n), λ₂ = 2 - 2 cos(π/n): the longer, the worse."""
    found = expansion(draw(circulant_band, n, n, 2))
    assert found.gap == close(1 - np.cos(np.pi / n))
    assert found.connectivity == close(2 - 2 * np.cos(np.pi / n))
    assert found.ramanujan == "yes"       # at degree 2 even this is as good as can be


@pytest.mark.parametrize("d, verdict", [(2, "yes"), (3, "yes"), (4, "yes"), (5, "yes"),
                                        (6, "yes"), (7, "no"), (8, "no")])
def test_hypercubes(d, verdict):
    """Q_d: gap 2/d, λ₂ = 2; σ₂(A) = d - 2 exceeds 2√(d-1) from d = 7 on."""
    found = expansion(hypercube(d))
    assert found.gap == close(2 / d)
    assert found.connectivity == close(2)
    assert found.ramanujan == verdict


@pytest.mark.parametrize("n, d", [(7, 3), (12, 5), (100, 7), (784, 28), (784, 53)])
def test_bands(n, d):
    """The eigenvalues of a circulant are a geometric sum: σ₂(A) = sin(πd/n)/sin(π/n)."""
    found = expansion(draw(circulant_band, n, n, d))
    sigma2 = np.sin(np.pi * d / n) / np.sin(np.pi / n)
    assert found.sigma2 == close(sigma2 / d)
    assert found.connectivity == close(d - sigma2)
    assert found.ramanujan == ("yes" if sigma2 <= 2 * np.sqrt(d - 1) else "no")


@pytest.mark.parametrize("q", [2, 3, 5, 7, 23])
def test_difference_sets_reach_the_bound(q):
    """σ₂(M) = √((n-d)/(d(n-1))) = √q/(q+1): 0.1998 at q = 23."""
    n, d = q * q + q + 1, q + 1
    found = expansion(draw(difference_set, n, n, d))
    assert found.sigma2 == close(np.sqrt((n - d) / (d * (n - 1)))) == close(np.sqrt(q) / d)
    assert found.connectivity == close(d - np.sqrt(q))
    assert found.ramanujan == "yes"


@pytest.mark.parametrize("n, d", [(7, 3), (30, 3), (30, 15), (30, 25), (200, 10)])
def test_no_biregular_graph_is_below_the_bound(n, d):
    """However the edges are drawn."""
    for seed in range(20):
        found = expansion(draw(biregular, n, n, d, seed))
        assert found.sigma2 >= np.sqrt((n - d) / (d * (n - 1))) - 1e-9


@pytest.mark.parametrize("support", [
    draw(block_diagonal, 12, 12, 6), draw(block_diagonal, 784, 784, 28),
    draw(butterfly, 784, 784, 28), spatially_coupled(40, 24, 5, np.random.default_rng(0),
                                                     blocks=4, receptive_field=1)])
def test_separate_blocks_do_not_mix(support):
    """Two or more components: gap 0 and λ₂ = 0, exactly."""
    found = expansion(support)
    assert found.components > 1
    assert (found.gap, found.connectivity, found.connectivity_without_isolated) == (0, 0, 0)
    assert found.ramanujan == "not applicable"


@pytest.mark.parametrize("n_left, n_right, d", [(30, 30, 4), (30, 20, 4), (20, 30, 6),
                                                (100, 10, 2), (10, 100, 20)])
def test_one_number_decides_both_measures_of_a_biregular_graph(n_left, n_right, d):
    """λ₂ = ½ [d_l + d_r - √((d_l - d_r)² + 4 σ₂(A)²)]."""
    for seed in range(5):
        found = expansion(draw(biregular, n_left, n_right, d, seed))
        d_r = n_left * d // n_right
        sigma2 = found.sigma2 * np.sqrt(d * d_r)
        assert found.components == 1
        assert found.connectivity == close(
            (d + d_r - np.sqrt((d - d_r)**2 + 4 * sigma2**2)) / 2)


# --- dense eigenvalues ----------------------------------------------------------------------

def dense_sigma2(A):
    """σ₂(M) from all singular values, with 0 for D^-½ of isolated neurons."""
    left, right = A.sum(axis=0), A.sum(axis=1)
    with np.errstate(divide="ignore"):
        M = np.where(A, right[:, None]**-0.5 * left**-0.5, 0)
    return np.linalg.svd(M, compute_uv=False)[1]


def dense_connectivity(A):
    """λ₂ from all eigenvalues of the Laplacian."""
    m, n = A.shape
    adjacency = np.block([[np.zeros((m, m)), A], [A.T, np.zeros((n, n))]])
    return np.linalg.eigvalsh(np.diag(adjacency.sum(axis=0)) - adjacency)[1]


@pytest.mark.parametrize("family", [random_regular, erdos_renyi])
@pytest.mark.parametrize("n_left, n_right, d", [(3, 2, 1), (8, 8, 2), (40, 25, 3), (25, 40, 2),
                                                (60, 60, 20), (100, 5, 2), (4, 90, 40)])
def test_agreement_with_dense_eigenvalues(family, n_left, n_right, d):
    """Also when neurons are isolated or the edges are not connected: both occur here."""
    for seed in range(15):
        support = draw(family, n_left, n_right, d, seed)
        A = support.toarray().astype(float)
        found = expansion(support)
        core = A[A.any(axis=1)][:, A.any(axis=0)]
        assert found.sigma2 == close(dense_sigma2(A) if min(core.shape) > 1 else 0)
        assert found.connectivity == close(dense_connectivity(A))
        assert found.connectivity_without_isolated == close(dense_connectivity(core))


def test_agreement_on_coupled_layers():
    """SC layers of 8 blocks, terminated and tail-biting."""
    for tail_biting in (False, True):
        support = spatially_coupled(80, 48, (6, 9, 7, 5, 4, 2, 2, 2), np.random.default_rng(0),
                                    tail_biting=tail_biting)
        A = support.toarray().astype(float)
        assert expansion(support).sigma2 == close(dense_sigma2(A))
        assert expansion(support).connectivity == close(dense_connectivity(A))


# --- what else is measured ------------------------------------------------------------------

def test_the_gap_does_not_see_isolated_neurons_and_the_connectivity_does():
    """Three right and two left neurons without edges change λ₂ to 0, and nothing else."""
    support = draw(biregular, 20, 20, 4)
    wider = sparse.block_diag([support, sparse.csr_array((3, 2))], format="csr")
    before, after = expansion(support), expansion(wider)
    assert (before.isolated_left, before.isolated_right) == (0, 0)
    assert (after.isolated_left, after.isolated_right) == (2, 3)
    assert before.components == after.components == 1
    assert after.gap == before.gap > 0
    assert before.connectivity == before.connectivity_without_isolated > 0
    assert after.connectivity == 0
    assert after.connectivity_without_isolated == before.connectivity
    assert (before.ramanujan, after.ramanujan) == ("yes", "not applicable")


@pytest.mark.parametrize("family, verdict", [
    (random_regular, "not applicable"), (erdos_renyi, "not applicable"), (biregular, "yes"),
    (circulant_band, "no"), (butterfly, "not applicable")])
def test_the_ramanujan_verdict_is_for_connected_biregular_graphs(family, verdict):
    """RSP is regular on the left only; a stage of a butterfly is not connected."""
    assert expansion(draw(family, 64, 64, 8)).ramanujan == verdict


def test_spread_of_degrees():
    """Out-degrees 2, 2, 2, 0 (mean 1.5), in-degrees 3, 3, 0 (mean 2)."""
    found = expansion(sparse.csr_array([[1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]))
    assert found.spread_left == close(np.sqrt(0.75) / 1.5)
    assert found.spread_right == close(np.sqrt(2) / 2)


def test_entries_that_are_0_are_no_edges():
    """A pruned W may be given: the values of its weights do not count, and do not change."""
    support = draw(erdos_renyi, 30, 20, 3)
    W = support.astype(float)
    W.data *= np.random.default_rng(1).standard_normal(W.nnz)
    W.data[:10] = 0
    pruned = W.copy()
    pruned.eliminate_zeros()
    before = W.data.copy()
    assert expansion(W) == expansion(pruned) == expansion(sparse.csr_array(pruned != 0))
    np.testing.assert_array_equal(W.data, before)


def test_the_same_graph_gives_the_same_bits():
    """The Lanczos method starts from a fixed vector."""
    support = draw(biregular, 200, 200, 10)
    assert expansion(support) == expansion(support.copy())


def test_a_support_without_edges_is_refused():
    """It has no first singular value, hence no second."""
    with refused("support: got no edges, expected at least one"):
        expansion(sparse.csr_array((4, 5), dtype=np.int8))


def test_nothing_is_ever_dense():
    """16,384 neurons on each side: a dense A in float64 would take 2 GB."""
    support = draw(circulant_band, 16_384, 16_384, 1) + random_sparse(
        16_384, 16_384, 8, np.random.default_rng(0))
    tracemalloc.start()
    found = expansion(support)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.components == 1 and found.gap > 0.2
    assert peak < 64 * 2**20


# --- the paper's layers ---------------------------------------------------------------------

@pytest.mark.parametrize("seed", range(3))
def test_the_papers_winner_is_a_bad_expander(seed):
    """σ₂ is about 0.979 for SC and 0.262 for RSP."""
    sc = spatially_coupled(PAPER_WIDTH, PAPER_WIDTH, PAPER_SC_DEGREES,
                           np.random.default_rng(seed))
    rsp = random_sparse(PAPER_WIDTH, PAPER_WIDTH, PAPER_RSP_DEGREE, np.random.default_rng(seed))
    assert 0.978 < expansion(sc).sigma2 < 0.980
    assert 0.258 < expansion(rsp).sigma2 < 0.267


@pytest.mark.parametrize("family", [random_regular, biregular, erdos_renyi])
@pytest.mark.parametrize("d", [28, 53, 200])
def test_random_graphs_have_the_gap_that_theory_says(family, d):
    """σ₂(M) ≈ 2 √(d(1 - d/n))/d on a square layer, from below: 1 to 3 % at n = 784."""
    found = expansion(draw(family, 784, 784, d))
    assert found.sigma2 == pytest.approx(2 * np.sqrt(d * (1 - d / 784)) / d, rel=0.04)


# --- paths ----------------------------------------------------------------------------------

@pytest.mark.parametrize("n", [2, 16, 256, 300])
def test_many_paths_count_once(n):
    """n paths join every pair: a sum of n ones in 8 bits would be 0 at n = 256."""
    assert path_share([complete(n, n), complete(n, n)]) == 1


def test_share_of_known_networks():
    """One layer has d/n of the pairs; blocks never more, a band l(d - 1) + 1 after l layers."""
    for layers in (1, 2, 3):
        blocks = [draw(block_diagonal, 784, 784, 28)] * layers
        assert path_share(blocks) == 28 / 784
        band = [draw(circulant_band, 784, 784, 28)] * layers
        assert path_share(band) == (layers * 27 + 1) / 784
        stages = [draw(butterfly, 784, 784, 28, layer=l) for l in range(layers)]
        assert path_share(stages) == (28 / 784 if layers == 1 else 1)


def test_share_of_a_coupled_chain():
    """The light cone: with full windows, input block j reaches the right blocks j - l … j."""
    layer = spatially_coupled(80, 80, [10] + 7 * [20], np.random.default_rng(0))
    for layers in range(1, 10):
        pairs = sum(min(8 - i, layers + 1) for i in range(8))
        assert path_share([layer] * layers) == pairs / 64


def test_share_agrees_with_the_number_of_paths():
    """A path joins a pair if the product of the supports is not 0; widths may differ."""
    rng = np.random.default_rng(0)
    widths = (30, 20, 40, 10)
    supports = [random_sparse(a, b, 2, rng) for a, b in zip(widths, widths[1:], strict=False)]
    paths = np.linalg.multi_dot([support.toarray().astype(int) for support in supports[::-1]])
    assert 0 < (paths > 0).mean() < 1
    assert path_share(supports) == (paths > 0).mean()


def test_an_input_without_edges_reaches_nothing():
    """It counts among the pairs all the same."""
    first = random_sparse(4, 5, [5, 0, 5, 5], np.random.default_rng(0))
    assert path_share([first, complete(6, 5)]) == 3 / 4


def test_layers_that_do_not_fit_are_refused():
    """And an empty list."""
    with refused("supports: layer 1 has 5 left neurons, expected 4, the right neurons of the "
                 "layer before"):
        path_share([complete(4, 3), complete(6, 5)])
    with refused("supports: got none, expected at least one"):
        path_share([])
