"""Highlighting of code by Pygments in a shorter time, with the same result: lexers and formatters are made once.

tests/test_markdown_shortcuts.py compares with the libraries as they come.
"""

from functools import cache
from html import escape
from types import FunctionType
from typing import Any

import pygments
import pygments.lexers
from pygments.lexer import Lexer
from pygments.token import Text
from pymdownx.highlight import BlockHtmlFormatter, Highlight, HighlightExtension

from ankiexport.lexer_shortcuts import shorten_lexer

# Options with which a formatter does something to each line, or writes styles.
_OF_LINES = ("filename", "linenos", "linespans", "lineanchors", "noclasses")


class QuickHighlightExtension(HighlightExtension):  # type: ignore[misc]  # pymdownx has no types
    """Highlighting with lexers and formatters that are made once."""

    def get_pymdownx_highlighter(self) -> type:
        """Return the class that highlights; called by SuperFences."""
        return _QuickHighlight


class _QuickFormatter(BlockHtmlFormatter):  # type: ignore[misc]
    """The library's own for code of which no line is numbered or marked: it need not hand on line by line."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self._openings = _Openings(self)
        self._frame = pygments.format([(Text, "x\n")], self).split("x\n")

    def html_of(self, code: str, lexer: Any) -> str:  # noqa: ANN401
        """Return what the library's functions make of code with a lexer and this formatter."""
        start, end = self._frame
        return f"{start}{self._lines(code, lexer)}{end}"

    def _lines(self, code: str, lexer: Any) -> str:  # noqa: ANN401
        out: list[str] = []
        add, openings = out.append, self._openings
        # What has opened the element in which the line is; None at the beginning of a line.
        within: str | None = None
        for _position, kind, text in lexer.get_tokens_unprocessed(lexer._preprocess_lexer_input(code)):  # noqa: SLF001
            opening, last = openings[kind], text
            # Words, numbers and blanks, most of all tokens, need no closer look.
            if text != " " and not text.isalnum():
                *lines, last = escape(text, quote=False).split("\n")
                for line in lines:
                    if line and within != opening:
                        add(f"</span>{opening}" if within else opening)
                        within = opening
                    add(f"{line}</span>\n" if within else f"{line}\n")
                    within = None
                if not last:
                    continue
            if within != opening:
                add(f"</span>{opening}" if within else opening)
                within = opening
            add(last)
        if within is not None:
            add("</span>\n" if within else "\n")
        return "".join(out)


class _Openings(dict[Any, str]):
    """What opens the element of each kind of token; nothing for kinds without a class."""

    def __init__(self, formatter: Any) -> None:  # noqa: ANN401
        super().__init__()
        self._formatter = formatter

    def __missing__(self, kind: Any) -> str:  # noqa: ANN401
        name = self._formatter._get_css_classes(kind)  # noqa: SLF001 - the library's own name for it
        found = self[kind] = f'<span class="{name}">' if name else ""
        return found


@cache
def _lexer(language: str, **options: Any) -> Any:  # noqa: ANN401
    lexer = pygments.lexers.get_lexer_by_name(language, **options)
    shorten_lexer(lexer)
    return lexer


@cache
def _kept_formatter(options: tuple[tuple[str, Any], ...]) -> Any:  # noqa: ANN401
    return _QuickFormatter(**dict(options), hl_lines=[])


def _formatter(*, hl_lines: list[int], **options: Any) -> Any:  # noqa: ANN401
    if hl_lines or any(options[name] for name in _OF_LINES):
        return BlockHtmlFormatter(hl_lines=hl_lines, **options)
    return _kept_formatter(tuple(options.items()))


def _highlight(code: str, lexer: Lexer, formatter: Any) -> str:  # noqa: ANN401
    is_usual = type(lexer).get_tokens is Lexer.get_tokens and not lexer.filters
    if is_usual and isinstance(formatter, _QuickFormatter):
        return formatter.html_of(code, lexer)
    return str(pygments.highlight(code, lexer, formatter))


def _with_names(function: Any, **names: object) -> Any:  # noqa: ANN401
    """Return a function of a library that finds other things under some names of its module."""
    changed = FunctionType(
        function.__code__, {**function.__globals__, **names}, function.__name__, function.__defaults__
    )
    changed.__kwdefaults__ = function.__kwdefaults__
    return changed


class _QuickHighlight(Highlight):  # type: ignore[misc]
    """The library's own, which finds lexers and formatters that are kept."""

    get_lexer = _with_names(Highlight.get_lexer, get_lexer_by_name=_lexer)
    highlight = _with_names(Highlight.highlight, BlockHtmlFormatter=_formatter, highlight=_highlight)
