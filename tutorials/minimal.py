"""Spatially-coupled neural networks (arXiv 1907.02051): the whole method in one file.

This is the complete algorithm. The library, scnn_np, takes the same steps from the same random
numbers; what it adds is speed, choice and checks. Inside a network every array is
(neurons, batch): one column per sample, as the vectors of the paper stand.

    python -m tutorials.minimal [picture.png]
"""

import numpy as np
from scipy import sparse


# --- PCA: inputs in order of importance -----------------------------------------------------
def pca(X):
    """Mean and axes of X, (samples, features): an axis per column, largest variance first."""
    _, axes = np.linalg.eigh(np.cov(X.T))                           # smallest variance first
    return X.mean(axis=0), axes[:, ::-1]


# --- support: (n_out, n_in) bools, True for an edge; all True for a dense layer -------------
def random_sparse(n_out, degrees, rng):
    """Left neuron j is connected to degrees[j] different right neurons."""
    support = np.zeros((n_out, len(degrees)), bool)
    for j, d in enumerate(degrees):
        support[rng.choice(n_out, d, replace=False), j] = True      # RSP step 3
    return support


def spatially_coupled(n_in, n_out, degrees, r, rng):
    """Right block i sees left blocks i … i+r-1. A neuron of left block j has degrees[j] edges,
    shared evenly among the windows that see j; a remainder goes to the nearest first."""
    B = len(degrees)
    left, right = n_in // B, n_out // B                             # neurons in one block
    support = np.zeros((B, right, n_in), bool)
    for i in range(B):                                              # SC step 2
        d = []                                                      # degrees in its window
        for j in range(i, min(i + r, B)):
            each, rest = divmod(degrees[j], min(j + 1, r))
            d += left * [each + (j - i < rest)]                     # RSP steps 1 and 2
        support[i, :, i * left:i * left + len(d)] = random_sparse(right, d, rng)   # SC step 1
    return support.reshape(n_out, n_in)


# --- network: weights on the supports -------------------------------------------------------
def network(supports, rng):
    """(W, b) for each support, the output layer's last. Weights are uniform
    ±g·√(6/(fan_in_i + fan_out_j)), with the fans on the support; biases are 0."""
    layers = []
    for l, support in enumerate(supports, start=1):
        g = 4 if l < len(supports) else 1                           # sigmoid, softmax
        fans = support.sum(axis=1, keepdims=True) + support.sum(axis=0)
        bound = g * np.sqrt(6 / fans[support])
        W = sparse.csr_array(support, dtype=float)
        W.data = rng.uniform(-bound, bound)
        layers.append((W, np.zeros((len(support), 1))))
    return layers


# --- forward --------------------------------------------------------------------------------
def forward(layers, X):
    """Z of every layer: the inputs X, the hidden layers, the probabilities of the classes."""
    Z = [X]
    for W, b in layers:
        A = W @ Z[-1] + b                                           # Eq. (1)
        Z.append((1 + np.tanh(A / 2)) / 2)                          # act: sigmoid
    E = np.exp(A - A.max(axis=0))
    Z[-1] = E / E.sum(axis=0)                                       # in the last layer softmax
    return Z


# --- backward -------------------------------------------------------------------------------
def backward(layers, Z, y, l1, l2):
    """[dW, db, dW, db, …], the gradient of mean cross-entropy + Σ λ₁‖W‖₁ + λ₂/2·‖W‖², with one
    λ for all layers or one for each. dW is an array like W.data: on the support only."""
    λ1, λ2 = np.broadcast_to(l1, len(layers)), np.broadcast_to(l2, len(layers))
    dA = (Z[-1] - np.eye(len(Z[-1]))[:, y]) / len(y)                # softmax, cross-entropy
    gradients = []
    for l, (W, _) in reversed(list(enumerate(layers))):
        dW = (dA @ Z[l].T)[W.tocoo().coords]                        # dA Zᵀ at the edges of W
        dW += λ1[l] * np.sign(W.data) + λ2[l] * W.data
        gradients = [dW, dA.sum(axis=1, keepdims=True), *gradients]
        if l > 0:
            dA = W.T @ dA * Z[l] * (1 - Z[l])                       # sigmoid' = Z (1 - Z)
    return gradients


# --- Adam -----------------------------------------------------------------------------------
def adam(g, m, v, t, rate, β1=0.9, β2=0.999, ε=1e-8):
    """Step t against the gradient g, and the moments m and v after it."""
    m = β1 * m + (1 - β1) * g
    v = β2 * v + (1 - β2) * g * g
    rate *= np.sqrt(1 - β2 ** t) / (1 - β1 ** t)                    # the moments began at 0
    return -rate * m / (np.sqrt(v) + ε), m, v


# --- training -------------------------------------------------------------------------------
def train(layers, X, y, rng, epochs=100, rate=3e-3, batch=128, l1=0.0, l2=0.0):
    """A trained copy of the network; X is (samples, features), y holds the class numbers."""
    layers = [(W.copy(), b.copy()) for W, b in layers]
    θ = [array for W, b in layers for array in (W.data, b)]         # what Adam moves
    m, v, t = [0.0] * len(θ), [0.0] * len(θ), 0
    for epoch in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch):
            now = order[start:start + batch]
            gradients = backward(layers, forward(layers, X[now].T), y[now], l1, l2)
            t, done = t + 1, (epoch + start / len(X)) / epochs
            η = rate * (1 + np.cos(np.pi * done)) / 2               # falls to 0 on a cosine
            for k, g in enumerate(gradients):
                step, m[k], v[k] = adam(g, m[k], v[k], t, η)
                θ[k] += step                                        # in place: in W and b
    return layers


# --- SC and Figure 2 on scikit-learn's digits, each with its control ------------------------
if __name__ == "__main__":
    import sys

    from matplotlib.figure import Figure
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    seen, unseen = np.split(rng.permutation(len(X)), [1437])
    mean, axes = pca(X[seen] / 16)
    X = (X / 16 - mean) @ axes
    hidden = spatially_coupled(64, 128, [16, 32, 16, 8, 4, 2, 1, 1], 2, rng)
    coupled = network([hidden, np.ones((10, 128), bool)], rng)
    dense = network([np.ones((64, 64), bool), np.ones((10, 64), bool)], rng)
    runs = [("SC, inputs by importance", coupled, X, {"l2": 5e-5}, None),
            ("SC, inputs shuffled", coupled, X[:, rng.permutation(64)], {"l2": 5e-5}, None),
            ("dense, before training", dense, X, {"epochs": 0}, ":"),
            ("dense, with L1", dense, X, {"l1": [1e-4, 1e-5]}, ".-"),
            ("dense, without L1", dense, X, {}, "--")]
    ax = Figure(figsize=(7, 3.4), layout="constrained").subplots()
    print("hidden layer               edges accuracy  with |w| > 0.1, per input, by block of 8")
    for name, layers, X, options, line in runs:
        layers = train(layers, X[seen], y[seen], np.random.default_rng(0), **options)
        correct = forward(layers, X[unseen].T)[-1].argmax(axis=0) == y[unseen]
        W = layers[0][0]
        edges = (abs(W) > 0.1).sum(axis=0)                          # that leave each input
        print(f"{name:25}{W.nnz:7}{correct.mean():9.1%}  ",
              *(f"{n:4.0f}" for n in edges.reshape(8, 8).mean(axis=1)))
        if line:
            ax.plot(edges, line, label=name)
    ax.set(xlabel="input, in order of decreasing variance", ylabel="edges with |w| > 0.1")
    ax.legend()
    for path in sys.argv[1:]:
        ax.figure.savefig(path)
