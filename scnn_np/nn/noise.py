"""Noise while training: neurons or weights that are silent for one batch."""

import numpy as np

from scnn_np.nn.layer import Layer, entries, with_entries
from scnn_np.tools.checks import generator, instance, probability


def draw_mask(shape, p, dtype, rng):
    """1/(1-p) where something is kept, 0 where it is dropped: the mean stays the same."""
    return (rng.random(shape, np.float32) >= p).astype(dtype) / dtype.type(1 - p)


class DropOut(Layer):
    """While training, each neuron is silent with probability p (Srivastava et al., 2014).

    Parameters
    ----------
    p : float in [0, 1)
        Probability of *dropping*; the paper's keeping probability is 1 - p.
    rng : np.random.Generator
    """

    options = ("p",)

    def __init__(self, p, rng):
        self.p, self.rng = probability("p", p), generator("rng", rng)

    def forward(self, Z, train=False):
        if not train:
            return Z
        self.memory = draw_mask(Z.shape, self.p, Z.dtype, self.rng)
        return Z * self.memory

    def backward(self, dZ):
        """What was silent changed nothing, so its gradient is 0."""
        return dZ * self.memory


class DropConnect(Layer):
    """While training, each *weight* of a layer is 0 with probability p (Wan et al., 2013).

    One mask per batch. The layer inside keeps the weights and their gradients.

    Parameters
    ----------
    layer : a layer with weights, such as Dense or Sparse
    p : float in [0, 1)
    rng : np.random.Generator
    """

    options = ("p",)

    def __init__(self, layer, p, rng):
        instance("layer", layer, Layer, "a layer with weights, such as Dense or Sparse")
        if layer.affine is not layer:
            raise TypeError(f"layer: got {layer!r}, expected a layer with weights of its own")
        self.layer, self.p, self.rng = layer, probability("p", p), generator("rng", rng)

    @property
    def affine(self):
        return self.layer

    def forward(self, Z, train=False):
        if not train:
            return self.layer.forward(Z)
        W = self.layer.W
        self.memory = draw_mask(entries(W).shape, self.p, W.dtype, self.rng)
        return self.layer.forward(Z, train, with_entries(W, entries(W) * self.memory))

    def collect(self, dA):
        """A weight that was 0 in this batch changed nothing, so its gradient is 0."""
        self.layer.collect(dA)
        self.layer.dW *= self.memory

    def backward(self, dA):
        dZ = self.layer.backward(dA)
        self.layer.dW *= self.memory
        return dZ

    def state(self):
        return {}                              # the arrays are those of the layer inside


NOISE = {"dropout": DropOut, "dropconnect": DropConnect}
