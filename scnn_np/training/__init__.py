"""How the weights find their values: the loop, optimisers, checkpoints."""

from scnn_np.training.optimizers import SGD, Adam, RMSProp
from scnn_np.training.trainer import Trainer

__all__ = ["SGD", "Adam", "RMSProp", "Trainer"]
