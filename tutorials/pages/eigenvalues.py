# %% [markdown]
# # Learning eigenvalues instead of weights
#
# *You will* train a layer of 64 × 64 weights by moving only 128 numbers, write its gradient by
# hand, and check it. *You learn* how a layer can have eigenvalues although its matrix is no
# square that maps a space to itself, what a gauge is, and which control such a method needs.
# *You need* the page on [backpropagation](backpropagation.md), and what an eigenvalue is. About
# 40 minutes.
#
# This page is about another paper, *On the training of sparse and dense deep neural networks:
# less parameters, same performance* by Chicchi and others ([arXiv
# 2106.09021](https://arxiv.org/abs/2106.09021)). Its abstract says: "Adjusting the eigenvalues,
# while freezing the eigenvectors, yields a substantial compression of the parameter space", and
# proposes a variant "which leverages on two sets of eigenvalues, for each mapping between
# adjacent layers".
#
# ## Eigenvalues of a layer
#
# A layer maps $N_{l-1}$ numbers to $N_l$ others. Take both together as one vector. At first its
# upper part holds the inputs and its lower part zeros. Let a square matrix $A$ act on it, and
# read the output in the lower part. Now choose the eigenvectors of $A$, the columns of $\Phi$,
# and its eigenvalues, the diagonal of $\Lambda$:
#
# $$
# \Phi = \begin{pmatrix} I & 0 \\ \varphi & I \end{pmatrix}, \qquad
# \Lambda = \begin{pmatrix} \Lambda_{\mathrm{in}} & 0 \\ 0 & \Lambda_{\mathrm{out}}
# \end{pmatrix}, \qquad A = \Phi \Lambda \Phi^{-1}
# $$
#
# Here $\varphi$ is a matrix of the size of $W$. There is one eigenvalue for every input neuron
# and one for every output neuron. The inverse of $\Phi$ is $2I - \Phi$, so all can be
# multiplied out. The lower left block of $A$ is what maps inputs to outputs: the weights.

# %%
import matplotlib.pyplot as plt
import numpy as np

from scnn_np import Trainer, build, load_data
from scnn_np.nn import Spectral
from scnn_np.training import Adam

rng = np.random.default_rng(0)
n_in, n_out = 3, 2
phi = rng.normal(size=(n_out, n_in))
lambda_in, lambda_out = rng.normal(size=(1, n_in)), rng.normal(size=(n_out, 1))

Phi = np.eye(n_in + n_out)
Phi[n_in:, :n_in] = phi
A = Phi @ np.diag([*lambda_in[0], *lambda_out[:, 0]]) @ (2 * np.eye(n_in + n_out) - Phi)
W = (lambda_in - lambda_out) * phi                      # entry by entry
assert np.allclose(A[n_in:, :n_in], W)
assert np.allclose(np.sort(np.linalg.eigvals(A)),
                   np.sort([*lambda_in[0], *lambda_out[:, 0]]))
print(np.round(W, 2))

# %% [markdown]
# So the whole construction comes to one line, with $j$ for the left neuron and $i$ for the
# right one:
#
# $$
# w_{ij} = (\lambda_{\mathrm{in},j} - \lambda_{\mathrm{out},i}) \, \varphi_{ij}
# $$
#
# The eigenvectors $\varphi$ are drawn once and stay as they are. Only the eigenvalues are
# trained: $N_{l-1} + N_l$ numbers in place of $N_{l-1} N_l$.
#
# ## The gradient
#
# Let $G = \partial L / \partial W$ be the gradient that every layer of this course has. An
# eigenvalue $\lambda_{\mathrm{in},j}$ acts through all weights that leave neuron $j$, so by the
# chain rule it collects from all of them:
#
# $$
# \frac{\partial L}{\partial \lambda_{\mathrm{in},j}} = \sum_i G_{ij} \varphi_{ij}, \qquad
# \frac{\partial L}{\partial \lambda_{\mathrm{out},i}} = - \sum_j G_{ij} \varphi_{ij}
# $$
#
# **Predict:** add up all gradients of the first kind, and all of the second. What is their sum?
# What happens to $W$ if you add 1 to *all* eigenvalues?

# %% tags=["predicted"]
layer = Spectral(lambda_in, lambda_out, phi)
Z, R = rng.normal(size=(n_in, 5)), rng.normal(size=(n_out, 5))       # L = sum of R · output
layer.forward(Z, train=True)
layer.backward(R)
layer.pull_back()                                       # from W to the eigenvalues
G = R @ Z.T
assert np.allclose(layer.dlambda_in[0], (G * phi).sum(axis=0))
assert np.allclose(layer.dlambda_out[:, 0], -(G * phi).sum(axis=1))
moved = Spectral(lambda_in + 1, lambda_out + 1, phi)
total = layer.dlambda_in.sum() + layer.dlambda_out.sum()
print(f"sum of all gradients: {abs(total):.1f}")
print(f"largest change of W:  {np.abs(moved.W - layer.W).max():.1f}")

# %% [markdown] tags=["why"]
# The sum is 0: both sums run over the same numbers, once with a minus. And only differences of
# eigenvalues count, so adding the same number to all changes nothing. Physicists call such a
# freedom a gauge. One of the numbers is idle, and a gradient never points in its direction.

# %% [markdown]
# ## What is it worth?
#
# Digits, one hidden layer of 64 neurons, two seeds. We train it in several ways. The dense
# layer moves every weight. "Random features" moves nothing in the hidden layer: only biases and
# the output layer are trained. And there is a control that the paper does not have,
# $w_{ij} = a_i \varphi_{ij} c_j$: as many trained numbers, but they multiply where the
# eigenvalues subtract.
#
# **Predict:** where between random features and the dense layer are the eigenvalues?

# %% tags=["predicted"]
DATA = load_data("digits")
WAYS = {"random features": {"layer": "spectral", "learn": "none"},
        "one set, λ out": {"layer": "spectral", "learn": "out"},
        "two sets": {"layer": "spectral"},
        "a φ c, the control": {"layer": "rescaled"},
        "triangle of QR": {"layer": "spectral-qr"},
        "every weight": {}}


def train(options, seed, topology="fc"):
    network = build(topology, 64, 10, width=64, layers=1, seed=seed, **options)
    Trainer(network, epochs=20, batch_size=32, optimizer=Adam(0.03), seed=seed,
            progress_stream=False).fit(DATA.X_train, DATA.y_train)
    return network.n_parameters, 100 * network.evaluate(DATA.X_test, DATA.y_test)[1]


found = {}
for name, options in WAYS.items():
    (trained, first), (_, second) = (train(options, seed) for seed in (0, 1))
    found[name] = trained, first, second
    print(f"{name:20} {trained:5,} trained numbers: {first:.1f} and {second:.1f} %")

# %% [markdown] tags=["why"]
# Near random features, which are surprisingly good here: with 64 random features and a trained
# output layer the digits are nearly solved. Whoever shows the accuracy of a method of few
# parameters has to show this control beside it.

# %%
figure, ax = plt.subplots()
for (name, (trained, *accuracy)), mark in zip(found.items(), "osD^vP", strict=True):
    ax.plot([trained] * 2, accuracy, mark, ms=7, ls="", label=name)
ax.set(xscale="log", xlabel="trained numbers, output layer and biases included",
       ylabel="test accuracy (%)", xticks=[700, 1000, 2000, 5000],
       xticklabels=["700", "1,000", "2,000", "5,000"])
ax.minorticks_off()
ax.legend(loc="lower right")
plt.show()
# alt: Test accuracy against the number of trained numbers, two runs each. Random features, one
# set, two sets and the control lie close together at 700 to 850 numbers and 93 to 96 %. The
# triangle of QR with 2,900 numbers and the dense layer with 4,800 are at about 97 %.

# %% [markdown]
# The *triangle of QR* is the paper's way to fill the rest of the gap: write $\varphi$ as an
# orthogonal matrix $Q$, which stays as it is, times a triangle $R$, which is trained. That is
# half as many numbers as the dense layer has. In these runs the two are less than one point
# apart.
#
# Nothing in the one line above asks for a full $\varphi$. It may sit on any support, and then
# each eigenvalue acts on the edges of one neuron. On the spatially coupled support of this
# course:

# %%
dense_phi, on_support = (np.mean([train({"layer": "spectral"}, seed, topology)[1]
                                  for seed in (0, 1)]) for topology in ("fc", "sc"))
edges = build("sc", 64, 10, width=64, layers=1, layer="spectral").affine_layers[0].phi.nnz
print(f"full φ, 4,096 entries: {dense_phi:.1f} %")
print(f"coupled φ, {edges} entries: {on_support:.1f} %")

# %% [markdown]
# Two seeds on digits decide nothing.
#
# ## At full size
#
# One hidden layer on all of Fashion-MNIST, three seeds, the step size of every way chosen on
# held-out images: made by the command `python -m figures.spectral --preset paper`, read here
# from its results.

# %%
with plt.rc_context():              # figures/ has a style of its own: not for this page
    from figures import judges, spectral, spectral_judges

table = judges.Table(spectral)
KINDS = {"dense": "dense", "triangle of QR": "qr", "two sets": "eigenvalues",
         "one set": "one-set", "a φ c, control": "rescaled", "random features": "random"}
print("mean accuracy (%) with        10        50       200       784 neurons")
for label, kind in KINDS.items():
    print(f"{label:20}", *(f"{table.values(f'{kind}-{width}').mean():9.2f}"
                           for width in (10, 50, 200, 784)))
closer, filled, sparse = (judge()[0] for judge in (
    spectral_judges.closer, spectral_judges.filled, spectral_judges.sparse_networks))

# %% [markdown]
# With few neurons two sets are far ahead of one, which is no better than random features: it
# scales each neuron, and the layer behind does that anyway. With 784 neurons random features
# come as close as the eigenvalues do. But $a_i \varphi_{ij} c_j$, as many numbers, is not
# separated from the two sets at any width: one number for each neuron of both sides helps, and
# need not be an eigenvalue. The triangle closes the gap where it has half of a dense layer's
# numbers. Our verdicts, by rules from these runs: two sets come close: {{closer}}. A
# decomposition fills the gap: {{filled}}. Sparse networks, better than their conventional
# homologues: {{sparse}}. [The page of claims](../figures/README.md) has all numbers, and [all
# four papers on one bench](../figures/README.md#22-the-four-papers-on-one-bench).
#
# ## Exercises
#
# **1. With a pencil.** A layer of 784 × 784 weights is trained by its eigenvalues. How many
# numbers are trained (without biases)? What share of the weights is that? And for the triangle
# of QR?

# %% [markdown] tags=["hint"]
# One number for each neuron of both sides. A triangle of n rows has n (n + 1)/2 entries.

# %% tags=["answer"]
n = 784
assert (2 * n, n * (n + 1) // 2) == (1568, 307_720)
print(f"{2 * n:,}, {2 * n / n ** 2:.2%}; triangle {n * (n + 1) // 2:,}, "
      f"{n * (n + 1) / 2 / n ** 2:.1%}")

# %% [markdown]
# **2. Change the code: train φ, too.** The chain rule also gives the gradient with respect to
# $\varphi_{ij}$. Write it in one line, for the small layer above, and hold it against finite
# differences of $L = \sum R \cdot (W Z)$.

# %% [markdown] tags=["hint"]
# w_ij depends on φ_ij only, and the slope of w_ij with respect to it is λ_in,j − λ_out,i.

# %% tags=["answer"]
dphi = (lambda_in - lambda_out) * G
slopes, h = np.zeros_like(phi), 1e-6
for i, j in np.ndindex(phi.shape):
    up, down = phi.copy(), phi.copy()
    up[i, j] += h
    down[i, j] -= h
    slopes[i, j] = sum(sign * np.sum(R * (((lambda_in - lambda_out) * p) @ Z))
                       for sign, p in ((1, up), (-1, down))) / (2 * h)
assert np.allclose(dphi, slopes, atol=1e-6)
print(f"largest difference: {np.abs(dphi - slopes).max():.0e}")

# %% [markdown]
# ## What you know now

# %%
# The weights are differences of eigenvalues times φ, and two sums of gradients cancel.
assert np.allclose(layer.W, (lambda_in - lambda_out) * phi)
assert np.isclose(layer.dlambda_in.sum(), -layer.dlambda_out.sum())
# Few numbers are trained, and the honest comparison is with random features.
assert found["two sets"][0] < found["every weight"][0] / 5
assert abs(np.mean(found["triangle of QR"][1:]) - np.mean(found["every weight"][1:])) < 1
gain = np.mean(found["two sets"][1:]) - np.mean(found["random features"][1:])
assert abs(gain) < 2 < np.mean(found["every weight"][1:]) - np.mean(found["two sets"][1:])
# At full size one set is near random features, two sets near their control, at every width.
for pair in (("one-set", "random"), ("eigenvalues", "rescaled")):
    one, other = (np.array([table.values(f"{kind}-{width}").mean()
                            for width in (10, 50, 200, 784)]) for kind in pair)
    assert np.abs(one - other).max() < 1
assert {judges.compare(table.values(f"eigenvalues-{width}"), table.values(f"rescaled-{width}"))
        for width in (10, 50, 200, 784)} == {"not separated from"}
