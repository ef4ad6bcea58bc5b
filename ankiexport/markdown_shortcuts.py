"""Python-Markdown in a shorter time, with the same result: what cannot change anything is not tried.

Each part of it has a module of its own. tests/test_markdown_shortcuts.py compares with Python-Markdown as it comes.
"""

from typing import Any

from markdown import Markdown
from markdown.extensions import Extension

from ankiexport.block_shortcuts import shorten_blocks
from ankiexport.emphasis_shortcuts import shorten_emphasis
from ankiexport.inline_shortcuts import shorten_inline
from ankiexport.tree_shortcuts import shorten_trees

_FENCES = ("```", "~~~")
_HTML = ("<", "&")


class ShortcutsExtension(Extension):
    """Puts the shortcuts into an instance of Markdown; to be the last of its extensions."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Replace what takes longest; called by Python-Markdown."""
        shorten_emphasis(md.inlinePatterns["em_strong"])
        shorten_inline(md)
        shorten_blocks(md)
        shorten_trees(md)
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
