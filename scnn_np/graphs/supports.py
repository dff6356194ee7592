"""Supports: which left neuron is connected to which right neuron, before anything is trained.

A support is the biadjacency matrix of a Tanner graph, a `scipy.sparse.csr_array` of shape
(N_l, N_{l-1}) with a 1 for every edge: column j holds the edges that leave left neuron j, row
i those that enter right neuron i. Nothing here ever makes a dense matrix.
"""

import numpy as np
from scipy import sparse

from scnn_np.graphs.degrees import PAPER_BLOCKS, block_degrees, draw_degrees
from scnn_np.tools.checks import fits, generator


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
    generator("rng", rng)
    degrees = draw_degrees(degrees, n_in, n_out, rng)                # RSP steps 1 and 2
    fits("degrees", "edges", int(degrees.sum()))
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
    degrees : int, or a sequence of `blocks` ints or distributions
        Out-degree of every neuron of each left block, met exactly or refused; a distribution
        of `scnn_np.graphs` is drawn for each neuron of the block.
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
    generator("rng", rng)
    degrees = block_degrees(degrees, n_in, n_out, blocks, receptive_field, tail_biting, rng)
    fits("degrees", "edges", int(degrees.sum()))
    shares = window_shares(degrees, receptive_field, tail_biting)
    size_in, size_out = n_in // blocks, n_out // blocks
    rows = []
    for i in range(blocks):                                          # SC step 2
        window = window_blocks(i, blocks, receptive_field, tail_biting)
        local_degrees = np.concatenate([shares[j, :, (j - i) % blocks] for j in window])
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

    Parameters
    ----------
    degrees : (blocks, …) ints
        Of each block, or of each neuron of each block.

    Returns
    -------
    (blocks, …, receptive_field) int array
        Entry [j, …, k] counts the edges from a neuron of left block j to right block j - k.
    """
    degrees = np.asarray(degrees)[..., None]
    windows = np.minimum(np.arange(len(degrees)) + 1, receptive_field)
    if tail_biting:
        windows[:] = receptive_field
    windows = windows.reshape(-1, *[1] * (degrees.ndim - 1))
    each, rest = np.divmod(degrees, windows)
    k = np.arange(receptive_field)
    return np.where(k < windows, each + (k < rest), 0)
