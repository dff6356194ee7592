"""What the figure scripts share: options, result files with their provenance, and style.

A script has `compute(preset, seed)`, which returns what JSON can hold, and `plot(results)`,
which returns a figure. Computing takes minutes, drawing a second: `--redraw` only draws. Where
it has more to say, `report(results)` returns the lines.
"""

import argparse
import json
import math
import re
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from scnn_np.tools import console
from scnn_np.tools.checks import shown
from scnn_np.tools.files import check_place, write_beside
from scnn_np.tools.pictures import save_figure
from scnn_np.tools.provenance import provenance

FOLDER = Path(__file__).parent
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"    # Okabe and Ito
SKY, PINK = "#56B4E9", "#CC79A7"
DATA_NAMES = {"digits": "scikit-learn digits", "fashion-mnist": "Fashion-MNIST"}

plt.rcParams.update({"font.size": 9, "axes.grid": True, "grid.alpha": 0.3,
                     "axes.axisbelow": True, "figure.constrained_layout.use": True})


def results_path(name, preset):
    return FOLDER / "results" / f"{name}.{preset}.json"


def image_path(name, preset):
    return FOLDER / "images" / f"{name}.{preset}.png"


def load_results(name, preset):
    """What was saved under this name and preset."""
    return read(results_path(name, preset))


def read(path):
    """What a results file holds, a dict."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: not computed yet; run without --redraw")
    with reading(path):
        found = json.loads(path.read_text(encoding="utf-8"), parse_float=finite,
                           parse_constant=finite)
        if not isinstance(found, dict):
            raise TypeError("it holds no dict")
    return found


def finite(text):
    """A number of a results file."""
    if not math.isfinite(number := float(text)):
        raise ValueError(f"it holds the number {text}")
    return number


@contextmanager
def reading(path):
    """Whatever fails on what a results file holds is an error that names the file."""
    try:
        yield
    except Exception as e:                     # wrong contents fail in many ways
        raise ValueError(f"{path}: damaged, or not the results of this figure ({shown(e)})"
                         ) from e


def save_results(name, preset, seed, results, seconds):
    """Write the results beside the old ones and rename, with all that produced them."""
    saved = {"figure": name, "preset": preset, "seed": seed, "seconds": round(seconds, 1),
             "provenance": {**provenance(), "commit": commit()}, **results}
    write_beside(results_path(name, preset), lambda file: file.write(as_text(saved).encode()))


def save_image(name, variant, figure):
    """Write the picture of some results, and say where it is."""
    save_figure(image_path(name, variant), figure)
    plt.close(figure)
    print(f"saved: {image_path(name, variant)}")


def check_places(name, variant):
    """Refuse to begin where results and picture could not be written in the end."""
    for path in (results_path(name, variant), image_path(name, variant)):
        check_place("the place of the results", path)


def commit():
    """The commit of the code that ran, or None where it did not come from git."""
    with suppress(OSError, subprocess.CalledProcessError):
        return subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=FOLDER,
                                       text=True, stderr=subprocess.DEVNULL).strip()


def as_text(saved):
    """JSON to be read and compared by people: a list of plain values stands on one line."""
    text = json.dumps(saved, indent=1, allow_nan=False) + "\n"
    return re.sub(r"\[([^\[\]{}]*)\]", lambda m: "[" + " ".join(m[1].split()) + "]", text)


def data_name(results):
    """Which data the runs of a sweep saw, and what --set changed."""
    return DATA_NAMES[results["settings"]["base"].get("data", "fashion-mnist")] + "".join(
        f", {name}={value}" for name, value in results["changes"].items())


def data_title(results):
    """The same, with the number of images where it is a part of them."""
    base = results["settings"]["base"]
    part = f"{base['samples']:,} images of " if "samples" in base else ""
    return part + data_name(results)


def legend_below(ax, ncols=2):
    """A legend under the axes, where it hides nothing."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=ncols, fontsize=8,
                  frameon=False)


def largest_width(n_in, layers, budget, n_classes=10):
    """The widest dense network of so many hidden layers within a budget of parameters."""
    widths = np.arange(1, budget // (n_in + 1) + 1)
    sizes = ((n_in + 1) * widths + (layers - 1) * widths * (widths + 1)
             + n_classes * (widths + 1))
    return int(widths[sizes <= budget][-1])


def options(name, description, presets):
    """The options that every figure has."""
    parser = argparse.ArgumentParser(f"python -m figures.{name}", description=description)
    parser.add_argument("--preset", choices=presets, default=next(iter(presets)),
                        help="how much data: " + "; ".join(f"{key}: {preset['help']}"
                                                           for key, preset in presets.items()))
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--redraw", action="store_true",
                        help="draw from the saved results, train nothing")
    return parser


def main(name, description, presets, compute, plot, argv=None, *, switches=(), report=None):
    """The command line of one figure; `switches` are (name, help) of further flags that
    `compute` takes as keywords."""
    parser = options(name, description, presets)
    for switch, help in switches:
        parser.add_argument(f"--{switch}", action="store_true", help=help)

    def work():
        args = parser.parse_args(argv)
        path = results_path(name, args.preset)
        check_places(name, args.preset)
        if not args.redraw:
            start = time.perf_counter()
            found = compute(args.preset, args.seed,
                            **{switch: getattr(args, switch) for switch, _ in switches})
            save_results(name, args.preset, args.seed, found, time.perf_counter() - start)
            print(f"saved: {path}")
        results = load_results(name, args.preset)
        with reading(path):
            lines, figure = report(results) if report else [], plot(results)
        if lines:
            print("\n".join(lines))
        save_image(name, args.preset, figure)
    return console.run(work)
