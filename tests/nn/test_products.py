"""The fast products against three lines that cannot be wrong."""

import numpy as np
import pytest
from scipy import sparse

from scnn_np.graphs import supports as graphs
from scnn_np.graphs.degrees import PAPER_SC_DEGREES
from scnn_np.nn import products
from scnn_np.nn.products import SparseProducts, common_blocks


def supports():
    """Supports of every kind: (name, csr_array)."""
    rng = np.random.default_rng(5)

    def coupled(n_in, n_out, degrees, **chain):
        return graphs.spatially_coupled(n_in, n_out, degrees, rng, **chain)
    yield "paper's SC", coupled(784, 784, PAPER_SC_DEGREES)
    yield "paper's RSP", graphs.random_sparse(784, 784, 53, rng)
    yield "wider", coupled(64, 256, [32, 50, 20, 20, 9, 9, 1, 1])
    yield "narrower", coupled(256, 64, 7, receptive_field=3)
    yield "r = 1", coupled(96, 96, 12, receptive_field=1)
    yield "r = B", coupled(96, 160, 20, receptive_field=8)
    yield "tail-biting", coupled(128, 128, 20, receptive_field=3, tail_biting=True)
    yield "thin tail-biting", coupled(512, 512, 2, blocks=4, tail_biting=True)
    yield "empty blocks", coupled(160, 160, [9, 0, 9, 0, 0, 0, 3, 0], receptive_field=1)
    yield "no edges at all", coupled(32, 16, 0, blocks=2)
    yield "all edges", sparse.csr_array(np.ones((40, 60), np.int8))
    yield "one by one", sparse.csr_array(np.ones((1, 1), np.int8))
    yield "one edge", sparse.csr_array(np.eye(1, 50, 7, dtype=np.int8))
    yield "prime widths", graphs.random_sparse(53, 31, 4, rng)
    yield "degrees drawn", graphs.random_sparse(300, 200, lambda d: 1.0 / d ** 2, rng)
    for k in range(12):
        shape = tuple(rng.integers(1, 120, 2))
        random = sparse.random_array(shape, density=rng.choice([0.01, 0.1, 0.5]), rng=rng)
        yield f"random {k}", sparse.csr_array(random)


SUPPORTS = dict(supports())


@pytest.mark.parametrize("batch", [1, 2, 7, 128])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SUPPORTS)
def test_three_products(name, dtype, batch, rng):
    """W Z, Wᵀ D and D Zᵀ at the edges, to rounding, for every support, precision and batch."""
    W = sparse.csr_array(SUPPORTS[name], dtype=dtype)
    W.sort_indices()
    W.data = rng.standard_normal(W.nnz).astype(dtype)
    Z = rng.standard_normal((W.shape[1], batch)).astype(dtype)
    D = rng.standard_normal((W.shape[0], batch)).astype(dtype)
    fast, out = SparseProducts(W), np.full(W.nnz, np.nan, dtype)
    dense = W.toarray().astype(np.float64)
    tolerance = 50 * np.finfo(dtype).eps
    found = fast.forward(W, Z)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, dense @ Z, rtol=0, atol=20 * tolerance)
    np.testing.assert_allclose(fast.backward(D), dense.T @ D, rtol=0, atol=20 * tolerance)
    fast.on_support(D, Z, out)
    np.testing.assert_allclose(out, (D.astype(float) @ Z.T)[W.tocoo().coords], rtol=0,
                               atol=20 * tolerance)


def test_new_weights_are_seen(rng):
    """The CSR weights are the only truth: tiles are filled from them at each forward pass."""
    support = graphs.spatially_coupled(64, 64, [8, 12, 6, 1], rng, blocks=4)
    W = sparse.csr_array(support, dtype=float)
    fast, Z = SparseProducts(W), rng.standard_normal((64, 3))
    fast.forward(W, Z)
    W.data = rng.standard_normal(W.nnz)
    np.testing.assert_allclose(fast.forward(W, Z), W.toarray() @ Z)
    np.testing.assert_allclose(fast.backward(Z), W.toarray().T @ Z)


def test_the_blocks_are_found():
    """From the pattern alone: 8 blocks in the paper's SC layer, no structure in its RSP."""
    assert common_blocks(SUPPORTS["paper's SC"]) == 8
    assert common_blocks(SUPPORTS["paper's RSP"]) == 1


def test_the_paper_layer_is_multiplied_as_tiles_where_it_is_dense():
    """15 of 64 tiles hold edges; the crowded ones are products of tiles, the others edges."""
    fast = SparseProducts(SUPPORTS["paper's SC"])
    [tiles], [gradient_tiles] = fast.tiled, fast.gradient_tiled
    assert tiles.scratch.size == 8 * 98 ** 2                  # windows 0 to 3
    assert gradient_tiles.scratch.size == 15 * 98 ** 2        # all windows
    [strip] = fast.by_edge                                    # windows 4 to 7
    assert strip.rows == strip.columns == slice(4 * 98, 8 * 98)
    assert strip.W.nnz == 98 * (10 + 5 + 5 + 5 + 5 + 5 + 5)


def test_wide_layers_take_memory_by_edge(rng):
    """A sparse layer of 8,192 neurons without structure gets no tile at all."""
    W = graphs.random_sparse(8192, 8192, 8, rng)
    fast = SparseProducts(W)
    assert fast.tiled == fast.gradient_tiled == []
    assert sum(edges.size for _, _, edges in fast.gathered) == W.nnz


def test_pieces_of_any_size(rng, monkeypatch):
    """How many neurons are gathered at once changes nothing."""
    W = sparse.csr_array(graphs.random_sparse(400, 300, 5, rng), dtype=float)
    D, Z = rng.standard_normal((300, 4)), rng.standard_normal((400, 4))
    outs = []
    for size in (1, 1 << 12, 1 << 24):
        monkeypatch.setattr(products, "GATHERED_BYTES", size)
        outs.append(np.empty(W.nnz))
        SparseProducts(W).on_support(D, Z, outs[-1])
    np.testing.assert_allclose(outs[0], outs[1], rtol=0, atol=1e-14)
    np.testing.assert_allclose(outs[0], outs[2], rtol=0, atol=1e-14)
