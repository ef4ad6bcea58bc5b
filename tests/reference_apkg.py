"""The collection of a package as genanki writes it, row by row: plain to read, and what the fast way is compared with."""

import html
import json
import re
import sqlite3
from hashlib import sha1
from pathlib import Path

import genanki

from ankiexport.anki_template import parse_template
from ankiexport.card_generation import standard_card_ords
from ankiexport.notes import Deck, DeckPreset, Note, NoteType, PackagePlan

# Numbers of Anki's deck options: gather new cards by their place, and keep the order gathered.
_GATHER_LOWEST_POSITION = 1
_SORT_AS_GATHERED = 1

_SOUND_OR_TAG = re.compile(
    r"<!--.*?-->|<style.*?>.*?</style>|<script.*?>.*?</script>|<[^>]*>", re.DOTALL | re.IGNORECASE
)
_IMAGE = re.compile(r"<img[^>]+src=[\"']?([^\"'>]+)[\"']?[^>]*>", re.IGNORECASE)


class _Model(genanki.Model):  # type: ignore[misc]  # genanki has no types
    """genanki's note type with the `mod` and the `req` that are ours."""

    def __init__(self, note_type: NoteType) -> None:
        super().__init__(
            model_id=note_type.id,
            name=note_type.name,
            fields=[{"name": f.name, "id": f.id, "description": f.description} for f in note_type.fields],
            templates=[
                {"name": t.name, "id": t.id, "qfmt": t.front, "afmt": t.back, "bqfmt": "", "bafmt": ""}
                for t in note_type.templates
            ],
            css=note_type.css,
            model_type=self.CLOZE if note_type.cloze else self.FRONT_BACK,
            sort_field_index=note_type.sort_field,
        )
        self.note_type = note_type
        self.mod = note_type.mod

    @property
    def _req(self) -> list[list[object]]:
        """For each front, the fields that make a card by themselves; only old versions of Anki read it."""
        names = self.note_type.field_names
        req: list[list[object]] = []
        for number, template in enumerate(() if self.note_type.cloze else self.note_type.templates):
            front = [parse_template(template.front)]
            alone = [
                ord_ for ord_, name in enumerate(names)
                if standard_card_ords(front, {other: "x" if other == name else "" for other in names})
            ]  # fmt: skip
            req.append([number, "any" if alone else "none", alone])
        return req

    def to_json(self, timestamp: float, deck_id: int) -> dict[str, object]:
        """Return the note type as the collection holds it."""
        del timestamp
        data: dict[str, object] = super().to_json(self.mod, deck_id)
        data["latexsvg"] = False
        return data


class _Deck(genanki.Deck):  # type: ignore[misc]
    """genanki's deck with a Markdown description, a fixed time and a preset."""

    def __init__(self, deck: Deck, preset: DeckPreset | None, mod: int) -> None:
        super().__init__(deck.id, deck.name, deck.description.strip())
        self.mod = mod
        self.preset_id = preset.id if preset else 1

    def to_json(self) -> dict[str, object]:
        """Return the deck as the collection holds it."""
        today = {key: [0, 0] for key in ("lrnToday", "newToday", "revToday", "timeToday")}
        data: dict[str, object] = super().to_json()
        return {**data, **today, "mod": self.mod, "conf": self.preset_id, "md": True, "extendRev": 0}


def write_collection(plan: PackagePlan, path: Path) -> None:
    """Write the collection of a package with genanki."""
    mod = max(*(note.mod for note in plan.notes), *(note_type.mod for note_type in plan.note_types))
    decks = [_Deck(deck, plan.preset, mod) for deck in plan.decks]
    # genanki writes the note types of whichever deck it meets them in; one is enough.
    for note_type in plan.note_types:
        decks[0].add_model(_Model(note_type))
    connection = sqlite3.connect(path)
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = OFF")
        genanki.Package(decks).write_to_db(cursor, mod, iter(()))
        _finish_settings(cursor, plan, mod)
        _write_rows(cursor, plan)
        connection.commit()
    finally:
        connection.close()


def _finish_settings(cursor: sqlite3.Cursor, plan: PackagePlan, mod: int) -> None:
    (text,) = cursor.execute("SELECT dconf FROM col").fetchone()
    options = json.loads(text)
    if plan.preset:
        options[str(plan.preset.id)] = {**options["1"], **_options(plan.preset, mod)}
    cursor.execute(
        "UPDATE col SET dconf = ?, mod = ?, scm = ?", (json.dumps(options), mod * 1000, mod * 1000)
    )


def _options(preset: DeckPreset, mod: int) -> dict[str, object]:
    steps = {"delays": [1, 10], "ints": [1, 4, 0], "initialFactor": 2500, "order": 1, "bury": True}
    return {
        "id": preset.id,
        "name": preset.name,
        "mod": mod,
        "new": {**steps, "perDay": preset.new_cards_per_day},
        "rev": {"perDay": preset.reviews_per_day, "ease4": 1.3, "ivlFct": 1, "maxIvl": 36500, "bury": True},
        "desiredRetention": preset.desired_retention,
        "newGatherPriority": _GATHER_LOWEST_POSITION,
        "newSortOrder": _SORT_AS_GATHERED,
    }


def _write_rows(cursor: sqlite3.Cursor, plan: PackagePlan) -> None:
    types = {note_type.key: note_type for note_type in plan.note_types}
    deck_ids = {deck.name: deck.id for deck in plan.decks}
    cursor.executemany(
        "INSERT INTO notes VALUES (?,?,?,?,-1,?,?,?,?,0,'')",
        (_note_row(note, types[note.content.note_type]) for note in plan.notes),
    )
    cursor.executemany(
        "INSERT INTO cards VALUES (?,?,?,?,?,-1,0,0,?,0,0,0,0,0,0,0,0,'')",
        (
            (card_id, note.id, deck_ids[note.deck], ord_, note.mod, note.due)
            for note in plan.notes
            for card_id, ord_ in zip(note.card_ids, note.content.ords, strict=True)
        ),
    )


def _note_row(note: Note, note_type: NoteType) -> tuple[object, ...]:
    fields = note.content.fields
    tags = f" {' '.join(note.content.tags)} " if note.content.tags else ""
    checksum = int(sha1(_plain(fields[0]).encode(), usedforsecurity=False).hexdigest()[:8], 16)
    return (
        note.id, note.guid, note_type.id, note.mod, tags, "\x1f".join(fields),
        _plain(fields[note_type.sort_field]), checksum,
    )  # fmt: skip


def _plain(field: str) -> str:
    """Return a field without HTML, images as their file names: what Anki sorts and compares by."""
    return html.unescape(_SOUND_OR_TAG.sub("", _IMAGE.sub(r" \1 ", field))).strip()
