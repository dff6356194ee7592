"""The table of gradient errors: every part and whole networks against finite differences.

Each row perturbs the entries of one array, and holds the gradient that the backward pass gives
against the slope that is measured. Sparse parts are also compared with an oracle: the same
part with a dense matrix, its gradient read off at the support.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from scnn_np.gradcheck.cases import (
    BATCH,
    TRIES,
    Chain,
    Function,
    Network,
    away_from_zero,
    clear_inputs,
    dense_twin,
    on_support,
    weights_are_clear,
)
from scnn_np.gradcheck.numgrad import numerical_gradient, relative_error
from scnn_np.graphs import spatially_coupled
from scnn_np.networks import NETWORKS, build, networks
from scnn_np.nn import (
    ACTIVATIONS,
    LAYERS,
    MLP,
    PENALTIES,
    DropConnect,
    DropOut,
    Sigmoid,
    Sparse,
    entries,
    softmax_cross_entropy,
    with_entries,
)
from scnn_np.nn.spectral import LEARN

GOAL, ORACLE_GOAL = 1e-7, 1e-12
LADDER = ((GOAL, "good"), (1e-4, "doubtful"), (1e-2, "suspicious"), (np.inf, "WRONG"))
SAMPLED = 40            # entries per array of the networks of the paper's size


class WrongSigmoid(Sigmoid):
    """The classical mistake: σ' taken at the activation instead of before it."""

    def backward(self, dZ):
        S = 1 / (1 + np.exp(-self.memory))
        return dZ * S * (1 - S)


@dataclass
class Row:
    """One line of the table: the worst array of one part."""

    part: str
    array: str
    analytic: float         # ‖gradient‖ by the backward pass
    numerical: float        # ‖gradient‖ by finite differences
    error: float            # norm-wise relative error
    checked: int            # entries perturbed, all arrays of the part together
    oracle: float | None    # difference from the dense masked oracle
    meant_to_fail: bool = False

    @property
    def verdict(self):
        if (self.oracle or 0) > ORACLE_GOAL:
            return "WRONG (oracle)"
        return next(word for limit, word in LADDER if self.error <= limit)

    @property
    def as_expected(self):
        return self.verdict == ("WRONG" if self.meant_to_fail else "good")


def check(part, case, sample=None, rng=None, twin=None, meant_to_fail=False):
    """Compare all gradients of a case with finite differences; the worst array is the row.

    Parameters
    ----------
    case : object with `loss()`, and `analytic()` and `arrays()`, dicts of equal keys
    sample : how many entries of each array to perturb; all if left out
    twin : the same case with dense matrices
    """
    found = {name: np.array(g) for name, g in case.analytic().items()}
    worst, checked = None, 0
    for name, array in case.arrays().items():
        entries = np.arange(array.size)
        if sample and sample < array.size:
            entries = np.sort(rng.choice(array.size, sample, replace=False))
        analytic = found[name].reshape(-1)[entries]
        numerical = numerical_gradient(case.loss, array, entries)
        checked += len(entries)
        error = relative_error(analytic, numerical)
        if worst is None or error > worst.error:
            worst = Row(part, name, np.linalg.norm(analytic), np.linalg.norm(numerical), error,
                        0, None, meant_to_fail)
    worst.checked = checked
    if twin:
        dense = on_support(twin.analytic(), case.layers)
        worst.oracle = max(relative_error(found[name].ravel(), dense[name].ravel())
                           for name in found)
    return worst


def rows():
    """All rows, one after the other: every kind in the catalogues, alone and in a network."""
    rng = np.random.default_rng(0)
    yield from layer_rows(rng)
    yield from loss_rows(rng)
    for name, penalty in PENALTIES.items():
        for kind in LAYERS:
            yield from penalty_rows(name, penalty, kind, rng)
    yield from network_rows(rng)
    layers = [drawn("dense", rng), WrongSigmoid()]
    yield check("Sigmoid, σ' at the activation", Chain(layers, clear_inputs(layers, 12, rng)),
                meant_to_fail=True)


def drawn(kind, rng, n_out=12, n_in=12, form=None, **options):
    """A layer by its name in the catalogue, with numbers away from the kinks.

    Parameters
    ----------
    form : "shape" or "support"
        Dense, or on a small coupled support; the last of the layer's forms if left out.
    """
    for _ in range(TRIES):
        support = (n_out, n_in) if (form or LAYERS[kind].forms[-1]) == "shape" else (
            spatially_coupled(n_in, n_out, [2, 3, 2, 1], rng, blocks=4))
        layer = LAYERS[kind].drawn(support, 1.0, rng, np.float64, **options)
        for name in layer.trained:
            array = entries(getattr(layer, name))
            array[...] = away_from_zero(rng.standard_normal(array.shape) if name == "b"
                                        else array)
        if weights_are_clear(layer):
            return layer
    raise ValueError(f"{kind}: got weights near 0 in {TRIES} draws, expected one without")


def forms():
    """Every layer in every form: (kind, form, name of the row)."""
    for kind, layer in LAYERS.items():
        for form in layer.forms:
            yield kind, form, layer.__name__ + (
                " on a support" if layer.forms != (form,) and form == "support" else "")


def layer_rows(rng):
    """Layers with weights, activations and noise."""
    parts = {name: partial(drawn, kind, rng, 8, form=form) for kind, form, name in forms()}
    parts |= {kind.__name__: kind for kind in ACTIVATIONS.values()}
    parts["DropOut"] = lambda: DropOut(0.5, np.random.default_rng())
    parts |= {f"DropConnect {LAYERS[kind].__name__}": lambda kind=kind: DropConnect(
        drawn(kind, rng, 8), 0.5, np.random.default_rng()) for kind in LAYERS}
    parts |= {f"Spectral, {learn} trained": partial(drawn, "spectral", rng, 8, learn=learn)
              for learn in LEARN}
    for name, make in parts.items():
        for front in ([], [drawn("dense", rng)]):
            layers = [*front, make()]
            Z = clear_inputs(layers, 12, rng)
            oracle = Chain(dense_twin(layers), Z) if isinstance(layers[-1], Sparse) else None
            yield check(name + (", Dense in front" if front else ""), Chain(layers, Z),
                        twin=oracle)


def loss_rows(rng):
    """Softmax and cross-entropy."""
    A, y = 3 * rng.standard_normal((4, BATCH)), rng.integers(0, 4, BATCH)
    yield check("softmax cross-entropy", Function(
        {"A": A}, lambda: softmax_cross_entropy(A, y)[0],
        lambda: {"A": softmax_cross_entropy(A, y)[1]}))
    front = MLP([drawn("dense", rng, 4)])
    yield check("softmax cross-entropy, Dense in front",
                Network(front, rng.standard_normal((12, BATCH)), y))


def penalty_rows(name, penalty, kind, rng):
    """One penalty on one kind of layer, alone and in a network."""
    layer, R = drawn(kind, rng, 8), penalty(1.0)
    W, b = with_entries(layer.W, away_from_zero(entries(layer.W))), layer.b
    both = R.on == "W and b"
    part = f"{penalty.__name__} on {type(layer).__name__}"

    def slopes():
        found = R.slope(W, b)
        return dict(zip("Wb", found, strict=True)) if both else {"W": found}
    yield check(part, Function({"W": entries(W), **({"b": b} if both else {})},
                               lambda: float(R.value(W, b)), slopes))
    if not R.proximal:                         # a step enters no gradient
        network = MLP([layer, Sigmoid(), drawn("dense", rng, 4, 8)], [penalty([0.3, 0.1])])
        yield check(f"{part}, in a network", Network(
            network, rng.standard_normal((12, BATCH)), rng.integers(0, 4, BATCH)))


SMALL = {"sc": {"blocks": 4, "degrees": [4, 6, 3, 1]}, "rsp": {"degrees": "binomial(3)"},
         **dict.fromkeys(("biregular", "erdos-renyi", "circulant-band", "butterfly",
                          "block-diagonal"), {"degrees": 4}),
         "difference-set": {"width": 13, "degrees": 4}}


def network_rows(rng):
    """Whole networks: small ones entry by entry, the paper's by a sample of each array."""
    for name, make in networks().items():
        sizes = {"width": 16, **SMALL.get(name, {})}
        for activation in ACTIVATIONS:
            network = make(sizes["width"], 4, layers=3, activation=activation, dropout=0.3,
                           l1=1e-3, dtype=np.float64, **sizes)
            yield network_row(f"{name.upper()} network 3×{sizes['width']}, {activation}, "
                              "DropOut, L1", moved(network, rng), rng)
    for kind, form, _ in forms():
        if kind not in ("dense", "sparse"):
            topology = "sc" if form == "support" else "fc"
            network = build(topology, 16, 4, width=16, layers=3, layer=kind, l2=1e-3,
                            dtype=np.float64, **SMALL.get(topology, {}))
            yield network_row(f"{topology.upper()} network 3×16 of {LAYERS[kind].__name__}, L2",
                              moved(network, rng), rng)
    for name, make in NETWORKS.items():
        yield network_row(f"{name.upper()} network of the paper, 5×784",
                          make(dtype=np.float64), rng, SAMPLED)


def moved(network, rng):
    """The network with its weights away from the kinks, and biases that are not 0: some
    neurons have no other input."""
    network.theta = away_from_zero(network.theta)
    for layer in network.affine_layers:
        layer.b = away_from_zero(rng.standard_normal(layer.b.shape))
    return network


def network_row(part, network, rng, sample=None):
    """One network against finite differences, a sparse one against its dense twin too."""
    Z = clear_inputs(network.layers, network.n_in, rng)
    y = rng.integers(0, network.n_classes, BATCH)
    twin = None
    if any(isinstance(layer, Sparse) for layer in network.layers):
        twin = Network(MLP(dense_twin(network.layers), network.penalties), Z, y)
    return check(part, Network(network, Z, y), sample, rng, twin)


def table(rows, print=print):
    """Print the rows as they come.

    Returns
    -------
    bool
        Whether every honest row is below the goal and every wrong one was found out.
    """
    line = "{:<45} {:>5} {:>9} {:>9} {:>8} {:>7} {:>8}  {}".format
    print(line("part", "array", "analytic", "numerical", "error", "checked", "oracle",
               "verdict"))
    found = []
    for row in rows:
        found.append(row.as_expected)
        oracle = "" if row.oracle is None else f"{row.oracle:.0e}"
        verdict = row.verdict + (" (a mistake made on purpose)" if row.meant_to_fail else "")
        print(line(row.part, row.array, f"{row.analytic:.3g}", f"{row.numerical:.3g}",
                   f"{row.error:.1e}", row.checked, oracle, verdict))
    print("\narray: the worst of the part.  analytic, numerical: size (norm) of its gradient\n"
          "by the backward pass and by finite differences.  error: norm-wise, relative.\n"
          "oracle: difference from the same part with dense matrices, at the edges.\n"
          "below 1e-7 good, below 1e-4 doubtful, below 1e-2 suspicious, else WRONG\n")
    good = bool(found) and all(found)          # nothing checked is nothing found
    if good:
        print(f"every honest row is below {GOAL:g}, and the mistake was found")
    else:
        print("NOT as it should be: "
              + ("see the rows above" if found else "nothing was checked"))
    return good
