"""What a rehearsal found, in figures."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from ankiexport.verify.options import DEFAULT


def _figure(label: str, *, loss: bool = False, shown: bool = False) -> Any:  # noqa: ANN401
    """Return a figure that is 0 at first; `loss` if it need not be otherwise, `shown` even when it is 0."""
    return field(default=0, metadata={"label": label, "loss": loss, "shown": shown or loss})


@dataclass(frozen=True, slots=True)
class Figures:
    """What an import of the new package did to a learner of the old one; all are counts.

    "Changed" and "unchanged" are about the authors' content: what differs between the two packages.
    """

    added: int = _figure("notes added", shown=True)
    updated: int = _figure("notes updated", shown=True)
    unchanged: int = _figure("notes left alone", shown=True)
    retired: int = _figure("notes newly marked as retired")
    unmarked: int = _figure("notes gone from the package that stay without a mark")
    returned: int = _figure("notes that the learner had deleted, back again")
    conflicting: int = _figure("notes not updated: their note type is in conflict")
    skipped: int = _figure("notes skipped")
    updates_missed: int = _figure("changed notes that keep their old content", loss=True)
    duplicated: int = _figure("notes that the learner now has twice", loss=True)
    looks_updated: int = _figure("note types with a new look")
    looks_missed: int = _figure("note types that keep their old look", loss=True)
    note_types_duplicated: int = _figure("note types that the learner now has twice (Name+)", loss=True)
    scheduling_lost: int = _figure("cards whose scheduling or reviews changed", loss=True)
    suspensions_lost: int = _figure("cards no longer suspended or buried", loss=True)
    flags_lost: int = _figure("cards without their flag", loss=True)
    edits_lost: int = _figure("own edits lost on unchanged notes", loss=True)
    edits_overwritten: int = _figure("own edits overwritten on changed notes")
    tags_lost: int = _figure("own tags lost on unchanged notes", loss=True)
    tags_overwritten: int = _figure("own tags overwritten on changed notes")
    cards_stranded: int = _figure("cards of the old package that show nothing any more", loss=True)
    cards_empty: int = _figure("other cards that show nothing", loss=True)
    cards_moved: int = _figure("cards moved to another deck")
    cards_left: int = _figure("cards left in place though the package moves them")
    decks_reappeared: int = _figure("renamed or moved decks, back under their old names")
    media_missing: int = _figure("pictures and sounds missing", loss=True)
    media_stale: int = _figure("pictures and sounds that stay the old ones", loss=True)
    own_notes_touched: int = _figure("the learner's own notes that changed", loss=True)
    import_errors: int = _figure("imports that Anki refused", loss=True)
    integrity_problems: int = _figure("problems that Anki's database check finds", loss=True)
    full_syncs: int = _figure("full syncs required")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One import of the new package; `error` is Anki's message if it refused it."""

    options_name: str
    figures: Figures
    error: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The imports of a new package under several sets of options, by one and the same learner."""

    rehearsals: tuple[Rehearsal, ...]

    @property
    def losses(self) -> dict[str, int]:
        """What is lost under the default options though it need not be: names of figures and counts."""
        return {
            name: count
            for rehearsal in self.rehearsals
            if rehearsal.options_name == DEFAULT.name
            for name, count in counts(rehearsal.figures)
            if count and is_loss(name)
        }


def counts(figures: Figures) -> Iterator[tuple[str, int]]:
    """Yield the names and counts of all figures, in order."""
    yield from ((entry.name, getattr(figures, entry.name)) for entry in fields(figures))


def label_of(name: str) -> str:
    """Return the words for a figure."""
    return str(_METADATA[name]["label"])


def is_loss(name: str) -> bool:
    """Tell whether a figure above 0 is something lost that need not be."""
    return bool(_METADATA[name]["loss"])


def is_always_shown(name: str) -> bool:
    """Tell whether a figure matters even when it is 0."""
    return bool(_METADATA[name]["shown"])


_METADATA = {entry.name: entry.metadata for entry in fields(Figures)}
