"""python -m figures: which commands there are."""

import ast
import sys
from pathlib import Path

from scnn_np.tools import console


def commands():
    """{name: what it does}, of the files here that can be run."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        text = path.read_text(encoding="utf-8")
        if '\nif __name__ == "__main__":' in text:
            found[path.stem] = ast.get_docstring(ast.parse(text)).splitlines()[0]
    return found


def main():
    print("usage: python -m figures.NAME [--help]\n")
    found = commands()
    width = max(map(len, found)) + 2
    for name, line in found.items():
        print(f"  python -m figures.{name:<{width}}{line}")


if __name__ == "__main__":
    sys.exit(console.run(main))
