"""How the step size falls over a run: the factor on η after a part `done` (0 … 1) of it."""

import numpy as np


def constant(done):
    """η for the whole run."""
    return 1.0


def step(done):
    """η, a tenth of it after half of the run, a hundredth after three quarters."""
    return 0.1 ** ((done >= 0.5) + (done >= 0.75))


def cosine(done):
    """From η to 0 along half a cosine (Loshchilov and Hutter, 2017, without restarts)."""
    return 0.5 * (1 + float(np.cos(np.pi * done)))


SCHEDULES = {"constant": constant, "step": step, "cosine": cosine}
