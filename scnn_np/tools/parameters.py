"""The parameters of a run: each with its check and its help, beside the function it is for.

A name's default stands in the signature of that function. Settings of experiments and options
of the command line are made from both.
"""

import ast
import inspect
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Parameter:
    """One parameter of a run.

    Attributes
    ----------
    check : function (name, value, **limits) → value, of `scnn_np.tools.checks`
    help : str
    limits : dict
        What the check takes besides; `known` of `one_of` is a catalogue, looked up when asked.
    """

    check: object
    help: str
    limits: dict = field(default_factory=dict)

    def __call__(self, name, value):
        return self.check(name, value, **self.limits)


def checked(parameters, **values):
    """The values in their plain form, in the order given; None is left as it is."""
    return [None if value is None else parameters[name](name, value)
            for name, value in values.items()]


def keywords(function):
    """The keyword-only parameters of a function and their defaults: what a kind takes of the
    parameters of a run."""
    return {name: parameter.default
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY}


def from_text(text):
    """What somebody typed: a number, several with commas between them, True, None, a word."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return {"true": True, "false": False}.get(text, text)
    return list(value) if isinstance(value, tuple) else value
