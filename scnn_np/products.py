"""The three products of a sparse layer: W Z, Wᵀ D, and D Zᵀ on the support of W."""

import numpy as np

CHUNK_BYTES = 1 << 22     # gathered rows held at once: a part of the cache, never edges × batch


def forward(W, Z):
    """W Z: what the right neurons receive, (N_l, batch)."""
    return W @ Z


def backward(W, D):
    """Wᵀ D: what the left neurons are blamed for, (N_{l-1}, batch)."""
    return W.T @ D


def on_support(W, D, Z, out):
    """D Zᵀ at the edges of W only, written to `out` in the order of `W.data`."""
    rows = np.repeat(np.arange(W.shape[0]), np.diff(W.indptr))
    step = max(1, CHUNK_BYTES // (Z.itemsize * Z.shape[1]))
    for k in range(0, W.nnz, step):
        edges = slice(k, k + step)
        np.einsum("eb,eb->e", D[rows[edges]], Z[W.indices[edges]], out=out[edges])
