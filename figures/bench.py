"""Times steps of many kinds fairly: each in a process of its own, in turns, one at a time.

Inside one process the competitors would disturb each other: thread pools that spin while they
wait, those of PyTorch and of OpenBLAS, take a core from whoever is timed next. So every job has
a process that sets it up, warms it up and then waits; the parent asks one after the other for a
block of steps. Processes are started anew several times, since where the arrays lie in memory
differs from one to the next, and speed with it.

    python -m figures.bench figures.ours:training '{"kind": "SC"}'

is such a process by hand: type a number of seconds for a block.
"""

import json
import os
import resource
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from statistics import median

from scnn_np.tools.progress import Progress

# Before every block: longer than a pool of threads spins after its last work.
PAUSE = 0.1
# All ways in which the libraries are told their threads; XLA, JAX's compiler, reads NPROC.
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")
# Unset unless a preset sets them: they change OpenBLAS' choice of kernels and of tile sizes.
TUNING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
MEASURES = ("wall_ms", "core_ms", "faults")


@dataclass(frozen=True)
class Job:
    """What is timed in one process.

    Parameters
    ----------
    name : str
        As the results call it.
    place : "module:function"
        The function, called with `options`, returns the step to be timed; for `ask`, what it
        found out.
    options : dict
        Keywords that JSON can hold.
    threads : int
        That the process may use.
    """

    name: str
    place: str
    options: dict = field(default_factory=dict)
    threads: int = 1


# --- in the parent --------------------------------------------------------------------------

def take_turns(jobs, chosen, text=""):
    """Time every job in several processes, by several blocks in each.

    Parameters
    ----------
    jobs : list of Job
    chosen : dict
        `processes` and `rounds`: how many of both; `block`, the seconds of one; `environment`
        of the processes.
    text : str
        What the progress calls it.

    Returns
    -------
    list of dict
        For each job its name and threads, and a list of one number per process, the median of
        its blocks, for the milliseconds of a step, those of core time (of all threads together)
        and the page faults.
    """
    records = [{"name": job.name, "threads": job.threads, **{name: [] for name in MEASURES}}
               for job in jobs]
    progress = Progress(chosen["processes"] * chosen["rounds"] * len(jobs))
    for k in range(chosen["processes"]):
        with ExitStack() as stack:
            workers = [stack.enter_context(Worker(job, chosen["environment"])) for job in jobs]
            for worker in workers:
                worker.hear()                                    # it is warm
            blocks = [[] for _ in jobs]
            for _ in range(chosen["rounds"]):
                for worker, found in zip(workers, blocks, strict=True):
                    time.sleep(PAUSE)
                    found.append(worker.block(chosen["block"]))
                    progress.update(progress.done + 1, text)
        for record, found in zip(records, blocks, strict=True):
            for name in MEASURES:
                record[name].append(short(median(block[name] for block in found)))
        progress.line(f"{text}: process {k + 1} of {chosen['processes']}")
    return records


def ask(job, environment):
    """What the job's function returns in a process of its own."""
    with Worker(job, environment) as worker:
        return worker.hear()


def short(value):
    """Four digits are more than any timing is good for."""
    return float(f"{value:.4g}")


class Worker:
    """A process for one job, seen from the parent; it ends with the `with`."""

    def __init__(self, job, environment):
        self.job = job
        kept = {name: value for name, value in os.environ.items() if name not in TUNING}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "figures.bench", job.place, json.dumps(job.options)],
            env=kept | dict.fromkeys(THREADS, str(job.threads)) | environment,
            cwd=Path(__file__).parents[1], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, start_new_session=True)      # Ctrl-C is for the parent

    def block(self, seconds):
        """Let it do steps for so long, and return what one took."""
        print(seconds, file=self.process.stdin, flush=True)
        return self.hear()

    def hear(self):
        """Its next answer.

        Raises
        ------
        ChildProcessError
            There is none, since the process has ended.
        """
        line = self.process.stdout.readline()
        if not line:
            raise ChildProcessError(f"{self.job.name}: its process ended with exit code "
                                    f"{self.process.wait()}, expected an answer")
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()                               # closes the pipes, and waits


# --- in the process of a job ----------------------------------------------------------------

def work(place, options):
    """Set up the job, then do a block of steps for every line that comes in."""
    answers, sys.stdout = sys.stdout, sys.stderr       # what libraries print is no answer
    module, function = place.split(":")
    made = getattr(import_module(module), function)(**json.loads(options))
    if not callable(made):
        print(json.dumps(made), file=answers, flush=True)
        return
    for _ in range(3):
        made()
    print('"warm"', file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(block(made, float(line))), file=answers, flush=True)


def block(step, seconds):
    """Do steps for so long, at least one, and return the means; the first one, which finds cold
    caches and sleeping threads, does not count."""
    step()
    faults, core, start = page_faults(), time.process_time(), time.perf_counter()
    steps = wall = 0
    while wall < seconds or not steps:
        step()
        steps += 1
        wall = time.perf_counter() - start
    core = time.process_time() - core
    return {"wall_ms": 1e3 * wall / steps, "core_ms": 1e3 * core / steps,
            "faults": (page_faults() - faults) / steps}


def in_turns(steps, rounds, seconds):
    """Median milliseconds of each of some steps in this one process. Only for steps on one
    thread: there no pool of threads disturbs the next."""
    found = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            found[name].append(block(step, seconds)["wall_ms"])
    return {name: short(median(times)) for name, times in found.items()}


def page_faults():
    """Of this process so far: pages of memory that the system had to hand out."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


if __name__ == "__main__":
    work(*sys.argv[1:])
