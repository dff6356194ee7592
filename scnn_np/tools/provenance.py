"""With what a number was computed: versions, threads, instruction set of the products."""

import os
import platform

import matplotlib
import numpy
import scipy
import sklearn
from threadpoolctl import threadpool_info


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
            **{package.__name__: package.__version__
               for package in (numpy, scipy, sklearn, matplotlib)},
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "blas": "; ".join(blas),
            "environment": {name: value for name, value in sorted(os.environ.items())
                            if name.startswith(("OPENBLAS_", "OMP_", "MKL_"))}}


def provenance_line():
    """The same in one line for the end of a run."""
    found = provenance()
    return (f"numpy {found['numpy']}, scipy {found['scipy']}, scikit-learn {found['sklearn']}; "
            f"{found['machine']}; {found['blas']}"
            + "".join(f"; {name}={value}" for name, value in found["environment"].items()))
