# %% [markdown]
# # Start here
#
# This course explains one short paper, *Spatially-Coupled Neural Network Architectures*
# (Hasanzadeh, Janakiraman, Amalladinne and Narayanan, 2019,
# [arXiv 1907.02051](https://arxiv.org/abs/1907.02051)), down to each sum and product. Every
# page is text and code at once: read it here, or run it as a notebook. Everything runs in
# seconds, on small images that come with the library, without a network connection.
#
# *You will* see the paper on one page, and find your way through the course. *You need* a
# little Python and linear algebra; a self-test below tells you whether it is enough. About
# 20 minutes. In a hurry? [minimal.py](minimal.py) is the whole method in one short file, and
# [page 8](minimal.md) explains it.
#
# ## The paper on one page
#
# **The question.** A fully connected network has a weight for every pair of neurons in
# neighbouring layers. That is a lot of memory, and many of these weights do little. Can most of
# them be left out *before* training?
#
# **The idea.** "inputs with lesser importance are allotted lesser trainable parameters"
# (section 1). First the inputs are put in order of importance. Then important inputs get many
# edges, and the others get few. (An *edge* is a connection of two neurons; it carries one
# weight.) A construction from coding theory, *spatial coupling*, keeps this order in the layers
# behind.
#
# **The layers.** All are described by one equation (section 2.1):
#
# $$\mathbf{z}^{(l)} = \mathrm{act}(\mathbf{W}^{(l)} \mathbf{z}^{(l-1)} + \mathbf{b}^{(l)})
#   \tag{Eq. 1}$$
#
# Here $z^{(l)}$ is the output of layer $l$, the matrix $W^{(l)}$ holds its weights, the column
# $b^{(l)}$ its biases, and "act" is the activation function, the sigmoid. Layer $l - 1$ is
# drawn on the left, layer $l$ on the right. Networks differ in the *support* of $W^{(l)}$, the
# places where a weight may be:
#
# - **FC**, fully connected: everywhere.
# - **RSP**, random sparse: each left neuron has d edges, to d right neurons drawn at random.
# - **SC**, spatially coupled: the neurons are cut into B blocks, and right block i sees only
#   the r left blocks i … i + r − 1. Inside this window edges are drawn at random, many from the
#   first blocks and few from the last.
#
# **What it reports.** On Fashion-MNIST, small pictures of clothes, with five hidden layers of
# 784 neurons, SC reaches an accuracy of 87.18 %, RSP 84.33 % and FC 86.78 % (Table 1; inputs
# ordered by PCA, see page 6; FC with DropOut, which silences random neurons during training).
# SC has about 93 % fewer parameters than FC. What this project finds when it does the same
# again, with spreads and controls, stands [claim by claim](../figures/README.md).
#
# ## The three networks, drawn
#
# These are no sketches. The library draws the supports, only smaller than in the paper: 16
# neurons on each side, in SC cut into B = 4 blocks, with r = 2.

# %%
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from scnn_np import build, graphs

N, B = 16, 4
degrees = [4, 4, 3, 1]                                      # edges of a neuron, by left block
coupled = graphs.spatially_coupled(N, N, degrees, np.random.default_rng(2), blocks=B)
random = graphs.random_sparse(N, N, 3, np.random.default_rng(2))
supports = {"SC": coupled.toarray() == 1, "RSP": random.toarray() == 1,
            "FC": np.ones((N, N), bool)}
place = -(np.arange(N) + np.arange(N) // B * 0.8)           # a gap behind each block
figure, axes = plt.subplots(1, 3, figsize=(7, 3.6))
for ax, (name, support) in zip(axes, supports.items(), strict=True):
    for i, j in np.argwhere(support):                       # an edge from neuron j to neuron i
        ax.plot([0, 1], [place[j], place[i]], "-", color="0.35", lw=0.7)
    for x in (0, 1):
        ax.plot(np.full(N, x), place, "o", color="k", ms=4)
    ax.set_title(f"{name}: {support.sum()} edges")
    ax.set_axis_off()
plt.show()
# alt: Three graphs, each with 16 left and 16 right neurons in four groups. SC: edges stay at
# their height or lead one group up, dense at the top, sparse at the bottom. RSP: as many edges,
# spread over the whole height. FC: every left neuron is joined to every right one.

# %% [markdown]
# Such a graph of two rows is called a *Tanner graph*. SC and RSP have the same number of edges,
# {{int(supports["SC"].sum())}} of {{N * N}}. Only their places differ. At full size the
# numbers of parameters, weights and biases together, are these:

# %%
sizes = {name: build(name.lower(), seed=0).n_parameters for name in supports}
for name, size in sizes.items():
    print(f"{name:3}: {size:9,} parameters, {1 - size / sizes['FC']:6.2%} fewer than FC")

# %% [markdown]
# ## Three routes
#
# | you are | read | time |
# |---|---|---|
# | a student | pages 1 to 8, in order, with their exercises | 6 hours, best on several days |
# | a researcher | pages 8 and 9, then [the results](../figures/README.md) | 90 minutes |
# | a teacher | this page; then [the guide for teachers](assignments/README.md) | 30 minutes |
#
# Teachers: there are assignments with a grader. This command writes what you hand out, and what
# you keep, into a folder `OUT` of your own; the guide has the rest.
#
# ```bash
# python -m tutorials.course build OUT
# ```
#
# | page | you learn |
# |---|---|
# | 1. [A network by hand](by_hand.md) | layers, loss and gradient, with a pencil |
# | 2. [Backpropagation](backpropagation.md) | gradients of any network, and how to check them |
# | 3. [Training](training.md) | steps, batches, Adam, and a price on weights |
# | 4. [Random sparse layers](random_sparse.md) | RSP, and how edges are drawn and stored |
# | 5. [Spatial coupling](coupling.md) | SC: blocks, windows, the light cone |
# | 6. [Importance](importance.md) | PCA, random forests, and the order of inputs |
# | 7. [Figure 2](figure2.md) | what L1 does to out-degrees |
# | 8. [The whole in one file](minimal.md) | everything together, without the library |
# | 9. [The claims](claims.md) | what holds, how well, and how one knows |
# | 10. [Stalling](stalling.md) | why a deep network of sigmoids may learn nothing |
# | 11. [Cutting](cutting.md) | taking blocks out after training |
# | 12. [Speed](speed.md) | when sparse is faster, and when it is not |
# | 13. [Expanders](expanders.md) | a related paper: does a graph that mixes well learn well? |
# | 14. [Removing whole layers](layers.md) | a related paper: which layers do nothing? |
# | 15. [Eigenvalues](eigenvalues.md) | a related paper: what if only they are trained? |
#
# Pages 10 to 12 go further, and each can be read alone. Pages 13 to 15 are about three related
# papers. A page asks you to predict before it shows. Please do: write your guess down, then
# look. The exercises have hints and answers, folded away.
#
# ## Can you begin?
#
# Ten lines. Say what each one gives, without running it. `A` has shape (3, 4), `x` has shape
# (4, 1), and `v = np.arange(6)`.
#
# 1. `(A @ x).shape`
# 2. `A.T.shape`
# 3. `(A * x.T).shape`
# 4. `np.array([[1, 2], [3, 4]]) @ np.array([1, 1])`
# 5. `v[2:4]`
# 6. `v[::2]`
# 7. `A[:, 1].shape`
# 8. `v.reshape(2, 3).sum(axis=0)`
# 9. the derivative of (3w − 1)² with respect to w, at w = 1
# 10. the derivative of f(g(w)) at a place where g′ = 2 and, at g(w), f′ = 5
#
# Eight right: begin with page 1. Fewer: look up what was wrong, in the
# [beginner's guide of NumPy](https://numpy.org/doc/stable/user/absolute_beginners.html) or
# under "chain rule", and come back.

# %% tags=["answer"]
A, x, v = np.ones((3, 4)), np.ones((4, 1)), np.arange(6)
assert (A @ x).shape == (3, 1)
assert A.T.shape == (4, 3)
assert (A * x.T).shape == (3, 4)                            # x.T is one row, used for each row
assert np.array_equal(np.array([[1, 2], [3, 4]]) @ np.array([1, 1]), [3, 7])
assert v[2:4].tolist() == [2, 3]                            # the end does not count
assert v[::2].tolist() == [0, 2, 4]
assert A[:, 1].shape == (3,)                                # one column, but no matrix
assert v.reshape(2, 3).sum(axis=0).tolist() == [3, 5, 7]
h = 1e-6
assert abs(((3 * (1 + h) - 1) ** 2 - (3 * (1 - h) - 1) ** 2) / (2 * h) - 12) < 1e-6
assert 5 * 2 == 10                                          # the chain rule: f' times g'
print("9: 2 (3w - 1) times 3 is 12 at w = 1; 10: 5 times 2 is 10")

# %% [markdown]
# ## Words and symbols
#
# | the paper | the field | the code |
# |---|---|---|
# | z⁽ˡ⁾, output of layer l | activations, hidden units | `Z`, a column for each sample |
# | W⁽ˡ⁾, weights | weight matrix, kernel | `layer.W`, a row for each right neuron |
# | b⁽ˡ⁾, biases | bias | `layer.b`, (N_l, 1) |
# | act | activation, nonlinearity | `Sigmoid`, `ReLU` |
# | supp(W), Tanner graph | sparsity pattern, mask | a `csr_array` from `scnn_np.graphs` |
# | N⁽ˡ⁾, neurons at layer l | width | `width` |
# | d_i, out-degree | fan-out | `degrees`, `out_degrees` |
# | λ(d; P), degree distribution | degree distribution of an LDPC code | `binomial`, … |
# | B⁽ˡ⁾, blocks | groups, coupled positions | `blocks` |
# | r⁽ˡ⁾, receptive field | coupling width | `receptive_field` |
# | left regular | constant fan-out | one number for `degrees` |
# | feature importance | variance, impurity decrease | `fit_ordering` |
# | ℓ₁, ℓ₂ regularization | lasso; weight decay (nearly) | `L1`, `L2` |
# | DropOut | dropout | `DropOut` |
# | FC | dense layer, perceptron | `Dense`, `fully_connected` |
# | RSP | static random sparse layer | `Sparse`, `random_sparse` |
# | SC | block-banded sparse layer | `Sparse`, `spatially_coupled` |
#
# ## Each claim, its page and its test
#
# The verdicts come from [the page of claims](../figures/README.md), which is made from full
# runs. This cell puts the table together, and fails if a test is not there.

# %%
verdict = {int(number): said for number, said in re.findall(
    r"^\| \[(\d+)\. .+\) \| (.+?) \|$", Path("figures/README.md").read_text("utf-8"), re.M)}
says = [
    ("Eq. (1), a layer", "by_hand", "nn/test_affine.py", "test_by_hand"),
    ("loss and gradient (section 3)", "backpropagation", "gradcheck/test_gradcheck.py",
     "test_every_honest_row_is_below_the_goal"),
    ("training (section 3)", "training", "training/test_sklearn_agreement.py",
     "test_same_weights_after_50_steps"),
    ("RSP, steps 1 to 3 (section 2.1)", "random_sparse", "graphs/test_supports.py",
     "test_rsp_out_degrees_are_exact_and_edges_distinct"),
    ("SC, steps 1 and 2 (section 2.1)", "coupling", "graphs/test_supports.py",
     "test_right_block_i_sees_left_blocks_i_to_i_plus_r_minus_1"),
    ("inputs in order, PCA and RF (section 2)", "importance", "data/test_ordering.py",
     "test_pca_is_the_eigen_decomposition_of_the_covariance"),
    (1, "minimal", "test_networks.py", "test_size"),
    (2, "claims", "figures/test_judges.py", "test_akin_at_both_gains"),
    (3, "figure2", "figures/test_sweeps.py", "test_figure2_shows_what_the_paper_says"),
    (4, "claims", "figures/test_judges.py", "test_best_on_pca_at_both_gains"),
    (5, "claims", "figures/test_sweeps.py", "test_rows_of_the_paper"),
    (6, "importance", "tutorials/test_minimal.py", "test_it_runs_as_a_module"),
    (7, "random_sparse", "nn/test_network.py", "test_permutation_invariance"),
    (8, "claims", "figures/test_judges.py", "test_the_control_of_the_first_page"),
    (9, "coupling", "graphs/test_supports.py",
     "test_information_moves_at_most_one_block_to_the_front_per_layer"),
    (10, "cutting", "analysis/test_measures.py", "test_one_block_decides")]
title = {1: "94 % fewer parameters", 2: "akin to FC with DropOut",
         3: "out-degree shows importance", 4: "SC is best on PCA inputs",
         5: "the same on RF inputs", 6: "order is crucial",
         7: "RSP and FC do not see the order", 8: "FC overfits",
         9: "the order is kept through the layers", 10: "lower blocks can be pruned"}
table = ["| the paper says | verdict | page | test |", "|---|---|---|---|"]
for what, page, file, test in says:
    assert f"def {test}(" in Path("tests", file).read_text("utf-8"), test
    claim = f"{what}. {title[what]}" if what in title else what
    table.append(f"| {claim} | {verdict.get(what, '–')} | [{page}]({page}.md) "
                 f"| [{test}](../tests/{file}) |")
print(f"{len(says)} lines, each with a page and a test")

# %% [markdown]
# {{chr(10).join(table)}}
#
# A test here holds the mechanism, or the rule that makes a verdict. The measured numbers
# themselves are kept with their seeds in [figures/results](../figures/results). Of
# "computationally efficient" (section 1) the page on [speed](speed.md) speaks.
#
# ## How to cite
#
# Please cite the paper, and name this project as an independent implementation:
#
# ```bibtex
# @article{hasanzadeh2019spatially,
#   title   = {Spatially-Coupled Neural Network Architectures},
#   author  = {Hasanzadeh, Arman and Janakiraman, Nagaraj T. and
#              Amalladinne, Vamsi K. and Narayanan, Krishna R.},
#   journal = {arXiv preprint arXiv:1907.02051},
#   year    = {2019}
# }
# ```

# %%
assert supports["SC"].sum() == supports["RSP"].sum()        # the same edges, placed otherwise
assert sizes["SC"] < 0.08 * sizes["FC"]                     # about 93 % fewer parameters
assert set(range(1, 11)) <= set(verdict)
