"""Layers with weights: A = W Z + b, where W is dense or sparse (Eq. (1) before act).

The sums over samples in the gradients need no 1/batch: it stands in the loss already.
"""

import numpy as np
from scipy import sparse

from scnn_np.nn.initial import initial_weights
from scnn_np.nn.layer import Layer, entries
from scnn_np.nn.products import DenseProducts
from scnn_np.nn.tiles import TileProducts
from scnn_np.tools.checks import array, refuse, shown


class Affine(Layer):
    """A = W Z + b, for a W that a subclass says how to make.

    A subclass has a property or attribute `W`, the effective weights, (N_l, N_{l-1}), dense or
    a csr_array of an unchanging pattern; `pull_back`, where W is not what it trains; and the
    class method `drawn`, by which a network makes one. `forms` names what that can be given: a
    "shape", a "support", or both.

    Parameters
    ----------
    W : the effective weights at the start, to size the arrays by
    b : (N_l, 1) array, zeros if left out
    products : class of the three products, such as `PlainProducts`
    """

    trained = ("W", "b")
    forms = ("support",)

    def __init__(self, W, b=None, products=None):
        check_matrix("W", W)
        b = np.zeros((W.shape[0], 1), W.dtype) if b is None else b
        self.b = part("b", b, (W.shape[0], 1), W.dtype)
        self.db = np.zeros_like(self.b)
        self.dW = np.zeros_like(entries(W))    # like W.data: no gradient off the support
        if products is None:
            products = TileProducts if sparse.issparse(W) else DenseProducts
        self.products = products(W)

    @property
    def affine(self):
        return self

    @property
    def edges(self):
        """How many weights there are, whatever it is that makes them."""
        return entries(self.W).size

    def forward(self, Z, train=False, W=None):
        """A_ik = Σ_j W_ij Z_jk + b_i for neuron i and sample k, with other weights if given."""
        W = self.W if W is None else W
        if train:
            self.memory = W, Z
        return self.products.forward(W, Z) + self.b                         # Eq. (1)

    def collect(self, dA):
        """W_ij acts through all A_ik: ∂L/∂W_ij = Σ_k dA_ik Z_jk, and ∂L/∂b_i = Σ_k dA_ik."""
        W, Z = self.memory
        self.products.on_support(W, dA, Z, out=self.dW)    # dW = dA Zᵀ, where W has entries
        np.sum(dA, axis=1, keepdims=True, out=self.db)     # (N_l, 1)

    def backward(self, dA):
        """Z_jk acts through all A_ik: ∂L/∂Z_jk = Σ_i W_ij dA_ik."""
        self.collect(dA)
        return self.products.backward(self.memory[0], dA)  # dZ = Wᵀ dA, (N_{l-1}, batch)

    def pull_back(self):
        """Turn the finished `dW`, penalties included, into the gradients of what is trained:
        nothing to do where that is W itself."""

    def __getstate__(self):                    # tiles and index lists are made anew in a copy
        return {**super().__getstate__(), "products": type(self.products)}

    def __setstate__(self, state):
        super().__setstate__(state)
        self.products = state["products"](self.W)


class Dense(Affine):
    """Every weight is there: for a fully connected layer.

    Parameters
    ----------
    W : (N_l, N_{l-1}) array
    b : (N_l, 1) array, zeros if left out
    """

    forms = ("shape",)

    def __init__(self, W, b=None):
        self.W = dense_matrix("W", W)
        super().__init__(self.W, b)

    @classmethod
    def drawn(cls, support, gain, rng, dtype):
        """With initial weights for a support, a shape."""
        shape_only("dense", support)
        return cls(initial_weights(support, gain, rng, dtype))


class Sparse(Affine):
    """Weights on a support only: for RSP and SC layers.

    There is one number per edge and no other place where a weight could appear, so W stays on
    its support for ever.

    Parameters
    ----------
    W : (N_l, N_{l-1}) scipy.sparse array
    b : (N_l, 1) array, zeros if left out
    products : class
        Of the three products, called with W: `TileProducts`, the fast ones, if left out;
        `PlainProducts` for reading and testing, or one of your own.
    """

    def __init__(self, W, b=None, products=None):
        if not sparse.issparse(W) or W.ndim != 2:
            raise TypeError(f"W: got {shown(W)}, expected a sparse matrix")
        self.W = matrix("W", W)
        super().__init__(self.W, b, products)

    @classmethod
    def drawn(cls, support, gain, rng, dtype):
        """With initial weights for a support."""
        if isinstance(support, tuple):
            refuse("layer", "sparse", "dense, for a topology where every weight is there")
        return cls(initial_weights(support, gain, rng, dtype))


# --- arrays at the door -----------------------------------------------------------------------

FLOATS = "a matrix of float32 or float64"


def dense_matrix(name, value):
    """A copy of a matrix of floats."""
    return check_matrix(name, array(name, value, FLOATS).copy())


def matrix(name, value):
    """A copy of a matrix of floats, dense or sparse."""
    if not sparse.issparse(value) or value.ndim != 2:
        return dense_matrix(name, value)
    found = sparse.csr_array(value, copy=True)
    found.sum_duplicates()                     # sorts too: an edge stands once, in its place
    return check_matrix(name, found)


def check_matrix(name, W):
    """The matrix, or an error that names it."""
    if W.ndim != 2 or 0 in W.shape or W.dtype not in (np.float32, np.float64):
        raise ValueError(f"{name}: got {W.dtype} of shape {W.shape}, expected {FLOATS}")
    return W


def part(name, value, shape, dtype):
    """A copy of an array that has to fit the other arrays of a layer."""
    found = array(name, value).copy()
    if found.shape != shape or found.dtype != dtype:
        raise ValueError(f"{name}: got {found.dtype} of shape {found.shape}, expected {dtype} "
                         f"of shape {shape}")
    return found


def shape_only(name, support):
    """Refuse, under its name in the catalogue, a layer where not every weight is there."""
    if not isinstance(support, tuple):
        refuse("layer", name, "one that trains edges, for a topology that draws them")


# What the hidden layers of a network may be, by name; the builder calls `drawn`.
LAYERS = {"dense": Dense, "sparse": Sparse}
PARAMETERS = {}             # of a run, that `drawn` of some layer takes as keywords
