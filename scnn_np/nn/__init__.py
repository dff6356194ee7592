"""What is computed: layers, their products, losses, penalties, and the network of them."""

from scnn_np.nn.layers import (
    Dense,
    DropConnect,
    DropOut,
    ReLU,
    Sigmoid,
    Sparse,
    initial_weights,
)
from scnn_np.nn.losses import softmax, softmax_cross_entropy
from scnn_np.nn.network import MLP
from scnn_np.nn.penalties import L1, L2, GroupLasso

__all__ = ["L1", "L2", "MLP", "Dense", "DropConnect", "DropOut", "GroupLasso", "ReLU",
           "Sigmoid", "Sparse", "initial_weights", "softmax", "softmax_cross_entropy"]
