"""The two images of the command line: PNG files that can be read, whatever is drawn."""

import matplotlib.image
import numpy as np
import pytest

from scnn_np.tools.pictures import HELD_OUT, TRAINING, confusion_image, learning_curve


def colours(path):
    """The opaque colours of an image, as a set of hexadecimal names."""
    image = (255 * matplotlib.image.imread(path)[..., :3]).round().astype(int)
    return {f"#{r:02X}{g:02X}{b:02X}" for r, g, b in np.unique(image.reshape(-1, 3), axis=0)}


def history(epochs, held_out):
    entry = {"loss": 1.0, "accuracy": 0.5}
    if held_out:
        entry |= {"held_out_loss": 0.5, "held_out_accuracy": 0.25}
    return [{"epoch": k, **entry} for k in range(1, epochs + 1)]


@pytest.mark.parametrize("epochs", [1, 30])
def test_learning_curve(tmp_path, epochs):
    """A line for training, and one for what was held out, if something was."""
    for held_out in (False, True):
        path = tmp_path / "curve.png"
        learning_curve(path, history(epochs, held_out), "a $title$ with\nno mathematics")
        assert TRAINING in colours(path)
        assert (HELD_OUT in colours(path)) == held_out
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("classes", [1, 3, 40])
def test_confusion_image(tmp_path, classes):
    """Also for a class that never came, for names that are long or no words, and for more
    classes than there is room for numbers."""
    counts = 7 * np.eye(classes, dtype=int)
    counts[0] = 0
    path = tmp_path / "confusion.png"
    confusion_image(path, counts, [f"${'x' * k}^" for k in range(classes)], "$title")
    image = matplotlib.image.imread(path)
    assert min(image.shape[:2]) > 400 and np.ptp(image) > 0
