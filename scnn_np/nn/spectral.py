"""Eigenvalues that are trained instead of weights: w_ij = (λ_in,j - λ_out,i) φ_ij.

Chicchi et al. (2021), arXiv 2106.09021; formulas and initial values are those of the authors'
code. Take both sides of a layer as one vector, (z⁽ˡ⁻¹⁾, 0), which a square matrix A moves to
(·, W z⁽ˡ⁻¹⁾). With the eigenvectors Φ = [[I, 0], [φ, I]], whose inverse is 2I - Φ, and the
eigenvalues Λ = diag(λ_in, λ_out), the lower left block of A = Φ Λ (2I - Φ) is W. Training the
eigenvalues moves N_{l-1} + N_l numbers, each of which reaches all weights of one neuron; one of
them in each component of the support is idle, since λ_in + c and λ_out + c make the same W. A φ
on a sparse support is ours.
"""

import numpy as np
from scipy import sparse

from scnn_np.nn.affine import LAYERS, PARAMETERS, Affine, matrix, part
from scnn_np.nn.initial import initial_weights
from scnn_np.nn.layer import entries, with_entries
from scnn_np.nn.tiles import row_of_edge
from scnn_np.tools import checks
from scnn_np.tools.parameters import Parameter

LEARN = {"eigenvalues": ("lambda_in", "lambda_out"), "in": ("lambda_in",),
         "out": ("lambda_out",), "in+phi": ("lambda_in", "phi"),
         "out+phi": ("lambda_out", "phi"), "all": ("lambda_in", "lambda_out", "phi"),
         "none": ()}
INITIAL = ("usual", "authors")
LAMBDA_IN, LAMBDA_OUT, PHI = 0.97, 0.13, 0.036         # the authors' spreads


class Eigenvalues(Affine):
    """w_ij = (λ_in,j - λ_out,i) φ_ij, for a φ that a subclass has as attribute or property.

    Parameters
    ----------
    lambda_in : (1, N_{l-1}) array
    lambda_out : (N_l, 1) array
    b : (N_l, 1) array, or None for zeros
    """

    trained = ("lambda_in", "lambda_out", "b")

    def __init__(self, lambda_in, lambda_out, b):
        phi = self.phi
        n_out, n_in = phi.shape
        self.lambda_in = part("lambda_in", lambda_in, (1, n_in), phi.dtype)
        self.lambda_out = part("lambda_out", lambda_out, (n_out, 1), phi.dtype)
        super().__init__(phi, b)
        for name in self.trained:
            setattr(self, f"d{name}", np.zeros_like(entries(getattr(self, name))))

    def factors(self, phi):
        """λ_in,j - λ_out,i, at the entries of φ."""
        lambda_in, lambda_out = at_entries(phi, self.lambda_in, self.lambda_out)
        return lambda_in - lambda_out

    def whole(self):
        """All weights that λ and φ make."""
        phi = self.phi
        return with_entries(phi, self.factors(phi) * entries(phi))

    @property
    def W(self):
        return self.whole()

    def pull_back(self):
        """λ_in,j acts through the weights that leave neuron j, λ_out,i through those that enter
        neuron i: ∂L/∂λ_in,j = Σ_i ∂L/∂W_ij φ_ij and ∂L/∂λ_out,i = -Σ_j ∂L/∂W_ij φ_ij."""
        phi = self.phi
        by_edge = with_entries(phi, self.dW * entries(phi))
        if "lambda_in" in self.trained:
            self.dlambda_in[0] = by_edge.sum(axis=0)
        if "lambda_out" in self.trained:
            self.dlambda_out[:, 0] = -by_edge.sum(axis=1)


class Spectral(Eigenvalues):
    """φ is there as a matrix, dense or on a sparse support.

    Parameters
    ----------
    lambda_in, lambda_out : (1, N_{l-1}) and (N_l, 1) arrays
    phi : (N_l, N_{l-1}) array or scipy.sparse array
    b : (N_l, 1) array, zeros if left out
    learn : name of one of `LEARN`
        What is trained besides b; the others stay as they are.
    """

    trained = ("lambda_in", "lambda_out", "phi", "b")          # at most
    options = ("learn",)
    forms = ("shape", "support")

    def __init__(self, lambda_in, lambda_out, phi, b=None, learn="eigenvalues"):
        self.learn = checks.one_of("learn", learn, LEARN)
        self.trained = (*LEARN[learn], "b")
        self.fixed = tuple(name for name in Spectral.trained if name not in self.trained)
        self.phi = matrix("phi", phi)
        super().__init__(lambda_in, lambda_out, b)

    @classmethod
    def drawn(cls, support, gain, rng, dtype, *, learn="eigenvalues", initial="usual"):
        """For a support or a shape, with initial values as in `drawn_parts`."""
        return cls(**drawn_parts(support, gain, rng, dtype, learn, initial), learn=learn)

    def pull_back(self):
        """∂L/∂φ_ij = (λ_in,j - λ_out,i) ∂L/∂W_ij, where φ has entries."""
        super().pull_back()
        if "phi" in self.trained:
            self.dphi[...] = self.factors(self.phi) * self.dW


def at_entries(phi, left, right):
    """Numbers of the left neurons, (1, N_{l-1}), and of the right ones, (N_l, 1), in a form in
    which the two can be combined with the entries of φ."""
    if not sparse.issparse(phi):
        return left, right
    return left[0, phi.indices], right[row_of_edge(phi), 0]


def drawn_parts(support, gain, rng, dtype, learn="eigenvalues", initial="usual"):
    """Initial eigenvalues and φ.

    Parameters
    ----------
    support, gain, rng, dtype : as in `initial_weights`
    learn : name of one of `LEARN`
        Where one set is trained and the other is not, the other is 0.
    initial : "usual" or "authors"
        *Usual*: φ as the weights of any layer start, λ_in = 1 and λ_out = 0 (or 0 and -1), so
        that W is φ. *Authors*: normal φ and uniform λ of their spreads, whatever the size of
        the layer.

    Returns
    -------
    dict of `lambda_in`, `lambda_out` and `phi`
    """
    checks.one_of("initial", initial, INITIAL)
    trained = LEARN[checks.one_of("learn", learn, LEARN)]
    phi = initial_weights(support, gain, rng, dtype)
    n_out, n_in = phi.shape
    keeps_in = "lambda_in" in trained or "lambda_out" not in trained
    keeps_out = "lambda_out" in trained or "lambda_in" not in trained
    if initial == "usual":
        lambda_in, lambda_out = np.full((1, n_in), keeps_in), np.full((n_out, 1), keeps_in - 1)
    else:
        phi = with_entries(phi, rng.normal(0, PHI, entries(phi).shape).astype(phi.dtype))
        lambda_in = rng.uniform(-LAMBDA_IN, LAMBDA_IN, (1, n_in)) * keeps_in
        lambda_out = rng.uniform(-LAMBDA_OUT, LAMBDA_OUT, (n_out, 1)) * keeps_out
    return {"lambda_in": lambda_in.astype(phi.dtype),
            "lambda_out": lambda_out.astype(phi.dtype), "phi": phi}


LAYERS["spectral"] = Spectral
PARAMETERS |= {
    "learn": Parameter(checks.listed, "what of a spectral layer is trained besides the biases "
                       "(default: eigenvalues)", {"check": checks.one_of, "known": LEARN}),
    "initial": Parameter(checks.listed, "initial values of a spectral layer: so that the "
                         "weights start as usual, or the authors' (default: usual)",
                         {"check": checks.one_of, "known": INITIAL})}
