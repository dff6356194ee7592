"""What breaks a page on its way to the reader, found by the rules in rules.toml."""

import re
import tomllib
from pathlib import Path

FLAGS = re.M | re.S
CODE = r"^```.*?^```$|(?P<tick>`{1,2})(?!`)(?:(?!\n\n).)+?(?<!`)(?P=tick)(?!`)"
MATHS = r"\$\$.+?\$\$|\$[^$]+\$"
RULES = tomllib.loads(Path(__file__).with_name("rules.toml").read_text("utf-8"))
README = Path(__file__).parents[2].joinpath("scnn_np", "README.md").read_text("utf-8")
KNOWN = {*RULES["maths"]["macros"].split(),         # and the equations of its map, as tags
         *re.findall(r"^\| (Eq\. \w+)", README.replace("(", ""), re.M)}


def broken(rules, text):
    """(place, reason) of each rule that the text breaks. rules: a section of rules.toml."""
    return [(found.start(), reason) for pattern, reason in RULES[rules].items()
            if (found := re.search(pattern, text, FLAGS))]


def hide(pattern, text, sign):
    """The text with `sign` in the places of what matches."""
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", sign, m[0]), text, flags=FLAGS)


def formulas(text):
    """(place, formula with its dollars) of the formulas in Markdown."""
    return [(m.start(), m[0]) for m in re.finditer(MATHS, hide(CODE, text, "\0"), FLAGS)]


def faults(text, folded=False):
    """(place, reason) of each fault of a Markdown text; folded away, it may have no maths."""
    for m in re.finditer(rf"{CODE}|{MATHS}", text, FLAGS):
        if "{{" in m[0]:
            yield m.start(), f"a placeholder is not filled in code and maths: {m[0]}"
    for place, formula in formulas(text):
        names = re.findall(r"\\tag\{(.*?)\}|\\(?:begin\{|end\{)?([A-Za-z]+)", formula)
        if unknown := {tag or name for tag, name in names} - KNOWN:
            yield place, f"not known everywhere, or not in the map of equations: {unknown}"
        kind = "display" if formula.startswith("$$") else "inline"
        for _, reason in broken(kind, formula.strip("$")):
            yield place, f"{reason}: {formula}"
        if folded:
            yield place, f"maths in what is folded away: {formula}"
    plain = hide(r"\$\$.+?\$\$", hide(CODE, text, "\0"), "\2")
    for block in re.finditer(r"(?:.+\n?)+", hide(MATHS, plain, "\1")):
        for place, reason in broken("prose", block[0]):
            yield block.start() + place, reason
        rows = text[block.start():block.end()].splitlines()
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
        if re.search(r"^\|", block[0], re.M) and (
                len(cells) > 1 or not re.fullmatch(r"[|:\- ]+", "".join(rows[1:2]))):
            yield block.start(), "a table: the same cells in each row, dashes in the second"
