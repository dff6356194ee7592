"""One seed, several independent random streams.

The graph, the initial weights, the order of the batches and the DropOut masks each draw from
a stream of their own. So a change in one (say, more epochs) leaves the others as they were,
and two networks that differ in one thing really differ in that thing only.
"""

import numpy as np

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
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed: got {seed!r}, expected an integer of at least 0")
    if name not in STREAMS:
        raise ValueError(f"name: got {name!r}, expected one of {', '.join(STREAMS)}")
    sequence = np.random.SeedSequence(int(seed), spawn_key=(STREAMS.index(name),))
    return np.random.default_rng(sequence)
