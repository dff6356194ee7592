"""What of ours is timed: training steps, prediction, their parts, layers of any width.

The functions whose names the jobs of speed.py carry run in processes of their own (bench.py).
Most set something up and return the step to be timed.
"""

import gc
import tracemalloc
from contextlib import ExitStack
from functools import partial

import numpy as np

from figures.bench import in_turns
from scnn_np import fully_connected, random_sparse, spatially_coupled
from scnn_np.graphs import supports as graphs
from scnn_np.nn import Dense, Sigmoid, Sparse, initial_weights, softmax, softmax_cross_entropy
from scnn_np.tools.threads import blas_threads
from scnn_np.training.optimizers import Adam

NETWORKS = {"SC": spatially_coupled, "RSP": random_sparse, "FC": fully_connected}
BATCH, EDGES, BLOCK, PEAK_SIZE = 128, 64, 98, 2048
for_good = ExitStack()                         # what is to hold until the process ends


def images(count=BATCH):
    """Random inputs, (count, 784), and labels: speed does not depend on what is seen."""
    rng = np.random.default_rng(0)
    return rng.random((count, 784), np.float32), rng.integers(0, 10, count)


# --- steps ----------------------------------------------------------------------------------

def training(kind):
    """A training step as the trainer does it, on as many BLAS threads as it would use."""
    network, optimizer = NETWORKS[kind](), Adam()
    X, y = images()
    Z = np.ascontiguousarray(X.T)
    for_good.enter_context(blas_threads(network.step_threads(BATCH)))

    def step():
        network.loss_and_gradient(Z, y)
        optimizer.step(network.theta, network.gradient)
    return step


def prediction(kind, count):
    """Prediction of so many images, in as many Python threads as the process may use."""
    network, (X, _) = NETWORKS[kind](), images(count)
    return lambda: network.predict(X)


def prediction_in_a_row(kind, count):
    """The same without Python threads: piece after piece, BLAS on all threads that it has."""
    network, (X, _) = NETWORKS[kind](), images(count)

    def step():
        pieces = [softmax(network.forward(np.ascontiguousarray(piece.T))).T
                  for piece in network.pieces(X)]
        return np.concatenate(pieces).argmax(axis=1)
    return step


def floor(with_gradients):
    """What SciPy's kernels alone take of an RSP step: W Z in five layers, Wᵀ D in four; and, if
    asked for, D Zᵀ at the edges in five. SciPy has no such product: it is done by NumPy, as the
    library does it."""
    layers = random_sparse().affine_layers[:5]
    transposed = [layer.W.T for layer in layers[1:]]
    Z, D = (np.ascontiguousarray(images()[0].T) for _ in range(2))

    def step():
        for layer in layers:
            layer.W @ Z
        for W_T in transposed:
            W_T @ D
        if with_gradients:
            for layer in layers:
                layer.products.on_support(layer.W, D, Z, layer.dW)
    return step


def peak():
    """A product large enough to show what the processor can do."""
    S = np.random.default_rng(0).random((PEAK_SIZE, PEAK_SIZE), np.float32)
    return lambda: S @ S


def wide_layer(kind, width):
    """A step of one layer width → width with 64 edges per neuron, and its Adam."""
    rng = np.random.default_rng(0)
    if kind == "SC":
        support = graphs.spatially_coupled(width, width, EDGES, rng, blocks=width // BLOCK)
    else:
        support = graphs.random_sparse(width, width, EDGES, rng)
    layer = Sparse(initial_weights(support, 1.0, rng))
    optimizer = Adam()
    Z, D = (rng.random((width, BATCH), np.float32) for _ in range(2))

    def step():
        layer.forward(Z, train=True)
        layer.backward(D)
        optimizer.step(layer.W.data, layer.dW)
    return step


# --- parts of a step, in one process --------------------------------------------------------

def profile(timing):
    """Where the milliseconds of an SC step go, part by part; the multiplications of its tiles
    for one sample, and how many of them its edges need."""
    network, optimizer = spatially_coupled(), Adam()
    X, y = images()
    Z, D = (np.ascontiguousarray(X.T) for _ in range(2))
    layer, act, output = network.layers[2], Sigmoid(), network.layers[-1]
    products, out, db = layer.products, layer.dW.copy(), layer.db.copy()
    network.loss_and_gradient(Z, y)            # leaves what the parts of the way back need
    act.forward(Z, train=True)

    def forward():
        for tiles in products.tiled:           # filled once a step, when the weights have moved
            tiles.scratch.holds = None
        products.forward(layer.W, Z)

    def head():
        output.backward(softmax_cross_entropy(output.forward(Z, train=True), y)[1])
    parts = {"W Z": (5, forward),
             "Wᵀ D": (4, lambda: products.backward(layer.W, D)),
             "D Zᵀ at the edges": (5, lambda: products.on_support(layer.W, D, Z, out)),
             "sigmoid": (5, lambda: act.forward(Z, train=True)),
             "its slope": (5, lambda: act.backward(D)),
             "adding biases": (5, lambda: D + layer.b),
             "summing their gradients": (5, lambda: np.sum(D, axis=1, keepdims=True, out=db)),
             "output layer and loss": (1, head),
             "L2": (1, lambda: (network.add_penalties(), network.penalty())),
             "Adam": (1, lambda: optimizer.step(network.theta, network.gradient))}
    found = in_turns({name: part for name, (_, part) in parts.items()}, **timing)
    tiles = 9 * entries_of(products.tiled) + 5 * entries_of(products.gradient_tiled)
    return {"ms": {name: round(parts[name][0] * ms, 4) for name, ms in found.items()},
            "in_tiles": tiles, "at_edges": 3 * sum(W.nnz for W in network.weights[:5])}


def entries_of(tiled):
    """All entries of these tiles."""
    return sum(tiles.scratch.array.size for tiles in tiled)


def sparse_and_dense(timing, width=784, density=0.07, batch=BATCH):
    """Milliseconds of one RSP layer beside a dense one, forwards and backwards."""
    rng = np.random.default_rng(0)
    support = graphs.random_sparse(width, width, max(1, round(density * width)), rng)
    layers = {"sparse": Sparse(initial_weights(support, 1.0, rng)),
              "dense": Dense(initial_weights((width, width), 1.0, rng))}
    Z, D = (rng.random((width, batch), np.float32) for _ in range(2))

    def step(layer):
        layer.forward(Z, train=True)
        layer.backward(D)
    found = in_turns({name: partial(step, layer) for name, layer in layers.items()}, **timing)
    return {"width": width, "density": density, "batch": batch, **found}


def limits(batches, small_widths, densities, timing):
    """Where sparse is not faster: small batches, small layers, high densities."""
    return {"batch": [sparse_and_dense(timing, batch=batch) for batch in batches],
            "width": [sparse_and_dense(timing, width=width) for width in small_widths],
            "density": [sparse_and_dense(timing, density=density) for density in densities]}


# --- memory ---------------------------------------------------------------------------------

def peak_bytes(kind, width):
    """Most memory that a layer and its step hold at once, the drawing of the graph apart."""
    gc.collect()
    tracemalloc.start()
    step = wide_layer(kind, width)
    tracemalloc.reset_peak()
    step()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def memory(kind):
    """Bytes that live between two steps: the state of the training, and work buffers apart."""
    X, y = images()
    Z = np.ascontiguousarray(X.T)
    gc.collect()
    tracemalloc.start()
    network, optimizer = NETWORKS[kind](), Adam()
    network.loss_and_gradient(Z, y)
    optimizer.step(network.theta, network.gradient)
    with_work = tracemalloc.get_traced_memory()[0]
    for layer in network.layers:               # what the next step would make again
        for work in ("products", "memory"):
            vars(layer).pop(work, None)
    gc.collect()
    state = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return {"state": state, "work": with_work - state}
