"""The table of gradient errors: every part and whole networks against finite differences.

Each row perturbs the entries of one array, and holds the gradient that the backward pass gives
against the slope that is measured. Sparse parts are also compared with an oracle: the same
part with a dense matrix, its gradient read off at the support.
"""

from dataclasses import dataclass

import numpy as np

from scnn_np import networks
from scnn_np.gradcheck.cases import (
    BATCH,
    Chain,
    Function,
    Network,
    away_from_zero,
    clear_inputs,
    dense_twin,
    on_support,
)
from scnn_np.gradcheck.numgrad import numerical_gradient, relative_error
from scnn_np.graphs import degrees
from scnn_np.graphs import supports as graphs
from scnn_np.nn.layers import (
    Dense,
    DropConnect,
    DropOut,
    ReLU,
    Sigmoid,
    Sparse,
    initial_weights,
)
from scnn_np.nn.losses import softmax_cross_entropy
from scnn_np.nn.network import MLP
from scnn_np.nn.penalties import L1, L2, GroupLasso

GOAL, ORACLE_GOAL = 1e-7, 1e-12
LADDER = ((GOAL, "good"), (1e-4, "doubtful"), (1e-2, "suspicious"), (np.inf, "WRONG"))
SAMPLED = 40            # entries per array of the networks of the paper's size


class WrongSigmoid(Sigmoid):
    """The classical mistake: σ' taken at the activation instead of before it."""

    def backward(self, dZ):
        S = 1 / (1 + np.exp(-self.Z))
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
    case : object with `loss()`, `gradients()` and `arrays()`, dicts of equal keys
    sample : how many entries of each array to perturb; all if left out
    twin : the same case with dense matrices
    """
    found = {name: np.array(g) for name, g in case.gradients().items()}
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
        dense = on_support(twin.gradients(), case.layers)
        worst.oracle = max(relative_error(found[name].ravel(), dense[name].ravel())
                           for name in found)
    return worst


def rows():
    """All rows, one after the other."""
    rng = np.random.default_rng(0)
    support = graphs.spatially_coupled(12, 8, [2, 3, 2, 1], rng, blocks=4)

    def dense(n_out=12, n_in=12):
        return Dense(away_from_zero(initial_weights((n_out, n_in), 1.0, rng, np.float64)),
                     rng.standard_normal((n_out, 1)))

    def sparse():
        W = initial_weights(support, 1.0, rng, np.float64)
        W.data = away_from_zero(W.data)
        return Sparse(W, rng.standard_normal((8, 1)))

    parts = {"Dense": lambda: dense(8), "Sparse": sparse, "Sigmoid": Sigmoid, "ReLU": ReLU,
             "DropOut": lambda: DropOut(0.5, np.random.default_rng()),
             "DropConnect Dense": lambda: DropConnect(dense(8), 0.5, np.random.default_rng()),
             "DropConnect Sparse": lambda: DropConnect(sparse(), 0.5, np.random.default_rng())}
    for name, make in parts.items():
        for front in ([], [dense()]):
            layers = [*front, make()]
            Z = clear_inputs(layers, 12, rng)
            oracle = Chain(dense_twin(layers), Z) if name == "Sparse" else None
            yield check(name + (", Dense in front" if front else ""), Chain(layers, Z),
                        twin=oracle)

    A, y = 3 * rng.standard_normal((4, BATCH)), rng.integers(0, 4, BATCH)
    yield check("softmax cross-entropy", Function(
        "A", A, lambda: softmax_cross_entropy(A, y)[0],
        lambda: softmax_cross_entropy(A, y)[1]))
    front = MLP([dense(4)])
    yield check("softmax cross-entropy, Dense in front",
                Network(front, rng.standard_normal((12, BATCH)), y))

    for penalty in (L1, L2, GroupLasso):
        for layer in (dense(8), sparse()):
            yield from penalty_rows(penalty, layer, dense(4, 8), y, rng)
    yield from network_rows(rng)
    layers = [dense(), WrongSigmoid()]
    yield check("Sigmoid, σ' at the activation", Chain(layers, clear_inputs(layers, 12, rng)),
                meant_to_fail=True)


def penalty_rows(penalty, layer, output, y, rng):
    """One penalty on one kind of matrix, alone and in a network."""
    W, R = layer.W, penalty(1.0)
    name = f"{penalty.__name__} on {type(layer).__name__}"
    yield check(name, Function("w", layer.w, lambda: R.value(W), lambda: R.gradient(W)))
    network = MLP([layer, Sigmoid(), output], [penalty([0.3, 0.1])])
    yield check(name + ", in a network", Network(network, rng.standard_normal((12, BATCH)), y))


def network_rows(rng):
    """Whole networks: small ones entry by entry, the paper's by a sample of each array."""
    small = {"n_in": 16, "n_classes": 4, "width": 16, "layers": 3}
    options = {"sc": {"blocks": 4, "degrees": [4, 6, 3, 1]}, "rsp": {
        "degrees": degrees.binomial(3)}, "fc": {}}
    for name, build in networks.NETWORKS.items():
        for activation in networks.ACTIVATIONS:
            network = build(**small, **options[name], activation=activation, dropout=0.3,
                            l1=1e-3, dtype=np.float64)
            network.theta[...] = away_from_zero(network.theta)
            for layer in network.affine_layers:          # some neurons have no other input
                layer.b[...] = rng.standard_normal(layer.b.shape)
            part = f"{name.upper()} network 3×16, {activation}, DropOut, L1"
            yield network_row(part, network, rng)
    for name, build in networks.NETWORKS.items():
        network = build(dtype=np.float64)
        yield network_row(f"{name.upper()} network of the paper, 5×784", network, rng, SAMPLED)


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
    good = True
    for row in rows:
        good &= row.as_expected
        oracle = "" if row.oracle is None else f"{row.oracle:.0e}"
        verdict = row.verdict + (" (a mistake made on purpose)" if row.meant_to_fail else "")
        print(line(row.part, row.array, f"{row.analytic:.3g}", f"{row.numerical:.3g}",
                   f"{row.error:.1e}", row.checked, oracle, verdict))
    print("\narray: the worst of the part.  analytic, numerical: size (norm) of its gradient\n"
          "by the backward pass and by finite differences.  error: norm-wise, relative.\n"
          "oracle: difference from the same part with dense matrices, at the edges.\n"
          "below 1e-7 good, below 1e-4 doubtful, below 1e-2 suspicious, else WRONG\n")
    print(f"every honest row is below {GOAL:g}, and the mistake was found" if good
          else "NOT as it should be: see the rows above")
    return good
