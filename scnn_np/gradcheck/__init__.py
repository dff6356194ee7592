"""How far the gradients can be trusted: finite differences, and the table of errors."""

from scnn_np.gradcheck.gradient_table import rows, table
from scnn_np.gradcheck.numgrad import numerical_gradient, relative_error

__all__ = ["numerical_gradient", "relative_error", "rows", "table"]
