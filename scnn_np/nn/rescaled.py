"""A control of the spectral layer: w_ij = a_i φ_ij c_j, with as many trained numbers."""

import numpy as np

from scnn_np.nn.affine import LAYERS, Affine, matrix, part
from scnn_np.nn.initial import initial_weights
from scnn_np.nn.layer import entries, with_entries
from scnn_np.nn.spectral import at_entries


class Rescaled(Affine):
    """Each neuron has a factor for all of its weights; φ is frozen, dense or on a support.

    The factors of the two sides are multiplied, where those of a spectral layer are subtracted.

    Parameters
    ----------
    a : (N_l, 1) array
    c : (1, N_{l-1}) array
    phi : (N_l, N_{l-1}) array or scipy.sparse array
    b : (N_l, 1) array, zeros if left out
    """

    trained, fixed = ("a", "c", "b"), ("phi",)
    forms = ("shape", "support")

    def __init__(self, a, c, phi, b=None):
        self.phi = matrix("phi", phi)
        (n_out, n_in), dtype = self.phi.shape, self.phi.dtype
        self.a, self.c = part("a", a, (n_out, 1), dtype), part("c", c, (1, n_in), dtype)
        self.da, self.dc = np.zeros_like(self.a), np.zeros_like(self.c)
        super().__init__(self.phi, b)

    @classmethod
    def drawn(cls, support, gain, rng, dtype):
        """With factors of 1, for a support or a shape."""
        phi = initial_weights(support, gain, rng, dtype)
        n_out, n_in = phi.shape
        return cls(np.ones((n_out, 1), phi.dtype), np.ones((1, n_in), phi.dtype), phi)

    @property
    def W(self):
        c, a = at_entries(self.phi, self.c, self.a)
        return with_entries(self.phi, a * entries(self.phi) * c)

    def pull_back(self):
        """∂L/∂a_i = Σ_j ∂L/∂W_ij φ_ij c_j and ∂L/∂c_j = Σ_i ∂L/∂W_ij φ_ij a_i."""
        c, a = at_entries(self.phi, self.c, self.a)
        by_edge = self.dW * entries(self.phi)
        self.da[:, 0] = with_entries(self.phi, by_edge * c).sum(axis=1)
        self.dc[0] = with_entries(self.phi, by_edge * a).sum(axis=0)


LAYERS["rescaled"] = Rescaled
