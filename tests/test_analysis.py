"""Counting edges by neuron and by block."""

import numpy as np
import pytest
from scipy import sparse

from scnn_np.analysis import block_means, in_degrees, out_degrees

W = np.array([[0.5, 0.0, -0.2, 0.05],
              [0.0, 0.3, -0.1, 0.00]])


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_degrees(kind):
    """Columns are left neurons, rows right ones; the threshold itself does not count."""
    np.testing.assert_array_equal(out_degrees(kind(W)), [1, 1, 2, 1])
    np.testing.assert_array_equal(out_degrees(kind(W), 0.1), [1, 1, 1, 0])
    np.testing.assert_array_equal(in_degrees(kind(W)), [3, 2])
    np.testing.assert_array_equal(in_degrees(kind(W), 0.1), [2, 1])


def test_block_means():
    np.testing.assert_array_equal(block_means([1, 3, 5, 9], 2), [2, 7])
    with pytest.raises(ValueError, match="values: got 4, expected a multiple"):
        block_means([1, 3, 5, 9], 3)
