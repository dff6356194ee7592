"""An `.npz` of inputs and labels, under the names that people give them."""

from scnn_np.data.raw import Raw, listed
from scnn_np.tools import npz

NAMES = (                            # inputs and labels to train on, and to test on
    ("X", "y", "X_test", "y_test"),
    ("X_train", "y_train", "X_test", "y_test"),
    ("x_train", "y_train", "x_test", "y_test"),                      # Keras
    ("data", "target", "data_test", "target_test"),                  # scikit-learn
    ("train_images", "train_labels", "test_images", "test_labels"))


def read_table(path):
    """The arrays of an `.npz`; members of other names are not read.

    Returns
    -------
    Raw
    """
    there = npz.names(path)
    found = [names for names in NAMES if {*names[:2]} <= {*there}]
    if len(found) != 1:
        raise ValueError(f"{path}: holds {listed(there)}, expected one of the pairs "
                         + ", ".join(" and ".join(names[:2]) for names in NAMES))
    names = found[0]
    if (names[2] in there) != (names[3] in there):
        raise ValueError(f"{path}: has only one of {names[2]} and {names[3]}, expected both or "
                         "neither")
    arrays = npz.read_arrays(path, names)
    return Raw(path, *map(arrays.get, names), names,
               tuple(name for name in there if name not in names))
