"""With what a number was computed: enough to know why another machine has other bits."""

import json
import platform

import numpy as np
import sklearn
from threadpoolctl import threadpool_limits

from scnn_np.tools.provenance import provenance, provenance_line


def test_versions():
    """Of Python and of the packages, as they say themselves."""
    found = provenance()
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__ and found["sklearn"] == sklearn.__version__
    assert json.loads(json.dumps(found)) == found


def test_threads_and_environment(monkeypatch):
    """What is in force now, and what was asked for from outside, sorted."""
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    monkeypatch.setenv("OTHER_NUM_THREADS", "9")
    with threadpool_limits(1, user_api="blas"):
        found = provenance()
        line = provenance_line()
    assert "1 threads" in found["blas"] or "cannot be steered" in found["blas"]
    names = list(found["environment"])
    assert names == sorted(names) and "OTHER_NUM_THREADS" not in names
    assert found["environment"]["OPENBLAS_CORETYPE"] == "Haswell"
    assert "MKL_NUM_THREADS=3" in line and f"numpy {np.__version__}" in line
    assert "\n" not in line
