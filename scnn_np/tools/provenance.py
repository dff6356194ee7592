"""With what a number was computed: versions, threads, instruction set of the products."""

import os
import platform
from importlib.metadata import version

import numpy as np
from threadpoolctl import threadpool_info

PACKAGES = {"numpy": "numpy", "scipy": "scipy", "sklearn": "scikit-learn",
            "matplotlib": "matplotlib"}


def provenance():
    """A JSON-able dict of all that can change bits or speed, besides settings and seed.

    `blas` gives the threads and the core type of NumPy's matrix products; `OPENBLAS_CORETYPE`
    and `OPENBLAS_NUM_THREADS` set them from outside.
    """
    blas = sorted({f"{pool['internal_api']} {pool.get('version')}, "
                   f"{pool.get('architecture', 'unknown core type')}, "
                   f"{pool['num_threads']} threads"
                   for pool in threadpool_info() if pool["user_api"] == "blas"})
    return {"python": platform.python_version(),
            **{name: version(package) for name, package in PACKAGES.items()},
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "blas": "; ".join(blas) or f"{blas_name()}, whose threads cannot be steered",
            "environment": {name: value for name, value in sorted(os.environ.items())
                            if name.startswith(("OPENBLAS_", "OMP_", "MKL_"))}}


def blas_name():
    """What NumPy was built with."""
    return np.show_config("dicts")["Build Dependencies"]["blas"]["name"]


def provenance_line():
    """The same in one line for the end of a run."""
    found = provenance()
    return (f"numpy {found['numpy']}, scipy {found['scipy']}, scikit-learn {found['sklearn']}; "
            f"{found['machine']}; {found['blas']}"
            + "".join(f"; {name}={value}" for name, value in found["environment"].items()))
