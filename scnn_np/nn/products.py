"""The three products of a layer with weights W: W Z, Wᵀ D, and D Zᵀ where W has entries.

Each call is given all that it needs and remembers nothing. A class of your own with these
three calls can stand in their place: `Sparse(W, products=MyProducts)`.
"""

import numpy as np
from scipy.sparse import issparse


class DenseProducts:
    """For a dense W.

    Parameters
    ----------
    W : (N_l, N_{l-1}) array
        Only its pattern may be read here, to plan by.
    """

    def __init__(self, W):
        self.largest = 0 if issparse(W) else W.size    # entries that BLAS multiplies at once

    def forward(self, W, Z):
        """W Z, (N_l, batch), of Z, (N_{l-1}, batch)."""
        return W @ Z

    def backward(self, W, D):
        """Wᵀ D, (N_{l-1}, batch), of D, (N_l, batch)."""
        return W.T @ D

    def on_support(self, W, D, Z, out):
        """D Zᵀ, (N_l, N_{l-1}), written to `out`."""
        np.matmul(D, Z.T, out=out)


class PlainProducts(DenseProducts):
    """For a sparse W, a csr_array: to read, and to hold the fast ones against (tiles.py)."""

    def on_support(self, W, D, Z, out):
        """D Zᵀ at the edges of W only, in the order of `W.data`: an entry off the support is
        no parameter."""
        i, j = W.tocoo().coords
        np.einsum("ek,ek->e", D[i], Z[j], out=out)         # Σ_k D_ik Z_jk for the edge (i, j)
