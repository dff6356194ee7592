"""Runs by their settings: one that can be made again, many that survive a kill, models."""

from scnn_np.experiments.models import Model, load_model, save_model
from scnn_np.experiments.runs import prepare, train_further, trained
from scnn_np.experiments.settings import checked, defaults, parameters
from scnn_np.experiments.sweeps import sweep

__all__ = ["Model", "checked", "defaults", "load_model", "parameters", "prepare", "save_model",
           "sweep", "train_further", "trained"]
