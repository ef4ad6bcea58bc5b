"""Packages as plain genanki makes them, used as its README shows: what the upgrades of ours are held against."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import genanki

MODEL_ID = 1_607_392_319
FIELDS = ("Question", "Answer", "ID")
FRONT = "{{Question}}"
BACK = '{{FrontSide}}<hr id="answer">{{Answer}}'


@dataclass(frozen=True, slots=True)
class NaiveNote:
    """A question for genanki; the answer is HTML."""

    id: str
    deck: str
    question: str
    answer: str
    tags: tuple[str, ...] = ()


def write_naive(
    path: Path,
    notes: Sequence[NaiveNote],
    at: float,
    *,
    fields: Sequence[str] = FIELDS,
    back: str = BACK,
    css: str = "",
    media: Sequence[Path] = (),
    guids_from_fields: bool = False,
) -> Path:
    """Write a package with genanki, as if it were built at a time, and return its path.

    GUIDs come from the ids, as genanki's README advises, or else from all fields, as it does by itself.
    """
    model = genanki.Model(
        MODEL_ID,
        "Naive question",
        fields=[{"name": name} for name in fields],
        templates=[{"name": "Card 1", "qfmt": FRONT, "afmt": back}],
        css=css,
    )
    decks: dict[str, genanki.Deck] = {}
    for note in notes:
        # An id that is drawn once and written down: here, out of the name.
        deck = decks.setdefault(note.deck, genanki.Deck(sum(note.deck.encode()) + 2_000_000_000, note.deck))
        values = [note.question, note.answer, note.id, *[""] * (len(fields) - len(FIELDS))]
        guid = None if guids_from_fields else genanki.guid_for(note.id)
        deck.add_note(genanki.Note(model=model, fields=values, tags=list(note.tags), guid=guid))
    # genanki leaves a temporary database behind.
    with tempfile.TemporaryDirectory() as folder, patch.object(tempfile, "tempdir", folder):
        genanki.Package(list(decks.values()), [str(file) for file in media]).write_to_file(path, timestamp=at)
    return path
