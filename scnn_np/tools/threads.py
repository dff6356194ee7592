"""How many threads BLAS uses for NumPy's products, and work shared among Python threads.

BLAS takes all cores for every product unless it is told otherwise. That wastes them where the
products are small: the threads wait for each other longer than they work.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

import scipy.linalg  # noqa: F401  (so that SciPy's BLAS is loaded, and found, too)
from threadpoolctl import ThreadpoolController

lock = threading.Lock()
limits, before = [], []         # what is asked for now, and the threads of each BLAS before


@cache
def libraries():
    """The BLAS libraries that can be steered, NumPy's and SciPy's; none of some systems."""
    return ThreadpoolController().select(user_api="blas").lib_controllers


def allowed():
    """The most threads that the caller and the environment allow."""
    with lock:
        counts = before or [library.num_threads for library in libraries()]
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(cores, max(counts, default=1))


@contextmanager
def blas_threads(n):
    """While it lasts BLAS uses at most n threads, and never more than before.

    The setting is one for the whole process: where several contexts overlap, in one thread or
    in many, the least n counts, and the last one to end puts back what was there.
    """
    with lock:
        if not limits:
            before[:] = [library.num_threads for library in libraries()]
        limits.append(n)
        set_threads()
    try:
        yield
    finally:
        with lock:
            limits.remove(n)
            set_threads()
            if not limits:
                before.clear()


def set_threads():
    """Put the least limit in force, from whichever Python thread."""
    for library, most in zip(libraries(), before, strict=True):
        # From threadpoolctl 3.7 on the Python thread that set OpenBLAS first goes on to own it,
        # and others set it in vain. The lock makes that unnecessary here.
        release = getattr(library, "clear_controlling_thread", lambda force: None)
        release(force=True)
        library.set_num_threads(min([most, *limits]))
        release(force=True)


def share(function, pieces, threads):
    """`function` of each piece, in their order, in so many Python threads, one BLAS thread
    each: the same bits for any number of threads. NumPy's and SciPy's products let the others
    go on meanwhile."""
    with blas_threads(1):
        if threads == 1 or len(pieces) < 2:
            return [function(piece) for piece in pieces]
        with ThreadPoolExecutor(min(threads, len(pieces))) as pool:
            return list(pool.map(function, pieces))
