"""The lint finds each of the faults that it knows, and nothing in what is sound."""

import re

import pytest

from tutorials.converter.lint import RULES, faults

SOUND = r'''# The title, with `code` and numbers: 1907.02051

Inline maths: $W_{ji}^{(1)} x_k^{(2)}$, $\mathbf x_i$, ($a$), $\lvert w \rvert \lt 1$; "$b$".
Prices and shells go into code: `$5`, `echo $HOME`, ``a `b` $c``. A * b, a_b, a - 1, 2 < 3.

$$\{a, b\} = \begin{aligned} x &= y \\ z &= w^* \end{aligned} \, , \tag{Eq. 1}$$

$$L = -\frac1n \sum_k \ln p_k
  + \lambda \lVert W \rVert_1$$

- a list, with *emphasis* and [a link](page.md#part)
- in two items,
  the second on two lines

1. First.
2. Second.

| a | b |
|:--|--:|
| `x\|y` | 2 |

## Another heading

```bash
    indented $HOME <b> - not looked at
- nor this

* nor this
```

![What is to be seen](images/x.gif) and <https://arxiv.org>.
'''

FAULTY = {          # what is wrong: the reason's beginning
    r"$\mathbf{x}_{i}$": "_ behind", r"$x'_i$": "_ behind", r"$(a)_i$": "_ behind",
    r"$[a]_i$": "_ behind", r"$W^*$": "* starts", r"$a~b$": "~ strikes",
    r"$\{a\}$": "a backslash", r"$a\,b$": "a backslash", r"$a\;b$": "a backslash",
    r"$a\!b$": "a backslash",
    r"$a \\ b$": "a backslash", "$a <b$": "< before", "$[a](b)$": "]( starts",
    "$a\nb$": "a formula in the text", "$ a$": "no space", "$a $": "no space",
    r"$a \tag{Eq. 1}$": "a tag", "$a`b$": "a backtick",
    "$$a\n\nb$$": "no empty line", "$$a\n \nb$$": "no empty line",
    r"$$a \tag{Eq. 1} \tag{Eq. 1}$$": "one tag",
    r"$$\begin{aligned}a \tag{Eq. 1} \\ b\end{aligned}$$": "one tag",
    r"$$a \tag{Eq. 99}$$": "not known everywhere, or not in the map of equations: {'Eq. 99'}",
    r"$\operatorname{x}$": "not known everywhere", r"$$\newcommand{a}{b}$$": "not known",
    r"$$\begin{align}a\end{align}$$": "not known everywhere",
    "text\n$$a$$": "display maths", "$$a$$\ntext": "display maths", "text $$a$$ text":
        "display maths", "  $$a$$": "display maths",
    "# About $a$": "maths in a list", "- item $a$": "maths in a list",
    "- item\n  and $a$": "maths in a list", "- item\n\n  and $a$": "maths in a list",
    "1. item $a$": "maths in a list", "- item\n\n  $$a$$": "maths in a list",
    "| $a$ | b |\n|---|---|\n| 1 | 2 |": "maths in a list", "[^1]: note $a$": "maths in a list",
    "[see $a$](x.md)": "a formula in a link",
    "costs $5": "a $ without", r"costs \$5": "a $ without", "x$a$": "a formula directly",
    "3$a$": "a formula directly", "non-$a$": "a formula directly",
    "$a$s": "a letter or a digit", "$a$2": "a letter or a digit", "**so $a$**": "emphasis",
    "_$a$_": "emphasis",
    "words\n- more": "a line begins like a list", "words\n+ more": "a line begins like a list",
    "in\n1907. Then": "a line begins like a list", "words\n# more": "a line begins like a head",
    "words\n> 3": "a line begins like a head", "words\n---": "a line begins like a head",
    "words\n==": "a line begins like a head",
    "words\n\n    indented": "four spaces", "<details>": "no HTML", "a<br>b": "no HTML",
    "<!-- a -->": "no HTML", "a <b": "no HTML", "![](x.png)": "a picture without",
    "| a | b |\n|---|---|\n| 1 |": "a table", "| a | b |\n| 1 | 2 |": "a table",
    "| a | b |\n|---|---|\n| `x|y` | 2 |": "a table", "words\n| a |\n|---|": "a table",
    "| a |": "a table",
    "`{{a}}`": "a placeholder", "$x^{{a}}$": "a placeholder", "$${{a}}$$": "a placeholder",
    "```\n{{a}}\n```": "a placeholder"}


def test_nothing_in_what_is_sound():
    assert list(faults(SOUND)) == []


@pytest.mark.parametrize("text", FAULTY)
def test_each_fault_alone_and_in_a_page(text):
    for around in ("", SOUND):
        found = list(faults(f"{around}\n{text}\n"))
        assert any(reason.startswith(FAULTY[text]) for _, reason in found), found
        assert min(place for place, _ in found) >= len(around)      # nothing else is blamed


def test_every_rule_has_an_example():
    reasons = [reason for section in ("inline", "display", "prose")
               for reason in RULES[section].values()]
    assert {reason for reason in reasons
            if not any(reason.startswith(begin) for begin in FAULTY.values())} == set()


def test_no_maths_in_what_is_folded_away():
    for text in ("so $x$ it is", "$$x$$"):
        assert list(faults(text)) == []
        [(place, reason)] = faults(text, folded=True)
        assert reason.startswith("maths in what is folded") and text[place] == "$"
    assert list(faults("`$x$` and λ", folded=True)) == []


@pytest.mark.parametrize("section", RULES)
def test_rules_are_patterns_with_a_reason(section):
    if section == "maths":
        assert len(set(RULES[section]["macros"].split())) > 100
        return
    for pattern, reason in RULES[section].items():
        re.compile(pattern)
        assert len(reason) > 5
