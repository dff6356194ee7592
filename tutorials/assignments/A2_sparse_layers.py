"""Random sparse layers.

The master of assignment A2: see `masters.py` for the grammar.
"""

# %% [setup]
import numpy as np

# %% [grader]
from tutorials.assignments.masters import (
    Big,
    Expr,
    equivalent,
    holds,
    inputs,
    mutant,
    own_test,
)

CHOICES = {"layout": ("columns", "rows"), "side": ("left", "right"),
           "fans": ("both", "entering")}

# %% [markdown]
# ## What this is about
#
# In a random sparse layer (RSP in *Spatially-Coupled Neural Network Architectures*, arXiv
# 1907.02051) most weights are not zero: they are not there. You draw who is connected to whom,
# write the edges down in compressed rows (CSR), and multiply by them, forward and backward,
# without ever making the full matrix. At the end your layer trains a network. Use NumPy only:
# `scipy.sparse` has all this, but here you write it.
#
# **Words and shapes in this variant.** Edge $e$ leads from the left neuron $j_e$ to the right
# neuron $i_e$ and has the weight $w_e$. Neurons are counted from 0, samples by $s$.
# One column per sample: `Z` and `dZ` are (left neurons, samples), `A` and `dA` are  #? columns
# (right neurons, samples).                                                          #? columns
# One row per sample: `Z` and `dZ` are (samples, left neurons), `A` and `dA` are     #? rows
# (samples, right neurons).                                                          #? rows
# `dA` is short for the gradient of the loss with respect to `A`. All weights and values are
# float64. No function may change its arguments.
#
# **The degrees.** A *degree* is a number of edges at one neuron. It is drawn from numbers
# $\lambda_d$ for the degrees $d = 1 \dots D$, which need not sum to 1:
#
# $$
# P(d) = \frac{\lambda_d}{\lambda_1 + \lambda_2 + \dots + \lambda_D} \tag{Eq. 1}
# $$
#
# **The edges.** In this variant the degrees are those of the left neurons: left     #? left
# neuron $j$ has edges to $d_j$ different right neurons, and every set $S$ of $d_j$  #? left
# of the $n$ right neurons is equally likely:                                        #? left
# **The edges.** In this variant the degrees are those of the right neurons: right   #? right
# neuron $i$ has edges from $d_i$ different left neurons, and every set $S$ of $d_i$  #? right
# of the $n$ left neurons is equally likely:                                         #? right
#
# $$
# P(\text{neuron } j \text{ gets } S) = 1 \Big/ \binom{n}{d_j} \tag{Eq. 2}           #? left
# P(\text{neuron } i \text{ gets } S) = 1 \Big/ \binom{n}{d_i} \tag{Eq. 2}           #? right
# $$
#
# **Compressed rows.** Put the edges in the order of their right neurons, those of one right
# neuron in the order of their left neurons. `data` holds the weights and `indices` the left
# neurons in this order. The edges of right neuron $i$ are those at the places $p_i$ to
# $p_{i+1} - 1$, and `indptr` holds
#
# $$
# p_0 = 0, \qquad p_{i+1} = p_i + (\text{number of edges that enter right neuron } i)
# \tag{Eq. 3}
# $$
#
# for all right neurons, those without edges too. From here on $e$ counts in this order.
#
# **The three products** of a layer:
#
# $$
# A_{is} = \sum_{e:\ i_e = i} w_e\, Z_{j_e s} \tag{Eq. 4}                            #? columns
# A_{si} = \sum_{e:\ i_e = i} w_e\, Z_{s j_e} \tag{Eq. 4}                            #? rows
# $$
#
# $$
# dZ_{js} = \sum_{e:\ j_e = j} w_e\, dA_{i_e s} \tag{Eq. 5}                          #? columns
# dZ_{sj} = \sum_{e:\ j_e = j} w_e\, dA_{s i_e} \tag{Eq. 5}                          #? rows
# $$
#
# $$
# dw_e = \sum_s dA_{i_e s}\, Z_{j_e s} \tag{Eq. 6}                                   #? columns
# dw_e = \sum_s dA_{s i_e}\, Z_{s j_e} \tag{Eq. 6}                                   #? rows
# $$
#
# **The start.** Weights are drawn uniformly between $-c_e$ and $c_e$, with a gain $\gamma$ that
# the activation gives. So that signals neither fade nor explode, $c_e$ depends on the *fans*:
# $f_i$ edges enter right neuron $i$, and $g_j$ edges leave left neuron $j$.         #? both
# $f_i$ edges enter right neuron $i$.                                                #? entering
#
# $$
# c_e = \gamma \sqrt{\frac{6}{f_{i_e} + g_{j_e}}} \tag{Eq. 7}                        #? both
# c_e = \gamma \sqrt{\frac{3}{f_{i_e}}} \tag{Eq. 7}                                  #? entering
# $$

# %% [task] A2.1, Eq. (1): degrees from a distribution (8 points, 5 minutes, core)
def draw_degrees(lam, n, rng):
    """A degree for each of n neurons, each drawn on its own.

    Parameters
    ----------
    lam : (D,) array, lam[d - 1] is λ of the degree d
    n : int
    rng : np.random.Generator
        All that is random comes from it.

    Returns
    -------
    degrees : (n,) int array, each 1 … D

    TODO: Eq. (1).
    APPROACH: turn lam into probabilities, then let the Generator choose.
    EXAMPLE:
        >>> draw_degrees(np.array([0.0, 0.0, 5.0]), 4, np.random.default_rng(0)).tolist()
        [3, 3, 3, 3]

    HINTS: `rng.choice` takes probabilities as `p`, and they must sum to 1. Which degree
        belongs to lam[0]?
    """
    ### BEGIN SOLUTION
    return rng.choice(np.arange(1, len(lam) + 1), n, p=lam / lam.sum())
    ### END SOLUTION


# %% [grader]
def generator_from(rng):
    """A Generator for one case, with a seed of its own."""
    return Expr(f"np.random.default_rng({rng.integers(10 ** 6)})")


@inputs("A2.1")
def degrees_inputs(rng):
    low, gap, high = rng.integers(4, 9), rng.integers(1, 4), rng.integers(3, 7)
    lam = np.array([low, 0, gap, high]) / 2
    other = np.array([1.0, 0, 0, 0, rng.integers(2, 5)])
    cases = [(lam, 600), (lam, 600), (other, 400)]
    return [(*case, generator_from(rng)) for case in cases]


@holds("A2.1", 0.3, "How many numbers come out for n = 7?", "Print the shape of your answer.",
       "Each neuron has a degree of its own: Eq. (1) is drawn n times.")
def one_for_each(cases):
    return all(degrees.shape == (n,) for (_, n, _), degrees in cases)


@holds("A2.1", 0.5, "What are the smallest and the largest degree that ever come?",
       "lam[0] belongs to a neuron with how many edges?",
       "Eq. (1) starts at d = 1: places in an array start at 0.")
def in_range(cases):
    return all(np.min(degrees) >= 1 and np.max(degrees) <= len(lam)
               and np.all(degrees == np.round(degrees)) for (lam, _, _), degrees in cases)


@holds("A2.1", 0.4, "A degree d with λ = 0: how often does it come?",
       "Count how often each degree comes in 1000, and write λ beside it.",
       "In Eq. (1) the probability of a degree is in proportion to its λ.")
def impossible_never_comes(cases):
    return all(np.all(np.array(lam)[degrees.astype(int) - 1] > 0)
               for (lam, _, _), degrees in cases)


@holds("A2.1", 0.5, "Do all neurons have the same degree?",
       "How often do you ask the Generator?", "Eq. (1) is drawn for each neuron on its own.")
def not_all_alike(cases):
    return all(np.ptp(degrees) > 0 for _, degrees in cases)


@holds("A2.1", 0.5, "Call it with two Generators of different seeds. What should differ?",
       "Where does chance come from in your function?",
       "Whatever is drawn by Eq. (1) comes from the argument rng, and from nothing else.")
def degrees_from_rng(cases):
    found = {}
    for (lam, n, _), degrees in cases:
        found.setdefault((tuple(lam), n), []).append(tuple(degrees))
    return all(len(set(answers)) == len(answers) for answers in found.values())


@holds("A2.1", 0.5, "Count each degree in 10,000 draws: which shares do you expect?",
       "A neuron of degree 4 has four edges. Is it drawn four times as often for that?",
       "Eq. (1) counts neurons: nothing but λ stands above the bar.")
def shares_of_lam(cases):
    for (lam, n, _), degrees in cases:
        shares = np.array(lam) / np.sum(lam)
        counts = np.bincount(degrees.astype(int), minlength=len(shares) + 1)[1:]
        if np.any(abs(counts - n * shares) > 1 + 5.5 * np.sqrt(n * shares * (1 - shares))):
            return False
    return True


@mutant("A2.1", violates="one_for_each")
def one_degree(lam, n, rng):
    return draw_degrees(lam, 1, rng)[0]


@mutant("A2.1", violates="in_range")
def from_zero(lam, n, rng):
    return draw_degrees(lam, n, rng) - 1


@mutant("A2.1", violates="impossible_never_comes")
def all_equally_likely(lam, n, rng):
    return rng.integers(1, len(lam) + 1, n)


@mutant("A2.1", violates="not_all_alike")
def one_for_all(lam, n, rng):
    return np.full(n, draw_degrees(lam, 1, rng)[0])


@mutant("A2.1", violates="degrees_from_rng")
def own_seed(lam, n, rng):
    return draw_degrees(lam, n, np.random.default_rng(0))


@mutant("A2.1", violates="shares_of_lam")
def shares_of_edges(lam, n, rng):
    return draw_degrees(lam * np.arange(1, len(lam) + 1), n, rng)


@equivalent("A2.1")
def by_thresholds(lam, n, rng):
    steps = np.cumsum(lam) / np.sum(lam)
    return [1 + int(np.sum(u >= steps)) for u in rng.random(n)]


@equivalent("A2.1")
def neuron_by_neuron(lam, n, rng):
    p = lam / np.sum(lam)
    return np.array([1 + rng.choice(len(p), p=p) for _ in range(n)])


# %% [task] A2.2, Eq. (2): edges without replacement (12 points, 20 minutes, core)
def draw_edges(n_left, n_right, degrees, rng):
    """A random graph in which the degrees on one side are met exactly.

    Parameters
    ----------
    n_left, n_right : int, how many neurons there are
    degrees : (n_left,) int array, of the left neurons, each 0 … n_right             #? left
    degrees : (n_right,) int array, of the right neurons, each 0 … n_left            #? right
    rng : np.random.Generator
        All that is random comes from it.

    Returns
    -------
    i, j : int arrays with an entry for each edge, its right neuron and its left neuron; the
        order of the edges does not matter

    TODO: Eq. (2). No pair of neurons may have two edges.
    APPROACH: a loop over the neurons that have degrees: each one's neighbours are drawn anew
        from all on the other side.
    EXAMPLE:
        >>> i, j = draw_edges(2, 3, np.array([3, 0]), np.random.default_rng(0))      #? left
        >>> sorted(i.tolist()), j.tolist()                                           #? left
        >>> i, j = draw_edges(3, 2, np.array([3, 0]), np.random.default_rng(0))      #? right
        >>> sorted(j.tolist()), i.tolist()                                           #? right
        ([0, 1, 2], [0, 0, 0])

    HINTS: `rng.choice` has an argument `replace`. `np.repeat` says one thing several times, and
        how often may be different for each. Draw a hundred small graphs and look at them.
    """
    ### BEGIN SOLUTION
    i = [rng.choice(n_right, d, replace=False) for d in degrees]                     #? left
    return np.concatenate(i), np.repeat(np.arange(n_left), degrees)                  #? left
    j = [rng.choice(n_left, d, replace=False) for d in degrees]                      #? right
    return np.repeat(np.arange(n_right), degrees), np.concatenate(j)                 #? right
    ### END SOLUTION


# %% [grader]
def sizes(own, others):
    """(n_left, n_right) of `own` neurons that have degrees and of the others."""
    return own, others                                                               #? left
    return others, own                                                               #? right


@inputs("A2.2")
def edges_inputs(rng):
    mixed = rng.permutation([0, 5, 3, 2, 1, 4])             # one without edges, one with all
    cases = [(*sizes(6, 5), mixed)] + [(*sizes(6, 5), np.full(6, 2))] * 40
    return [(*case, generator_from(rng)) for case in cases]


@holds("A2.2", 0.4, "Which numbers can a left neuron have, and which a right one?",
       "Whose degrees are they: which neurons are as many as the degrees?",
       "Look up in the text above Eq. (2) which side the degrees are of, and which end is i.")
def ends_in_range(cases):
    return all(np.shape(i) == np.shape(j) and np.all(i >= 0) and np.all(i < n_right)
               and np.all(j >= 0) and np.all(j < n_left)
               for (n_left, n_right, _, _), (i, j) in cases)


@holds("A2.2", 0.5, "Count the different neighbours of a neuron.",
       "May a neuron be drawn again that was drawn already?",
       "Eq. (2) draws a set: nothing stands in it twice.")
def no_twins(cases):
    return all(len(set(zip(i, j, strict=True))) == len(i) for _, (i, j) in cases)


@holds("A2.2", 0.4, "Are the degrees met exactly, or on average?",
       "Count the edges of each neuron that has a degree, and compare.",
       "In Eq. (2) the size of the set is given: only its members are drawn.")
def degrees_met(cases):
    return all([np.sum(j == k) for k in range(n_left)] == degrees.tolist()           #? left
               for (n_left, _, degrees, _), (_, j) in cases)                         #? left
    return all([np.sum(i == k) for k in range(n_right)] == degrees.tolist()          #? right
               for (_, n_right, degrees, _), (i, _) in cases)                        #? right


@holds("A2.2", 0.5, "Print the neighbours of the first two neurons.",
       "How often do you draw, and for how many neurons?",
       "Eq. (2) is drawn for each neuron anew.")
def neurons_differ(cases):
    def neighbours(i, j):
        return {tuple(sorted(i[j == k])) for k in set(j)}                            #? left
        return {tuple(sorted(j[i == k])) for k in set(i)}                            #? right
    return any(len(neighbours(i, j)) > 1 for (_, _, degrees, _), (i, j) in cases
               if np.ptp(degrees) == 0)


@holds("A2.2", 0.5, "Call it with two Generators of different seeds. What should differ?",
       "Where does chance come from in your function?",
       "Whatever is drawn by Eq. (2) comes from the argument rng, and from nothing else.")
def edges_from_rng(cases):
    graphs = {tuple(sorted(zip(i, j, strict=True))) for (_, _, degrees, _), (i, j) in cases
              if np.ptp(degrees) == 0}
    return len(graphs) > 1


@holds("A2.2", 0.7, "Which neurons are never drawn in 200 graphs?",
       "What are the smallest and the largest number that your draw can give?",
       "In Eq. (2) the n neurons have the numbers 0 to n - 1.")
def everybody_is_drawn(cases):
    drawn = [(i, j) for (_, _, degrees, _), (i, j) in cases if np.ptp(degrees) == 0]
    return {k for i, _ in drawn for k in i} == set(range(5))                         #? left
    return {k for _, j in drawn for k in j} == set(range(5))                         #? right


@holds("A2.2", 0.6, "With 2 edges to 5 neurons: which pairs come, and which never do?",
       "Do the neighbours of a neuron know of each other?",
       "In Eq. (2) every set has the same probability, not those of a certain form only.")
def every_pair_comes(cases):
    pairs = set()
    for (_, _, degrees, _), (i, j) in cases:
        if np.ptp(degrees) == 0:
            pairs |= {tuple(sorted(i[j == k])) for k in set(j)}                      #? left
            pairs |= {tuple(sorted(j[i == k])) for k in set(i)}                      #? right
    return len(pairs) == 10


def wired(degrees, draw):
    """(i, j), where draw(degree) gives the neighbours of one neuron."""
    others = [np.asarray(draw(d), int) for d in degrees]
    own = np.repeat(np.arange(len(degrees)), [len(other) for other in others])
    return np.concatenate(others), own                                               #? left
    return own, np.concatenate(others)                                               #? right


def others_of(n_left, n_right):
    """How many neurons are on the side without degrees."""
    return n_right                                                                   #? left
    return n_left                                                                    #? right


@mutant("A2.2", violates="ends_in_range")
def ends_exchanged(n_left, n_right, degrees, rng):
    return draw_edges(n_left, n_right, degrees, rng)[::-1]


@mutant("A2.2", violates="ends_in_range")
def degrees_of_the_other_side(n_left, n_right, degrees, rng):
    others = [rng.choice(len(degrees), d, replace=False) for d in degrees]
    own = np.repeat(np.arange(len(degrees)), degrees)
    return own, np.concatenate(others)                                               #? left
    return np.concatenate(others), own                                               #? right


@mutant("A2.2", violates="no_twins")
def with_replacement(n_left, n_right, degrees, rng):
    return wired(degrees, lambda d: rng.integers(0, others_of(n_left, n_right), d))


@mutant("A2.2", violates="degrees_met")
def a_coin_for_each_pair(n_left, n_right, degrees, rng):
    n = others_of(n_left, n_right)
    return wired(degrees, lambda d: np.flatnonzero(rng.random(n) < d / n))


@mutant("A2.2", violates="neurons_differ")
def one_draw_for_all(n_left, n_right, degrees, rng):
    order = rng.permutation(others_of(n_left, n_right))
    return wired(degrees, lambda d: order[:d])


@mutant("A2.2", violates="edges_from_rng")
def own_seed_for_edges(n_left, n_right, degrees, rng):
    return draw_edges(n_left, n_right, degrees, np.random.default_rng(0))


@mutant("A2.2", violates="everybody_is_drawn")
def last_never_drawn(n_left, n_right, degrees, rng):
    n = others_of(n_left, n_right)
    return wired(degrees, lambda d: rng.choice(max(n - 1, d), d, replace=False))


@mutant("A2.2", violates="every_pair_comes")
def neighbours_in_a_row(n_left, n_right, degrees, rng):
    n = others_of(n_left, n_right)
    return wired(degrees, lambda d: (rng.integers(n) + np.arange(d)) % n)


@equivalent("A2.2")
def one_by_one(n_left, n_right, degrees, rng):
    edges = []
    for own, degree in enumerate(degrees):
        free = list(range(others_of(n_left, n_right)))
        for _ in range(degree):
            other = free.pop(rng.integers(len(free)))
            edges.append((other, own))                                               #? left
            edges.append((own, other))                                               #? right
    i, j = zip(*sorted(edges), strict=True)
    return list(i), list(j)


@equivalent("A2.2")
def by_permutations(n_left, n_right, degrees, rng):
    return wired(degrees, lambda d: rng.permutation(others_of(n_left, n_right))[:d])


# %% [task] A2.3, Eq. (3): compressed rows by hand (14 points, 20 minutes, core)
def to_csr(i, j, w, n_right):
    """The edges of a layer in compressed rows.

    Parameters
    ----------
    i, j : (edges,) int arrays, right and left neuron of each edge, in any order; no pair stands
        there twice
    w : (edges,) array, the weight of each edge; a weight of 0 is an edge too
    n_right : int

    Returns
    -------
    data, indices, indptr : arrays with edges, edges and n_right + 1 entries, in this order

    TODO: the three arrays above and in Eq. (3). Each of the three earns points on its own.
    APPROACH: find the order of the edges first, and put w and j into it. Then count the edges
        that enter each right neuron, and add up.
    EXAMPLE:
        >>> i, j, w = np.array([1, 0, 1]), np.array([2, 0, 0]), np.array([0.5, 1.5, 2.5])
        >>> [part.tolist() for part in to_csr(i, j, w, 3)]
        [[1.5, 2.5, 0.5], [0, 0, 2], [0, 1, 3, 3]]

    HINTS: `np.lexsort` sorts by its last key first. `np.bincount` has an argument `minlength`:
        what for? Where does the row of a right neuron end that is the last one?
    """
    ### BEGIN SOLUTION
    order = np.lexsort((j, i))
    counts = np.bincount(i, minlength=n_right)
    return w[order], j[order], np.concatenate([[0], np.cumsum(counts)])
    ### END SOLUTION


# %% [grader]
def edges(rng, n_right, n_left, count, without):
    """i, j and w of edges in any order; one right neuron has none, one weight is 0."""
    free = [(i, j) for i in range(n_right) for j in range(n_left) if i != without]
    i, j = np.array(free)[rng.permutation(len(free))[:count]].T
    w = rng.normal(0, 1.5, count).round(2)
    w[0] = 0
    return i.copy(), j.copy(), w


@inputs("A2.3")
def csr_inputs(rng):
    i, j, w = edges(rng, 4, 6, 9, without=1)
    w[3] = 1e4
    return [(i, j, w, 4), (*edges(rng, 3, 3, 5, without=2), 3),
            (*edges(rng, 5, 2, 7, without=0), 5), (*edges(rng, 2, 4, 1, without=1), 2)]


@mutant("A2.3", 0.66, "How many entries has indptr for 3 right neurons?",
        "Where does the row of right neuron 0 begin?", "Look at the first entry in Eq. (3).")
def no_leading_zero(i, j, w, n_right):
    data, indices, indptr = to_csr(i, j, w, n_right)
    return data, indices, indptr[1:]


@mutant("A2.3", 0.66, "Where does the row of the last right neuron end?",
        "How many entries has indptr for 3 right neurons?",
        "Eq. (3) has a last entry too: that of all edges.")
def one_short(i, j, w, n_right):
    data, indices, indptr = to_csr(i, j, w, n_right)
    return data, indices, indptr[:-1]


@mutant("A2.3", 0.66, "Can an entry of indptr be smaller than the one before?",
        "Is it how many edges a row has that stands in indptr, or where it begins?",
        "Eq. (3) adds each count to what was there before.")
def counts_only(i, j, w, n_right):
    data, indices, indptr = to_csr(i, j, w, n_right)
    return data, indices, np.concatenate([[0], np.diff(indptr)])


@mutant("A2.3", 0.66, "How many entries has indptr if the last right neuron has no edge?",
        "What does counting do with a neuron that does not occur?",
        "Eq. (3) is for all right neurons, those without edges too.")
def rows_at_the_end_left_out(i, j, w, n_right):
    return to_csr(i, j, w, max(i) + 1)


@mutant("A2.3", 0.5, "Hand the same edges in twice, shuffled. Do you get the same?",
        "In which order are the edges of one right neuron?",
        "Above Eq. (3): those of one right neuron are in the order of their left neurons.")
def unsorted_rows(i, j, w, n_right):
    order = np.argsort(i, kind="stable")
    return w[order], j[order], to_csr(i, j, w, n_right)[2]


@mutant("A2.3", 0.4, "Compare with the full matrix: which of its lines stands first in data?",
        "How many entries has your indptr, and how many right neurons are there?",
        "Above Eq. (3): the edges are in the order of their right neurons first.")
def columns_first(i, j, w, n_right):
    return to_csr(j, i, w, max(j) + 1)


@mutant("A2.3", 0.66, "Give each edge a weight of its own, and look where it ends up.",
        "What is put into order, and what is left as it came?",
        "data and indices are in the same order: e means the same edge in both.")
def weights_left_behind(i, j, w, n_right):
    return w.copy(), *to_csr(i, j, w, n_right)[1:]


@mutant("A2.3", 0.5, "How many edges go in, and how many come out?",
        "Is an edge of weight 0 the same as no edge? Think of its gradient.",
        "Eq. (3) counts edges, whatever their weights are.")
def zeros_dropped(i, j, w, n_right):
    return to_csr(i[w != 0], j[w != 0], w[w != 0], n_right)


@equivalent("A2.3")
def by_sorted_tuples(i, j, w, n_right):
    in_order = sorted(zip(i, j, w, strict=True))
    indptr = [sum(row < k for row in i) for k in range(n_right + 1)]
    return [e[2] for e in in_order], [e[1] for e in in_order], indptr


@equivalent("A2.3")
def row_by_row(i, j, w, n_right):
    data, indices, indptr = [], [], [0]
    for row in range(n_right):
        mine = np.flatnonzero(i == row)
        mine = mine[np.argsort(j[mine])]
        data += w[mine].tolist()
        indices += j[mine].tolist()
        indptr.append(len(data))
    return np.array(data), np.array(indices, float), np.array(indptr, np.int32)


# %% [task] A2.4, Eq. (4): forward (12 points, 15 minutes, core)
def forward(data, indices, indptr, Z):
    """Each right neuron sums over its own edges.

    Parameters
    ----------
    data, indices, indptr : arrays as from `to_csr`
    Z : (left neurons, samples) array                                                #? columns
    Z : (samples, left neurons) array                                                #? rows

    Returns
    -------
    A : (right neurons, samples) array                                               #? columns
    A : (samples, right neurons) array                                               #? rows

    TODO: Eq. (4), also for right neurons without edges.
    APPROACH: a loop over the right neurons. Which places of data and indices are theirs, and
        which part of Z belongs to these places?
    EXAMPLE:
        >>> W = np.array([1.5, 2.5, 0.5]), np.array([0, 0, 2]), np.array([0, 1, 3, 3])
        >>> forward(*W, np.array([[1.0], [10.0], [100.0]])).tolist()                 #? columns
        [[1.5], [52.5], [0.0]]                                                       #? columns
        >>> forward(*W, np.array([[1.0, 10.0, 100.0]])).tolist()                     #? rows
        [[1.5, 52.5, 0.0]]                                                           #? rows

    HINTS: `indices[indptr[i]:indptr[i + 1]]` are the left neurons of right neuron i. How many
        right neurons there are stands in indptr.
    """
    ### BEGIN SOLUTION
    A = np.zeros((len(indptr) - 1, Z.shape[1]))                                      #? columns
    A = np.zeros((len(Z), len(indptr) - 1))                                          #? rows
    for i in range(len(indptr) - 1):
        e = slice(indptr[i], indptr[i + 1])
        A[i] = data[e] @ Z[indices[e]]                                               #? columns
        A[:, i] = Z[:, indices[e]] @ data[e]                                         #? rows
    return A
    ### END SOLUTION


# %% [grader]
def layer(rng, n_right, n_left, count, without):
    """data, indices and indptr of a layer."""
    return to_csr(*edges(rng, n_right, n_left, count, without), n_right)


def values(rng, neurons, samples):
    """What neurons say to samples, in the layout of the variant."""
    return rng.normal(0, 1.5, (neurons, samples)).round(2)                           #? columns
    return rng.normal(0, 1.5, (samples, neurons)).round(2)                           #? rows


def by_neuron(X):
    """(neurons, samples) of the layout of the variant, and back."""
    return X                                                                         #? columns
    return np.ascontiguousarray(X.T)                                                 #? rows


def right_ends(indptr):
    """i of each edge."""
    return np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))


@inputs("A2.4")
def forward_inputs(rng):
    Z = values(rng, 6, 3)
    Z[0, 0], Z[1, 1] = 0, 1e4
    return [(*layer(rng, 4, 6, 11, without=1), Z),
            (*layer(rng, 3, 3, 5, without=2), values(rng, 3, 2)),
            (*layer(rng, 5, 2, 7, without=0), values(rng, 2, 1))]


@mutant("A2.4", 0.4, "Double all weights. What should happen to A?",
        "What does an edge do with the value that comes along it?",
        "Eq. (4) multiplies each Z by the w of its edge.")
def without_weights(data, indices, indptr, Z):
    return forward(np.ones_like(data), indices, indptr, Z)


@mutant("A2.4", 0.5, "Give one right neuron three edges, and the weights 1, 10 and 100.",
        "Which edges arrive in A? What does += do where an index stands twice?",
        "Eq. (4) is a sum over all edges of a right neuron.")
def last_edge_only(data, indices, indptr, Z):
    A = np.zeros((len(indptr) - 1, by_neuron(Z).shape[1]))
    A[right_ends(indptr)] += data[:, None] * by_neuron(Z)[indices]
    return by_neuron(A)


@mutant("A2.4", 0.6, "What should come out of a right neuron without edges?",
        "Look at two equal numbers that follow each other in indptr.",
        "A sum in Eq. (4) over no edges is 0.")
def rows_without_edges_filled(data, indices, indptr, Z):
    A = by_neuron(forward(data, indices, indptr, Z)).copy()
    for i in np.flatnonzero(np.diff(indptr) == 0):
        e = min(indptr[i], len(data) - 1)
        A[i] = data[e] * by_neuron(Z)[indices[e]]
    return by_neuron(A)


@mutant("A2.4", 0.5, "Give each right neuron one edge. What comes out?",
        "Is the end of a slice inside it or behind it?",
        "Below Eq. (3): at which place does the row of right neuron i end?")
def last_edge_missing(data, indices, indptr, Z):
    return forward(np.where(np.isin(np.arange(len(data)), indptr[1:] - 1), 0, data), indices,
                   indptr, Z)


@mutant("A2.4", 0.4, "Which neuron does edge e come from?",
        "Do you take the values in the order of the left neurons, or in that of the edges?",
        "In Eq. (4) the index of Z is the left neuron of e: look it up.")
def in_order_of_neurons(data, indices, indptr, Z):
    first = np.arange(len(data)) - indptr[right_ends(indptr)]
    return forward(data, first % by_neuron(Z).shape[0], indptr, Z)


@mutant("A2.4", 0.4, "Turn an edge round. Should A change?",
        "Which end of an edge does Z belong to, and which A?",
        "In Eq. (4) A has the index of the sum's right neuron, Z that of the left one.")
def ends_turned(data, indices, indptr, Z):
    A = np.zeros((max(indices) + 1, by_neuron(Z).shape[1]))
    np.add.at(A, indices, data[:, None] * by_neuron(Z)[right_ends(indptr)])
    return by_neuron(A)


@equivalent("A2.4")
def edge_by_edge(data, indices, indptr, Z):
    A = np.zeros((len(indptr) - 1, by_neuron(Z).shape[1]))
    for w, i, j in zip(data, right_ends(indptr), indices, strict=True):
        A[i] += w * by_neuron(Z)[j]
    return by_neuron(A)


@equivalent("A2.4")
def by_add_at(data, indices, indptr, Z):
    A = np.zeros((len(indptr) - 1, by_neuron(Z).shape[1]), order="F")
    np.add.at(A, right_ends(indptr), data[:, None] * by_neuron(Z)[indices])
    return by_neuron(A)


# %% [task] A2.5, Eq. (5): backward (14 points, 20 minutes, core)
def backward(data, indices, indptr, n_left, dA):
    """Each left neuron collects along the edges that leave it.

    Parameters
    ----------
    data, indices, indptr : arrays as from `to_csr`
    n_left : int
    dA : (right neurons, samples) array                                              #? columns
    dA : (samples, right neurons) array                                              #? rows

    Returns
    -------
    dZ : (left neurons, samples) array                                               #? columns
    dZ : (samples, left neurons) array                                               #? rows

    TODO: Eq. (5), also for left neurons without edges.
    APPROACH: the edges are in the order of the right neurons, and Eq. (5) sums over those of a
        left one. So begin with zeros, go through the edges, and let each add its part.
    EXAMPLE:
        >>> W = np.array([1.5, 2.5, 0.5]), np.array([0, 0, 2]), np.array([0, 1, 3, 3])
        >>> backward(*W, 3, np.array([[10.0], [2.0], [7.0]])).tolist()               #? columns
        [[20.0], [0.0], [1.0]]                                                       #? columns
        >>> backward(*W, 3, np.array([[10.0, 2.0, 7.0]])).tolist()                   #? rows
        [[20.0, 0.0, 1.0]]                                                           #? rows

    HINTS: Draw one edge and follow it backwards. Try `x = np.zeros(2); x[[0, 0]] += 1` before
        you rely on it.
    """
    ### BEGIN SOLUTION
    right = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    dZ = np.zeros((n_left, dA.shape[1]))                                             #? columns
    np.add.at(dZ, indices, data[:, None] * dA[right])                                #? columns
    dZ = np.zeros((len(dA), n_left))                                                 #? rows
    np.add.at(dZ.T, indices, data[:, None] * dA.T[right])                            #? rows
    return dZ
    ### END SOLUTION


# %% [grader]
@inputs("A2.5", decimals=5)
def backward_inputs(rng):
    dA = values(rng, 4, 3)
    dA[0, 0], dA[1, 1] = 0, 1e4
    return [(*layer(rng, 4, 6, 11, without=1), 8, dA),
            (*layer(rng, 3, 3, 5, without=1), 3, values(rng, 3, 2)),
            (*layer(rng, 5, 2, 7, without=0), 2, values(rng, 5, 1))]


@mutant("A2.5", 0.5, "Give one left neuron three edges, and the weights 1, 10 and 100.",
        "What does += do where an index stands twice? The HINTS have an example.",
        "Eq. (5) is a sum over all edges that leave j: none may overwrite another.")
def last_edge_stays(data, indices, indptr, n_left, dA):
    dZ = np.zeros((n_left, by_neuron(dA).shape[1]))
    dZ[indices] += data[:, None] * by_neuron(dA)[right_ends(indptr)]
    return by_neuron(dZ)


@mutant("A2.5", 0.4, "Draw one edge and follow it backwards. Where does it start?",
        "Only as many neurons left as right let this pass: try 2 and 3.",
        "In Eq. (5) it is the left end that all edges of a sum have in common.")
def forward_again(data, indices, indptr, n_left, dA):
    return forward(data, indices, indptr, dA)


@mutant("A2.5", 0.4, "Double all weights. What should happen to dZ?",
        "What does an edge do with the gradient that comes back along it?",
        "Eq. (5) multiplies each dA by the w of its edge.")
def weights_forgotten(data, indices, indptr, n_left, dA):
    return backward(np.ones_like(data), indices, indptr, n_left, dA)


@mutant("A2.5", 0.6, "How many left neurons are there, and for how many is there a gradient?",
        "What if the last left neuron has no edge?",
        "Eq. (5) holds for all left neurons: a sum over no edges is 0.")
def as_many_as_seen(data, indices, indptr, n_left, dA):
    return backward(data, indices, indptr, max(indices) + 1, dA)


@mutant("A2.5", 0.5, "Which weights does right neuron 1 have?",
        "Is the e of the weight the e of the gradient?",
        "In Eq. (5) w and dA belong to the same edge, and data is in the order of Eq. (3).")
def weights_in_order_of_columns(data, indices, indptr, n_left, dA):
    order = np.lexsort((right_ends(indptr), indices))
    return backward(data[order], indices, indptr, n_left, dA)


@mutant("A2.5", 0.6, "Give a left neuron a second edge like the first. What should dZ do?",
        "Is it a sum or a mean over the edges?", "Nothing is divided in Eq. (5).")
def mean_over_edges(data, indices, indptr, n_left, dA):
    count = np.maximum(1, np.bincount(indices, minlength=n_left))[:, None]
    return by_neuron(by_neuron(backward(data, indices, indptr, n_left, dA)) / count)


@equivalent("A2.5")
def edges_one_by_one(data, indices, indptr, n_left, dA):
    dZ = np.zeros((n_left, by_neuron(dA).shape[1]))
    for i in range(len(indptr) - 1):
        for e in range(indptr[i], indptr[i + 1]):
            dZ[indices[e]] += data[e] * by_neuron(dA)[i]
    return by_neuron(dZ)


@equivalent("A2.5")
def turned_round(data, indices, indptr, n_left, dA):
    return forward(*to_csr(indices, right_ends(indptr), data, n_left), dA)


# %% [task] A2.6, Eq. (6): the gradient of the weights (14 points, 25 minutes)
def on_support(indices, indptr, dA, Z):
    """One number for each edge: where there is no edge there is no weight to learn.

    Parameters
    ----------
    indices, indptr : arrays as from `to_csr`
    dA : (right neurons, samples) array                                              #? columns
    Z : (left neurons, samples) array                                                #? columns
    dA : (samples, right neurons) array                                              #? rows
    Z : (samples, left neurons) array                                                #? rows

    Returns
    -------
    dw : (edges,) array, in the order of indices

    TODO: Eq. (6). A layer of 20,000 by 20,000 neurons with 40,000 edges must fit too: the full
        matrix, of 3.2 GB, is not to be made.
    APPROACH: one edge: multiply what its two ends say, sample by sample, and add up. All edges:
        line the ends up, each in an array with an entry for each edge.
    EXAMPLE:
        >>> W = np.array([0, 0, 2]), np.array([0, 1, 3, 3])
        >>> dA = np.array([[1.0, 2.0], [10.0, 20.0], [7.0, 7.0]])
        >>> Z = np.array([[1.0, 1.0], [5.0, 5.0], [0.0, 3.0]])
        >>> on_support(*W, dA, Z).tolist()                                           #? columns
        >>> on_support(*W, dA.T, Z.T).tolist()                                       #? rows
        [3.0, 30.0, 60.0]

    HINTS: Give each edge another value in your test, so that you see the order. `np.repeat`
        says which right neuron an edge has. How large are the arrays that you make on the way?
    """
    ### BEGIN SOLUTION
    right = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    return (dA[right] * Z[indices]).sum(axis=1)                                      #? columns
    return (dA[:, right] * Z[:, indices]).sum(axis=0)                                #? rows
    ### END SOLUTION


# %% [grader]
def large(neurons, turn):
    """An expression for values at 20,000 neurons, for two samples."""
    columns = f"np.arange(40_000.0).reshape(20_000, 2) % {neurons} - {turn}"
    return Expr(columns)                                                             #? columns
    return Expr(f"({columns}).T.copy()")                                             #? rows


@inputs("A2.6")
def on_support_inputs(rng):
    def case(n_right, n_left, count, samples, without):
        return (*layer(rng, n_right, n_left, count, without)[1:],
                values(rng, n_right, samples), values(rng, n_left, samples))
    first = case(4, 6, 11, 3, without=1)
    first[2][0, 0], first[3][1, 1] = 0, 1e4
    k = rng.integers(10_000)
    indices = f"np.add.outer((7919 * np.arange(20_000) + {k}) % 10_000, [0, 10_000]).ravel()"
    return [first, case(3, 3, 5, 5, without=2), case(5, 2, 7, 1, without=0),
            Big([Expr(indices), Expr("2 * np.arange(20_001)"), large(7, 3), large(5, 2)])]


@mutant("A2.6", 0.6, "How many entries has the full matrix at the size that TODO names?",
        "Which of your arrays has a place for every pair of neurons?",
        "Eq. (6) is needed for the edges only. Take their ends first, then multiply.",
        big="MemoryError")
def full_matrix_first(indices, indptr, dA, Z):
    return (by_neuron(dA) @ by_neuron(Z).T)[right_ends(indptr), indices]


@mutant("A2.6", 0.4, "How many weights exist, and how many numbers do you return?",
        "What would a step along your gradient do to a place without an edge?",
        "Eq. (6) has one value for each edge e.", big="MemoryError")
def off_the_support(indices, indptr, dA, Z):
    return by_neuron(dA) @ by_neuron(Z).T


@mutant("A2.6", 0.6, "Give each edge another value. Which comes first?",
        "Every number is there. Is it in its place?",
        "The e of Eq. (6) counts edges as Eq. (3) does: by right neurons first.")
def in_order_of_columns(indices, indptr, dA, Z):
    order = np.lexsort((right_ends(indptr), indices))
    return on_support(indices, indptr, dA, Z)[order]


@mutant("A2.6", 0.6, "A numerical check would be off by a constant. Which?",
        "Who divides by the number of samples: this layer, or the loss that gave dA?",
        "Eq. (6) is a sum over the samples.")
def mean_over_samples(indices, indptr, dA, Z):
    return on_support(indices, indptr, dA, Z) / by_neuron(dA).shape[1]


@mutant("A2.6", 0.5, "How many numbers are there for one edge?",
        "A weight acts on all samples. What does that do to its gradient?",
        "Over which index is the sum in Eq. (6)?")
def for_each_sample(indices, indptr, dA, Z):
    return by_neuron(by_neuron(dA)[right_ends(indptr)] * by_neuron(Z)[indices])


@mutant("A2.6", 0.4, "Draw one edge. What is known at its left end, what at its right end?",
        "Only as many neurons left as right let this pass: try 2 and 3.",
        "In Eq. (6), whose index has dA, and whose has Z?")
def ends_mixed_up(indices, indptr, dA, Z):
    return np.sum(by_neuron(dA)[indices] * by_neuron(Z)[right_ends(indptr)], axis=1)


@mutant("A2.6", 0.4, "Change the sign of both dA and Z. What should dw do?",
        "Do you multiply sums, or sum products?",
        "In Eq. (6) the product is taken first, for each sample, and then the sum.")
def product_of_sums(indices, indptr, dA, Z):
    return by_neuron(dA)[right_ends(indptr)].sum(axis=1) * by_neuron(Z)[indices].sum(axis=1)


@equivalent("A2.6")
def edge_after_edge(indices, indptr, dA, Z):
    D, Z = by_neuron(dA), by_neuron(Z)
    return [float(D[i] @ Z[j]) for i, j in zip(right_ends(indptr), indices, strict=True)]


@equivalent("A2.6")
def sample_after_sample(indices, indptr, dA, Z):
    return sum(d[right_ends(indptr)] * z[indices] for d, z in
               zip(by_neuron(dA).T, by_neuron(Z).T, strict=True))


# %% [task] A2.7, Eq. (7): how large weights are at the start (6 points, 10 minutes)
def initial_bounds(indices, indptr, gain):
    """The bound c for each edge, from the degrees of its ends.

    Parameters
    ----------
    indices, indptr : arrays as from `to_csr`
    gain : float, γ

    Returns
    -------
    c : (edges,) array, in the order of indices

    TODO: Eq. (7). Afterwards `rng.uniform(-1, 1, len(c)) * c` draws the weights.
    APPROACH: count how many edges enter each right neuron and leave each left one.  #? both
        Then look both numbers up for each edge.                                     #? both
    APPROACH: count how many edges enter each right neuron.                          #? entering
        Then look this number up for each edge.                                      #? entering
    EXAMPLE:
        >>> c = initial_bounds(np.array([0, 0, 2]), np.array([0, 1, 3, 3]), 2.0)
        >>> c.round(3).tolist()
        [2.828, 2.449, 2.828]                                                        #? both
        [3.464, 2.449, 2.449]                                                        #? entering

    HINTS: The fans are those of the edges that are there, not those of a full matrix. How many
        edges enter right neuron i can be read from indptr alone.
    """
    ### BEGIN SOLUTION
    fan_in = np.diff(indptr)
    fan_out = np.bincount(indices)                                                   #? both
    return gain * np.sqrt(6 / (np.repeat(fan_in, fan_in) + fan_out[indices]))        #? both
    return gain * np.sqrt(3 / np.repeat(fan_in, fan_in))                             #? entering
    ### END SOLUTION


# %% [grader]
@inputs("A2.7", decimals=2)
def bounds_inputs(rng):
    return [(*layer(rng, 4, 6, 11, without=1)[1:], 4.0),
            (*layer(rng, 3, 5, 6, without=2)[1:], 1.0),
            (*layer(rng, 5, 3, 7, without=0)[1:], 2.5)]


def fans(indices, indptr):
    """f and g of each edge."""
    return np.diff(indptr)[right_ends(indptr)], np.bincount(indices)[indices]


def bound(gain, f, g):
    """Eq. (7) for other fans."""
    return gain * np.sqrt(6 / (f + g))                                               #? both
    return gain * np.sqrt(3 / (f + 0 * g))                                           #? entering


@mutant("A2.7", 0.4, "How many inputs does a neuron really have?",
        "Leave out half of the edges. What should happen to the weights of the others?",
        "The fans in Eq. (7) count edges, not neurons.")
def full_width(indices, indptr, gain):
    f, g = fans(indices, indptr)
    return bound(gain, 0 * f + max(indices) + 1, 0 * g + len(indptr) - 1)


@mutant("A2.7", 0.5, "Double the gain. What should happen to c?",
        "What stands under the root, and what in front of it?",
        "In Eq. (7) the gain is not under the root.")
def gain_under_the_root(indices, indptr, gain):
    return initial_bounds(indices, indptr, gain ** 0.5)


@mutant("A2.7", 0.6, "How large is the standard deviation of what is uniform from -1 to 1?",
        "Is yours the bound of a uniform distribution, or a standard deviation?",
        "Look at the number above the bar in Eq. (7).")
def standard_deviation(indices, indptr, gain):
    return initial_bounds(indices, indptr, gain / np.sqrt(3))


@mutant("A2.7", 0.5, "Which edges does Eq. (7) count in this variant?",
        "Give a neuron on the left many edges, and those on the right one each.",
        "Eq. (7) says which fans stand below the bar, and what stands above it.")
def other_rule(indices, indptr, gain):
    f, g = fans(indices, indptr)
    return gain * np.sqrt(3 / f)                                                     #? both
    return gain * np.sqrt(6 / (f + g))                                               #? entering


@mutant("A2.7", 0.4, "Count by hand in the example: how many edges leave left neuron 0?",
        "At which end of an edge do you count?",
        "In Eq. (7) f has the index of the right end, and counts what enters there.")
def leaving_only(indices, indptr, gain):
    _, g = fans(indices, indptr)
    return bound(gain, g, g)


@equivalent("A2.7")
def counted_one_by_one(indices, indptr, gain):
    right = right_ends(indptr).tolist()
    return [float(bound(gain, right.count(i), np.sum(indices == j)))
            for i, j in zip(right, indices, strict=True)]


@equivalent("A2.7")
def by_squares(indices, indptr, gain):
    f, g = fans(indices, indptr)
    return np.sqrt(gain ** 2 * 6 / (f + g))                                          #? both
    return np.sqrt(gain ** 2 * 3 / f)                                                #? entering


# %% [own test] A2.8, Eq. (5): a test of your own (10 points, 15 minutes)
def test_backward(backward):
    """Tell a right `backward` from wrong ones.

    Parameters
    ----------
    backward : function
        Somebody's solution of A2.5, which you cannot look into. It is not always right.

    TODO: call it with arrays of your choice, and `assert` what must be true of the answer. A
        right solution must pass, wrong ones must not: each that you catch earns points.
    APPROACH: make a small full matrix of the same edges, and multiply by it. Or use that
        Σ A · dA = Σ Z · dZ, with A by Eq. (4), for whatever Z and dA.
    EXAMPLE:
        >>> test_backward(backward)                     # nothing happens: it is right

    HINTS: Which mistakes does a graph hide in which each left neuron has one edge, and which
        one with as many neurons left as right? Compare shapes first, then floats with
        `np.allclose`. At most 1000 numbers may be handed in with one call.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(0)
    data, n_left = rng.normal(size=6), 5
    indices, indptr = np.array([0, 2, 3, 0, 2, 3]), np.array([0, 2, 2, 3, 6])
    W = np.zeros((4, n_left))
    for i in range(4):
        W[i, indices[indptr[i]:indptr[i + 1]]] = data[indptr[i]:indptr[i + 1]]
    dA = rng.normal(size=(4, 3))
    dZ = np.asarray(backward(data, indices, indptr, n_left, dA))                     #? columns
    dZ = np.asarray(backward(data, indices, indptr, n_left, dA.T.copy())).T          #? rows
    assert dZ.shape == (n_left, 3)
    assert np.allclose(dZ, W.T @ dA)
    ### END SOLUTION


# %% [grader]
own_test(test_backward, backward, last_edge_stays, forward_again, weights_forgotten,
         as_many_as_seen, mean_over_edges)

# %% [setup]
class MyProducts:
    """Your three products as the library calls them: one column per sample, W a csr_array."""

    def __init__(self, W):
        """Here products could be planned; these need no plan."""

    def forward(self, W, Z):
        return forward(W.data, W.indices, W.indptr, Z)                               #? columns
        return forward(W.data, W.indices, W.indptr, Z.T).T                           #? rows

    def backward(self, W, D):
        return backward(W.data, W.indices, W.indptr, W.shape[1], D)                  #? columns
        return backward(W.data, W.indices, W.indptr, W.shape[1], D.T).T              #? rows

    def on_support(self, W, D, Z, out):
        out[:] = on_support(W.indices, W.indptr, D, Z)                               #? columns
        out[:] = on_support(W.indices, W.indptr, D.T, Z.T)                           #? rows

# %% [markdown]
# ## Your layer trains a network
#
# When all seven functions are right, put them to work. `MyProducts`, near the end of the file,
# turns your three products into what a layer of this course's library, `scnn_np`, asks for. Put
# `A2.py` into a clone of the library, install its `requirements.txt`, save this beside it as
# `train.py`, and run it there. (In a notebook in the clone: a cell, without the line about
# `A2`.) Do not hand it in: the grader lets no submission import the library.
#
# ```python
# import numpy as np
# from scipy.sparse import csr_array
#
# from A2 import MyProducts, draw_degrees, draw_edges, initial_bounds, to_csr
# from scnn_np import MLP, Trainer, load_data
# from scnn_np.nn import Dense, Sigmoid, Sparse, initial_weights
# from scnn_np.training import Adam
#
# rng, digits = np.random.default_rng(0), load_data("digits")
#
#
# def sparse_layer(n, products):
#     degrees = draw_degrees(np.array([0, 0, 0, 1, 1]), n, rng)
#     i, j = np.array(draw_edges(n, n, degrees, rng), int)
#     W = csr_array(tuple(to_csr(i, j, np.zeros(len(i)), n)), shape=(n, n))
#     W.data = rng.uniform(-1, 1, W.nnz) * initial_bounds(W.indices, W.indptr, 4.0)
#     return Sparse(W, products=products)
#
#
# layers = [sparse_layer(64, MyProducts), Sigmoid(), sparse_layer(64, MyProducts), Sigmoid(),
#           Dense(initial_weights((10, 64), 1.0, rng, np.float64))]
# network = MLP(layers)
# trainer = Trainer(network, epochs=20, batch_size=32, optimizer=Adam(1e-2))
# trainer.fit(digits.X_train, digits.y_train)
# print("right:", network.evaluate(digits.X_test, digits.y_test)[1])
# ```
#
# About 95 % of the test images should come out right. With `None` in place of both `MyProducts`
# the library uses its own products: faster, with the same losses. Where yours differ by more
# than rounding, one of your products is wrong.

# %% [written] A2.9: two questions (10 points, 15 minutes)
# Answer in three to six sentences each, in your own words.
#
# 1. A layer has 784 neurons on each side and 53 edges at each left neuron.          #? left
# 1. A layer has 784 neurons on each side and 53 edges at each right neuron.         #? right
#    How much memory do the three arrays of CSR need (8 bytes for a weight, 4 for a place), how
#    much the full matrix, and how many multiplications does forward need for one sample, with
#    and without zeros? Why is the sparse product, as a program, not faster by the same factor?
# 2. A classmate keeps the full matrix and sets what is off the support to 0 after each step.
#    What is the same as with your functions, and what is not? Name one thing that goes wrong
#    if the classmate forgets it in a single step.

# %% [rubric]
# ### A2.9 (10 points, 5 for each question)
#
# **Question 1.** Full marks: 784 · 53 = 41,552 edges, so 41,552 · 12 + 785 · 4 bytes, about
# 0.50 MB, against 784 · 784 · 8 bytes, 4.9 MB; 41,552 multiplications against 614,656, about
# 15 times fewer; and a reason that has to do with memory, not with counting.
#
# - *5 points.* "0.5 MB and 4.9 MB, because each edge also stores its place. 41,552 and 614,656
#   multiplications. But a full product runs through memory in order and uses the wide units of
#   the processor for many numbers at once. The sparse one jumps: for each edge it has to look
#   up which value it needs. So each of its multiplications costs more."
# - *3 points.* "15 times fewer multiplications and about 10 times less memory. It is not 15
#   times faster because of the loop."
# - *1 point.* "It is sparse, so it needs less of everything."
#
# In this variant right neurons have unequal numbers of edges, so the rows make no    #? left
# regular table: to say so counts as a reason too.                                   #? left
# In this variant all rows are equally long, and two tables of 784 × 53 would do     #? right
# without indptr: to see that is worth praise.                                       #? right
#
# **Question 2.** Full marks: the same weights after each plain gradient step; more memory and
# time; and a consequence of one forgotten step that is followed further than "it is wrong".
#
# - *5 points.* "The weights on the support are the same after each step, up to rounding, since
#   the others are 0 when they are used. But the gradient is computed for every pair, and kept:
#   15 times the work. If it is forgotten once, all pairs have a small weight in the next
#   forward pass, so the values and gradients of the right edges are off too, and setting the
#   others to 0 later does not take that back."
# - *3 points.* "The result is the same but it takes more memory. If you forget it the network
#   is not sparse any more."
# - *1 point.* "It is the same, only slower."
#
# ### Three oral questions
#
# 1. A left neuron of your layer has no edges. What is its dZ, and what does training do to it?
# 2. Show me the line of your `backward` in which two edges of one left neuron meet.
# 3. Show me a wrong `backward` that your own test would not catch.
