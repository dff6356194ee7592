"""What every part of a network is: forward and backward, and the names of what it holds.

Every array is (neurons, batch): one column per sample, as the vectors of the paper stand, so
that `W @ Z + b` is Eq. (1) letter for letter. A layer with weights turns z⁽ˡ⁻¹⁾, `Z`, into A;
an activation turns A into z⁽ˡ⁾. Backwards, `dA` is the gradient of the loss with respect to A
and `dZ` that with respect to Z: an activation turns `dZ` into `dA`, a layer with weights `dA`
into the `dZ` of the layer below.

A new layer is one class in one file. What it names below is all that the network, model files,
checkpoints, the summary and the gradient table need to know of it.
"""

import copy

import numpy as np
from scipy import sparse

from scnn_np.tools.checks import array, refuse


class Layer:
    """One part of a network.

    Attributes
    ----------
    trained, fixed : tuples of str
        Names of the arrays that training moves, and of those that are stored beside them and
        never trained. An array may be dense or a csr_array, whose entries are then meant. The
        gradient of an array stands under its name with a `d` in front.
    options : tuple of str
        Names of plain values, such as a probability. The constructor takes all three by name.
    affine : Layer or None
        The layer with weights W and b, where there is one: itself, or the one inside.
    """

    trained = fixed = options = ()
    affine = None
    memory = None           # what the forward pass of a training step leaves to the backward

    def forward(self, Z, train=False):
        """The output for the input Z. Only while training is anything kept in the layer, so
        that several threads may predict with one network."""
        raise NotImplementedError

    def backward(self, dZ):
        """The gradient with respect to the input, from that with respect to the output."""
        raise NotImplementedError

    def collect(self, dA):
        """Only the gradients of the layer's own arrays: what the first layer does."""

    def after_step(self, steps):
        """After an update, the one with this number: what a layer does besides, such as to
        move a threshold."""

    def distance(self, Z):
        """How far each input stands from a kink, where no slope exists."""
        return np.inf

    def state(self):
        """The arrays by name, as the constructor takes them."""
        return {name: getattr(self, name) for name in (*self.trained, *self.fixed)}

    def spec(self):
        """What it is, as JSON can hold it: with `state()` enough to make it again."""
        return {"type": type(self).__name__,
                **{name: getattr(self, name) for name in self.options}}

    def __setattr__(self, name, value):
        """A trained array belongs to the network's vector: new values go into the old place."""
        if name in self.trained and name in vars(self):
            write(f"{type(self).__name__}.{name}", getattr(self, name), value)
        else:
            super().__setattr__(name, value)

    def __getstate__(self):                    # a copy holds no data, and is in no network
        return {name: value for name, value in vars(self).items()
                if name not in ("memory", "taken")}

    def __copy__(self):                        # half a copy would share its weights
        return copy.deepcopy(self)

    def __setstate__(self, state):
        vars(self).update(state)

    def __repr__(self):
        said = [f"{name}={getattr(self, name)!r}" for name in self.options]
        if self.affine is not None:
            n_out, n_in = self.affine.W.shape
            said.insert(0, f"{n_in} → {n_out}")
        return f"{type(self).__name__}({', '.join(said)})"


# --- arrays, dense or sparse ----------------------------------------------------------------

def entries(X):
    """The numbers of an array: all of a dense one, `X.data` of a sparse one."""
    return X.data if sparse.issparse(X) else X


def with_entries(X, values):
    """An array of the same shape and pattern with other numbers."""
    if not sparse.issparse(X):
        return values
    return sparse.csr_array((values, X.indices, X.indptr), shape=X.shape)


def write(name, place, values):
    """Put the entries of `values` into `place`, an array of the same shape and pattern."""
    fits = np.shape(values) == place.shape and sparse.issparse(values) == sparse.issparse(place)
    if fits and sparse.issparse(place):
        values = sparse.csr_array(values)
        fits = (np.array_equal(values.indptr, place.indptr)
                and np.array_equal(values.indices, place.indices))
    if not fits:
        refuse(name, values, f"{'a sparse' if sparse.issparse(place) else 'an'} array of shape "
               f"{place.shape}{', with the same edges' if sparse.issparse(place) else ''}")
    entries(place)[...] = array(name, entries(values))
