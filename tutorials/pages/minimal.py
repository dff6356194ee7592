# %% [markdown]
# # The whole method in one file
#
# *You will* read [tutorials/minimal.py](minimal.py), the complete method in 150 lines, and
# check each part of it against the library. *You learn* how the parts fit together; you have
# met each of them before. *You need* the pages before, [backpropagation](backpropagation.md),
# [training](training.md) and [spatial coupling](coupling.md) above all. About 40 minutes.
#
# What the file has to do, the paper says in one sentence (section 2.1): "As our input is
# ordered based on some importance measure, we allocate high degree to the blocks with higher
# important features and low degree to the blocks with lower important features." So three
# things are needed: an order, a support, and a network on this support.
#
# The file uses NumPy and `scipy.sparse`, and nothing of the library. Run it from the root of
# the project:
#
# ```bash
# python -m tutorials.minimal figure2.png
# ```
#
# To walk through it, we let Python print one function at a time. The function `code` leaves the
# docstrings out, because the text here says the same, and puts comments above their lines. (You
# may skip how it does that.)
#
# ## The order
#
# First the inputs have to stand in order of importance.

# %%
import inspect
import re

import matplotlib.pyplot as plt
import numpy as np

from scnn_np import Trainer, fit_ordering, graphs, load_data
from scnn_np import spatially_coupled as library_network
from scnn_np.tools.streams import stream
from scnn_np.training import Adam
from tutorials import minimal


def code(function):
    source = inspect.getsource(function).replace(f'    """{function.__doc__}"""\n', "")
    return re.sub(r"^( *)(\S.*?) {2,}(# .+)$", r"\1\3\n\1\2", source, flags=re.M)


data = load_data("digits")
y, y_test = data.y_train, data.y_test
print(code(minimal.pca))

# %% [markdown]
# `np.cov` gives the covariance matrix of the features, and `eigh` its eigenvalues, the
# variances, and its eigenvectors. `eigh` puts the smallest variance first, and we want the
# largest first; `[:, ::-1]` turns the columns round. Only training images are looked at. The
# sign of an axis is arbitrary: if $q$ is an eigenvector, so is $-q$. So we compare with the
# library up to signs.

# %%
mean, axes = minimal.pca(data.X_train.astype(float))
X, X_test = ((part - mean) @ axes for part in (data.X_train, data.X_test))
ordering = fit_ordering(data.X_train, y, "pca", "descending")
assert np.allclose(np.abs(X), np.abs(ordering(data.X_train)), atol=1e-4)
assert np.all(np.diff(X.var(axis=0)) < 1e-9)                # variances fall
print("the library's order, up to signs")

# %% [markdown]
# ## The support
#
# First the random sparse layer (RSP): left neuron $j$ gets $d_j$ *different* right neurons.
# `replace=False` is what makes them different.

# %%
print(code(minimal.random_sparse))
print(code(minimal.spatially_coupled))

# %% [markdown]
# The second function is the layer of the [page on coupling](coupling.md). One trick is new. The
# support is first made with three axes: right block, neuron in this block, left neuron. Then
# `support[i]` is the part of right block $i$, and at the end `reshape` puts the blocks below
# each other. The variable `each` is the even share of a degree, and `rest` says how many
# windows get one more. In `j - i < rest` the distance $j - i$ is 0 for the nearest window.
#
# A support here is a full matrix of True and False. That wastes memory, and it makes the code
# short. The library never makes this matrix.
#
# We choose 64 inputs, 128 hidden neurons and a falling list of degrees. The last right blocks
# receive only a few edges, so many of their neurons get none and give a constant. The first
# blocks have plenty, and the network learns all the same. (`stream(0, "graph")` is the
# Generator from which the library draws a graph when its seed is 0.)

# %%
degrees = [16, 32, 16, 8, 4, 2, 1, 1]
hidden = minimal.spatially_coupled(64, 128, degrees, 2, stream(0, "graph"))
theirs = graphs.spatially_coupled(64, 128, degrees, stream(0, "graph"))
assert np.array_equal(hidden, theirs.toarray())
print(f"{hidden.sum()} edges of {hidden.size:,}, the same as the library's")
print(f"{np.sum(hidden.sum(axis=1) == 0)} of 128 hidden neurons have no input")

# %% [markdown]
# ## The network
#
# Each support gets weights. The spread of an initial weight depends on the neurons at its two
# ends: with $n_i$ edges that enter right neuron $i$ and $m_j$ edges that leave left neuron $j$,
#
# $$w_{ij} \sim \mathrm{uniform}(-a_{ij}, a_{ij}), \qquad
#   a_{ij} = g \sqrt{\frac{6}{n_i + m_j}}.$$
#
# This is a usual rule, only with edges counted where they are. The *gain* $g$ is 4 for sigmoid
# layers and 1 for the last one (*assumed*: the paper does not say how it began; the page on
# [stalling](stalling.md) gives the reason). `support.sum(axis=1)` counts the edges of the rows,
# `sum(axis=0)` those of the columns, and `fans[support]` picks the sums where there is an edge,
# row by row. This is also the order in which a CSR matrix keeps its numbers, so they can go
# into `W.data` directly.

# %%
print(code(minimal.network))
supports = [hidden, np.ones((10, 128), bool)]
layers = minimal.network(supports, stream(0, "weights"))
other = library_network(64, 10, width=128, layers=1, degrees=degrees, seed=0, dtype=np.float64)
for (W, _), theirs in zip(layers, other.weights, strict=True):
    assert np.allclose(W.toarray(), theirs if isinstance(theirs, np.ndarray)
                       else theirs.toarray(), rtol=0, atol=1e-15)
print("equal initial weights; the output layer is a support of all ones")

# %% [markdown]
# There is no second kind of layer. A dense layer is a support without a False in it.
#
# ## Forward
#
# The paper's Eq. (1), $z^{(l)} = \mathrm{act}(W^{(l)} z^{(l-1)} + b^{(l)})$, with one column
# per sample. The sigmoid is written with tanh, because
# $1 / (1 + e^{-a}) = (1 + \tanh(a / 2)) / 2$ and tanh cannot overflow. The loop computes a
# sigmoid for the last layer, too, and then replaces it by softmax. This costs a little time and
# saves a line. `backward` needs every layer's output, so all of them are kept.

# %%
print(code(minimal.forward))
P = minimal.forward(layers, X[:5].T)[-1]
assert np.allclose(P.sum(axis=0), 1)
assert np.allclose(P, minimal.forward([(W, b + 1000 * (W.shape[0] == 10)) for W, b in layers],
                                      X[:5].T)[-1])         # 1000 more on each logit
print("five columns of probabilities:", P.shape)

# %% [markdown]
# ## Backward
#
# Let $A$ be what goes into an activation, $A = WZ + b$, and `dA` the gradient of the loss with
# respect to it. In the last layer it is the probabilities, minus 1 at the true class, divided
# by the number of samples. (`np.eye(…)[:, y]` has a column for each sample, with its 1 at the
# true class.) Then, from the last layer to the first, with $dA^\prime$ for the layer below and
# $\odot$ for the product entry by entry,
#
# $$dW = dA\, Z^\top, \qquad db = \sum_k dA_k, \qquad
#   dA^\prime = (W^\top dA) \odot Z (1 - Z).$$
#
# The gradient of a weight that does not exist is not wanted. `[W.tocoo().coords]` takes the
# entries of $dA Z^\top$ at the edges of $W$. (The library computes only these. The file
# computes all and picks: short, but not fast.) L1 adds $\lambda_1 \mathrm{sign}(w)$ and L2 adds
# $\lambda_2 w$, to the weights, never to the biases. Each price is one number for all layers or
# a list; `broadcast_to` makes a list of either.

# %%
print(code(minimal.backward))

# %% [markdown]
# Can we trust it? We know how to find out: nudge a weight a little in both directions, and see
# how the loss changes.

# %%
def loss(layers, l1, l2):
    P = minimal.forward(layers, X[:20].T)[-1]
    prices = sum(l1 * abs(W.data).sum() + l2 / 2 * (W.data ** 2).sum() for W, _ in layers)
    return -np.log(P[y[:20], np.arange(20)]).mean() + prices


gradients = minimal.backward(layers, minimal.forward(layers, X[:20].T), y[:20], 1e-3, 1e-2)
arrays = [array for W, b in layers for array in (W.data, b[:, 0])]
rng, h, worst = np.random.default_rng(0), 1e-5, 0.0
for array, g in zip(arrays, gradients, strict=True):
    for k in rng.integers(0, len(array), 20):
        kept = array[k]
        array[k] = kept + h
        above = loss(layers, 1e-3, 1e-2)
        array[k] = kept - h
        below = loss(layers, 1e-3, 1e-2)
        array[k] = kept
        worst = max(worst, abs((above - below) / (2 * h) - g.ravel()[k]))
print("80 slopes, largest difference below 1e-8:", worst < 1e-8)

# %% [markdown]
# ## Adam, and the loop
#
# `adam` is the formula of the page on training, for one array. `train` is the loop: shuffle,
# cut into batches, forward, backward, step. The rate `η` falls from `rate` to 0 along half a
# wave of the cosine. `θ` is a list of the arrays that Adam moves. They are the arrays inside
# the layers, not copies, so `+=` changes the network.

# %%
print(code(minimal.adam))
print(code(minimal.train))

# %% [markdown]
# **Predict:** we give the file and the library the same supports, the same initial weights and
# the same order of batches, and let both train for four epochs of 12 batches. The library uses
# other code for every product. How far apart are the weights after 48 steps: by 0.01, by a
# millionth, or by less than a billionth?

# %% tags=["predicted"]
mine = minimal.train(layers, X, y, stream(0, "batches"), epochs=4, l2=5e-5)
Trainer(other, epochs=4, optimizer=Adam(3e-3), progress_stream=False).fit(X, y)
apart = max(abs(W - theirs).max() for (W, _), theirs in zip(mine, other.weights, strict=True))
moved = max(abs(W - W0).max() for (W, _), (W0, _) in zip(mine, layers, strict=True))
print(f"weights have moved by up to {moved:.2f}; apart by less than 1e-12: {apart < 1e-12}")

# %% [markdown] tags=["why"]
# They differ in the last digits that a float64 has. Both add the same numbers, in another
# order, and rounding is all that differs. So the file is no simplified version of the
# method: it is the method, and what the library adds is speed, choice and checks.

# %% [markdown]
# ## Does it work?
#
# Now 100 epochs, on inputs in order of importance. And a control: the same network with the
# same edges, but the inputs shuffled, so that degrees have nothing to do with importance. We
# shuffle in three ways.
#
# **Predict:** a hidden layer of {{hidden.sum()}} edges instead of {{hidden.size:,}}. What
# accuracy do you expect on the test images in order, and shuffled? Chance is 10 %.

# %% tags=["predicted"]
def accuracy(layers, X_test):
    return np.mean(minimal.forward(layers, X_test.T)[-1].argmax(axis=0) == y_test)


coupled = minimal.train(layers, X, y, np.random.default_rng(0), l2=5e-5)
in_order = accuracy(coupled, X_test)
print(f"inputs in order:            accuracy {in_order:.1%}")
shuffled = []
for seed in range(3):
    order = np.random.default_rng(seed).permutation(64)
    control = minimal.train(layers, X[:, order], y, np.random.default_rng(0), l2=5e-5)
    shuffled.append(accuracy(control, X_test[:, order]))
    print(f"inputs shuffled, shuffle {seed}: accuracy {shuffled[-1]:.1%}")

# %% [markdown] tags=["why"]
# The order matters: after shuffling, the network has many edges at inputs that hardly vary, and
# few at some that matter. How much it loses depends on the shuffle, and a point means little on
# {{len(y_test)}} images. This shows how the method works; whether it is better than others is a
# question for full-size runs and several seeds.

# %% [markdown]
# ## Given and found
#
# The last picture holds the paper's idea. On the left are the weights of the coupled layer,
# whose support was *given* before training. On the right are those of a dense layer that paid
# for each weight (L1), and *found* out by itself which ones to keep.

# %%
dense = minimal.network([np.ones((64, 64), bool), np.ones((10, 64), bool)],
                        np.random.default_rng(0))
found = minimal.train(dense, X, y, np.random.default_rng(0), l1=[1e-4, 1e-5])
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.9))
for ax, (W, _), title in ((left, coupled[0], "given: spatially coupled"),
                          (right, found[0], "found: dense, with L1")):
    ax.imshow(abs(W.toarray()) > 0.1, cmap="Greys", aspect="auto", interpolation="nearest")
    ax.set(title=title, xlabel="input, by importance", ylabel="hidden neuron")
plt.show()
# alt: Two pictures with a black dot for each weight above 0.1. Left, blocks along the diagonal,
# dense at the top left and thinner towards the bottom right. Right, no blocks: the left
# columns are nearly black over the whole height, and the dots thin out to white at the right.

# %% [markdown]
# Both have many edges at important inputs and few at the others. But the coupled layer has
# blocks, and L1 does not make any: it spreads the edges of an input over all hidden neurons.
# And L1 had to train {{dense[0][0].nnz:,}} weights first.
#
# ## Exercises
#
# **1. With a pencil.** How many numbers does Adam move in the coupled network, 64 → 128 → 10?

# %% [markdown] tags=["hint"]
# A block has 8 inputs, and the degrees add up to 80. The output layer is dense. Do not forget
# the biases.

# %% tags=["answer"]
edges = 8 * sum(degrees)
numbers = edges + 128 + 10 * 128 + 10
assert numbers == sum(W.nnz + b.size for W, b in layers)
print(f"{edges} + 128 + 1280 + 10 = {numbers}")

# %% [markdown]
# **2. One function for three layers.** Call `minimal.spatially_coupled` so that it draws a
# random sparse layer, 64 → 128 with the degree 10, and then so that it draws a dense layer.

# %% [markdown] tags=["hint"]
# How many blocks has a layer without blocks? The number of blocks is the length of the list of
# degrees.

# %% tags=["answer"]
rsp = minimal.spatially_coupled(64, 128, [10], 1, np.random.default_rng(0))
assert np.array_equal(rsp, minimal.random_sparse(128, 64 * [10], np.random.default_rng(0)))
assert minimal.spatially_coupled(64, 128, [128], 1, np.random.default_rng(0)).all()
print("one block: random sparse; one block with the full degree: dense")

# %% [markdown]
# **3. Change the code: momentum instead of Adam.** Write a function with the arguments and
# results of `adam`, which moves by momentum, and train with it. Python looks up the name
# `adam` at each step, so it is enough to put your function into `minimal.adam`. Which rate does
# it need?

# %% [markdown] tags=["hint"]
# Use `m` as the velocity: the new one is 0.9 m - rate · g, and it is also the step. Leave `v`
# as it is. Momentum does not divide by the size of the slopes, so the rate has to be much
# larger than 0.003. Put the old function back at the end.

# %% tags=["answer"]
def momentum(g, m, v, t, rate):
    m = 0.9 * m - rate * g
    return m, m, v


old = minimal.adam
try:
    minimal.adam = momentum
    trained = {rate: minimal.train(layers, X, y, np.random.default_rng(0), rate=rate, l2=5e-5)
               for rate in (3e-3, 0.3)}
finally:
    minimal.adam = old
slow, fast = (accuracy(network, X_test) for network in trained.values())
print(f"rate 0.003: accuracy {slow:.1%}")
print(f"rate 0.3:   accuracy {fast:.1%}")
assert fast > slow and fast > 0.9

# %% [markdown]
# ## What you have learned
#
# The method fits on a few screens: an order, a support, weights on it, forward, backward,
# Adam. It takes the same steps as the library. If you want to try an idea of your own, copy
# the file and change it; if you want to try it on all of Fashion-MNIST, use the library.

# %%
assert np.array_equal(hidden.sum(axis=0), np.repeat(degrees, 8))    # the stated degrees
assert worst < 1e-8                                                 # a gradient to trust
assert apart < 1e-12 < moved                                        # the library's steps
assert all((W != 0).nnz <= W0.nnz for (W, _), (W0, _) in zip(coupled, layers, strict=True))
assert in_order > 0.93 and in_order > np.mean(shuffled)             # the order matters
print("the whole method")
