"""The training loop: shuffled batches, history, progress, checkpoints."""

import hashlib
import signal
import threading
import time
from pathlib import Path

import numpy as np

from scnn_np.files import read_npz, write_npz
from scnn_np.optimizers import SCHEDULES, Adam
from scnn_np.progress import Progress
from scnn_np.streams import stream

CHECKPOINT_SECONDS = 60


class Trainer:
    """Trains a network on (samples, features) and integer labels.

    Parameters
    ----------
    network : MLP
    epochs, batch_size : int
    optimizer : `scnn_np.optimizers.Optimizer`
        Adam with learning rate 1e-3 if left out.
    schedule : "cosine", "step" or "constant"
        How the learning rate falls from the first step to the last.
    seed : int
        Of the order of the batches.
    checkpoint : path
        An `.npz` that is rewritten after every epoch, once a minute, and on Ctrl-C.
    progress_stream : text file; standard error if left out, False for silence

    Attributes
    ----------
    history : list of dict
        One per finished epoch: `epoch`, `loss` (penalties included) and `accuracy`, means over
        the epoch's batches as they were met (masks on); `held_out_loss` and
        `held_out_accuracy` after the epoch where there is held-out data; `seconds`.
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
        self.optimizer = optimizer or Adam()
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
            The loss is infinite or not a number; the weights are those before that step.
        ValueError
            Bad data, or a checkpoint of another run.
        """
        X = np.ascontiguousarray(self.network.check_inputs(X), self.network.dtype)
        y = self.network.check_labels(y, X)
        if not len(X):
            raise ValueError("X: got no samples, expected at least one")
        if held_out is not None:
            self.network.check_labels(held_out[1], self.network.check_inputs(held_out[0]))
        self.reset()
        if self.checkpoint:
            self.fingerprint = self.describe(X, y)
            if resume and Path(self.checkpoint).exists():
                self.load_checkpoint()
        total = self.epochs * len(X)
        progress = Progress(total, len(self.history) * len(X) + self.position,
                            self.progress_stream)
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

    def train_batch(self, X, y, total):
        """One step on the next samples of the permutation; the last batch may be short."""
        batch = self.permutation[self.position:self.position + self.batch_size]
        loss, A = self.network.loss_and_gradient(np.ascontiguousarray(X[batch].T), y[batch])
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"the loss is {loss} at step {self.steps + 1} (epoch {len(self.history) + 1}): "
                f"try a learning rate below {self.optimizer.learning_rate:g}, a smaller "
                "initial gain, or inputs of the order of 1")
        done = (len(self.history) * len(X) + self.position) / total
        self.optimizer.step(self.network.theta, self.network.gradient,
                            SCHEDULES[self.schedule](done))
        self.steps += 1
        self.position += len(batch)
        self.loss_sum += loss * len(batch)
        self.correct += int((A.argmax(axis=0) == y[batch]).sum())

    def end_epoch(self, held_out, progress):
        """Write down how the epoch went, and begin another."""
        n = self.position
        entry = {"epoch": len(self.history) + 1, "loss": self.loss_sum / n,
                 "accuracy": self.correct / n}
        text = (f"epoch {entry['epoch']:>{len(str(self.epochs))}}/{self.epochs}  "
                f"loss {entry['loss']:.4f}  accuracy {100 * entry['accuracy']:5.2f} %")
        if held_out is not None:
            loss, accuracy = self.network.evaluate(*held_out)
            entry |= {"held_out_loss": loss, "held_out_accuracy": accuracy}
            text += f"  held out {100 * accuracy:5.2f} %"
        entry["seconds"] = self.seconds
        self.history.append(entry)
        self.position = self.loss_sum = self.correct = 0
        progress.line(f"{text}  {progress.time_left()} left")
        if self.checkpoint:
            self.save_checkpoint()

    # --- checkpoints ------------------------------------------------------------------------

    def mask_generators(self):
        """The distinct generators of the masks, in the order of the layers."""
        found = {id(layer.rng): layer.rng for layer in self.network.layers
                 if hasattr(layer, "rng")}
        return list(found.values())

    def describe(self, X, y):
        """What a checkpoint must agree on with the run that goes on from it."""
        data = hashlib.sha256(X)
        data.update(np.ascontiguousarray(y))
        graph = hashlib.sha256()
        for W in self.network.weights:
            graph.update(str(W.shape).encode())
            graph.update(getattr(W, "indices", np.zeros(0)))
        constants = {name: value for name, value in vars(self.optimizer).items()
                     if isinstance(value, int | float) and name != "t"}
        return {"epochs": int(self.epochs), "batch size": int(self.batch_size),
                "schedule": self.schedule, "seed": int(self.seed),
                "optimizer": [type(self.optimizer).__name__, constants],
                "penalties": [repr(penalty) for penalty in self.network.penalties],
                "layers": [[type(layer).__name__, getattr(layer, "p", None)]
                           for layer in self.network.layers],
                "graph": graph.hexdigest(), "data": data.hexdigest()}

    def save_checkpoint(self):
        """Everything that the next step depends on."""
        about = {"run": self.fingerprint, "history": self.history, "seconds": self.seconds,
                 "steps": self.steps, "position": self.position, "loss_sum": self.loss_sum,
                 "correct": self.correct, "rng": self.rng.bit_generator.state,
                 "masks": [rng.bit_generator.state for rng in self.mask_generators()]}
        moments = {f"optimizer.{name}": array
                   for name, array in self.optimizer.state().items()}
        write_npz(self.checkpoint, about, {"theta": self.network.theta,
                                           "permutation": self.permutation, **moments})
        self.saved_at = time.perf_counter()

    def load_checkpoint(self):
        about, arrays = read_npz(self.checkpoint)
        for name, value in self.fingerprint.items():
            found = about.get("run", {}).get(name)
            if found != value:
                raise ValueError(f"{self.checkpoint}: is of a run with other {name}: got "
                                 f"{found}, expected {value}")
        self.network.theta[...] = arrays["theta"]
        self.permutation = arrays["permutation"]
        start = "optimizer."
        self.optimizer.load_state({name[len(start):]: array for name, array in arrays.items()
                                   if name.startswith(start)})
        for name in ("history", "seconds", "steps", "position", "loss_sum", "correct"):
            setattr(self, name, about[name])
        self.rng.bit_generator.state = about["rng"]
        for rng, state in zip(self.mask_generators(), about["masks"], strict=True):
            rng.bit_generator.state = state


class CtrlC:
    """While it lasts, Ctrl-C waits for the step at hand; a second one does not."""

    pressed = False

    def __enter__(self):
        self.watching = threading.current_thread() is threading.main_thread()
        if self.watching:
            self.before = signal.signal(signal.SIGINT, self.press)
        return self

    def press(self, *_):
        self.pressed = True
        signal.signal(signal.SIGINT, self.before)

    def __exit__(self, *_):
        if self.watching:
            signal.signal(signal.SIGINT, self.before)
