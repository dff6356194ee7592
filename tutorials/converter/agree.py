"""What a figure shows, and how far two machines may differ in what a page gives.

Words agree literally. Numbers agree within 1e-3 of the larger, or one unit of the last digit
behind a decimal point (values within half a unit may print that far apart); percentages within
one point if their line speaks of accuracy. The numbers behind a picture agree within 1e-3 of
the largest of a curve, 1e-2 if the alt text speaks of accuracy; its pixels have to agree only
if the same Matplotlib drew the same numbers.
"""

import io
import math
import re
from decimal import Decimal

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ft2font import __freetype_version__
from matplotlib.text import Text
from PIL import Image  # comes with Matplotlib, which needs it

DRAWN_BY = f"Matplotlib {matplotlib.__version__}, FreeType {__freetype_version__}"
NUMBER = re.compile(r" *(?<![\w.])([-+]?(?>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:e[-+]?\d+)?))"
                    r"(?!\w) *")


def picture(figure, alt):
    """A figure as a dict: its PNG, the numbers behind it, and its alt text."""
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    small = any(text.get_fontsize() < 8 for text in figure.findobj(Text) if text.get_text())
    if pixels(file.getvalue())[..., 3].min() < 1 or figure.get_figwidth() > 7 or small:
        raise ValueError("picture: expected opaque pixels, width <= 7 inches, letters >= 8 pt")
    numbers = [" ".join(f"{value:.5g}" for value in np.ma.filled(
        np.ma.asarray(values, float), np.nan).ravel()) for ax in figure.findobj(Axes)
        if ax.get_label() != "<colorbar>" for values in shown(ax)]
    return {"alt": alt, "png": file.getvalue(), "drawn by": DRAWN_BY, "numbers": numbers}


def film(frames, alt):
    """Pictures as one, a GIF that plays once; machines agree by its numbers, not its pixels."""
    first, *rest = (Image.open(io.BytesIO(frame["png"])).convert("RGB") for frame in frames)
    first.save(file := io.BytesIO(), "GIF", save_all=True, append_images=rest, duration=200)
    numbers = [curve for frame in frames for curve in frame["numbers"]]
    return {"alt": alt, "png": file.getvalue(), "drawn by": "", "numbers": numbers}


def shown(ax):
    """The data of every line, patch, image and collection of `ax`, as arrays."""
    curves = [(line.get_linestyle(), line.get_marker()) for line in ax.lines
              if line.get_label()[:1] not in ("", "_")]
    if len(set(curves)) < len(curves):
        raise ValueError("picture: expected curves that differ in line style or marker")
    for line in ax.lines:
        yield from line.get_xydata().T
    for patch in ax.patches:
        yield from patch.get_patch_transform().transform(patch.get_path().vertices).T
    for drawn in (*ax.images, *ax.collections):
        for name in ("get_array", "get_offsets", "get_sizes", "get_linewidths"):
            if (values := getattr(drawn, name, lambda: None)()) is not None:
                yield values
        for path in getattr(drawn, "get_paths", list)():
            yield from path.vertices.T


def pixels(png):
    return plt.imread(io.BytesIO(png), format="png")


def each(same, new, old):
    return len(new) == len(old) and all(map(same, new, old))


def same_result(new, old):
    """Whether a cell's text and its pictures agree with what they were before."""
    return same_text(new["text"], old["text"]) and each(
        same_picture, new["pictures"], old["pictures"])


def same_text(new, old):
    return each(same_line, new.split("\n"), old.split("\n"))


def same_line(new, old):
    """Whether two lines have the same words, and numbers near each other."""
    ours, theirs = NUMBER.split(new), NUMBER.split(old)         # words, number, words, …
    points = ["accuracy" in new.lower() and words[:1] == "%" for words in ours[2::2]]
    return ours[::2] == theirs[::2] and all(map(same_number, ours[1::2], theirs[1::2], points))


def same_number(new, old, point):
    a, b = (Decimal(text.replace(",", "")) for text in (new, old))
    digit = min(a.as_tuple().exponent, b.as_tuple().exponent)
    unit = 1.0 if point else 10.0 ** digit * (digit < 0)
    return math.isclose(a, b, rel_tol=1e-3, abs_tol=1.000001 * unit)


def same_picture(new, old):
    """Whether two pictures show the same, and look the same if they have to."""
    if not same_text(new["alt"], old["alt"]):
        return False
    if DRAWN_BY == new["drawn by"] == old["drawn by"] and new["numbers"] == old["numbers"]:
        a, b = pixels(new["png"]), pixels(old["png"])
        return a.shape == b.shape and 255 * np.sqrt(np.mean((a - b) ** 2)) < 1
    share = 1e-2 if "accuracy" in new["alt"].lower() else 1e-3
    curves = [[np.array(curve.split(), float) for curve in p["numbers"]] for p in (new, old)]
    return each(lambda a, b: a.shape == b.shape and np.allclose(
        a, b, rtol=0, atol=share * np.nanmax(abs(b), initial=0), equal_nan=True), *curves)
