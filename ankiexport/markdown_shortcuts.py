"""Python-Markdown in a shorter time, with the same result: what cannot change anything is not tried.

Nothing here knows Markdown's rules beyond this: a pattern finds nothing in a text that lacks a character which
all of its matches have. tests/test_markdown_shortcuts.py compares with Python-Markdown as it comes.
"""

import re
from functools import cache
from types import FunctionType
from typing import Any

import pygments.lexers
import pymdownx.highlight
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import InlineProcessor as InlineTreeprocessor
from markdown.util import AtomicString
from pymdownx.highlight import Highlight, HighlightExtension

# What every match of an inline pattern holds, one of these texts, by the pattern's name in the library.
_SIGNS: dict[str, tuple[str, ...]] = {
    "backtick": ("`", "\\"),
    "ankiexport-dollars": ("$",),
    "arithmatex-inline": ("\\",),
    "escape": ("\\",),
    **dict.fromkeys(("reference", "link", "short_reference"), ("[",)),
    **dict.fromkeys(("image_link", "image_reference", "short_image_ref"), ("![",)),
    **dict.fromkeys(("autolink", "automail", "html"), ("<",)),
    "linebreak": ("  \n",),
    "entity": ("&",),
    **dict.fromkeys(("not_strong", "em_strong", "em_strong2"), ("*", "_")),
    **dict.fromkeys(("delimiter", "sub_del"), ("~",)),
}
_ANY_SIGN = re.compile(r"[`\\$\[!<&*_~]|  \n")
_FENCES = ("```", "~~~")
_HTML = ("<", "&")


class ShortcutsExtension(Extension):
    """Puts the shortcuts into an instance of Markdown; to be the last of its extensions."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Replace what takes longest; called by Python-Markdown."""
        inline = _QuickInline(md)
        inline.prepare()
        md.treeprocessors.register(inline, "inline", 20)
        _skip_without(md.preprocessors["fenced_code_block"], _FENCES)
        _skip_without(md.preprocessors["html_block"], _HTML)


def _skip_without(preprocessor: Any, signs: tuple[str, ...]) -> None:  # noqa: ANN401
    """Let a preprocessor leave lines alone in which nothing is that it looks for."""
    run = preprocessor.run

    def quick(lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        found: list[str] = run(lines) if any(sign in text for sign in signs) else lines
        return found

    # Not in its place: the extension looks its own preprocessor up.
    preprocessor.run = quick


class _QuickInline(InlineTreeprocessor):
    """The library's own, with another loop over the patterns; the names are those that it has inside."""

    _InlineProcessor__applyPattern: Any

    def prepare(self) -> None:
        """Note the patterns; all of them are registered by now."""
        registry = self.md.inlinePatterns
        by_pattern = {id(registry[name]): _SIGNS.get(name, ()) for name in [*_SIGNS] if name in registry}
        self._patterns = [(number, one, by_pattern.get(id(one), ())) for number, one in enumerate(registry)]
        self._has_others = not all(signs for _number, _one, signs in self._patterns)

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803
        if isinstance(data, AtomicString) or not (self._has_others or _ANY_SIGN.search(data)):
            return data
        for number, pattern, signs in self._patterns[patternIndex:]:
            if signs and not any([sign in data for sign in signs]):  # noqa: C419 - faster as a list
                continue
            matched, start = True, 0
            while matched:
                data, matched, start = self._InlineProcessor__applyPattern(pattern, data, number, start)
        return data


class QuickHighlightExtension(HighlightExtension):  # type: ignore[misc]  # pymdownx has no types
    """Highlighting with lexers and formatters that are made once."""

    def get_pymdownx_highlighter(self) -> type:
        """Return the class that highlights; called by SuperFences."""
        return _QuickHighlight


@cache
def _lexer(language: str, **options: Any) -> Any:  # noqa: ANN401
    return pygments.lexers.get_lexer_by_name(language, **options)


@cache
def _kept_formatter(options: tuple[tuple[str, Any], ...]) -> Any:  # noqa: ANN401
    return pymdownx.highlight.BlockHtmlFormatter(**dict(options), hl_lines=[])


def _formatter(*, hl_lines: list[int], **options: Any) -> Any:  # noqa: ANN401
    if hl_lines or options["filename"] or options["linenos"]:
        return pymdownx.highlight.BlockHtmlFormatter(hl_lines=hl_lines, **options)
    return _kept_formatter(tuple(options.items()))


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
    highlight = _with_names(Highlight.highlight, BlockHtmlFormatter=_formatter)
