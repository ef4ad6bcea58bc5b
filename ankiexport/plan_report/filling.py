"""Lines of text filled up to a width, in which each piece keeps its role."""

import re
from collections.abc import Iterable, Iterator

# A piece of text and the role in which it is painted; the empty role is plain.
Piece = tuple[str, str]

_WORD_OR_SPACE = re.compile(r"\s+|\S+")


def filled(pieces: Iterable[Piece], indent: int, hanging: int, width: int) -> Iterator[list[Piece]]:
    """Yield rows of pieces that are no wider than asked for, unless a word is.

    `indent` is that of the first row, `hanging` that of the others. Rows break at spaces only, so that
    words of several pieces stay whole.
    """
    row: list[Piece] = [(" " * indent, "")]
    used = indent
    has_word = False
    space: list[Piece] = []
    for is_space, word in _words(pieces):
        size = sum(len(text) for text, _ in word)
        if is_space:
            space = word
            continue
        gap = sum(len(text) for text, _ in space)
        if has_word and used + gap + size > width:
            yield _joined(row)
            row, used, space, gap = [(" " * hanging, "")], hanging, [], 0
        row += [*space, *word]
        used += gap + size
        has_word, space = True, []
    yield _joined(row)


def _words(pieces: Iterable[Piece]) -> Iterator[tuple[bool, list[Piece]]]:
    """Yield words and spaces, each with the pieces that it consists of."""
    group: list[Piece] = []
    is_space = False
    for text, role in pieces:
        for part in _WORD_OR_SPACE.findall(text):
            if group and part.isspace() != is_space:
                yield is_space, group
                group = []
            is_space = part.isspace()
            group.append((part, role))
    if group:
        yield is_space, group


def _joined(row: Iterable[Piece]) -> list[Piece]:
    """Return a row in which neighbours of one role are one piece, so that they are painted as one."""
    out: list[Piece] = []
    for text, role in row:
        if out and out[-1][1] == role:
            out[-1] = (out[-1][0] + text, role)
        elif text:
            out.append((text, role))
    return out
