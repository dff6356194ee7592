"""One submission answers: in one child, and after each death in a new one."""

import time

from tutorials.assignments.calls import AGAIN, Outcome
from tutorials.assignments.channel import Child, Died

RESTARTS = 3


class Sitting:
    """A submission that can be asked, and gives an outcome whatever it does.

    Parameters
    ----------
    text : str
        The submission as a script.
    libraries : list of str
    limits : Limits
    """

    def __init__(self, text, libraries, limits):
        self.text, self.libraries, self.limits = text, libraries, limits
        self.child, self.deaths, self.end = None, 0, time.monotonic() + limits.submission
        self.loaded = Outcome()             # what stopped the file itself, if anything did

    def ask(self, question, answer=None):
        """The outcome of one question; see `Child.ask`."""
        left = self.end - time.monotonic()
        if self.loaded.error == "Died":
            return self.loaded
        if self.deaths > RESTARTS or left <= 0:
            return Outcome(error="Died", message="not run: too slow or ended too often before")
        try:
            if self.child is None:
                self.start()
            return self.child.ask(question, min(left, self.limits.call), answer)
        except Died as died:
            self.close()
            self.deaths += 1
            return Outcome(error="Died", message=str(died))

    def start(self):
        self.child = Child(self.text, self.libraries, self.limits)
        try:
            self.loaded = self.child.start()
        except Died as died:                # there is no point in another try
            self.loaded = Outcome(error="Died", message=f"does not load: {died}")
            raise

    def call(self, name, cases, same):
        """The outcomes of a function for all cases, and the first of them asked once more.

        Parameters
        ----------
        name : str
        cases : list of lists of expressions
        same : function of two outcomes → bool
        """
        given = []
        for case in [*cases, cases[0]]:
            died = given and given[-1].error == "Died"       # a task costs one child at most
            given.append(given[-1] if died else self.ask({"function": name,
                                                          "arguments": case}))
        again = given.pop()
        if not same(again, given[0]):
            given[0].flags += (AGAIN,)
        return given

    def close(self):
        if self.child:
            self.child.close()
        self.child = None
