"""What is installed, what is imported, and what the library shows of itself."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import scnn_np
from scnn_np.data import load_data
from scnn_np.experiments import load_model, save_model

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "scnn_np" / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = ("analysis", "data", "experiments", "gradcheck", "graphs", "nn", "tools", "training")


def run(code):
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          cwd=ROOT, check=True).stdout


def test_every_room_is_listed():
    """A folder that is not under `packages` would be missing from the wheel."""
    folders = {path.parent.relative_to(ROOT).as_posix().replace("/", ".")
               for path in (ROOT / "scnn_np").rglob("__init__.py") if "build" not in path.parts}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == folders
    assert folders == {"scnn_np", *(f"scnn_np.{room}" for room in ROOMS)}


def test_dependencies_are_those_of_the_tests():
    """requirements.txt without pytest."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    assert PROJECT["project"]["dependencies"] == [line for line in lines
                                                  if "pytest" not in line]


def test_what_an_import_brings():
    """Neither forests nor Matplotlib, and nothing beyond the five packages and what
    scikit-learn brings."""
    code = ("import sys, scnn_np, scnn_np.__main__; print(*{path.split('site-packages')[1]"
            ".replace(chr(92), '/').split('/')[1] for path in (getattr(module, '__file__', '') "
            "or '' for module in list(sys.modules.values())) if 'site-packages' in path})")
    allowed = {"numpy", "scipy", "sklearn", "joblib", "threadpoolctl.py", "narwhals",
               "_distutils_hack", "cloudpickle", "loky"}
    assert {"numpy", "scipy", "sklearn"} <= set(run(code).split()) <= allowed
    assert run("import sys, scnn_np; print('sklearn.ensemble' in sys.modules, 'matplotlib' in "
               "sys.modules)").split() == ["False", "False"]


@pytest.mark.parametrize("room", ["", *(f".{room}" for room in ROOMS)])
def test_public_names(room):
    """Each room says what is public, and has it."""
    module = __import__(f"scnn_np{room}", fromlist=["__all__"])
    assert module.__doc__
    for name in getattr(module, "__all__", ()):
        assert hasattr(module, name), name


def test_version_and_repr(tmp_path):
    """One line that says what a thing is."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", scnn_np.__version__)
    data = load_data("digits")
    ordering = scnn_np.fit_ordering(data.X_train, data.y_train, multiple_of=8)
    network = scnn_np.spatially_coupled(64, 10, width=16, layers=1)
    save_model(tmp_path / "m.npz", network, ordering, data.class_names, {})
    model = load_model(tmp_path / "m.npz")
    assert repr(network) == f"MLP(64 → 16 → 10, {network.n_parameters} parameters, L2(5e-05))"
    assert repr(network.layers[0]) == "Sparse(64 → 16)"
    assert repr(ordering) == "Ordering(pca, descending, 64 → 64 features)"
    assert repr(model) == f"Model({network!r}, {ordering!r}, 10 classes)"
    assert repr(data).startswith("Dataset(digits, 1,438 training and 359 test samples")
