"""The three products of a sparse layer, fast: dense tiles where edges crowd together.

What they compute is described in three lines, `PlainProducts` in products.py, and the tests
hold the fast ones against them.

A processor multiplies dense matrices several times faster per number than it follows single
edges. So wherever edges crowd together a small dense product wins, zeros included, and a
spatially-coupled support is crowded by construction: right block i sees its window of left
blocks and nothing else, 15 of the 64 pairs of blocks in the paper's layer.

The words: rows and columns are cut into equally many *blocks*, found from the support, not from
the way it was drawn. Neighbouring blocks of columns that hold edges in one row of blocks form a
*window*. Rows of blocks that follow each other and are treated alike form a *strip*, and CSR
keeps the weights of a strip together, in one slice of `W.data`. A crowded strip is multiplied
window by window through dense *tiles*, scratch that is filled from the weights; another edge by
edge. The weights live in CSR form only. Scratch belongs to the thread that uses it, so that
several threads may use one layer.
"""

import threading

import numpy as np
from scipy import sparse

# Rows of windows this dense are multiplied as dense tiles, others edge by edge. Found by
# timing both for a window of 98 × 196 and a batch of 128: equal near 0.12 with AVX2, near 0.08
# with AVX-512 (two threads). One number for all machines, so that a seed gives the same bits.
DENSE_PRODUCT = 0.10
# The same for D Zᵀ, where the other way is to gather the neurons at the ends of every edge:
# equal near 0.05 on both.
DENSE_GRADIENT = 0.05
# Smaller blocks save arithmetic and cost calls: a call is worth this many entries of a tile
# (3 µs at 128 columns and 100 GFLOP/s).
CALL_COST = 1200
SMALLEST_BLOCK = 16
GATHERED_BYTES = 1 << 19    # neurons gathered at once: half of a core's cache


class TileProducts:
    """The three products for one support.

    Parameters
    ----------
    W : (N_l, N_{l-1}) csr_array with sorted indices
        Only its pattern and precision are read here.
    """

    def __init__(self, W):
        self.shape = W.shape
        blocks = common_blocks(W)
        density = window_density(W, blocks)
        self.tiled, self.by_edge = [], []
        for rows, dense in strips(W, density >= DENSE_PRODUCT):
            if dense:
                self.tiled.append(Tiles(W, rows, blocks))
            else:
                self.by_edge.append(Edges(W, rows))
        self.gradient_tiled, self.gathered = [], []
        for rows, dense in strips(W, density >= DENSE_GRADIENT):
            if dense:
                self.gradient_tiled.append(Tiles(W, rows, blocks))
            else:
                self.gathered += gather_plan(W, rows)
        self.largest = max((tile.size for tiles in (*self.tiled, *self.gradient_tiled)
                            for tile, *_ in tiles.scratch.tiles), default=0)

    def __deepcopy__(self, memo):              # a plan never changes, scratch is each thread's
        return self

    def forward(self, W, Z):
        """W Z, (N_l, batch), of Z, (N_{l-1}, batch)."""
        A = np.empty((self.shape[0], Z.shape[1]), np.result_type(W.data, Z))
        for strip in self.by_edge:
            part, _ = strip.filled(W.data)
            A[strip.rows] = part @ Z[strip.columns]
        for tiles in self.tiled:
            for tile, rows, columns, first in tiles.filled(W.data):
                if first:
                    np.matmul(tile, Z[columns], out=A[rows])
                else:
                    A[rows] += tile @ Z[columns]
        return A

    def backward(self, W, D):
        """Wᵀ D, (N_{l-1}, batch), of D, (N_l, batch)."""
        dZ = np.zeros((self.shape[1], D.shape[1]), D.dtype)
        for strip in self.by_edge:
            _, transposed = strip.filled(W.data)
            dZ[strip.columns] += transposed @ D[strip.rows]
        for tiles in self.tiled:
            for tile, rows, columns, _ in tiles.filled(W.data):
                dZ[columns] += tile.T @ D[rows]
        return dZ

    def on_support(self, W, D, Z, out):
        """D Zᵀ at the edges of W only, written to `out` in the order of `W.data`."""
        for tiles in self.gradient_tiled:
            scratch = tiles.scratch
            for tile, rows, columns, _ in scratch.tiles:
                np.matmul(D[rows], Z[columns].T, out=tile)
            np.take(scratch.array, tiles.place, out=out[tiles.edges], mode="clip")
        for left, right, edges in self.gathered:
            for part in chunks(len(left), right.shape[1] * Z[0].nbytes):
                out[edges[part]] = np.matmul(D[right[part]], Z[left[part], :, None])[..., 0]


class Edges:
    """A strip of rows as a CSR matrix of its own, over the columns that it reaches."""

    def __init__(self, W, rows):
        self.rows, self.edges = rows, edges_of(W, rows)
        reached = W.indices[self.edges]
        self.columns = slice(reached.min(initial=W.shape[1]), reached.max(initial=-1) + 1)
        self.scratch = EdgesOfThread(W[rows, self.columns])

    def filled(self, weights):
        """The matrix and its transpose with these weights of the whole layer."""
        scratch = self.scratch
        scratch.W.data = scratch.W_T.data = weights[self.edges]
        return scratch.W, scratch.W_T


class EdgesOfThread(threading.local):
    """A matrix and its transpose, for one thread; they share their indices with the others."""

    def __init__(self, W):
        self.W = sparse.csr_array((W.data, W.indices, W.indptr), shape=W.shape)
        self.W_T = self.W.T


class Tiles:
    """A dense tile for each window of a strip of rows, all in one flat scratch.

    A tile comes as (tile, rows, columns, first): a view into the scratch, two slices, and
    whether the tile is the first in its rows. In the paper's layer the row of blocks 1 has one
    window, of the blocks 1 and 2 of columns: the tile is 98 × 196, and the edge (100, 103)
    stands at row 2, column 5 of it. `place` holds these places in the scratch for all edges.

    Parameters
    ----------
    W : csr_array
    rows : slice
        The strip; CSR keeps its weights together, as `W.data[self.edges]`.
    blocks : int
        Rows and columns of W are both cut into so many.
    """

    def __init__(self, W, rows, blocks):
        height, width = W.shape[0] // blocks, W.shape[1] // blocks
        self.edges = edges_of(W, rows)
        row, column = row_of_edge(W)[self.edges], W.indices[self.edges]
        pair = row // height * blocks + column // width      # of blocks, one number for each
        occupied = np.unique(pair)
        # A window ends where the next pair is no neighbour, or stands in the next row.
        begins = (np.diff(occupied, prepend=-2) != 1) | (occupied % blocks == 0)
        first = occupied[begins]                             # pair of each window
        length = np.diff(np.append(np.flatnonzero(begins), len(occupied)))     # in blocks
        start = np.concatenate([[0], np.cumsum(length * height * width)])      # in the scratch
        window = np.searchsorted(first, pair, side="right") - 1
        self.place = (start[window] + row % height * (width * length[window])
                      + column - first[window] % blocks * width)
        windows = [(slice(at, at + n * height * width),
                    slice(i * height, (i + 1) * height), slice(j * width, (j + n) * width))
                   for (i, j), n, at in zip(np.transpose(divmod(first, blocks)).tolist(),
                                            length.tolist(), start.tolist(), strict=False)]
        self.scratch = TilesOfThread(int(start[-1]), W.dtype, windows)

    def filled(self, weights):
        """The tiles with these weights of the whole layer. What is in them already, from the
        forward pass or the piece of data before, is not filled in again."""
        scratch, weights = self.scratch, weights[self.edges]
        found = weights.tobytes()                  # to the bit, and faster than filling
        if found != scratch.holds:
            scratch.array[self.place] = weights
            scratch.holds = found
        return scratch.tiles


class TilesOfThread(threading.local):
    """The scratch of one thread, zeros off the edges, and the tiles as views into it."""

    def __init__(self, size, dtype, windows):
        self.array, self.holds, self.tiles = np.zeros(size, dtype), None, []
        for place, rows, columns in windows:
            tile = self.array[place].reshape(rows.stop - rows.start, -1)
            first = not self.tiles or self.tiles[-1][1] != rows
            self.tiles.append((tile, rows, columns, first))


def window_density(W, blocks):
    """The share of edges in the windows of each row of blocks, (blocks,), 0 without windows."""
    height, width = W.shape[0] // blocks, W.shape[1] // blocks
    pairs, edges = np.unique(row_of_edge(W) // height * blocks + W.indices // width,
                             return_counts=True)
    size = np.bincount(pairs // blocks, minlength=blocks) * height * width
    return np.bincount(pairs // blocks, edges, minlength=blocks) / np.maximum(size, 1)


def strips(W, dense):
    """Cut the rows wherever `dense`, a truth for each row of blocks, changes.

    Returns
    -------
    list of (rows, dense)
        Slices that cover all rows, and the truth that holds in each.
    """
    height = W.shape[0] // len(dense)
    cuts = [0, *np.flatnonzero(np.diff(dense)) + 1, len(dense)]
    return [(slice(a * height, b * height), bool(dense[a]))
            for a, b in zip(cuts, cuts[1:], strict=False)]


def common_blocks(W):
    """Into how many blocks to cut rows and columns so that occupied tiles cost least."""
    rows, (height, width) = row_of_edge(W), W.shape
    n = np.gcd(height, width)
    best, least = 1, np.inf
    for blocks in range(1, max(1, n // SMALLEST_BLOCK) + 1):
        if n % blocks or blocks ** 2 > max(W.nnz, 1):
            continue
        occupied = np.zeros(blocks ** 2, bool)
        occupied[rows // (height // blocks) * blocks + W.indices // (width // blocks)] = True
        cost = occupied.sum() * (height * width / blocks ** 2 + CALL_COST)
        if cost < least:
            best, least = blocks, cost
    return best


def row_of_edge(W):
    """The right neuron of every edge, in the order of `W.data`."""
    return np.repeat(np.arange(W.shape[0]), np.diff(W.indptr))


def edges_of(W, rows):
    """Where the edges of a strip of rows stand in `W.data`: one slice."""
    return slice(int(W.indptr[rows.start]), int(W.indptr[rows.stop]))


def gather_plan(W, rows):
    """The edges of a strip of rows, grouped by left neurons with equally many of them.

    Returns
    -------
    list of (left, right, edges)
        (n,) left neurons, the (n, degree) right neurons that they reach, and the (n, degree)
        positions of these edges in `W.data`.
    """
    edges, right_of = edges_of(W, rows), row_of_edge(W)
    columns = W.indices[edges]
    by_column = edges.start + np.argsort(columns, kind="stable")
    degrees = np.bincount(columns, minlength=W.shape[1])
    begin = np.cumsum(degrees) - degrees
    plan = []
    for degree in np.unique(degrees[degrees > 0]):
        left = np.flatnonzero(degrees == degree)
        chosen = by_column[begin[left][:, None] + np.arange(degree)]
        plan.append((left, right_of[chosen], chosen))
    return plan


def chunks(n, bytes_each):
    """Slices that cover 0 … n, each of about GATHERED_BYTES."""
    step = max(1, GATHERED_BYTES // bytes_each)
    return [slice(k, k + step) for k in range(0, n, step)]
