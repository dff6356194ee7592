"""What goes in: data sets, and their features in order of importance."""

from scnn_np.data.datasets import Dataset, hold_out, load_data
from scnn_np.data.ordering import Ordering, fit_ordering

__all__ = ["Dataset", "Ordering", "fit_ordering", "hold_out", "load_data"]
