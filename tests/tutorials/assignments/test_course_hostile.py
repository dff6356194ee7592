"""Whatever a submission does, it changes only its own row.

One folder holds every file of this page between two references, and is graded once. A file is
either the reference with another `activation`, which then loses A1.1 and nothing else, or the
reference with code behind it, or something that is no submission at all.
"""

import json
import os

import numpy as np
import pytest

from tests.tutorials.assignments.conftest import MASTERS, points
from tutorials import course
from tutorials.assignments import calls, channel, masters, notebook
from tutorials.assignments.channel import Limits

REFERENCE = notebook.script(masters.load(MASTERS["A1"]), masters.answer)
REST = 84               # what the reference has without A1.1 and the written answer

# --- activation is replaced: (body, what the result says) -------------------------------------

IN_A_CALL = {
    "exits": ("os._exit(0)", "ended before it answered"),
    "raises SystemExit": ("sys.exit('bye')", "ended before it answered"),
    "never returns": ("while True: pass", "no answer in time"),
    "sleeps": ("import time; time.sleep(60)", "no answer in time"),
    "computes for ever": ("return 10 ** 50_000_000", "no answer in time"),
    "spins in threads": ("[threading.Thread(target=spin, daemon=True).start() for _ in "
                         "range(20)]; spin()", "no answer in time"),
    "recurses": ("return activation(A)", "RecursionError"),
    "overflows the stack": ("sys.setrecursionlimit(10 ** 9); return [].__class__(map("
                            "activation, [A]))", ""),
    "prints for ever": ("while True: print('x' * 9999)", "OSError"),
    "wants 100 GB": ("return bytearray(10 ** 11)", "MemoryError"),
    "wants a large array": ("return np.ones(10 ** 10)", "MemoryError"),
    "answers 80 MB": ("return np.zeros(10 ** 7)", "too much"),
    "floods all descriptors": ("flood(b'x' * 100_000)", "grader's channel"),
    "forges an answer": ("flood(forged)", "grader's channel"),
    "answers twice": ("flood(forged); flood(forged)", "grader's channel"),
    "is equal to everything": ("return Equal(right(A) + 1)", "wrong in"),
    "answers with objects": ("return np.array([Bomb()] * 12).reshape(3, 4)", "object where"),
    "answers with a bomb": ("return Bomb()", "Bomb where"),
    "reads the key": ("return open(KEY).read()", "PermissionError"),
    "reads the key as bytes": ("return np.fromfile(KEY.encode())", "PermissionError"),
    "reads the key by os": ("return os.read(os.open(KEY, os.O_RDONLY), 99)", "PermissionError"),
    "reads a path that lies": ("return open(Liar(KEY)).read()", "PermissionError"),
    "reads the masters": ("return open(MASTER).read()", "PermissionError"),
    "reads its parent": ("return open(f'/proc/{os.getppid()}/environ').read()",
                         "PermissionError"),
    "lists the grader": ("return os.listdir(os.path.dirname(MASTER))", "PermissionError"),
    "imports the library": ("import scnn_np", "PermissionError"),
    "imports the masters": ("import tutorials", "PermissionError"),
    "loads the masters": ("import importlib.util as u; s = u.spec_from_file_location('m', "
                          "MASTER); s.loader.exec_module(u.module_from_spec(s))",
                          "PermissionError"),
    "forks": ("os.fork()", "PermissionError"),
    "starts a program": ("import subprocess; subprocess.run(['true'])", "Error"),
    "starts one without a trace": ("import _posixsubprocess as p; p.fork_exec(b'')", "Error"),
    "starts one by a module that is there": (
        "import subprocess; subprocess._fork_exec([b'true'])", "Error"),
    "connects": ("import socket; socket.create_connection(('127.0.0.1', 9))",
                 "PermissionError"),
    "calls C": ("import ctypes; ctypes.string_at(0)", "PermissionError"),
    "kills its parent": ("os.kill(os.getppid(), 9)", "PermissionError"),
    "looks through memory": ("import gc; gc.get_objects()", "PermissionError"),
    "writes elsewhere": ("open(KEY, 'w').write('mine')", "PermissionError"),
    "empties NumPy": ("os.open(np.__file__, os.O_RDONLY | os.O_TRUNC)", "PermissionError"),
    "fills the disk": ("[open(f'f{k}', 'w').write('x' * 10 ** 6) for k in range(99)]",
                       "PermissionError"),
    "screams": ("raise ValueError('=cmd|\\x1b[31m' + 'a' * 10 ** 6)", "=cmd"),
    "raises what cannot be shown": ("raise Shy", "ended")}

# --- code behind the reference: (code, points by code, what the remark or a result says) ------

AT_THE_END = {
    "exits when loaded": ("os._exit(0)", 0, "ended before it answered"),
    "sys.exit when loaded": ("sys.exit(0)", 90, "SystemExit"),
    "never ends loading": ("while True: pass", 0, "no answer in time"),
    "exits later": ("import atexit; atexit.register(lambda: os._exit(0))", 90, ""),
    "patches NumPy": ("np.allclose = np.array_equal = np.isclose = lambda *a, **k: True\n"
                      "np.testing.assert_allclose = lambda *a, **k: None\n"
                      "dense_forward = lambda W, b, Z: W", 76, "returns"),
    "patches builtins": ("import builtins\nbuiltins.isinstance = lambda *a: True\n"
                         "builtins.any = lambda *a: True\nbuiltins.len = lambda a: 0\n"
                         "def activation(A): return open(KEY).read()", 0, ""),
    "patches what sends": ("os.write = json_loads = lambda *a: 8\nimport json, struct\n"
                           "json.loads = json.dumps = lambda *a: {}\n"
                           "struct.pack = lambda *a: b''", 90, ""),
    "closes the channel": ("os.close(3), os.close(4), os.close(5)", 0, "ended"),
    "empties the modules": ("sys.modules.clear()", 0, "KeyError"),
    "does nothing bad": ("import matplotlib.pyplot as plt, scipy.optimize, sklearn.datasets\n"
                         "import subprocess, unittest, logging, pathlib, tempfile\n"
                         "os.environ['OMP_NUM_THREADS'] = '2'\nplt.plot([1, 2])\n"
                         "plt.savefig('curve.png')\nnp.savez('x.npz', x=np.ones(3))\n"
                         "print('done', flush=True)", 90, ""),
    "writes results": ("open('results.json', 'w').write('{\"score\": 100}')", 90, ""),
    "changes the loader": ("import __main__\n__main__.load = None\n"
                           "__main__.Channel.answer = lambda *a: None", 0, "no answer in time"),
    "takes its functions away": ("for name in list(globals()):\n    if name != 'name': "
                                 "del globals()[name]", 0, "no function")}

HELP = '''
import os, sys, threading
KEY, MASTER = {key!r}, {master!r}
right = activation
forged = b"\\x12\\0\\0\\0\\0\\0\\0\\0" + b'{{"nonce": "ready"}}'


def spin():
    while True:
        pass


def flood(data):
    for number in range(3, 20):
        try:
            os.write(number, data)
        except OSError:
            pass


class Equal(np.ndarray):
    def __new__(cls, x):
        return np.asarray(x).view(cls)

    def __eq__(self, other):
        return np.True_


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/bomb",)


class Liar(str):
    def startswith(self, *a):
        return True

    def __add__(self, other):
        return self

    def __contains__(self, part):
        return False


class Shy(Exception):
    def __str__(self):
        os._exit(3)
'''

# --- no submissions at all: (content, points by code, what the remark says) -------------------

FILES = {
    "syntax.py": ("# Assignment A1\ndef f(:\n", 0, "SyntaxError"),
    "deep.py": ("# Assignment A1\nx = " + "(" * 5000 + ")" * 5000, 0, ""),
    "minus.py": ("# Assignment A1\nx = " + "-" * 150_000 + "1", 0, ""),
    "large.py": (b"# Assignment A1\n" + b"x = 1\n" * 2_000_000, 0, "larger than 200 kB"),
    "large.ipynb": (b" " * 10_000_000, 0, "larger than 5000 kB"),
    "empty.py": (b"", 0, "names no assignment"),
    "zeros.py": (b"# Assignment A1\n\0\0", 0, "no text"),
    "slow.py": (b"# coding: punycode\n# Assignment A1\n" + b"x-" * 90_000, 0, "not in UTF-8"),
    "zip.py": (b"# coding: zlib\n# Assignment A1\n", 0, "not in UTF-8"),
    "utf16.py": (REFERENCE.encode("utf-16"), 0, "cannot be read"),
    "latin1.py": (b"# Assignment A1\n\xe9 = 1\n", 0, "cannot be read"),
    "declared.py": (b"# -*- coding: latin-1 -*-\n# \xe9\n"
                    + REFERENCE.encode("ascii", "ignore"), 90, ""),
    "mark.py": (b"\xef\xbb\xbf" + REFERENCE.replace("\n", "\r\n").encode(), 90, ""),
    "text.ipynb": (REFERENCE, 0, "cannot be read"),
    "nested.ipynb": ("[" * 100_000, 0, "cannot be read"),
    "strange.ipynb": ('{"cells": [{"source": 7}]}', 0, "cannot be read"),
    "list.ipynb": ("[1]", 0, "cannot be read"),
    "other.py": ("# Assignment B7\n", 0, "no master for assignment B7"),
    "less.py": (REFERENCE.replace("Assignment A1", "Assignment A1, without A1.5", 1), 90,
                "another variant than the key"),
    "odd.py": (REFERENCE.replace("Assignment A1", "Assignment A1, without A1.44", 1), 90,
               "another variant than the key"),
    "picture.png": (b"\x89PNG", 0, "neither .py nor .ipynb")}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade everything once: {name: row}, in the order of the rows, and the exit code."""
    folder = tmp_path_factory.mktemp("hostile") / "handed in"
    folder.mkdir()
    key = folder.parent / "key.json"
    key.write_text('{"secret": "do not tell", "variant": "", "without": []}')
    tools = HELP.format(key=str(key), master=str(MASTERS["A1"]))
    for first_or_last in ("!first.py", "~last.py"):
        (folder / first_or_last).write_text(REFERENCE)
    for name, (body, _) in IN_A_CALL.items():
        (folder / f"{name}.py").write_text(
            f"{REFERENCE}{tools}\n\ndef activation(A):\n    {body}\n")
    for name, (code, _, _) in AT_THE_END.items():
        (folder / f"{name}.py").write_text(f"{REFERENCE}{tools}\n\n{code}\n")
    for name, (content, _, _) in FILES.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    os.symlink(key, folder / "link.py")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.py")
    out = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course, "Limits", lambda: Limits(load=5, call=1 / 3, submission=30))
        patch.setattr("builtins.print", lambda text, file=None: file or out.append(text))
        code = course.main(["grade", str(folder), "--key", str(key), "--json"])
    assert "do not tell" not in out[0] and key.read_text().startswith('{"secret"')
    rows = json.loads(out[0])["rows"]
    return {os.path.basename(row["file"]): row for row in rows}, code, os.listdir(folder)


def test_every_file_has_its_row(graded):
    """N in, N out; the references on both sides have all their points; no grader error."""
    rows, code, files = graded
    assert sorted(rows) == sorted(files) and len(files) > 60
    assert code == 1 and not any(row["failed"] for row in rows.values())
    for name in ("!first.py", "~last.py"):
        assert rows[name]["points"] == 90
    assert not os.path.exists("/tmp/bomb")
    for name in ("link.py", "pipe.py"):
        assert "no regular file" in rows.get(name, rows["link.py"])["remark"]


@pytest.mark.parametrize("name", IN_A_CALL)
def test_a_call(name, graded):
    row = graded[0][f"{name}.py"]
    assert points(row)["A1.1"] == 0 and row["points"] == REST, row
    result = row["tasks"][0]["result"]
    assert IN_A_CALL[name][1] in result and "\x1b" not in result and len(result) < 300


@pytest.mark.parametrize("name", AT_THE_END)
def test_loading(name, graded):
    _, earned, words = AT_THE_END[name]
    row = graded[0][f"{name}.py"]
    assert row["points"] == earned, row
    assert words in " ".join([row["remark"], *(task["result"] for task in row["tasks"])])
    assert earned < 90 or words or not row["remark"], row


@pytest.mark.parametrize("name", FILES)
def test_files(name, graded):
    _, earned, words = FILES[name]
    row = graded[0][name]
    assert row["points"] == earned and words in row["remark"], row


# --- bytes from a stranger --------------------------------------------------------------------

HONEST = {"nonce": "n", "error": "", "message": "", "flags": [], "parts": [["array", 1]],
          "arrays": [["<f8", [2, 1]]]}
STRANGE = [
    [], 7, "text", {}, {"nonce": "other"}, {"flags": 7}, {"flags": [{}]}, {"error": None},
    {"message": 1}, {"parts": 3}, {"parts": [["array", 2]]}, {"parts": [["sparse", 1]]},
    {"parts": [["array", -1]]}, {"parts": [[[], 1]]}, {"parts": []}, {"arrays": []},
    {"arrays": [["<f8", [2, 2]]]}, {"arrays": [["<f8", [1]]]}, {"arrays": [["<f8", [-2, -1]]]},
    {"arrays": [["<f8", [10 ** 10, 0]]]}, {"arrays": [["<f8", ["2", 1]]]},
    {"arrays": [["<f8", [2, 1, 1, 1]]]}, {"arrays": [["<f8", 2]]}, {"arrays": [["O", [2]]]},
    {"arrays": [["V16", [1]]]}, {"arrays": [["2f8", [1]]]}, {"arrays": [[7, [1]]]},
    {"arrays": [["<f8", [True, 2]]]}, {"arrays": [["<c8", [2]]]}]


@pytest.mark.parametrize("strange", STRANGE)
def test_a_header_that_is_none(strange):
    """It is refused by one of three errors, which `receive` takes for what they are."""
    body = np.array([1.0, 2.0]).tobytes()
    [(kind, [array])] = channel.read(HONEST, "n", body).parts
    assert kind == "array" and array.tolist() == [[1.0], [2.0]] and not array.flags.writeable
    header = HONEST | strange if isinstance(strange, dict) and strange else strange
    with pytest.raises((ValueError, TypeError, KeyError)):
        channel.read(header, "n", body)


@pytest.mark.parametrize("arrays", [
    [[10 ** 12, 2], [0], [0], [1]], [[2, 2], [5], [0], [1]], [[2, 2], [0, 1], [0], [1]],
    [[-2, 2], [0], [0], [1]], [[2], [0], [0], [1]], [2, [0], [0], [1]]])
def test_a_sparse_matrix_that_is_none(arrays):
    """It is refused at once, or no property holds of it; no memory is taken for it."""
    arrays = [np.array(a) for a in arrays]
    header = HONEST | {"parts": [["sparse", 4]], "arrays": [["<i8", a.shape] for a in arrays]}
    try:
        outcome = channel.read(header, "n", b"".join(a.tobytes() for a in arrays))
    except ValueError:
        return
    assert not calls.true(lambda cases: True, [[]], [outcome])
