"""What the figure scripts share: options, result files with their provenance, and style.

A script has `compute(preset, seed)`, which returns what JSON can hold, and `plot(results)`,
which returns a figure. Computing takes minutes, drawing a second: `--redraw` only draws. Where
it has more to say, `report(results)` returns the lines.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from scnn_np.tools.files import write_beside
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
    path = results_path(name, preset)
    if not path.exists():
        raise FileNotFoundError(f"{path}: not computed yet; run without --redraw")
    return json.loads(path.read_text(encoding="utf-8"))


def save_results(name, preset, seed, results, seconds):
    """Write the results beside the old ones and rename, with all that produced them."""
    saved = {"figure": name, "preset": preset, "seed": seed, "seconds": round(seconds, 1),
             "provenance": provenance(), **results}
    write_beside(results_path(name, preset), lambda file: file.write(as_text(saved).encode()))
    return saved


def as_text(saved):
    """JSON to be read and compared by people: a list of plain values stands on one line."""
    text = json.dumps(saved, indent=1) + "\n"
    return re.sub(r"\[([^\[\]{}]*)\]", lambda m: "[" + " ".join(m[1].split()) + "]", text)


def data_title(results):
    """Which data the runs of a sweep saw, and what --set changed."""
    base = results["settings"]["base"]
    part = f"{base['samples']:,} images of " if "samples" in base else ""
    return part + DATA_NAMES[base.get("data", "fashion-mnist")] + "".join(
        f", {name}={value}" for name, value in results["changes"].items())


def largest_width(n_in, layers, budget, n_classes=10):
    """The widest dense network of so many hidden layers within a budget of parameters."""
    widths = np.arange(1, budget // (n_in + 1) + 1)
    sizes = ((n_in + 1) * widths + (layers - 1) * widths * (widths + 1)
             + n_classes * (widths + 1))
    return int(widths[sizes <= budget][-1])


def main(name, description, presets, compute, plot, argv=None, *, switches=(), report=None):
    """The command line of one figure; `switches` are (name, help) of further flags that
    `compute` takes as keywords."""
    parser = argparse.ArgumentParser(f"python -m figures.{name}", description=description)
    parser.add_argument("--preset", choices=presets, default=next(iter(presets)),
                        help="how much data: " + "; ".join(f"{key}: {preset['help']}"
                                                           for key, preset in presets.items()))
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--redraw", action="store_true",
                        help="draw from the saved results, train nothing")
    for switch, help in switches:
        parser.add_argument(f"--{switch}", action="store_true", help=help)
    args = parser.parse_args(argv)
    try:
        if args.redraw:
            results = load_results(name, args.preset)
        else:
            start = time.perf_counter()
            results = compute(args.preset, args.seed,
                              **{switch: getattr(args, switch) for switch, _ in switches})
            results = save_results(name, args.preset, args.seed, results,
                                   time.perf_counter() - start)
            print(f"saved: {results_path(name, args.preset)}")
        if report:
            print("\n".join(report(results)))
        save_figure(image_path(name, args.preset), plot(results))
        print(f"saved: {image_path(name, args.preset)}")
    except (ValueError, OSError, FloatingPointError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0
