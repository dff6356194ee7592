"""Who is connected to whom, before anything is trained: degrees and supports."""

from scnn_np.graphs.degrees import (
    binomial,
    block_capacity,
    budget_degrees,
    poisson,
    power_law,
    robust_soliton,
    scaled_degrees,
)
from scnn_np.graphs.supports import random_sparse, spatially_coupled, window_shares

__all__ = ["binomial", "block_capacity", "budget_degrees", "poisson", "power_law",
           "random_sparse", "robust_soliton", "scaled_degrees", "spatially_coupled",
           "window_shares"]
