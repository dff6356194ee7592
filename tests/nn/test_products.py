"""The products to read, against the dense ones and by hand."""

import numpy as np
import pytest
from scipy import sparse

from scnn_np.nn import DenseProducts, PlainProducts

W = np.array([[2.0, 0.0, 3.0],
              [0.0, 5.0, 0.0]])
Z = np.array([[1.0, 2.0],
              [1.0, 0.0],
              [0.0, 1.0]])
D = np.array([[1.0, 10.0],
              [100.0, 1000.0]])


@pytest.mark.parametrize(("kind", "W"), [(DenseProducts, W),
                                         (PlainProducts, sparse.csr_array(W))])
def test_by_hand(kind, W):
    """Two samples: W Z and Wᵀ D, dense and sparse alike."""
    products = kind(W)
    assert products.forward(W, Z).tolist() == [[2, 7], [5, 0]]
    assert products.backward(W, D).tolist() == [[2, 20], [500, 5000], [3, 30]]


def test_on_support_by_hand():
    """D Zᵀ has six entries; at the edges (0, 0), (0, 2) and (1, 1) stand 21, 10 and 100."""
    dense, at_edges = np.full((2, 3), np.nan), np.full(3, np.nan)
    DenseProducts(W).on_support(W, D, Z, out=dense)
    assert dense.tolist() == [[21, 1, 10], [2100, 100, 1000]]
    S = sparse.csr_array(W)
    PlainProducts(S).on_support(S, D, Z, out=at_edges)
    assert at_edges.tolist() == [21, 10, 100]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("density", [0, 0.1, 1])
def test_plain_is_masked_dense(density, dtype, rng):
    """On any support, none and full among them: the dense products, read at the edges."""
    S = sparse.csr_array(sparse.random_array((13, 7), density=density, rng=rng, dtype=dtype))
    S.sort_indices()
    Z, D = (rng.standard_normal((n, 4)).astype(dtype) for n in (7, 13))
    plain, out = PlainProducts(S), np.full(S.nnz, np.nan, dtype)
    plain.on_support(S, D, Z, out=out)
    exact = 20 * np.finfo(dtype).eps
    np.testing.assert_allclose(plain.forward(S, Z), S.toarray() @ Z, rtol=0, atol=exact)
    np.testing.assert_allclose(plain.backward(S, D), S.toarray().T @ D, rtol=0, atol=exact)
    np.testing.assert_allclose(out, (D @ Z.T)[S.tocoo().coords], rtol=0, atol=exact)


def test_nothing_is_remembered(rng):
    """Other weights in the next call are other products."""
    products = PlainProducts(sparse.csr_array(W))
    np.testing.assert_array_equal(products.forward(sparse.csr_array(2 * W), Z), 2 * W @ Z)
    np.testing.assert_array_equal(products.backward(sparse.csr_array(3 * W), D), 3 * W.T @ D)
