"""What is computed: layers, their products, losses, penalties, and the network of them."""

from scnn_np.nn.activations import ACTIVATIONS, ReLU, Sigmoid
from scnn_np.nn.affine import LAYERS, Affine, Dense, Sparse
from scnn_np.nn.initial import initial_weights
from scnn_np.nn.layer import Layer, entries, with_entries
from scnn_np.nn.layer_sparsity import (
    LayerSparsity,
    LayerSparsityStep,
    Negative,
    NegativeL1Step,
    negative_share,
)
from scnn_np.nn.losses import softmax, softmax_cross_entropy
from scnn_np.nn.network import MLP
from scnn_np.nn.noise import NOISE, DropConnect, DropOut
from scnn_np.nn.penalties import L1, L2, PENALTIES, GroupLasso, Penalty
from scnn_np.nn.products import DenseProducts, PlainProducts
from scnn_np.nn.tiles import TileProducts

__all__ = ["ACTIVATIONS", "L1", "L2", "LAYERS", "MLP", "NOISE", "PENALTIES", "Affine", "Dense",
           "DenseProducts", "DropConnect", "DropOut", "GroupLasso", "Layer", "LayerSparsity",
           "LayerSparsityStep", "Negative", "NegativeL1Step", "Penalty", "PlainProducts",
           "ReLU", "Sigmoid", "Sparse", "TileProducts", "entries", "initial_weights",
           "negative_share", "softmax", "softmax_cross_entropy", "with_entries"]
