"""Searches for decks: a deck matches its own cards and those of all decks below it."""

from functools import cache

from ankiexport.search import refused
from ankiexport.search.conditions import Condition, always, of_card
from ankiexport.search.glob import Glob, Wild, glob_of
from ankiexport.search.patterns import pattern_of
from ankiexport.search.tokens import Token, is_space

# How Anki keeps `::` in the names of decks, and what it calls a part without a name.
_BELOW = "\x1f"
_NAMELESS = "blank"
_CONTROLS = frozenset(map(chr, (*range(32), 127)))


def deck_condition(value: Token) -> Condition:
    """Return what `deck:` asks. Raises `SearchError`."""
    if value.text in refused.DECKS:
        value.fail(
            f"a bank cannot answer deck:{value.text}, because {refused.DECKS[value.text]}",
            refused.ADVICE,
            in_anki=True,
        )
    glob = glob_of(value)
    if glob.pieces == (Wild.MANY,):
        return always(holds=True)
    pattern = pattern_of(f"^{_native(glob).regex()}($|{_BELOW})")

    @cache
    def found(deck: str) -> bool:
        return pattern.matches(deck.replace("::", _BELOW))

    return of_card(lambda _note, card: found(card.deck))


def _native(glob: Glob) -> Glob:
    """Return a name with its parts as Anki would name them."""
    pieces = [piece for piece in glob.pieces if isinstance(piece, Wild) or piece not in _CONTROLS]
    parts: list[list[str | Wild]] = [[]]
    at = 0
    while at < len(pieces):
        if pieces[at : at + 2] == [":", ":"]:
            parts.append([])
            at += 2
        else:
            parts[-1].append(pieces[at])
            at += 1
    native: list[str | Wild] = []
    for number, part in enumerate(map(_trimmed, parts)):
        native += [_BELOW] * (number > 0) + (part or list(_NAMELESS))
    return Glob(tuple(native))


def _trimmed(part: list[str | Wild]) -> list[str | Wild]:
    while part and _is_margin(part[0]):
        part = part[1:]
    while part and _is_margin(part[-1]):
        part = part[:-1]
    return part


def _is_margin(piece: str | Wild) -> bool:
    return isinstance(piece, str) and (piece == ":" or is_space(piece))
