"""The paper's three networks, its numbers as defaults (paper, section 3).

5 hidden layers of 784 neurons, sigmoid, and an output layer of one neuron per class. The
hidden layers are spatially coupled, random sparse or fully connected; the output layer is dense
in all three.
"""

import numpy as np

from scnn_np.graphs import supports as graphs
from scnn_np.graphs.degrees import (
    PAPER_BLOCKS,
    PAPER_RSP_DEGREE,
    PAPER_WIDTH,
    budget_degrees,
    check_chain,
    scaled_degrees,
)
from scnn_np.nn.layers import (
    Dense,
    DropConnect,
    DropOut,
    ReLU,
    Sigmoid,
    Sparse,
    initial_weights,
)
from scnn_np.nn.network import MLP
from scnn_np.nn.penalties import L1, L2, GroupLasso
from scnn_np.tools.streams import stream

ACTIVATIONS = {"sigmoid": Sigmoid, "relu": ReLU}
LARGEST = 2 ** 24       # neurons: a typing mistake should not fill the memory


def spatially_coupled(n_in=784, n_classes=10, *, width=784, layers=5, blocks=PAPER_BLOCKS,
                      receptive_field=2, degrees=None, edges=None, importance=None,
                      tail_biting=False, l2=5e-5, seed=0, **options):
    """The spatially-coupled (SC) network: 220,020 parameters at the paper's numbers.

    Parameters
    ----------
    n_in, n_classes, width, layers : int
        Inputs, outputs, neurons in each hidden layer, number of hidden layers. `n_in` and
        `width` are multiples of `blocks` (`fit_ordering(…, multiple_of=blocks)` pads inputs).
    blocks, receptive_field : int
        B and r. *Assumed*: r = 2, the smallest that allows the paper's degrees.
    degrees : sequence of `blocks` ints
        Out-degree of the neurons of each block; the paper's, scaled to the width, if left out.
    edges : int, and importance : (n_in,) array
        Instead of `degrees`: edges of the first hidden layer, allotted to the blocks in
        proportion to the importance of their inputs (`graphs.budget_degrees`). The other
        hidden layers get the same degrees.
    tail_biting : bool
        Whether the last windows go on at the first block.
    l2 : float or sequence
        λ₂.
    seed : int
    **options
        `activation`, `gain`, `input_dropout`, `dropout`, `dropconnect`, `l1`, `group_lasso`
        and `dtype`, as in `build`.

    Returns
    -------
    MLP
    """
    check_sizes(n_in=n_in, n_classes=n_classes, width=width, layers=layers)
    check_chain(blocks, blocks, blocks, receptive_field)
    for name, n, help in (("n_in", n_in, " (fit_ordering(…, multiple_of=blocks) pads them)"),
                          ("width", width, "")):
        if n % blocks:
            raise ValueError(f"{name}: got {n}, expected a multiple of the number of blocks, "
                             f"{blocks}{help}")
    if edges is not None and degrees is not None:
        raise ValueError("edges: got it beside degrees, expected one of them")
    if edges is not None:
        degrees = budget_degrees(edges, importance, n_in, width, blocks, receptive_field,
                                 tail_biting)
    elif degrees is None:
        degrees = scaled_degrees(width, blocks, receptive_field, tail_biting)

    def support(left, right, rng):
        return graphs.spatially_coupled(left, right, degrees, rng, blocks=blocks,
                                        receptive_field=receptive_field,
                                        tail_biting=tail_biting)
    return build(support, n_in, n_classes, width, layers, l2=l2, seed=seed, **options)


def random_sparse(n_in=784, n_classes=10, *, width=784, layers=5, degrees=None, l2=5e-5,
                  seed=0, **options):
    """The random sparse (RSP) network: 219,530 parameters at the paper's numbers.

    Parameters
    ----------
    degrees : int or a distribution of `scnn_np.graphs.degrees`
        The paper's 53, scaled to the width, if left out.
    n_in, n_classes, width, layers, l2, seed, **options
        As in `spatially_coupled`.
    """
    check_sizes(n_in=n_in, n_classes=n_classes, width=width, layers=layers)
    if degrees is None:
        degrees = max(1, round(PAPER_RSP_DEGREE * width / PAPER_WIDTH))

    def support(left, right, rng):
        return graphs.random_sparse(left, right, degrees, rng)
    return build(support, n_in, n_classes, width, layers, l2=l2, seed=seed, **options)


def fully_connected(n_in=784, n_classes=10, *, width=784, layers=5, dropout=0.5, seed=0,
                    **options):
    """The fully connected (FC) network with DropOut: 3,085,050 parameters in the paper.

    *Assumed*: no L2, as one sentence of the paper has it; another has L2 as well.

    Parameters
    ----------
    n_in, n_classes, width, layers, seed, **options
        As in `spatially_coupled`; `l2` is an option here.
    """
    return build(lambda left, right, rng: (right, left), n_in, n_classes, width, layers,
                 dropout=dropout, seed=seed, **options)


NETWORKS = {"sc": spatially_coupled, "rsp": random_sparse, "fc": fully_connected}


def build(support, n_in, n_classes, width, layers, *, activation="sigmoid", gain=None,
          input_dropout=0.0, dropout=0.0, dropconnect=0.0, l1=0.0, l2=0.0, group_lasso=0.0,
          dtype=np.float32, seed=0):
    """A network whose hidden layers have the supports that a function draws.

    Parameters
    ----------
    support : function (n_left, n_right, rng) → sparse support or shape tuple (dense)
    activation : "sigmoid" or "relu"
    gain : float
        g of the initial hidden weights; the activation's own if left out.
    input_dropout, dropout, dropconnect : float in [0, 1)
        Probabilities that an input, a hidden activation, a weight of a hidden layer is
        dropped.
    l1, l2, group_lasso : float, or one for each of the `layers` + 1 weight matrices
        Strengths of the penalties.
    dtype : float32 to train, float64 to check gradients
    seed : int
        Graph, weights and masks draw from streams of their own.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation: got {activation!r}, expected one of "
                         f"{', '.join(ACTIVATIONS)}")
    check_sizes(n_in=n_in, n_classes=n_classes, width=width, layers=layers)
    for name, p in (("input_dropout", input_dropout), ("dropout", dropout),
                    ("dropconnect", dropconnect)):
        if not 0 <= p < 1:
            raise ValueError(f"{name}: got {p}, expected a probability of dropping, "
                             f"0 ≤ {name} < 1")
    act = ACTIVATIONS[activation]
    graph, weights, masks = (stream(seed, name) for name in ("graph", "weights", "masks"))
    parts, left = [DropOut(input_dropout, masks)] if input_dropout else [], n_in
    for _ in range(layers):
        pattern = support(left, width, graph)
        W = initial_weights(pattern, act.gain if gain is None else gain, weights, dtype)
        affine = Dense(W) if isinstance(pattern, tuple) else Sparse(W)
        parts += [DropConnect(affine, dropconnect, masks) if dropconnect else affine, act()]
        parts += [DropOut(dropout, masks)] if dropout else []
        left = width
    parts.append(Dense(initial_weights((n_classes, left), 1.0, weights, dtype)))
    penalties = [kind(λ) for kind, λ in ((L1, l1), (L2, l2), (GroupLasso, group_lasso))
                 if not np.array_equal(λ, 0)]
    return MLP(parts, penalties)


def check_sizes(**sizes):
    """Refuse what is no number of neurons, classes or layers."""
    for name, value in sizes.items():
        if not isinstance(value, int | np.integer) or not 1 <= value <= LARGEST:
            raise ValueError(f"{name}: got {value!r}, expected a whole number of at least 1 "
                             f"and at most {LARGEST:,}")
