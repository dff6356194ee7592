"""Initial weights, scaled by the fans that each edge has on its support."""

import numpy as np
from scipy import sparse

from scnn_np.tools.checks import generator, number, precision


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
    gain, rng = number("gain", gain, above=0), generator("rng", rng)
    dtype = precision("dtype", dtype)
    if isinstance(support, tuple):
        bound = gain * np.sqrt(6 / sum(support))
        return rng.uniform(-bound, bound, support).astype(dtype)
    W = sparse.csr_array(support)
    fan_in, fan_out = np.diff(W.indptr), np.bincount(W.indices, minlength=W.shape[1])
    bound = gain * np.sqrt(6 / (np.repeat(fan_in, fan_in) + fan_out[W.indices]))
    values = rng.uniform(-bound, bound).astype(dtype)
    return sparse.csr_array((values, W.indices, W.indptr), shape=W.shape)
