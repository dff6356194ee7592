"""README.md says what the code does: its generated parts, links, code and commands."""

import re
from pathlib import Path

import pytest

from figures import readme
from scnn_np.__main__ import parser

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_generated_parts_are_up_to_date():
    """Numbers, the map from equations to lines, and times are those of today's files."""
    assert readme.render(TEXT) == TEXT


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


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_five_lines_run(capsys):
    """The example of the README, on the digits and for one epoch."""
    code = re.search(r"```python\n(.+?)```", TEXT, re.DOTALL)[1]
    code = code.replace('"fashion-mnist"', '"digits"').replace("epochs=25", "epochs=1")
    names = {}
    exec(code, names)
    assert 0 <= names["accuracy"] <= 1
