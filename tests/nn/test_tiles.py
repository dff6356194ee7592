"""The fast products against those that can be read, `PlainProducts`."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse

from scnn_np import graphs
from scnn_np.graphs.degrees import PAPER_SC_DEGREES
from scnn_np.nn import PlainProducts, Sparse, TileProducts, tiles, with_entries
from scnn_np.nn.tiles import common_blocks


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


def weighted(support, rng, dtype=np.float64):
    """A support with random weights, its edges in order."""
    W = sparse.csr_array(support, dtype=dtype)
    W.sort_indices()
    W.data = rng.standard_normal(W.nnz).astype(dtype)
    return W


def three(products, W, Z, D):
    """W Z, Wᵀ D, and D Zᵀ at the edges."""
    out = np.full(W.nnz, np.nan, W.dtype)
    products.on_support(W, D, Z, out)
    return products.forward(W, Z), products.backward(W, D), out


@pytest.mark.parametrize("batch", [1, 2, 7, 128])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SUPPORTS)
def test_three_products(name, dtype, batch, rng):
    """To rounding, for every support, precision and batch, against the plain ones in float64:
    what is computed is described in products.py, and only there."""
    W = weighted(SUPPORTS[name], rng, dtype)
    Z = rng.standard_normal((W.shape[1], batch)).astype(dtype)
    D = rng.standard_normal((W.shape[0], batch)).astype(dtype)
    exact = three(PlainProducts(W), *(X.astype(np.float64) for X in (W, Z, D)))
    for found, expected in zip(three(TileProducts(W), W, Z, D), exact, strict=True):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=0, atol=1000 * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", ["paper's SC", "paper's RSP", "tail-biting"])
def test_new_weights_are_seen(name, rng):
    """The CSR weights are the only truth: whatever was filled in before, changed in place or
    given anew, forwards or backwards first."""
    W = weighted(SUPPORTS[name], rng)
    fast, plain = TileProducts(W), PlainProducts(W)
    Z, D = rng.standard_normal((W.shape[1], 3)), rng.standard_normal((W.shape[0], 3))
    numbers = W.data.copy()
    others = with_entries(W, rng.standard_normal(W.nnz))
    for V, values in ((W, numbers), (others, others.data), (W, -numbers), (W, 2 * numbers)):
        V.data[...] = values
        for product, X in (("backward", D), ("forward", Z), ("backward", D)):
            np.testing.assert_allclose(getattr(fast, product)(V, X),
                                       getattr(plain, product)(V, X), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["paper's SC", "paper's RSP", "tail-biting"])
def test_scratch_belongs_to_a_thread(name, rng):
    """Threads at work with other weights of the same layer do not meet: what one has filled in
    is still there when the other has been at work, and all products are the right ones."""
    W = weighted(SUPPORTS[name], rng)
    fast = TileProducts(W)
    mine = [found for strip in fast.tiled for found in strip.filled(W.data)]
    edges = [strip.filled(W.data) for strip in fast.by_edge]
    assert mine or edges
    held = [tile.copy() for tile, *_ in mine], [part.toarray() for part, _ in edges]

    def work(k):
        rng = np.random.default_rng(k)
        V = with_entries(W, rng.standard_normal(W.nnz))
        Z, D = rng.standard_normal((W.shape[1], 5)), rng.standard_normal((W.shape[0], 5))
        return all(np.allclose(found, expected, rtol=0, atol=1e-10) for found, expected in zip(
            three(fast, V, Z, D), three(PlainProducts(V), V, Z, D), strict=True))
    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(40)))
    for (tile, *_), before in zip(mine, held[0], strict=True):
        np.testing.assert_array_equal(tile, before)
    for (part, transposed), before in zip(edges, held[1], strict=True):
        np.testing.assert_array_equal(part.toarray(), before)
        np.testing.assert_array_equal(transposed.toarray(), before.T)


def test_they_are_what_a_sparse_layer_uses(rng):
    """Unless it is told otherwise; a copy uses what the layer used."""
    W = weighted(SUPPORTS["tail-biting"], rng)
    assert type(Sparse(W).products) is TileProducts
    plain = Sparse(W, products=PlainProducts)
    assert type(plain.products) is PlainProducts
    assert type(plain.__copy__().products) is PlainProducts


def test_the_blocks_are_found():
    """From the pattern alone: 8 blocks in the paper's SC layer, no structure in its RSP."""
    assert common_blocks(SUPPORTS["paper's SC"]) == 8
    assert common_blocks(SUPPORTS["paper's RSP"]) == 1


def test_the_paper_layer_is_multiplied_as_tiles_where_it_is_dense(rng):
    """15 of 64 tiles hold edges; the crowded ones are products of tiles, the others edges."""
    W = weighted(SUPPORTS["paper's SC"], rng)
    fast = TileProducts(W)
    [crowded], [gradient_tiles] = fast.tiled, fast.gradient_tiled
    assert crowded.scratch.array.size == 8 * 98 ** 2                  # windows 0 to 3
    assert gradient_tiles.scratch.array.size == 15 * 98 ** 2          # all windows
    [strip] = fast.by_edge                                            # windows 4 to 7
    assert strip.rows == strip.columns == slice(4 * 98, 8 * 98)
    part, _ = strip.filled(W.data)
    assert part.nnz == 98 * (10 + 5 + 5 + 5 + 5 + 5 + 5)
    np.testing.assert_array_equal(part.toarray(), W[strip.rows, strip.columns].toarray())


def test_wide_layers_take_memory_by_edge(rng):
    """A sparse layer of 8,192 neurons without structure gets no tile at all."""
    W = graphs.random_sparse(8192, 8192, 8, rng)
    fast = TileProducts(W)
    assert fast.tiled == fast.gradient_tiled == []
    assert sum(edges.size for _, _, edges in fast.gathered) == W.nnz


def test_pieces_of_any_size(rng, monkeypatch):
    """How many neurons are gathered at once changes nothing."""
    W = sparse.csr_array(graphs.random_sparse(400, 300, 5, rng), dtype=float)
    D, Z = rng.standard_normal((300, 4)), rng.standard_normal((400, 4))
    outs = []
    for size in (1, 1 << 12, 1 << 24):
        monkeypatch.setattr(tiles, "GATHERED_BYTES", size)
        outs.append(np.empty(W.nnz))
        TileProducts(W).on_support(W, D, Z, outs[-1])
    np.testing.assert_allclose(outs[0], outs[1], rtol=0, atol=1e-14)
    np.testing.assert_allclose(outs[0], outs[2], rtol=0, atol=1e-14)
