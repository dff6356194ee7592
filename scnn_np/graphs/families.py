"""Supports beside RSP and SC: six families of graphs with the same number of edges.

A family is a function of a layer's two widths. Every left neuron has the same out-degree (in
Erdős–Rényi graphs on average), so that supports of two families differ in *where* their edges
are and not in how many there are. arXiv 1706.05683 says that accuracy depends on this; its
abstract names no families, the choice is ours.

Every family has the same form:

Parameters
----------
n_left, n_right : int
    Left and right neurons.
layer : int
    Number of the hidden layer, from 0. Only the butterfly uses it, for its stage.
rng : np.random.Generator
    Only `biregular` and `erdos_renyi` draw from it.
degrees : int
    d, the out-degree of every left neuron; there is no default.

Returns
-------
(n_right, n_left) csr_array of int8 ones, indices sorted

Raises
------
ValueError
    If the family has no graph of this size and degree.
"""

from collections import Counter
from itertools import product
from math import gcd, isqrt

import numpy as np
from scipy import sparse

from scnn_np.tools.checks import fits, whole

# --- drawn at random ------------------------------------------------------------------------


def biregular(n_left, n_right, layer, rng, *, degrees=None):
    """A random graph with equal degrees on the left, and equal degrees on the right.

    Such graphs are good expanders, nearly Ramanujan (Brito, Dumitriu and Harris, 2022).
    n_right must divide n_left · d.
    """
    check(n_left, n_right, degrees)
    step = n_right // gcd(n_left, n_right)
    if degrees % step:
        raise ValueError(f"degrees: got {degrees}, expected a multiple of {step}: {n_right} "
                         f"right neurons share the edges of {n_left} left neurons equally")
    few = min(degrees, n_right - degrees)
    support = support_of(*pairing(n_left, n_right, few, rng), n_left, n_right)
    if few == degrees:
        return support
    right, left = np.nonzero(support.toarray() == 0)     # many edges are what few leave out
    return support_of(left, right, n_left, n_right)


def pairing(n_left, n_right, d, rng):
    """Left and right ends of the edges, by the configuration model, repaired to be simple.

    Every neuron has as many half-edges as its degree, and left and right ones are paired at
    random. Then every edge a that stands more than once exchanges right ends with a random edge
    b, if this makes two new edges. For d ≤ n_right/2 there is always such a b. Repairs make the
    draw not exactly uniform among all graphs; among the pairs of neurons it is.
    """
    left = np.repeat(np.arange(n_left), d)
    right = rng.permutation(np.repeat(np.arange(n_right), n_left * d // n_right))
    edges = list(zip(left.tolist(), right.tolist(), strict=True))
    count = Counter(edges)
    for a in range(len(edges)):
        while count[edges[a]] > 1:
            b = rng.integers(len(edges))
            (u, v), (x, y) = edges[a], edges[b]
            if not count[u, y] and not count[x, v]:
                count.subtract([(u, v), (x, y)])
                count.update([(u, y), (x, v)])
                edges[a], edges[b] = (u, y), (x, v)
    return np.array(edges, dtype=int).reshape(-1, 2).T


def erdos_renyi(n_left, n_right, layer, rng, *, degrees=None):
    """n_left · d edges, every set of so many pairs of neurons equally likely.

    Degrees vary on both sides. At small d some neurons are isolated.
    """
    check(n_left, n_right, degrees)
    pairs = rng.choice(n_left * n_right, n_left * degrees, replace=False, shuffle=False)
    return support_of(pairs // n_right, pairs % n_right, n_left, n_right)


# --- constructed ----------------------------------------------------------------------------

def circulant_band(n_left, n_right, layer, rng, *, degrees=None):
    """Left neuron j feeds the right neuron opposite and the d - 1 before it, in a circle.

    Opposite j lies ⌊j · n_right/n_left⌋. The band is narrow, so the graph is a bad expander,
    and information moves slowly, as in an SC layer.
    """
    check(n_left, n_right, degrees)
    left = np.arange(n_left)[:, None]
    right = (left * n_right // n_left - np.arange(degrees)) % n_right
    return support_of(left, right, n_left, n_right)


def difference_set(n_left, n_right, layer, rng, *, degrees=None):
    """The points and lines of a projective plane, as a circulant: the best expander there is.

    Left neuron j feeds the right neurons j + D (mod n), where D is a difference set. Any two
    left neurons have exactly one right neuron in common. No biregular n × n graph of degree
    d has a σ₂ below √((n-d)/(d(n-1))), and this one reaches it.

    Sizes: n_left = n_right = n = q² + q + 1 and d = q + 1, q prime (7 and 3, 553 and 24, …).
    """
    check(n_left, n_right, degrees)
    check_square(n_left, n_right)
    q = isqrt(n_left)
    if n_left != q * q + q + 1 or q < 2 or any(q % k == 0 for k in range(2, isqrt(q) + 1)):
        raise ValueError(f"n_left: got {n_left}, expected q² + q + 1 neurons, q a prime number")
    if degrees != q + 1:
        raise ValueError(f"degrees: got {degrees}, expected {q + 1}, the only degree of a "
                         f"difference set on {n_left} neurons")
    left = np.arange(n_left)[:, None]
    return support_of(left, (left + singer(q)) % n_left, n_left, n_right)


def singer(q):
    """q + 1 numbers whose differences are all the residues mod q² + q + 1 (Singer, 1938).

    In GF(q³), built with a root x of x³ = a x² + b x + c, the powers of x are the points of a
    projective plane, and those whose coordinate of x² is 0 lie on a line. This coordinate
    follows the recurrence s_i = a s_{i-1} + b s_{i-2} + c s_{i-3} (mod q). Only for about one
    cubic in four do the powers run through all points; the first such is found by trying.
    """
    n = q * q + q + 1
    for a, b, c in product(range(q), range(1, q), range(1, q)):
        s = [0, 0, 1]
        while len(s) < n:
            s.append((a * s[-1] + b * s[-2] + c * s[-3]) % q)
        D = np.flatnonzero(np.array(s) == 0)
        if len(D) == q + 1 and len(np.unique((D[:, None] - D) % n)) == n:
            return D


def butterfly(n_left, n_right, layer, rng, *, degrees=None):
    """The connections of a fast Fourier transform: each layer mixes one digit of the number.

    Write the numbers of the neurons in base d. In stage t a left neuron feeds the d right
    neurons whose number differs from its own in digit t at most. A layer alone falls into n/d
    separate pieces, so its gap is 0. Yet every input reaches every output after k layers, where
    k is the smallest with d^k ≥ n: hidden layer l takes stage l mod k.

    Sizes: n_left = n_right = n = m · d^(k-1), m ≤ d. 784 neurons can have d = 28 (28 · 28),
    d = 56 (14 · 56) or d = 14 (4 · 14²). For m < d the last stage, which joins
    neurons n/d apart, overlaps the one before it.
    """
    check(n_left, n_right, degrees)
    check_square(n_left, n_right)
    n, d = n_left, degrees
    stages, reach = 1, d                    # an input reaches d^k neurons after k stages
    while reach < n and d > 1:
        stages, reach = stages + 1, reach * d
    if reach < n or n % (reach // d):
        raise ValueError(f"degrees: got {d}, expected a d with {n} = m · d^(k-1), m ≤ d")
    stride = min(d ** (layer % stages), n // d)
    left = np.arange(n)[:, None]
    first = left - left // stride % d * stride                   # the digit set to 0
    return support_of(left, first + stride * np.arange(d), n, n)


def block_diagonal(n_left, n_right, layer, rng, *, degrees=None):
    """Separate blocks, each of them fully connected: the negative control, with gap 0.

    However many layers there are, an input reaches the d right neurons of its own block only.
    d must divide n_right, and the number of blocks, n_right/d, must divide n_left.
    """
    check(n_left, n_right, degrees)
    if n_right % degrees:
        raise ValueError(f"degrees: got {degrees}, expected a divisor of {n_right}, the number "
                         "of right neurons")
    blocks = n_right // degrees
    if n_left % blocks:
        raise ValueError(f"n_left: got {n_left}, expected a multiple of the number of blocks, "
                         f"n_right/degrees = {blocks}")
    left = np.arange(n_left)[:, None]
    block = left // (n_left // blocks)
    return support_of(left, block * degrees + np.arange(degrees), n_left, n_right)


# --- parts ----------------------------------------------------------------------------------

def support_of(left, right, n_left, n_right):
    """The support with the edges left → right, two arrays of neurons that broadcast."""
    left, right = (ends.astype(np.int32).ravel() for ends in np.broadcast_arrays(left, right))
    ones = np.ones(len(left), np.int8)
    return sparse.coo_array((ones, (right, left)), shape=(n_right, n_left)).tocsr()


def check(n_left, n_right, degrees):
    """Refuse what is no number of neurons, and a degree above the number of right neurons."""
    for name, value in (("n_left", n_left), ("n_right", n_right), ("degrees", degrees)):
        whole(name, value, least=1)
    if degrees > n_right:
        raise ValueError(f"degrees: got {degrees}, expected at most {n_right}, the number of "
                         "right neurons")
    fits("degrees", "edges", n_left * degrees)


def check_square(n_left, n_right):
    """Refuse a layer whose two sides differ."""
    if n_left != n_right:
        raise ValueError(f"n_right: got {n_right}, expected {n_left} neurons, as on the left")
