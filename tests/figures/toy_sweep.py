"""A sweep in which nothing is trained, for tests that start it as a process and kill it.

    python toy_sweep.py SECONDS [options of a sweep]

Each run takes so many seconds. Results go to the working folder; a file begun-SEED says that a
run has begun.
"""

import sys
import time
from pathlib import Path

from matplotlib import pyplot as plt

from figures import common, sweeps

PRESETS = {"toy": {"help": "nothing is trained", "seeds": 8, "base": {"data": "digits"}}}


def rows(results):
    return [sweeps.Row("toy", "toy", {"network": "sc"})]


def work(settings):
    Path(f"begun-{settings['seed']}").touch()
    time.sleep(settings["wait"])
    return {"square": settings["seed"] ** 2}


def report(results, done):
    return [f"{len(sweeps.records(done[0], results))} runs"]


def plot(results, done):
    return plt.figure()


if __name__ == "__main__":
    common.FOLDER = Path.cwd()
    sys.exit(sweeps.main("toy", __doc__, PRESETS, rows, work, plot, report, sys.argv[2:],
                         extra={"wait": float(sys.argv[1])}))
