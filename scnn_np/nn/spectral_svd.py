"""A spectral layer that knows its φ by singular values, which are trained."""

import numpy as np

from scnn_np.nn.affine import LAYERS, dense_matrix, part, shape_only
from scnn_np.nn.spectral import Eigenvalues, drawn_parts


class SpectralSVD(Eigenvalues):
    """φ = U diag(s) Vᵀ with orthonormal columns in U and V, which are frozen; s is trained
    beside the eigenvalues.

    (arXiv 2106.09021; in the authors' code U and V are Gaussian, not orthonormal.)

    Parameters
    ----------
    lambda_in, lambda_out : (1, N_{l-1}) and (N_l, 1) arrays
    s : (n,) array, n the smaller of N_l and N_{l-1}
    U, V : (N_l, n) and (N_{l-1}, n) arrays
    b : (N_l, 1) array, zeros if left out
    """

    trained, fixed = ("lambda_in", "lambda_out", "s", "b"), ("U", "V")
    forms = ("shape",)

    def __init__(self, lambda_in, lambda_out, s, U, V, b=None):
        self.U, V = dense_matrix("U", U), dense_matrix("V", V)
        n = self.U.shape[1]
        self.V = part("V", V, (V.shape[0], n), self.U.dtype)
        self.s = part("s", s, (n,), self.U.dtype)
        super().__init__(lambda_in, lambda_out, b)

    @classmethod
    def drawn(cls, support, gain, rng, dtype, *, initial="usual"):
        """From a φ that is drawn as that of a spectral layer, and decomposed."""
        shape_only("spectral-svd", support)
        parts = drawn_parts(support, gain, rng, dtype, initial=initial)
        U, s, Vt = np.linalg.svd(parts.pop("phi"), full_matrices=False)
        return cls(**parts, s=s, U=U, V=Vt.T)

    @property
    def phi(self):
        return self.U * self.s @ self.V.T

    def pull_back(self):
        """With P = ∂L/∂φ: ∂L/∂s_k = u_kᵀ P v_k."""
        super().pull_back()
        P = (self.lambda_in - self.lambda_out) * self.dW
        np.sum(self.U.T @ P * self.V.T, axis=1, out=self.ds)


LAYERS["spectral-svd"] = SpectralSVD
