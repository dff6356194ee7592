"""Layers of which only the largest weights are not 0, a choice that moves with the weights.

Chicchi et al. (2021), arXiv 2106.09021: while training, every weight below a percentile of |W|
is 0. They find the percentile anew for each batch; *ours*: after every `refresh` steps, in
between the choice stands still. What it leaves open is exactly so many weights.
"""

import numpy as np

from scnn_np.nn.affine import LAYERS, PARAMETERS, Affine, dense_matrix, part, shape_only
from scnn_np.nn.initial import initial_weights
from scnn_np.nn.spectral_qr import SpectralQR, drawn_factors
from scnn_np.tools import checks
from scnn_np.tools.parameters import Parameter

SPARSITY, REFRESH = 0.9, 50
SHARE = {"least": 0, "below": 1}


class Threshold:
    """Put in front of a class of dense layers, which says by `whole` what the weights are
    before the choice.

    Attributes
    ----------
    sparsity : float in [0, 1)
        The share of weights that is 0.
    refresh : int
        Steps from one choice to the next.
    mask : (N_l, N_{l-1}) array
        1 where a weight is left, 0 elsewhere.
    """

    forms = ("shape",)

    def choose(self, sparsity, refresh, mask):
        """Set all three; the mask by the weights, if it is None."""
        self.sparsity = checks.number("sparsity", sparsity, **SHARE)
        self.refresh = checks.whole("refresh", refresh, least=1)
        V = self.whole()
        self.mask = largest(V, self.sparsity) if mask is None else part(
            "mask", mask, V.shape, V.dtype)
        if not np.isin(self.mask, (0, 1)).all():
            checks.refuse("mask", self.mask, "zeros and ones")

    @property
    def W(self):
        return self.whole() * self.mask

    @property
    def edges(self):
        return int(self.mask.sum())

    def after_step(self, steps):
        """Choose anew, from all weights: one that was 0 may come back."""
        if steps % self.refresh == 0:
            self.mask[...] = largest(self.whole(), self.sparsity)


def largest(V, sparsity):
    """1 where |v| is among the largest, all but the share `sparsity`, at least one; else 0."""
    kept = max(1, round((1 - sparsity) * V.size))
    mask = np.zeros_like(V)
    mask.flat[np.argpartition(np.abs(V), -kept, axis=None)[-kept:]] = 1
    return mask


class ThresholdedDense(Threshold, Affine):
    """Every weight is trained, those that are 0 too, as far as a gradient reaches them.

    Parameters
    ----------
    V : (N_l, N_{l-1}) array
        The weights before the choice.
    b : (N_l, 1) array, zeros if left out
    mask : (N_l, N_{l-1}) array, by the weights if left out
    sparsity, refresh : as in `Threshold`
    straight_through : bool
        Whether a weight that is 0 gets the gradient that it would have if it were not. In the
        authors' code it gets none, so that only the steps that Adam still remembers move it,
        and it hardly ever comes back.
    """

    trained, fixed = ("V", "b"), ("mask",)
    options = ("sparsity", "refresh", "straight_through")

    def __init__(self, V, b=None, mask=None, sparsity=SPARSITY, refresh=REFRESH,
                 straight_through=False):
        self.V = dense_matrix("V", V)
        self.dV = np.zeros_like(self.V)
        super().__init__(self.V, b)
        self.straight_through = checks.truth("straight_through", straight_through)
        self.choose(sparsity, refresh, mask)

    @classmethod
    def drawn(cls, support, gain, rng, dtype, *, sparsity=SPARSITY, refresh=REFRESH,
              straight_through=False):
        """With initial weights for a shape."""
        shape_only("thresholded", support)
        return cls(initial_weights(support, gain, rng, dtype), sparsity=sparsity,
                   refresh=refresh, straight_through=straight_through)

    def whole(self):
        return self.V

    def pull_back(self):
        """W = V where the mask is 1: ∂L/∂V is ∂L/∂W there, and 0 elsewhere."""
        self.dV[...] = self.dW if self.straight_through else self.dW * self.mask


class ThresholdedQR(Threshold, SpectralQR):
    """A spectral layer whose R is trained: each of its numbers moves a whole row or column, so
    that a gradient reaches the weights that are 0 by way of the others.

    Parameters
    ----------
    lambda_in, lambda_out, R, Q, b : as in `SpectralQR`
    mask, sparsity, refresh : as in `ThresholdedDense`
    """

    fixed, options = ("Q", "mask"), ("sparsity", "refresh")

    def __init__(self, lambda_in, lambda_out, R, Q, b=None, mask=None, sparsity=SPARSITY,
                 refresh=REFRESH):
        super().__init__(lambda_in, lambda_out, R, Q, b)
        self.choose(sparsity, refresh, mask)

    @classmethod
    def drawn(cls, support, gain, rng, dtype, *, initial="usual", sparsity=SPARSITY,
              refresh=REFRESH):
        """As a `SpectralQR` is drawn."""
        shape_only("thresholded-qr", support)
        return cls(**drawn_factors(support, gain, rng, dtype, initial), sparsity=sparsity,
                   refresh=refresh)

    def pull_back(self):
        """Only what the mask leaves acts on the loss."""
        self.dW *= self.mask
        super().pull_back()


PARAMETERS |= {
    "sparsity": Parameter(checks.listed, "the share of weights that a thresholded layer holds "
                          f"at 0 (default: {SPARSITY:g})",
                          {"check": checks.number, **SHARE}),
    "refresh": Parameter(checks.listed, "steps after which a thresholded layer chooses anew "
                         f"(default: {REFRESH})", {"check": checks.whole, "least": 1}),
    "straight_through": Parameter(checks.listed, "weights that a thresholded layer holds at 0 "
                                  "get a gradient", {"check": checks.truth})}
LAYERS |= {"thresholded": ThresholdedDense, "thresholded-qr": ThresholdedQR}
