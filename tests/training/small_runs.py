"""A small network and its trainer, and ways to end a run early: for the tests beside it."""

from scnn_np import Trainer, spatially_coupled
from scnn_np.training import Adam

EPOCHS, STEPS = 4, 8            # 240 samples in batches of 32: 8 steps an epoch, the last short


def make(seed=0, dropout=0.3, **options):
    return spatially_coupled(16, 4, width=32, layers=2, blocks=4, degrees=[6, 9, 4, 1],
                             dropout=dropout, seed=seed, **options)


def trainer(network, **options):
    settings = {"epochs": EPOCHS, "batch_size": 32, "optimizer": Adam(0.01),
                "progress_stream": False}
    return Trainer(network, **settings | options)


class Killed(Exception):
    """Stands for the power cut."""


def at_step(network, number, act, monkeypatch):
    """Let something happen in the middle of one of a network's steps, counted from 1."""
    step, steps = network.loss_and_gradient, []

    def watched(Z, y):
        steps.append(len(y))
        if len(steps) == number:
            act()
        return step(Z, y)
    monkeypatch.setattr(network, "loss_and_gradient", watched)
    return steps


def kill_after(network, steps, monkeypatch):
    """Let a network die in the middle of its run."""
    def die():
        raise Killed
    at_step(network, steps + 1, die, monkeypatch)


def without_seconds(history):
    """What two runs must agree on, however fast they were."""
    return [{name: value for name, value in entry.items() if name != "seconds"}
            for entry in history]
