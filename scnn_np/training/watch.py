"""What stands around the loop: clock, progress, checkpoints, and the wish to stop."""

import signal
import threading
import time

from scnn_np.tools.files import set_aside
from scnn_np.tools.npz import read_npz
from scnn_np.tools.progress import Progress
from scnn_np.tools.threads import allowed
from scnn_np.training.state import describe

CHECKPOINT_SECONDS = 60


class Interrupted(KeyboardInterrupt):
    """A run was ended before its last epoch; what was done is in the checkpoint, if there is
    one."""


class Watch:
    """Watches over one `fit`: used as a context around the loop.

    Parameters
    ----------
    trainer : Trainer
        Its state is loaded from the checkpoint where the run is resumed.
    X, y : what is trained on
    resume : bool
    """

    def __init__(self, trainer, X, y, resume):
        self.trainer, self.state, self.path = trainer, trainer.state, trainer.checkpoint
        self.stop, self.handlers = False, {}
        self.progress = Progress(trainer.epochs * len(X), stream=trainer.progress_stream)
        if self.path:
            self.run = describe(trainer, X, y)
            self.begin_or_resume(resume)
        self.progress.begun_at = self.samples_seen()
        self.progress.line(f"steps on {trainer.threads} of {allowed()} BLAS threads")

    def begin_or_resume(self, resume):
        """Go on from the checkpoint, or keep the one of an unfinished run out of the way."""
        if resume and self.path.exists():
            self.state.load(self.path, self.run)
            epoch, epochs = len(self.state.history) + 1, self.trainer.epochs
            self.progress.line(
                f"nothing left to do: {self.path} is of a finished run" if epoch > epochs else
                f"resumed from {self.path} in epoch {epoch} of {epochs}")
        elif resume:
            self.progress.line(f"no checkpoint at {self.path}: beginning with the first step")
        elif is_of_unfinished_run(self.path):
            self.progress.line("kept the checkpoint of an unfinished run as "
                               f"{set_aside(self.path)}")

    def samples_seen(self):
        return len(self.state.history) * self.state.samples + self.state.position

    # --- the hooks --------------------------------------------------------------------------

    def after_step(self):
        """Count the time; save once a minute; stop between two steps if that is wished."""
        state, epochs = self.state, self.trainer.epochs
        now = time.perf_counter()
        state.seconds, self.clock = state.seconds + now - self.clock, now
        self.progress.update(self.samples_seen(),
                             f"epoch {len(state.history) + 1}/{epochs}")
        if state.position < state.samples:             # else the epoch ends first
            if self.path and now - self.saved_at > CHECKPOINT_SECONDS:
                self.save()
            self.stop_if_wished()

    def after_epoch(self):
        """Save, say how it went, and stop if that is wished."""
        entry, epochs = self.state.history[-1], self.trainer.epochs
        self.save()
        text = (f"epoch {entry['epoch']:>{len(str(epochs))}}/{epochs}  "
                f"loss {entry['loss']:.4f}  accuracy {100 * entry['accuracy']:5.2f} %")
        if "held_out_accuracy" in entry:
            text += f"  held out {100 * entry['held_out_accuracy']:5.2f} %"
        self.progress.line(f"{text}  {self.progress.time_left()} left")
        if entry["epoch"] < epochs:
            self.stop_if_wished()

    def save(self):
        if self.path:
            self.state.save(self.path, self.run)
            self.saved_at = time.perf_counter()

    def stop_if_wished(self):
        if self.stop:
            self.save()
            raise Interrupted(f"interrupted after {len(self.state.history)} of "
                              f"{self.trainer.epochs} epochs")

    # --- signals ----------------------------------------------------------------------------

    def __enter__(self):
        """From here on Ctrl-C, or a request to end, waits for the step at hand; a second one
        does not. A signal that is ignored stays ignored."""
        self.clock = self.saved_at = time.perf_counter()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self.handlers[number] = signal.signal(number, self.wish_to_stop)
        return self

    def wish_to_stop(self, *_):
        self.stop = True
        self.restore()

    def restore(self):
        for number, handler in self.handlers.items():
            signal.signal(number, handler or signal.SIG_DFL)

    def __exit__(self, *_):
        self.restore()


def is_of_unfinished_run(path):
    """Whether a file is to be kept: a checkpoint before its last epoch, or something else."""
    if not path.is_file():
        return False
    try:
        about, _ = read_npz(path)
        return len(about["history"]) < about["run"]["epochs"]
    except (ValueError, KeyError, TypeError):
        return True
