"""Spatial coupling.

The master of assignment A3: see `masters.py` for the grammar.
"""

# %% [setup]
import numpy as np

# %% [grader]
from tutorials.assignments.masters import Expr, equivalent, holds, inputs, mutant, own_test

CHOICES = {"window": ("ahead", "behind"), "left_over": ("near", "far"),
           "order": ("falling", "rising")}

# %% [markdown]
# ## What this is about
#
# In a spatially-coupled layer (SC in *Spatially-Coupled Neural Network Architectures*, arXiv
# 1907.02051) both sides are cut into blocks, and a right block is connected to a few left
# blocks only, those of its *window*. Windows overlap: this couples the blocks into a chain.
# You find out who sees whom, share edges among windows, draw a layer, predict its degrees, and
# follow a signal through a deep network.
#
# **Letters in this variant.** Left and right neurons fall into $B$ blocks each. A left block
# has $u$ neurons, a right block has $v$. Neurons and blocks are counted from 0, block by
# block: left block $j$ holds the left neurons $ju$ to $ju + u - 1$. The *window* of right
# block $i$ has $r$ left blocks, here with the nearest first:
#
# $$
# i,\ i + 1,\ \dots,\ i + r - 1 \tag{Eq. 1}                                          #? ahead
# i,\ i - 1,\ \dots,\ i - r + 1 \tag{Eq. 1}                                          #? behind
# $$
#
# A *chain* has two ends: blocks that do not exist are left out. A *ring* is closed: counting
# goes on at the other end, modulo $B$. (Coding theory says terminated and tail-biting.) With
# $B = 4$ and $r = 2$:
#
# ```text
# right block         0      1      2      3
# sees on a chain    0 1    1 2    2 3     3                                         #? ahead
# sees on a ring     0 1    1 2    2 3    3 0                                        #? ahead
# sees on a chain     0     1 0    2 1    3 2                                        #? behind
# sees on a ring     0 3    1 0    2 1    3 2                                        #? behind
# ```
#
# **Shares.** Seen from the left, block $j$ lies in the windows of the right blocks
# $j, j - 1, \dots, j - r + 1$, as far as they exist. Let $m_j$ be their number.     #? ahead
# $j, j + 1, \dots, j + r - 1$, as far as they exist. Let $m_j$ be their number.     #? behind
# Each neuron of left block $j$ has $d_j$ edges, and $s_{jk}$ of them go to right block
# $j - k$. Shares are as equal as whole numbers allow. What is left over goes to the  #? ahead
# $j + k$. Shares are as equal as whole numbers allow. What is left over goes to the  #? behind
# nearest windows, one edge to each: 49 edges in two windows are 25 + 24.            #? near
# farthest windows, one edge to each: 49 edges in two windows are 24 + 25.           #? far
#
# $$
# d_j = q\,m_j + p \quad (0 \le p \lt m_j), \qquad
# s_{jk} = \begin{cases}
# q + 1 & 0 \le k \lt p \\                                                           #? near
# q & p \le k \lt m_j \\                                                             #? near
# q & 0 \le k \lt m_j - p \\                                                         #? far
# q + 1 & m_j - p \le k \lt m_j \\                                                   #? far
# 0 & m_j \le k \lt r
# \end{cases} \tag{Eq. 2}
# $$
#
# **How large is the window?** A neuron has at most one edge to each right neuron, so a list of
# degrees fits if, for all $j$,
#
# $$
# d_j \le m_j\, v \tag{Eq. 3}
# $$
#
# where $m_j$ depends on $r$. The paper tells its degrees but not its $r$: you deduce it.
#
# **The edges.** A neuron of left block $j$ draws its neighbours in each of its windows anew.
# In right block $j - k$, which has $v$ neurons, every set $S$ of $s_{jk}$ of them is  #? ahead
# In right block $j + k$, which has $v$ neurons, every set $S$ of $s_{jk}$ of them is  #? behind
# equally likely:
#
# $$
# P(S) = 1 \Big/ \binom{v}{s_{jk}} \tag{Eq. 4}
# $$
#
# **Degrees.** Out-degrees are prescribed, in-degrees follow. The layer has $E$ edges, and a
# neuron of right block $i$ receives $f_i$ of them on average. Count $i + k$         #? ahead
# neuron of right block $i$ receives $f_i$ of them on average. Count $i - k$         #? behind
# modulo $B$: on a chain the shares that would go round the end are 0.
#
# $$
# E = u \sum_j \sum_k s_{jk}, \qquad f_i = \frac uv \sum_k s_{i+k,\,k} \tag{Eq. 5}   #? ahead
# E = u \sum_j \sum_k s_{jk}, \qquad f_i = \frac uv \sum_k s_{i-k,\,k} \tag{Eq. 5}   #? behind
# $$
#
# **The light cone.** Let $V_i$ be the window of block $i$, the same in each of $L$ layers.
# Change the inputs of block $c$: the blocks of layer $l$ that can notice it are $F_l$. The
# other way round, block $c$ of layer $L$ depends on the blocks $K_l$ of layer $l$. Layer 0
# are the inputs:
#
# $$
# \begin{aligned}
# F_0 &= \lbrace c \rbrace, & F_l &= \lbrace i : V_i \text{ has a block of } F_{l-1} \rbrace, \\
# K_L &= \lbrace c \rbrace, & K_{l-1} &= \text{all blocks of all } V_i \text{ with } i
# \text{ in } K_l
# \end{aligned} \tag{Eq. 6}
# $$
#
# **The order of the inputs.** Inputs are put in order before they are cut into blocks. Here
# block 0 holds the most important ones, and the importance $w$ falls:               #? falling
# block 0 holds the least important ones, and the importance $w$ rises:              #? rising
#
# $$
# w_{a_0} \ge w_{a_1} \ge w_{a_2} \ge \dots \tag{Eq. 7}                              #? falling
# w_{a_0} \le w_{a_1} \le w_{a_2} \le \dots \tag{Eq. 7}                              #? rising
# $$
#
# Here $a_0$ is the number of the input that comes first, and of two that are equally
# important the one with the smaller number comes first. All blocks are equally large, as
# small as they can be. Places that stay empty are those of the least important inputs, so
# they come last of all.                                                             #? falling
# they come first of all.                                                            #? rising

# %% [task] A3.1, Eq. (1): what a right block sees (6 points, 5 minutes, core)
def window(i, B, r, ring):
    """The left blocks that right block i sees, nearest first.

    Parameters
    ----------
    i : int, 0 … B - 1
    B : int, blocks on each side
    r : int, 1 … B, blocks in a window
    ring : bool, True for a ring, False for a chain

    Returns
    -------
    blocks : int array of r entries, of fewer near an end of a chain

    TODO: Eq. (1), for the chain and for the ring.
    APPROACH: write down r numbers from i on. Which of them are blocks?
    EXAMPLE:
        >>> window(3, 4, 2, False).tolist(), window(3, 4, 2, True).tolist()          #? ahead
        ([3], [3, 0])                                                                #? ahead
        >>> window(0, 4, 2, False).tolist(), window(0, 4, 2, True).tolist()          #? behind
        ([0], [0, 3])                                                                #? behind

    HINTS: `np.arange` counts up or down. What is `-1 % 5` in Python, and `5 % 5`?
    """
    ### BEGIN SOLUTION
    blocks = np.arange(i, i + r)                                                     #? ahead
    blocks = np.arange(i, i - r, -1)                                                 #? behind
    return blocks % B if ring else blocks[(blocks >= 0) & (blocks < B)]
    ### END SOLUTION


# %% [grader]
def before_the_cut(k, B):
    """The block with k blocks between it and the end at which windows are cut off."""
    return B - 1 - k                                                                 #? ahead
    return k                                                                         #? behind


@inputs("A3.1")
def window_inputs(rng):
    B, middle = int(rng.integers(7, 10)), int(rng.integers(3, 5))
    end, near = before_the_cut(0, B), before_the_cut(1, B)
    return [(middle, B, 3, False), (near, B, 4, False), (near, B, 4, True), (end, B, 2, False),
            (end, B, 3, True), (middle, B, 1, True), (near, 4, 4, True), (0, 1, 1, False)]


def all_numbers(i, r):
    """Eq. (1) on an endless line."""
    return np.arange(i, i + r)                                                       #? ahead
    return np.arange(i, i - r, -1)                                                   #? behind


@mutant("A3.1", 0.5, "How many left blocks may a right block see?",
        "Count the entries of your answer far from the ends.",
        "The last block in Eq. (1) is r - 1 steps away, not r.")
def one_too_far(i, B, r, ring):
    return window(i, B, r + 1, ring)


@mutant("A3.1", 0.5, "Which way does the window lie? Print the blocks of right block 2.",
        "Compare with the picture below Eq. (1): does the other block have a smaller number?",
        "Look at the signs in Eq. (1).")
def other_direction(i, B, r, ring):
    return B - 1 - window(B - 1 - i, B, r, ring)


@mutant("A3.1", 0.6, "What does a chain have after its last block, and before its first?",
        "Print what the blocks at both ends see on a chain.",
        "Below Eq. (1): on a chain, blocks that do not exist are left out.")
def always_a_ring(i, B, r, ring):
    return window(i, B, r, True)


@mutant("A3.1", 0.6, "How many blocks does each right block see on a ring?",
        "Does your function look at its last argument?",
        "Below Eq. (1): on a ring, counting goes on at the other end.")
def always_a_chain(i, B, r, ring):
    return window(i, B, r, False)


@mutant("A3.1", 0.6, "Which numbers can a block have?",
        "Print what the blocks at both ends see on a chain.",
        "Below Eq. (1): not everything that Eq. (1) counts exists.")
def not_cut_off(i, B, r, ring):
    return window(i, B, r, True) if ring else all_numbers(i, r)


@mutant("A3.1", 0.5, "Can a window of a chain hold the same block twice?",
        "Is a block that does not exist replaced by another one?",
        "Below Eq. (1): it is left out, so the window is smaller.")
def squeezed(i, B, r, ring):
    return window(i, B, r, True) if ring else np.clip(all_numbers(i, r), 0, B - 1)


@mutant("A3.1", 0.4, "Does right block 2 see left block 2?",
        "What comes out for r = 1?", "Look at the first number in Eq. (1).")
def own_block_left_out(i, B, r, ring):
    return window(i, B, r + 1, ring)[1:]


@mutant("A3.1", 0.7, "Every block is there. In which order?",
        "Which one is nearest to i?", "Eq. (1) begins with i.")
def farthest_first(i, B, r, ring):
    return window(i, B, r, ring)[::-1]


@mutant("A3.1", 0.7, "Every block is there. In which order does a ring go?",
        "Look at a window that goes round the end.",
        "Eq. (1) says which is the first, the second and so on, whatever their numbers are.")
def by_number(i, B, r, ring):
    return np.sort(window(i, B, r, ring))


@equivalent("A3.1")
def step_by_step(i, B, r, ring):
    found = []
    for k in range(r):
        j = i + k                                                                    #? ahead
        j = i - k                                                                    #? behind
        if ring or 0 <= j < B:
            found.append(j % B)
    return found


@equivalent("A3.1")
def by_distance(i, B, r, ring):
    distance = np.arange(B) - i                                                      #? ahead
    distance = i - np.arange(B)                                                      #? behind
    distance = distance % B if ring else distance
    seen = np.flatnonzero((0 <= distance) & (distance < r))
    return seen[np.argsort(distance[seen])].astype(float)


# %% [task] A3.2, Eq. (2): 49 edges in two windows (16 points, 20 minutes, core)
def shares(degrees, r, ring):
    """How the edges of each left block are shared among the windows that it lies in.

    Parameters
    ----------
    degrees : (B,) int array, the edges of one neuron, for each left block
    r : int, 1 … B, blocks in a window
    ring : bool, True for a ring, False for a chain

    Returns
    -------
    table : (B, r) int array, with s for each j (row) and k (column)

    TODO: Eq. (2), for the chain and for the ring.
    APPROACH: a loop over the left blocks. In how many windows does the block lie? Then share
        its edges, and look where those go that are left over.
    EXAMPLE:
        >>> shares(np.array([5, 7, 49]), 2, False).tolist()
        [[5, 0], [4, 3], [25, 24]]                                                 #? ahead near
        [[5, 0], [3, 4], [24, 25]]                                                  #? ahead far
        [[3, 2], [4, 3], [49, 0]]                                                 #? behind near
        [[2, 3], [3, 4], [49, 0]]                                                  #? behind far

    HINTS: `divmod(d, m)` gives q and p. At which end of a chain does a left block lie in fewer
        windows? Draw 4 blocks on each side. Does each of your rows add up to its degree?
    """
    ### BEGIN SOLUTION
    B = len(degrees)
    table = np.zeros((B, r), int)
    for j, d in enumerate(degrees):
        m = r if ring else min(r, j + 1)                                             #? ahead
        m = r if ring else min(r, B - j)                                             #? behind
        q, p = divmod(d, m)
        table[j, :m] = q
        table[j, :p] += 1                                                            #? near
        table[j, m - p:m] += 1                                                       #? far
    return table
    ### END SOLUTION


# %% [grader]
@inputs("A3.2")
def shares_inputs(rng):
    many, few = rng.integers(5, 60, 7), rng.integers(1, 30, 5)
    many[rng.integers(7)], few[rng.integers(5)] = 0, 10_001
    odd = 2 * rng.integers(5, 40, 6) + 1
    return [(odd, 2, False), (many, 3, False), (few, 4, False), (many, 3, True),
            (few, 2, True), (few, 1, False)]


def count_windows(j, B, r, ring):
    """In how many windows left block j lies."""
    return r if ring else min(r, j + 1)                                              #? ahead
    return r if ring else min(r, B - j)                                              #? behind


def filled(degrees, r, ring, row):
    """The table with row(j, d, m) for block j of degree d in m windows."""
    table = np.zeros((len(degrees), r))
    for j, d in enumerate(degrees.tolist()):
        m = count_windows(j, len(degrees), r, ring)
        table[j, :m] = row(j, d, m)
    return table


def right_row(d, m):
    """The shares of d edges in m windows."""
    row = [d // m + (k < d % m) for k in range(m)]
    return row                                                                       #? near
    return row[::-1]                                                                 #? far


@mutant("A3.2", 0.5, "Add up each of your rows. What should come out?",
        "How many edges has the example with 49, and how many have you?",
        "In Eq. (2) p windows get one edge more than q.")
def edge_lost(degrees, r, ring):
    return filled(degrees, r, ring, lambda j, d, m: d // m)


@mutant("A3.2", 0.5, "Add the parts again. Are there more edges than you were given?",
        "Which windows get one edge more: all of them?",
        "In Eq. (2) only p windows get q + 1.")
def edge_added(degrees, r, ring):
    return filled(degrees, r, ring, lambda j, d, m: -(-d // m))


@mutant("A3.2", 0.5, "Add up your rows for degrees 5, 7 and 9 in two windows each.",
        "How does Python round halves? And if they were all rounded the same way?",
        "Eq. (2) rounds nothing: q and p are what is left of a division of whole numbers.")
def rounded(degrees, r, ring):
    return filled(degrees, r, ring, lambda j, d, m: round(d / m))


@mutant("A3.2", 0.5, "Can a neuron have half an edge?",
        "Which of your shares are whole numbers?", "q and p in Eq. (2) are whole numbers.")
def fractions(degrees, r, ring):
    return filled(degrees, r, ring, lambda j, d, m: d / m)


@mutant("A3.2", 0.6, "Where do odd edges go in this variant?",
        "The sums are right. Compare your largest share with the text above Eq. (2).",
        "For which k is the share in Eq. (2) q + 1?")
def other_side(degrees, r, ring):
    return filled(degrees, r, ring, lambda j, d, m: right_row(d, m)[::-1])


@mutant("A3.2", 0.6, "Where do odd edges go: does it depend on the block?",
        "Take the same degree for all blocks and compare the rows.",
        "Eq. (2) treats all blocks with the same d and m alike.")
def taking_turns(degrees, r, ring):
    return filled(degrees, r, ring, lambda j, d, m: right_row(d, m)[::1 - 2 * (j % 2)])


@mutant("A3.2", 0.6, "How much may two shares of a neuron differ?",
        "Share 5 edges among three windows by hand.",
        "In Eq. (2) what is left over is given out one by one: no window gets more than q + 1.")
def all_left_over_to_one(degrees, r, ring):
    def row(j, d, m):
        line = [d // m + d % m] + [d // m] * (m - 1)
        return line                                                                  #? near
        return line[::-1]                                                            #? far
    return filled(degrees, r, ring, row)


@mutant("A3.2", 0.5, "Do all left blocks of a chain lie in equally many windows?",
        "List, for each left block, the right blocks that see it.",
        "The m of Eq. (2) has an index: near one end of a chain it is smaller.")
def ends_forgotten(degrees, r, ring):
    return shares(degrees, r, True)


@mutant("A3.2", 0.5, "At which end of the chain does a left block lie in fewer windows?",
        "Look at the picture below Eq. (1): which left block does only one right block see?",
        "The right blocks that hold j are listed above Eq. (2): when do they exist?")
def other_end(degrees, r, ring):
    return shares(degrees[::-1], r, ring)[::-1]


@mutant("A3.2", 0.7, "In how many windows does each block of a ring lie?",
        "Does your function look at its last argument?",
        "On a ring the m of Eq. (2) is the same for all blocks.")
def ring_forgotten(degrees, r, ring):
    return shares(degrees, r, False)


@mutant("A3.2", 0.2, "What would couple the blocks, if all edges stayed at home?",
        "How many windows get something from a neuron?",
        "Eq. (2) gives a share to each of the m windows.")
def all_at_home(degrees, r, ring):
    return filled(degrees, r, ring, lambda j, d, m: [d] + [0] * (m - 1))


@equivalent("A3.2")
def edge_by_edge(degrees, r, ring):
    table = [[0] * r for _ in degrees]
    for j, d in enumerate(degrees):
        m = count_windows(j, len(degrees), r, ring)
        for e in range(d):
            table[j][e % m] += 1                                                     #? near
            table[j][m - 1 - e % m] += 1                                             #? far
    return table


@equivalent("A3.2")
def all_at_once(degrees, r, ring):
    m = np.array([count_windows(j, len(degrees), r, ring) for j in range(len(degrees))])
    q, p = np.divmod(degrees, m)
    k, q, p, m = np.arange(r), q[:, None], p[:, None], m[:, None]
    return np.where(k < m, q + (k < p), 0).astype(float)                             #? near
    return np.where(k < m, q + (k >= m - p), 0).astype(float)                        #? far


# %% [task] A3.3, Eq. (3): how large the window is (12 points, 20 minutes, core)
def smallest_r(degrees, n_right, ring):
    """The smallest window in which all degrees have room.

    Parameters
    ----------
    degrees : (B,) int array, the edges of one neuron, for each left block
    n_right : int, right neurons in all B blocks, a multiple of B
    ring : bool, True for a ring, False for a chain

    Returns
    -------
    r : int, 1 … B, or 0 if the degrees do not fit for any r

    TODO: the smallest r for which Eq. (3) holds for all left blocks.
    APPROACH: try r = 1, 2, … B. For each: how many right neurons can a neuron of block j reach?
    EXAMPLE:
        >>> smallest_r(np.array([98, 130, 98, 49, 20, 10, 10, 10]), 784, False)
        2

    HINTS: The example has the paper's degrees. How large is one of its blocks, and why is
        r = 1 not enough? Draw 4 blocks on each side: which of them see left block j?
    """
    ### BEGIN SOLUTION
    B = len(degrees)
    for r in range(1, B + 1):
        for j, d in enumerate(degrees):
            m = r if ring else min(r, j + 1)                                         #? ahead
            m = r if ring else min(r, B - j)                                         #? behind
            if d > m * (n_right // B):
                break
        else:
            return r
    return 0
    ### END SOLUTION


# %% [grader]
def along(degrees):
    """Degrees in which the first block lies in one window, as they stand in the variant."""
    return np.array(degrees)                                                         #? ahead
    return np.array(degrees)[::-1].copy()                                            #? behind


@inputs("A3.3")
def smallest_inputs(rng):
    v, few = int(rng.integers(20, 60)), rng.integers(1, 9, 8).tolist()
    cases = [([v, v + v // 3, v, *few[:4], 0], False), ([*few[:5], 0], False),
             ([v + 5, *few[:4]], False), ([v + 5, *few[:4]], True),
             ([*few[:4], v + 3], False), ([*few[:2], 2 * v + 3, v, v], False),
             ([few[0], 2 * v, 3 * v, 3 * v, 3 * v - 1], False), ([3 * v, 0, few[0]], True),
             ([*few[:3], 5 * v + 7, few[4]], False)]
    return [(along(degrees), v * len(degrees), ring) for degrees, ring in cases]


def room(B, r, v, ring):
    """How many right neurons a neuron of each left block can reach."""
    return v * np.array([count_windows(j, B, r, ring) for j in range(B)])


def first_r(B, fits):
    """The first r for which fits(r), or 0."""
    return next((r for r in range(1, B + 1) if fits(r)), 0)


@mutant("A3.3", 0.6, "Do all left blocks of a chain lie in equally many windows?",
        "Which block has no more room, however large r is?",
        "The m of Eq. (3) has an index: near one end of a chain it stays small.")
def room_at_the_ends(degrees, n_right, ring):
    return smallest_r(degrees, n_right, True)


@mutant("A3.3", 0.7, "In how many windows does each block of a ring lie?",
        "Does your function look at its last argument?",
        "On a ring the m of Eq. (3) is the same for all blocks.")
def no_room_around(degrees, n_right, ring):
    return smallest_r(degrees, n_right, False)


@mutant("A3.3", 0.7, "May a neuron be connected to all neurons that it can reach?",
        "Two blocks that are fully connected: how many edges has a neuron?",
        "Is Eq. (3) true if both sides are equal?")
def never_full(degrees, n_right, ring):
    return smallest_r(degrees + 1, n_right, ring)


@mutant("A3.3", 0.4, "Can a neuron leave its edges to one of another block?",
        "Do you look at each block, or at all of them together?",
        "Eq. (3) is for each j on its own.")
def on_average(degrees, n_right, ring):
    B = len(degrees)
    return first_r(B, lambda r: degrees.sum() <= room(B, r, n_right // B, ring).sum())


@mutant("A3.3", 0.4, "Is it enough if one block has room?",
        "Which block decides on r: the one with the fewest edges, or the one with the most?",
        "Eq. (3) is to hold for all j.")
def any_block(degrees, n_right, ring):
    B = len(degrees)
    return first_r(B, lambda r: np.any(degrees <= room(B, r, n_right // B, ring)))


@mutant("A3.3", 0.5, "How many neurons has one right block?",
        "How many right neurons does a neuron reach that lies in one window?",
        "v in Eq. (3) is the size of a block, not of the layer.")
def whole_layer(degrees, n_right, ring):
    return smallest_r(degrees, n_right * len(degrees), ring)


@mutant("A3.3", 0.8, "What is returned if no r is large enough?",
        "Give a block more edges than there are right neurons.",
        "Read the line Returns again: Eq. (3) may hold for no r at all.")
def largest_if_none(degrees, n_right, ring):
    return smallest_r(degrees, n_right, ring) or len(degrees)


@mutant("A3.3", 0.8, "May a window be a single block?",
        "Try degrees that are all small.", "Eq. (3) may hold for the smallest r that there is.")
def at_least_two(degrees, n_right, ring):
    r = smallest_r(degrees, n_right, ring)
    return max(2, r) if r else 0


@mutant("A3.3", 0.6, "A right block that sees one left block: what is r?",
        "Is it the number of blocks that you return, or of those besides the nearest?",
        "r counts all blocks in Eq. (1), the first one too.")
def nearest_not_counted(degrees, n_right, ring):
    return max(0, smallest_r(degrees, n_right, ring) - 1)


@mutant("A3.3", 0.6, "At which end of the chain does a left block lie in fewer windows?",
        "Put many edges into the first block, then into the last one.",
        "For which j is the m of Eq. (3) small? See the picture below Eq. (1).")
def room_at_the_other_end(degrees, n_right, ring):
    return smallest_r(degrees[::-1], n_right, ring)


@equivalent("A3.3")
def by_largest_share(degrees, n_right, ring):
    B = len(degrees)
    return first_r(B, lambda r: shares(degrees, r, ring).max() <= n_right // B)


@equivalent("A3.3")
def by_division(degrees, n_right, ring):
    B = len(degrees)
    needed = -(-degrees // (n_right // B))
    most = [count_windows(j, B, B, ring) for j in range(B)]
    return float(max(1, needed.max())) if np.all(needed <= most) else 0.0


# %% [task] A3.4, Eq. (4): draw a layer (18 points, 30 minutes, core)
def draw_support(table, n_left, n_right, rng):
    """A random layer in which every share is met exactly.

    Parameters
    ----------
    table : (B, r) int array as from `shares`, of a chain or of a ring
    n_left, n_right : int, multiples of B
    rng : np.random.Generator
        All that is random comes from it.

    Returns
    -------
    support : (n_right, n_left) int array, 1 for an edge and else 0

    TODO: Eq. (4), for each left neuron and each of its shares.
    APPROACH: a loop over the left neurons, in it one over k. In which left block is the neuron?
        Which right block is meant, and which rows are its neurons? Draw some of these rows.
    EXAMPLE:
        >>> table = np.array([[2, 0], [0, 2]])                                       #? ahead
        >>> table = np.array([[0, 2], [2, 0]])                                       #? behind
        >>> draw_support(table, 2, 4, np.random.default_rng(0)).tolist()
        [[1, 1], [1, 1], [0, 0], [0, 0]]                                             #? ahead
        [[0, 0], [0, 0], [1, 1], [1, 1]]                                             #? behind

    HINTS: Count right blocks modulo B. Chain and ring then need no difference, for shares that
        would leave a chain are 0. `rng.choice` has an argument `replace`. Look at your layer:
        the end of the hand-out shows how.
    """
    ### BEGIN SOLUTION
    B, r = table.shape
    u, v = n_left // B, n_right // B
    support = np.zeros((n_right, n_left), int)
    for neuron in range(n_left):
        j = neuron // u
        for k in range(r):
            i = (j - k) % B                                                          #? ahead
            i = (j + k) % B                                                          #? behind
            support[i * v + rng.choice(v, table[j, k], replace=False), neuron] = 1
    return support
    ### END SOLUTION


# %% [grader]
@inputs("A3.4")
def support_inputs(rng):
    def case(table, u, v):
        B = len(table)
        return table, u * B, v * B, Expr(f"np.random.default_rng({rng.integers(10 ** 6)})")
    mixed = shares(along([5, 0, 7, int(rng.integers(4, 12))]), 3, False)
    chain, ring = (shares(np.full(3, 4), 2, closed) for closed in (False, True))
    return [case(mixed, 3, 5), *(case(chain, 2, 4) for _ in range(14)),
            *(case(ring, 2, 4) for _ in range(8)), case(ring, 1, 4)]


@holds("A3.4", 0.3, "How many rows has the matrix, and what do they stand for?",
       "Print the shape of your answer for 6 left and 12 right neurons, and its largest entry.",
       "Eq. (4) draws a set: an edge is there or not. The line Returns tells the shape.")
def right_shape(cases):
    return all(support.shape == (n_right, n_left) and np.all((support == 0) | (support == 1))
               for (_, n_left, n_right, _), support in cases)


@holds("A3.4", 0.4, "Which right blocks may left block 1 be connected to? Print its columns.",
       "Count the edges between each two blocks, and write the table beside them.",
       "Above Eq. (4): to which right block does the share with index k go?")
def edges_in_windows(cases):
    for (table, _, n_right, _), support in cases:
        B, r = table.shape
        blocks = support.reshape(B, n_right // B, B, -1).sum(axis=(1, 3))
        for j in range(B):
            for k in range(r):
                blocks[(j - k) % B, j] *= table[j, k] == 0                           #? ahead
                blocks[(j + k) % B, j] *= table[j, k] == 0                           #? behind
        if blocks.any():
            return False
    return True


@holds("A3.4", 0.5, "How many edges has each left neuron?",
       "Add up the columns: are the degrees met exactly, and on a ring too?",
       "In Eq. (4) the size of the set is given, and nothing stands in a set twice.")
def out_degrees_met(cases):
    return all(np.array_equal(support.reshape(len(support), len(table), -1).sum(axis=0),
                              np.repeat(table.sum(axis=1), n_left // len(table)).reshape(
                                  len(table), -1))
               for (table, n_left, _, _), support in cases)


@holds("A3.4", 0.6, "How many edges of a neuron go to each of its right blocks?",
       "The degrees are right. Are they shared as the table says, or by chance?",
       "Eq. (4) is drawn for each k on its own, with its own share.")
def shares_met(cases):
    for (table, _, n_right, _), support in cases:
        B, r = table.shape
        found = support.reshape(B, n_right // B, B, -1).sum(axis=1)
        for j in range(B):
            for k in range(r):
                i = (j - k) % B                                                      #? ahead
                i = (j + k) % B                                                      #? behind
                if np.any(found[i, j] != table[j, k]):
                    return False
    return True


@holds("A3.4", 0.5, "Print the columns of two neurons of the same left block.",
       "How often do you draw, and for how many neurons?",
       "Eq. (4) is for one neuron: the next one draws anew.")
def neurons_differ(cases):
    by_block = [support.reshape(len(support), len(table), -1) for (table, *_), support in cases]
    return any(np.any(x.max(axis=2) != x.min(axis=2)) for x in by_block)


@holds("A3.4", 0.5, "Call it with two Generators of different seeds. What should differ?",
       "Where does chance come from in your function?",
       "Whatever is drawn by Eq. (4) comes from the argument rng, and from nothing else.")
def other_generator(cases):
    found = {}
    for (table, n_left, *_), support in cases:
        found.setdefault((n_left, table.tobytes()), set()).add(support.tobytes())
    return any(len(answers) > 1 for answers in found.values())


@holds("A3.4", 0.6, "Look at one column: are the same places taken in each of its blocks?",
       "How often do you draw for one neuron, and for how many windows?",
       "Eq. (4) is drawn for each k anew.")
def windows_differ(cases):
    for (table, _, n_right, _), support in cases:
        B, r = table.shape
        blocks = support.reshape(B, n_right // B, B, -1)
        for j in range(B):
            for k in range(1, r):
                i = (j - k) % B                                                      #? ahead
                i = (j + k) % B                                                      #? behind
                if table[j, k] == table[j, 0] and np.any(blocks[i, :, j] != blocks[j, :, j]):
                    return True
    return False


@holds("A3.4", 0.6, "With 2 edges to 4 neurons: list the pairs that come. Which do not?",
       "Which right neurons are never drawn in a hundred layers, or never together?",
       "In Eq. (4) every set has the same probability, not those of a certain form only.")
def every_set_comes(cases):
    pairs = set()
    for (table, _, n_right, _), support in cases:
        if n_right == 4 * len(table):
            for block in support.reshape(len(table), 4, -1):
                drawn = [tuple(np.flatnonzero(column)) for column in block.T]
                pairs |= {places for places in drawn if len(places) == 2}
    return len(pairs) == 6


def wired(table, n_left, n_right, draw):
    """A support with draw(share, v, neuron) in each window of each neuron."""
    B, r = table.shape
    u, v = n_left // B, n_right // B
    support = np.zeros((n_right, n_left), int)
    for neuron in range(n_left):
        for k in range(r):
            i = (neuron // u - k) % B                                                #? ahead
            i = (neuron // u + k) % B                                                #? behind
            places = np.asarray(draw(table[neuron // u, k], v, neuron), int)
            support[i * v + places, neuron] = 1
    return support


def not_around(table):
    """The table without shares that go round an end."""
    j, k = np.indices(table.shape)
    return table * (j - k >= 0)                                                      #? ahead
    return table * (j + k < len(table))                                              #? behind


@mutant("A3.4", violates="right_shape")
def sides_exchanged(table, n_left, n_right, rng):
    return draw_support(table, n_left, n_right, rng).T


@mutant("A3.4", violates="right_shape")
def edges_counted(table, n_left, n_right, rng):
    return sum(wired(table > 0, n_left, n_right, lambda s, v, _: rng.integers(0, v, int(s)))
               for _ in range(table.max()))


@mutant("A3.4", violates="edges_in_windows")
def mirrored(table, n_left, n_right, rng):
    return draw_support(table[::-1], n_left, n_right, rng)[::-1, ::-1]


@mutant("A3.4", violates="edges_in_windows")
def anywhere(table, n_left, n_right, rng):
    degrees = np.repeat(table.sum(axis=1), n_left // len(table))
    support = np.zeros((n_right, n_left), int)
    for neuron, d in enumerate(degrees):
        support[rng.choice(n_right, d, replace=False), neuron] = 1
    return support


@mutant("A3.4", violates="out_degrees_met")
def with_replacement(table, n_left, n_right, rng):
    return wired(table, n_left, n_right, lambda share, v, _: rng.integers(0, v, share))


@mutant("A3.4", violates="out_degrees_met")
def a_coin_for_each_pair(table, n_left, n_right, rng):
    return wired(table, n_left, n_right,
                 lambda share, v, _: np.flatnonzero(rng.random(v) < share / v))


@mutant("A3.4", violates="out_degrees_met")
def ring_cut_open(table, n_left, n_right, rng):
    return draw_support(not_around(table), n_left, n_right, rng)


@mutant("A3.4", violates="shares_met")
def one_draw_over_the_window(table, n_left, n_right, rng):
    v = n_right // len(table)
    everything = draw_support(np.where(table > 0, v, 0), n_left, n_right, rng)
    degrees = np.repeat(table.sum(axis=1), n_left // len(table))
    support = np.zeros_like(everything)
    for neuron, d in enumerate(degrees):
        rows = np.flatnonzero(everything[:, neuron])
        support[rng.permutation(rows)[:d], neuron] = 1
    return support


@mutant("A3.4", violates="shares_met")
def shares_turned(table, n_left, n_right, rng):
    turned = [np.append(row[row > 0][::-1], row[row == 0]) for row in table]
    return draw_support(np.array(turned), n_left, n_right, rng)


@mutant("A3.4", violates="neurons_differ")
def one_draw_for_each_block(table, n_left, n_right, rng):
    B = len(table)
    return np.repeat(draw_support(table, B, n_right, rng), n_left // B, axis=1)


@mutant("A3.4", violates="other_generator")
def own_seed(table, n_left, n_right, rng):
    return draw_support(table, n_left, n_right, np.random.default_rng(0))


@mutant("A3.4", violates="windows_differ")
def one_draw_for_all_windows(table, n_left, n_right, rng):
    orders = [rng.permutation(n_right // len(table)) for _ in range(n_left)]
    return wired(table, n_left, n_right, lambda share, _, neuron: orders[neuron][:share])


@mutant("A3.4", violates="every_set_comes")
def neighbours_in_a_row(table, n_left, n_right, rng):
    return wired(table, n_left, n_right,
                 lambda share, v, _: (rng.integers(v) + np.arange(share)) % v)


@mutant("A3.4", violates="every_set_comes")
def last_never_drawn(table, n_left, n_right, rng):
    return wired(table, n_left, n_right,
                 lambda share, v, _: rng.choice(max(v - 1, share), share, replace=False))


@equivalent("A3.4")
def by_permutations(table, n_left, n_right, rng):
    return wired(table, n_left, n_right, lambda share, v, _: rng.permutation(v)[:share]) > 0


@equivalent("A3.4")
def window_by_window(table, n_left, n_right, rng):
    (B, r), rows = table.shape, []
    for i in range(B):
        row = np.zeros((n_right // B, n_left))
        for k in range(r):
            j = (i + k) % B                                                          #? ahead
            j = (i - k) % B                                                          #? behind
            for neuron in range(j * n_left // B, (j + 1) * n_left // B):
                free = list(range(len(row)))
                for _ in range(table[j, k]):
                    row[free.pop(rng.integers(len(free))), neuron] = 1
        rows.append(row)
    return np.asfortranarray(np.concatenate(rows))


# %% [task] A3.5, Eq. (5): edges and in-degrees (8 points, 15 minutes, core)
def edges_and_in_degrees(table, n_left, n_right):
    """What can be said of a layer before it is drawn.

    Parameters
    ----------
    table : (B, r) int array as from `shares`, of a chain or of a ring
    n_left, n_right : int, multiples of B

    Returns
    -------
    E : int, the edges of the layer
    f : (B,) array, the mean number of edges that enter a neuron of each right block

    TODO: both parts of Eq. (5). Each of the two earns points on its own.
    APPROACH: which shares arrive at right block i, and from how many neurons each? They are
        divided among its own neurons.
    EXAMPLE:
        >>> E, f = edges_and_in_degrees(np.array([[2, 0], [1, 1]]), 6, 4)            #? ahead
        >>> E, f = edges_and_in_degrees(np.array([[1, 1], [2, 0]]), 6, 4)            #? behind
        >>> int(E), f.tolist()
        (12, [4.5, 1.5])                                                             #? ahead
        (12, [1.5, 4.5])                                                             #? behind

    HINTS: Every edge arrives somewhere: from f alone you can compute E again. Or draw a layer,
        and count.
    """
    ### BEGIN SOLUTION
    B, r = table.shape
    u, v = n_left // B, n_right // B
    f = np.zeros(B)
    for i in range(B):
        for k in range(r):
            f[i] += table[(i + k) % B, k] * u / v                                    #? ahead
            f[i] += table[(i - k) % B, k] * u / v                                    #? behind
    return u * table.sum(), f
    ### END SOLUTION


# %% [grader]
@inputs("A3.5")
def in_degree_inputs(rng):
    degrees = rng.integers(3, 40, 7)
    degrees[[2, 5]] = 0, 1001
    few = rng.integers(1, 12, 5)
    return [(shares(degrees, 3, False), 7 * 6, 7 * 4), (shares(few, 2, True), 5 * 2, 5 * 8),
            (shares(few, 4, False), 5 * 3, 5 * 3), (shares(degrees, 2, True), 7 * 9, 7 * 4)]


@mutant("A3.5", 0.7, "Does a bias have a sender?",
        "How many edges has a layer without any share?",
        "E in Eq. (5) counts what leaves the left neurons, nothing else.")
def biases_counted(table, n_left, n_right):
    E, f = edges_and_in_degrees(table, n_left, n_right)
    return E + n_right, f


@mutant("A3.5", 0.6, "How many neurons of a block have these shares?",
        "Draw a layer and count its edges.", "What stands in front of the sums in Eq. (5)?")
def one_neuron_of_each_block(table, n_left, n_right):
    return table.sum(), edges_and_in_degrees(table, n_left, n_right)[1]


@mutant("A3.5", 0.5, "Do you count what enters, or what leaves?",
        "Is it the row of the table that a right block receives?",
        "In Eq. (5) k stands in both indices of the share: follow one k after the other.")
def what_leaves(table, n_left, n_right):
    return edges_and_in_degrees(table, n_left, n_right)[0], table.sum(axis=1)


@mutant("A3.5", 0.7, "Let there be twice as many left neurons. What should happen to f?",
        "How many senders share how many receivers?",
        "What stands in front of the second sum in Eq. (5)?")
def blocks_of_equal_size(table, n_left, n_right):
    E, f = edges_and_in_degrees(table, n_left, n_right)
    return E, f * n_right / n_left


@mutant("A3.5", 0.7, "Let there be twice as many right neurons. What should happen to f?",
        "More receivers: does each of them get more, or less?",
        "Which size is above the bar in Eq. (5)?")
def sizes_exchanged(table, n_left, n_right):
    E, f = edges_and_in_degrees(table, n_left, n_right)
    return E, f * (n_right / n_left) ** 2


@mutant("A3.5", 0.6, "Is f that of a block, or that of a neuron?",
        "Sum up your f, and compare with E.", "What is below the bar in Eq. (5)?")
def for_whole_blocks(table, n_left, n_right):
    E, f = edges_and_in_degrees(table, n_left, n_right)
    return E, f * n_right / len(table)


@mutant("A3.5", 0.6, "Which left blocks does right block 0 see?",
        "Draw the windows, and write the shares at them.",
        "Look at the sign in the index of the share in Eq. (5).")
def other_neighbours(table, n_left, n_right):
    E, f = edges_and_in_degrees(table[::-1], n_left, n_right)
    return E, f[::-1]


@mutant("A3.5", 0.5, "Does a right block hear from one left block only?",
        "Sum up what all right blocks receive. Is an edge missing?",
        "Eq. (5) has a sum over k.")
def own_block_only(table, n_left, n_right):
    E, _ = edges_and_in_degrees(table, n_left, n_right)
    return E, table[:, 0] * n_left / n_right


@mutant("A3.5", 0.7, "Sum up what all right blocks of a ring receive. Is an edge missing?",
        "What do the last blocks see on a ring?",
        "Above Eq. (5): the index is counted modulo B.")
def nothing_from_around(table, n_left, n_right):
    E, _ = edges_and_in_degrees(table, n_left, n_right)
    return E, edges_and_in_degrees(not_around(table), n_left, n_right)[1]


@equivalent("A3.5")
def column_by_column(table, n_left, n_right):
    B, r = table.shape
    f = sum(np.roll(table[:, k], -k) for k in range(r))                              #? ahead
    f = sum(np.roll(table[:, k], k) for k in range(r))                               #? behind
    return float(n_left // B * table.sum()), f * n_left / n_right


@equivalent("A3.5")
def by_block_pairs(table, n_left, n_right):
    B, r = table.shape
    edges = [[0] * B for _ in range(B)]
    for j in range(B):
        for k in range(r):
            edges[(j - k) % B][j] += n_left // B * int(table[j, k])                  #? ahead
            edges[(j + k) % B][j] += n_left // B * int(table[j, k])                  #? behind
    return sum(map(sum, edges)), [sum(row) / (n_right // B) for row in edges]


# %% [task] A3.6, Eq. (6): the light cone (12 points, 20 minutes)
def light_cone(windows, c, layers):
    """Which blocks notice a change of one block, and on which blocks one depends.

    Parameters
    ----------
    windows : tuple of tuples; windows[i] are the blocks that block i of a layer sees in the
        layer before it. They may be any blocks: you need no Eq. (1) here.
    c : int, a block
    layers : int, L, at least 1

    Returns
    -------
    forward : (L, B) int array, 1 where block i (column) is in F: of layer 1 in the first row,
        of layer L in the last
    backward : (L, B) int array, 1 where block j (column) is in K: of layer 0, the inputs, in
        the first row, of layer L - 1 in the last

    TODO: Eq. (6). Each of the two earns points on its own.
    APPROACH: keep a set of blocks, and go from layer to layer: up for F, down for K. Write each
        set into its row.
    EXAMPLE:
        >>> forward, backward = light_cone(((1,), (2,), (0, 2)), 0, 2)
        >>> forward.tolist(), backward.tolist()
        ([[0, 0, 1], [0, 1, 1]], [[0, 0, 1], [0, 1, 0]])

    HINTS: `set(a) & set(b)` is what both have, and an empty set is false. Follow the example
        with a pencil: block 0 sees block 1, but who sees block 0?
    """
    ### BEGIN SOLUTION
    forward, backward = np.zeros((2, layers, len(windows)), int)
    up, down = {c}, {c}
    for step in range(layers):
        up = {i for i, seen in enumerate(windows) if up & set(seen)}
        down = {j for i in down for j in windows[i]}
        forward[step, list(up)] = 1
        backward[layers - 1 - step, list(down)] = 1
    return forward, backward
    ### END SOLUTION


# %% [grader]
def all_windows(B, r, ring):
    return tuple(tuple(window(i, B, r, ring).tolist()) for i in range(B))


@inputs("A3.6")
def cone_inputs(rng):
    any_list = tuple(tuple(sorted(rng.choice(5, rng.integers(1, 4), replace=False).tolist()))
                     for _ in range(5))
    return [(all_windows(7, 2, False), int(rng.integers(2, 5)), 3),
            (all_windows(6, 3, False), before_the_cut(int(rng.integers(2)), 6), 2),
            (all_windows(8, 2, True), int(rng.integers(8)), 4),
            (any_list, int(rng.integers(5)), 3), (all_windows(4, 1, False), 0, 2),
            (all_windows(5, 2, False), int(rng.integers(5)), 1)]


@mutant("A3.6", 0.6, "After one layer, how far did the signal get?",
        "Which layer does your first row belong to, and which your last?",
        "forward begins with layer 1 of Eq. (6), and backward ends before layer L.")
def depth_off_by_one(windows, c, layers):
    forward, backward = light_cone(windows, c, layers)
    start = np.eye(len(windows), dtype=int)[[c]]
    return np.concatenate([start, forward[:-1]]), np.concatenate([backward[1:], start])


@mutant("A3.6", 0.5, "Block 2 sees block 0. When block 0 changes, who notices?",
        "Follow one edge with a pencil, from left to right. Which end is in windows[i]?",
        "In the first line of Eq. (6), do you look for windows that hold a block of F?")
def turned_round(windows, c, layers):
    seen_by = tuple(tuple(i for i, seen in enumerate(windows) if j in seen)
                    for j in range(len(windows)))
    return light_cone(seen_by, c, layers)


@mutant("A3.6", 0.8, "Compare the line Returns of the docstring with your last line.",
        "Both cones are there. Which comes first?",
        "The order is that of Eq. (6): F in front of K.")
def exchanged(windows, c, layers):
    return light_cone(windows, c, layers)[::-1]


@mutant("A3.6", 0.75, "Which layer does the first row of backward belong to?",
        "The rows of backward are right. Are they in their places?",
        "The second line of Eq. (6) begins with the last layer: the rows begin with layer 0.")
def backward_from_the_top(windows, c, layers):
    forward, backward = light_cone(windows, c, layers)
    return forward, backward[::-1]


@mutant("A3.6", 0.5, "A block that notices in layer 1: does it notice in layer 2?",
        "Does your cone forget where the signal has been before?",
        "Does Eq. (6) take anything away from a set?")
def new_blocks_only(windows, c, layers):
    forward, backward = light_cone(windows, c, layers)
    start = np.eye(len(windows), dtype=int)[[c]]
    below, above = (np.concatenate([start, forward[:-1]]),
                    np.concatenate([backward[1:], start]))
    return forward * (1 - below), backward * (1 - above)


@mutant("A3.6", 0.4, "Are your rows all the same?",
        "From which set do you start in the second layer?",
        "In Eq. (6) each set comes from the one of the layer next to it, not from c.")
def does_not_grow(windows, c, layers):
    forward, backward = light_cone(windows, c, layers)
    return np.repeat(forward[:1], layers, axis=0), np.repeat(backward[-1:], layers, axis=0)


@mutant("A3.6", 0.7, "What is the largest number in your answer?",
        "In how many ways can a signal get there: is that asked for?",
        "The sets of Eq. (6) hold a block or do not: 1 or 0.")
def paths_counted(windows, c, layers):
    C = np.array([[j in seen for j in range(len(windows))] for seen in windows], int)
    powers = [np.linalg.matrix_power(C, step) for step in range(1, layers + 1)]
    return (np.array([power[:, c] for power in powers]),
            np.array([power[c] for power in powers[::-1]]))


@mutant("A3.6", 0.4, "How many layers are there, and how many rows do you return?",
        "Only the end of each cone is there. Where are the layers between?",
        "Eq. (6) has one set for each layer.")
def ends_only(windows, c, layers):
    forward, backward = light_cone(windows, c, layers)
    return forward[-1], backward[0]


@equivalent("A3.6")
def by_matrices(windows, c, layers):
    C = np.array([[j in seen for j in range(len(windows))] for seen in windows], float)
    forward, backward = [np.eye(len(windows))[c]], [np.eye(len(windows))[c]]
    for _ in range(layers):
        forward.append(np.minimum(C @ forward[-1], 1))
        backward.insert(0, np.minimum(backward[0] @ C, 1))
    return np.array(forward[1:]), np.array(backward[:-1])


@equivalent("A3.6")
def block_by_block(windows, c, layers):
    def reaches(j, i, steps):
        return j == i if steps == 0 else any(reaches(j, k, steps - 1) for k in windows[i])
    B = len(windows)
    return ([[int(reaches(c, i, step + 1)) for i in range(B)] for step in range(layers)],
            [[int(reaches(j, c, layers - step)) for j in range(B)] for step in range(layers)])


# %% [task] A3.7, Eq. (7): inputs in order (8 points, 10 minutes)
def order_inputs(importance, B):
    """Which inputs stand in which block.

    Parameters
    ----------
    importance : (n,) array, w, none of them negative
    B : int

    Returns
    -------
    blocks : (B, size) int array; row j holds the numbers of the inputs in block j, in order,
        and -1 for each place that stays empty

    TODO: the order of Eq. (7), cut into B blocks.
    APPROACH: find the order first. How large is a block, and how many places are left? Put them
        where they belong, then cut.
    EXAMPLE:
        >>> order_inputs(np.array([0.5, 0.0, 2.0, 0.5, 1.5]), 3).tolist()
        [[2, 4], [0, 3], [1, -1]]                                                    #? falling
        [[-1, 1], [0, 3], [4, 2]]                                                    #? rising

    HINTS: `np.argsort` with kind="stable" leaves equals in the order in which they came, and it
        sorts upwards: what if the importance had a minus sign?
    """
    ### BEGIN SOLUTION
    order = np.argsort(-importance, kind="stable")                                   #? falling
    order = np.argsort(importance, kind="stable")                                    #? rising
    empty = np.full(-len(order) % B, -1)
    return np.concatenate([order, empty]).reshape(B, -1)                             #? falling
    return np.concatenate([empty, order]).reshape(B, -1)                             #? rising
    ### END SOLUTION


# %% [grader]
@inputs("A3.7")
def order_inputs_inputs(rng):
    w = rng.integers(1, 9, 11) / 2                          # some of them alike
    w[rng.permutation(11)[:2]] = 0, 1e4
    return [(w, 4), (rng.normal(0, 2, 6).round(2) ** 2, 3), (rng.integers(0, 3, 9) / 4, 3),
            (rng.random(2).round(2), 3), (w, 1)]


def in_blocks(order, B, empty=-1):
    """An order cut into blocks, with the empty places where they belong."""
    empty = np.full(-len(order) % B, empty)
    return np.concatenate([order, empty]).reshape(B, -1)                             #? falling
    return np.concatenate([empty, order]).reshape(B, -1)                             #? rising


def right_order(importance):
    return np.argsort(-importance, kind="stable")                                    #? falling
    return np.argsort(importance, kind="stable")                                     #? rising


@mutant("A3.7", 0.5, "Which inputs does block 0 hold in this variant?",
        "Print the importance of the inputs of your first block.",
        "Does the importance rise or fall in Eq. (7)?")
def other_order(importance, B):
    return in_blocks(right_order(-importance), B)


@mutant("A3.7", 0.7, "Two inputs are equally important. Which comes first?",
        "Is an order that is turned round still in the order of the numbers?",
        "Below Eq. (7): of two that are equally important the smaller number comes first.")
def equals_turned_round(importance, B):
    return in_blocks(right_order(-importance)[::-1], B)


@mutant("A3.7", 0.4, "What does your first number mean: an input, or its place?",
        "Give the most important input a place in the middle, and look what you return for it.",
        "In Eq. (7) the number of an input is the index of w.")
def places_for_inputs(importance, B):
    return in_blocks(np.argsort(right_order(importance)), B)


@mutant("A3.7", 0.5, "Which two inputs are most like each other in importance? Do they meet?",
        "Are neighbours in the order in the same block, or dealt out like cards?",
        "The order of Eq. (7) is cut: a block is a piece of it.")
def dealt_out(importance, B):
    blocks = in_blocks(right_order(importance), B)
    return blocks.reshape(-1, B).T


@mutant("A3.7", 0.5, "How many inputs came in, and how many are in your blocks?",
        "How large is a block if the number of inputs is no multiple of B?",
        "Below Eq. (7): some places may stay empty, but every input has one.")
def rest_dropped(importance, B):
    order = right_order(importance)
    return order[:len(order) // B * B].reshape(B, -1)


@mutant("A3.7", 0.7, "At which end are the empty places?",
        "An empty place carries no information. Is it important?",
        "Below Eq. (7): the places that stay empty are those of the least important inputs.")
def empty_at_the_other_end(importance, B):
    return in_blocks(right_order(importance)[::-1], B)[::-1, ::-1]


@mutant("A3.7", 0.7, "How many places say that input 0 stands there?",
        "How can an empty place be told from the first input?",
        "Read the line Returns again: what stands where Eq. (7) has no more input?")
def empty_is_input_0(importance, B):
    return in_blocks(right_order(importance), B, 0)


@mutant("A3.7", 0.2, "Which of your blocks holds the most important input?",
        "Where do you look at the importance?", "Eq. (7) comes before the cut.")
def as_they_came(importance, B):
    return in_blocks(np.arange(len(importance)), B)


@mutant("A3.7", 0.5, "Do you return inputs, or how important they are?",
        "Compare the line Returns with your answer.",
        "It is the numbers of the inputs that Eq. (7) puts in order.")
def importance_itself(importance, B):
    return in_blocks(importance[right_order(importance)], B)


@equivalent("A3.7")
def by_sorted(importance, B):
    order = sorted(range(len(importance)), key=lambda a: (-importance[a], a))        #? falling
    order = sorted(range(len(importance)), key=lambda a: (importance[a], a))         #? rising
    size = -(-len(order) // B)
    empty = [-1] * (size * B - len(order))
    places = order + empty                                                           #? falling
    places = empty + order                                                           #? rising
    return [places[j * size:(j + 1) * size] for j in range(B)]


@equivalent("A3.7")
def one_after_the_other(importance, B):
    left, order = importance.astype(float), []
    for _ in importance:
        order.append(int(np.argmax(left)))                                           #? falling
        left[order[-1]] = -np.inf                                                    #? falling
        order.append(int(np.argmin(left)))                                           #? rising
        left[order[-1]] = np.inf                                                     #? rising
    return np.asfortranarray(in_blocks(np.array(order, float), B))


# %% [own test] A3.8, Eq. (2): a test of your own (10 points, 15 minutes)
def test_shares(shares):
    """Tell a right `shares` from wrong ones.

    Parameters
    ----------
    shares : function
        Somebody's solution of A3.2, which you cannot look into. It is not always right.

    TODO: call it with degrees of your choice, and `assert` what must be true of the table. A
        right solution must pass, wrong ones must not: each that you catch earns points.
    APPROACH: work out one small chain and one small ring by hand. Or write down what is true
        of every table: of its sums, of the shares in a row, of the end of a chain.
    EXAMPLE:
        >>> test_shares(shares)                         # nothing happens: it is right

    HINTS: Which mistakes do even degrees hide, and which does a ring? Is it enough if all rows
        add up? Compare arrays with `np.array_equal`. Degrees of at most 1000 may be handed in.
    """
    ### BEGIN SOLUTION
    degrees = np.array([7, 7, 8])
    chain = [[7, 0, 0], [4, 3, 0], [3, 3, 2]]                                        #? near
    ring = [[3, 2, 2], [3, 2, 2], [3, 3, 2]]                                         #? near
    chain = [[7, 0, 0], [3, 4, 0], [2, 3, 3]]                                        #? far
    ring = [[2, 2, 3], [2, 2, 3], [2, 3, 3]]                                         #? far
    degrees, chain, ring = degrees[::-1].copy(), chain[::-1], ring[::-1]             #? behind
    assert np.array_equal(shares(degrees, 3, False), chain)
    assert np.array_equal(shares(degrees, 3, True), ring)
    ### END SOLUTION


# %% [grader]
own_test(test_shares, shares, edge_lost, edge_added, other_side, ends_forgotten,
         ring_forgotten)

# %% [markdown]
# ## Look at your layer
#
# Once your `shares` and `draw_support` are right, put these lines at the end of your file. Each
# row is a right neuron, each `#` an edge: you see the chain of blocks, and how it ends.
#
# ```python
# degrees = np.array([4, 5, 3, 2])                                                   #? ahead
# degrees = np.array([2, 3, 5, 4])                                                   #? behind
# layer = draw_support(shares(degrees, 2, False), 16, 16, np.random.default_rng(0))
# for row in layer:
#     print("".join(".#"[edge] for edge in row))
# ```

# %% [written] A3.9: two questions (10 points, 15 minutes)
# Answer in three to six sentences each, in your own words. Five hidden layers follow each
# other, all with $B = 8$, $r = 2$ and the windows and the order of inputs of this variant.
#
# 1. Take the chain. Which blocks of the fifth layer notice a change of the most important
#    input block, which one of the least important? Which block sees only one input block,
#    however deep it lies, and what does this mean for the network?
# 2. The paper's degrees of the neurons in block 0 to 7 are, in this order,
#    98, 130, 98, 49, 20, 10, 10 and 10, with 98 neurons in each block.              #? falling
#    10, 10, 10, 20, 49, 98, 130 and 98, with 98 neurons in each block.              #? rising
#    How many edges enter a neuron of the first and of the last right block on average, on the
#    chain and on the ring? Name one advantage of the ring and one of the chain.

# %% [rubric]
# ### A3.9 (10 points, 5 for each question)
#
# **Question 1.** Full marks: the blocks, counted through five layers; the block at the
# end of the chain; and a consequence that speaks of importance.
#
# In this variant the fifth layer's blocks that notice input block 0 are: 0.         #? ahead
# Those that notice input block 7 are: 2 to 7. Block 7 sees only input block 7.      #? ahead
# In this variant the fifth layer's blocks that notice input block 0 are: 0 to 5.    #? behind
# Those that notice input block 7 are: 7. Block 0 sees only input block 0.           #? behind
# The most important inputs are in block 0, the least important in block 7.          #? falling
# The most important inputs are in block 7, the least important in block 0.          #? rising
#
# - *5 points.* "A signal moves one block per layer, and only one way.
#   So block 0 of layer 5 is the only one that notices input block 0; blocks 2 to 7  #? ahead
#   notice input block 7. Right block 7 has itself as its only neighbour, so it sees  #? ahead
#   input block 7 in every layer and nothing else.                                   #? ahead
#   So blocks 0 to 5 of layer 5 notice input block 0; block 7 is the only one that   #? behind
#   notices input block 7. Right block 0 has itself as its only neighbour, so it sees  #? behind
#   input block 0 in every layer and nothing else.                                   #? behind
#   These are the least important inputs: nothing important ever gets           #? ahead falling
#   there, so the layers keep the order of importance."                         #? ahead falling
#   These are the most important inputs. They are kept apart from the            #? ahead rising
#   others there, and in the other blocks important and unimportant              #? ahead rising
#   ones are mixed."                                                             #? ahead rising
#   These are the most important inputs. They are kept apart from the          #? behind falling
#   others there, and in the other blocks important and unimportant            #? behind falling
#   ones are mixed."                                                           #? behind falling
#   These are the least important inputs: nothing important ever gets           #? behind rising
#   there, so the layers keep the order of importance."                         #? behind rising
# - *3 points.* "The signal spreads by one block in each layer, so after five layers six blocks
#   notice. At the end of the chain there is a block that has no neighbour."
# - *1 point.* "After five layers everything is connected with everything."
#
# **Question 2.** Full marks: the four numbers (half a point each, and a point for the way to
# them); an advantage of each (a point each) that has to do with these numbers or with the light
# cone.
#
# In this variant they are, on the chain, 163 (98 + 65) and 5; on the ring      #? ahead falling
# 114 (49 + 65) and 54 (5 + 49).                                                #? ahead falling
# In this variant they are, on the chain, 15 (10 + 5) and 49; on the ring        #? ahead rising
# 10 (5 + 5) and 54 (49 + 5).                                                    #? ahead rising
# In this variant they are, on the chain, 49 and 15 (10 + 5); on the ring      #? behind falling
# 54 (49 + 5) and 10 (5 + 5).                                                  #? behind falling
# In this variant they are, on the chain, 5 and 163 (98 + 65); on the ring      #? behind rising
# 54 (5 + 49) and 114 (49 + 65).                                                #? behind rising
#
# - *5 points.* The four numbers, with their sums. "Both blocks have 98 neurons, so I only add
#   what the window sends. A ring has no end: each block hears from two others, so
#   no neuron at the end starves with 5 edges, or with none if it is unlucky.   #? ahead falling
#   no block hears from itself alone.                                            #? ahead rising
#   no block hears from itself alone.                                          #? behind falling
#   no neuron at the end starves with 5 edges, or with none if it is unlucky.   #? behind rising
#   A chain lets signals go one way only. On the ring every block sees everything after seven
#   layers, and nothing is left of the order of importance."
# - *3 points.* The numbers of the chain. "The ring has no ends, so all blocks are alike."
# - *1 point.* "The ring has more edges." (It has as many.)
#
# ### Three oral questions
#
# 1. Why can a list of degrees that fits on the ring fail on the chain, whatever r is?
# 2. You draw a layer, and one of its right neurons has no edge at all. Is that a mistake? What
#    does the neuron say to the next layer?
# 3. Show me a wrong `shares` that your own test would not catch.
