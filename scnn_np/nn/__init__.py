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
from scnn_np.nn.penalties import (
    L1,
    L2,
    PENALTIES,
    GroupLasso,
    GroupLassoRows,
    L2Trained,
    Penalty,
)
from scnn_np.nn.products import DenseProducts, PlainProducts
from scnn_np.nn.rescaled import Rescaled
from scnn_np.nn.spectral import Spectral
from scnn_np.nn.spectral_qr import SpectralQR
from scnn_np.nn.spectral_svd import SpectralSVD
from scnn_np.nn.threshold import ThresholdedDense, ThresholdedQR
from scnn_np.nn.tiles import TileProducts

__all__ = ["ACTIVATIONS", "L1", "L2", "LAYERS", "MLP", "NOISE", "PENALTIES", "Affine", "Dense",
           "DenseProducts", "DropConnect", "DropOut", "GroupLasso", "GroupLassoRows",
           "L2Trained", "Layer", "LayerSparsity", "LayerSparsityStep", "Negative",
           "NegativeL1Step", "Penalty", "PlainProducts", "ReLU", "Rescaled", "Sigmoid",
           "Sparse", "Spectral", "SpectralQR", "SpectralSVD", "ThresholdedDense",
           "ThresholdedQR", "TileProducts", "entries", "initial_weights", "negative_share",
           "softmax", "softmax_cross_entropy", "with_entries"]
