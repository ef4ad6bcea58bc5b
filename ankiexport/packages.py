"""Which packages a bank makes: one with everything, and one for each level and for its facts."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from ankiexport.notes import Note, NoteType, PackagePlan
from ankiexport.question import Bank
from ankiexport.sequences import picked
from ankiexport.stamp import decks_for, preset_of


def plan_packages(
    bank: Bank, notes: Sequence[Note], note_types: Collection[NoteType], levels: Collection[str] = ()
) -> list[PackagePlan]:
    """Return the packages to write; with `levels`, only those of these levels."""
    plans = [] if levels else [package_of(bank, f"{bank.file_name}.apkg", bank.title, notes, note_types)]
    places: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for place, note in enumerate(notes):
        places[note.content.level, note.content.is_fact].append(place)
    for level in bank.levels:
        if levels and level.key not in levels:
            continue
        for is_fact in (False, True):
            own = picked(places[level.key, is_fact], notes)
            if own:
                title = f"{level.name}{' (facts)' if is_fact else ''}"
                name = _file_name(bank, level.key, is_fact=is_fact)
                plans.append(package_of(bank, name, title, own, note_types))
    return plans


def plan_selection(
    bank: Bank, notes: Sequence[Note], note_types: Collection[NoteType], levels: Collection[str] = ()
) -> PackagePlan:
    """Return one package with the notes of these levels and their facts, or with all notes."""
    own = [note for note in notes if not levels or note.content.level in levels]
    return package_of(bank, f"{bank.file_name}.apkg", bank.title, own, note_types)


def package_names(bank: Bank, levels: Collection[str] = ()) -> set[str] | None:
    """Return the names that the packages of these levels can have; None, without levels, stands for all names."""
    if not levels:
        return None
    return {_file_name(bank, key, is_fact=is_fact) for key in levels for is_fact in (False, True)}


def _file_name(bank: Bank, level: str, *, is_fact: bool) -> str:
    return f"{bank.file_name}-{level}{'-facts' if is_fact else ''}.apkg"


def package_of(
    bank: Bank,
    file_name: str,
    title: str,
    notes: Sequence[Note],
    note_types: Collection[NoteType],
    *,
    search: str = "",
) -> PackagePlan:
    """Return a package of some notes; `search` is what found them, where they were searched for."""
    used: set[str] = set()
    decks: dict[str, None] = {}
    for note in notes:
        used.add(note.content.note_type)
        decks.update(dict.fromkeys(note.decks))
    return PackagePlan(
        file_name=file_name,
        title=title,
        decks=decks_for(bank, list(decks), note_types),
        note_types=tuple(
            sorted((kind for kind in note_types if kind.key in used), key=lambda kind: kind.key)
        ),
        notes=notes,
        preset=preset_of(bank),
        search=search,
    )
