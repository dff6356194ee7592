"""Training steps of other libraries, for `figures.speed --peers`; each only where installed.

All do the same work as ours: forward, backward and one Adam step of a network
784 → 5 × 784 → 10 with sigmoids and softmax cross-entropy, float32, on one batch. The sparse
ones get our supports.
"""

import numpy as np
from scipy import sparse
from sklearn.neural_network import MLPClassifier


def scikit_learn(networks, X, y):
    """scikit-learn's MLPClassifier; `partial_fit` on one batch is one step."""
    model = MLPClassifier((784,) * 5, activation="logistic", alpha=0, batch_size=len(X))
    model.partial_fit(X, y, classes=range(10))
    return {"scikit-learn MLPClassifier": lambda: model.partial_fit(X, y)}


def pytorch(networks, X, y):
    """PyTorch: dense, dense under pruning masks, and CSR with a backward pass by hand."""
    import torch
    from torch.nn import functional

    X, y = torch.from_numpy(X), torch.from_numpy(y)
    masks = [torch.from_numpy(W.toarray() != 0).float() for W in networks["SC"].weights[:5]]

    def dense(masked, **adam):
        layers = torch.nn.ModuleList([torch.nn.Linear(784, 784) for _ in range(5)]
                                     + [torch.nn.Linear(784, 10)])
        optimizer = torch.optim.Adam(layers.parameters(), **adam)

        def step():
            optimizer.zero_grad()
            Z = X
            for k, layer in enumerate(layers[:5]):
                weight = layer.weight * masks[k] if masked else layer.weight
                Z = torch.sigmoid(functional.linear(Z, weight, layer.bias))
            functional.cross_entropy(layers[5](Z), y).backward()
            optimizer.step()
        return step

    steps = {"PyTorch dense, fused Adam": dense(False, fused=True),
             "PyTorch dense, default Adam": dense(False),
             "PyTorch masked, fused Adam": dense(True, fused=True)}
    for name in ("SC", "RSP"):
        steps[f"PyTorch CSR by hand, {name}"] = pytorch_csr(torch, networks[name], X, y)
    return steps


def pytorch_csr(torch, network, X, y):
    """The strongest peer: vendor kernels for all three sparse products, no autograd."""
    torch.sparse.check_sparse_tensor_invariants.disable()      # the supports are ours
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
    W_out = torch.from_numpy(network.weights[5].copy())
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
            if k:                                     # the input is not blamed
                backwards[k].values().copy_(forwards[k].values()[orders[k]])
                D = backwards[k] @ dA
        optimizer.step()
    return step


def jax(networks, X, y):
    """JAX under jit: dense, and dense under masks; Adam written out."""
    import jax
    import jax.numpy as jnp

    X, y = jnp.asarray(X), jnp.asarray(y)
    masks = [jnp.asarray(W.toarray() != 0, jnp.float32) for W in networks["SC"].weights[:5]]
    rng = np.random.default_rng(0)
    sizes = [(784, 784)] * 5 + [(784, 10)]

    def make(masked):
        def loss(parameters):
            Z = X
            for k, (W, b) in enumerate(parameters[:5]):
                Z = jax.nn.sigmoid(Z @ (W * masks[k].T if masked else W) + b)
            A = Z @ parameters[5][0] + parameters[5][1]
            return -jnp.mean(jax.nn.log_softmax(A)[jnp.arange(len(y)), y])

        def update(t, parameters, m, v):
            g = jax.grad(loss)(parameters)
            m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
            v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
            rate = 1e-3 * jnp.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t)
            parameters = jax.tree.map(
                lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), parameters, m, v)
            return t + 1, parameters, m, v
        update = jax.jit(update, donate_argnums=(1, 2, 3))
        parameters = [(jnp.asarray(rng.standard_normal(size, np.float32) / 28),
                       jnp.zeros(size[1])) for size in sizes]
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        state = [(1.0, parameters, zeros, jax.tree.map(jnp.zeros_like, parameters))]

        def step():
            state[0] = jax.block_until_ready(update(*state[0]))
        return step
    return {"JAX dense, jit": make(False), "JAX masked, jit": make(True)}


def available(networks, X, y, print=print):
    """The steps of all peers that are installed, by name."""
    steps = {}
    for peer in (scikit_learn, pytorch, jax):
        try:
            steps |= peer(networks, X, y)
        except ImportError as error:
            print(f"left out: {error}")
    return steps


def versions():
    """Of the optional peers that are installed."""
    found = {}
    for name in ("torch", "jax"):
        try:
            found[name] = __import__(name).__version__
        except ImportError:
            pass
    return found
