"""What is done with a trained network: measuring it, cutting it down, merging its layers."""

from scnn_np.analysis.measures import (
    activations,
    block_ablation,
    block_forest_importance,
    block_means,
    gradient_sizes,
    in_degrees,
    mean_activations,
    out_degrees,
)
from scnn_np.analysis.merging import examine_layers, fresh_start, merge, merge_nearly
from scnn_np.analysis.pruning import largest_neurons, largest_weights, without_neurons

__all__ = ["activations", "block_ablation", "block_forest_importance", "block_means",
           "examine_layers", "fresh_start", "gradient_sizes", "in_degrees", "largest_neurons",
           "largest_weights", "mean_activations", "merge", "merge_nearly", "out_degrees",
           "without_neurons"]
