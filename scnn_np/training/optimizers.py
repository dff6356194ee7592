"""Optimisers: how the gradient moves the weights.

All trained numbers of a network lie in one flat vector θ (`network.theta`), their gradients in
another, g. An optimiser changes θ in place, a few passes over one array. A new one is one class
with `n_moments` and `move`; its parameters are keywords of the constructor.
"""

import numpy as np

from scnn_np.tools.checks import number, one_of, truth
from scnn_np.tools.parameters import Parameter, keywords

CHUNK = 1 << 15     # numbers at a time: θ, g and moments of a chunk fit into a core's cache


class Optimizer:
    """Common to all: the learning rate η, and moments of the shape of θ.

    Parameters
    ----------
    learning_rate : float
        η > 0 at the start of the run; a schedule lowers it from there.
    **options
        Further parameters of a run, each an attribute.
    """

    n_moments = 0           # vectors that are remembered from step to step

    def __init__(self, learning_rate, **options):
        self.options = {"learning_rate": learning_rate, **options}
        for name, value in self.options.items():
            setattr(self, name, PARAMETERS[name](name, value))
            self.options[name] = getattr(self, name)
        self.restart()

    def restart(self):
        """Stand before the first step."""
        self.t, self.moments = 0, None         # steps taken

    def step(self, theta, g, factor=1.0):
        """Move θ once, in place, with learning rate η·factor."""
        if self.moments is None:
            self.moments = np.zeros((self.n_moments, theta.size), theta.dtype)
        self.t += 1
        for k in range(0, theta.size, CHUNK):
            part = slice(k, k + CHUNK)
            theta[part] += self.move(g[part], self.learning_rate * factor,
                                     *self.moments[:, part])

    def move(self, g, rate, *moments):
        """The change of a part of θ; the moments of that part are renewed in place."""
        raise NotImplementedError

    def __repr__(self):
        said = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"{type(self).__name__}({said})"


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

    def __init__(self, learning_rate=0.1, *, momentum=0.0, nesterov=False):
        super().__init__(learning_rate, momentum=momentum, nesterov=nesterov)

    def move(self, g, rate, v):
        v *= self.momentum
        v -= rate * g
        return self.momentum * v - rate * g if self.nesterov else v


class RMSProp(Optimizer):
    """s ← ρs + (1-ρ)g², θ ← θ - ηg/(√s + ε) (Tieleman and Hinton, 2012)."""

    n_moments = 1

    def __init__(self, learning_rate=1e-3, *, rho=0.9, epsilon=1e-8):
        super().__init__(learning_rate, rho=rho, epsilon=epsilon)

    def move(self, g, rate, s):
        s *= self.rho
        s += (1 - self.rho) * g * g
        return -rate * g / (np.sqrt(s) + self.epsilon)


class Adam(Optimizer):
    """m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², both corrected for having started at 0:
    θ ← θ - η·√(1-β₂ᵗ)/(1-β₁ᵗ)·m/(√v + ε) (Kingma and Ba, 2015, the form at the end of their
    section 2, as in scikit-learn; their Algorithm 1 corrects v before ε is added)."""

    n_moments = 2

    def __init__(self, learning_rate=1e-3, *, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon)

    def move(self, g, rate, m, v):
        change = (1 - self.beta1) * g          # one array, used three times
        m *= self.beta1
        m += change
        np.multiply(1 - self.beta2, g, out=change)
        change *= g
        v *= self.beta2
        v += change
        rate *= (1 - self.beta2 ** self.t) ** 0.5 / (1 - self.beta1 ** self.t)
        np.multiply(-rate, m, out=change)
        root = np.sqrt(v)
        root += self.epsilon
        change /= root
        return change


OPTIMIZERS = {"adam": Adam, "sgd": SGD, "rmsprop": RMSProp}

SHARE = {"least": 0, "below": 1}
PARAMETERS = {
    "optimizer": Parameter(one_of, "how the gradient moves the weights", {"known": OPTIMIZERS}),
    "learning_rate": Parameter(number, "η at the start", {"above": 0}),
    "momentum": Parameter(number, "μ of sgd, the share of a step that goes on", SHARE),
    "nesterov": Parameter(truth, "Nesterov's form of the momentum of sgd"),
    "rho": Parameter(number, "ρ of rmsprop, kept of the mean square", SHARE),
    "beta1": Parameter(number, "β₁ of adam, kept of the mean gradient", SHARE),
    "beta2": Parameter(number, "β₂ of adam, kept of the mean square", SHARE),
    "epsilon": Parameter(number, "ε of adam and rmsprop", {"least": 0})}


def make_optimizer(optimizer="adam", learning_rate=1e-3, **options):
    """An optimiser by name; a parameter that it does not take is refused."""
    kind = OPTIMIZERS[PARAMETERS["optimizer"]("optimizer", optimizer)]
    takes = keywords(kind.__init__)
    for name in options:
        if name not in takes:
            raise ValueError(f"{name}: is no parameter of {optimizer}, expected "
                             f"{', '.join(takes) or 'none'}")
    return kind(learning_rate, **options)
