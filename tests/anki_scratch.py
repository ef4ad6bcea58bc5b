"""A scratch collection of real Anki, asked which cards it generates, what they show, which templates it refuses."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

from anki.collection import Collection
from anki.decks import DeckId
from anki.errors import CardTypeError
from anki.lang import set_lang
from anki.models import NotetypeDict, NotetypeId
from anki.notes import Note
from anki.sound import AVTag, SoundOrVideoTag, TTSTag
from anki.template import TemplateRenderOutput
from anki.utils import to_json_bytes

from ankiexport.card_rendering import AvTag, RenderedCard, Sound, Speech

if TYPE_CHECKING:
    # Imported before anki.collection, this module would find itself half imported.
    from anki.cards import CardId

# The sentinel always has a card, so that Anki never needs to add a blank one and what it generates is plain.
SENTINEL = "Sentinel"
SENTINEL_ORD = 498
MAX_FRONTS = 3

_KIND_CLOZE = 1
_HINT_ID = re.compile(r"hint[0-9a-f]{1,16}(?=['\"])")


class Scratch:
    """A collection with a few note types that are rewritten for each question."""

    def __init__(self, folder: Path, field_names: Sequence[str]) -> None:
        """Create the collection in a folder, and its note types with these fields and the sentinel."""
        set_lang("en")
        self.col = Collection(str(folder / "collection.anki2"))
        self._field_names = [*field_names, SENTINEL]
        fronts = [f"{{{{{SENTINEL}}}}}{' ' * count}" for count in range(1 + MAX_FRONTS)]
        self._standard = self._add_note_type("Scratch standard", fronts, "")
        cloze = self.good_side(cloze=True)
        self._cloze = self._add_note_type("Scratch cloze", [cloze], cloze, kind=_KIND_CLOZE)
        self._checked = {
            False: self._add_note_type("Checked standard", [self.good_side(cloze=False)], ""),
            True: self._add_note_type("Checked cloze", [cloze], cloze, kind=_KIND_CLOZE),
        }

    def refuses(self, front: str, back: str, *, cloze: bool) -> bool:
        """Tell whether Anki refuses a card template of these two sides; `good_side` is never the reason."""
        note_type = deepcopy(self._checked[cloze])
        template = note_type["tmpls"][0]
        template["qfmt"], template["afmt"] = front, back
        try:
            self.col.models.update_dict(note_type)
        except CardTypeError:
            return True
        return False

    def good_side(self, *, cloze: bool) -> str:
        """Return a side that Anki accepts whatever the other one is."""
        return f"{{{{{'cloze:' if cloze else ''}{SENTINEL}}}}}"

    def standard_ords(
        self, fronts: Sequence[str], fields: Mapping[str, str], tags: Sequence[str] = ()
    ) -> tuple[int, ...]:
        """Return the ords of the cards that Anki generates from these fronts, refused ones included."""
        self._set_fronts(fronts)
        with self.note(self._standard, fields, tags) as note:
            return tuple(sorted(card.ord - 1 for card in note.cards() if card.ord > 0))

    def cloze_ords(self, fields: Mapping[str, str]) -> tuple[int, ...]:
        """Return the ords of the cards that Anki generates for a cloze note; 498 is the sentinel's."""
        with self.note(self._cloze, {**fields, SENTINEL: f"{{{{c{SENTINEL_ORD + 1}::x}}}}"}) as note:
            return tuple(sorted({card.ord for card in note.cards()} - {SENTINEL_ORD}))

    def blank_ords(self, fields: Mapping[str, str], *, cloze: bool) -> tuple[list[int], list[int]]:
        """Return the ords of all cards of a note without a sentinel, and of those that Anki calls empty."""
        self._set_fronts([])
        note_type = self._cloze if cloze else self._standard
        with self.note(note_type, {SENTINEL: "", **fields}) as note:
            empty = {card_id for found in self.col.get_empty_cards().notes for card_id in found.card_ids}
            cards = note.cards()
            return [card.ord for card in cards], [card.ord for card in cards if card.id in empty]

    @contextmanager
    def note(
        self, note_type: NotetypeDict, fields: Mapping[str, str], tags: Sequence[str] = ()
    ) -> Iterator[Note]:
        """Add a note for a moment."""
        note = self.col.new_note(note_type)
        for name, html in {SENTINEL: "x", **fields}.items():
            note[name] = html
        note.tags = list(tags)
        self.col.add_note(note, DeckId(1))
        try:
            yield note
        finally:
            self.col.remove_notes([note.id])

    def _add_note_type(self, name: str, fronts: Sequence[str], back: str, *, kind: int = 0) -> NotetypeDict:
        models = self.col.models
        note_type = models.new(name)
        note_type["type"] = kind
        for field in self._field_names:
            models.add_field(note_type, models.new_field(field))
        for number, front in enumerate(fronts):
            template = models.new_template(f"Card {number}")
            template["qfmt"], template["afmt"] = front, back
            models.add_template(note_type, template)
        added = models.get(NotetypeId(models.add_dict(note_type).id))
        assert added is not None
        return added

    def _set_fronts(self, fronts: Sequence[str]) -> None:
        for ord_ in range(MAX_FRONTS):
            self._standard["tmpls"][1 + ord_]["qfmt"] = fronts[ord_] if ord_ < len(fronts) else ""
        self._store(self._standard)

    def _store(self, note_type: NotetypeDict) -> None:
        # As a package import does it: without the checks of `update_dict`.
        self.col._backend.add_or_update_notetype(
            json=to_json_bytes(note_type), preserve_usn_and_mtime=False, skip_checks=True
        )
        self.col.models._clear_cache()


class RenderingScratch(Scratch):
    """A scratch collection with one note of each kind, whose fields and templates change for each question.

    The cards are there from the beginning, so that blank ones can be looked at, too.
    """

    STANDARD_ORD = 1
    CLOZE_ORDS = (0, 1, 2, 10, 499)

    def __init__(self, folder: Path, field_names: Sequence[str]) -> None:
        """Create the collection and the notes."""
        super().__init__(folder, field_names)
        self._set_fronts([self.good_side(cloze=False)])
        clozes = "".join(f"{{{{c{ord_ + 1}::x}}}}" for ord_ in self.CLOZE_ORDS)
        self._notes = {False: self._add_note(self._standard, "x"), True: self._add_note(self._cloze, clozes)}
        self._card_ids = {
            cloze: {card.ord: card.id for card in note.cards()} for cloze, note in self._notes.items()
        }

    def rendered(
        self, front: str, back: str, fields: Mapping[str, str], tags: Sequence[str], *, cloze: bool, ord_: int
    ) -> "tuple[CardId, RenderedCard]":
        """Return a card of these two sides, by its id and as Anki renders it; a standard one has the ord 1."""
        note_type = self._cloze if cloze else self._standard
        template = note_type["tmpls"][0 if cloze else self.STANDARD_ORD]
        # Storing a note type takes longer than all the rest.
        if (template["qfmt"], template["afmt"]) != (front, back):
            template["qfmt"], template["afmt"] = front, back
            self._store(note_type)
        note = self._notes[cloze]
        note.load()
        for name, html in {SENTINEL: "", **fields}.items():
            note[name] = html
        note.tags = list(tags)
        self.col.update_note(note)
        card_id = self._card_ids[cloze][ord_]
        return card_id, as_rendered(self.col.get_card(card_id).render_output())

    def _add_note(self, note_type: NotetypeDict, sentinel: str) -> Note:
        note = self.col.new_note(note_type)
        note[SENTINEL] = sentinel
        self.col.add_note(note, DeckId(1))
        return note


def as_rendered(output: TemplateRenderOutput) -> RenderedCard:
    """Return a card as Anki renders it in our words, the ids of its hints counted."""
    return RenderedCard(
        same_ids(output.question_text),
        same_ids(output.answer_text),
        tuple(map(_av_tag, output.question_av_tags)),
        tuple(map(_av_tag, output.answer_av_tags)),
    )


def same_ids(html: str) -> str:
    """Return HTML whose hints have counted ids: Anki's are hashes of its own."""
    ids: dict[str, str] = {}
    return _HINT_ID.sub(lambda match: ids.setdefault(match[0], f"hint{len(ids)}"), html)


def _av_tag(tag: AVTag) -> AvTag:
    if isinstance(tag, SoundOrVideoTag):
        return Sound(tag.filename)
    assert isinstance(tag, TTSTag)
    return Speech(tag.field_text, tag.lang, tuple(tag.voices), round(tag.speed, 4), tuple(tag.other_args))
