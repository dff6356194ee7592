"""Layer sparsity: negative weights and biases cost something, so that whole layers can go.

Where no weight and no bias of a ReLU layer is negative, and its input is not either, ReLU cuts
nothing off: the layer is linear, and can be multiplied into the next one
(`scnn_np.analysis.merging`). Hebiri and Lederer, *Layer Sparsity in Neural Networks*, arXiv
2006.15604. *Our reading*: only their abstract was at hand, the formulas are ours.

Below, x⁻ = min(x, 0). A ReLU network can be rescaled between its layers without changing what
it computes, which makes any of these penalties small for nothing: they go together with L2.
"""

import math

import numpy as np

from scnn_np.nn.layer import entries
from scnn_np.nn.penalties import PENALTIES, Penalty


class Negative(Penalty):
    """What the penalties of negative weights and biases have in common.

    One number as `strength` is for the hidden layers: no ReLU follows the output layer.
    """

    on, activations = "W and b", ("relu",)

    def strengths(self, n_layers):
        found = super().strengths(n_layers)
        return found if self.strength.ndim else [*found[:-1], 0.0]

    def watched(self, W, b):
        return {"negative_share": negative_share(W, b)}


class LayerSparsity(Negative):
    """√n·‖[W, b]⁻‖: the n weights and biases of a layer are one group.

    In the gradient it makes nothing exactly 0: what is negative is pushed towards 0 and, where
    the optimiser has momentum, past it. Of Adam's gradients it is soon the largest part.
    """

    def value(self, W, b):
        return root_of_size(W, b) * norm(*negatives(W, b))

    def slope(self, W, b):
        """√n·[W, b]⁻/‖[W, b]⁻‖, 0 where nothing is negative."""
        w, c = negatives(W, b)
        size = norm(w, c)
        factor = root_of_size(W, b) / size if size else 0.0
        return factor * w, factor * c

    def step(self, W, b, t):
        """What is negative becomes shorter by t√n, as one vector, and 0 if it is no longer
        than that."""
        w, c = negatives(W, b)
        size = norm(w, c)
        taken = min(1.0, t * root_of_size(W, b) / size) if size else 0.0
        return entries(W) - taken * w, b - taken * c


class LayerSparsityStep(LayerSparsity):
    """The same by its proximal step, which reaches 0 exactly.

    Adam moves each entry by about the learning rate, in the step as well as t does. So it holds
    a whole layer at 0 only from a strength of about √½ on, early in the training; less is
    enough where the moves are smaller.
    """

    proximal = True


class NegativeL1Step(Negative):
    """Σ|[W, b]⁻| by its proximal step: every entry for itself, the control of the group."""

    proximal = True

    def value(self, W, b):
        return -sum(float(part.sum()) for part in negatives(W, b))

    def slope(self, W, b):
        """-1 where an entry is negative."""
        return tuple(np.sign(part) for part in negatives(W, b))

    def step(self, W, b, t):
        """What is negative becomes larger by t, and 0 at most."""
        return tuple(np.where(x < 0, np.minimum(x + t, 0), x) for x in (entries(W), b))


def negatives(W, b):
    """[W, b]⁻: the entries of W and of b, with 0 for those that are positive."""
    return np.minimum(entries(W), 0), np.minimum(b, 0)


def norm(w, c):
    """The length of weights and biases as one vector."""
    return math.hypot(np.linalg.norm(w), np.linalg.norm(c))


def root_of_size(W, b):
    """√n of a layer with n weights and biases."""
    return math.sqrt(entries(W).size + b.size)


def negative_share(W, b):
    """‖[W, b]⁻‖/‖[W, b]‖ of a layer: 0 where nothing is negative, 1 where everything is."""
    size = norm(entries(W), b)
    return norm(*negatives(W, b)) / size if size else 0.0


PENALTIES.update(layer_sparsity=LayerSparsity, layer_sparsity_step=LayerSparsityStep,
                 negative_l1_step=NegativeL1Step)
