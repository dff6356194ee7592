"""A network is a list of layers: data goes through it forwards, the gradient backwards."""

import copy

import numpy as np
from scipy import sparse

from scnn_np.nn.layer import Layer, entries
from scnn_np.nn.losses import softmax, softmax_cross_entropy
from scnn_np.nn.penalties import Penalty
from scnn_np.tools import checks
from scnn_np.tools.threads import allowed, share

# Multiplications in one product from which on a second BLAS thread is worth it. Found by timing
# single products by a batch of 128 on one and on two threads: 98 × 196 (2.5 million) gains
# nothing, 784 × 784 (79 million) a sixth of the wall time. One number for all machines.
WORTH_SHARING = 1 << 24
PIECE = 1024            # samples that are predicted at once


class MLP:
    """A multi-layer perceptron for classification.

    Parameters
    ----------
    layers : list of `scnn_np.nn.Layer`
        From the input to the logits. The network takes over the trained arrays of its layers:
        they become views into one flat vector `theta`, their gradients into `gradient`, so
        that an optimiser is a few passes over one array. A layer belongs to one network.
    penalties : sequence of `scnn_np.nn.Penalty`
        Added to the mean cross-entropy.

    Attributes
    ----------
    theta, gradient : (parameters,) arrays
    affine_layers : the layers with weights, input side first
    """

    def __init__(self, layers, penalties=()):
        self.layers, self.penalties = (
            [checks.instance(name, part, kind, f"a list of {name}")
             for part in checks.instance(name, parts, list | tuple, f"a list of {name}")]
            for name, parts, kind in (("layers", layers, Layer),
                                      ("penalties", penalties, Penalty)))
        self.affine_layers = [layer.affine for layer in self.layers if layer.affine]
        check_chain(self.layers, self.affine_layers)
        for penalty in self.penalties:
            penalty.check(self.affine_layers)
        self.n_in = self.affine_layers[0].W.shape[1]
        self.n_classes = self.affine_layers[-1].W.shape[0]
        self.dtype = self.affine_layers[0].W.dtype
        self.take_over_arrays()

    def take_over_arrays(self):
        """Move all trained arrays into `theta`, all their gradients into `gradient`."""
        arrays = [(layer, name, getattr(layer, name))
                  for layer in self.affine_layers for name in layer.trained]
        size = sum(entries(array).size for _, _, array in arrays)
        self._theta, self._gradient = np.zeros((2, size), self.dtype)
        start = 0
        for layer, name, array in arrays:
            values = entries(array)
            part = slice(start, start + values.size)
            start += values.size
            place = self._theta[part].reshape(values.shape)
            place[...] = values
            if sparse.issparse(array):
                array.data = place
            else:
                vars(layer)[name] = place
            vars(layer)["d" + name] = self._gradient[part].reshape(values.shape)
            vars(layer)["taken"] = True

    @property
    def theta(self):
        """All trained numbers in one vector; an assignment writes into it."""
        return self._theta

    @theta.setter
    def theta(self, values):
        values = checks.array("theta", values, f"{self._theta.size} numbers")
        if values.shape != self._theta.shape:
            checks.refuse("theta", values, f"{self._theta.size} numbers")
        self._theta[...] = values

    @property
    def gradient(self):
        """The gradient of the loss with respect to `theta`, as the last pass left it."""
        return self._gradient

    def __copy__(self):                        # half a copy would share its weights
        return copy.deepcopy(self)

    def __setstate__(self, state):
        vars(self).update(state)
        self.take_over_arrays()                # in a copy, too, the arrays are views into theta

    # --- forward and backward ---------------------------------------------------------------

    def forward(self, Z, train=False):
        """Logits, (classes, batch), of Z, (n_in, batch). `train` switches the masks on, and
        keeps what the backward pass needs."""
        for layer in self.layers:
            Z = layer.forward(Z, train)
        return Z

    def backward(self, dA):
        """From the gradient with respect to the logits to `dW` and `db` of every layer."""
        first = next(k for k, layer in enumerate(self.layers) if layer.affine)
        for layer in reversed(self.layers[first + 1:]):
            dA = layer.backward(dA)
        self.layers[first].collect(dA)         # nothing that is trained lies below

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
        self.add_penalties()
        return loss + self.penalty(), A

    def penalty(self, smooth=False):
        """Σ λ·R over penalties and layers; `smooth` leaves out those that step instead of
        having their slope added."""
        return sum((strength * float(penalty.value(*arrays))
                    for penalty, strength, layer in self.penalised()
                    for arrays in penalty.acts_on(layer)
                    if not (smooth and penalty.proximal)), 0.0)

    def penalised(self):
        """Each penalty with each layer on which its strength is not 0."""
        return [(penalty, strength, layer) for penalty in self.penalties
                for strength, layer in zip(penalty.strengths(len(self.affine_layers)),
                                           self.affine_layers, strict=True) if strength]

    def add_penalties(self):
        """Finish the gradients: penalties of W and b enter `dW` and `db`, each layer turns
        `dW` into the gradients of what it trains, and penalties of these enter there."""
        for penalty, strength, layer in self.penalised():
            if penalty.on != "trained" and not penalty.proximal:
                penalty.add_slope(strength, layer)
        for layer in self.affine_layers:
            layer.pull_back()
        for penalty, strength, layer in self.penalised():
            if penalty.on == "trained" and not penalty.proximal:
                penalty.add_slope(strength, layer)

    def take_proximal_steps(self, rate):
        """After an update with learning rate `rate`: what some penalties do instead of having
        their gradient added."""
        for penalty, strength, layer in self.penalised():
            if penalty.proximal:
                penalty.take_step(rate * strength, layer)

    def after_step(self, steps):
        """After the update with this number, and its proximal steps: what layers do besides."""
        for layer in self.affine_layers:
            layer.after_step(steps)

    def watched(self):
        """What its penalties write down after every epoch, {name and layer, from 1: number}."""
        return {f"{name}_{self.affine_layers.index(layer) + 1}": value
                for penalty, _, layer in self.penalised()
                for name, value in penalty.watched(layer.W, layer.b).items()}

    def step_threads(self, batch):
        """How many BLAS threads a training step on so many samples is worth: all that are
        allowed where its products are large, else one."""
        largest = max(getattr(layer.products, "largest", 0) for layer in self.affine_layers)
        return allowed() if largest * batch >= WORTH_SHARING else 1

    # --- using it: (samples, features) from here on -----------------------------------------

    def pieces(self, X, size=PIECE):
        """X, (samples, n_in), cut into pieces of at most `size` samples."""
        X = self.check_inputs(X)
        return [X[start:start + size] for start in range(0, len(X), size)]

    def outputs(self, pieces, threads=None):
        """The logits, (classes, samples), of every piece, (samples, n_in).

        Parameters
        ----------
        threads : int
            Python threads, one BLAS thread each; all that are allowed if left out. The bits
            are the same for any number.
        """
        threads = allowed() if threads is None else checks.whole("threads", threads, least=1)
        return share(lambda X: self.forward(np.ascontiguousarray(X.T, self.dtype)), pieces,
                     threads)

    def predict_proba(self, X, threads=None):
        """Class probabilities, (samples, classes), of X, (samples, n_in); `threads` as in
        `outputs`."""
        found = [softmax(A).T for A in self.outputs(self.pieces(X), threads)]
        return np.concatenate(found) if found else np.zeros((0, self.n_classes), self.dtype)

    def predict(self, X, threads=None):
        """The most probable class, (samples,) ints, of X, (samples, n_in)."""
        return self.predict_proba(X, threads).argmax(axis=1)

    def evaluate(self, X, y, threads=None):
        """Mean cross-entropy (nats, no penalties) and accuracy (0 … 1) on labelled data."""
        X = self.check_inputs(X, least=1)
        y = self.check_labels(y, X)
        start = loss = correct = 0
        for A in self.outputs(self.pieces(X), threads):
            labels = y[start:start + A.shape[1]]
            loss += softmax_cross_entropy(A, labels)[0] * len(labels)
            correct += (A.argmax(axis=0) == labels).sum()
            start += len(labels)
        return loss / len(y), float(correct / len(y))

    def check_inputs(self, X, name="X", least=0):
        """X as finite numbers in the network's precision, or an error that names it."""
        return checks.samples(name, X, self.n_in, self.dtype, least)

    def check_labels(self, y, X, name="y"):
        """y as a label for each row of X, or an error that names it."""
        return checks.labels(name, y, len(X), self.n_classes)

    # --- what it is made of -----------------------------------------------------------------

    @property
    def n_parameters(self):
        """Trained numbers."""
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

    def state_arrays(self):
        """All that a network of this make can change: `theta`, and what layers store beside."""
        return {"theta": self.theta,
                **{f"{k}.{name}": entries(getattr(layer, name))
                   for k, layer in enumerate(self.affine_layers) for name in layer.fixed}}

    @property
    def generators(self):
        """The distinct random generators of the masks, in the order of the layers."""
        found = {id(layer.rng): layer.rng for layer in self.layers if hasattr(layer, "rng")}
        return list(found.values())

    def __repr__(self):
        sizes = [self.n_in, *(W.shape[0] for W in self.weights)]
        return (f"MLP({' → '.join(map(str, sizes))}, {self.n_parameters:,} parameters"
                + "".join(f", {penalty!r}" for penalty in self.penalties) + ")")

    def summary(self):
        """A table of the layers: shapes, edges (weights that are there), parameters (trained
        numbers), reduction against dense."""
        names = [in_words(layer) for layer in self.layers]
        width = max(22, *map(len, names))
        line = f"{{:<{width}}}{{:>12}}{{:>11}}{{:>12}}{{:>12}}{{:>9}}".format
        rows, total = [line("layer", "shape", "edges", "parameters", "dense", "density")], 0
        for name, layer in zip(names, self.layers, strict=True):
            if not layer.affine:
                rows.append(name)
                continue
            (n_out, n_in), edges = layer.affine.W.shape, layer.affine.edges
            total += edges
            trained = sum(entries(getattr(layer.affine, array)).size
                          for array in layer.affine.trained)
            rows.append(line(name, f"{n_out} × {n_in}", f"{edges:,}", f"{trained:,}",
                             f"{n_out * (n_in + 1):,}", f"{edges / (n_out * n_in):.1%}"))
        rows.append(line("total", "", f"{total:,}", f"{self.n_parameters:,}",
                         f"{self.n_dense_parameters:,}", ""))
        rows.append(f"reduction against dense: {100 * self.reduction:.2f} %"
                    + "".join(f"; penalty {penalty!r}" for penalty in self.penalties))
        return "\n".join(rows)


def in_words(layer):
    """The kind of a layer with its options, and the kind of the layer inside."""
    name = type(layer).__name__ + "".join(
        f"({option}={getattr(layer, option)})" for option in layer.options)
    inside = layer.affine not in (None, layer)
    return name + (f" {type(layer.affine).__name__}" if inside else "")


def check_chain(layers, affine_layers):
    """Refuse layers that make no network."""
    if not affine_layers:
        raise ValueError("layers: got none with weights, expected at least one")
    for below, above in zip(affine_layers, affine_layers[1:], strict=False):
        if above.W.shape[1] != below.W.shape[0]:
            raise ValueError(f"layers: one gives out {below.W.shape[0]} values, the next "
                             f"expects {above.W.shape[1]}")
    if any(hasattr(layer, "taken") for layer in affine_layers):
        raise ValueError("layers: one belongs to another network already; copy it")
    for found in (layers, affine_layers):
        if len({id(layer) for layer in found}) < len(found):
            raise ValueError("layers: one stands there twice; copy it")
    if len({layer.W.dtype for layer in affine_layers}) > 1:
        raise ValueError("layers: got float32 and float64 weights, expected one of them")
