"""Training steps of other libraries, for `figures.speed`.

All do the same work as ours: forward, backward and one Adam step of a network
784 → 5 × 784 → 10 with sigmoids and softmax cross-entropy, float32, on one batch. The sparse
ones get our supports. Each function sets a step up and returns it, in a process of its own
(bench.py) whose environment says how many threads it may use.
"""

import warnings
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np
from scipy import sparse

from figures.ours import BATCH, NETWORKS, images
from scnn_np.nn import entries


@dataclass(frozen=True)
class Peer:
    """A step of another library.

    Parameters
    ----------
    package : str
        That has to be installed.
    function : str
        In this file.
    options : dict
        Its keywords.
    kinds : tuple of str
        Our networks that it could train in our place; a dense one can stand for all of them.
    """

    package: str
    function: str
    options: dict = field(default_factory=dict)
    kinds: tuple = ("SC", "RSP", "FC")


CSR, FUSED = "PyTorch CSR by hand", "PyTorch dense, fused Adam"
PEERS = {
    "scikit-learn": Peer("sklearn", "scikit_learn"),
    FUSED: Peer("torch", "pytorch", {"adam": {"fused": True}}),
    "PyTorch dense, default Adam": Peer("torch", "pytorch"),
    "PyTorch masked, fused Adam": Peer(
        "torch", "pytorch", {"masked": True, "adam": {"fused": True}}, ("SC", "RSP")),
    f"{CSR}, SC": Peer("torch", "pytorch_csr", {"kind": "SC"}, ("SC",)),
    f"{CSR}, RSP": Peer("torch", "pytorch_csr", {"kind": "RSP"}, ("RSP",)),
    "JAX dense, jit": Peer("jax", "jax", {"masked": False}),
    "JAX masked, jit": Peer("jax", "jax", {"masked": True}, ("SC", "RSP"))}


def installed(packages):
    """Those of the packages that can be imported, without importing them."""
    return {package for package in packages if find_spec(package)}


def masks():
    """Where SC's hidden layers have weights, as arrays of 0 and 1."""
    return [(W.toarray() != 0).astype(np.float32) for W in NETWORKS["SC"]().weights[:5]]


def scikit_learn():
    """scikit-learn's MLPClassifier; `partial_fit` on one batch is one step."""
    from sklearn.neural_network import MLPClassifier

    X, y = images()
    model = MLPClassifier((784,) * 5, activation="logistic", alpha=0, batch_size=BATCH)
    model.partial_fit(X, y, classes=range(10))
    return lambda: model.partial_fit(X, y)


def pytorch(masked=False, adam=None):
    """PyTorch under autograd: dense, or dense under the masks of pruning."""
    import torch
    from torch.nn import functional

    X, y = (torch.from_numpy(array) for array in images())
    kept = [torch.from_numpy(mask) for mask in masks()]
    layers = torch.nn.ModuleList([torch.nn.Linear(784, 784) for _ in range(5)]
                                 + [torch.nn.Linear(784, 10)])
    optimizer = torch.optim.Adam(layers.parameters(), **(adam or {}))

    def step():
        optimizer.zero_grad()
        Z = X
        for k, layer in enumerate(layers[:5]):
            weight = layer.weight * kept[k] if masked else layer.weight
            Z = torch.sigmoid(functional.linear(Z, weight, layer.bias))
        functional.cross_entropy(layers[5](Z), y).backward()
        optimizer.step()
    return step


def pytorch_csr(kind):
    """The strongest peer: vendor kernels for all three sparse products, no autograd."""
    import torch

    torch.sparse.check_sparse_tensor_invariants.disable()      # the supports are ours
    warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta", UserWarning)
    network, (X, y) = NETWORKS[kind](), (torch.from_numpy(array) for array in images())

    def tensor(W, values):
        return torch.sparse_csr_tensor(torch.from_numpy(W.indptr.astype(np.int32)),
                                       torch.from_numpy(W.indices.astype(np.int32)), values,
                                       size=W.shape)
    forwards, backwards, patterns, orders = [], [], [], []
    for W in network.weights[:5]:
        numbered = sparse.csr_array((np.arange(W.nnz), W.indices, W.indptr), shape=W.shape)
        transposed = numbered.T.tocsr()
        orders.append(torch.from_numpy(transposed.data.astype(np.int64)))
        values = torch.from_numpy(W.data.copy())
        forwards.append(tensor(W, values))
        backwards.append(tensor(transposed, values[orders[-1]].clone()))
        patterns.append(tensor(W, torch.zeros(W.nnz)))
    biases = [torch.zeros(784, 1) for _ in forwards]
    W_out = torch.from_numpy(entries(network.weights[5]).copy())
    b_out = torch.zeros(10, 1)
    parameters = [W.values() for W in forwards] + biases + [W_out, b_out]
    optimizer = torch.optim.Adam(parameters, fused=True)
    Z0, columns = X.T.contiguous(), torch.arange(len(X))

    @torch.no_grad()
    def step():
        Z = [Z0]
        for W, b in zip(forwards, biases, strict=True):
            Z.append(torch.sigmoid_((W @ Z[-1]).add_(b)))
        D = torch.softmax(W_out @ Z[-1] + b_out, 0)
        D[y, columns] -= 1
        D /= len(columns)
        W_out.grad, b_out.grad = D @ Z[-1].T, D.sum(1, keepdim=True)
        D = W_out.T @ D
        for k in range(4, -1, -1):
            dA = D * Z[k + 1] * (1 - Z[k + 1])
            parameters[k].grad = torch.sparse.sampled_addmm(patterns[k], dA, Z[k].T,
                                                            beta=0.0).values()
            biases[k].grad = dA.sum(1, keepdim=True)
            if k:                                     # the input needs no gradient
                backwards[k].values().copy_(forwards[k].values()[orders[k]])
                D = backwards[k] @ dA
        optimizer.step()
    return step


def jax(masked):
    """JAX under jit: dense, or dense under masks; Adam written out."""
    import jax
    import jax.numpy as jnp

    X, y = (jnp.asarray(array) for array in images())
    kept = [jnp.asarray(mask) for mask in masks()]
    rng = np.random.default_rng(0)

    def loss(parameters):
        Z = X
        for k, (W, b) in enumerate(parameters[:5]):
            Z = jax.nn.sigmoid(Z @ (W * kept[k].T if masked else W) + b)
        A = Z @ parameters[5][0] + parameters[5][1]
        return -jnp.mean(jax.nn.log_softmax(A)[jnp.arange(len(y)), y])

    def update(t, parameters, m, v):
        g = jax.grad(loss)(parameters)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate = 1e-3 * jnp.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t)
        parameters = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8),
                                  parameters, m, v)
        return t + 1, parameters, m, v
    update = jax.jit(update, donate_argnums=(1, 2, 3))
    parameters = [(jnp.asarray(rng.standard_normal(size, np.float32) / 28), jnp.zeros(size[1]))
                  for size in [(784, 784)] * 5 + [(784, 10)]]
    state = [(1.0, parameters, *(jax.tree.map(jnp.zeros_like, parameters) for _ in "mv"))]

    def step():
        state[0] = jax.block_until_ready(update(*state[0]))
    return step


def pytorch_layer(width):
    """One dense layer width → width of PyTorch, with the same three products and Adam as
    `ours.wide_layer`."""
    import torch

    layer = torch.nn.Linear(width, width)
    optimizer = torch.optim.Adam(layer.parameters(), fused=True)
    Z, D = torch.rand(BATCH, width, requires_grad=True), torch.rand(BATCH, width)

    def step():
        optimizer.zero_grad()
        layer(Z).backward(D)
        optimizer.step()
    return step
