"""Formulas as SVG, by ziamath, which needs neither LaTeX nor a network.

It passes over what it does not know without a word, so what it makes of a formula is looked through.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ankiexport.errors import MissingExtraError

if TYPE_CHECKING:
    from ziamath import Latex

_SIZE = 20.0
# A minus that has nothing before it takes no space; ziamath sees that only at the very beginning.
_SIGN = re.compile(
    r"(^|[(\[{,=<>&|]|\\(?:le|ge|leq|geq|approx|to|in|left[(\[])(?![A-Za-z]))(\s*)([-+])(?=\s*[\w\\(.])"
)
# TeX puts a thin space between a function and its argument.
_FUNCTION = re.compile(r"(\\(?:log|ln|lg|exp|sin|cos|tan)_(?:\w|\{[^{}]*\}))\s*(?=[A-Za-z])")
# Upright letters with a sign among them are a word; ziamath would put space around the sign.
_UPRIGHT = re.compile(r"\\mathrm\{([A-Za-z0-9]*[@/&-][A-Za-z0-9@/&-]*)\}")
_VIEW_BOX = re.compile(r'viewBox="(\S+) (\S+) (\S+) (\S+)"')
_ELEMENT = re.compile(r"<[^>]*>")


class FormulaError(ValueError):
    """A formula that cannot be typeset; the message says why."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as SVG with its measures in em; `depth` is how far it reaches below the line."""

    svg: str
    width: float
    depth: float


@cache
def typeset(tex: str, *, displayed: bool) -> Formula:
    """Return a formula; raises `FormulaError`, or `MissingExtraError` without ziamath."""
    try:
        import ziamath
    except ImportError as error:
        extra = "pdf"
        raise MissingExtraError(extra, error) from error
    try:
        made = ziamath.Latex(_prepared(tex), size=_SIZE, inline=not displayed)
        svg = made.svg()
    except Exception as error:  # whatever its parser stumbles over
        reason = "it cannot be read"
        raise FormulaError(reason) from error
    _check(made)
    box = _VIEW_BOX.search(svg)
    if box is None:
        reason = "it is empty"
        raise FormulaError(reason)
    _left, top, width, height = (float(part) for part in box.groups())
    return Formula(svg, width / _SIZE, (top + height) / _SIZE)


def _prepared(tex: str) -> str:
    tex = re.sub(r"\s+", " ", tex.strip())
    tex = _SIGN.sub(r"\1\2{\3}", tex)
    tex = _FUNCTION.sub(r"\1\\, ", tex)
    return _UPRIGHT.sub(r"\\text{\1}", tex)


def _check(made: "Latex") -> None:
    text = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), _ELEMENT.sub(" ", made.mathmlstr()))
    unknown = re.search(r"\\[A-Za-z]+|\\.", text)
    if unknown:
        reason = f"{unknown[0]} is not known"
        raise FormulaError(reason)
    missing = next((char for char in text if ord(char) > 0x7F and not made.font.glyphindex(char)), None)
    if missing:
        reason = f'there is no "{missing}" in the font of formulas'
        raise FormulaError(reason)
