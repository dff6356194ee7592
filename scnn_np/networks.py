"""The networks by name, the paper's numbers as defaults (paper, section 3).

5 hidden layers of 784 neurons, sigmoid, and an output layer of one neuron per class. The
hidden layers are spatially coupled, random sparse or fully connected, or of any other topology;
the output layer is dense in all of them.
"""

from functools import partial

import numpy as np

from scnn_np.graphs import TOPOLOGIES
from scnn_np.graphs.degrees import LARGEST
from scnn_np.nn import (
    ACTIVATIONS,
    LAYERS,
    MLP,
    PENALTIES,
    Dense,
    DropConnect,
    DropOut,
    initial_weights,
)
from scnn_np.tools import checks
from scnn_np.tools.parameters import Parameter, checked, keywords
from scnn_np.tools.streams import stream

NEURONS = {"least": 1, "most": LARGEST}
PARAMETERS = {
    "n_in": Parameter(checks.whole, "inputs", NEURONS),
    "n_classes": Parameter(checks.whole, "classes", NEURONS),
    "layers": Parameter(checks.whole, "hidden layers", {"least": 1, "most": 1024}),
    "width": Parameter(checks.listed, "neurons in each hidden layer: one number, or one for "
                       "each", {"check": checks.whole, **NEURONS}),
    "activation": Parameter(checks.one_of, "of the hidden layers", {"known": ACTIVATIONS}),
    "layer": Parameter(checks.one_of, "what the hidden layers train (default: each weight of "
                       "the support)", {"known": LAYERS}),
    "gain": Parameter(checks.number, "g of the initial hidden weights (default: 4 for sigmoid, "
                      "√2 for relu)", {"above": 0}),
    "input_dropout": Parameter(checks.probability, "probability that an input is dropped"),
    "dropout": Parameter(checks.probability, "probability that a hidden activation is dropped "
                         "(default: 0.5 for fc, 0 for others)"),
    "dropconnect": Parameter(checks.probability, "probability that a hidden weight is dropped")}


def build(topology, n_in=784, n_classes=10, *, width=784, layers=5, activation="sigmoid",
          layer=None, gain=None, input_dropout=0.0, dropout=0.0, dropconnect=0.0,
          dtype=np.float32, seed=0, **options):
    """A network whose hidden layers have the supports that a topology draws.

    Parameters
    ----------
    topology : name of one of `scnn_np.graphs.TOPOLOGIES`
    n_in, n_classes, layers : int
        Inputs, outputs, number of hidden layers.
    width : int, or one for each hidden layer
        Neurons, N⁽ˡ⁾.
    activation : name of one of `scnn_np.nn.ACTIVATIONS`
    layer : name of one of `scnn_np.nn.LAYERS`
        What the hidden layers train; each weight of the support if left out.
    gain : float
        g of the initial hidden weights; the activation's own if left out.
    input_dropout, dropout, dropconnect : float in [0, 1)
        Probabilities that an input, a hidden activation, a weight of a hidden layer is
        dropped.
    dtype : float32 to train, float64 to check gradients
    seed : int
        Graph, weights and masks draw from streams of their own.
    **options
        Strengths of penalties, by their names in `scnn_np.nn.PENALTIES`: one, or one for each
        of the `layers` + 1 weight matrices. And what the topology and the layer take as
        keywords: one value, or one for each hidden layer.

    Returns
    -------
    MLP
    """
    shape = TOPOLOGIES[checks.one_of("topology", topology, TOPOLOGIES)]
    n_in, n_classes, layers, width, activation, layer, gain = checked(
        PARAMETERS, n_in=n_in, n_classes=n_classes, layers=layers, width=width,
        activation=activation, layer=layer, gain=gain)
    input_dropout, dropout, dropconnect = checked(
        PARAMETERS, input_dropout=input_dropout, dropout=dropout, dropconnect=dropconnect)
    dtype = checks.precision("dtype", dtype)
    strengths, drawn, made = sort_options(options, topology, layer, layers)
    check_activation(activation, strengths)
    widths = by_layer("width", width, layers)
    drawn = {name: by_layer(name, value, layers, name in getattr(shape, "lists", ()))
             for name, value in drawn.items()}
    made = {name: by_layer(name, value, layers) for name, value in made.items()}

    act = ACTIVATIONS[activation]
    graph, weights, masks = (stream(seed, name) for name in ("graph", "weights", "masks"))
    parts, left = [DropOut(input_dropout, masks)] if input_dropout else [], n_in
    for k, right in enumerate(widths):
        support = shape(left, right, k, graph, **{name: drawn[name][k] for name in drawn})
        kind = LAYERS[layer or ("dense" if isinstance(support, tuple) else "sparse")]
        affine = kind.drawn(support, act.gain if gain is None else gain, weights, dtype,
                            **{name: made[name][k] for name in made})
        parts += [DropConnect(affine, dropconnect, masks) if dropconnect else affine, act()]
        parts += [DropOut(dropout, masks)] if dropout else []
        left = right
    parts.append(Dense(initial_weights((n_classes, left), 1.0, weights, dtype)))
    return MLP(parts, [PENALTIES[name](λ) for name, λ in strengths.items() if np.any(λ)])


def sort_options(options, topology, layer, layers):
    """The options of the penalties, in the order of their catalogue, those of the topology and
    those of the layer; what nobody takes is refused."""
    of_shape = keywords(TOPOLOGIES[topology])
    of_layer = keywords(LAYERS[layer].drawn) if layer else {}
    for name in options:
        if name not in PENALTIES and name not in of_shape and name not in of_layer:
            raise ValueError(f"{name}: is no parameter of network {topology}, expected one of "
                             f"{', '.join([*PENALTIES, *of_shape, *of_layer])}")
    options = {name: value for name, value in options.items() if value is not None}
    return ({name: strength(name, options[name], layers) for name in PENALTIES
             if name in options},
            *({name: options[name] for name in names if name in options}
              for names in (of_shape, of_layer)))


def strength(name, value, layers):
    """λ of a penalty: one, or one for each weight matrix."""
    found = checks.listed(name, value, checks.number, least=0)
    if isinstance(found, list) and len(found) != layers + 1:
        raise ValueError(f"{name}: got {len(found)} numbers for {layers + 1} weight matrices, "
                         "expected one, or one for each")
    return found


def check_activation(activation, strengths):
    """Refuse a penalty that means nothing beside this activation."""
    for name, found in strengths.items():
        known = PENALTIES[name].activations
        if np.any(found) and known and activation not in known:
            raise ValueError(f"activation: got {activation!r} with the penalty {name}, "
                             f"expected {' or '.join(known)}")


def by_layer(name, value, layers, is_list=False):
    """One value for each hidden layer. A list is one each; where a value `is_list` in itself,
    a list of lists is."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    parts = value if isinstance(value, list | tuple) else []
    if not parts or is_list and not any(isinstance(part, list | tuple) for part in parts):
        return [value] * layers
    if len(parts) != layers:
        raise ValueError(f"{name}: got {len(parts)} values, expected one, or one for each of "
                         f"the {layers} hidden layers")
    return list(parts)


# --- the paper's networks -------------------------------------------------------------------

def spatially_coupled(n_in=784, n_classes=10, *, l2=5e-5, **options):
    """The spatially-coupled (SC) network: 220,020 parameters at the paper's numbers.

    Parameters
    ----------
    n_in, n_classes : int
        `n_in` and the width are multiples of `blocks` (`fit_ordering(…, multiple_of=blocks)`
        pads inputs).
    l2 : float or sequence
        λ₂.
    **options
        `blocks`, `receptive_field`, `degrees`, `tail_biting`, `edges` and `importance`, as in
        `scnn_np.graphs.topologies.coupled`; `width`, `layers` and all others, as in `build`.

    Returns
    -------
    MLP
    """
    return build("sc", n_in, n_classes, l2=l2, **options)


def random_sparse(n_in=784, n_classes=10, *, l2=5e-5, **options):
    """The random sparse (RSP) network: 219,530 parameters at the paper's numbers.

    Parameters
    ----------
    n_in, n_classes, l2, **options
        As in `spatially_coupled`; `degrees` is an int or a distribution of `scnn_np.graphs`.
    """
    return build("rsp", n_in, n_classes, l2=l2, **options)


def fully_connected(n_in=784, n_classes=10, *, dropout=0.5, **options):
    """The fully connected (FC) network with DropOut: 3,085,050 parameters in the paper.

    *Assumed*: no L2, as one sentence of the paper has it; another has L2 as well.

    Parameters
    ----------
    n_in, n_classes, **options
        As in `spatially_coupled`; `l2` is an option here.
    """
    return build("fc", n_in, n_classes, dropout=dropout, **options)


NETWORKS = {"sc": spatially_coupled, "rsp": random_sparse, "fc": fully_connected}


def networks():
    """All networks by name: the paper's, and one for every other topology, with L2 as in SC."""
    others = {name: partial(build, name, l2=5e-5) for name in TOPOLOGIES}
    return {**NETWORKS, **{name: made for name, made in others.items() if name not in NETWORKS}}
