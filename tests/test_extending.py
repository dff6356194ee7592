"""A new layer, penalty, topology and optimiser, each defined here and nowhere else.

Each is put into the catalogue of its family, and then everything knows it: builder, settings,
command line, model files, checkpoints, summary, pruning and the table of gradients.
"""

import numpy as np
import pytest
from scipy import sparse

from scnn_np import Trainer, build, load_model
from scnn_np.__main__ import main, parser
from scnn_np.analysis import largest_weights
from scnn_np.experiments import defaults, prepare
from scnn_np.gradcheck import gradient_table
from scnn_np.graphs import TOPOLOGIES, topologies
from scnn_np.nn import LAYERS, PENALTIES, Affine, Penalty, affine, entries, initial_weights
from scnn_np.tools import checks
from scnn_np.tools.parameters import Parameter
from scnn_np.training import OPTIMIZERS, Optimizer, optimizers
from tests.conftest import whole_and_resumed

SMALL = ["--data", "digits", "--layers", "2", "--width", "32", "--epochs", "4"]


# --- the four kinds --------------------------------------------------------------------------

class Scaled(Affine):
    """w_ij = a_i φ_ij c_j on a sparse support: a and c are trained, φ is frozen."""

    trained, fixed, options = ("a", "c", "b"), ("phi",), ("note",)

    def __init__(self, a, c, b, phi, note):
        self.a, self.c, self.phi, self.note = np.array(a), np.array(c), phi, note
        self.da, self.dc = np.zeros_like(self.a), np.zeros_like(self.c)
        self.row = np.repeat(np.arange(phi.shape[0]), np.diff(phi.indptr))
        super().__init__(self.W, b)

    @classmethod
    def drawn(cls, support, gain, rng, dtype, *, note="none"):
        phi = initial_weights(support, gain, rng, dtype)
        n_out, n_in = phi.shape
        return cls(np.ones(n_out, dtype), np.ones(n_in, dtype), None, phi, note)

    @property
    def W(self):
        values = self.a[self.row] * self.phi.data * self.c[self.phi.indices]
        return sparse.csr_array((values, self.phi.indices, self.phi.indptr), self.phi.shape)

    def pull_back(self):
        """∂a_i = Σ_j ∂W_ij φ_ij c_j and ∂c_j = Σ_i ∂W_ij a_i φ_ij."""
        G, phi = self.dW * self.phi.data, self.phi
        self.da[...] = np.bincount(self.row, G * self.c[phi.indices], len(self.a))
        self.dc[...] = np.bincount(phi.indices, G * self.a[self.row], len(self.c))


class Shrink(Penalty):
    """Σ|w| by its proximal step: towards 0 by t, and never past it."""

    proximal = True

    def value(self, W, b):
        return np.abs(entries(W)).sum()

    def slope(self, W, b):
        return np.sign(entries(W))

    def step(self, W, b, t):
        w = entries(W)
        return np.sign(w) * np.maximum(np.abs(w) - t, 0)


def ladder(n_left, n_right, layer, rng, *, stride=3):
    """Left neuron j reaches the right neurons j, j + stride and, from layer 1 on, j + 1."""
    steps = [0, stride] + [1] * (layer > 0)
    j = np.tile(np.arange(n_left), len(steps))
    i = (j + np.repeat(steps, n_left)) % n_right
    return sparse.csr_array((np.ones(len(j), np.int8), (i, j)), shape=(n_right, n_left))


class Signs(Optimizer):
    """θ ← θ - η·sign(m), m a running mean of g."""

    n_moments = 1

    def __init__(self, learning_rate=1e-3, *, memory=0.5):
        super().__init__(learning_rate, memory=memory)

    def move(self, g, rate, m):
        m *= self.memory
        m += (1 - self.memory) * g
        return -rate * np.sign(m)


@pytest.fixture(autouse=True)
def registered(monkeypatch, tmp_path):
    """All four are in their catalogues; a parameter that only they have, beside the others."""
    monkeypatch.setitem(LAYERS, "scaled", Scaled)
    monkeypatch.setitem(affine.PARAMETERS, "note", Parameter(checks.text, "any word"))
    monkeypatch.setitem(PENALTIES, "shrink", Shrink)
    monkeypatch.setitem(TOPOLOGIES, "ladder", ladder)
    monkeypatch.setitem(topologies.PARAMETERS, "stride",
                        Parameter(checks.listed, "of the ladder", {"check": checks.whole}))
    monkeypatch.setitem(OPTIMIZERS, "signs", Signs)
    monkeypatch.setitem(optimizers.PARAMETERS, "memory", Parameter(
        checks.number, "kept of the mean", {"least": 0, "below": 1}))
    monkeypatch.chdir(tmp_path)


KINDS = {
    "layer": ["--network", "sc", "--layer", "scaled", "--note", "hello"],
    "penalty": ["--network", "rsp", "--shrink", "0.01"],
    "topology": ["--network", "ladder", "--stride", "5"],
    "topology by layer": ["--network", "ladder", "--stride", "5,2"],
    "optimiser": ["--network", "sc", "--optimizer", "signs", "--memory", "0.9"],
    "all together": ["--network", "ladder", "--layer", "scaled", "--optimizer", "signs",
                     "--l2", "1e-4"]}


def settings(words):
    """The settings that a command line gives."""
    args = parser().parse_args(["train", *SMALL, *words])
    return {name: getattr(args, name) for name in defaults()}


@pytest.mark.parametrize("words", KINDS.values(), ids=KINDS)
def test_trained_saved_and_loaded(words, capsys):
    """The command line trains and saves; the file gives back the same network, and evaluate
    the same accuracy."""
    assert main(["train", *SMALL, *words, "--out", "model.npz"]) == 0
    accuracy = capsys.readouterr().out.splitlines()[-1]
    assert main(["evaluate", "model.npz"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == accuracy
    run, model = prepare(settings(words)), load_model("model.npz")
    before = run.network.theta.copy()
    run.trainer.progress_stream = False
    run.trainer.fit(run.X, run.y)
    assert not np.array_equal(run.network.theta, before)
    np.testing.assert_array_equal(model.network.theta, run.network.theta)
    np.testing.assert_array_equal(model.network.predict_proba(run.X),
                                  run.network.predict_proba(run.X))
    assert repr(model.network) == repr(run.network)


@pytest.mark.parametrize("words", KINDS.values(), ids=KINDS)
def test_resumed_to_the_same_bits(words):
    """A run that is interrupted after two epochs and goes on ends like one that was not."""
    whole, again = whole_and_resumed(settings(words), "run.npz")
    np.testing.assert_array_equal(again.theta, whole.theta)


def test_the_gradient_table_knows_them():
    """Each kind has rows of its own, all of them good."""
    rng = np.random.default_rng(1)
    rows = [*gradient_table.layer_rows(rng),
            *(row for kind in LAYERS for row in gradient_table.penalty_rows(
                "shrink", Shrink, kind, rng) if kind != "scaled")]
    networks = gradient_table.network_rows(rng)
    for row in networks:
        if "paper" in row.part:
            break
        rows.append(row)
    parts = " ".join(row.part for row in rows)
    for word in ("Scaled", "Shrink on Sparse", "LADDER network", "SC network 3×16 of Scaled"):
        assert word in parts
    assert [row.part for row in rows if row.verdict != "good"] == []


def test_the_summary_tells_edges_from_trained_numbers():
    """32 × 32 coupled neurons have more edges than the 32 + 32 scales and 32 biases."""
    network = build("sc", 32, 10, width=32, layers=1, layer="scaled")
    edges = network.affine_layers[0].phi.nnz
    name, cells = network.summary().splitlines()[1][:22], network.summary().splitlines()[1][22:]
    assert name.strip() == "Scaled(note=none)"
    assert cells.split()[3:5] == [f"{edges:,}", "96"]
    assert network.n_parameters == 96 + 330


def test_pruning_gives_plain_layers():
    """What is left of a scaled layer are weights, trained one by one."""
    network = build("sc", 32, 10, width=32, layers=1, layer="scaled")
    small = largest_weights(network, 32 + 330 + 50)
    assert small.n_parameters == 32 + 330 + 50 and small.weights[0].nnz == 50
    kept = small.weights[0].tocoo()
    np.testing.assert_array_equal(kept.data, network.weights[0].tocsr()[kept.coords])


def test_the_proximal_step_reaches_zero():
    """A penalty that steps leaves exact zeros, and its slope enters no gradient."""
    network = build("fc", 16, 3, width=16, layers=1, shrink=[20.0, 0.0])
    rng = np.random.default_rng(0)
    X, y = rng.random((200, 16)), np.arange(200) % 3
    plain = build("fc", 16, 3, width=16, layers=1, shrink=0.0)
    for net in (network, plain):
        net.loss_and_gradient(X[:8].T.astype(np.float32), y[:8])
    np.testing.assert_array_equal(network.gradient, plain.gradient)
    Trainer(network, epochs=30, progress_stream=False).fit(X, y)
    assert (network.weights[0] == 0).mean() > 0.2
    assert (network.weights[1] != 0).all()
    with pytest.raises(ValueError, match="Shrink.*steps on W, but Scaled.* trains a, c, b"):
        build("sc", 16, 3, width=16, layers=1, layer="scaled", shrink=0.1)


def test_what_a_kind_does_not_take_is_refused(capsys):
    """One line that names the parameter."""
    for words, said in ((["--network", "sc", "--stride", "3"], "error: stride: got 3"),
                        (["--network", "sc", "--note", "x"], "error: note: "),
                        (["--memory", "0.5"], "error: memory: is no parameter of adam"),
                        (["--optimizer", "signs", "--memory", "1"], "error: memory: got 1"),
                        (["--network", "ladder", "--stride", "1,2,3"],
                         "error: stride: got 3 values")):
        assert main(["train", *SMALL, *words]) == 2
        assert said in capsys.readouterr().err
