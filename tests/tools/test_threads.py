"""BLAS threads: limited while it lasts, put back on every way out, never above what was."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from scnn_np import Trainer, fully_connected, spatially_coupled
from scnn_np.tools import threads
from scnn_np.tools.provenance import blas_name, provenance
from scnn_np.tools.threads import allowed, blas_threads, libraries, share


def counts():
    return [library.num_threads for library in libraries()]


@pytest.fixture(params=[1, 2], autouse=True)
def outside(request):
    """What the caller allows."""
    with threadpool_limits(request.param, user_api="blas"):
        yield request.param


def test_a_limit_lasts_as_long_as_its_context(outside):
    """Nested, the least counts; an exception puts back what was there, too."""
    before = counts()
    with blas_threads(2):
        assert counts() == before
        with blas_threads(1):
            assert counts() == [1] * len(before)
            assert allowed() == max(before)        # what the caller allows, not what is set
        assert counts() == before
    with pytest.raises(ZeroDivisionError), blas_threads(1):
        raise ZeroDivisionError
    assert counts() == before


def test_never_above_what_the_caller_allows(outside):
    with blas_threads(64):
        assert max(counts()) <= outside
        assert allowed() <= outside


def test_contexts_that_overlap_in_several_threads(outside):
    """The first to begin is the first to end: the limit stays for the other, and then goes."""
    before, inside, over = counts(), threading.Barrier(2), threading.Event()

    def other():
        with blas_threads(1):
            inside.wait(10)
            over.wait(10)
    thread = threading.Thread(target=other)
    with blas_threads(1):
        thread.start()
        inside.wait(10)
    assert counts() == [1] * len(before)
    over.set()
    thread.join(10)
    assert counts() == before


def test_work_is_shared_in_order():
    """Results in the order of the pieces, in as many threads as asked for; an error comes
    out."""
    names = set()

    def square(n):
        names.add(threading.current_thread().name)
        return n * n
    for n in (1, 3):
        assert share(square, list(range(20)), n) == [k * k for k in range(20)]
    assert share(square, [], 2) == []
    with pytest.raises(ZeroDivisionError):
        share(lambda n: 1 / n, [1, 0], 2)


@pytest.mark.parametrize("build", [spatially_coupled, fully_connected])
def test_prediction_has_the_same_bits_for_any_number(build, rng):
    """The pieces are the same, and each is computed on one BLAS thread."""
    network = build(64, 10, width=256, layers=2)
    X, y = rng.random((3000, 64)), rng.integers(0, 10, 3000)
    expected, scores = network.predict_proba(X, threads=1), network.evaluate(X, y, threads=1)
    for n in (None, 2, 5):
        np.testing.assert_array_equal(network.predict_proba(X, threads=n), expected)
        assert network.evaluate(X, y, threads=n) == scores


def test_small_products_get_one_thread_and_large_ones_all(outside):
    """The paper's SC network trains on one, its FC network on all that are allowed."""
    assert Trainer(spatially_coupled()).threads == 1
    assert Trainer(fully_connected()).threads == allowed()
    assert Trainer(fully_connected(), threads=1).threads == 1
    assert Trainer(spatially_coupled(), threads=64).threads == allowed()
    with pytest.raises(ValueError, match="threads: got 0, expected a whole number"):
        Trainer(spatially_coupled(), threads=0)


def test_fit_limits_and_restores(outside, rng, capsys):
    """While the steps run the plan is in force; afterwards, and after an error, it is not."""
    before, seen = counts(), []
    network = spatially_coupled(64, 3, width=64, layers=1)

    def measure(network):
        seen.append(counts())
        return {}
    X, y = rng.random((60, 64)), np.arange(60) % 3
    Trainer(network, epochs=2, measure=measure).fit(X, y)
    assert seen == [[1] * len(before)] * 2 and counts() == before
    assert f"steps on 1 of {allowed()} BLAS threads" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        Trainer(network, epochs=1, measure=lambda n: 1 / 0, progress_stream=False).fit(X, y)
    assert counts() == before


def test_a_blas_that_cannot_be_steered(monkeypatch, rng):
    """It is named, and everything works as it comes."""
    monkeypatch.setattr(threads, "libraries", lambda: [])
    assert allowed() == 1
    network = spatially_coupled(64, 3, width=64, layers=1)
    assert network.predict(rng.random((5, 64))).shape == (5,)
    monkeypatch.setattr("scnn_np.tools.provenance.threadpool_info", lambda: [])
    assert provenance()["blas"] == f"{blas_name()}, whose threads cannot be steered"
