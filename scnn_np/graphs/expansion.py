"""How well a support mixes: spectral gap, algebraic connectivity, paths through the layers.

arXiv 1706.05683 says that the accuracy of a sparse network depends on these measures and not
on the number of edges. Only its abstract could be read, so the definitions are our reading.

Both eigenvalues are the *second* of a matrix whose first is known, with its eigenvector. The
known pair is taken out of the matrix (deflation), and the Lanczos method finds the largest
eigenvalue of what is left, from products with the sparse A alone.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, eigsh


@dataclass(frozen=True)
class Expansion:
    """What `expansion` measures of one support, the graph between two layers.

    Attributes
    ----------
    sigma2 : float
        σ₂, the second singular value of M = D_right^-½ A D_left^-½; 1 if the edges fall into
        two or more components. Isolated neurons (without any edge) do not change it.
    connectivity : float
        Algebraic connectivity: λ₂, the second smallest eigenvalue of the Laplacian
        D - [[0, A], [Aᵀ, 0]]; 0 unless all neurons are connected.
    connectivity_without_isolated : float
        The same after isolated neurons are removed.
    components : int
        Connected components that hold edges.
    isolated_left, isolated_right : int
        Neurons without any edge.
    spread_left, spread_right : float
        Standard deviation of the degrees over their mean; 0 if all are equal.
    ramanujan : str
        "yes" if σ₂(A) ≤ √(d_left - 1) + √(d_right - 1), else "no"; "not applicable" to a graph
        that is not connected or has unequal degrees on one side.
    """
    sigma2: float
    connectivity: float
    connectivity_without_isolated: float
    components: int
    isolated_left: int
    isolated_right: int
    spread_left: float
    spread_right: float
    ramanujan: str

    @property
    def gap(self):
        """Spectral gap 1 - σ₂: 1 if fully connected, 0 if the edges are not connected."""
        return 1 - self.sigma2


def expansion(support):
    """Measure the graph between two layers; 2 × 16,384 neurons of degree 64 take seconds.

    Parameters
    ----------
    support : (N_right, N_left) sparse array
        Every entry that is not 0 is an edge, so that weights after pruning may be given too.

    Returns
    -------
    Expansion

    Raises
    ------
    ValueError
        If there is no edge.
    """
    A = biadjacency(support).astype(float)
    if A.nnz == 0:
        raise ValueError("support: got no edges, expected at least one")
    left, right = A.sum(axis=0), A.sum(axis=1)                           # degrees
    isolated_left, isolated_right = int((left == 0).sum()), int((right == 0).sum())
    pieces, _ = connected_components(sparse.block_array([[None, A], [A.T, None]]))
    components = int(pieces) - isolated_left - isolated_right
    sigma2, connectivity = 1.0, 0.0
    if components == 1:
        core = A[right > 0][:, left > 0]
        sigma2, connectivity = second_singular_value(core), algebraic_connectivity(core)
    return Expansion(
        sigma2, 0.0 if isolated_left or isolated_right else connectivity, connectivity,
        components, isolated_left, isolated_right,
        float(left.std() / left.mean()), float(right.std() / right.mean()),
        ramanujan_verdict(left, right, sigma2, components))


def path_share(supports):
    """Share of the (input, last neuron) pairs that a path through the layers joins.

    Parameters
    ----------
    supports : list of (N_l, N_{l-1}) sparse arrays, first layer first

    Returns
    -------
    float between 0 and 1

    Raises
    ------
    ValueError
        If the list is empty, or a layer does not fit the one before it.
    """
    supports = [biadjacency(support) for support in supports]
    if not supports:
        raise ValueError("supports: got none, expected at least one")
    joined = np.eye(supports[0].shape[1], dtype=bool)         # (neurons, inputs)
    for l, support in enumerate(supports):
        if support.shape[1] != len(joined):
            raise ValueError(f"supports: layer {l} has {support.shape[1]} left neurons, "
                             f"expected {len(joined)}, the right neurons of the layer before")
        joined = support @ joined                             # bool: its sum is "or"
    return float(joined.mean())


# --- parts ----------------------------------------------------------------------------------

def biadjacency(support):
    """(N_right, N_left) csr_array, True at every edge."""
    return sparse.csr_array(support != 0)


def second_singular_value(A):
    """σ₂ of the degree-normalised M of a connected biadjacency A without isolated neurons.

    σ₁ = 1 belongs to the vectors √degrees, which have length √(number of edges).
    """
    if A.nnz == A.shape[0] * A.shape[1]:    # K_{m,n}: M has rank 1, and nothing is left of it
        return 0.0
    left, right = A.sum(axis=0), A.sum(axis=1)
    M = (sparse.diags_array(right**-0.5) @ A @ sparse.diags_array(left**-0.5)).tocsr()
    M_T = M.T.tocsr()
    first = np.sqrt(right / A.nnz)
    squared = largest_eigenvalue(lambda x: M @ (M_T @ x) - first * (first @ x), len(right))
    return float(np.sqrt(squared))


def algebraic_connectivity(A):
    """λ₂ of the Laplacian L of a connected biadjacency A without isolated neurons.

    λ₁ = 0 belongs to the constant vectors. The largest eigenvalue of c - L is c - λ₂ once they
    are taken out; c lies above all eigenvalues of L.
    """
    A_T = A.T.tocsr()
    degrees = np.concatenate([A.sum(axis=1), A.sum(axis=0)])
    c = 2 * degrees.max() + 1

    def product(x):
        right, left = np.split(x, [A.shape[0]])
        neighbours = np.concatenate([A @ left, A_T @ right])
        return (c - degrees) * x + neighbours - c * x.mean()
    return float(c - largest_eigenvalue(product, len(degrees)))


def largest_eigenvalue(product, n):
    """Largest eigenvalue of a symmetric n × n matrix that is known by its products only.

    The start vector is fixed, so that the same graph gives the same bits.
    """
    start = np.random.default_rng(0).standard_normal(n)
    return eigsh(LinearOperator((n, n), matvec=product, dtype=float), k=1, which="LA",
                 v0=start, ncv=min(n, 40), tol=1e-10, return_eigenvectors=False)[0]


def ramanujan_verdict(left, right, sigma2, components):
    """Hold σ₂(A) against the bound; defined for connected graphs with equal degrees only."""
    d_left, d_right = left[0], right[0]
    if components > 1 or (left != d_left).any() or (right != d_right).any():
        return "not applicable"
    bound = np.sqrt(d_left - 1) + np.sqrt(d_right - 1)
    rounding = 1e-9
    return "yes" if sigma2 * np.sqrt(d_left * d_right) <= bound + rounding else "no"
