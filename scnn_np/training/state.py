"""The state of a run between two steps: all that the next step depends on.

It is saved and loaded whole, so that a run that is killed goes on to the same bits.
"""

import hashlib

import numpy as np

from scnn_np.tools.checks import shown
from scnn_np.tools.npz import read_npz, write_npz
from scnn_np.tools.streams import stream

FORMAT = "scnn_np checkpoint 2"


class State:
    """Where a run stands.

    Parameters
    ----------
    network : MLP
    optimizer : Optimizer
    seed : int
        Of the order of the batches.
    samples : int
        In an epoch.

    Attributes
    ----------
    history : list of dict
        One per finished epoch.
    position : int
        Samples of this epoch seen so far; `loss_sum` and `correct` count over them.
    steps : int
        Updates since the first.
    seconds : float
        Of training since the first step.
    """

    COUNTERS = {"position": int, "steps": int, "correct": int, "loss_sum": float,
                "seconds": float}

    def __init__(self, network, optimizer, seed, samples):
        self.network, self.optimizer, self.samples = network, optimizer, samples
        self.rng = stream(seed, "batches")
        self.permutation, self.history = np.arange(samples), []
        self.position = self.steps = self.correct = 0
        self.loss_sum = self.seconds = 0.0
        optimizer.restart()

    def batches(self, size):
        """What is left of this epoch, in pieces of the permutation; the last may be short."""
        if self.position == 0:
            self.permutation = self.rng.permutation(self.samples)
        while self.position < self.samples:
            yield self.permutation[self.position:self.position + size]

    def count(self, samples, loss, correct):
        """A step was taken on so many samples."""
        self.steps += 1
        self.position += samples
        self.loss_sum += loss * samples
        self.correct += correct

    def end_epoch(self, entry):
        """Write down how the epoch went, and stand before the next."""
        self.history.append(entry)
        self.position = self.correct = 0
        self.loss_sum = 0.0

    # --- as a file --------------------------------------------------------------------------

    def save(self, path, run):
        """Write it to `path`, with the description of the run."""
        about = {"format": FORMAT, "run": run, "history": self.history,
                 **{name: getattr(self, name) for name in self.COUNTERS},
                 "rng": self.rng.bit_generator.state,
                 "masks": [rng.bit_generator.state for rng in self.network.generators]}
        moments = self.optimizer.moments
        arrays = {"permutation": self.permutation, **self.network.state_arrays(),
                  **({} if moments is None else {"moments": moments})}
        write_npz(path, about, arrays)

    def load(self, path, run):
        """Stand where the file says; nothing is changed unless all of it fits.

        Raises
        ------
        ValueError
            Naming the file: damaged, of another version of scnn_np, or of another run, and
            then what differs.
        """
        about, arrays = read_npz(path)
        if about.get("format") != FORMAT:
            raise ValueError(f"{path}: format is {shown(about.get('format'))}, expected "
                             f"{FORMAT!r}: no run can go on from it")
        found = about.get("run") if isinstance(about.get("run"), dict) else {}
        for name, value in run.items():
            if found.get(name) != value:
                raise ValueError(f"{path}: is of a run with other {name}: got "
                                 f"{found.get(name, 'nothing')}, expected {value}")
        try:
            self.check(about, arrays)
        except Exception as e:                 # wrong contents fail in many ways
            raise ValueError(f"{path}: the checkpoint in it is damaged "
                             f"({shown(e, 200)})") from e
        for name, place in self.network.state_arrays().items():
            place[...] = arrays[name]
        self.permutation, self.history = arrays["permutation"], about["history"]
        for name in self.COUNTERS:
            setattr(self, name, about[name])
        self.optimizer.t, self.optimizer.moments = self.steps, arrays.get("moments")
        for rng, state in zip((self.rng, *self.network.generators),
                              (about["rng"], *about["masks"]), strict=True):
            rng.bit_generator.state = state

    def check(self, about, arrays):
        """Refuse a file whose parts do not fit this run or each other."""
        expected = {"permutation": ((self.samples,), self.permutation.dtype)}
        for name, array in self.network.state_arrays().items():
            expected[name] = array.shape, array.dtype
        if about["steps"]:
            theta = self.network.theta
            expected["moments"] = (self.optimizer.n_moments, theta.size), theta.dtype
        found = {name: (array.shape, array.dtype) for name, array in arrays.items()}
        if found != expected:
            raise ValueError(f"arrays {found}, expected {expected}")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ValueError("an array has infinite or missing numbers")
        if not np.array_equal(np.sort(arrays["permutation"]), np.arange(self.samples)):
            raise ValueError("permutation: is none")
        for name, kind in self.COUNTERS.items():
            if type(about[name]) not in {kind, int} or not 0 <= about[name] < np.inf:
                raise ValueError(f"{name}: {about[name]!r}")
        if (about["position"] >= self.samples or about["correct"] > about["position"]
                or len(about["masks"]) != len(self.network.generators)):
            raise ValueError("its counters do not fit together")
        check_history(about["history"])
        rng = np.random.default_rng()
        for state in (about["rng"], *about["masks"]):
            rng.bit_generator.state = state    # refuses what is none


def check_history(history):
    """Refuse what is no list of epochs, each a dict of finite numbers."""
    for k, entry in enumerate(history, 1):
        numbers = all(type(value) in (int, float) and np.isfinite(value)
                      for value in entry.values())
        if entry["epoch"] != k or not numbers or not {"loss", "accuracy",
                                                      "seconds"} <= entry.keys():
            raise ValueError(f"history: entry {k} is {entry!r}")


def describe(trainer, X, y):
    """What a checkpoint must agree on with the run that goes on from it, JSON-able."""
    network, optimizer = trainer.network, trainer.optimizer
    graph = [part for W in network.weights
             for part in (str(W.shape).encode(), getattr(W, "indices", b""),
                          getattr(W, "indptr", b""))]
    return {"epochs": trainer.epochs, "batch size": trainer.batch_size,
            "schedule": trainer.schedule, "seed": trainer.seed,
            "optimizer": [type(optimizer).__name__, optimizer.options],
            "penalties": [repr(penalty) for penalty in network.penalties],
            "layers": [layer.spec() for layer in network.layers],
            "graph": digest(*graph), "data": digest(X, np.ascontiguousarray(y)),
            "initial weights": digest(*network.state_arrays().values())}


def digest(*parts):
    """A short fingerprint of arrays and bytes."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()[:16]
