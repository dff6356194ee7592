"""Spatially-coupled neural networks in NumPy, from scratch (arXiv 1907.02051)."""

import sys

if sys.argv[:1] == ["-m"]:      # python -m scnn_np, or a command of figures, is loading
    from scnn_np.tools.console import while_loading
    while_loading()

from scnn_np.data import fit_ordering, load_data
from scnn_np.experiments import load_model, save_model
from scnn_np.networks import build, fully_connected, random_sparse, spatially_coupled
from scnn_np.nn import MLP
from scnn_np.training import Trainer

__version__ = "0.2.0"
__all__ = ["MLP", "Trainer", "__version__", "build", "fit_ordering", "fully_connected",
           "load_data", "load_model", "random_sparse", "save_model", "spatially_coupled"]
