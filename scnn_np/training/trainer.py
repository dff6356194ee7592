"""The training loop: for every epoch, for every batch, one step."""

import numpy as np

from scnn_np.tools import checks
from scnn_np.tools.parameters import Parameter, checked
from scnn_np.tools.threads import allowed, blas_threads
from scnn_np.training.optimizers import Adam, Optimizer
from scnn_np.training.schedules import SCHEDULES
from scnn_np.training.state import State
from scnn_np.training.watch import Watch

AT_LEAST_1 = {"least": 1, "most": 2 ** 31}
PARAMETERS = {
    "epochs": Parameter(checks.whole, "passes over the training data", AT_LEAST_1),
    "batch_size": Parameter(checks.whole, "samples per step", AT_LEAST_1),
    "schedule": Parameter(checks.one_of, "how the learning rate falls", {"known": SCHEDULES}),
    "seed": Parameter(checks.whole, "of graph, weights, batches and masks", {"least": 0})}


class Trainer:
    """Trains a network on (samples, features) and integer labels.

    Parameters
    ----------
    network : MLP
    epochs, batch_size : int
    optimizer : `scnn_np.training.Optimizer`
        Adam with learning rate 1e-3 if left out.
    schedule : "cosine", "step" or "constant"
        How the learning rate falls from the first step to the last.
    seed : int
        Of the order of the batches.
    measure : function network → dict of numbers
        Called after every epoch; what it finds is added to the history.
    checkpoint : path
        An `.npz` that is rewritten after every epoch, once a minute, and on Ctrl-C. One of
        an unfinished run that is not resumed is kept as `….old.npz`.
    progress_stream : text file; standard error if left out, False for silence
    threads : int
        BLAS threads for the steps, never more than are allowed; if left out all for a network
        of large products, one where they are too small to share.

    Attributes
    ----------
    history : list of dict
        One per finished epoch: `epoch`, `loss` (penalties included) and `accuracy`, means over
        the epoch's batches as they were met (masks on); `held_out_loss` and
        `held_out_accuracy` after the epoch where there is held-out data; `seconds` of training
        since the first step; what the network's penalties watch, and what `measure` finds.
    """

    def __init__(self, network, *, epochs=25, batch_size=128, optimizer=None,
                 schedule="cosine", seed=0, measure=None, checkpoint=None,
                 progress_stream=None, threads=None):
        self.epochs, self.batch_size, self.schedule, self.seed = checked(
            PARAMETERS, epochs=epochs, batch_size=batch_size, schedule=schedule, seed=seed)
        if not hasattr(network, "loss_and_gradient"):
            checks.refuse("network", network, "a network, such as scnn_np.MLP", TypeError)
        self.network = network
        self.optimizer = checks.instance(
            "optimizer", Adam() if optimizer is None else optimizer, Optimizer,
            "one of scnn_np.training, such as Adam(1e-3)")
        self.measure = None if measure is None else checks.function("measure", measure)
        self.checkpoint = None if checkpoint is None else checks.path("checkpoint", checkpoint)
        self.progress_stream = progress_stream
        wanted = network.step_threads(self.batch_size) if threads is None else checks.whole(
            "threads", threads, least=1)
        self.threads = min(wanted, allowed())
        self.state = None

    @property
    def history(self):
        return self.state.history if self.state else []

    def fit(self, X, y, held_out=None, resume=False):
        """Train from the first step; with `resume`, from the checkpoint where there is one.

        Parameters
        ----------
        X : (samples, n_in) array
        y : (samples,) int array, labels 0 … n_classes - 1
        held_out : (X, y) to measure after every epoch, never to train on
        resume : bool

        Returns
        -------
        list of dict
            `history`.

        Raises
        ------
        Interrupted
            Ctrl-C, or a request to end; the checkpoint is written, where there is one.
        FloatingPointError
            The loss is infinite or not a number; the weights are those before that step. Or a
            weight or the held-out loss is, at the end of an epoch.
        ValueError
            Bad data, or a checkpoint of another run.
        """
        X, y = self.check_samples("", X, y)
        if held_out is not None:
            if not isinstance(held_out, tuple | list) or len(held_out) != 2:
                checks.refuse("held_out", held_out, "a pair (X, y)")
            held_out = self.check_samples("held_out: ", *held_out)
        checks.truth("resume", resume)
        state = self.state = State(self.network, self.optimizer, self.seed, len(X))
        with blas_threads(self.threads), Watch(self, X, y, resume) as watch:
            for _ in range(len(state.history), self.epochs):
                for batch in state.batches(self.batch_size):
                    self.step(X[batch], y[batch])
                    watch.after_step()
                state.end_epoch(self.measured(held_out))
                watch.after_epoch()
        return state.history

    def check_samples(self, prefix, X, y):
        """X in the network's precision and y, or an error."""
        X = self.network.check_inputs(X, f"{prefix}X", least=1)
        return np.ascontiguousarray(X), self.network.check_labels(y, X, f"{prefix}y")

    def step(self, X, y):
        """One update on a batch: (samples, n_in) and (samples,) arrays."""
        network, optimizer, state = self.network, self.optimizer, self.state
        loss, A = network.loss_and_gradient(np.ascontiguousarray(X.T), y)
        if not np.isfinite(loss):
            raise self.diverged("the loss", loss, state.steps + 1)
        done = (len(state.history) * state.samples + state.position) / (
            self.epochs * state.samples)
        factor = SCHEDULES[self.schedule](done)
        optimizer.step(network.theta, network.gradient, factor)
        network.take_proximal_steps(optimizer.learning_rate * factor)
        state.count(len(y), loss, int((A.argmax(axis=0) == y).sum()))
        network.after_step(state.steps)

    def measured(self, held_out):
        """How the epoch went: an entry of the history."""
        network, state = self.network, self.state
        if not np.isfinite(network.theta).all():
            raise self.diverged("a weight", "infinite or no number", state.steps)
        entry = {"epoch": len(state.history) + 1, "loss": state.loss_sum / state.samples,
                 "accuracy": state.correct / state.samples}
        if held_out is not None:
            loss, accuracy = network.evaluate(*held_out)
            if not np.isfinite(loss):
                raise self.diverged("the held-out loss", loss, state.steps)
            entry |= {"held_out_loss": loss, "held_out_accuracy": accuracy}
        entry["seconds"] = state.seconds
        return entry | network.watched() | (self.measure(network) if self.measure else {})

    def diverged(self, what, value, step):
        """The error that ends a run whose numbers have run away."""
        return FloatingPointError(
            f"{what} is {value} at step {step} (epoch {len(self.history) + 1}): "
            f"try a learning rate below {self.optimizer.learning_rate:g}, a smaller initial "
            "gain, or inputs of the order of 1")
