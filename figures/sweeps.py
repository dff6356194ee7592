"""What the figures made of many runs share: rows × seeds, resumed where they stopped.

A figure states its rows, each some settings of `scnn_np.experiments`, and what is measured on
a run. The results file holds every finished run with its settings; after each one it is written
anew and renamed. An interrupted or killed command goes on where it stopped.
"""

import argparse
import ast
import sys
from contextlib import contextmanager
from dataclasses import dataclass

import joblib
import numpy as np

from figures.common import image_path, load_results, results_path, save_results
from scnn_np.experiments.runs import DEFAULTS, identity, sweep
from scnn_np.tools.pictures import save_figure


@dataclass(frozen=True)
class Row:
    """One line of a table: a name for --rows, a label, and the settings it changes."""

    name: str
    label: str
    settings: dict
    seeds: int | None = None        # as many as were asked for


def all_settings(row, results, seed):
    """Every setting of one run of a row: what the row says of itself beats --set, and that
    beats the preset."""
    return {**results["defaults"], **base(results), **row.settings, "seed": seed}


def base(results):
    """What all rows have in common: the preset, and --set."""
    return {**results["settings"]["base"], **results["changes"]}


def load(name, variant, defaults=None):
    """Saved results, each run with every setting; one unknown to the file is at its default."""
    saved = load_results(name, variant)
    saved["defaults"] = {**(defaults or {}), **saved["defaults"]}
    for run in saved["runs"]:
        run["settings"] = {**saved["defaults"], **run["settings"]}
    return saved


def compact(results):
    """The same results, each run with only those settings that are not the defaults."""
    runs = [{**run, "settings": {name: value for name, value in run["settings"].items()
                                 if identity(value) != identity(results["defaults"][name])}}
            for run in results["runs"]]
    return {**results, "runs": runs}


def unchanged(results):
    """The standard results of a figure, beside those of --set."""
    try:
        return load(results["figure"], results["preset"])
    except FileNotFoundError:
        return {**results, "changes": {}, "runs": []}


def records(row, results):
    """The finished runs of a row, by seed."""
    found = [run for run in results["runs"] if identity(run["settings"]) == identity(
        all_settings(row, results, run["settings"]["seed"]))]
    return sorted(found, key=lambda run: run["settings"]["seed"])


def values(row, results, name="test_accuracy", scale=100):
    """One measured number of every finished run of a row, (seeds,)."""
    return np.array([scale * run[name] for run in records(row, results)])


def trials(name, label, tried):
    """A row for each configuration that is tried, on one seed."""
    return [Row(f"try-{name}-{k}", f"{label}, configuration {k}", settings, seeds=1)
            for k, settings in enumerate(tried, 1)]


def best_of(tried, results, measure):
    """The row whose first run measured most, if all of them have one, else None."""
    found = [values(row, results, measure) for row in tried]
    if not all(len(measured) for measured in found):
        return None
    return tried[int(np.argmax([measured[0] for measured in found]))]


def mean_and_spread(numbers, digits=2):
    """Mean ± standard deviation over seeds, as far as there are any."""
    numbers = np.asarray(numbers)
    if not len(numbers):
        return "not run"
    spread = f" ± {numbers.std(ddof=1):.{digits}f}" if len(numbers) > 1 else ""
    return f"{round(numbers.mean(), digits) + 0.0:.{digits}f}{spread}"      # no -0.00


# --- the command line -------------------------------------------------------------------------

def parse_change(text):
    """name=value of --set: a number, True, None, a list, or a word."""
    name, equals, value = text.partition("=")
    known = [name for name in DEFAULTS if name not in ("data", "samples", "holdout", "seed")]
    if not equals or name not in known:
        raise argparse.ArgumentTypeError(
            f"got {text!r}, expected name=value with one of {', '.join(known)}")
    try:
        value = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        pass                                   # a word
    if isinstance(DEFAULTS[name], bool | float) and isinstance(value, int):
        value = type(DEFAULTS[name])(value)    # 0 and 0.0 are one setting
    return name, list(value) if isinstance(value, tuple) else value


def parse(name, description, presets, argv):
    parser = argparse.ArgumentParser(f"python -m figures.{name}", description=description)
    add = parser.add_argument
    add("--preset", choices=presets, default=next(iter(presets)), help="how much data: "
        + "; ".join(f"{key}: {preset['help']}" for key, preset in presets.items()))
    add("--seed", type=int, default=0, help="the first seed (default: 0)")
    add("--seeds", type=int, help="how many (default: as the preset says)")
    add("--rows", help="run only these, by name, with commas between them; a wrong name lists "
        "all")
    add("--set", action="append", type=parse_change, default=[], metavar="NAME=VALUE",
        help="change one setting of `python -m scnn_np train` in every row")
    add("--jobs", type=int, default=1, help="runs side by side, one thread each (default: 1)")
    add("--dask", metavar="ADDRESS", help="run on this Dask cluster (needs distributed)")
    add("--redraw", action="store_true", help="draw from the saved results, train nothing")
    args = parser.parse_args(argv)
    for option, value in (("seeds", args.seeds), ("jobs", args.jobs)):
        if value is not None and value < 1:
            parser.error(f"--{option}: got {value}, expected at least 1")
    return args


def main(name, description, presets, rows, work, plot, report, argv=None, extra=None):
    """Run what is missing, save after every run, report and draw.

    Parameters
    ----------
    rows : function results → list of Row
        Asked again once all of them are done: it may add some that hang on the results.
    work : function settings → dict, what is measured on a run
    plot : function (results, rows) → figure, of all rows that have runs
    report : function (results, rows) → lines, of the same
    extra : dict
        Settings beyond those of `scnn_np.experiments.runs`, with defaults, that `work` reads.
    """
    args = parse(name, description, presets, argv)
    changes = dict(sorted(args.set))
    variant = args.preset + "".join(f"+{key}={value}" for key, value in changes.items())
    chosen = presets[args.preset]
    defaults = {**DEFAULTS, **(extra or {})}
    asked = args.seeds or chosen["seeds"]
    header = {"figure": name, "preset": args.preset, "seeds": asked, "settings": chosen,
              "defaults": defaults, "changes": changes}
    try:
        if args.redraw:
            results = load(name, variant, defaults)
        else:
            def saved():
                return load(name, variant, defaults)["runs"] if results_path(
                    name, variant).exists() else []

            def save(runs):
                """With what another command has saved meanwhile: nothing finished is lost."""
                mine = {identity(run["settings"]) for run in runs}
                runs = runs + [run for run in saved() if identity(run["settings"]) not in mine]
                save_results(name, variant, args.seed, compact({**header, "runs": runs}),
                             sum(run["seconds"] for run in runs))
            results = {**header, "runs": saved()}
            finished = -1
            while len(results["runs"]) > finished:
                finished = len(results["runs"])
                wanted = choose(rows(results), args.rows)
                runs = [all_settings(row, results, args.seed + k) for k in range(asked)
                        for row in wanted if k < (row.seeds or asked)]
                with cluster(args.dask):
                    results["runs"] = sweep(runs, results["runs"], work, save, jobs=args.jobs,
                                            stream=sys.stdout)
        done = [row for row in rows(results) if records(row, results)]
        if not done:
            raise ValueError(f"{results_path(name, variant)}: holds no finished run")
        print("\n".join(report(results, done)))
        save_figure(image_path(name, variant), plot(results, done))
        print(f"saved: {results_path(name, variant)}, {image_path(name, variant)}")
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    except (ValueError, TypeError, OSError, ArithmeticError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


@contextmanager
def cluster(address):
    """While it lasts, joblib's work goes to a Dask cluster, where there is an address."""
    if address is None:
        yield
        return
    from distributed import Client
    with Client(address) as client, joblib.parallel_config("dask", client=client):
        yield


def choose(rows, names):
    """All rows, or those that --rows names."""
    if names is None:
        return rows
    by_name = {row.name: row for row in rows}
    unknown = set(names.split(",")) - set(by_name)
    if unknown:
        raise ValueError(f"--rows: got {', '.join(sorted(unknown))}, expected some of "
                         f"{', '.join(by_name)}")
    return [by_name[name] for name in names.split(",")]
