"""The parts of a network, each with its forward pass and, below it, its backward pass.

Every array is (neurons, batch): one column per sample, as the vectors of the paper stand, so
that `W @ Z + b` is Eq. (1) letter for letter. An affine layer turns z⁽ˡ⁻¹⁾, `Z`, into A; an
activation turns A into z⁽ˡ⁾. Backwards, `dA` is the gradient of the loss with respect to A and
`dZ` that with respect to Z: an activation turns `dZ` into `dA`, an affine layer `dA` into the
`dZ` of the layer below.

The trained arrays of a layer are its weights `w` and biases `b`, their gradients `dw` and `db`.
The sums over samples need no 1/batch: it stands in the loss already.
"""

import numpy as np
from scipy import sparse

from scnn_np.nn.products import SparseProducts


class Layer:
    """What all parts share. Most have no weights, and then `affine` is None."""

    affine = None           # the Dense or Sparse layer inside, whose arrays are trained

    def gradients(self, dA):
        """Fill `dw` and `db` and go no further down: what the first layer does."""


# --- affine layers --------------------------------------------------------------------------

class Affine(Layer):
    """What dense and sparse layers share: trained arrays that a network can take over."""

    taken = False           # whether one has

    def __init__(self, W, b):
        self.W = W
        self.b = np.zeros((W.shape[0], 1), W.dtype) if b is None else np.array(b)
        if W.ndim != 2 or W.dtype not in (np.float32, np.float64):
            raise ValueError(f"W: got {W.dtype} of shape {W.shape}, expected a matrix of "
                             "float32 or float64")
        if self.b.shape != (W.shape[0], 1) or self.b.dtype != W.dtype:
            raise ValueError(f"b: got {self.b.dtype} of shape {self.b.shape}, expected "
                             f"{W.dtype} of shape ({W.shape[0]}, 1)")
        self.dw, self.db = np.zeros_like(self.w), np.zeros_like(self.b)

    @property
    def affine(self):
        return self

    def __getstate__(self):               # a copy belongs to no network
        return {name: value for name, value in vars(self).items() if name != "taken"}


class Dense(Affine):
    """A = W Z + b with every weight there: Eq. (1) before act, for a fully connected layer.

    Parameters
    ----------
    W : (N_l, N_{l-1}) array
    b : (N_l, 1) array, zeros if left out
    """

    def __init__(self, W, b=None):
        super().__init__(np.array(W), b)

    @property
    def w(self):
        return self.W

    @w.setter
    def w(self, values):
        self.W = values

    def forward(self, Z, train=False):
        """A_ik = Σ_j W_ij Z_jk + b_i for neuron i and sample k."""
        self.Z = Z
        return self.W @ Z + self.b                                          # Eq. (1)

    def gradients(self, dA):
        """W_ij acts through all A_ik: ∂L/∂W_ij = Σ_k dA_ik Z_jk, and ∂L/∂b_i = Σ_k dA_ik."""
        np.matmul(dA, self.Z.T, out=self.dw)               # dW = dA Zᵀ, (N_l, N_{l-1})
        np.sum(dA, axis=1, keepdims=True, out=self.db)     # (N_l, 1)

    def backward(self, dA):
        """Z_jk acts through all A_ik: ∂L/∂Z_jk = Σ_i W_ij dA_ik."""
        self.gradients(dA)
        return self.W.T @ dA                               # dZ = Wᵀ dA, (N_{l-1}, batch)


class Sparse(Affine):
    """A = W Z + b with weights on a support only: Eq. (1) before act, for RSP and SC layers.

    `w` and `dw` are arrays like `W.data`, one number per edge: there is no other place where
    a weight could appear, so W stays on its support for ever.

    Parameters
    ----------
    W : (N_l, N_{l-1}) scipy.sparse array
    b : (N_l, 1) array, zeros if left out
    """

    def __init__(self, W, b=None):
        W = sparse.csr_array(W, copy=True)
        W.sum_duplicates()                # sorts too: an edge stands once, in its place
        super().__init__(W, b)
        self.products = SparseProducts(W)

    @property
    def w(self):
        return self.W.data

    @w.setter
    def w(self, values):
        self.W.data = values

    def forward(self, Z, train=False):
        """W Z + b, as in `Dense`, the sum over j being one over the edges of i."""
        self.Z = Z
        return self.products.forward(self.W, Z) + self.b                    # Eq. (1)

    def gradients(self, dA):
        """dA Zᵀ, as in `Dense`, at the edges only: an entry off the support is no parameter."""
        self.products.on_support(dA, self.Z, out=self.dw)  # (edges,)
        np.sum(dA, axis=1, keepdims=True, out=self.db)     # (N_l, 1)

    def backward(self, dA):
        """Wᵀ dA, as in `Dense`."""
        self.gradients(dA)
        return self.products.backward(dA)                  # (N_{l-1}, batch)

    def __getstate__(self):               # tiles and index lists are made anew in a copy
        return {name: value for name, value in super().__getstate__().items()
                if name != "products"}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.products = SparseProducts(self.W)


# --- activations ----------------------------------------------------------------------------

class Sigmoid(Layer):
    """Z = act(A) = 1 / (1 + e^-A) = (1 + tanh(A/2)) / 2."""

    gain = 4.0              # Glorot and Bengio (2010): the logistic function is 4 times flatter

    def forward(self, A, train=False):
        Z = np.tanh(0.5 * A)          # faster than the exponential, and nothing overflows
        Z += 1
        Z *= 0.5
        self.Z = Z
        return Z

    def backward(self, dZ):
        """act' = e^-A / (1 + e^-A)² = Z (1 - Z): from the output, nothing to compute again."""
        dA = 1 - self.Z
        dA *= self.Z
        dA *= dZ
        return dA


class ReLU(Layer):
    """Z = act(A) = max(A, 0)."""

    gain = 2 ** 0.5         # He et al. (2015): half of the signal is cut off

    def forward(self, A, train=False):
        self.positive = A > 0
        return A * self.positive

    def backward(self, dZ):
        """act' = 1 where A > 0, else 0."""
        return dZ * self.positive


# --- noise while training -------------------------------------------------------------------

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

    def __init__(self, p, rng):
        self.p, self.rng = check_probability(p), rng

    def forward(self, Z, train=False):
        self.mask = draw_mask(Z.shape, self.p, Z.dtype, self.rng) if train else 1
        return Z * self.mask

    def backward(self, dZ):
        """What was silent is not to blame."""
        return dZ * self.mask


class DropConnect(Layer):
    """While training, each *weight* of a layer is 0 with probability p (Wan et al., 2013).

    One mask per batch. The layer inside keeps the weights and their gradients; `thinned` is
    the copy whose weights the mask has gone over.

    Parameters
    ----------
    layer : Dense or Sparse
    p : float in [0, 1)
    rng : np.random.Generator
    """

    def __init__(self, layer, p, rng):
        self.layer, self.p, self.rng = layer, check_probability(p), rng
        self.thinned = type(layer)(layer.W.copy())

    @property
    def affine(self):
        return self.layer

    def forward(self, Z, train=False):
        if not train:
            return self.layer.forward(Z)
        self.mask = draw_mask(self.layer.w.shape, self.p, self.layer.w.dtype, self.rng)
        np.multiply(self.layer.w, self.mask, out=self.thinned.w)
        self.thinned.b = self.layer.b
        return self.thinned.forward(Z)

    def gradients(self, dA):
        self.thinned.gradients(dA)
        self.hand_over()

    def backward(self, dA):
        dZ = self.thinned.backward(dA)
        self.hand_over()
        return dZ

    def hand_over(self):
        np.multiply(self.thinned.dw, self.mask, out=self.layer.dw)
        self.layer.db[...] = self.thinned.db


def check_probability(p):
    if not 0 <= p < 1:
        raise ValueError(f"p: got {p}, expected a probability of dropping, 0 ≤ p < 1")
    return float(p)


# --- initial weights ------------------------------------------------------------------------

def initial_weights(support, gain, rng, dtype=np.float32):
    """Uniform ±g·√(6/(fan_in_i + fan_out_j)), with the fans that each edge really has.

    *Assumed* (the paper does not say): with the fans of a dense layer instead, the signal
    would shrink several hundred-fold through five sparse sigmoid layers. For a support of all
    ones this is the rule of Glorot and Bengio (2010).

    Parameters
    ----------
    support : (N_l, N_{l-1}) scipy.sparse array, or a tuple (N_l, N_{l-1}) for a dense layer
    gain : float > 0
        g: 4 for sigmoid, √2 for ReLU, 1 for the softmax layer.
    rng : np.random.Generator

    Returns
    -------
    csr_array of the same pattern, or a dense array
    """
    if not (np.isfinite(gain) and gain > 0):
        raise ValueError(f"gain: got {gain}, expected a number > 0")
    if isinstance(support, tuple):
        bound = gain * np.sqrt(6 / sum(support))
        return rng.uniform(-bound, bound, support).astype(dtype)
    W = sparse.csr_array(support)
    fan_in, fan_out = np.diff(W.indptr), np.bincount(W.indices, minlength=W.shape[1])
    bound = gain * np.sqrt(6 / (np.repeat(fan_in, fan_in) + fan_out[W.indices]))
    values = rng.uniform(-bound, bound).astype(dtype)
    return sparse.csr_array((values, W.indices, W.indptr), shape=W.shape)
