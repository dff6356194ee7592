"""A network is a list of parts: data goes through it forwards, blame backwards."""

import numpy as np

from scnn_np.nn.layers import Layer
from scnn_np.nn.losses import softmax, softmax_cross_entropy
from scnn_np.nn.penalties import Penalty


class MLP:
    """A multi-layer perceptron for classification.

    Parameters
    ----------
    layers : list of `scnn_np.nn.layers.Layer`
        From the input to the logits. The network takes over the trained arrays of its layers:
        they become views into one flat vector `theta`, their gradients into `gradient`, so
        that an optimiser is a few passes over one array. A layer belongs to one network.
    penalties : sequence of `scnn_np.nn.penalties.Penalty`
        Added to the mean cross-entropy.

    Attributes
    ----------
    theta, gradient : (parameters,) arrays
    affine_layers : the Dense and Sparse layers, input side first
    """

    def __init__(self, layers, penalties=()):
        self.layers, self.penalties = list(layers), list(penalties)
        for name, parts, kind in (("layers", self.layers, Layer),
                                  ("penalties", self.penalties, Penalty)):
            if not all(isinstance(part, kind) for part in parts):
                raise TypeError(f"{name}: got {parts}, expected a list of {name}")
        self.affine_layers = [layer.affine for layer in self.layers if layer.affine]
        if not self.affine_layers:
            raise ValueError("layers: got none with weights, expected at least one")
        for below, above in zip(self.affine_layers, self.affine_layers[1:], strict=False):
            if above.W.shape[1] != below.W.shape[0]:
                raise ValueError(f"layers: one gives out {below.W.shape[0]} values, the next "
                                 f"expects {above.W.shape[1]}")
        for penalty in self.penalties:
            penalty.strengths(len(self.affine_layers))
        if any(layer.taken for layer in self.affine_layers):
            raise ValueError("layers: one belongs to another network already; copy it")
        if len({id(layer) for layer in self.layers}) < len(self.layers):
            raise ValueError("layers: one stands there twice; copy it")
        if len({layer.w.dtype for layer in self.affine_layers}) > 1:
            raise ValueError("layers: got float32 and float64 weights, expected one of them")
        self.n_in = self.affine_layers[0].W.shape[1]
        self.n_classes = self.affine_layers[-1].W.shape[0]
        self.dtype = self.affine_layers[0].w.dtype
        self.take_over_arrays()

    def take_over_arrays(self):
        """Move all weights and biases into `theta`, all gradients into `gradient`."""
        size = sum(layer.w.size + layer.b.size for layer in self.affine_layers)
        self.theta, self.gradient = np.zeros((2, size), self.dtype)
        start = 0
        for layer in self.affine_layers:
            layer.taken = True
            for name in ("w", "b"):
                array = getattr(layer, name)
                part = slice(start, start + array.size)
                start += array.size
                self.theta[part] = array.ravel()
                setattr(layer, name, self.theta[part].reshape(array.shape))
                setattr(layer, "d" + name, self.gradient[part].reshape(array.shape))

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.take_over_arrays()           # in a copy, too, the arrays are views into theta

    # --- forward and backward ---------------------------------------------------------------

    def forward(self, Z, train=False):
        """Logits, (classes, batch), of Z, (n_in, batch). `train` switches the masks on."""
        for layer in self.layers:
            Z = layer.forward(Z, train)
        return Z

    def backward(self, dA):
        """Fill `gradient` from the gradient with respect to the logits."""
        first = next(k for k, layer in enumerate(self.layers) if layer.affine)
        for layer in reversed(self.layers[first + 1:]):
            dA = layer.backward(dA)
        self.layers[first].gradients(dA)           # nothing to blame lies below the input

    def loss_and_gradient(self, Z, y):
        """One pass forwards and one backwards over a batch, masks on.

        Parameters
        ----------
        Z : (n_in, batch) array
        y : (batch,) int array of labels

        Returns
        -------
        loss : float
            Mean cross-entropy plus penalties; its gradient is in `self.gradient`.
        A : (classes, batch) array of logits
        """
        A = self.forward(Z, train=True)
        loss, dA = softmax_cross_entropy(A, y)
        self.backward(dA)
        return loss + self.penalty(add_gradient=True), A

    def penalty(self, add_gradient=False):
        """Σ λ·R(W) over penalties and weight matrices; its gradient is added if asked for."""
        total = 0.0
        for penalty in self.penalties:
            strengths = penalty.strengths(len(self.affine_layers))
            for strength, layer in zip(strengths, self.affine_layers, strict=True):
                if strength == 0:
                    continue
                total += strength * float(penalty.value(layer.W))
                if add_gradient:
                    layer.dw += strength * penalty.gradient(layer.W)
        return total

    # --- using it: (samples, features) from here on -----------------------------------------

    def batches(self, X, size=1024):
        """X, (samples, n_in), cut into pieces and turned to (n_in, size)."""
        X = self.check_inputs(X)
        for start in range(0, len(X), size):
            yield np.ascontiguousarray(X[start:start + size].T, self.dtype)

    def predict_proba(self, X):
        """Class probabilities, (samples, classes), of X, (samples, n_in)."""
        pieces = [softmax(self.forward(Z)).T for Z in self.batches(X)]
        return np.concatenate(pieces) if pieces else np.zeros((0, self.n_classes), self.dtype)

    def predict(self, X):
        """The most probable class, (samples,) ints, of X, (samples, n_in)."""
        return self.predict_proba(X).argmax(axis=1)

    def evaluate(self, X, y):
        """Mean cross-entropy (nats, no penalties) and accuracy (0 … 1) on labelled data."""
        y = self.check_labels(y, X)
        if not len(y):
            raise ValueError("X: got no samples, expected at least one")
        start = loss = correct = 0
        for Z in self.batches(X):
            A, labels = self.forward(Z), y[start:start + Z.shape[1]]
            loss += softmax_cross_entropy(A, labels)[0] * len(labels)
            correct += (A.argmax(axis=0) == labels).sum()
            start += len(labels)
        return loss / len(y), float(correct / len(y))

    def check_inputs(self, X):
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.n_in or X.dtype.kind not in "buif":
            raise ValueError(f"X: got {X.dtype} of shape {X.shape}, expected numbers of shape "
                             f"(samples, {self.n_in})")
        return X

    def check_labels(self, y, X):
        y = np.asarray(y)
        if y.shape != (len(X),) or y.dtype.kind not in "iu":
            raise ValueError(f"y: got {y.dtype} of shape {y.shape}, expected {len(X)} integer "
                             "labels, one for each row of X")
        if len(y) and not 0 <= y.min() <= y.max() < self.n_classes:
            raise ValueError(f"y: got labels {y.min()} to {y.max()}, expected 0 to "
                             f"{self.n_classes - 1}")
        return y

    # --- what it is made of -----------------------------------------------------------------

    @property
    def n_parameters(self):
        """Trained numbers: edges and biases."""
        return self.theta.size

    @property
    def n_dense_parameters(self):
        """What a fully connected network of the same widths would train."""
        return sum(W.shape[0] * (W.shape[1] + 1) for W in self.weights)

    @property
    def weights(self):
        """The weight matrices W⁽¹⁾ …, dense or sparse."""
        return [layer.W for layer in self.affine_layers]

    @property
    def reduction(self):
        """1 - parameters / dense parameters: the paper's "reduction in training parameters"."""
        return 1 - self.n_parameters / self.n_dense_parameters

    def summary(self):
        """A table of the layers: shapes, edges, parameters, reduction against dense."""
        line = "{:<22}{:>12}{:>11}{:>12}{:>12}{:>9}".format
        rows = [line("layer", "shape", "edges", "parameters", "dense", "density")]
        for layer in self.layers:
            name, p = type(layer).__name__, getattr(layer, "p", None)
            name += f"(p={p:g})" if p is not None else ""
            if not layer.affine:
                rows.append(name)
                continue
            name += "" if layer is layer.affine else f" {type(layer.affine).__name__}"
            n_out, n_in = layer.affine.W.shape
            edges = layer.affine.w.size
            rows.append(line(name, f"{n_out} × {n_in}", f"{edges:,}", f"{edges + n_out:,}",
                             f"{n_out * (n_in + 1):,}", f"{edges / (n_out * n_in):.1%}"))
        edges = sum(layer.w.size for layer in self.affine_layers)
        rows.append(line("total", "", f"{edges:,}", f"{self.n_parameters:,}",
                         f"{self.n_dense_parameters:,}", ""))
        rows.append(f"reduction against dense: {100 * self.reduction:.2f} %"
                    + "".join(f"; penalty {penalty!r}" for penalty in self.penalties))
        return "\n".join(rows)
