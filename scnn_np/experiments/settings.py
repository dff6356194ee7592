"""A run is described by a dict of settings: names of parameters, and values that JSON can hold.

The names, checks and helps stand beside the functions that take them, the defaults in these
functions' signatures. Here they are only collected, at each call, so that a kind that was added
to a catalogue is there. None is what the network, the optimiser or the data set asks for by
itself.
"""

import inspect

from scnn_np.data import datasets, fit_ordering, ordering
from scnn_np.graphs import TOPOLOGIES, topologies
from scnn_np.networks import NETWORKS, build, networks
from scnn_np.networks import PARAMETERS as OF_NETWORK
from scnn_np.nn import LAYERS, PENALTIES
from scnn_np.nn.affine import PARAMETERS as OF_LAYER
from scnn_np.tools import checks
from scnn_np.tools.parameters import Parameter, keywords
from scnn_np.training import OPTIMIZERS, Trainer, make_optimizer, optimizers, trainer

# What only a run has, and the defaults of it.
OWN = {"data": "fashion-mnist", "holdout": None, "samples": None, "mirror": False,
       "inputs": None, "network": "sc", "importance_power": 1.0}
MANY = {"least": 1}


def parameters():
    """All parameters of a run, {group: {name: Parameter}}: data, network, training."""
    penalties = {name: Parameter(
        checks.listed, f"strength of {kind.__name__}: one, or one for each weight matrix",
        {"check": checks.number, "least": 0}) for name, kind in PENALTIES.items()}
    return {
        "data and order of the inputs": {
            "data": datasets.PARAMETERS["data"],
            "holdout": Parameter(checks.whole, "training samples to hold out and measure on "
                                 "after each epoch; 0 trains on all (default: a sixth)",
                                 {"least": 0}),
            "samples": Parameter(checks.whole, "only so many training samples, of each "
                                 "class the first ones by its share (default: all)", MANY),
            "mirror": Parameter(checks.truth, "train on the images and their mirror images"),
            **ordering.PARAMETERS,
            "inputs": Parameter(checks.whole, "only the first so many of the ordered inputs "
                                "(default: all)", MANY)},
        "network": {
            "network": Parameter(checks.one_of, "spatially coupled, random sparse, fully "
                                 "connected, or another topology", {"known": networks()}),
            **{name: found for name, found in OF_NETWORK.items()
               if name not in ("n_in", "n_classes")},
            **topologies.PARAMETERS,
            "importance_power": Parameter(checks.number, "importance to this power counts for "
                                          "edges", {"least": 0}),
            **OF_LAYER},
        "training": {
            **{name: found for name, found in trainer.PARAMETERS.items() if name != "seed"},
            **optimizers.PARAMETERS, **penalties, "seed": trainer.PARAMETERS["seed"]}}


def defaults():
    """The default of every parameter, {name: value}: None where the kinds of network, layer or
    optimiser differ in it."""
    stated = {**OWN, **{name: 0.0 for name in PENALTIES}}
    for function in (fit_ordering, build, make_optimizer, Trainer):
        stated.update({name: parameter.default for name, parameter
                       in inspect.signature(function).parameters.items()
                       if parameter.default is not parameter.empty})
    for kind in (*NETWORKS.values(), *TOPOLOGIES.values(),
                 *(kind.drawn for kind in LAYERS.values()), *OPTIMIZERS.values()):
        stated.update(dict.fromkeys(keywords(kind)))
    stated["optimizer"] = inspect.signature(make_optimizer).parameters["optimizer"].default
    return {name: stated.get(name) for group in parameters().values() for name in group}


def checked(settings):
    """Settings in their plain form, whatever way they came in, or an error that names one.

    Parameters
    ----------
    settings : dict
        Some of the names of `parameters()`.
    """
    checks.instance("settings", settings, dict, "a dict of settings")
    known = {name: found for group in parameters().values() for name, found in group.items()}
    standard = defaults()
    for name in settings:
        if name not in known:
            raise ValueError(f"{checks.shown(name)}: is no setting, expected one of "
                             f"{', '.join(known)}")
    return {name: None if value is None and standard[name] is None
            else known[name](name, value) for name, value in settings.items()}


def takers(name):
    """The networks that take a parameter of the topology, or None if it is for all."""
    if name not in topologies.PARAMETERS:
        return None
    return [kind for kind, topology in TOPOLOGIES.items() if name in keywords(topology)]
