"""Spatially-coupled neural networks in NumPy, from scratch (arXiv 1907.02051)."""

from scnn_np.data.datasets import load_data
from scnn_np.data.ordering import fit_ordering
from scnn_np.experiments.models import load_model, save_model
from scnn_np.networks import fully_connected, random_sparse, spatially_coupled
from scnn_np.nn.network import MLP
from scnn_np.training.trainer import Trainer

__all__ = ["MLP", "Trainer", "fit_ordering", "fully_connected", "load_data", "load_model",
           "random_sparse", "save_model", "spatially_coupled"]
