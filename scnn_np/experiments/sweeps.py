"""Many runs: those that are not done yet, saved one by one, so that a kill loses no other.

A result is looked for under its settings, so that a changed one never meets an old result.
"""

import multiprocessing
import os
import threading
import time
from functools import cache

import joblib
from threadpoolctl import threadpool_limits

from scnn_np.experiments.runs import identity
from scnn_np.experiments.settings import defaults
from scnn_np.tools.progress import Progress
from scnn_np.tools.provenance import provenance_line


def sweep(runs, done, work, save, *, jobs=1, stream=None):
    """Do those of many runs that are not done yet.

    Parameters
    ----------
    runs : list of dict
        The settings of each, in the order in which they are to be done.
    done : list of dict
        Records of earlier runs.
    work : function settings → dict of results
    save : function (list of records)
        Called after each run with all that is there.
    jobs : int
        Processes side by side, one BLAS thread each. Inside `joblib.parallel_config` they run
        where that says, on a cluster for example.
    stream : text file for progress; standard error if left out, False for silence

    Returns
    -------
    list of dict
        The records, old and new: `settings`, what `work` returned, `seconds`, and `with`, the
        versions and threads.
    """
    known = {identity(record["settings"]) for record in done}
    missing = []
    for settings in runs:
        if identity(settings) not in known:
            known.add(identity(settings))
            missing.append(settings)
    done, progress = list(done), Progress(len(missing), stream=stream)
    if not missing:
        return done
    progress.line(f"{len(missing)} runs to do, {len(done)} saved already")
    parallel = joblib.Parallel(jobs, return_as="generator_unordered", batch_size=1,
                               pre_dispatch="n_jobs")
    for record in parallel(joblib.delayed(one)(work, settings, os.getpid())
                           for settings in missing):
        done.append(record)
        save(done)
        progress.update(progress.done + 1)
        progress.line(f"{progress.done}/{len(missing)} {record['seconds']:.0f} s: "
                      f"{in_words(record['settings'])}; {progress.time_left()} left")
    return done


def in_words(settings):
    """The settings that are not the defaults."""
    standard = defaults()
    return " ".join(f"{name}={value}" for name, value in settings.items()
                    if name not in standard or value != standard[name])


def one(work, settings, parent):
    """The record of one run: on one thread, its forests too."""
    end_with(parent)
    start = time.perf_counter()
    with threadpool_limits(1), joblib.parallel_config("sequential"):
        found = work(settings)
        return {"settings": settings, **found, "with": provenance_line(),
                "seconds": round(time.perf_counter() - start, 1)}


@cache
def end_with(parent):
    """In a process that the process `parent` has started: end as soon as that one has ended,
    killed for example."""
    def wait():
        while os.getppid() == parent:          # an orphan gets another (not on Windows)
            time.sleep(0.2)
        os._exit(1)
    started_by = multiprocessing.parent_process()
    if started_by and started_by.pid == parent:
        threading.Thread(target=wait, daemon=True).start()
