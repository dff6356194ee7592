"""The three products of a sparse layer, fast: W Z, Wᵀ D, and D Zᵀ on the support of W.

What they compute is said in three lines, and the tests hold the fast ones against them:

    W Z                 W @ Z
    Wᵀ D                W.T @ D
    D Zᵀ on supp(W)     (D @ Z.T)[W.nonzero()]

A processor multiplies dense tiles several times faster per number than it follows single
edges. So wherever edges crowd together a small dense product wins, zeros included, and a
spatially-coupled support is crowded by construction: right block i sees its window of left
blocks and nothing else, 15 of the 64 pairs of blocks in the paper's layer.

The crowded windows are found from the support, not from the way it was drawn. The weights live
in CSR form only; tiles are scratch, filled from them.
"""

import numpy as np
from scipy import sparse

# Windows at least this dense are multiplied as dense tiles, others edge by edge. Found by
# timing both for a window of 98 × 196 and a batch of 128: equal near 0.2 with AVX2 and near 0.1
# with AVX-512 (one thread). One number for all machines, so that a seed gives the same bits.
DENSE_PRODUCT = 0.15
# The same for D Zᵀ, where the other way is to gather the neurons at the ends of every edge:
# equal near 0.04 on both.
DENSE_GRADIENT = 0.04
# Smaller blocks save arithmetic and cost calls: a call is worth this many entries of a tile
# (3 µs at 128 columns and 100 GFLOP/s).
CALL_COST = 1200
SMALLEST_BLOCK = 16
GATHERED_BYTES = 1 << 19    # neurons gathered at once: half of a core's cache


class SparseProducts:
    """The three products for one support.

    Parameters
    ----------
    W : (N_l, N_{l-1}) csr_array with sorted indices
        Only its pattern is read here; the weights come with each call of `forward`.
    """

    def __init__(self, W):
        blocks = common_blocks(W)
        self.tiles = Windows(W, blocks, DENSE_PRODUCT)
        self.gradient_tiles = Windows(W, blocks, DENSE_GRADIENT)
        self.edges = edges_of(W, self.tiles.left_out)
        self.edges_T = self.edges.T                    # a view: same numbers, by column
        self.gathered = gather_plan(W, self.gradient_tiles.left_out)

    def forward(self, W, Z):
        """W Z, (N_l, batch)."""
        self.tiles.fill(W.data)
        np.take(W.data, self.tiles.left_out, out=self.edges.data, mode="clip")
        A = self.edges @ Z
        for tile, rows, columns in self.tiles:
            A[rows] += tile @ Z[columns]
        return A

    def backward(self, D):
        """Wᵀ D, (N_{l-1}, batch), with the weights of the last `forward`."""
        dZ = self.edges_T @ D
        for tile, rows, columns in self.tiles:
            dZ[columns] += tile.T @ D[rows]
        return dZ

    def on_support(self, D, Z, out):
        """D Zᵀ at the edges of W only, written to `out` in the order of `W.data`."""
        for tile, rows, columns in self.gradient_tiles:
            np.matmul(D[rows], Z[columns].T, out=tile)
        self.gradient_tiles.read(out)
        for left, right, edges in self.gathered:
            for part in chunks(len(left), right[0].nbytes // 8 * Z[0].nbytes):
                out[edges[part]] = np.matmul(D[right[part]], Z[left[part], :, None])[..., 0]


class Windows:
    """Dense tiles over those parts of a support that are dense enough, in one flat scratch.

    Iterating gives (tile, rows, columns): a view into the scratch and two slices.

    Parameters
    ----------
    W : csr_array
    blocks : int
        Rows and columns are both cut into so many.
    threshold : float
        Least share of edges in a tile.
    """

    def __init__(self, W, blocks, threshold):
        height, width = W.shape[0] // blocks, W.shape[1] // blocks
        rows = row_of_edge(W)
        pair = rows // height * blocks + W.indices // width
        pairs, edges = np.unique(pair, return_counts=True)
        pairs = pairs[edges >= threshold * height * width]
        # Neighbours in one row of blocks become one window: fewer, larger products.
        new = np.diff(pairs, prepend=-2) != 1
        new |= pairs % blocks == 0
        first = pairs[new]
        length = np.diff(np.append(np.flatnonzero(new), len(pairs)))
        start = np.concatenate([[0], np.cumsum(length * height * width)])
        self.scratch = np.zeros(start[-1], W.dtype)
        self.windows = []
        for (i, j), n, at in zip(np.transpose(divmod(first, blocks)), length, start,
                                 strict=False):
            tile = self.scratch[at:at + height * width * n].reshape(height, width * n)
            self.windows.append((tile, slice(i * height, (i + 1) * height),
                                 slice(j * width, (j + n) * width)))

        inside = np.isin(pair, pairs)
        self.edges, self.left_out = np.flatnonzero(inside), np.flatnonzero(~inside)
        self.holds_all = inside.all()
        window = np.searchsorted(first, pair[inside], side="right") - 1
        column = W.indices[inside] - first[window] % blocks * width
        self.place = start[window] + rows[inside] % height * (width * length[window]) + column

    def __iter__(self):
        return iter(self.windows)

    def fill(self, w):
        """Put the weights of the edges into the tiles."""
        self.scratch[self.place] = w[self.edges]

    def read(self, w):
        """Take the numbers at the edges out of the tiles."""
        if self.holds_all:                # no need to send them to their places one by one
            np.take(self.scratch, self.place, out=w, mode="clip")
        else:
            w[self.edges] = self.scratch[self.place]


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


def edges_of(W, edges):
    """A CSR matrix of some of the edges of W."""
    counts = np.bincount(row_of_edge(W)[edges], minlength=W.shape[0])
    return sparse.csr_array((W.data[edges], W.indices[edges],
                             np.concatenate([[0], np.cumsum(counts)])), shape=W.shape)


def gather_plan(W, edges):
    """Some edges of W, grouped by left neurons of equal degree.

    Returns
    -------
    list of (left, right, edges)
        (n,) left neurons, the (n, degree) right neurons that they reach, and the (n, degree)
        positions of these edges in `W.data`.
    """
    columns = W.indices[edges]
    by_column = np.argsort(columns, kind="stable")
    degrees = np.bincount(columns, minlength=W.shape[1])
    first = np.concatenate([[0], np.cumsum(degrees)])
    plan = []
    for degree in np.unique(degrees[degrees > 0]):
        left = np.flatnonzero(degrees == degree)
        chosen = edges[by_column[first[left][:, None] + np.arange(degree)]]
        plan.append((left, row_of_edge(W)[chosen], chosen))
    return plan


def chunks(n, bytes_each):
    """Slices that cover 0 … n, each of about GATHERED_BYTES."""
    step = max(1, GATHERED_BYTES // bytes_each)
    return [slice(k, k + step) for k in range(0, n, step)]
