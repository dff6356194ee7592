"""What several tests use."""

import os
import signal

import numpy as np
import pytest

from scnn_np.experiments import prepare
from scnn_np.graphs.degrees import PAPER_SC_DEGREES

needs_fashion_mnist = pytest.mark.skipif(
    not os.environ.get("SCNN_DATA"),
    reason="the real Fashion-MNIST is not here: name its folder in SCNN_DATA")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def ctrl_c():
    """Ctrl-C has its usual handler, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def paper_degrees():
    return list(PAPER_SC_DEGREES)


@pytest.fixture
def blobs(rng):
    """Four well separated classes in 16 dimensions: X (240, 16), y (240,)."""
    y = np.arange(240) % 4
    return 4 * np.eye(16)[y] + rng.standard_normal((240, 16)), y


@pytest.fixture
def scheduler():
    """The address of a Dask cluster of two workers, inside this process."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False,
                                  dashboard_address=None) as cluster:
        yield cluster.scheduler_address


def whole_and_resumed(settings, checkpoint):
    """The networks of a run in one go, and of one that stopped after two epochs and went on."""
    whole = prepare(settings, progress_stream=False)
    whole.trainer.fit(whole.X, whole.y)

    class Stop(Exception):
        pass

    def stop(network):
        if len(first.trainer.history) == 2:
            raise Stop
        return {}
    first = prepare(settings, checkpoint=checkpoint, progress_stream=False)
    first.trainer.measure = stop
    with pytest.raises(Stop):
        first.trainer.fit(first.X, first.y)
    again = prepare(settings, checkpoint=checkpoint, progress_stream=False)
    again.trainer.fit(again.X, again.y, resume=True)
    return whole.network, again.network
