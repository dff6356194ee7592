"""Who is how fast: measured fairly, and said and drawn as measured; never how fast it is."""

import copy
import json
import os

import pytest

from figures import bench, common, ours, peers, speed, speed_page
from figures.bench import Job, Worker, ask, take_turns

SMALL = {"block": 0, "images": 8, "widths": [196, 392], "batches": [4], "densities": [0.05],
         "small_widths": [98], "parts": {"rounds": 1, "seconds": 0}}
PEER = speed_page.CSR


def run(*words):
    return common.main("speed", speed.__doc__, speed.PRESETS, speed.compute, speed.plot, words,
                       report=speed.report, switches=[("peers", "")])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a small measurement, without peers that are not always installed, has written."""
    folder = tmp_path_factory.mktemp("speed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common, "FOLDER", folder)
        patch.setattr(peers, "installed", lambda packages: {"sklearn"})
        patch.setitem(speed.PRESETS, "quick", speed.PRESETS["quick"] | SMALL)
        assert run("--peers") == 0
    return folder


@pytest.fixture
def saved(folder):
    """What it found."""
    return json.loads((folder / "results" / "speed.quick.json").read_text(encoding="utf-8"))


def with_step(saved, name, threads, *wall, core=None):
    """The results with other times of a training step."""
    saved = copy.deepcopy(saved)
    saved["steps"] = [record for record in saved["steps"]
                      if (record["name"], record["threads"]) != (name, threads)]
    saved["steps"].append({"name": name, "threads": threads, "wall_ms": list(wall),
                           "core_ms": list(core or wall), "faults": [0.0] * len(wall)})
    return saved


# --- in turns, each in a process of its own -------------------------------------------------

def test_they_take_turns(monkeypatch):
    """One block of everybody, then the next; new processes each time; medians over blocks."""
    heard = []

    class Fake:
        def __init__(self, job, environment):
            heard.append(("start", job.name))
            self.name, self.times = job.name, iter([1.0, 5.0, 2.0])

        def hear(self):
            heard.append(("warm", self.name))

        def block(self, seconds):
            heard.append((seconds, self.name))
            return dict.fromkeys(bench.MEASURES, next(self.times))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            heard.append(("end", self.name))
    monkeypatch.setattr(bench, "Worker", Fake)
    monkeypatch.setattr(bench, "PAUSE", 0)
    records = take_turns([Job("a", ""), Job("b", "", threads=2)],
                         {"processes": 2, "rounds": 3, "block": 0.5, "environment": {}})
    once = ["start a", "start b", "warm a", "warm b", *["0.5 a", "0.5 b"] * 3, "end b", "end a"]
    assert [f"{what} {name}" for what, name in heard] == 2 * once
    assert records == [{"name": name, "threads": threads,
                        **dict.fromkeys(bench.MEASURES, [2.0, 2.0])}
                       for name, threads in (("a", 1), ("b", 2))]


def test_a_block_counts_all_steps_but_the_first():
    """The first finds cold caches; without time there is still one more."""
    steps = []
    assert bench.block(lambda: steps.append(1), 0).keys() == set(bench.MEASURES)
    assert len(steps) == 2


def test_page_faults_are_counted():
    """A step that touches 64 MB of fresh memory gets it in pages of some size."""
    assert bench.block(lambda: bytearray(1 << 26), 0)["faults"] > 1


def test_a_worker_has_its_environment(monkeypatch):
    """Threads by every library's name; what tunes OpenBLAS only where a preset says so."""
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "512")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    job = Job("provenance", "scnn_np.tools.provenance:provenance", threads=2)
    found = ask(job, {"OPENBLAS_CORETYPE": "Haswell"})["environment"]
    assert found == found | {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "2",
                             "OMP_NUM_THREADS": "2"}
    assert "OPENBLAS_L2_SIZE" not in found


def test_a_worker_waits_and_measures():
    """It is warm, then answers every line, until it is ended."""
    with Worker(Job("peak", "figures.ours:floor", {"with_gradients": False}), {}) as worker:
        assert worker.hear() == "warm"
        for _ in range(2):
            found = worker.block(0)
            assert found["wall_ms"] > 0 and found["core_ms"] > 0
        assert worker.process.poll() is None
    assert worker.process.poll() is not None


def test_a_worker_that_fails_is_named(capfd):
    """With its exit code; its own error stands before."""
    with pytest.raises(ChildProcessError, match="nobody: its process ended with exit code 1"):
        ask(Job("nobody", "figures.ours:nothing"), {})
    assert "has no attribute 'nothing'" in capfd.readouterr().err


@pytest.mark.parametrize("name", peers.PEERS)
def test_peers_take_a_step(name):
    """Each of those that are installed."""
    peer = peers.PEERS[name]
    pytest.importorskip(peer.package, reason=f"{peer.package} is not installed")
    step = getattr(peers, peer.function)(**peer.options)
    step()
    step()


# --- what is measured -----------------------------------------------------------------------

def test_all_parts_are_measured(saved):
    """Everybody on one and on two threads."""
    assert {"numpy", "blas", "machine"} <= saved["provenance"].keys()
    names = {*(f"scnn_np {kind}" for kind in ours.NETWORKS), "scikit-learn"}
    for section, expected in (("steps", names),
                              ("floor", {"peak", "two products", "three products"}),
                              ("prediction", {"SC", "RSP", "FC"})):
        found = {(record["name"], record["threads"]) for record in saved[section]}
        assert found >= {(name, threads) for name in expected for threads in (1, 2)}
        for record in saved[section]:
            assert record["wall_ms"][0] > 0 and record["core_ms"][0] > 0
    assert saved["profile"]["ms"].keys() >= {"W Z", "Wᵀ D", "D Zᵀ at the edges", "Adam"}
    # 5 layers of 42,336 edges, three products; the tiles around them are larger
    assert saved["profile"]["at_edges"] == 3 * 5 * 41_650 < saved["profile"]["in_tiles"]


def test_memory_of_a_training(saved):
    """Four arrays of four bytes for each parameter, indices beside the sparse ones."""
    for kind, parameters in (("SC", 220_020), ("RSP", 219_530), ("FC", 3_085_050)):
        assert saved["memory"][kind]["state"] > 16 * parameters
    assert saved["memory"]["SC"]["state"] < 0.1 * saved["memory"]["FC"]["state"]


def test_memory_grows_with_the_edges():
    """Twice the neurons at 64 edges each: twice the bytes, for both kinds of layer; no array
    of neurons × neurons anywhere."""
    for kind in ("SC", "RSP"):
        small, large = (ours.peak_bytes(kind, width) for width in (3136, 6272))
        assert 1.8 < large / small < 2.2
        assert large < 4 * 6272 ** 2


def test_missing_peers_are_named(monkeypatch, capsys):
    """On the command line, before anything is timed."""
    monkeypatch.setattr(peers, "installed", lambda packages: {"sklearn", "jax"})
    monkeypatch.setattr(speed, "measure_steps", lambda chosen, packages: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        speed.compute("quick", 0, peers=True)
    assert "left out: torch is not installed" in capsys.readouterr().err


def test_a_busy_machine_is_warned_of(monkeypatch, capsys):
    """On the command line; nothing is said on a quiet one."""
    monkeypatch.setattr(os, "getloadavg", lambda: (0.4, 9, 9))
    assert speed.quiet_load(60) == 0.4 and not capsys.readouterr().err
    monkeypatch.setattr(os, "getloadavg", lambda: (2.0, 0, 0))
    assert speed.quiet_load(0) == 2 and "2.00, expected at most" in capsys.readouterr().err


def test_redraw_says_the_same(folder, saved, monkeypatch, capsys):
    """The picture and the report come from the results alone."""
    monkeypatch.setattr(common, "FOLDER", folder)
    monkeypatch.setattr(speed, "compute", None)
    image = folder / "images" / "speed.quick.png"
    first = image.read_bytes()
    image.unlink()
    assert run("--redraw") == 0
    assert image.read_bytes() == first
    assert capsys.readouterr().out.splitlines()[:-1] == speed.report(saved)


# --- what is said ---------------------------------------------------------------------------

def test_goals_follow_the_results(saved):
    """1.7 times faster than the peer on one thread: reached, missed, or not measured."""
    goal = speed_page.GOALS[0]
    assert goal.cell(saved) == "not measured"
    saved = with_step(saved, "scnn_np SC", 1, 4.0, 4.0, 5.0)
    assert goal.cell(with_step(saved, f"{PEER}, SC", 1, 6.8, 6.4, 10.0)) == (
        "1.70 (1.60–2.00), reached")
    assert goal.cell(with_step(saved, f"{PEER}, SC", 1, 6.7, 6.4, 10.0)) == (
        "1.68 (1.60–2.00), **missed**")


def test_core_time_has_its_own_goal(saved):
    """Half of the core time of the peer on two threads, whatever the wall time is."""
    goal = next(goal for goal in speed_page.GOALS if goal.most == 0.5)
    saved = with_step(saved, "scnn_np SC", 1, 99.0, core=[4.0])
    assert goal.cell(with_step(saved, f"{PEER}, SC", 2, 1.0, core=[8.0])) == "0.50, reached"
    assert goal.cell(with_step(saved, f"{PEER}, SC", 2, 1.0, core=[7.0])) == "0.57, **missed**"


def test_who_is_faster_follows_the_results(saved):
    """Faster in all processes, in some, or in none."""
    saved = with_step(saved, "scnn_np SC", 1, 4.0, 4.0)
    saved = with_step(saved, "scikit-learn", 1, 30.0, 31.0)

    def said(*wall):
        return speed_page.faster_still(with_step(saved, f"{PEER}, SC", 1, *wall))[0]
    assert f"on one thread {PEER}, SC at 0.75 of our time;" in said(3.0, 3.0)
    assert (f"on one thread none of 2; not separated: {PEER}, SC at 1.00 (0.90–1.10) of our "
            "time;") in said(3.6, 4.4)
    assert "on one thread none of 2; on two" in said(6.0, 6.0)


def test_the_floor_follows_the_results(saved):
    """Whether SciPy's kernels, all products or neither explain that RSP is behind."""
    taken = {"two products": [5.0], "three products": [6.0], "peak": [1.0]}
    for record in saved["floor"]:
        record["wall_ms"] = taken[record["name"]]
    saved = with_step(saved, "scnn_np RSP", 2, 7.0)
    assert speed_page.floor_line(saved).endswith("our whole step takes 7.00 ms.")
    for peer, said in ((4.0, "SciPy's part alone is longer"),
                       (5.5, "products alone are longer"),
                       (6.5, "do not decide"), (8.0, "RSP is not behind it")):
        assert said in speed_page.floor_line(with_step(saved, f"{PEER}, RSP", 2, peer))


def test_limits_follow_the_results(saved):
    """The sizes at which the sparse layer was slower, and no others."""
    saved["limits"]["batch"] = [{"batch": 1, "sparse": 2, "dense": 1},
                                {"batch": 8, "sparse": 1, "dense": 2}]
    assert "batch 1 of 1, 8 (" in speed_page.limits_line(saved)
    saved["limits"]["batch"][0]["sparse"] = 0.5
    assert "batch none of 1, 8 (" in speed_page.limits_line(saved)


def test_the_page_warns(saved):
    """Of what shows that something else was running: before, and in the times themselves."""
    saved["quiet"] = True
    for record in saved["steps"]:
        record["wall_ms"], record["core_ms"] = [4.0, 4.2], [4.0, 4.2]
    text = "\n".join(speed_page.machine_lines(saved))
    assert "Warning" not in text and "Not measured: jax, torch." in text
    loaded, waiting, wild = (copy.deepcopy(saved) for _ in range(3))
    loaded["quiet"] = False
    for record in waiting["steps"]:
        record["wall_ms"] = [8.0, 8.0]
    for record in wild["steps"]:
        record["wall_ms"] = record["core_ms"] = [4.0, 8.0]
    for results, said in ((loaded, "load average before"), (waiting, "waited for a core"),
                          (wild, "2.00 times as long in one process as in another")):
        found = speed_page.disturbances(results)
        assert len(found) == 1 and said in found[0]
        assert f"**Warning: {found[0]}" in "\n".join(speed_page.machine_lines(results))


def test_the_page_holds_both_presets(saved):
    """A column of goals and a section for each; the column says what is not to be trusted."""
    saved["quiet"] = False
    made = speed.page(lambda name, preset: saved | {"preset": preset})
    for preset, title in speed_page.PRESETS.items():
        assert f"## {title}" in made and f"images/speed.{preset}.png" in made
    assert "| what was to be shown | native, *not quiet* | avx2, *not quiet* |" in made
    assert all(goal.text in made for goal in speed_page.GOALS)
