"""What a word at a spot means: a tag, a level, an id."""

from ankiexport.editing.spots import FileKind, Kind, Spot
from ankiexport.editing.state import BankState

_LEVEL_PREFIX = "level::"
_ID_PATHS = {("questions", "id"), ("questions", "facts", "id")}


def tag_of(state: BankState, kind: FileKind, spot: Spot) -> str | None:
    """Return the tag of the vocabulary that a spot names, by itself or by an alias."""
    if kind is FileKind.SETTINGS and spot.path == ("tags",) and spot.kind in {Kind.KEY, Kind.BARE}:
        return spot.word
    is_alias = kind is FileKind.SETTINGS and spot.path[:1] == ("tags",) and spot.path[-1:] == ("aliases",)
    is_tag = spot.path[-1:] == ("tags",) and spot.kind in {Kind.VALUE, Kind.BARE}
    if is_alias or is_tag:
        return state.vocabulary.resolve(spot.word)
    if kind is FileKind.SETTINGS and spot.path[:1] == ("decks",):
        return state.vocabulary.resolve(_search_tag(spot))
    return None


def level_of(state: BankState, kind: FileKind, spot: Spot) -> str | None:
    """Return the key of the level that a spot names."""
    if state.bank is None:
        return None
    is_level = spot.path == (("level",) if kind is FileKind.QUESTIONS else ("levels", "key"))
    word = spot.word if is_level else None
    return word if word in state.bank.level_keys else None


def level_of_tag(state: BankState, tag: str) -> str | None:
    """Return the key of the level of which a tag is the tag."""
    key = tag.removeprefix(_LEVEL_PREFIX)
    is_level = state.bank is not None and key != tag and key in state.bank.level_keys
    return key if is_level else None


def id_of(kind: FileKind, spot: Spot) -> str | None:
    """Return the id that a spot gives or refers to."""
    if kind is not FileKind.QUESTIONS or not spot.word:
        return None
    refers = spot.path[-1:] in {("previous_ids",), ("replaces",)}
    return spot.word if spot.path in _ID_PATHS or refers else None


def _search_tag(spot: Spot) -> str:
    """Return the tag in the term of a search at the place."""
    place = spot.column - spot.start
    before, after = spot.word[:place], spot.word[place:]
    start = max(before.rfind(char) for char in ' ()-"') + 1
    ends = [at for at in (after.find(char) for char in ' ()"') if at >= 0]
    word = spot.word[start : place + min(ends, default=len(after))]
    return word.removeprefix("tag:") if word.startswith("tag:") else ""
