"""The pages to read along run from top to bottom, offline, and show what they promise."""

import runpy


def test_figure2(tmp_path, monkeypatch, capsys):
    """The counts fall with L1 and stay without."""
    monkeypatch.chdir(tmp_path)
    runpy.run_module("tutorials.figure2", run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    counts = {line[:16].strip(): [float(n) for n in line.split(":")[1].split()]
              for line in lines if "edges per input" in line}
    assert counts["with L1"][0] > 50 and counts["with L1"][7] == 0
    assert counts["without L1"][7] > 0.9 * counts["without L1"][0]
    assert (tmp_path / "runs" / "tutorial-figure2.png").stat().st_size > 10_000
