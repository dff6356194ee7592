"""The child: loads one submission and answers the grader's questions with arrays.

It is started as `python -I -B shim.py ROOMS LIBRARIES` in a folder that holds this file,
`calls.py` and `submission.py`, and knows no answer. Questions are lines of JSON on its input;
answers go out on what was its output before anything of the submission ran. The fence below
tells an honest student what is not allowed, and stops cheap peeking. It is not the lock: that
is the grader's keeping all expectations to itself.
"""

import ast
import importlib
import json
import os
import struct
import subprocess
import sys
import types

MEMORY, FILES, SECONDS = 1_500_000_000, 1_000_000, 90
REFUSED = ("os.", "shutil.", "socket.", "subprocess.", "ctypes.", "gc.", "signal.", "pty.",
           "mmap.", "fcntl.", "resource.", "winreg.", "_winapi.", "sqlite3.", "urllib.")
HARMLESS = ("os.putenv", "os.unsetenv", "os.walk")      # a walk asks for each folder again
ANSWERS = ("scnn_np", "tutorials", "_posixsubprocess")          # no submission imports these


def limit():
    """Memory, file size and processor time, where the system has such limits."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, FILES),
                       (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):       # macOS refuses the first
            pass


def fence(rooms):
    """Refuse files outside the rooms, processes, sockets, signals and the answer modules.

    What the hook uses is bound here, for a submission may replace any builtin.
    """
    for module in (subprocess, sys.modules.get("_posixsubprocess")):
        for name in ("fork_exec", "_fork_exec"):                # it has no audit event
            if hasattr(module, name):
                setattr(module, name, None)

    home = os.getcwd() + os.sep

    def hook(event, args, rooms=rooms, home=home, sep=os.sep, refused=REFUSED,
             answers=ANSWERS, harmless=HARMLESS, files=[None] * 20, any=any,
             isinstance=isinstance, str=str, bytes=bytes, int=int, Refused=PermissionError,
             writing=os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
        if event == "import":
            if str.partition(args[0], ".")[0] in answers:
                raise Refused("the grader does not let a submission import this")
        elif event in ("open", "os.listdir", "os.scandir", "os.mkdir"):
            path = args[0]
            if isinstance(path, int):
                return
            path = bytes.decode(path) if isinstance(path, bytes) else str.__str__(path or ".")
            if event == "os.mkdir" or event == "open" and args[2] & writing:
                rooms = files and (home,)
                files and files.pop()
            if not str.startswith(path, ("/", "\\")) and ":" not in path:
                path = home + path
            if ".." in path or not any([str.startswith(path + sep, room) for room in rooms]):
                raise Refused("the grader does not let a submission open this file")
        elif str.startswith(event, refused) and event not in harmless:
            raise Refused(f"the grader does not allow {event}")

    sys.addaudithook(hook)


class Channel:
    """Questions and answers; it keeps what it needs, for a submission may patch modules."""

    def __init__(self):
        self.inward, self.outward = os.fdopen(os.dup(0), "rb"), os.dup(1)
        printed = os.open("printed", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(printed, 1), os.dup2(printed, 2)       # what is printed is no answer
        if os.name == "nt":
            import msvcrt
            msvcrt.setmode(self.outward, os.O_BINARY)
        self.write, self.loads, self.dumps, self.pack = (os.write, json.loads, json.dumps,
                                                         struct.pack)

    def read(self):
        line = self.inward.readline()
        return self.loads(line) if line else None

    def answer(self, nonce, outcome):
        """Send an outcome: its words as JSON, the numbers of all its arrays behind them."""
        arrays = [array for _, held in outcome.parts for array in held]
        parts = [[kind, len(held)] for kind, held in outcome.parts]
        text = self.dumps({"nonce": nonce, "error": outcome.error, "message": outcome.message,
                           "flags": outcome.flags, "parts": parts,
                           "arrays": [[a.dtype.str, a.shape] for a in arrays]}).encode()
        body = b"".join([a.tobytes() for a in arrays])
        data = memoryview(self.pack("<II", len(text), len(body)) + text + body)
        while data:
            data = data[self.write(self.outward, data):]


def load(calls):
    """The submission's names, and what stopped it, if anything did."""
    with open("submission.py", encoding="utf-8") as file:
        text = file.read()
    module = sys.modules["submission"] = types.ModuleType("submission")
    names = module.__dict__
    sys.modules["check"] = types.SimpleNamespace(points=lambda *ignored: None)  # in notebooks
    outcome = calls.Outcome()
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        outcome = calls.failure(error)
        statements = []
    for statement in statements:            # what stands below an error may be right
        try:
            exec(compile(ast.Module([statement], []), "submission.py", "exec"), names)
        except BaseException as error:
            if not outcome.error:
                outcome = calls.failure(error)
                outcome.message = f"line {statement.lineno}: {outcome.message}"
            if not isinstance(error, Exception):
                break
    return names, outcome


def stranger(channel, calls, nonce, parameters):
    """A function that lives with the grader: its arguments go there, its answer comes back."""
    def function(*args, **named):
        args = [*args, *(named[name] for name in parameters[len(args):])]
        channel.answer(nonce, calls.Outcome(calls.parts_of(tuple(args)), flags=("ask",)))
        reply = channel.read()
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return calls.evaluate([reply["answer"]])[0]
    return function


def main():
    """Answer until the questions end."""
    channel = Channel()
    rooms, libraries = json.loads(sys.argv[1]), json.loads(sys.argv[2])
    sys.path += [room for room in rooms if room not in sys.path]
    sys.path.insert(0, os.getcwd())
    import calls
    del sys.path[0]
    for name in libraries:
        importlib.import_module(name)
    limit()
    fence(tuple(room.rstrip(os.sep) + os.sep for room in (*rooms, sys.prefix, sys.base_prefix,
                                                          os.getcwd())))
    channel.answer("ready", calls.Outcome())
    nonce = channel.read()["nonce"]
    names, outcome = load(calls)
    channel.answer(nonce, outcome)
    while question := channel.read():
        nonce, name = question["nonce"], question["function"]
        if name not in names:
            outcome = calls.Outcome(error="Missing", message=f"no function {name}")
        elif "parameters" in question:
            outcome = calls.call(names[name], [stranger(channel, calls, nonce,
                                                        question["parameters"])])
        else:
            outcome = calls.call(names[name], calls.evaluate(question["arguments"]))
        channel.answer(nonce, outcome)


if __name__ == "__main__":
    main()
