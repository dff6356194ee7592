"""What is added to the loss to keep weights small, few, or few in groups.

A penalty has a value R(W) and a gradient ∂R/∂W for one weight matrix, dense or sparse. Biases
are free. The gradient enters the gradient of the loss (it is not decoupled weight decay).
"""

import numpy as np
from scipy import sparse


class Penalty:
    """λ·R(W), summed over the weight matrices.

    Parameters
    ----------
    strength : float or sequence of floats, at least 0
        λ: one for all weight matrices, or one each, from the input layer to the output layer.
    """

    def __init__(self, strength):
        self.strength = np.asarray(strength, float)
        if self.strength.ndim > 1 or not self.strength.size or not (
                np.isfinite(self.strength).all() and (self.strength >= 0).all()):
            raise ValueError(f"strength of {type(self).__name__}: got {strength!r}, expected "
                             "one or more numbers ≥ 0")

    def strengths(self, n_layers):
        """λ of each of the `n_layers` weight matrices."""
        if self.strength.shape not in ((), (n_layers,)):
            raise ValueError(f"strength of {type(self).__name__}: got {self.strength.size} "
                             f"numbers for {n_layers} weight matrices, expected one, or one "
                             "each")
        return np.broadcast_to(self.strength, n_layers).tolist()

    def __repr__(self):
        return f"{type(self).__name__}({self.strength.tolist()})"


class L1(Penalty):
    """‖W‖₁ = Σ |w|, with slope 0 at w = 0."""

    def value(self, W):
        return np.abs(entries(W)).sum()

    def gradient(self, W):
        return np.sign(entries(W))


class L2(Penalty):
    """½‖W‖² = ½ Σ w². *Assumed*: the paper does not state the ½."""

    def value(self, W):
        return 0.5 * np.vdot(entries(W), entries(W))

    def gradient(self, W):
        return entries(W)


class GroupLasso(Penalty):
    """Σ_j √(group size)·‖w_j‖, a group being the edges that leave left neuron j.

    Scardapane et al. (2017). Where a whole group is 0 the slope is taken as 0.
    """

    def value(self, W):
        norm, scale, _ = self.groups(W)
        return (norm * scale).sum()

    def gradient(self, W):
        norm, scale, column = self.groups(W)
        slope = np.divide(scale, norm, out=np.zeros_like(norm), where=norm > 0)
        return entries(W) * slope[column]

    def groups(self, W):
        """Norm and √size of each group, and the group of each entry."""
        if not sparse.issparse(W):
            size = np.full(W.shape[1], W.shape[0])
            return np.linalg.norm(W, axis=0), np.sqrt(size).astype(W.dtype), slice(None)
        n = W.shape[1]
        norm = np.sqrt(np.bincount(W.indices, W.data ** 2, minlength=n)).astype(W.dtype)
        size = np.bincount(W.indices, minlength=n)
        return norm, np.sqrt(size).astype(W.dtype), W.indices


def entries(W):
    """The trained entries of a weight matrix: all of a dense one, `W.data` of a sparse one."""
    return W.data if sparse.issparse(W) else W
