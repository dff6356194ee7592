"""How the weights find their values: the loop, optimisers, checkpoints. It knows no network:
it is handed one."""

from scnn_np.training.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    Optimizer,
    RMSProp,
    make_optimizer,
)
from scnn_np.training.schedules import SCHEDULES
from scnn_np.training.trainer import Trainer
from scnn_np.training.watch import Interrupted

__all__ = ["OPTIMIZERS", "SCHEDULES", "SGD", "Adam", "Interrupted", "Optimizer", "RMSProp",
           "Trainer", "make_optimizer"]
