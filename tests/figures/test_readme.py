"""The pages say what the code does: generated parts, links, examples, commands, the map."""

import ast
import contextlib
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from figures import overview, readme, sweeps, table1
from figures.common import load_results
from scnn_np import spatially_coupled
from scnn_np.__main__ import main, parser
from scnn_np.analysis import block_means
from scnn_np.experiments import prepare

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "scnn_np"
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


# --- the pages --------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [*readme.PARTS, *readme.WHOLE])
def test_pages_are_up_to_date(name):
    """Numbers, verdicts and the map from equations to lines are those of today's files."""
    assert readme.page(name) == (ROOT / name).read_text(encoding="utf-8")


def test_the_first_page_is_short():
    assert len(TEXT.splitlines()) <= 190
    assert len(TEXT.split()) <= 1700


@pytest.mark.parametrize("name", [*readme.PARTS, *readme.WHOLE])
def test_links_lead_somewhere(name):
    """To a file, and to a heading of it where one is named."""
    links = re.findall(r"\]\(([^)\s]+)\)", (ROOT / name).read_text(encoding="utf-8"))
    assert links
    for link in links:
        if link.startswith("https://"):
            continue
        file, _, place = link.partition("#")
        target = (ROOT / name).parent / file if file else ROOT / name
        assert target.exists(), link
        if place and not re.fullmatch(r"L\d+", place):
            assert place in headings(target), link


def headings(page):
    """The anchors of a page, as its host makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in found]


def test_every_step_of_the_paper_has_its_line():
    """The map leads to lines that carry the tag."""
    rows = re.findall(r"^\| ([^|]+?) \| [^|]+ \| (\[.+) \|$", readme.equations(), re.MULTILINE)
    assert [tag for tag, _ in rows] == list(readme.MEANING)
    for tag, links in rows:
        places = re.findall(r"\(([\w/]+\.py)#L(\d+)\)", links)
        assert places
        for path, number in places:
            line = (LIBRARY / path).read_text(encoding="utf-8").splitlines()[int(number) - 1]
            assert tag in numbered(line.rpartition("# ")[2])


def numbered(tag):
    """"RSP steps 1 and 2" are two steps."""
    return [tag, *(f"{tag.split()[0]} step {n}" for n in re.findall(r"\d", tag))]


# --- what the first page shows ----------------------------------------------------------------

def test_the_idea_in_one_number():
    """"93 % of the weights are never there": of the paper's network."""
    percent = re.search(r"(\d+) % of the weights", TEXT)[1]
    assert int(percent) == round(100 * spatially_coupled().reduction)


def test_the_picture_shows_what_is_written_below_it():
    """With L1 the edges fall from block to block, without it they stay; nothing shines
    through, and there are enough pixels."""
    figure = overview.plot(load_results("figure1", "paper"), sweeps.load("figure2", "paper"))
    curves = [line.get_ydata() for ax in figure.axes for line in ax.get_lines()
              if len(line.get_ydata()) == 784]
    plt.close(figure)
    with_l1, control = (block_means(curve, 8) for curve in curves)
    assert (np.diff(with_l1) <= 0).all() and with_l1[0] > 10 > 1 > with_l1[2]
    assert control.min() > 0.9 * control.max() > 100
    pixels = plt.imread(overview.IMAGE)
    assert pixels.shape[1] >= 1000 and (pixels[..., 3] == 1).all()


def test_five_lines_print_what_stands_below_them(capsys):
    """Words and whole numbers exactly, others within one point."""
    code, shown = re.search(r"```python\n(.+?)```\s+```text\n(.+?)```", TEXT,
                            re.DOTALL).groups()
    exec(code, {})
    printed = capsys.readouterr().out
    assert len(printed.split()) == len(shown.split())
    for found, written in zip(printed.split(), shown.split(), strict=True):
        if re.fullmatch(r"\d+\.\d+%?", written):
            assert abs(float(found.strip("%")) - float(written.strip("%"))) <= 1
        else:
            assert found == written


def test_numbers_of_the_examples(capsys, tmp_path):
    """The accuracy of the first `train` line, within one point; what five layers do to the
    ascending order, which stalls differently on every machine, within four."""
    command = re.search(r"^python -m scnn_np (train .+)$", TEXT, re.MULTILINE)[1]
    written = re.search(r"reaches ([\d.]+) % on the digits", TEXT)[1]
    assert main([*command.split(), "--out", str(tmp_path / "m.npz")]) == 0
    found = re.search(r"test accuracy: ([\d.]+) %", capsys.readouterr().out)[1]
    assert abs(float(found) - float(written)) <= 1
    falls = re.search(r"falls from (\d+) to (\d+) %", TEXT).groups()
    for layers, written in zip((1, 5), falls, strict=True):
        seeds = range(table1.PRESETS["digits"]["seeds"])
        accuracy = np.mean([ascending(layers, seed) for seed in seeds])
        assert abs(100 * accuracy - int(written)) <= 4


def ascending(layers, seed):
    """Test accuracy of table1's row sc-pca-ascending on the digits."""
    base = table1.PRESETS["digits"]["base"]
    run = prepare({**base, "direction": "ascending", "layers": layers, "seed": seed},
                  progress_stream=False)
    run.trainer.fit(run.X, run.y)
    return run.network.evaluate(run.ordering(run.data.X_test), run.data.y_test)[1]


# --- commands ---------------------------------------------------------------------------------

def commands(start):
    return [shlex.split(rest) for rest in re.findall(
        rf"^{re.escape(start)}([^#\n]+)", TEXT, re.MULTILINE)]


def test_commands_are_accepted(capsys):
    """Every line that begins with `python -m` parses, or names a file and tests of it."""
    found = commands("python -m scnn_np ")
    assert len(found) >= 5
    for words in found:
        with pytest.raises(SystemExit) if "--help" in words else contextlib.nullcontext():
            parser().parse_args(words)
    assert commands("python -m figures.table1 ")
    for words in commands("python -m figures.table1 "):
        assert sweeps.parse("table1", "", table1.PRESETS, words).preset in table1.PRESETS
    for path, k, word in commands("python -m pytest "):
        assert k == "-k"
        assert re.search(rf"def test_\w*{word}", (ROOT / path).read_text(encoding="utf-8"))
    for name in re.findall(r"python -m (figures|tutorials)\.(\w+)", TEXT):
        assert (ROOT / "/".join(name)).with_suffix(".py").exists()


def test_the_workflow_runs_the_lines_of_the_page():
    """On the oldest and the newest Python that are named; each pattern finds its one line."""
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    versions = re.search(r"Python (3\.\d+) to (3\.\d+)", TEXT).groups()
    assert re.findall(r"python: \[(.+)\]", workflow) == 3 * [", ".join(
        f'"{version}"' for version in versions)]
    assert f'requires-python = ">={versions[0]}"' in (LIBRARY / "pyproject.toml").read_text()
    for start in ("python3", "py"):
        assert f"'^{start} -m venv .*-m ${{{{ matrix.command }}}}$'" in workflow
        for command in ("figures.figure2", "pytest"):
            assert len(re.findall(rf"^{start} -m venv .*-m {command}$", TEXT,
                                  re.MULTILINE)) == 1


# --- the map of the house ---------------------------------------------------------------------

def on_the_map():
    """{file: (room, place)} as the table of scnn_np/README.md has them, rooms from above."""
    table = (LIBRARY / "README.md").read_text(encoding="utf-8").split("| room, file |")[1]
    found, room = {}, 0
    for line in table.split("\n\n")[0].splitlines()[2:]:
        if line.startswith("| **"):
            room += 1
        else:
            path = re.match(r"\| \[.+?\]\((.+?)\)", line)[1]
            assert path not in found, f"{path} stands there twice"
            found[path] = room, len(found)
    return found


def of_the_library():
    """Its modules by their names with dots, as files relative to its folder."""
    found = [path for path in sorted(LIBRARY.rglob("*.py")) if "build" not in path.parts]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in found}


def imports(path, modules):
    """The files of the library that one of them imports, also inside its functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [(f"{node.module}.{name.name}", node.module) for name in node.names]
        elif isinstance(node, ast.Import):
            names = [(name.name,) for name in node.names]
        else:
            continue
        for candidates in names:
            for name in candidates:
                target = modules.get(name) or modules.get(f"{name}.__init__")
                if target:
                    yield target.relative_to(LIBRARY).as_posix()
                    break


def test_the_map_shows_every_file_and_every_import():
    """Each file stands on it, in the room that is its folder; it imports rooms below its own
    and files above it. So there is no circle."""
    places, modules = on_the_map(), of_the_library()
    files = {path.relative_to(LIBRARY).as_posix() for path in modules.values()}
    doors = sorted(file for file in files if file.endswith("/__init__.py"))
    assert files - set(doors) - set(places) == set(), "not on the map"
    assert set(places) - files == set(), "on the map only"
    folders = {}
    for file, (room, _) in places.items():
        assert folders.setdefault(room, Path(file).parent) == Path(file).parent
    rooms = {folder: room for room, folder in folders.items() if folder != Path(".")}
    assert len(rooms) == len(doors) and len(folders) == len(rooms) + 2   # networks, the door
    for door in doors:                       # a room's __init__ stands below all of its files
        places[door] = rooms[Path(door).parent], len(places)
    arrows = 0
    for file in files:
        room, place = places[file]
        for target in imports(LIBRARY / file, modules):
            other, above = places[target]
            assert other > room or other == room and above < place, f"{file} → {target}"
            arrows += 1
    assert arrows > 50


def test_imports_are_found_in_every_form(tmp_path):
    """Within functions, of a room, of a file, of a name in a room."""
    modules = of_the_library()
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def late():\n    from scnn_np.training import Trainer, optimizers\n"
                     "import scnn_np.nn.layer\nfrom scnn_np import nn, build\n")
    assert sorted(imports(wrong, modules)) == ["__init__.py", "nn/__init__.py", "nn/layer.py",
                                               "training/__init__.py",
                                               "training/optimizers.py"]
