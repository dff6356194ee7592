"""Supports: which left neuron is connected to which right neuron, before anything is trained.

A support is the biadjacency matrix of a Tanner graph, a `scipy.sparse.csr_array` of shape
(N_l, N_{l-1}) with a 1 for every edge: column j holds the edges that leave left neuron j, row
i those that enter right neuron i. Nothing here ever makes a dense matrix.
"""

import numpy as np
from scipy import sparse

from scnn_np.graphs.degrees import PAPER_BLOCKS, check_block_degrees, check_chain, draw_degrees


def random_sparse(n_in, n_out, degrees, rng):
    """Random sparse (RSP) support (paper, section 2.1, RSP steps 1 to 3).

    Parameters
    ----------
    n_in, n_out : int
        Left and right neurons.
    degrees : int, array of n_in ints, or a distribution of `scnn_np.graphs.degrees`
        Out-degrees of the left neurons.
    rng : np.random.Generator

    Returns
    -------
    (n_out, n_in) csr_array of int8 ones, column sums equal to the degrees
    """
    degrees = draw_degrees(degrees, n_in, n_out, rng)                # RSP steps 1 and 2
    targets = [rng.choice(n_out, d, replace=False) for d in degrees]   # RSP step 3
    first_edge = np.concatenate([[0], np.cumsum(degrees)])
    index = np.int32 if max(first_edge[-1], n_out) < 2 ** 31 else np.int64
    columns = sparse.csc_array((np.ones(first_edge[-1], np.int8),
                                np.concatenate(targets).astype(index),
                                first_edge.astype(index)), shape=(n_out, n_in))
    return columns.tocsr()


def spatially_coupled(n_in, n_out, degrees, rng, *, blocks=PAPER_BLOCKS, receptive_field=2,
                      tail_biting=False):
    """Spatially-coupled (SC) support (paper, section 2.1, SC steps 1 and 2, and Figure 1).

    Both layers fall into B blocks of equal size. Right block i sees the window of left blocks
    i … i+r-1, and in each window an independent RSP is drawn.

    Parameters
    ----------
    n_in, n_out : int
        Left and right neurons, multiples of `blocks`.
    degrees : int or sequence of `blocks` ints
        Out-degree of every neuron of each left block, met exactly or refused.
    rng : np.random.Generator
    blocks, receptive_field : int
        B and r.
    tail_biting : bool
        False cuts the window off at the last block (a terminated chain); True lets it go on
        at the first one.

    Returns
    -------
    (n_out, n_in) csr_array of int8 ones
    """
    check_chain(n_in, n_out, blocks, receptive_field)
    degrees = check_block_degrees(degrees, n_out, blocks, receptive_field, tail_biting)
    shares = window_shares(degrees, receptive_field, tail_biting)
    size_in, size_out = n_in // blocks, n_out // blocks
    rows = []
    for i in range(blocks):                                          # SC step 2
        window = window_blocks(i, blocks, receptive_field, tail_biting)
        local_degrees = np.repeat([shares[j, (j - i) % blocks] for j in window], size_in)
        local = random_sparse(len(local_degrees), size_out, local_degrees, rng)   # SC step 1
        neurons = (i * size_in + local.indices) % n_in        # as columns of the whole layer
        rows.append(sparse.csr_array((local.data, neurons, local.indptr),
                                     shape=(size_out, n_in)))
    support = sparse.vstack(rows, format="csr")
    support.sort_indices()
    return support


def window_blocks(i, blocks, receptive_field, tail_biting=False):
    """Left blocks i … i+r-1 that right block i sees, nearest first."""
    window = range(i, i + receptive_field)
    return [j % blocks for j in window if tail_biting or j < blocks]


def window_shares(degrees, receptive_field, tail_biting=False):
    """How a left block's out-degree is shared among the windows that it takes part in.

    As evenly as integers allow; a remainder goes to the nearest window (i = j) first.

    Returns
    -------
    (blocks, receptive_field) int array
        Entry [j, k] counts the edges from each neuron of left block j to right block j - k.
    """
    shares = np.zeros((len(degrees), receptive_field), int)
    for j, degree in enumerate(degrees):
        windows = receptive_field if tail_biting else min(j + 1, receptive_field)
        each, rest = divmod(degree, windows)
        shares[j, :windows] = each
        shares[j, :rest] += 1
    return shares
