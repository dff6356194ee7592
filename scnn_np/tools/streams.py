"""One seed, several independent random streams.

The graph, the initial weights, the order of the batches and the DropOut masks each draw from
a stream of their own. So a change in one (say, more epochs) leaves the others as they were,
and two networks that differ in one thing really differ in that thing only.
"""

import numpy as np

from scnn_np.tools.checks import one_of, whole

# Add at the end only: the place of a name seeds its stream.
STREAMS = ("split", "order", "graph", "weights", "batches", "masks")


def stream(seed, name):
    """The random generator that `seed` gives for one purpose.

    Parameters
    ----------
    seed : int, at least 0
    name : one of `STREAMS`

    Returns
    -------
    np.random.Generator
        The same seed and name give the same numbers; another name gives independent ones.
    """
    seed, name = whole("seed", seed, least=0), one_of("name", name, STREAMS)
    sequence = np.random.SeedSequence(seed, spawn_key=(STREAMS.index(name),))
    return np.random.default_rng(sequence)
