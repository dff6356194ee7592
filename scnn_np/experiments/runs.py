"""Runs by their settings: one that can be made again, and sweeps of many that survive a kill.

A run is said by a dict of settings, the keys of `DEFAULTS`. Its result is looked for under
these settings, so that a changed one never meets an old result, and a sweep that was killed
does only what is missing. What the settings do not say are the code and the contents of a data
file: who changes these removes the folder runs/ and the results.
"""

import hashlib
import json
import math
import time
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
from threadpoolctl import threadpool_limits

from scnn_np import networks
from scnn_np.data.datasets import hold_out, load_data
from scnn_np.data.ordering import fit_ordering
from scnn_np.experiments.models import load_model, save_model
from scnn_np.graphs.degrees import PAPER_BLOCKS
from scnn_np.tools.progress import Progress
from scnn_np.tools.provenance import provenance_line
from scnn_np.tools.streams import stream
from scnn_np.training.optimizers import Adam
from scnn_np.training.trainer import Trainer

# None is what the network or the data set asks for by itself.
DEFAULTS = {"data": "fashion-mnist", "samples": None, "holdout": None, "mirror": False,
            "order": "pca", "direction": "descending", "whiten": 0.0, "inputs": None,
            "network": "sc", "layers": 5, "width": 784, "activation": "sigmoid", "gain": None,
            "blocks": None, "receptive_field": None, "tail_biting": None, "degrees": None,
            "edges": None, "importance_power": 1.0,
            "epochs": 25, "batch_size": 128, "learning_rate": 1e-3, "schedule": "cosine",
            "l1": 0.0, "l2": None, "group_lasso": 0.0, "input_dropout": 0.0, "dropout": None,
            "dropconnect": 0.0, "seed": 0}
ONLY = {"blocks": ("sc",), "receptive_field": ("sc",), "tail_biting": ("sc",),
        "degrees": ("sc", "rsp"), "edges": ("sc",)}


# --- one run ----------------------------------------------------------------------------------

def prepare(settings, **options):
    """Data in order, network and trainer, as the settings say; nothing is trained yet.

    Parameters
    ----------
    settings : dict
        With all keys of `DEFAULTS`, as `python -m scnn_np train --help` explains them.
    **options
        `checkpoint` and `progress_stream` of `Trainer`.

    Returns
    -------
    SimpleNamespace
        `data`, `ordering`, `network`, `trainer`; `X`, `y` to train on and `held_out`, a pair
        or None, ordered.
    """
    data = load_data(settings["data"])
    X, y, held_out = data.X_train, data.y_train, None
    if settings["samples"] is not None:
        check_samples(settings["samples"], len(y))
        X, y = X[:settings["samples"]], y[:settings["samples"]]
    holdout = len(y) // 6 if settings["holdout"] is None else settings["holdout"]
    if holdout:
        (X, y), held_out = hold_out(X, y, holdout, settings["seed"])
    if settings["mirror"]:
        X, y = np.concatenate([X, mirrored(X)]), np.concatenate([y, y])
    blocks = PAPER_BLOCKS if settings["blocks"] is None else settings["blocks"]
    ordering = fit_ordering(X, y, settings["order"], settings["direction"],
                            whiten=settings["whiten"], rng=stream(settings["seed"], "order"),
                            multiple_of=max(1, blocks) if settings["network"] == "sc" else 1)
    if settings["inputs"] is not None:
        ordering = first_inputs(ordering, settings["inputs"])
    network = build_network(settings, ordering, len(data.class_names))
    trainer = make_trainer(network, settings, settings["epochs"], **options)
    if held_out:
        held_out = ordering(held_out[0]), held_out[1]
    return SimpleNamespace(data=data, ordering=ordering, network=network, trainer=trainer,
                           X=ordering(X), y=y, held_out=held_out)


def make_trainer(network, settings, epochs, **options):
    return Trainer(network, epochs=epochs, batch_size=settings["batch_size"],
                   optimizer=Adam(settings["learning_rate"]), schedule=settings["schedule"],
                   seed=settings["seed"], **options)


def train_further(network, settings, epochs, X, y):
    """Train a network that was cut down as the whole one was, but for so many epochs."""
    trainer = make_trainer(network, settings, epochs, progress_stream=False)
    trainer.fit(X, y)
    if trainer.interrupted:
        raise KeyboardInterrupt


def check_samples(samples, there):
    if not isinstance(samples, int) or not 1 <= samples <= there:
        raise ValueError(f"samples: got {samples}, expected 1 to {there}, as many as there are")


def first_inputs(ordering, inputs):
    """The same ordering without the inputs behind so many."""
    if not isinstance(inputs, int) or not 1 <= inputs <= ordering.n_out:
        raise ValueError(f"inputs: got {inputs}, expected 1 to {ordering.n_out}, as many as "
                         "there are")
    return ordering.only(np.arange(ordering.n_out) < inputs)


def mirrored(X):
    """Square images, left and right exchanged."""
    side = math.isqrt(X.shape[1])
    if side ** 2 != X.shape[1]:
        raise ValueError(f"mirror: got inputs of {X.shape[1]} numbers, expected square images")
    return X.reshape(-1, side, side)[:, :, ::-1].reshape(X.shape)


def build_network(settings, ordering, n_classes):
    """The network that the settings ask for; one that does not fit it is refused."""
    options, kind = {}, settings["network"]
    if kind not in networks.NETWORKS:
        raise ValueError(f"network: got {kind!r}, expected one of "
                         f"{', '.join(networks.NETWORKS)}")
    for name in ("width", "layers", "activation", "gain", "input_dropout", "dropout",
                 "dropconnect", "l1", "l2", "group_lasso", "seed", *ONLY):
        value = settings[name]
        if value is None:
            continue
        if kind not in ONLY.get(name, networks.NETWORKS):
            raise ValueError(f"{name}: got {value} with network {kind}, expected it with "
                             f"{' or '.join(ONLY[name])} only")
        options[name] = value
    if "edges" in options:
        power = settings["importance_power"]
        if not 0 <= power < np.inf:
            raise ValueError(f"importance_power: got {power}, expected a number ≥ 0")
        options["importance"] = ordering.output_importance() ** power
    return networks.NETWORKS[kind](ordering.n_out, n_classes, **options)


def trained(settings, folder="runs"):
    """The model of a run: read from `folder` if it was trained before, else trained and saved.

    A run that was killed goes on from its checkpoint. One BLAS thread, so that runs side by
    side do not wait for each other, and give the same bits wherever they run.

    Returns
    -------
    SimpleNamespace
        As `load_model` gives it.
    """
    settings = {name: settings[name] for name in DEFAULTS}
    changed = {name: value for name, value in settings.items() if value != DEFAULTS[name]}
    digest = hashlib.sha256(identity(changed).encode()).hexdigest()[:12]
    name = f"{settings['network']}-{Path(settings['data']).stem}-seed{settings['seed']}"
    path = Path(folder) / f"{name}-{digest}.npz"
    if path.exists():
        model = load_model(path)
        if identity({**DEFAULTS, **model.about["settings"]}) == identity(settings):
            return model
    checkpoint = path.with_suffix(".checkpoint.npz")
    with threadpool_limits(1):
        run = prepare(settings, checkpoint=checkpoint, progress_stream=False)
        history = run.trainer.fit(run.X, run.y, run.held_out, resume=True)
    if run.trainer.interrupted:
        raise KeyboardInterrupt
    save_model(path, run.network, run.ordering, run.data.class_names,
               {"settings": settings, "history": history, "with": provenance_line()})
    checkpoint.unlink(missing_ok=True)         # another process may have trained the same
    return load_model(path)


# --- many -------------------------------------------------------------------------------------

def sweep(runs, done, work, save, *, jobs=1, stream=None):
    """Do those of many runs that are not done yet.

    Parameters
    ----------
    runs : list of dict
        The settings of each, in the order in which they are to be done.
    done : list of dict
        Records of earlier runs.
    work : function settings → dict of results
    save : function (list of records)
        Called after each run with all that is there.
    jobs : int
        Processes side by side, one BLAS thread each. Inside `joblib.parallel_config` they run
        where that says, on a cluster for example.
    stream : text file for progress; standard error if left out, False for silence

    Returns
    -------
    list of dict
        The records, old and new: `settings`, what `work` returned, `seconds`, and `with`, the
        versions and threads.
    """
    known = {identity(record["settings"]) for record in done}
    missing = []
    for settings in runs:
        if identity(settings) not in known:
            known.add(identity(settings))
            missing.append(settings)
    done, progress = list(done), Progress(len(missing), stream=stream)
    if not missing:
        return done
    progress.line(f"{len(missing)} runs to do, {len(done)} saved already")
    parallel = joblib.Parallel(jobs, return_as="generator_unordered", batch_size=1,
                               pre_dispatch="n_jobs")
    for record in parallel(joblib.delayed(one)(work, settings) for settings in missing):
        done.append(record)
        save(done)
        progress.update(progress.done + 1)
        progress.line(f"{progress.done}/{len(missing)} {record['seconds']:.0f} s: "
                      f"{in_words(record['settings'])}; {progress.time_left()} left")
    return done


def identity(settings):
    """A text that two dicts share if they say the same."""
    return json.dumps(settings, sort_keys=True)


def in_words(settings):
    """The settings that are not the defaults."""
    return " ".join(f"{name}={value}" for name, value in settings.items()
                    if name not in DEFAULTS or value != DEFAULTS[name])


def one(work, settings):
    """The record of one run."""
    start = time.perf_counter()
    with threadpool_limits(1):
        found = work(settings)
        return {"settings": settings, **found, "with": provenance_line(),
                "seconds": round(time.perf_counter() - start, 1)}
