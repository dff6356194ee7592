"""What the figures made of many runs share: rows × seeds, resumed where they stopped.

A figure states its rows, each some settings of `scnn_np.experiments`, and what is measured on
a run. The results file holds every finished run with its settings; after each one it is written
anew and renamed. An interrupted or killed command goes on where it stopped, and two commands on
one file lose nothing of each other.
"""

import argparse
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import joblib
import numpy as np

from figures.common import (
    check_places,
    options,
    read,
    reading,
    results_path,
    save_image,
    save_results,
)
from scnn_np.data import Ordering, load_data
from scnn_np.experiments import checked, defaults, sweep
from scnn_np.experiments.runs import (
    blocks_of_inputs,
    build_network,
    first_inputs,
    identity,
    make_trainer,
)
from scnn_np.tools import checks, console
from scnn_np.tools.files import check_place, locked
from scnn_np.tools.parameters import from_text


@dataclass(frozen=True)
class Row:
    """One line of a table: a name for --rows, a label, and the settings that it states itself.
    What the label says of the run, the settings state."""

    name: str
    label: str
    settings: dict
    seeds: int | None = None        # as many as were asked for


def all_settings(row, results, seed):
    """Every setting of one run of a row: what the row states, and else what all have."""
    return {**common(results), **row.settings, "seed": seed}


def common(results):
    """What all rows have in common: defaults, the preset, and --set."""
    return {**results["defaults"], **results["settings"]["base"], **results["changes"]}


def of_a_run(settings):
    """Those settings that are of the run itself, without those of what follows it."""
    return {name: settings[name] for name in defaults()}


def free(rows, changes):
    """The rows that --set can change: those that do not state a changed setting themselves."""
    return [row for row in rows if not row.settings.keys() & changes]


# --- results ----------------------------------------------------------------------------------

def load(name, variant, defaults=None):
    """What was saved under this name and variant, as `read_results` gives it."""
    return read_results(results_path(name, variant), defaults)


def read_results(path, defaults=None):
    """Saved results, each run with every setting; one unknown to the file is at its default."""
    saved = read(path)
    with reading(path):
        for key, kind in {"settings": dict, "defaults": dict, "changes": dict,
                          "runs": list}.items():
            checks.instance(key, saved[key], kind, f"a {kind.__name__}")
        checks.instance("base", saved["settings"]["base"], dict, "a dict")
        saved["defaults"] = {**(defaults or {}), **saved["defaults"]}
        for run in saved["runs"]:
            run["settings"] = {**saved["defaults"], **run["settings"]}
            checks.whole("seed", run["settings"]["seed"])
            checks.number("seconds", run["seconds"])
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
    return np.array([scale * checks.number(name, run[name]) for run in records(row, results)])


def trials(name, label, tried):
    """A row for each configuration that is tried, on one seed."""
    return [Row(f"try-{name}-{k}", f"{label}, configuration {k}", settings, seeds=1)
            for k, settings in enumerate(tried, 1)]


def split(done):
    """The rows of trials, and by name those that follow."""
    return [row for row in done if row.seeds], {row.name: row for row in done if not row.seeds}


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

def parse_change(text, further=None):
    """name=value of --set: a number, True, None, a list, or a word."""
    name, equals, value = text.partition("=")
    further = further or {}
    known = [*(name for name in defaults()
               if name not in ("data", "samples", "holdout", "seed")), *further]
    if not equals or name not in known:
        raise argparse.ArgumentTypeError(
            f"got {text!r}, expected name=value with one of {', '.join(known)}")
    try:
        value = from_text(value)
        return name, further[name](name, value) if name in further else (
            checked({name: value})[name])
    except (ValueError, TypeError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parse(name, description, presets, argv, further=None):
    parser = options(name, description, presets)
    add = parser.add_argument
    add("--seeds", type=int, help="how many (default: as the preset says)")
    add("--rows", help="run only these, by name, with commas between them; a wrong name lists "
        "all")
    add("--set", action="append", type=partial(parse_change, further=further), default=[],
        metavar="NAME=VALUE", help="change one setting of `python -m scnn_np train` in every "
        "row that does not state it itself" + "".join(
            f"; or {name}, {parameter.help}" for name, parameter in (further or {}).items()))
    add("--jobs", type=int, default=1, help="runs side by side, one thread each (default: 1)")
    add("--dask", metavar="ADDRESS", help="run on this Dask cluster (needs distributed)")
    args = parser.parse_args(argv)
    for option, value in (("seeds", args.seeds), ("jobs", args.jobs)):
        if value is not None and value < 1:
            parser.error(f"--{option}: got {value}, expected at least 1")
    return args


def main(name, description, presets, rows, work, plot, report, argv=None, extra=None,
         further=None):
    """Run what is missing, save after every run, report and draw.

    Parameters
    ----------
    rows : function results → list of Row
        Asked again once all of them are done: it may add some that depend on the results.
    work : function settings → dict, what is measured on a run
    plot : function (results, rows) → figure, of all rows that have runs
    report : function (results, rows) → lines, of the same
    extra : dict
        Settings beyond those of `scnn_np.experiments`, with defaults, that `work` reads.
    further : dict
        Those of them that --set may change, {name: Parameter}.
    """
    def do():
        args = parse(name, description, presets, argv, further)
        command = Command(name, presets[args.preset], rows, args, extra or {})
        check_places(name, command.variant)
        if not args.redraw:
            command.complete(work)
            print(f"saved: {command.path}")
        results = command.load()
        with reading(command.path):
            done = [row for row in free(rows(results), results["changes"])
                    if records(row, results)]
        if not done:
            raise ValueError(f"{command.path}: holds no finished run")
        with reading(command.path):
            lines, figure = report(results, done), plot(results, done)
        print("\n".join(lines))
        save_image(name, command.variant, figure)
    return console.run(do)


class Command:
    """One call of a figure: what is asked for, and the file of its results.

    Parameters
    ----------
    name : str
    preset : dict
    rows : function results → list of Row
    args : what `parse` returned
    extra : dict, as in `main`
    """

    def __init__(self, name, preset, rows, args, extra):
        self.name, self.rows, self.args = name, rows, args
        self.changes = dict(sorted(args.set))
        self.variant = args.preset + "".join(
            f"+{key}={value}" for key, value in self.changes.items())
        self.path = results_path(name, self.variant)
        self.header = {"figure": name, "preset": args.preset,
                       "seeds": args.seeds or preset["seeds"], "settings": preset,
                       "defaults": {**defaults(), **extra}, "changes": self.changes}

    def load(self):
        return load(self.name, self.variant, self.header["defaults"])

    def saved(self):
        """The finished runs, if there are any."""
        return self.load()["runs"] if self.path.exists() else []

    def save(self, runs):
        """With what another command has saved meanwhile: nothing finished is lost."""
        with locked(self.path):
            mine = {identity(run["settings"]) for run in runs}
            runs = runs + [run for run in self.saved()
                           if identity(run["settings"]) not in mine]
            save_results(self.name, self.variant, self.args.seed,
                         compact({**self.header, "runs": runs}),
                         sum(run["seconds"] for run in runs))

    def complete(self, work):
        """Do what is missing, until the rows ask for no more."""
        results = self.begin()
        finished = -1
        try:
            while len(results["runs"]) > finished:
                finished = len(results["runs"])
                with cluster(self.args.dask):
                    results["runs"] = sweep(self.runs(results), results["runs"], work,
                                            self.save, jobs=self.args.jobs, stream=sys.stdout)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("interrupted; the same command goes on from here") from None

    def begin(self):
        """The results so far. What can be refused is refused here, before anything runs."""
        checked({"seed": self.args.seed})
        check_place("the place of the models", Path("runs") / "model.npz")
        results = {**self.header, "runs": []}
        self.rows(results)                     # fails on what --set asks for, not on the file
        with locked(self.path):
            results["runs"] = self.saved()
        chosen = self.wanted(results)
        left = free(chosen, self.changes)
        if not left:
            raise ValueError(f"--set: got {', '.join(self.changes)}, which every row states "
                             "itself, expected something else")
        if len(left) < len(chosen):
            print(f"--set {', '.join(self.changes)} leaves out the rows that state it "
                  f"themselves: {', '.join(row.name for row in chosen if row not in left)}")
        if self.changes:
            check_networks(left, results)
        return results

    def wanted(self, results):
        """The rows that are asked for."""
        with reading(self.path):
            rows = self.rows(results)
        return choose(rows, self.args.rows)

    def runs(self, results):
        """The settings of all runs that are asked for."""
        rows = free(self.wanted(results), self.changes)
        asked = self.header["seeds"]
        return [all_settings(row, results, self.args.seed + k) for k in range(asked)
                for row in rows if k < (row.seeds or asked)]


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


def check_networks(rows, results):
    """Refuse changed settings of which some row can make no network."""
    data = load_data(common(results)["data"])
    n_in = data.X_train.shape[1]
    for row in rows:
        settings = checked(of_a_run(all_settings(row, results, 0)))
        padding = np.array([0, -n_in % blocks_of_inputs(settings)])
        inputs = Ordering("none", "descending", np.ones(n_in), np.arange(n_in), padding)
        if settings["inputs"] is not None:
            inputs = first_inputs(inputs, settings["inputs"])
        make_trainer(build_network(settings, inputs, len(data.class_names)), settings, 1)


@contextmanager
def cluster(address):
    """While it lasts, joblib's work goes to a Dask cluster, where there is an address."""
    if address is None:
        yield
        return
    from distributed import Client
    with Client(address) as client, joblib.parallel_config("dask", client=client):
        yield
