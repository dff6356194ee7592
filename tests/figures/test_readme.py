"""README.md says what the code does: its generated parts, links, code and commands."""

import re
from pathlib import Path

import pytest

from figures import claims, readme, speed
from figures.common import load_results
from scnn_np.__main__ import parser

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_generated_parts_are_up_to_date():
    """Numbers, the map from equations to lines, and times are those of today's files."""
    assert readme.render(TEXT) == TEXT


def test_the_claims_are_up_to_date():
    """figures/README.md says what today's results and verdicts say."""
    assert claims.page() == (ROOT / "figures" / "README.md").read_text(encoding="utf-8")


def test_every_step_of_the_paper_has_its_line():
    """The map leads to lines that carry the tag."""
    rows = re.findall(r"^\| ([^|]+?) \| [^|]+ \| (\[.+) \|$", readme.equations(), re.MULTILINE)
    assert [tag for tag, _ in rows] == list(readme.MEANING)
    for tag, links in rows:
        for path, number in re.findall(r"\((scnn_np/\w+\.py)#L(\d+)\)", links):
            line = (ROOT / path).read_text(encoding="utf-8").splitlines()[int(number) - 1]
            assert line.endswith("# " + tag)


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)(?:#L\d+)?\)", TEXT):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_commands_are_accepted():
    """Every `python -m scnn_np …` line parses."""
    commands = re.findall(r"^python -m scnn_np (.+)$", TEXT, re.MULTILINE)
    assert len(commands) >= 6
    for command in commands:
        parser().parse_args(command.split())


def test_what_is_said_of_speed():
    """The sentences under the speed tables, held against the committed measurements."""
    for preset in ("native", "avx2"):
        results = load_results("speed", preset)
        steps = results["steps"]["seconds"]
        sc = steps["scnn_np SC"]
        assert 0.87 <= steps["PyTorch CSR by hand, SC"] / sc <= 1.07
        assert 1.8 < steps["scnn_np RSP"] / steps["PyTorch CSR by hand, RSP"] < 3
        for name in ("JAX dense, jit", "JAX masked, jit", "PyTorch masked, fused Adam",
                     "PyTorch dense, fused Adam", "scikit-learn MLPClassifier"):
            assert 1.7 < steps[name] / sc < 7
        profile = results["profile"]["seconds"]
        products = profile["W Z"] + profile["Wᵀ D"] + profile["D Zᵀ at the edges"]
        assert 0.7 < products / sum(profile.values()) < 0.8
        share = {"native": 1 / 4, "avx2": 1 / 2}[preset]
        assert abs(results["profile"]["tiles_at_peak"] / products - share) < 0.05
        assert steps["scnn_np RSP"] < steps["scnn_np FC"]
        assert results["memory"]["SC"]["state"] < 0.1 * results["memory"]["FC"]["state"]
        assert speed.slope(results, "SC", "seconds") < 1.1
        assert speed.slope(results, "SC", "peak_bytes") < 1.1
        slower = [row["density"] for row in results["limits"]["density"]
                  if row["sparse"] > row["dense"]]
        assert {0.15, 0.3, 0.6, 1.0} <= set(slower)
        assert preset == "avx2" or all(row["sparse"] > row["dense"]
                                       for row in results["limits"]["batch"])


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_five_lines_run(capsys):
    """The example of the README, on the digits and for one epoch."""
    code = re.search(r"```python\n(.+?)```", TEXT, re.DOTALL)[1]
    code = code.replace('"fashion-mnist"', '"digits"').replace("epochs=25", "epochs=1")
    names = {}
    exec(code, names)
    assert 0 <= names["accuracy"] <= 1
