"""What a layer's edges look like after training: degrees by neuron and by block."""

import numpy as np
from scipy import sparse


def out_degrees(W, threshold=0.0):
    """Edges with |w| > threshold that leave each left neuron, (N_{l-1},) ints.

    Section 3 of the paper counts |w| > 0.1 as the contributing edges (Figure 2).
    """
    return counted(W, threshold, axis=0)


def in_degrees(W, threshold=0.0):
    """Edges with |w| > threshold that enter each right neuron, (N_l,) ints."""
    return counted(W, threshold, axis=1)


def counted(W, threshold, axis):
    if sparse.issparse(W):
        W = W.tocoo()
        kept = W.coords[1 - axis][np.abs(W.data) > threshold]
        return np.bincount(kept, minlength=W.shape[1 - axis])
    return (np.abs(W) > threshold).sum(axis=axis)


def block_means(values, blocks):
    """Mean of `values` over each of `blocks` equal blocks of neurons, (blocks,)."""
    values = np.asarray(values)
    if len(values) % blocks:
        raise ValueError(f"values: got {len(values)}, expected a multiple of the number of "
                         f"blocks, {blocks}")
    return values.reshape(blocks, -1).mean(axis=1)
