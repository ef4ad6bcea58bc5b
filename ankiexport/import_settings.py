"""What learners have to choose in Anki's import dialog after a note type got another schema.

Without it Anki would make a second note type beside the learner's, and update no note any more
(with Anki 26.9: *merge* alone brings the new fields empty, *always* alone updates nothing).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from ankiexport.notes import NoteType


class ImportSettings(NamedTuple):
    """The settings for learners whose copy is from before `before`, in seconds since 1970."""

    before: int

    @property
    def date(self) -> str:
        """The day of `before` in UTC, as YYYY-MM-DD."""
        return datetime.fromtimestamp(self.before, UTC).date().isoformat()

    @property
    def advice(self) -> str:
        """What learners are told, in Markdown."""
        return (
            f"**If you have this deck from before {self.date}:** when you import the new package, tick "
            "*Merge note types* and set *Update notes* to *Always*, this once. Your progress stays; edits and tags "
            "of your own on these notes are replaced. Anki then asks for a full sync: upload from the device on "
            "which you imported."
        )

    def as_dict(self) -> dict[str, object]:
        """Return the settings for a manifest, by Anki's own names."""
        return {"copies_before": self.date, "merge_notetypes": True, "update_notes": "always"}


def import_settings(note_types: Iterable[NoteType]) -> ImportSettings | None:
    """Return the settings that the latest change of a schema asks for; None if there never was one."""
    latest = max((note_type.schema_mod for note_type in note_types), default=0)
    return ImportSettings(latest) if latest else None
