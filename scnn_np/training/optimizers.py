"""Optimisers: how the gradient moves the weights, and how the step size falls over a run.

All trained numbers of a network lie in one flat vector θ (`network.theta`), their gradients in
another, g. An optimiser changes θ in place, a few passes over one array.
"""

import numbers

import numpy as np

CHUNK = 1 << 15     # numbers at a time: θ, g and moments of a chunk fit into a core's cache


class Optimizer:
    """Common to all: the learning rate η, and moments of the shape of θ.

    Parameters
    ----------
    learning_rate : float
        η > 0 at the start of the run; a schedule lowers it from there.
    epsilon : float ≥ 0
        ε, where there is one.
    **shares : float in [0, 1)
        What is kept of each moment in a step: μ, ρ, β₁, β₂.
    """

    n_moments = 0           # vectors that are remembered from step to step

    def __init__(self, learning_rate, epsilon=0.0, **shares):
        if not (isinstance(learning_rate, numbers.Real) and 0 < learning_rate < np.inf):
            raise ValueError(f"learning_rate: got {learning_rate!r}, expected a number > 0")
        if not 0 <= epsilon < np.inf:
            raise ValueError(f"epsilon: got {epsilon!r}, expected a number ≥ 0")
        for name, share in shares.items():
            if not 0 <= share < 1:
                raise ValueError(f"{name}: got {share!r}, expected 0 ≤ {name} < 1")
        vars(self).update(shares, learning_rate=learning_rate, epsilon=epsilon)
        self.t = 0          # steps taken
        self.moments = None

    def step(self, theta, g, factor=1.0):
        """Move θ once, in place, with learning rate η·factor."""
        if self.moments is None:
            self.moments = np.zeros((self.n_moments, theta.size), theta.dtype)
        self.t += 1
        for k in range(0, theta.size, CHUNK):
            part = slice(k, k + CHUNK)
            theta[part] += self.move(g[part], self.learning_rate * factor,
                                     *self.moments[:, part])

    def state(self):
        """Everything that the next step depends on, as arrays."""
        moments = {} if self.moments is None else {"moments": self.moments}
        return {"t": np.array(self.t), **moments}

    def load_state(self, state):
        self.t = int(state["t"])
        self.moments = state.get("moments")


class SGD(Optimizer):
    """v ← μv - ηg, θ ← θ + v; Nesterov's form moves by μv - ηg of the new v.

    Parameters
    ----------
    learning_rate : float
    momentum : float
        μ in [0, 1).
    nesterov : bool
    """

    n_moments = 1

    def __init__(self, learning_rate=0.1, momentum=0.0, nesterov=False):
        super().__init__(learning_rate, momentum=momentum)
        self.nesterov = nesterov

    def move(self, g, rate, v):
        v *= self.momentum
        v -= rate * g
        return self.momentum * v - rate * g if self.nesterov else v


class RMSProp(Optimizer):
    """s ← ρs + (1-ρ)g², θ ← θ - ηg/(√s + ε) (Tieleman and Hinton, 2012)."""

    n_moments = 1

    def __init__(self, learning_rate=1e-3, rho=0.9, epsilon=1e-8):
        super().__init__(learning_rate, epsilon, rho=rho)

    def move(self, g, rate, s):
        s *= self.rho
        s += (1 - self.rho) * g * g
        return -rate * g / (np.sqrt(s) + self.epsilon)


class Adam(Optimizer):
    """m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², both corrected for having started at 0:
    θ ← θ - η·√(1-β₂ᵗ)/(1-β₁ᵗ)·m/(√v + ε) (Kingma and Ba, 2015, the form at the end of their
    section 2, as in scikit-learn; their Algorithm 1 corrects v before ε is added)."""

    n_moments = 2

    def __init__(self, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(learning_rate, epsilon, beta1=beta1, beta2=beta2)

    def move(self, g, rate, m, v):
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * g * g
        rate *= (1 - self.beta2 ** self.t) ** 0.5 / (1 - self.beta1 ** self.t)
        return -rate * m / (np.sqrt(v) + self.epsilon)


# --- schedules: the factor on η after a part `done` (0 … 1) of the run ------------------------

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
