r"""Equations: LaTeX, as Markdown shows it, and MathML made from it, as HTML does.

Only the LaTeX that the pages use: letters, numbers, `\mathbf`, `\mathrm`, `\frac`, `_`, `^` and the names listed below.
A row has one `&`, before its sign of relation.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import takewhile

from pipeline.core.errors import PipelineError

OPERATORS = {
    "odot": "⊙", "cdot": "·", "sum": "∑", "partial": "∂", "ldots": "…", "mid": "|", "quad": "\u2003"
}  # fmt: skip
NAMES = {"alpha": "α", "sigma": "σ", "tau": "τ", "tanh": "tanh", "exp": "exp", "ln": "ln", "max": "max"}
ACCENTS = {"overrightarrow": "→", "overleftarrow": "←"}
STYLES = {"mathbf": ' class="bold" mathvariant="normal"', "mathrm": ' mathvariant="normal"'}
LARGE = "∑"  # its limits stand below and above it, not beside it
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S")


def markdown(rows: Sequence[str]) -> str:
    """Rows of an equation as a block of LaTeX."""
    return "$$\n\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n$$"


def mathml(rows: Sequence[str]) -> str:
    """The same as a block of MathML.

    Raises:
        PipelineError: a row holds LaTeX that is not known here.
    """
    cells = [[_row(part) for part in row.split("&")] for row in rows]
    table = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in cells)
    return f'<math><mtable displaystyle="true">{table}</mtable></math>'


def _row(latex: str) -> str:
    return f"<mrow>{''.join(_items(iter(TOKEN.findall(latex)), latex))}</mrow>"


def _items(tokens: Iterator[str], latex: str, until: str = "") -> list[str]:
    """MathML of the tokens up to a closing one, indices and exponents bound to what stands before them."""
    found: list[dict[str, str]] = []
    for token in tokens:
        if token == until:
            return [_scripted(**atom) for atom in found]
        if token in "_^":
            if not found:
                raise PipelineError(f"equation {latex!r}: nothing stands before {token}")
            found[-1]["below" if token == "_" else "above"] = _argument(tokens, latex)
        else:
            found.append({"base": _one(token, tokens, latex)})
    if until:
        raise PipelineError(f"equation {latex!r}: a {until} is missing")
    return [_scripted(**atom) for atom in found]


def _scripted(base: str, below: str = "", above: str = "") -> str:
    """Something with its index, its exponent, or both."""
    if not below and not above:
        return base
    under, over = ("under", "over") if base == f"<mo>{LARGE}</mo>" else ("sub", "sup")
    name = f"m{under if below else ''}{over if above else ''}"
    return f"<{name}>{base}{below}{above}</{name}>"


def _argument(tokens: Iterator[str], latex: str) -> str:
    token = next(tokens, "")
    if not token:
        raise PipelineError(f"equation {latex!r} ends too early")
    return f"<mrow>{''.join(_items(tokens, latex, '}'))}</mrow>" if token == "{" else _one(token, tokens, latex)


def _one(token: str, tokens: Iterator[str], latex: str) -> str:
    name = token.removeprefix("\\")
    if token == "{":
        return f"<mrow>{''.join(_items(tokens, latex, '}'))}</mrow>"
    if not token.startswith("\\"):
        if token.isalpha():
            return f"<mi>{token}</mi>"
        return f"<mn>{token}</mn>" if token[0].isdigit() else f"<mo>{escape(token.replace('-', '−'))}</mo>"
    if name in STYLES:
        return _styled(name, tokens, latex)
    if name in ACCENTS:
        return f'<mover accent="true">{_argument(tokens, latex)}<mo stretchy="true">{ACCENTS[name]}</mo></mover>'
    if name == "frac":
        return f"<mfrac>{_argument(tokens, latex)}{_argument(tokens, latex)}</mfrac>"
    if name in NAMES:
        return f"<mi>{NAMES[name]}</mi>"
    if name in OPERATORS:
        return f"<mo>{OPERATORS[name]}</mo>"
    raise PipelineError(f"equation {latex!r}: {token} is not known; see pipeline/report/formulas.py")


def _styled(name: str, tokens: Iterator[str], latex: str) -> str:
    """Letters in a style, as one."""
    letters = "".join(takewhile(lambda token: token != "}", tokens)).removeprefix("{")
    if not letters:
        raise PipelineError(f"equation {latex!r}: nothing stands after \\{name}")
    return f"<mi{STYLES[name]}>{escape(letters)}</mi>"
