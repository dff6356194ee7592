"""What goes in: data sets, and their features in order of importance."""

from scnn_np.data.datasets import Dataset, first_samples, hold_out, load_data
from scnn_np.data.ordering import Ordering, fit_ordering
from scnn_np.data.scaling import line_about_scale

__all__ = ["Dataset", "Ordering", "first_samples", "fit_ordering", "hold_out",
           "line_about_scale", "load_data"]
