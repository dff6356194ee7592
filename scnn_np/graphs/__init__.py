"""Who is connected to whom, before anything is trained: degrees, supports, topologies."""

from scnn_np.graphs.degrees import (
    DISTRIBUTIONS,
    binomial,
    block_capacity,
    budget_degrees,
    poisson,
    power_law,
    robust_soliton,
    scaled_degrees,
)
from scnn_np.graphs.supports import random_sparse, spatially_coupled, window_shares
from scnn_np.graphs.topologies import TOPOLOGIES

__all__ = ["DISTRIBUTIONS", "TOPOLOGIES", "binomial", "block_capacity", "budget_degrees",
           "poisson", "power_law", "random_sparse", "robust_soliton", "scaled_degrees",
           "spatially_coupled", "window_shares"]
