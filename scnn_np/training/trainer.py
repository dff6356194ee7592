"""The training loop: shuffled batches, history, progress, checkpoints."""

import signal
import threading
import time
from pathlib import Path

import numpy as np

from scnn_np.tools.progress import Progress
from scnn_np.tools.streams import stream
from scnn_np.training import checkpoints
from scnn_np.training.optimizers import SCHEDULES, Adam, Optimizer

CHECKPOINT_SECONDS = 60


class Trainer:
    """Trains a network on (samples, features) and integer labels.

    Parameters
    ----------
    network : MLP
    epochs, batch_size : int
    optimizer : `scnn_np.training.optimizers.Optimizer`
        Adam with learning rate 1e-3 if left out.
    schedule : "cosine", "step" or "constant"
        How the learning rate falls from the first step to the last.
    seed : int
        Of the order of the batches.
    checkpoint : path
        An `.npz` that is rewritten after every epoch, once a minute, and on Ctrl-C. One of
        an unfinished run that is not resumed is kept as `….old.npz`.
    progress_stream : text file; standard error if left out, False for silence

    Attributes
    ----------
    history : list of dict
        One per finished epoch: `epoch`, `loss` (penalties included) and `accuracy`, means over
        the epoch's batches as they were met (masks on); `held_out_loss` and
        `held_out_accuracy` after the epoch where there is held-out data; `seconds` of training
        since the first step.
    interrupted : bool
        Whether Ctrl-C ended the run before its last epoch.
    """

    def __init__(self, network, *, epochs=25, batch_size=128, optimizer=None,
                 schedule="cosine", seed=0, checkpoint=None, progress_stream=None):
        for name, value in (("epochs", epochs), ("batch_size", batch_size)):
            if not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(f"{name}: got {value!r}, expected a whole number of at "
                                 "least 1")
        if schedule not in SCHEDULES:
            raise ValueError(f"schedule: got {schedule!r}, expected one of "
                             f"{', '.join(SCHEDULES)}")
        self.network, self.epochs, self.batch_size = network, epochs, batch_size
        self.optimizer = Adam() if optimizer is None else optimizer
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(f"optimizer: got {optimizer!r}, expected one of "
                            "scnn_np.training.optimizers, such as Adam(1e-3)")
        self.schedule, self.seed = schedule, seed
        self.checkpoint, self.progress_stream = checkpoint, progress_stream
        self.reset()

    def reset(self):
        """Stand before the first step."""
        self.history, self.interrupted = [], False
        self.optimizer.load_state({"t": 0})
        self.rng = stream(self.seed, "batches")
        self.steps = self.position = 0         # position: samples of this epoch seen so far
        self.loss_sum = self.correct = 0       # over those samples
        self.permutation = np.zeros(0, int)
        self.seconds = 0.0

    # --- the loop ---------------------------------------------------------------------------

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
            `history`, shorter than `epochs` if Ctrl-C ended the run.

        Raises
        ------
        FloatingPointError
            The loss is infinite or not a number; the weights are those before that step. Or a
            weight or the held-out loss is, at the end of an epoch.
        ValueError
            Bad data, or a checkpoint of another run.
        """
        X, y = self.check_samples("", X, y)
        if held_out is not None:
            held_out = self.check_samples("held_out: ", *held_out)
        total = self.epochs * len(X)
        self.reset()
        progress = Progress(total, stream=self.progress_stream)
        if self.checkpoint:
            self.begin_or_resume(X, y, resume, progress)
        progress.begun_at = len(self.history) * len(X) + self.position
        clock = self.saved_at = time.perf_counter()
        with CtrlC() as ctrl_c:
            while len(self.history) < self.epochs and not ctrl_c.pressed:
                if self.position == 0:
                    self.permutation = self.rng.permutation(len(X))
                self.train_batch(X, y, total)
                progress.update(len(self.history) * len(X) + self.position,
                                f"epoch {len(self.history) + 1}/{self.epochs}")
                now = time.perf_counter()
                self.seconds, clock = self.seconds + now - clock, now
                if self.position == len(X):
                    self.end_epoch(held_out, progress)
                elif self.checkpoint and now - self.saved_at > CHECKPOINT_SECONDS:
                    self.save_checkpoint()
            self.interrupted = len(self.history) < self.epochs
            if self.interrupted and self.checkpoint:
                self.save_checkpoint()
        return self.history

    def check_samples(self, name, X, y):
        """X in the network's precision and y, or an error."""
        X = np.ascontiguousarray(self.network.check_inputs(X))
        with np.errstate(over="ignore"):               # too large for float32 is infinite too
            X = X.astype(self.network.dtype, copy=False)
        y = self.network.check_labels(y, X)
        if not len(X):
            raise ValueError(f"{name}X: got no samples, expected at least one")
        if not np.isfinite(X).all():
            raise ValueError(f"{name}X: has missing, infinite or too large numbers")
        return X, y

    def begin_or_resume(self, X, y, resume, progress):
        """Go on from the checkpoint, or keep the one of an unfinished run out of the way."""
        self.run = checkpoints.describe(self, X, y)
        if resume and Path(self.checkpoint).exists():
            checkpoints.load(self.checkpoint, self.run, self)
            epoch = len(self.history) + 1
            if epoch > self.epochs:
                progress.line(f"nothing left to do: {self.checkpoint} is of a finished run")
            else:
                progress.line(f"resumed from {self.checkpoint} in epoch {epoch} of "
                              f"{self.epochs}")
        elif resume:
            progress.line(f"no checkpoint at {self.checkpoint}: beginning with the first step")
        elif old := checkpoints.set_aside(self.checkpoint):
            progress.line(f"kept the checkpoint of an unfinished run as {old}")

    def train_batch(self, X, y, total):
        """One step on the next samples of the permutation; the last batch may be short."""
        batch = self.permutation[self.position:self.position + self.batch_size]
        loss, A = self.network.loss_and_gradient(np.ascontiguousarray(X[batch].T), y[batch])
        if not np.isfinite(loss):
            raise self.diverged("the loss", loss, self.steps + 1)
        done = (len(self.history) * len(X) + self.position) / total
        self.optimizer.step(self.network.theta, self.network.gradient,
                            SCHEDULES[self.schedule](done))
        self.steps += 1
        self.position += len(batch)
        self.loss_sum += loss * len(batch)
        self.correct += int((A.argmax(axis=0) == y[batch]).sum())

    def diverged(self, what, value, step):
        """The error that ends a run whose numbers have run away."""
        return FloatingPointError(
            f"{what} is {value} at step {step} (epoch {len(self.history) + 1}): "
            f"try a learning rate below {self.optimizer.learning_rate:g}, a smaller initial "
            "gain, or inputs of the order of 1")

    def end_epoch(self, held_out, progress):
        """Write down how the epoch went, and begin another."""
        n = self.position
        if not np.isfinite(self.network.theta).all():
            raise self.diverged("a weight", "infinite or no number", self.steps)
        entry = {"epoch": len(self.history) + 1, "loss": self.loss_sum / n,
                 "accuracy": self.correct / n}
        text = (f"epoch {entry['epoch']:>{len(str(self.epochs))}}/{self.epochs}  "
                f"loss {entry['loss']:.4f}  accuracy {100 * entry['accuracy']:5.2f} %")
        if held_out is not None:
            loss, accuracy = self.network.evaluate(*held_out)
            if not np.isfinite(loss):
                raise self.diverged("the held-out loss", loss, self.steps)
            entry |= {"held_out_loss": loss, "held_out_accuracy": accuracy}
            text += f"  held out {100 * accuracy:5.2f} %"
        entry["seconds"] = self.seconds
        self.history.append(entry)
        self.position = self.loss_sum = self.correct = 0
        if self.checkpoint:
            self.save_checkpoint()
        progress.line(f"{text}  {progress.time_left()} left")

    def save_checkpoint(self):
        checkpoints.save(self.checkpoint, self.run, self)
        self.saved_at = time.perf_counter()


class CtrlC:
    """While it lasts, Ctrl-C (or a request to end) waits for the step at hand; a second one
    does not."""

    pressed = False

    def __enter__(self):
        self.before = {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self.before[number] = signal.signal(number, self.press)
        return self

    def press(self, *_):
        self.pressed = True
        self.__exit__()

    def __exit__(self, *_):
        for number, handler in self.before.items():
            signal.signal(number, handler or signal.SIG_DFL)
