"""Activations: Z = act(A), and act' from what the forward pass has found."""

import numpy as np

from scnn_np.nn.layer import Layer


class Sigmoid(Layer):
    """Z = act(A) = 1 / (1 + e^-A) = (1 + tanh(A/2)) / 2."""

    gain = 4.0              # Glorot and Bengio (2010): the logistic function is 4 times flatter

    def forward(self, A, train=False):
        Z = np.tanh(0.5 * A)          # faster than the exponential, and nothing overflows
        Z += 1
        Z *= 0.5
        if train:
            self.memory = Z
        return Z

    def backward(self, dZ):
        """act' = e^-A / (1 + e^-A)² = Z (1 - Z): from the output, nothing to compute again."""
        Z = self.memory
        dA = 1 - Z
        dA *= Z
        dA *= dZ
        return dA


class ReLU(Layer):
    """Z = act(A) = max(A, 0)."""

    gain = 2 ** 0.5         # He et al. (2015): half of the signal is cut off

    def forward(self, A, train=False):
        positive = A > 0
        if train:
            self.memory = positive
        return A * positive

    def backward(self, dZ):
        """act' = 1 where A > 0, else 0."""
        return dZ * self.memory

    def distance(self, A):
        """From the kink at 0."""
        return np.abs(A)


ACTIVATIONS = {"sigmoid": Sigmoid, "relu": ReLU}
