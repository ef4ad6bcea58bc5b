"""A bench around real Anki: a learner's collection that imports packages and is looked into."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from anki.consts import QUEUE_TYPE_NEW
from anki.decks import DeckId
from anki.errors import CardTypeError
from anki.lang import set_lang
from anki.models import NotetypeId
from anki.notes import Note
from anki.scheduler.v3 import CardAnswer, Scheduler

if TYPE_CHECKING:
    # Imported before anki.collection, this module would find itself half imported.
    from anki.cards import Card

_NOTHING_REPAIRED = "Database rebuilt and optimized."
_HINT_ID = re.compile(r"hint\d+")
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """How many notes an import took for what; `others` are all that went wrong in some way."""

    new: int = 0
    updated: int = 0
    duplicate: int = 0
    conflicting: int = 0
    others: int = 0


@dataclass(frozen=True, slots=True)
class Sides:
    """The two sides of a card as HTML."""

    front: str
    back: str


class Bench:
    """A learner's collection, made in a folder when there is none."""

    def __init__(self, folder: Path) -> None:
        """Open the collection."""
        # Without a language some calls of the backend fail.
        set_lang("en")
        self.col = Collection(str(folder / "collection.anki2"))

    def close(self) -> None:
        """Close the collection."""
        self.col.close()

    @property
    def scheduler(self) -> Scheduler:
        """The scheduler, which is a dummy only until a collection is open."""
        assert isinstance(self.col.sched, Scheduler)
        return self.col.sched

    def options(self, **changed: Any) -> ImportAnkiPackageOptions:
        """Return the options as Anki's import dialog offers them at first, some of them changed."""
        options = self.col._backend.get_import_anki_package_presets()
        for name, value in changed.items():
            setattr(options, name, value)
        return options

    def import_package(self, path: Path, **changed: Any) -> ImportCounts:
        """Import a package, with the dialog's options unless some are changed."""
        request = ImportAnkiPackageRequest(package_path=str(path), options=self.options(**changed))
        log = self.col.import_anki_package(request).log
        # Note types are cached on the Python side, and an import does not tell it.
        self.col.models._clear_cache()
        counts = {field.name: getattr(log, field.name) for field in log.DESCRIPTOR.fields}
        found = {
            name: len(notes)
            for name, notes in counts.items()
            if name not in {"found_notes", "dupe_resolution"}
        }
        known = {name: found.pop(name) for name in ("new", "updated", "duplicate", "conflicting")}
        return ImportCounts(**known, others=sum(found.values()))

    def notes(self) -> dict[str, Note]:
        """Return the notes by their GUIDs."""
        return {note.guid: note for note in map(self.col.get_note, self.col.find_notes(""))}

    def cards(self) -> Iterator["Card"]:
        """Yield the cards in the order of their places, then of their ords."""
        for card_id in self.col.find_cards("", order="c.due, c.ord"):
            yield self.col.get_card(card_id)

    def card(self, card_id: int) -> "Card":
        """Return the card with an id."""
        return self.col.get_card(card_id)  # type: ignore[arg-type]

    def decks(self) -> dict[str, dict[str, Any]]:
        """Return the decks by their names, without the one that every collection has."""
        return {deck["name"]: dict(deck) for deck in self.col.decks.all() if deck["id"] != 1}

    def deck_id(self, name: str) -> DeckId:
        """Return the id of a deck."""
        found = self.col.decks.id_for_name(name)
        assert found is not None, name
        return found

    def note_types(self) -> dict[int, dict[str, Any]]:
        """Return the note types that have notes, by their ids."""
        used: list[int] = self._rows("SELECT DISTINCT mid FROM notes ORDER BY 1", flat=True)
        return {key: dict(self.col.models.get(NotetypeId(key)) or {}) for key in used}

    def media(self) -> dict[str, bytes]:
        """Return the files of the media folder."""
        return {path.name: path.read_bytes() for path in Path(self.col.media.dir()).iterdir()}

    def sides(self, card: "Card") -> Sides:
        """Render a card; the random ids of Anki's hint filter are left out, so that two runs can be compared."""
        output = card.render_output(reload=True)
        return Sides(_HINT_ID.sub("hint", output.question_text), _HINT_ID.sub("hint", output.answer_text))

    def state(self) -> dict[str, object]:
        """Return everything that a learner has: notes, cards, reviews, decks, note types, tags, presets, media."""
        tables = {
            table: self._rows(f"SELECT * FROM {table} ORDER BY 1") for table in ("notes", "cards", "revlog")
        }
        return {
            **tables,
            "decks": self.decks(),
            "note types": {key: _without_times(data) for key, data in self.note_types().items()},
            "all note types": sorted(found.name for found in self.col.models.all_names_and_ids()),
            "tags": self.col.tags.all(),
            "presets": self.col.decks.all_config(),
            "media": self.media(),
        }

    def repairs(self) -> list[str]:
        """Let Anki check the database, and return what it found to repair, which it does without being asked."""
        before = self.state()
        report, _ok = self.col.fix_integrity()
        after = self.state()
        changed = [f"{name} changed" for name in before if before[name] != after[name]]
        return [line for line in report.splitlines() if line and line != _NOTHING_REPAIRED] + changed

    def media_problems(self) -> list[str]:
        """Return the files that a note refers to and that are missing, and those that no note refers to."""
        found = self.col.media.check()
        missing = [f"missing: {name}" for name in found.missing]
        return missing + [f"unused: {name}" for name in found.unused]

    def empty_cards(self) -> list[int]:
        """Return the cards that Anki would offer to delete because their fronts are empty."""
        return [card_id for note in self.col.get_empty_cards().notes for card_id in note.card_ids]

    def refused_note_types(self) -> list[str]:
        """Return why Anki's editor would refuse note types that an import let in."""
        refused = []
        for key in self.note_types():
            note_type = self.col.models.get(NotetypeId(key))
            assert note_type is not None
            try:
                self.col.models.update_dict(note_type)
            except CardTypeError as error:
                refused.append(f"{note_type['name']}: {error}")
        return refused

    def generated_ords(
        self, note_type_id: int, fields: Mapping[str, str], tags: tuple[str, ...] = ()
    ) -> tuple[int, ...]:
        """Return the ords of the cards that Anki itself gives to a new note with these fields."""
        note_type = self.col.models.get(NotetypeId(note_type_id))
        assert note_type is not None
        note = self.col.new_note(note_type)
        for name, html in fields.items():
            note[name] = html
        note.tags = list(tags)
        self.col.add_note(note, DeckId(1))
        ords = tuple(sorted(card.ord for card in note.cards()))
        self.col.remove_notes([note.id])
        return ords

    def answer(self, card: "Card", rating: "CardAnswer.Rating.ValueType" = CardAnswer.GOOD) -> None:
        """Answer a card, whichever is due."""
        states = self.col._backend.get_scheduling_states(card.id)
        card.start_timer()
        self.scheduler.answer_card(self.scheduler.build_answer(card=card, states=states, rating=rating))

    def new_cards_to_study(self, deck: str) -> list["Card"]:
        """Return the new cards that Anki would show today in a deck, in its order."""
        self.col.decks.select(self.deck_id(deck))
        queued = self.scheduler.get_queued_cards(fetch_limit=1000).cards
        return [
            card
            for card in (self.col.get_card(entry.card.id) for entry in queued)
            if card.queue == QUEUE_TYPE_NEW
        ]

    def filtered_deck_size(self, search: str) -> int:
        """Return how many cards a filtered deck with a search gathers; they go back to their decks."""
        deck = self.scheduler.get_or_create_filtered_deck(DeckId(0))
        del deck.config.search_terms[1:]
        deck.config.search_terms[0].search = search
        deck.config.search_terms[0].limit = 99_999
        deck.allow_empty = True
        made = DeckId(self.scheduler.add_or_update_filtered_deck(deck).id)
        size: int = self._rows(f"SELECT count(*) FROM cards WHERE did = {made}", flat=True)[0]
        self.col.decks.remove([made])
        return size

    def _rows(self, query: str, *, flat: bool = False) -> list[Any]:
        assert self.col.db is not None
        return self.col.db.list(query) if flat else self.col.db.all(query)


@contextmanager
def opened(folder: Path) -> Iterator[Bench]:
    """Open a bench in a folder, and close it in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(folder)
    try:
        yield bench
    finally:
        bench.close()


def visible(html: str) -> str:
    """Return what a person sees of HTML, its runs of space made one."""
    return " ".join(unescape(_HIDDEN.sub(" ", html)).split())


def _without_times(note_type: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in note_type.items() if key not in {"mod", "usn"}}
