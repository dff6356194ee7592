"""A spectral layer that knows its φ as a product of two matrices; a triangle is trained."""

import numpy as np

from scnn_np.nn.affine import LAYERS, dense_matrix, part, shape_only
from scnn_np.nn.spectral import Eigenvalues, drawn_parts


class SpectralQR(Eigenvalues):
    """φ = R Q with a triangle R on the short side, of which n(n+1)/2 numbers are trained beside
    the eigenvalues, n the smaller of N_l and N_{l-1}.

    For N_l ≤ N_{l-1} R is lower triangular and Q has orthonormal rows; else φ = Q R with an
    upper triangle and orthonormal columns. Q is frozen. (arXiv 2106.09021; the authors' code
    starts from a triangle, but trains all n² numbers of it.)

    Parameters
    ----------
    lambda_in, lambda_out : (1, N_{l-1}) and (N_l, 1) arrays
    R : (n(n+1)/2,) array
        The triangle, row by row.
    Q : (N_l, N_{l-1}) array
    b : (N_l, 1) array, zeros if left out
    """

    trained, fixed = ("lambda_in", "lambda_out", "R", "b"), ("Q",)
    forms = ("shape",)

    def __init__(self, lambda_in, lambda_out, R, Q, b=None):
        self.Q = dense_matrix("Q", Q)
        n = min(self.Q.shape)
        self.R = part("R", R, (n * (n + 1) // 2,), self.Q.dtype)
        super().__init__(lambda_in, lambda_out, b)

    @classmethod
    def drawn(cls, support, gain, rng, dtype, *, initial="usual"):
        """From a φ that is drawn as that of a spectral layer, and factored."""
        shape_only("spectral-qr", support)
        return cls(**drawn_factors(support, gain, rng, dtype, initial))

    @property
    def triangle(self):
        """Where the numbers of R stand in the square."""
        n = min(self.Q.shape)
        return triangle(n, lower=is_wide(self.Q))

    @property
    def phi(self):
        """R Q, or Q R."""
        n = min(self.Q.shape)
        R = np.zeros((n, n), self.Q.dtype)
        R[self.triangle] = self.R
        return R @ self.Q if is_wide(self.Q) else self.Q @ R

    def pull_back(self):
        """With P = ∂L/∂φ: ∂L/∂R = P Qᵀ, or Qᵀ P, in the triangle."""
        super().pull_back()
        P = (self.lambda_in - self.lambda_out) * self.dW
        dR = P @ self.Q.T if is_wide(self.Q) else self.Q.T @ P
        self.dR[...] = dR[self.triangle]


def is_wide(matrix):
    """Whether there are no more rows than columns."""
    return matrix.shape[0] <= matrix.shape[1]


def triangle(n, lower):
    """(n, n) bools, True in the lower or the upper triangle and on the diagonal."""
    return np.tri(n, dtype=bool) if lower else np.tri(n, dtype=bool).T


def drawn_factors(support, gain, rng, dtype, initial):
    """Initial eigenvalues, R and Q."""
    parts = drawn_parts(support, gain, rng, dtype, initial=initial)
    phi = parts.pop("phi")
    if is_wide(phi):
        Q, R = (factor.T for factor in np.linalg.qr(phi.T))    # φᵀ = Q R, so φ = Rᵀ Qᵀ
    else:
        Q, R = np.linalg.qr(phi)
    return {**parts, "R": R[triangle(len(R), lower=is_wide(phi))], "Q": Q}


LAYERS["spectral-qr"] = SpectralQR
