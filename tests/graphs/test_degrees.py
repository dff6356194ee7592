"""Lessons on out-degrees: drawn from a distribution, stated per block, bought from a budget."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from scnn_np.graphs.degrees import (
    PAPER_RSP_DEGREE,
    PAPER_SC_DEGREES,
    PAPER_WIDTH,
    binomial,
    block_capacity,
    block_degrees,
    budget_degrees,
    check_chain,
    draw_degrees,
    poisson,
    power_law,
    robust_soliton,
    scaled_degrees,
    whole_numbers,
)


def refused(message, error=ValueError):
    """Expect an error that says `message`, word for word."""
    return pytest.raises(error, match=re.escape(message))


# --- degree distributions -------------------------------------------------------------------

N = 12                                     # right neurons in the tests of distributions
S = 0.3 * math.log(N / 0.4) * math.sqrt(N)    # 3.53: the robust soliton's spike is at N/S ≈ 3

# Each distribution beside the weights of d = 1 … 12, written out from its definition.
DISTRIBUTIONS = {
    "binomial": (binomial(4), [math.comb(N, d) * 4**d * 8**(N - d) for d in range(1, N + 1)]),
    "poisson": (poisson(3), [3**d / math.factorial(d) for d in range(1, N + 1)]),
    "power law": (power_law(1.5), [1 / (d * math.sqrt(d)) for d in range(1, N + 1)]),
    "robust soliton": (robust_soliton(0.3, 0.4),
                       [1 / N + S / N, 1 / 2 + S / (2 * N), 1 / 6 + S * math.log(S / 0.4) / N,
                        *[1 / (d * (d - 1)) for d in range(4, N + 1)]]),
    "one's own": (lambda d: d % 3, [1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]),
}


def p_of_frequencies(sample, weights):
    """Chi-square p-value of "the sample follows the weights"; rare degrees share one cell."""
    expected = len(sample) * np.asarray(weights, float) / np.sum(weights)
    observed = np.bincount(sample, minlength=N + 1)[1:]
    rare = expected < 5
    if observed[expected == 0].any():
        return 0.0
    expected = np.append(expected[~rare], expected[rare].sum())
    observed = np.append(observed[~rare], observed[rare].sum())
    return stats.chisquare(observed[expected > 0], expected[expected > 0]).pvalue


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_sampled_degrees_follow_the_stated_weights(name):
    """20,000 degrees fit the formula of their own distribution and of no other."""
    sample = draw_degrees(DISTRIBUTIONS[name][0], 20_000, N, np.random.default_rng(1))
    for other, (_, weights) in DISTRIBUTIONS.items():
        p = p_of_frequencies(sample, weights)
        assert p > 1e-3 if other == name else p < 1e-9, other


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("n_out", [1, 2, 7, 100])
def test_sampled_degrees_lie_between_1_and_the_number_of_right_neurons(name, n_out):
    """Every left neuron gets an edge, and none gets more than there are right neurons."""
    degrees = draw_degrees(DISTRIBUTIONS[name][0], 500, n_out, np.random.default_rng(2))
    assert degrees.shape == (500,)
    assert degrees.dtype.kind == "i"
    assert 1 <= degrees.min() <= degrees.max() <= n_out


def test_both_ends_of_the_range_are_drawn():
    """With equal weights the degrees that occur are 1, 2, …, N_l: all of them."""
    degrees = draw_degrees(np.ones_like, 500, N, np.random.default_rng(3))
    np.testing.assert_array_equal(np.unique(degrees), np.arange(1, N + 1))


def test_degrees_are_drawn_independently_of_each_other():
    """A neuron's degree says nothing about its neighbour's; sorted degrees would."""
    sample = draw_degrees(lambda d: d <= 3, 20_000, N, np.random.default_rng(4))

    def p_of_neighbours(degrees):
        pairs = np.zeros((3, 3), int)
        np.add.at(pairs, (degrees[0::2] - 1, degrees[1::2] - 1), 1)
        return stats.chi2_contingency(pairs).pvalue
    assert p_of_neighbours(sample) > 1e-3
    assert p_of_neighbours(np.sort(sample)[:13_400]) < 1e-9


def test_only_the_ratios_of_the_weights_matter():
    """Weights a thousand times as large give the same degrees from the same seed."""
    once = draw_degrees(power_law(2), 100, N, np.random.default_rng(5))
    same = draw_degrees(lambda d: 1000 * d**-2.0, 100, N, np.random.default_rng(5))
    np.testing.assert_array_equal(once, same)


def test_a_binomial_mean_above_the_number_of_right_neurons_means_fully_connected():
    """The coin's probability is at most 1, and then every neuron has all N_l edges."""
    degrees = draw_degrees(binomial(99), 50, N, np.random.default_rng(6))
    np.testing.assert_array_equal(degrees, np.full(50, N))


def test_robust_soliton_has_the_textbook_numbers():
    """MacKay (2003, chapter 50): k = 10,000, c = 0.2, δ = 0.05 give S = 244, a spike at 41."""
    k = 10_000
    weights = robust_soliton(c=0.2, delta=0.05)(np.arange(1, k + 1))
    assert round(weights[0] * k - 1) == 244                    # weight of d = 1 is (1 + S)/k
    assert np.argmax(weights[2:]) + 3 == 41                    # after the peak at d = 2
    assert round(weights.sum(), 1) == 1.3
    np.testing.assert_allclose(weights[41:], [1 / (d * (d - 1)) for d in range(42, k + 1)])


def test_stated_degrees_are_met_exactly():
    """A number stands for every neuron (left regular), an array for one neuron each."""
    rng = np.random.default_rng(7)
    np.testing.assert_array_equal(draw_degrees(5, 4, N, rng), [5, 5, 5, 5])
    np.testing.assert_array_equal(draw_degrees([0, 3, 12, 1], 4, N, rng), [0, 3, 12, 1])
    np.testing.assert_array_equal(draw_degrees(np.array([2.0, 4.0]), 2, N, rng), [2, 4])


def test_the_same_seed_gives_the_same_degrees():
    """A seed names one sample, another seed another one."""
    first, again, other = (draw_degrees(poisson(4), 100, N, np.random.default_rng(seed))
                           for seed in (8, 8, 9))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("degrees, error, message", [
    (13, ValueError, "degrees: left neuron 0 has degree 13, expected 0 to 12"),
    ([1, 2, 13, 14], ValueError, "degrees: left neuron 2 has degree 13, expected 0 to 12"),
    ([1, -2, 3, 4], ValueError, "degrees: left neuron 1 has degree -2, expected 0 to 12"),
    ([1, 2, 3, 2.5], ValueError, "degrees: entry 3 is 2.5, expected a whole number"),
    ([1, 2, np.nan, 4], ValueError, "degrees: entry 2 is nan, expected a whole number"),
    (np.inf, ValueError, "degrees: entry 0 is inf, expected a whole number"),
    (-1e300, ValueError, "degrees: entry 0 is -1e+300, expected a whole number"),
    ([1, 2, 3], ValueError, "degrees: got an array of shape (3,), expected one number or 4"),
    ([[1, 2], [3, 4]], ValueError, "degrees: got an array of shape (2, 2), expected one"),
    ("many", ValueError, "degrees: got 'many', expected numbers, or a distribution"),
    (None, ValueError, "degrees: got None, expected whole numbers"),
    (True, ValueError, "degrees: got True, expected whole numbers"),
])
def test_degrees_that_cannot_be_met_are_refused(degrees, error, message):
    """What somebody states is never clipped: the message names the neuron and the limit."""
    with refused(message, error):
        draw_degrees(degrees, 4, N, np.random.default_rng(0))


@pytest.mark.parametrize("distribution", [
    lambda d: d - 2,                                           # negative at d = 1
    lambda d: 0 * d,                                           # nothing to draw
    lambda d: np.where(d == 3, np.nan, 1),
    lambda d: np.where(d == 3, np.inf, 1),
    lambda d: d[:-1],                                          # one too few
    lambda d: 1.0,                                             # one for all
], ids=["negative", "all zero", "nan", "infinite", "too few", "a number"])
def test_a_distribution_must_return_proper_weights(distribution):
    """One finite weight ≥ 0 for each possible degree, and not all of them 0."""
    with refused("degrees: a distribution must return one finite weight ≥ 0 for each of the "
                 "12 degrees, not all 0; got "):
        draw_degrees(distribution, 4, N, np.random.default_rng(0))


@pytest.mark.parametrize("c, delta", [(0, 0.5), (-1, 0.5), (0.1, 0), (0.1, 1), (np.nan, 0.5)])
def test_robust_soliton_refuses_parameters_without_a_spike(c, delta):
    """c is positive and δ, a probability of failure, lies strictly between 0 and 1."""
    named = f"c: got {c}" if not c > 0 else f"delta: got {delta}"
    with refused(f"{named}, expected a number > 0"):
        robust_soliton(c, delta)


@pytest.mark.parametrize("make, value, message", [
    (poisson, -1, "mean: got -1, expected a number > 0"), (poisson, 0, "mean: got 0, expected"),
    (binomial, -1, "mean: got -1, expected a number > 0"), (binomial, np.nan, "mean: got nan"),
    (binomial, "4", "mean: got '4'"), (power_law, np.inf, "exponent: got inf, expected a fin"),
])
def test_no_such_distribution(make, value, message):
    """Refused where it is made, not where it is drawn from."""
    with refused(message):
        make(value)


# --- distributions by name --------------------------------------------------------------------

@pytest.mark.parametrize("text, made", [
    ("binomial(4)", binomial(4)), ("poisson(3.5)", poisson(3.5)),
    ("poisson( mean = 2 )", poisson(2)), ("power_law(-1)", power_law(-1)),
    ("robust_soliton()", robust_soliton()),
    ("robust_soliton(0.3, 0.4)", robust_soliton(0.3, 0.4)),
    ("robust_soliton(delta=0.4, c=0.3)", robust_soliton(0.3, 0.4))])
def test_a_distribution_as_text(text, made):
    """What a command line and a file of settings can hold: the name and its numbers."""
    by_text, by_function = (draw_degrees(degrees, 200, N, np.random.default_rng(9))
                            for degrees in (text, made))
    np.testing.assert_array_equal(by_text, by_function)


@pytest.mark.parametrize("text", [
    "binomial", "binomial(", "binomial()", "binomial(4, 5)", "binomial(mean=4, n=3)", "",
    " ", "normal(4)", "poisson(N)", "poisson(2 + 2)", "poisson(*[3])", "np.poisson(3)",
    "poisson(**{'mean': 3})", "(lambda d: d)(3)", "53", "[1, 2]", "poisson(3); poisson(4)",
    "binomial(__import__('os').abort())", "poisson(" * 500, f"poisson({'9' * 5000})"])
def test_a_text_that_is_no_distribution(text):
    """It is read, never run: names of ours with plain numbers, and nothing else."""
    with pytest.raises(ValueError, match="^degrees: got .*, expected numbers, or a distributi"):
        draw_degrees(text, 4, N, np.random.default_rng(0))


def test_a_text_with_a_wrong_number_says_which():
    """The text, and what its function has to say about it."""
    with refused("degrees: got 'robust_soliton(c=0.1, delta=1)', but delta: got 1, expected a "
                 "number > 0 and < 1"):
        draw_degrees("robust_soliton(c=0.1, delta=1)", 4, N, np.random.default_rng(0))


def test_a_generator_is_needed_where_something_is_drawn():
    """Stated degrees draw nothing."""
    with refused("rng: got 0, expected a np.random.Generator", TypeError):
        draw_degrees("poisson(3)", 4, N, 0)
    assert draw_degrees(3, 4, N, None).tolist() == [3, 3, 3, 3]


@pytest.mark.parametrize("n_in, n_out, message", [
    (0, 5, "n_in: got 0, expected a whole number of at least 1"),
    (-3, 5, "n_in: got -3, expected a whole number of at least 1"),
    (5, 0, "n_out: got 0, expected a whole number of at least 1"),
    (5, 4.5, "n_out: got 4.5, expected a whole number of at least 1"),
])
def test_a_layer_has_at_least_one_neuron_on_each_side(n_in, n_out, message):
    """Numbers of neurons are positive integers."""
    with refused(message):
        draw_degrees(1, n_in, n_out, np.random.default_rng(0))


# --- degrees per block ----------------------------------------------------------------------

def test_capacity_is_the_number_of_windows_times_the_block_size():
    """Left block j reaches min(j + 1, r) right blocks, on a tail-biting chain always r."""
    assert block_capacity(784, 8, 2).tolist() == [98] + 7 * [196]
    assert block_capacity(784, 8, 1).tolist() == 8 * [98]
    assert block_capacity(40, 4, 4).tolist() == [10, 20, 30, 40]
    assert block_capacity(784, 8, 2, tail_biting=True).tolist() == 8 * [196]
    assert block_capacity(7, 1, 1).tolist() == [7]


def by_block(degrees, width, blocks, receptive_field, tail_biting=False):
    """The degree of each block of a square layer; all of its neurons have it."""
    found = block_degrees(degrees, width, width, blocks, receptive_field, tail_biting,
                          np.random.default_rng(0))
    assert found.shape == (blocks, width // blocks)
    assert (found == found[:, :1]).all()
    return found[:, 0].tolist()


def test_the_papers_degrees_need_a_receptive_field_of_two():
    """130 edges do not fit into one window of 98, so r = 1 is refused and r = 2 accepted."""
    with refused("degrees: block 1 has degree 130, expected 0 to 98: with receptive field 1 "
                 "its neurons reach 1 right block(s) of 98"):
        by_block(PAPER_SC_DEGREES, PAPER_WIDTH, 8, 1)
    assert by_block(PAPER_SC_DEGREES, PAPER_WIDTH, 8, 2) == list(PAPER_SC_DEGREES)


def test_one_number_stands_for_every_block():
    """A single degree is repeated; the first block, with one window, limits it."""
    assert by_block(10, 40, 4, 2) == [10, 10, 10, 10]
    with refused("degrees: block 0 has degree 11, expected 0 to 10"):
        by_block(11, 40, 4, 2)
    assert by_block(20, 40, 4, 2, tail_biting=True) == [20, 20, 20, 20]


@pytest.mark.parametrize("degrees, error, message", [
    ([10, 20, 21, 5], ValueError, "degrees: block 2 has degree 21, expected 0 to 20: with "
     "receptive field 2 its neurons reach 2 right block(s) of 10"),
    ([11, 0, 0, 0], ValueError, "degrees: block 0 has degree 11, expected 0 to 10: with "
     "receptive field 2 its neurons reach 1 right block(s) of 10"),
    ([5, 5, 5, -1], ValueError, "degrees: block 3 has degree -1, expected 0 to 20"),
    ([5, 5.5, 5, 5], ValueError, "degrees[1]: entry 0 is 5.5, expected a whole number"),
    ([5, 5, 5, np.inf], ValueError, "degrees[3]: entry 0 is inf, expected a whole number"),
    ([5, 5, 5], ValueError, "degrees: got 3 of them, expected one number or 4"),
    (["5"] * 4, ValueError, "degrees: got '5', expected numbers, or a distribution such as "),
])
def test_block_degrees_that_cannot_be_met_are_refused(degrees, error, message):
    """The message names the block, its degree, the most it can have, and why."""
    with refused(message, error):
        by_block(degrees, 40, 4, 2)


def test_a_distribution_in_a_block():
    """Each neuron of the block draws its own degree, at most what its windows can hold; the
    other blocks keep theirs. One for all blocks is one in each."""
    found = block_degrees([4, "binomial(3)", poisson(50), 2], 400, 40, 4, 2, False,
                          np.random.default_rng(1))
    assert (found[0] == 4).all() and (found[3] == 2).all()
    assert found[1].min() >= 1 and 2.5 < found[1].mean() < 3.6
    assert len(set(found[1])) > 3
    assert found[2].max() <= 20 and found[2].mean() > 17       # truncated: 50 do not fit
    for degrees in ("poisson(50)", poisson(50)):
        found = block_degrees(degrees, 400, 40, 4, 2, False, np.random.default_rng(1))
        assert found.max(axis=1).tolist() == [10, 20, 20, 20]


def test_stated_degrees_draw_nothing():
    """So that a graph with stated degrees is the one of its seed, whatever else is possible."""
    rng = np.random.default_rng(1)
    state = rng.bit_generator.state
    block_degrees([4, 3, 2, 1], 40, 40, 4, 2, False, rng)
    assert rng.bit_generator.state == state


# --- the paper's degrees at other widths ----------------------------------------------------

def test_scaled_degrees_are_the_papers_at_the_papers_width():
    """784 neurons in 8 blocks with r = 2: nothing to scale."""
    assert tuple(scaled_degrees(784)) == PAPER_SC_DEGREES


@pytest.mark.parametrize("n_out, expected", [
    (1568, [196, 260, 196, 98, 40, 20, 20, 20]),
    (392, [49, 65, 49, 25, 10, 5, 5, 5]),              # 24.5 is rounded up
    (64, [8, 11, 8, 4, 2, 1, 1, 1]),                   # 10/12.25 = 0.8, rounded
    (16, [2, 3, 2, 1, 1, 1, 1, 1]),                    # 0.2 becomes the least degree, 1
])
def test_scaled_degrees_keep_the_profile_at_other_widths(n_out, expected):
    """The paper's degrees times N_l/784, rounded, and at least 1."""
    assert scaled_degrees(n_out).tolist() == expected


@pytest.mark.parametrize("n_out, blocks, receptive_field, expected", [
    (784, 4, 2, [114, 74, 15, 10]),                    # means of two: 73.5 is rounded up
    (1176, 3, 2, [165, 59, 15]),       # 1.5 × the means of 8/3 old blocks: 110, 39.4, 10
    (784, 16, 4, [49, 98, 130, 130, 98, 98, 49, 49, 20, 20] + 6 * [10]),
    (784, 8, 1, [98, 98, 98, 49, 20, 10, 10, 10]),     # 130 is capped at a block of 98
    (784, 1, 1, [PAPER_RSP_DEGREE]),                   # one block: the paper's RSP degree
])
def test_scaled_degrees_read_the_profile_at_other_block_numbers(n_out, blocks,
                                                                receptive_field, expected):
    """A block takes the mean of its stretch of the profile, capped at what it can hold."""
    assert scaled_degrees(n_out, blocks, receptive_field).tolist() == expected


def test_scaled_degrees_on_a_tail_biting_chain_are_capped_later():
    """Its first block has two windows, so 16 blocks of 49 can start with 98 edges."""
    assert scaled_degrees(784, 16, 2)[:4].tolist() == [49, 98, 98, 98]
    assert scaled_degrees(784, 16, 2, tail_biting=True)[:4].tolist() == [98, 98, 98, 98]


def test_scaled_degrees_can_always_be_met():
    """For every width, number of blocks and receptive field: between 1 and the capacity."""
    for blocks in range(1, 20):
        for receptive_field in range(1, blocks + 1):
            for size in (1, 2, 9, 60):
                degrees = scaled_degrees(size * blocks, blocks, receptive_field)
                most = [min(j + 1, receptive_field) * size for j in range(blocks)]
                assert (degrees >= 1).all()
                assert (degrees <= most).all()


# --- a budget of edges ----------------------------------------------------------------------

def test_a_budget_is_spent_in_proportion_to_importance():
    """100 edges for each column of ten neurons, split 4 : 3 : 2 : 1."""
    assert budget_degrees(1000, [4, 3, 2, 1], 40, 400, 4).tolist() == [40, 30, 20, 10]


def test_the_papers_degrees_are_a_budget_of_41650_edges():
    """Take the paper's degrees for the importance and its edges for the budget."""
    degrees = budget_degrees(41_650, PAPER_SC_DEGREES, PAPER_WIDTH, PAPER_WIDTH)
    assert tuple(degrees) == PAPER_SC_DEGREES


def test_rounding_favours_the_largest_remainders():
    """10 : 7 : 3 of 13 is 6.5, 4.55, 1.95; the two edges left over go to .95 and .55."""
    assert budget_degrees(13, [10, 7, 3], 3, 300, 3).tolist() == [6, 5, 2]


def test_what_does_not_fill_a_whole_block_of_neurons_is_not_spent():
    """All ten neurons of a block have one degree, so 1009 edges buy no more than 1000."""
    assert budget_degrees(1009, [4, 3, 2, 1], 40, 400, 4).tolist() == [40, 30, 20, 10]
    assert budget_degrees(1010, [4, 3, 2, 1], 40, 400, 4).sum() == 101


def test_a_full_block_passes_the_excess_on_to_the_others():
    """80 : 10 : 10 of 60, but block 0 holds only 20: the other 40 go 1 : 1."""
    assert budget_degrees(60, [8, 1, 1], 3, 60, 3).tolist() == [20, 20, 20]
    assert budget_degrees(60, [1, 8, 1], 3, 60, 3).tolist() == [10, 40, 10]
    assert budget_degrees(90, [1, 8, 1], 3, 60, 3).tolist() == [20, 40, 30]


def test_every_block_gets_at_least_one_edge():
    """Unimportant blocks keep one edge per neuron, paid for by the important ones."""
    assert budget_degrees(10, [1000, 1000, 1], 3, 60, 3).tolist() == [5, 4, 1]
    assert budget_degrees(3, [1000, 1000, 1], 3, 60, 3).tolist() == [1, 1, 1]


def test_blocks_of_zero_importance_are_served_last():
    """They stay at one edge until the others are full; if all are zero they share evenly."""
    assert budget_degrees(42, [0, 0, 5], 3, 60, 3).tolist() == [1, 1, 40]
    assert budget_degrees(48, [0, 0, 5], 3, 60, 3).tolist() == [4, 4, 40]
    assert budget_degrees(30, [0, 0, 0], 3, 60, 3).tolist() == [10, 10, 10]


def test_the_largest_budget_fills_every_window():
    """Capacity 10 + 20 + 20 on a terminated chain, 3 · 20 on a tail-biting one."""
    assert budget_degrees(50, [1, 2, 3], 3, 30, 3).tolist() == [10, 20, 20]
    assert budget_degrees(60, [1, 2, 3], 3, 30, 3, tail_biting=True).tolist() == [20, 20, 20]


def test_importance_per_feature_is_summed_by_block():
    """One number per left neuron says the same as the sums of their blocks."""
    per_feature = np.random.default_rng(10).random(40)
    per_block = [sum(per_feature[10 * j:10 * j + 10]) for j in range(4)]
    degrees = budget_degrees(1000, per_feature, 40, 400, 4)
    assert degrees.tolist() == budget_degrees(1000, per_block, 40, 400, 4).tolist()
    assert len(set(degrees)) > 1


def random_budgets(cases):
    """Random chains, importances and budgets, with what a block can hold and with degrees."""
    rng = np.random.default_rng(11)
    for _ in range(cases):
        blocks = int(rng.integers(1, 12))
        receptive_field = int(rng.integers(1, blocks + 1))
        tail_biting = bool(rng.integers(2))
        size_in, size_out = (int(size) for size in rng.integers(1, 40, 2))
        windows = [receptive_field if tail_biting else min(j + 1, receptive_field)
                   for j in range(blocks)]
        capacity = size_out * np.array(windows)
        importance = rng.random(blocks) ** rng.integers(0, 4)       # from even to very uneven
        edges = int(rng.integers(size_in * blocks, size_in * capacity.sum() + 1))
        degrees = budget_degrees(edges, importance, size_in * blocks, size_out * blocks,
                                 blocks, receptive_field, tail_biting)
        yield edges, importance, size_in, capacity, degrees


def test_random_budgets_are_spent_exactly():
    """The edges spent are the largest multiple of the block size within the budget."""
    for edges, _, size_in, _, degrees in random_budgets(500):
        assert size_in * degrees.sum() == edges - edges % size_in


def test_random_budgets_respect_both_limits():
    """Degrees between 1 and the capacity, and both limits are reached somewhere."""
    at_least, at_most = 0, 0
    for *_, capacity, degrees in random_budgets(500):
        assert (degrees >= 1).all()
        assert (degrees <= capacity).all()
        at_least += (degrees == 1).any()
        at_most += (degrees == capacity).any()
    assert at_least > 100 and at_most > 100


def test_random_budgets_are_proportional_where_a_block_is_free():
    """No edge could move to a free block without favouring that block over the giver.

    With t edges per unit of importance, d - 1 < t·importance < d + 1 for free blocks; a block
    at its maximum has only the left half of this, a block at 1 only the right.
    """
    for _, importance, _, capacity, degrees in random_budgets(500):
        gives, takes = degrees > 1, degrees < capacity
        if gives.any() and takes.any():
            rate_above = ((degrees - 1) / importance)[gives].max()
            rate_below = ((degrees + 1) / importance)[takes].min()
            assert rate_above <= rate_below * (1 + 1e-6)


def test_random_budgets_without_limits_follow_the_largest_remainders():
    """Hamilton's method in exact fractions, where no block is near 1 or near full."""
    rng = np.random.default_rng(12)
    for _ in range(300):
        importance = rng.integers(10, 30, size=5)
        budget = int(rng.integers(100, 1000))
        exact = [Fraction(budget * int(share), int(importance.sum())) for share in importance]
        expected = [math.floor(x) for x in exact]
        by_remainder = sorted(range(5), key=lambda j: expected[j] - exact[j])   # stable
        for j in by_remainder[:budget - sum(expected)]:
            expected[j] += 1
        remainders = sorted((x % 1 for x in exact), reverse=True)
        left_over = int(sum(remainders))
        if left_over and remainders[left_over - 1] == remainders[left_over]:
            continue                                           # a tie: either is right
        assert budget_degrees(budget * 3, importance, 15, 5000, 5).tolist() == expected


def test_importance_is_left_as_it_was():
    """Arguments are never changed in place."""
    importance = np.array([4.0, 3.0, 0.0, 1.0])
    budget_degrees(1000, importance, 40, 400, 4)
    assert importance.tolist() == [4.0, 3.0, 0.0, 1.0]


@pytest.mark.parametrize("edges, importance, error, message", [
    (39, [1, 1, 1, 1], ValueError, "edges: got 39, expected 40 (one for each left neuron) to "
     "7000 (every window full)"),
    (7010, [1, 1, 1, 1], ValueError, "edges: got 7010, expected 40 (one for each left neuron) "
     "to 7000 (every window full)"),
    (-5, [1, 1, 1, 1], ValueError, "edges: got -5, expected 40"),
    (99.5, [1, 1, 1, 1], ValueError, "edges: got 99.5, expected a whole number"),
    (np.inf, [1, 1, 1, 1], ValueError, "edges: got inf, expected a whole number"),
    ("all", [1, 1, 1, 1], ValueError, "edges: got 'all', expected a whole number"),
    (100, [1, 1, 1], ValueError, "importance: got shape (3,), expected 4 or 40 finite numbers"),
    (100, [], ValueError, "importance: got shape (0,), expected 4 or 40 finite numbers"),
    (100, [1, 1, -1, 1], ValueError, "finite numbers, none negative"),
    (100, [1, np.nan, 1, 1], ValueError, "finite numbers, none negative"),
    (100, [1, np.inf, 1, 1], ValueError, "finite numbers, none negative"),
])
def test_bad_budgets_are_refused(edges, importance, error, message):
    """Too little, too much, not a number of edges, or not an importance for every block."""
    with refused(message, error):
        budget_degrees(edges, importance, 40, 400, 4)


# --- checks ---------------------------------------------------------------------------------

@pytest.mark.parametrize("n_in, n_out, blocks, receptive_field, message", [
    (10, 8, 4, 2, "n_in: got 10 neurons, expected a multiple of the number of blocks, 4"),
    (8, 10, 4, 2, "n_out: got 10 neurons, expected a multiple of the number of blocks, 4"),
    (8, 8, 4, 5, "receptive_field: got 5, expected at most the number of blocks, 4"),
    (8, 8, 4, 0, "receptive_field: got 0, expected a whole number of at least 1"),
    (8, 8, 0, 1, "blocks: got 0, expected a whole number of at least 1"),
    (8, 8, -4, 1, "blocks: got -4, expected a whole number of at least 1"),
    (8, 8, 4.0, 1, "blocks: got 4.0, expected a whole number of at least 1"),
    (8, 8, "4", 1, "blocks: got '4', expected a whole number of at least 1"),
    (8, 8, 4, [2], "receptive_field: got [2], expected a whole number of at least 1"),
    (0, 8, 4, 2, "n_in: got 0, expected a whole number of at least 1"),
    (8, 8.0, 4, 2, "n_out: got 8.0, expected a whole number of at least 1"),
])
def test_chains_that_cannot_be_laid_out_are_refused(n_in, n_out, blocks, receptive_field,
                                                    message):
    """The message names the argument, what came and what was expected."""
    with refused(message):
        check_chain(n_in, n_out, blocks, receptive_field)


@pytest.mark.parametrize("n_out, blocks, receptive_field, message", [
    (790, 8, 2, "n_out: got 790 neurons, expected a multiple of the number of blocks, 8"),
    (784, 0, 1, "blocks: got 0, expected a whole number of at least 1"),
    (784, 8, 9, "receptive_field: got 9, expected at most the number of blocks, 8"),
])
def test_every_function_of_blocks_checks_the_chain(n_out, blocks, receptive_field, message):
    """Capacity, scaled degrees and budgets have the same door."""
    with refused(message):
        block_capacity(n_out, blocks, receptive_field)
    with refused(message):
        scaled_degrees(n_out, blocks, receptive_field)
    with refused(message):
        budget_degrees(5000, np.ones(8), 784, n_out, blocks, receptive_field)


def test_whole_numbers_may_come_as_floats_but_leave_as_integers():
    """98.0 is a whole number, and a large integer keeps its last digit."""
    assert whole_numbers("x", [98.0, 130.0]).tolist() == [98, 130]
    assert whole_numbers("x", [98.0, 130.0]).dtype == np.int64
    assert int(whole_numbers("x", 2**62 + 1)) == 2**62 + 1
