"""Searches in fields by their names: `Question:*word*`."""

from collections.abc import Callable, Sequence
from functools import cache

from ankiexport.notes import NoteType
from ankiexport.search.conditions import Condition, of_note
from ankiexport.search.facts import FIELD_SEPARATOR, NoteFacts
from ankiexport.search.folding import without_combining
from ankiexport.search.glob import Glob, Wild, glob_of, raw_glob
from ankiexport.search.patterns import PREFIX, name_test, pattern_of, raw_pattern
from ankiexport.search.regex_tree import Pattern
from ankiexport.search.tokens import Token

_NO_COMBINING = "nc:"
_ALL_FIELDS = {"*", "_*", "*_"}
_ANYTHING = {(Wild.MANY,), (Wild.ONE, Wild.MANY), (Wild.MANY, Wild.ONE)}

# From which field to which (not included): neighboring ones that a name with wildcards means.
_Range = tuple[int, int]


def field_condition(key: Token, value: Token) -> Condition:
    """Return what the search in a field asks. Raises `SearchError`."""
    name = glob_of(key)
    everywhere = key.text in _ALL_FIELDS
    if value.text.startswith(PREFIX):
        pattern = raw_pattern(value.part(len(PREFIX)))
        return _of_pattern(pattern, None if everywhere else name)
    if value.text.startswith(_NO_COMBINING):
        rest = value.part(len(_NO_COMBINING))
        if everywhere:
            # In all fields Anki compares accents nevertheless.
            return _of_pattern(_whole(raw_glob(rest, keeps_backslash=True)), None)
        return _of_glob(raw_glob(rest, keeps_backslash=False).mapped(without_combining), name, plain=True)
    if everywhere:
        return _of_pattern(_whole(glob_of(value)), None)
    return _of_glob(glob_of(value), name, plain=False)


def _whole(glob: Glob) -> Pattern:
    return pattern_of(f"(?s)^{glob.regex()}$")


def meant_fields(key: Token, note_type: NoteType) -> Sequence[tuple[int, int]]:
    """Return the fields of a note type that a name means, as ranges. Raises `SearchError`."""
    return _finder(glob_of(key))(note_type)


def _of_pattern(pattern: Pattern, name: Glob | None) -> Condition:
    """Return the condition that one of the fields matches; without a name, any field does."""
    if name is None:
        return of_note(lambda note: any(map(pattern.matches, note.fields)))
    fields_of = _finder(name)
    return of_note(
        lambda note: any(
            pattern.matches(note.fields[ord_])
            for start, end in fields_of(note.note_type)
            for ord_ in range(start, end)
        )
    )


def _of_glob(glob: Glob, name: Glob, *, plain: bool) -> Condition:
    """Return the condition that one of the fields is what the text says.

    Anki looks at the fields of a note as one text. So neighbors that a name with wildcards means
    are compared together, and one by one only when asked whether there is anything in them.
    """
    fields_of = _finder(name)
    of_one = glob.like()
    one_by_one = glob.pieces in _ANYTHING

    @cache
    def of_several(before: int, after: int) -> Callable[[str], bool]:
        around = ((Wild.MANY, FIELD_SEPARATOR) * before, (FIELD_SEPARATOR, Wild.MANY) * after)
        return Glob((*around[0], *glob.pieces, *around[1])).like()

    def holds(note: NoteFacts) -> bool:
        for start, end in fields_of(note.note_type):
            text = note.plain_text if plain else note.lower_text
            if one_by_one or end - start == 1:
                found = any(map(of_one, text.split(FIELD_SEPARATOR)[start:end]))
            else:
                found = of_several(start, len(note.fields) - end)(text)
            if found:
                return True
        return False

    return of_note(holds)


def _finder(name: Glob) -> Callable[[NoteType], Sequence[_Range]]:
    """Return what finds the fields of a note type that a name means."""
    is_meant = name_test(name)
    # By its id: to hash a note type is to hash all its templates.
    known: dict[int, Sequence[_Range]] = {}

    def fields_of(note_type: NoteType) -> Sequence[_Range]:
        if note_type.id not in known:
            known[note_type.id] = _ranges([is_meant(field) for field in note_type.field_names])
        return known[note_type.id]

    return fields_of


def _ranges(meant: Sequence[bool]) -> list[_Range]:
    ranges: list[_Range] = []
    for ord_, is_meant in enumerate(meant):
        if is_meant and ranges and ranges[-1][1] == ord_:
            ranges[-1] = (ranges[-1][0], ord_ + 1)
        elif is_meant:
            ranges.append((ord_, ord_ + 1))
    return ranges
