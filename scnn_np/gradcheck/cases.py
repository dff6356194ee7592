"""What the gradient check holds against finite differences: layers, networks, functions.

A case has a `loss()`, the `arrays()` that it depends on, and `analytic()`, the gradients that
the backward passes give for them, dicts of equal keys. Its masks are the same at every call,
and its inputs keep their distance from the kinks, where a slope does not exist.
"""

import copy

import numpy as np

from scnn_np.gradcheck.numgrad import H
from scnn_np.nn import Dense, Sparse, entries, softmax_cross_entropy

CLEARANCE = 20 * H      # how far from a kink (ReLU, L1) a value must stand to be checked
BATCH = 5
TRIES = 10_000
MASKS = np.random.default_rng(2).bit_generator.state


class Chain:
    """Layers in a row under the loss Σ C∘output, whose gradient is simply C."""

    def __init__(self, layers, Z):
        self.layers, self.Z = layers, Z
        self.C = np.random.default_rng(1).standard_normal(self.forward().shape)

    def forward(self):
        freeze_masks(self.layers)
        Z = self.Z
        for layer in self.layers:
            Z = layer.forward(Z, train=True)
        return Z

    def loss(self):
        return float(np.vdot(self.C, self.forward()))

    def analytic(self):
        self.forward()
        D = self.C
        for layer in reversed(self.layers):
            D = layer.backward(D)
        for layer in affine(self.layers):
            layer.pull_back()
        return {"Z": D, **trained(self.layers, "d")}

    def arrays(self):
        return {"Z": self.Z, **trained(self.layers)}


class Network(Chain):
    """A whole network under its own loss, penalties included, but not those that step."""

    def __init__(self, network, Z, y):
        self.network, self.y = network, y
        super().__init__(network.layers, Z)

    def loss(self):
        return (softmax_cross_entropy(self.forward(), self.y)[0]
                + self.network.penalty(smooth=True))

    def analytic(self):
        freeze_masks(self.layers)
        self.network.loss_and_gradient(self.Z, self.y)
        return trained(self.layers, "d")

    def arrays(self):
        return trained(self.layers)


class Function:
    """A loss or a penalty alone: a value, and a slope for each of some arrays."""

    layers = ()

    def __init__(self, arrays, value, slopes):
        self.arrays, self.loss, self.analytic = lambda: arrays, value, slopes


def affine(layers):
    """The layers with weights."""
    return [layer.affine for layer in layers if layer.affine]


def trained(layers, prefix=""):
    """The trained arrays of some layers by name, or with prefix "d" their gradients."""
    return {f"{name}{k}": entries(getattr(layer, prefix + name))
            for k, layer in enumerate(affine(layers), 1) for name in layer.trained}


def dense_twin(layers):
    """The same layers with dense matrices, zeros where the support has no edge."""
    return [Dense(layer.W.toarray(), layer.b.copy()) if isinstance(layer, Sparse) else layer
            for layer in copy.deepcopy(layers)]


def on_support(gradients, layers):
    """The gradients of dense twins, read off where the sparse layers have their edges."""
    for k, layer in enumerate(affine(layers), 1):
        if isinstance(layer, Sparse):
            gradients[f"W{k}"] = gradients[f"W{k}"][layer.W.tocoo().coords]
    return gradients


# --- away from the kinks ----------------------------------------------------------------------

def away_from_zero(w):
    """The same numbers with those near the kink of L1 moved off it."""
    return np.where(np.abs(w) < 2 * CLEARANCE, 2 * CLEARANCE, w)


def weights_are_clear(layer):
    """Whether no weight is so near to 0 that a step of finite differences could change its
    sign; one that is held at 0 stays there."""
    w = np.abs(entries(layer.W))
    return not ((w > 0) & (w < 4 * H)).any()


def freeze_masks(layers):
    """Make the next forward pass draw the same masks as the one before."""
    for layer in layers:
        if hasattr(layer, "rng"):
            layer.rng.bit_generator.state = MASKS


def clear_inputs(layers, n_in, rng):
    """A batch on which no layer's input stands near a kink, (n_in, BATCH)."""
    for _ in range(TRIES):
        A = Z = rng.standard_normal((n_in, BATCH))
        clear = True
        freeze_masks(layers)
        for layer in layers:
            clear &= bool(np.min(layer.distance(A)) > CLEARANCE)
            A = layer.forward(A, train=True)
        if clear:
            return Z
    raise ValueError(f"layers: got none of {TRIES} inputs away from the kinks; expected biases "
                     "that are not 0 where a neuron has no input")
