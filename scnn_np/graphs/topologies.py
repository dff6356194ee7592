"""The topologies by name: how the support of a hidden layer is drawn, the paper's numbers as
defaults.

A topology is a function of (n_left, n_right, layer, rng), where `layer` counts the hidden
layers from 0, and of the parameters of a run that it names as keywords. It returns a support,
or the shape (n_right, n_left) where every weight is there. A new one is a function and its
entry in `TOPOLOGIES`; where one value of a parameter is a list in itself, `lists` names it.
"""

from scnn_np.graphs import families, supports
from scnn_np.graphs.degrees import (
    PAPER_BLOCKS,
    PAPER_RSP_DEGREE,
    PAPER_WIDTH,
    budget_degrees,
    check_chain,
    distribution,
    scaled_degrees,
)
from scnn_np.tools import checks
from scnn_np.tools.parameters import Parameter


def coupled(n_left, n_right, layer, rng, *, blocks=PAPER_BLOCKS, receptive_field=2,
            degrees=None, tail_biting=False, edges=None, importance=None):
    """Spatially coupled (SC).

    Parameters
    ----------
    blocks, receptive_field : int
        B and r. *Assumed*: r = 2, the smallest that allows the paper's degrees.
    degrees : sequence of `blocks` ints or distributions
        Out-degree of the neurons of each block; the paper's, scaled to the width, if left out.
    tail_biting : bool
        Whether the last windows go on at the first block.
    edges : int, and importance : (n_in,) array
        Instead of `degrees`: edges of the first hidden layer, allotted to the blocks in
        proportion to the importance of the network's inputs (`budget_degrees`). The other
        hidden layers get the same degrees.
    """
    check_chain(blocks, blocks, blocks, receptive_field)
    for name, n in (("width" if layer else "n_in", n_left), ("width", n_right)):
        if n % blocks:
            raise ValueError(f"{name}: got {n}, expected a multiple of the number of blocks, "
                             f"{blocks}" + (" (fit_ordering(…, multiple_of=blocks) pads them)"
                                            if name == "n_in" else ""))
    if edges is not None and degrees is not None:
        raise ValueError("edges: got it beside degrees, expected one of them")
    if edges is not None:
        if importance is None:
            raise ValueError("importance: got None, expected that of every input, by which "
                             "edges are allotted")
        degrees = budget_degrees(edges, importance, len(importance), n_right, blocks,
                                 receptive_field, tail_biting)
    elif degrees is None:
        degrees = scaled_degrees(n_right, blocks, receptive_field, tail_biting)
    return supports.spatially_coupled(n_left, n_right, degrees, rng, blocks=blocks,
                                      receptive_field=receptive_field, tail_biting=tail_biting)


coupled.lists = ("degrees", "importance")


def random_regular(n_left, n_right, layer, rng, *, degrees=None):
    """Random sparse (RSP), left regular unless `degrees` is a distribution.

    Parameters
    ----------
    degrees : int or a distribution
        The paper's 53, scaled to the width, if left out.
    """
    if degrees is None:
        degrees = max(1, round(PAPER_RSP_DEGREE * n_right / PAPER_WIDTH))
    return supports.random_sparse(n_left, n_right, degrees, rng)


def full(n_left, n_right, layer, rng):
    """Fully connected (FC)."""
    checks.fits("width", "weights", n_left * n_right)
    return n_right, n_left


TOPOLOGIES = {"sc": coupled, "rsp": random_regular, "fc": full,
              "biregular": families.biregular, "erdos-renyi": families.erdos_renyi,
              "circulant-band": families.circulant_band,
              "difference-set": families.difference_set, "butterfly": families.butterfly,
              "block-diagonal": families.block_diagonal}


def degree(name, value):
    """An out-degree, or the text of a distribution."""
    if isinstance(value, str):
        distribution(value)                    # refuses what is none
        return value
    return checks.whole(name, value, least=0)


PARAMETERS = {
    "blocks": Parameter(checks.listed, "B, blocks per layer",
                        {"check": checks.whole, "least": 1}),
    "receptive_field": Parameter(checks.listed, "r, left blocks that a right block sees",
                                 {"check": checks.whole, "least": 1}),
    "degrees": Parameter(checks.listed, "out-degrees: one per block for sc, one number for "
                         "the others, for rsp also a distribution such as binomial(53) "
                         "(default for sc and rsp: the paper's, scaled to the width)",
                         {"check": degree, "depth": 2}),
    "tail_biting": Parameter(checks.listed, "the last windows go on at the first block",
                             {"check": checks.truth}),
    "edges": Parameter(checks.listed, "edges of the first hidden layer, allotted by the "
                       "measured importance of the inputs, instead of degrees",
                       {"check": checks.whole, "least": 1})}
