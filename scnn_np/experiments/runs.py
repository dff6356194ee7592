"""One run by its settings: prepared, trained, and found again.

What the settings do not describe are the code and the contents of a data file: who changes
these removes the folder runs/ and the results.
"""

import hashlib
import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from threadpoolctl import threadpool_limits

from scnn_np.data import first_samples, fit_ordering, hold_out, load_data
from scnn_np.experiments.models import load_model, save_model
from scnn_np.experiments.settings import checked, defaults, takers
from scnn_np.graphs import TOPOLOGIES, topologies
from scnn_np.networks import PARAMETERS as OF_NETWORK
from scnn_np.networks import networks
from scnn_np.nn import PENALTIES
from scnn_np.nn.affine import PARAMETERS as OF_LAYER
from scnn_np.tools.parameters import keywords
from scnn_np.tools.provenance import provenance_line
from scnn_np.tools.streams import stream
from scnn_np.training import OPTIMIZERS, Trainer, make_optimizer


def prepare(settings, **options):
    """Data in order, network and trainer, as the settings say; nothing is trained yet.

    Parameters
    ----------
    settings : dict
        Of the names in `settings.parameters()`, as `python -m scnn_np train --help` explains
        them; what is left out is at its default.
    **options
        `checkpoint`, `progress_stream` and `threads` of `Trainer`.

    Returns
    -------
    SimpleNamespace
        `settings`, all of them; `data`, `ordering`, `network`, `trainer`; `X`, `y` to train on
        and `held_out`, a pair or None, ordered.
    """
    settings = {**defaults(), **checked(settings)}
    data = load_data(settings["data"])
    X, y, held_out = data.X_train, data.y_train, None
    if settings["samples"] is not None:
        seen = first_samples(y, settings["samples"])
        X, y = X[seen], y[seen]
    holdout = len(y) // 6 if settings["holdout"] is None else settings["holdout"]
    if holdout:
        (X, y), held_out = hold_out(X, y, holdout, settings["seed"])
    if settings["mirror"]:
        X, y = np.concatenate([X, mirrored(X)]), np.concatenate([y, y])
    ordering = fit_ordering(X, y, settings["order"], settings["direction"],
                            scale=settings["scale"], whiten=settings["whiten"],
                            rng=stream(settings["seed"], "order"),
                            multiple_of=blocks_of_inputs(settings))
    if settings["inputs"] is not None:
        ordering = first_inputs(ordering, settings["inputs"])
    network = build_network(settings, ordering, len(data.class_names))
    trainer = make_trainer(network, settings, settings["epochs"], **options)
    if held_out:
        held_out = ordering(held_out[0]), held_out[1]
    return SimpleNamespace(settings=settings, data=data, ordering=ordering, network=network,
                           trainer=trainer, X=ordering(X), y=y, held_out=held_out)


def blocks_of_inputs(settings):
    """Into how many blocks the network cuts its inputs."""
    blocks = keywords(TOPOLOGIES[settings["network"]]).get("blocks", 1)
    if settings["blocks"] is not None and settings["network"] in takers("blocks"):
        blocks = settings["blocks"]
    return max(1, blocks[0] if isinstance(blocks, list) else blocks)


def first_inputs(ordering, inputs):
    """The same ordering without the inputs behind so many."""
    if inputs > ordering.n_out:
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
    kind, options = settings["network"], {}
    for name in (*OF_NETWORK, *PENALTIES, *topologies.PARAMETERS, *OF_LAYER, "seed"):
        value = settings.get(name)
        if value is None:
            continue
        if takers(name) is not None and kind not in takers(name):
            raise ValueError(f"{name}: got {value} with network {kind}, expected it with "
                             f"{', '.join(takers(name))} only")
        options[name] = value
    if "edges" in options:
        options["importance"] = ordering.output_importance() ** settings["importance_power"]
    return networks()[kind](ordering.n_out, n_classes, **options)


def make_trainer(network, settings, epochs, **options):
    """The trainer that the settings ask for, with so many epochs."""
    kind = settings["optimizer"]
    of_optimizers = {name for made in OPTIMIZERS.values() for name in keywords(made)}
    chosen = {name: settings[name] for name in of_optimizers if settings[name] is not None}
    return Trainer(network, epochs=epochs, batch_size=settings["batch_size"],
                   optimizer=make_optimizer(kind, settings["learning_rate"], **chosen),
                   schedule=settings["schedule"], seed=settings["seed"], **options)


def train_further(network, settings, epochs, X, y):
    """Train a network that was cut down as the whole one was, but for so many epochs."""
    make_trainer(network, settings, epochs, progress_stream=False).fit(X, y)


def trained(settings, folder="runs"):
    """The model of a run: read from `folder` if it was trained before, else trained and saved.

    A run that was killed goes on from its checkpoint. One BLAS thread, so that runs side by
    side do not wait for each other, and give the same bits wherever they run.

    Returns
    -------
    SimpleNamespace
        As `load_model` gives it.
    """
    standard = defaults()
    settings = checked({name: settings[name] for name in standard})
    changed = {name: value for name, value in settings.items() if value != standard[name]}
    digest = hashlib.sha256(identity(changed).encode()).hexdigest()[:12]
    name = f"{settings['network']}-{Path(settings['data']).stem}-seed{settings['seed']}"
    path = Path(folder) / f"{name}-{digest}.npz"
    if path.exists():
        model = load_model(path)
        if identity({**standard, **model.about["settings"]}) == identity(settings):
            return model
    checkpoint = path.with_suffix(".checkpoint.npz")
    with threadpool_limits(1):
        run = prepare(settings, checkpoint=checkpoint, progress_stream=False)
        history = run.trainer.fit(run.X, run.y, run.held_out, resume=True)
    save_model(path, run.network, run.ordering, run.data.class_names,
               {"settings": settings, "history": history, "with": provenance_line()})
    checkpoint.unlink(missing_ok=True)         # another process may have trained the same
    return load_model(path)


def identity(settings):
    """A text that two dicts share if they say the same."""
    return json.dumps(settings, sort_keys=True)
