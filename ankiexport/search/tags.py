"""Searches for tags: a tag matches itself and all below it."""

from functools import cache

from ankiexport.search.conditions import Condition, always, of_note
from ankiexport.search.folding import without_combining
from ankiexport.search.glob import Wild, glob_of
from ankiexport.search.patterns import PREFIX, pattern_of, raw_pattern
from ankiexport.search.tokens import Token, is_space

_NO_COMBINING = "nc:"
_NONE = "none"


def tag_condition(value: Token) -> Condition:
    """Return what `tag:` asks. Raises `SearchError`."""
    if value.text.startswith(PREFIX):
        pattern = raw_pattern(value.part(len(PREFIX)))
        # Anki splits at each space, the outer ones too, and so always has an empty tag to look at.
        return of_note(lambda note: any(map(pattern.matches, ("", *note.tags))))
    plain = value.text.startswith(_NO_COMBINING)
    glob = glob_of(value.part(len(_NO_COMBINING)) if plain else value)
    if glob.pieces == (Wild.MANY,):
        return always(holds=True)
    if glob.literal == _NONE:
        return of_note(lambda note: not note.tags)
    if any(isinstance(piece, str) and is_space(piece) for piece in glob.pieces):
        return always(holds=False)
    if plain:
        glob = glob.mapped(without_combining)
    text = glob.regex(many=r"\S*", one=r"\S")
    pattern = pattern_of(f".* {text}(::| ).*")

    # Few lists of tags are unlike all others.
    @cache
    def found(tags: str) -> bool:
        return pattern.matches(without_combining(tags) if plain else tags)

    return of_note(lambda note: found(note.tag_text))
