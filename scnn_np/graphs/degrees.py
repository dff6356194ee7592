"""How many edges leave each neuron: degree distributions λ(d; P), and degrees per block.

An out-degree says how many trained weights a neuron may spend. The RSP layer draws it from
a distribution (paper, section 2.1, RSP steps 1 and 2); the SC layer states one per block, high
for the blocks of important features and low for the others.
"""

import ast

import numpy as np
from scipy import stats

from scnn_np.tools import checks

PAPER_RSP_DEGREE = 53                                      # paper, section 3
PAPER_SC_DEGREES = (98, 130, 98, 49, 20, 10, 10, 10)       # paper, section 3
PAPER_BLOCKS = 8                                           # paper, section 3
PAPER_WIDTH = 784                                          # paper, section 3
LARGEST = 2 ** 20       # neurons: a typing mistake should not fill the memory


# --- degree distributions -------------------------------------------------------------------
# A distribution is a function λ that takes the possible degrees d = 1 … N_l as an array and
# returns the weight of each. Only the ratios matter; the sampling below normalises them. What
# lies outside 1 … N_l is cut off, so a small `mean` comes out larger: poisson(0.5) has 1.27.

def binomial(mean):
    """λ(d) of a coin tossed once for each right neuron: Binomial(N_l, mean/N_l), d ≥ 1."""
    mean = checks.number("mean", mean, above=0)
    return lambda d: stats.binom.pmf(d, d[-1], min(1.0, mean / d[-1]))


def poisson(mean):
    """λ(d) ∝ mean^d / d!, truncated to 1 … N_l."""
    mean = checks.number("mean", mean, above=0)
    return lambda d: stats.poisson.pmf(d, mean)


def power_law(exponent):
    """λ(d) ∝ d^-exponent, truncated to 1 … N_l."""
    exponent = checks.number("exponent", exponent)
    return lambda d: d ** -exponent


def robust_soliton(c=0.1, delta=0.5):
    """Luby's robust soliton distribution on 1 … N_l (Luby, *LT codes*, 2002).

    Parameters
    ----------
    c, delta : float, c > 0 and 0 < δ < 1
        With k = N_l and S = c·ln(k/δ)·√k, the ideal soliton 1/k, 1/(d(d-1)) is lifted by
        S/(d·k) below d = k/S and by S·ln(S/δ)/k at d = k/S.
    """
    c = checks.number("c", c, above=0)
    delta = checks.number("delta", delta, above=0, below=1)

    def weights(d):
        k = d[-1]
        S = c * np.log(k / delta) * np.sqrt(k)
        spike = int(np.clip(round(k / S), 1, k))
        ideal = np.where(d == 1, 1 / k, 1 / np.maximum(d * (d - 1.0), 1))
        lift = np.where(d < spike, S / (d * k), 0)
        lift[spike - 1] = max(0.0, S * np.log(S / delta) / k)
        return ideal + lift
    return weights


DISTRIBUTIONS = {"binomial": binomial, "poisson": poisson, "power_law": power_law,
                 "robust_soliton": robust_soliton}


def distribution(degrees):
    """What is meant by degrees: a text such as "binomial(53)" as its distribution, a function
    or numbers as they are."""
    if not isinstance(degrees, str):
        return degrees
    expected = (f"numbers, or a distribution such as binomial(53): one of "
                f"{', '.join(DISTRIBUTIONS)}")
    try:
        call = ast.parse(degrees, mode="eval").body
        made = DISTRIBUTIONS[call.func.id]
        values = [ast.literal_eval(value) for value in call.args]
        named = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    except (SyntaxError, ValueError, AttributeError, KeyError, TypeError, RecursionError,
            MemoryError):                      # what Python cannot read, or what is no number
        checks.refuse("degrees", degrees, expected)
    try:
        return made(*values, **named)
    except TypeError:                          # too many numbers, or too few
        checks.refuse("degrees", degrees, expected)
    except ValueError as e:
        raise ValueError(f"degrees: got {checks.shown(degrees)}, but {e}") from e


def draw_degrees(degrees, n_in, n_out, rng):
    """One out-degree per left neuron (paper, section 2.1, RSP steps 1 and 2).

    Parameters
    ----------
    degrees : int, array of n_in ints, or a distribution
        A constant (left regular) or an array is met exactly or refused. A distribution is
        a function from the degrees d = 1 … n_out (an array) to their weights, or its name
        and numbers, "binomial(53)".
    n_in, n_out : int
        Left and right neurons.
    rng : np.random.Generator

    Returns
    -------
    (n_in,) int array, each between 0 and n_out
    """
    check_chain(n_in, n_out, blocks=1, receptive_field=1)
    degrees = distribution(degrees)
    if callable(degrees):                                                   # RSP step 1
        possible = np.arange(1, n_out + 1)
        weights = np.asarray(degrees(possible), float)
        if weights.shape != possible.shape or not (np.isfinite(weights).all()
                                                   and weights.min() >= 0 < weights.sum()):
            raise ValueError("degrees: a distribution must return one finite weight ≥ 0 for "
                             f"each of the {n_out} degrees, not all 0; got {weights}")
        checks.generator("rng", rng)
        return rng.choice(possible, size=n_in, p=weights / weights.sum())   # RSP step 2
    degrees = whole_numbers("degrees", degrees)
    if degrees.shape not in ((), (n_in,)):
        raise ValueError(f"degrees: got an array of shape {degrees.shape}, expected one number "
                         f"or {n_in}, one for each left neuron")
    degrees = np.broadcast_to(degrees, n_in)
    for neuron in np.flatnonzero((degrees < 0) | (degrees > n_out))[:1]:
        raise ValueError(f"degrees: left neuron {neuron} has degree {degrees[neuron]}, "
                         f"expected 0 to {n_out}, the number of right neurons")
    return degrees


# --- degrees per block ----------------------------------------------------------------------

def block_capacity(n_out, blocks, receptive_field, tail_biting=False):
    """The most edges that one neuron of each left block can have in an SC layer.

    A left block takes part in at most r windows, the first blocks of a terminated chain in
    fewer, and each window offers the N_l/B neurons of one right block.

    Returns
    -------
    (blocks,) int array
    """
    check_chain(blocks, n_out, blocks, receptive_field)
    windows = np.minimum(np.arange(blocks) + 1, receptive_field)
    if checks.truth("tail_biting", tail_biting):
        windows = np.full(blocks, receptive_field)
    return windows * (n_out // blocks)


def block_degrees(degrees, n_in, n_out, blocks, receptive_field, tail_biting, rng):
    """An out-degree for every left neuron of an SC layer, or an error that names the block.

    Parameters
    ----------
    degrees : int, or a sequence of `blocks` ints or distributions
        Of each block. *Assumed* for a distribution (the paper's blocks are left regular): each
        neuron of the block draws its own, truncated to what its windows can hold.
    n_in, n_out, blocks, receptive_field, tail_biting, rng : as in `spatially_coupled`

    Returns
    -------
    (blocks, n_in / blocks) int array
    """
    check_chain(n_in, n_out, blocks, receptive_field)
    capacity = block_capacity(n_out, blocks, receptive_field, tail_biting)
    size = n_in // blocks
    is_list = isinstance(degrees, list | tuple) or getattr(degrees, "ndim", 0)
    by_block = list(degrees) if is_list else [degrees] * blocks
    if len(by_block) != blocks:
        raise ValueError(f"degrees: got {len(by_block)} of them, expected one number or "
                         f"{blocks}, one for each block")
    found = np.empty((blocks, size), int)
    for block, (degree, most) in enumerate(zip(by_block, capacity, strict=True)):
        degree = distribution(degree)
        if callable(degree):
            found[block] = draw_degrees(degree, size, int(most), rng)
            continue
        degree = whole_numbers(f"degrees[{block}]", degree)
        if degree.ndim or not 0 <= degree <= most:
            raise ValueError(
                f"degrees: block {block} has degree {degree}, expected 0 to {most}: with "
                f"receptive field {receptive_field} its neurons reach "
                f"{most * blocks // n_out} right block(s) of {n_out // blocks}")
        found[block] = degree
    return found


def scaled_degrees(n_out, blocks=PAPER_BLOCKS, receptive_field=2, tail_biting=False):
    """The paper's degrees per block for a layer of another width or number of blocks.

    The paper's eight degrees are read as a profile along the layer. A new block takes the mean
    of its stretch of the profile, times n_out/784, rounded, at least 1, at most what the block
    can hold. *Assumed*: the paper states the degrees for 784 neurons in 8 blocks only.

    Returns
    -------
    (blocks,) int array; `PAPER_SC_DEGREES` for n_out = 784, blocks = 8, receptive_field = 2
    """
    capacity = block_capacity(n_out, blocks, receptive_field, tail_biting)
    fine = np.repeat(PAPER_SC_DEGREES, blocks).reshape(blocks, -1).mean(axis=1)
    degrees = np.floor(fine * n_out / PAPER_WIDTH + 0.5).astype(int)
    return degrees.clip(1, capacity)


def budget_degrees(edges, importance, n_in, n_out, blocks=PAPER_BLOCKS, receptive_field=2,
                   tail_biting=False):
    """Degrees per block that spend a number of edges in proportion to importance.

    Parameters
    ----------
    edges : int
        What the layer may spend. All N_{l-1}/B neurons of a block have the same degree, so
        the largest multiple of N_{l-1}/B that is not above `edges` is spent.
    importance : array of `blocks` numbers ≥ 0, or one per left neuron (summed by block)
    n_in, n_out, blocks, receptive_field, tail_biting : as in `graphs.spatially_coupled`

    Returns
    -------
    (blocks,) int array
        In proportion to importance, at least 1, at most what a block can hold; what a full
        block cannot take goes to the others, and rounding favours the largest remainders.
    """
    check_chain(n_in, n_out, blocks, receptive_field)
    expected = f"{blocks} or {n_in} finite numbers, none negative"
    importance = checks.finite("importance", importance, expected).astype(float)
    if importance.shape not in ((blocks,), (n_in,)) or importance.min() < 0:
        raise ValueError(f"importance: got shape {importance.shape}, expected {expected}")
    importance = importance.reshape(blocks, -1).sum(axis=1)
    capacity = block_capacity(n_out, blocks, receptive_field, tail_biting)
    size = n_in // blocks
    budget = checks.whole("edges", edges) // size
    if not blocks <= budget <= capacity.sum():
        raise ValueError(f"edges: got {edges}, expected {n_in} (one for each left neuron) to "
                         f"{capacity.sum() * size} (every window full)")
    # Blocks without importance are served last, once the others are full.
    share = np.maximum(importance / (importance.max() or 1), 1e-12)
    low, high = 0.0, budget / share.min()
    for _ in range(200):                   # bisect for the rate at which the budget is spent
        rate = (low + high) / 2
        exact = (rate * share).clip(1, capacity)
        low, high = (rate, high) if exact.sum() < budget else (low, rate)
    exact = (high * share).clip(1, capacity)
    degrees = np.floor(exact + 1e-9).astype(int)
    remainders = np.where(degrees < capacity, exact - degrees, -1)
    degrees[np.argsort(-remainders, kind="stable")[:budget - degrees.sum()]] += 1
    return degrees


# --- checks ---------------------------------------------------------------------------------

def whole_numbers(name, values):
    """`values` as an int array, or an error that names the first fraction among them."""
    array = checks.array(name, values, "whole numbers", kinds="iuf")
    whole = (array == np.floor(array)) & (np.abs(array) < 2.0**63)     # not nan, not infinite
    for entry in np.flatnonzero(~whole)[:1]:
        raise ValueError(f"{name}: entry {entry} is {array.flat[entry]}, "
                         "expected a whole number")
    return array.astype(np.int64)


def check_chain(n_in, n_out, blocks, receptive_field):
    """Refuse a chain of blocks that cannot be laid out."""
    for name, value in (("blocks", blocks), ("receptive_field", receptive_field),
                        ("n_in", n_in), ("n_out", n_out)):
        checks.whole(name, value, least=1, most=LARGEST)
    if receptive_field > blocks:
        raise ValueError(f"receptive_field: got {receptive_field}, expected at most the "
                         f"number of blocks, {blocks}")
    for name, n in (("n_in", n_in), ("n_out", n_out)):
        if n % blocks:
            raise ValueError(f"{name}: got {n} neurons, expected a multiple of the number of "
                             f"blocks, {blocks}")
