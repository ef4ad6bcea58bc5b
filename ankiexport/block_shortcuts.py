"""Blocks of Python-Markdown in a shorter time, with the same result.

Each shortcut leaves out what cannot change anything, and says why it cannot. tests/test_markdown_shortcuts.py
compares with Python-Markdown as it comes.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.preprocessors import NormalizeWhitespace
from markdown.util import ETX, STX

# What every block holds that a block processor takes, one of these texts, by the processor's name in the library.
# Their regular expressions begin at any line of a block, so they look at each character before they give up.
_SIGNS: dict[str, tuple[str, ...]] = {
    "arithmatex-block": ("$", "\\"),
    "table": ("|",),
    "hashheader": ("#",),
    "setextheader": ("\n=", "\n-"),
    "hr": ("-", "_", "*"),
    "deflist": (":",),
    "quote": (">",),
}
_BLANK_LINES = re.compile(r"(?<=\n) +\n")


def shorten_blocks(md: Markdown) -> None:
    """Put the shortcuts for blocks into an instance of Markdown that has all of its extensions."""
    processors = md.parser.blockprocessors
    for name, signs in _SIGNS.items():
        _test_only_with(processors[name], signs)
    reference: Any = processors["reference"]
    reference.run = _run_only_with(reference.run, "]:")
    table: Any = processors["table"]
    table._split = _quick_split(table._split)  # noqa: SLF001 - the library's own name for it
    parser: Any = md.parser
    parser.parseBlocks = _quick_blocks(list(processors))
    md.preprocessors.register(_QuickWhitespace(md), "normalize_whitespace", 30)


def _test_only_with(processor: Any, signs: tuple[str, ...]) -> None:  # noqa: ANN401
    test, sign = processor.test, signs[0]
    if len(signs) == 1:
        processor.test = lambda parent, block: sign in block and test(parent, block)
        return
    search = re.compile("|".join(map(re.escape, signs))).search
    processor.test = lambda parent, block: search(block) is not None and test(parent, block)


def _run_only_with(
    run: Callable[[Element, list[str]], bool], sign: str
) -> Callable[[Element, list[str]], bool]:
    """Return a way to run a processor that takes only blocks with a sign; for others it says no, as it would."""
    return lambda parent, blocks: sign in blocks[0] and run(parent, blocks)


def _quick_blocks(processors: Sequence[Any]) -> Callable[[Element, list[str]], None]:
    """Return the library's loop over blocks; its own sorts and copies the list of processors for each."""
    ways = [(one.test, one.run) for one in processors]

    def parse_blocks(parent: Element, blocks: list[str]) -> None:
        while blocks:
            for test, run in ways:
                if test(parent, blocks[0]) and run(parent, blocks) is not False:
                    break

    return parse_blocks


def _quick_split(split: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """Return a way to split a table's row at its bars; those in code are looked for only when there are such."""

    def quick(row: str) -> list[str]:
        # Single backticks make code in pairs: every other part. Where no bar is in these, all bars divide.
        if "\\" in row or "``" in row or ("`" in row and "|" in "".join(row.split("`")[1::2])):
            return split(row)
        return row.split("|")

    return quick


class _QuickWhitespace(NormalizeWhitespace):
    """The library's own, which looks for lines of blanks only where a line ends in a blank."""

    def run(self, lines: list[str]) -> list[str]:
        """Return lines without tabs, signs of the library's own and blanks on empty lines."""
        source = "\n".join(lines).replace(STX, "").replace(ETX, "")
        source = source.replace("\r\n", "\n").replace("\r", "\n") + "\n\n"
        source = source.expandtabs(self.md.tab_length)
        return (_BLANK_LINES.sub("\n", source) if " \n" in source else source).split("\n")
