# %% [markdown]
# # Spatial coupling
#
# *You will* draw the paper's spatially-coupled layer with twenty lines of your own, find the
# size of its windows by pure thought, and follow a signal through five layers. *You learn* how
# an out-degree is shared among windows, why in-degrees differ so much, and what a light cone
# is. *You need* the page on [random sparse layers](random_sparse.md), or this one sentence of
# it: in a random sparse layer (RSP), a left neuron with out-degree $d$ is connected to $d$
# different right neurons, drawn at random. About 40 minutes.
#
# The paper builds its layer in two steps (section 2.1, "SC layer"; SC is *spatially coupled*):
#
# 1. "Consider a window of r adjacent blocks with block indices {i, …, i + r − 1} from layer
#    l − 1 and block index i from layer l and construct a RSP layer locally."
# 2. "Repeat step 1 for each of the blocks and choose a random instance of RSP for each of
#    those windows."
#
# The letters: a layer of $N$ neurons is cut into $B$ blocks of equal size $N/B$. The
# *receptive field* $r$ is the number of left blocks that one right block sees. Inputs stand in
# order of importance, so block 0, the *front*, holds the most important ones. We count blocks
# from 0, as Python does.

# %%
import matplotlib.pyplot as plt
import numpy as np

from scnn_np import graphs
from scnn_np import spatially_coupled as coupled_network
from scnn_np.analysis import activations, block_means, in_degrees, out_degrees


def window(i, B, r):
    """The left blocks that right block i sees: i … i+r-1, as far as they exist."""
    return [j for j in range(i, i + r) if j < B]


for i in range(4):
    print(f"right block {i} sees left blocks {window(i, B=4, r=2)}")

# %% [markdown]
# The last block has nothing behind it, so its window is cut off. Coding theory calls this a
# *terminated* chain. Now turn the view around. Which right blocks does **left** block $j$ send
# to? Those whose window holds $j$: the blocks $j - r + 1, \dots, j$, as far as they exist. With
# $r = 2$ block $j$ sends to the blocks $j - 1$ and $j$, and block 0 sends to block 0 only.
#
# ## How large is the window?
#
# For its experiments the paper gives $N = 784$, $B = 8$ and one out-degree for all neurons of
# a block: "{98, 130, 98, 49, 20, 10, 10, 10}". It draws $r = 2$ in its Figure 1, but it does
# not say which $r$ the experiments had. The list itself tells us something.
#
# **Predict:** a neuron has at most one edge to each right neuron. Which $r$ is the smallest
# that allows this list? Look at the first three numbers, and remember the block size.

# %% tags=["predicted"]
N, B = 784, 8
degrees = np.array([98, 130, 98, 49, 20, 10, 10, 10])
size = N // B
print(f"a block has {size} neurons")
for r in (1, 2, 3):
    room = [size * min(j + 1, r) for j in range(B)]         # right neurons within reach
    verdict = "fits" if np.all(degrees <= room) else "does not fit"
    print(f"r = {r}: room for {room}: {verdict}")

# %% [markdown] tags=["why"]
# With r = 1 a neuron of block 1 reaches 98 right neurons, and 130 edges do not fit. With r = 2
# it reaches two blocks, 196 neurons. So r is 2 or more. Block 0 sends to one block only,
# whatever r is, and its 98 edges are all that fit: these two blocks are fully connected. The
# numbers 98 and 130 look arbitrary, but one of them is exactly the most that is possible.

# %% [markdown]
# So the list says $r \ge 2$, the drawing says 2, and this project takes 2. (It marks such
# choices as *assumed*, in a [table of what the paper leaves
# open](../scnn_np/README.md#what-the-paper-leaves-open).)
#
# ## 49 = 25 + 24
#
# A neuron of block 3 has 49 edges, and two windows see it. How are they shared? The paper does
# not say. As evenly as whole numbers allow is the natural reading: 25 and 24. The remainder
# goes to the nearest window first, the one with $i = j$.

# %%
def shares(degrees, r):
    """[j, k]: edges from a neuron of left block j to right block j - k."""
    table = np.zeros((len(degrees), r), int)
    for j, d in enumerate(degrees):
        windows = min(j + 1, r)                             # those that see block j
        each, rest = divmod(d, windows)
        table[j, :windows] = each
        table[j, :rest] += 1                                # nearest first
    return table


assert np.array_equal(shares(degrees, 2), graphs.window_shares(degrees, 2))
for j, (same, before) in enumerate(shares(degrees, 2)):
    print(f"left block {j}: {degrees[j]:3} = {same} to right block {j}"
          + f" + {before} to right block {j - 1}" * (j > 0))

# %% [markdown]
# No edge is lost and none is invented: each row adds up to the degree. That sounds trivial,
# but rounding 24.5 twice would give 48 or 50.
#
# ## The layer
#
# Now the two steps of the paper. For each right block we collect the degrees in its window and
# draw one RSP there. The **support** is a matrix of zeros and ones, with one row for each right
# neuron and one column for each left neuron. A 1 is an edge.

# %%
def random_sparse(n_out, degrees, rng):
    support = np.zeros((n_out, len(degrees)), int)
    for j, d in enumerate(degrees):
        support[rng.choice(n_out, d, replace=False), j] = 1
    return support


def spatially_coupled(n_in, n_out, degrees, r, rng):
    B, table = len(degrees), shares(degrees, r)
    left, right = n_in // B, n_out // B                     # neurons in one block
    support = np.zeros((n_out, n_in), int)
    for i in range(B):                                      # step 2
        seen = window(i, B, r)
        local = np.concatenate([np.full(left, table[j, j - i]) for j in seen])
        support[i * right:(i + 1) * right, i * left:i * left + len(local)] = random_sparse(
            right, local, rng)                              # step 1
    return support


support = spatially_coupled(N, N, degrees, 2, np.random.default_rng(0))
library = graphs.spatially_coupled(N, N, degrees.tolist(), np.random.default_rng(0))
assert np.array_equal(support, library.toarray())           # edge for edge
edges = int(support.sum())
print(f"{edges:,} edges, {edges / N ** 2:.1%} of the {N ** 2:,} of a full layer")

# %% [markdown]
# Given the same random numbers, the library draws the same {{edges:,}} edges. But it never
# makes the full matrix of {{N ** 2:,}} numbers; it keeps a list of the edges.
#
# Here is a small layer as a graph, and the paper's layer as a map of blocks.

# %%
small = spatially_coupled(16, 16, [4, 5, 3, 1], 2, np.random.default_rng(2))
lonely = int(np.sum(small.sum(axis=1) == 0))               # right neurons without an edge
blocks = support.reshape(B, size, B, size).sum(axis=(1, 3))
figure, (graph, image) = plt.subplots(1, 2, figsize=(7, 3.9), width_ratios=(1, 1.25))
place = -(np.arange(16) + np.arange(16) // 4)               # a gap behind each block
for i, j in np.argwhere(small):
    style = "-" if i // 4 == j // 4 else "--"
    graph.plot([0, 1], [place[j], place[i]], style, color="0.35", lw=0.8)
for x in (0, 1):
    graph.plot(np.full(16, x), place, "o", color="k", ms=5)
for block in range(4):
    graph.text(-0.12, place[4 * block + 1] - 0.5, f"{block}", ha="right", va="center")
    graph.text(1.12, place[4 * block + 1] - 0.5, f"{block}", ha="left", va="center")
graph.set(xlim=(-0.3, 1.3), title="16 neurons, 4 blocks")
graph.set_axis_off()
image.imshow(blocks > 0, cmap="Greys", vmax=4)
for i, j in np.argwhere(blocks):
    image.text(j, i, f"{blocks[i, j]}", ha="center", va="center", fontsize=8)
image.set(xlabel="left block", ylabel="right block", title="784 neurons: edges by block")
plt.show()
# alt: Left, a graph of 16 left and 16 right neurons in four blocks, degrees 4, 5, 3 and 1.
# Solid edges stay at the height of their block, dashed edges lead one block up, none leads
# down. Right, a table of 8 by 8 blocks: only the diagonal and the places right of it hold
# edges, from {{blocks[0, 0]:,}} at the top left to {{blocks[7, 7]}} at the bottom right.

# %% [markdown]
# Only {{int((blocks > 0).sum())}} of the {{B * B}} pairs of blocks hold edges. In coding theory
# such a picture belongs to *spatially-coupled LDPC codes*: many small random codes in a row,
# each tied to the next one. The row is the "space", and the ties are the coupling.
#
# ## In-degrees
#
# Out-degrees are prescribed: every neuron of block 7 sends 10 edges. In-degrees are not. They
# follow.
#
# **Predict:** how many edges does a neuron of right block 0 receive, in the mean? And one of
# right block 7? Both can be computed with a pencil from the list of shares above.

# %% tags=["predicted"]
received = in_degrees(library)
assert np.array_equal(out_degrees(library), np.repeat(degrees, size))
print("right block:", *(f"{i:6}" for i in range(B)))
print("mean       :", *(f"{m:6.1f}" for m in block_means(received, B)))
print("least      :", *(f"{m:6}" for m in received.reshape(B, -1).min(axis=1)))
print("most       :", *(f"{m:6}" for m in received.reshape(B, -1).max(axis=1)))
figure, ax = plt.subplots()
ax.plot(np.repeat(degrees, size), label="edges that leave a left neuron")
ax.plot(received, ".", ms=3, ls="", label="edges that enter a right neuron")
ax.set(xlabel="neuron", ylabel="edges", ylim=(0, 200))
ax.legend()
plt.show()
# alt: Out-degrees are a staircase: 98, 130, 98, 49, 20 and three times 10. In-degrees are
# clouds of dots around steps that fall all the way, from about 163 in the first block to
# about 5 in the last.

# %% [markdown] tags=["why"]
# Left and right blocks have the same size, so the mean in-degree of right block i is what its
# window sends to it from one neuron of each block. Right block 0 gets 98 from block 0 and 65
# from block 1, 163 in all. Right block 7 sees only left block 7, which gives half of its 10
# edges away to block 6. So 5 are left.

# %% [markdown]
# A mean of 5 has a price. The edges fall at random, so some neuron of the last block may get
# none at all. In the graph of 16 neurons it happened to {{lonely}} neurons, in right block 3.
# In the paper's layer, each of the 98 neurons of left block 7 misses a given neuron of right
# block 7 with probability $1 - 5/98$, so all of them miss it with probability
# $(1 - 5/98)^{98}$. There are 98 right neurons in the block, so 98 times this number are
# expected to be without input.

# %%
expected = size * (1 - 5 / size) ** size
rng, trials = np.random.default_rng(0), 300
empty = [np.sum(random_sparse(size, np.full(size, 5), rng).sum(axis=1) == 0)
         for _ in range(trials)]
print(f"neurons without input: {expected:.2f} expected, {np.mean(empty):.2f} counted")
print(f"layers with at least one: {np.mean(np.array(empty) > 0):.0%}")

# %% [markdown]
# A neuron without input is no error. It always gives $\mathrm{act}(b)$, a constant. In a narrow
# layer the degrees are smaller, and it happens more often. This is one reason why we do not
# judge the paper by small networks.
#
# ## The light cone
#
# In each layer a signal from left block $j$ reaches the right blocks $j - 1$ and $j$. It moves
# towards the front by at most one block per layer, and never towards the back. Physicists call
# the region that a signal can reach its *light cone*. Let $C$ be the 8 × 8 matrix with a 1
# where a pair of blocks holds edges. In $C^2$ the entry in row $i$ and column $j$ is
# $\sum_k C_{ik} C_{kj}$, which counts the paths from block $j$ over any block $k$ to block $i$.
# In the same way $C^l$ counts the paths through $l$ layers. Where it is 0, no signal arrives.
#
# **Predict:** does block 0 of the fifth hidden layer depend on every input? Does block 7?

# %% tags=["predicted"]
C = (blocks > 0).astype(int)
figure, axes = plt.subplots(1, 5, figsize=(7, 2), sharey=True)
for layer, ax in enumerate(axes, start=1):
    cone = np.linalg.matrix_power(C, layer) > 0
    ax.imshow(cone, cmap="Greys", vmax=1.6)
    ax.set(title=f"layer {layer}", xlabel="input block", xticks=[0, 7], yticks=[0, 7])
    print(f"layer {layer}: block 0 sees inputs of {cone[0].sum()} blocks, block 7 of "
          f"{cone[7].sum()}; {cone.mean():.0%} of all pairs")
axes[0].set_ylabel("hidden block")
plt.show()
# alt: Five squares of 8 by 8 blocks. A dark band along the diagonal, two blocks wide in layer
# 1, grows by one block per layer towards the upper right. The lower left stays empty.

# %% [markdown] tags=["why"]
# No, and no. After five layers block 0 sees the input blocks 0 to 5. Block 7 sees input block
# 7, the least important one, and nothing else, at any depth. The lower left triangle stays
# empty for ever: important inputs never reach the back. That is why the paper can say that the
# layers between keep the order of importance. The output layer is dense; there everything
# meets.

# %% [markdown]
# That was a statement about blocks. We check it on a real network: change the inputs of block
# 5, and see in which blocks of which hidden layers anything changes.

# %%
network = coupled_network(seed=0, dtype=np.float64)
one = np.random.default_rng(1).normal(size=(1, N))
other = one.copy()
other[:, 5 * size:6 * size] += 1
changed = np.array([(a != b).reshape(B, -1).any(axis=1) for a, b in zip(
    list(activations(network, one))[1:], list(activations(network, other))[1:], strict=True)])
for layer, row in enumerate(changed, start=1):
    print(f"hidden layer {layer}: blocks {np.flatnonzero(row).tolist()} change")

# %% [markdown]
# Block 5 and block 4 first, then one block more per layer, and nothing behind block 5: the
# light cone, edge by edge.
#
# ## Terminated and tail-biting chains
#
# There is another way to treat the end: let the last window go on at the front. Right block 7
# then sees the left blocks 7 and 0. The chain becomes a ring, and coding theory calls it
# *tail-biting*. Now every left block is in $r$ windows, block 0 too.

# %%
ring = graphs.spatially_coupled(N, N, degrees.tolist(), np.random.default_rng(0),
                                tail_biting=True)
print("terminated :", *(f"{m:6.1f}" for m in block_means(received, B)))
print("tail-biting:", *(f"{m:6.1f}" for m in block_means(in_degrees(ring), B)))

# %% [markdown]
# The number of edges is the same, {{ring.nnz:,}}. But half of the 98 edges of a neuron in block
# 0 now go to the right block 7, so this block receives ten times as many as before, and most of
# them from the most important inputs. No neuron is left without input. On the other hand, the
# last block is no longer the least important one, and the light cone has no border any more:
# after seven layers every block sees every input. In a code the ends of a terminated chain are
# a help, because decoding starts there. Here the end keeps the order.
#
# ## Exercises
#
# **1. With a pencil.** The small layer above has 16 neurons in 4 blocks, degrees {4, 5, 3, 1}
# and $r = 2$. How many edges has it? What are the mean in-degrees of its four right blocks? Is
# a degree of 5 possible in block 0?

# %% [markdown] tags=["hint"]
# Write down the shares: 4; 3 + 2; 2 + 1; 1 + 0. A right block receives the first part of its
# own left block and the second part of the next one.

# %% tags=["answer"]
table = shares([4, 5, 3, 1], 2)
means = [table[0, 0] + table[1, 1], table[1, 0] + table[2, 1],
         table[2, 0] + table[3, 1], table[3, 0]]
assert means == block_means(small.sum(axis=1), 4).tolist()
assert small.sum() == 4 * (4 + 5 + 3 + 1)
assert graphs.block_capacity(16, 4, 2)[0] == 4
print(f"{small.sum()} edges; mean in-degrees", *means, "- and 5 does not fit into block 0,")
print("which reaches the 4 neurons of right block 0 only")

# %% [markdown]
# **2. Change the code: a tail-biting chain.** Write `tail_biting(n_in, n_out, degrees, r,
# rng)` in the style of `spatially_coupled`, and show that it draws the same edges as the
# library with `tail_biting=True`. Windows are nearest first: right block 7 sees 7, then 0.

# %% [markdown] tags=["hint"]
# Two things change. Every block has r windows, so the shares come from divmod(d, r) for all of
# them. And the columns of a window may go on at 0: take the column numbers modulo n_in, and
# assign with `np.ix_(rows, columns)`.

# %% tags=["answer"]
def tail_biting(n_in, n_out, degrees, r, rng):
    B = len(degrees)
    left, right = n_in // B, n_out // B
    made = np.zeros((n_out, n_in), int)
    for i in range(B):
        local = []
        for k in range(r):
            each, rest = divmod(int(degrees[(i + k) % B]), r)
            local += left * [each + (k < rest)]
        rows = np.arange(i * right, (i + 1) * right)
        columns = np.arange(i * left, (i + r) * left) % n_in
        made[np.ix_(rows, columns)] = random_sparse(right, local, rng)
    return made


assert np.array_equal(tail_biting(N, N, degrees, 2, np.random.default_rng(0)), ring.toarray())
print("the same ring, edge for edge")

# %% [markdown]
# **3. How deep?** How many layers does it take until block 0 sees every input block, for
# $r = 2$, 3 and 4? Guess a formula, then compute it with powers of a block matrix.

# %% [markdown] tags=["hint"]
# The front of the cone moves by r - 1 blocks per layer, and it has B - 1 blocks to go.

# %% tags=["answer"]
for r in (2, 3, 4):
    C = np.array([[j in window(i, B, r) for j in range(B)] for i in range(B)], int)
    depth = 1
    while not np.linalg.matrix_power(C, depth)[0].all():
        depth += 1
    assert depth == -(-(B - 1) // (r - 1))                  # rounded up
    print(f"r = {r}: {depth} layers")

# %% [markdown]
# ## What you have learned
#
# A spatially-coupled layer is a row of random sparse layers whose windows overlap. The paper's
# degree list needs windows of at least two blocks. A degree is shared as evenly as whole
# numbers allow, so in-degrees fall from the front to the back, down to neurons without input.
# Signals move towards the front only, one block per layer.

# %%
assert max(degrees) > size and np.all(degrees <= size * np.minimum(np.arange(B) + 1, 2))
assert shares([1, 49], 2)[1].tolist() == [25, 24]
assert np.array_equal(support, library.toarray())
assert np.isclose(block_means(received, B)[0], 98 + 65)
assert np.isclose(block_means(received, B)[7], 5)
assert np.flatnonzero(changed[4]).tolist() == [0, 1, 2, 3, 4, 5]
assert in_degrees(ring).min() > 0 and ring.nnz == library.nnz
print("windows, shares, degrees, cone")
