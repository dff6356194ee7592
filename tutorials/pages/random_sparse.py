# %% [markdown]
# # Random sparse layers
#
# *You will* make a random sparse layer, store it without its zeros, and write the three
# products that training needs. *You learn* what a Tanner graph is, what it has to do with
# error-correcting codes, and what chance does to in-degrees. *You need* the pages before, above
# all [backpropagation](backpropagation.md). About 40 minutes.
#
# A fully connected layer has an edge between each left and each right neuron. The paper's
# *random sparse* layer (RSP) has only some of them, and they are chosen before training. The
# formula of the layer stays Eq. (1),
#
# $$z^{(l)} = \mathrm{act}(W^{(l)} z^{(l-1)} + b^{(l)}). \tag{Eq. 1}$$
#
# What changes is the **support** of $W^{(l)}$, the set of places where it may be different
# from 0. The *out-degree* $d_i$ of left neuron $i$ is the number of edges that leave it, the
# *in-degree* of a right neuron the number of edges that enter it. The paper (section 2.1)
# builds the support in three steps:
#
# 1. "Pick a degree distribution λ(d; P) parameterized by the set of parameters P."
# 2. "Draw N⁽ˡ⁻¹⁾ i.i.d samples for degrees."
# 3. "For each neuron i in layer (l−1), uniformly pick dᵢ⁽ˡ⁻¹⁾ unique neurons denoted by J ⊆
#    [N⁽ˡ⁾] from layer l and connect i to all neurons in J."
#
# In other words: λ says how likely each degree d is. (P are its numbers, for example its mean.)
# Every left neuron draws a degree from λ, independently of the others; "i.i.d" is short for
# independent and identically distributed. Then it draws that many *different* right neurons,
# all of [N⁽ˡ⁾] = {1, …, N⁽ˡ⁾} with equal chances.
#
# ## Tanner graphs
#
# The paper calls such a graph a *Tanner graph*. The name comes from coding theory. There a
# message of bits $x$ is sent together with rules: each check takes some of the bits, and their
# sum must be even. As a matrix $H$ with a row for each check and a column for each bit, the
# rules say that all entries of $Hx$ are even. If a bit is flipped on the way (0 becomes 1, or 1
# becomes 0), some checks fail, and they tell where the error is.

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy import sparse, stats

from scnn_np import graphs
from scnn_np.analysis import in_degrees, out_degrees
from scnn_np.nn import PlainProducts, TileProducts

H = np.array([[1, 1, 0, 1, 1, 0, 0],
              [1, 0, 1, 1, 0, 1, 0],
              [0, 1, 1, 1, 0, 0, 1]])
sent = np.array([1, 0, 1, 1, 0, 1, 0])
arrived = sent.copy()
arrived[2] = 1 - arrived[2]                                 # bit 2 is flipped on the way
failed = H @ arrived % 2                                    # 1: the sum is odd
print("checks of what was sent:   ", H @ sent % 2)
print("checks of what arrived:    ", failed)
print("column of the flipped bit: ", H[:, 2])
figure, ax = plt.subplots(figsize=(5, 3.2))
for i, j in np.argwhere(H):                                 # an edge from bit j to check i
    ax.plot([0, 1], [-j, -2 * i - 1], "-", color="k" if j == 2 else "0.6",
            lw=2.5 if j == 2 else 1)
for j in range(7):
    ax.text(0, -j, f"bit {j}: {arrived[j]}  ", ha="right", va="center")
for i in range(3):
    ax.text(1, -2 * i - 1, f"  check {i}: " + ("odd, fails" if failed[i] else "even"),
            va="center")
ax.plot(np.zeros(7), -np.arange(7), "ok", np.ones(3), [-1, -3, -5], "sk")
ax.set(xlim=(-0.4, 1.6))
ax.set_axis_off()
plt.show()
# alt: Seven bits on the left, three checks on the right, joined by twelve lines, four at each
# check. The two lines of bit 2 are thick; they lead to checks 1 and 2, which fail. Check 0 is
# even.

# %% [markdown]
# The checks that fail are those connected to the flipped bit: its column of $H$. In a
# *low-density parity-check code* (LDPC, Gallager 1962) the graph is large, random and sparse.
# Each bit takes part in a few checks only, so that checking is cheap, and chance connects
# everything well enough. The paper borrows this: bits become left neurons, checks become right
# neurons, and each edge carries a weight. What it borrows is the construction. Decoding and
# training are different things, so a good code need not be a good network.
#
# ## A layer at random
#
# Step 3 in code. Column $j$ of the support belongs to left neuron $j$.

# %%
def random_sparse(n_out, degrees, rng):
    support = np.zeros((n_out, len(degrees)), int)
    for j, d in enumerate(degrees):
        support[rng.choice(n_out, d, replace=False), j] = 1     # d different right neurons
    return support


N, degree = 784, 53                                         # the paper's (section 3)
support = random_sparse(N, np.full(N, degree), np.random.default_rng(0))
library = graphs.random_sparse(N, N, degree, np.random.default_rng(0))
assert np.array_equal(support, library.toarray())           # edge for edge
assert np.all(out_degrees(library) == degree)
edges = library.nnz
print(f"{edges:,} edges, {edges / N ** 2:.1%} of the {N ** 2:,} of a full layer")

# %% [markdown]
# If all out-degrees are equal, as here, the graph is called *left regular*.
#
# **Predict:** all left neurons have {{degree}} edges. The mean in-degree is also {{degree}},
# because each edge has two ends. But how far from it are the smallest and the largest
# in-degree: 1 or 2, about 20, or hundreds? Which distribution do in-degrees follow?

# %% tags=["predicted"]
received = in_degrees(library)
print(f"in-degrees from {received.min()} to {received.max()}, standard deviation "
      f"{received.std():.1f}")
d = np.arange(25, 86)
expected = N * stats.binom.pmf(d, N, degree / N)             # of N right neurons
figure, ax = plt.subplots()
ax.bar(d, np.bincount(received, minlength=90)[d], color="0.75", label="counted")
ax.plot(d, expected, label="binomial")
ax.set(xlabel="in-degree", ylabel="right neurons")
ax.legend()
plt.show()
# alt: Bars of the in-degrees between about 30 and 80, highest around 53, scattered closely
# around the bell-shaped curve of the binomial distribution.

# %% [markdown] tags=["why"]
# Each of the 784 left neurons hits a given right neuron with probability 53/784, independently
# of the others. So the in-degree counts the hits in 784 independent trials: a binomial
# distribution with mean 53 and variance 53 · (1 − 53/784), which is 49.4. The standard
# deviation is about 7, and among 784 neurons the extremes lie about three standard deviations
# away.

# %% [markdown]
# ## Degree distributions
#
# Step 1 lets us choose how out-degrees are distributed. In coding theory this choice decides
# how good a code is. The library has several distributions. Here are three with a mean of about
# 20, on 200 right neurons: one number for all; a binomial distribution, as of the in-degrees
# above; and a power law, where the degree $d$ has a probability in proportion to $d^{-1.25}$.

# %%
n = 200
choices = {"constant, 20": 20, "binomial(20)": graphs.binomial(20),
           "power_law(1.25)": graphs.power_law(1.25)}
drawn = {}
for name, choice in choices.items():
    layer = graphs.random_sparse(2000, n, choice, np.random.default_rng(0))
    drawn[name] = out_degrees(layer)
    print(f"{name:16} mean {drawn[name].mean():5.1f}, from {drawn[name].min()} to "
          f"{drawn[name].max()}")
figure, ax = plt.subplots()
for (name, values), line in zip(drawn.items(), ("-", "--", ":"), strict=True):
    ax.plot(np.sort(values)[::-1], line, label=name)
ax.set(xlabel="left neurons, sorted by out-degree", ylabel="out-degree")
ax.legend()
plt.show()
# alt: Three curves of sorted out-degrees. The constant is a flat line at 20. The binomial falls
# gently from 35 to 7. The power law starts at 200, falls steeply, and most neurons have
# fewer than 20 edges.

# %% [markdown]
# All three treat every left neuron alike: chance, not importance, says who gets many edges. So
# such a layer does not see in which order its inputs come. Put the inputs in another order, and
# the columns of $W$ in the same one: each neuron adds up the same products as before, and the
# new support is as likely to be drawn as the old one. The paper says of RSP and FC (section 3):
# "they are permutation invariant". The [next page](coupling.md) makes a layer that is not.
#
# ## Without the zeros
#
# A layer that is {{1 - edges / N ** 2:.0%}} zeros should not be stored as a full matrix.
# **CSR** (compressed sparse rows) keeps three lists. `data` has the numbers that are there, row
# by row. `indices` has the column of each. `indptr` says where each row begins in these two
# lists; its last entry is the total count. So row $i$ is the piece from `indptr[i]` to
# `indptr[i + 1]`.

# %%
def to_csr(W):
    data, indices, indptr = [], [], [0]
    for row in W:
        columns = np.flatnonzero(row)
        data.extend(row[columns])
        indices.extend(columns)
        indptr.append(len(data))                            # where the next row begins
    return np.array(data), np.array(indices), np.array(indptr)


W = np.array([[0, 5.0, 0, 7], [0, 0, 0, 0], [2, 0, 3, 0]])
data, indices, indptr = to_csr(W)
theirs = sparse.csr_array(W)
assert np.array_equal(data, theirs.data) and np.array_equal(indices, theirs.indices)
assert np.array_equal(indptr, theirs.indptr)
print("data   ", data)
print("indices", indices)
print("indptr ", indptr, "(row 1 is empty: it begins and ends at 2)")

# %% [markdown]
# ## The three products
#
# Training needs three matrix products per layer. $Z$ holds the outputs of the layer before, one
# column per sample, and $D$ is short for $dA$, the gradient of the loss with respect to $A$:
#
# $$A = W Z + b, \qquad dZ = W^\top D, \qquad dW = D Z^\top.$$
#
# The third one is special. As a matrix product it is full: it has an entry for each pair of
# neurons. But a weight that does not exist has no gradient. We need $\sum_k D_{ik} Z_{jk}$ for
# each edge $(i, j)$ and for nothing else.
#
# All three are loops over rows. `piece` is the part of the lists that belongs to row $i$. At
# the end we compare with the library, which has the products twice: plain ones, and faster ones
# that cut the matrix into tiles (see the page on [speed](speed.md)).

# %%
def forward(csr, Z):
    data, indices, indptr = csr
    A = np.zeros((len(indptr) - 1, Z.shape[1]))
    for i in range(len(A)):
        piece = slice(indptr[i], indptr[i + 1])
        A[i] = data[piece] @ Z[indices[piece]]              # fetched from the left neurons
    return A


def backward(csr, D, n_in):
    data, indices, indptr = csr
    dZ = np.zeros((n_in, D.shape[1]))
    for i in range(len(D)):
        piece = slice(indptr[i], indptr[i + 1])
        dZ[indices[piece]] += np.outer(data[piece], D[i])   # handed back to them
    return dZ


def on_support(csr, D, Z):
    data, indices, indptr = csr
    dW = np.zeros(len(data))                                # one number per edge
    for i in range(len(D)):
        piece = slice(indptr[i], indptr[i + 1])
        dW[piece] = Z[indices[piece]] @ D[i]
    return dW


rng = np.random.default_rng(1)
W = support * rng.normal(size=support.shape)
Z, D = rng.normal(size=(N, 32)), rng.normal(size=(N, 32))
csr, theirs = to_csr(W), sparse.csr_array(W)
assert np.allclose(forward(csr, Z), W @ Z)                  # against full matrices
assert np.allclose(backward(csr, D, N), W.T @ D)
assert np.allclose(on_support(csr, D, Z), (D @ Z.T)[W != 0])


def check(products):
    """The library's products against ours."""
    out = np.empty(theirs.nnz)
    products.on_support(theirs, D, Z, out)
    assert np.allclose(products.forward(theirs, Z), forward(csr, Z))
    assert np.allclose(products.backward(theirs, D), backward(csr, D, N))
    assert np.allclose(out, on_support(csr, D, Z))


check(PlainProducts(theirs))
check(TileProducts(theirs))
print("three products: equal to the full ones, and to the library's two versions")

# %% [markdown]
# In `backward` the `+=` is safe, because a row has no column twice: that is what "unique
# neurons" in step 3 gives us.
#
# **Predict:** count multiplications and memory. The sparse products need one multiplication per
# edge and sample, the full ones one per pair and sample. CSR stores 8 bytes for a weight and 4
# bytes for its column. By which factor is the layer cheaper to multiply, and by which to store?

# %% tags=["predicted"]
stored = edges * (8 + 4) + (N + 1) * 4
print(f"multiplications: {N * N / edges:.1f} times fewer")
print(f"memory: {N * N * 8 / stored:.1f} times less ({stored / 1e6:.2f} MB)")

# %% [markdown] tags=["why"]
# Each edge needs 12 bytes in place of 8, so memory shrinks by less than the number of edges
# does. And fewer multiplications need not be faster: a processor multiplies full
# matrices at a much higher rate than scattered numbers. The page on speed measures this.

# %% [markdown]
# ## Exercises
#
# **1. With a pencil.** A matrix has 3 columns, `data` = [4, 1, 9], `indices` = [2, 0, 1] and
# `indptr` = [0, 1, 1, 3]. Write down the matrix.

# %% [markdown] tags=["hint"]
# There are three rows, because indptr has four numbers. Row 0 is the piece from 0 to 1, row 1
# the piece from 1 to 1.

# %% tags=["answer"]
matrix = np.array([[0, 0, 4], [0, 0, 0], [1, 9, 0]])
assert all(np.array_equal(found, stated) for found, stated in zip(
    to_csr(matrix), ([4, 1, 9], [2, 0, 1], [0, 1, 1, 3]), strict=True))
print(matrix)

# %% [markdown]
# **2. Change the code: forget "unique".** Leave out `replace=False`. How many different right
# neurons does a left neuron then reach, in the mean? Find a formula, then count.

# %% [markdown] tags=["hint"]
# A given right neuron is missed by one draw with probability 1 - 1/784, and by all 53 draws
# with the 53rd power of that.

# %% tags=["answer"]
def with_replacement(n_out, degrees, rng):
    support = np.zeros((n_out, len(degrees)), int)
    for j, d in enumerate(degrees):
        support[rng.choice(n_out, d), j] = 1
    return support


reached = with_replacement(N, np.full(N, degree), np.random.default_rng(0)).sum(axis=0)
formula = N * (1 - (1 - 1 / N) ** degree)
assert abs(reached.mean() - formula) < 0.3 and reached.max() <= degree
print(f"{formula:.2f} expected, {reached.mean():.2f} counted, instead of {degree}")

# %% [markdown]
# **3. Change the code: a distribution of your own.** A distribution is a function from the
# array of degrees 1 … N to their weights. Write one that gives degree 10 to three neurons of
# four, and degree 50 to the fourth, and draw a layer of 200 × 2,000 with the library.

# %% [markdown] tags=["hint"]
# The weights need not add up to 1. `3 * (d == 10)` is 3 where d is 10, and 0 elsewhere.

# %% tags=["answer"]
def two_kinds(d):
    return 3.0 * (d == 10) + 1.0 * (d == 50)


layer = graphs.random_sparse(2000, 200, two_kinds, np.random.default_rng(0))
kinds, counts = np.unique(out_degrees(layer), return_counts=True)
assert kinds.tolist() == [10, 50] and abs(counts[0] / 2000 - 0.75) < 0.04
print("degrees", kinds, "mean", round(out_degrees(layer).mean()))

# %% [markdown]
# ## What you have learned
#
# A random sparse layer is a Tanner graph: out-degrees are prescribed, in-degrees follow by
# chance. CSR stores the edges and nothing else, and the three products of training need one
# multiplication per edge and sample. No weight can appear off the support, because there is no
# place to keep it.

# %%
assert edges == N * degree
assert abs(received.std() - np.sqrt(degree * (1 - degree / N))) < 1     # binomial in-degrees
assert np.allclose(forward(csr, Z), W @ Z)
order = rng.permutation(N)
assert np.allclose(W[:, order] @ Z[order], W @ Z)           # the order of the inputs is free
assert len(on_support(csr, D, Z)) == edges                  # no gradient off the support
assert 9 < N * N * 8 / stored < N * N / edges
print("graph, lists, products")
