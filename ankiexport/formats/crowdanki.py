"""CrowdAnki: a folder with `deck.json` and `media/`, as the add-on of that name imports it."""

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.notes import Deck, DeckPreset, MediaFile, Note, NoteType

_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/Stvad/CrowdAnki")
_LATEX_PRE = (
    "\\documentclass[12pt]{article}\n\\special{papersize=3in,5in}\n\\usepackage{amssymb,amsmath}\n"
    "\\pagestyle{empty}\n\\setlength{\\parindent}{0in}\n\\begin{document}\n"
)
_LATEX_POST = "\\end{document}"
_DEFAULT_PRESET = DeckPreset(1, "Default", 20, 200, 0.9)


def export(shipment: Shipment) -> Exported:
    """Return `deck.json` and the media of its notes in the folder of the deck."""
    builder = _Builder(shipment)
    folder = shipment.bank.file_name
    text = json.dumps(builder.root(), indent=4, ensure_ascii=False, sort_keys=True) + "\n"
    media = {f"{folder}/media/{file.name}": file.path for file in shipment.plan.media}
    return Exported({f"{folder}/deck.json": text, **media})


class _Builder:
    """Makes the objects of one shipment; every id derives from the bank's namespace."""

    def __init__(self, shipment: Shipment) -> None:
        self._namespace = shipment.bank.namespace
        self._plan = shipment.plan
        self._preset = shipment.plan.preset or _DEFAULT_PRESET
        self._decks = {deck.name: deck for deck in shipment.plan.decks}
        self._notes: dict[str, list[Note]] = {}
        for note in shipment.plan.notes:
            self._notes.setdefault(note.deck, []).append(note)

    def root(self) -> dict[str, Any]:
        tops = [deck for name, deck in self._decks.items() if "::" not in name]
        # CrowdAnki reads one deck. A bank whose decks have no common ancestor gets one without a card.
        deck = self._deck(tops[0]) if len(tops) == 1 else self._gathered(tops)
        return {
            **deck,
            "deck_configurations": [self._configuration()],
            "note_models": [self._note_type(note_type) for note_type in self._plan.note_types],
        }

    def _gathered(self, decks: Iterable[Deck]) -> dict[str, Any]:
        top = self._deck(Deck(0, self._plan.title))
        return {**top, "children": [self._deck(deck) for deck in decks]}

    def _deck(self, deck: Deck) -> dict[str, Any]:
        notes = self._notes.get(deck.name, [])
        below = [other for name, other in self._decks.items() if name.rpartition("::")[0] == deck.name]
        return {
            "__type__": "Deck",
            "children": [self._deck(child) for child in below],
            "crowdanki_uuid": self._uuid("deck", deck.name),
            "deck_config_uuid": self._uuid("preset", str(self._preset.id)),
            "desc": deck.description.strip(),
            "dyn": 0,
            "extendNew": 0,
            "extendRev": 0,
            "media_files": _media_names(file for note in notes for file in note.content.media),
            "name": deck.name.rpartition("::")[2],
            "notes": [self._note(note) for note in notes],
        }

    def _note(self, note: Note) -> dict[str, Any]:
        return {
            "__type__": "Note",
            "fields": list(note.content.fields),
            "guid": note.guid,
            "note_model_uuid": self._uuid("note type", note.content.note_type),
            "tags": list(note.content.tags),
        }

    def _note_type(self, note_type: NoteType) -> dict[str, Any]:
        return {
            "__type__": "NoteModel",
            "crowdanki_uuid": self._uuid("note type", note_type.key),
            "css": note_type.css,
            "flds": [_field(number, field.name) for number, field in enumerate(note_type.fields)],
            "latexPost": _LATEX_POST,
            "latexPre": _LATEX_PRE,
            "latexsvg": False,
            "name": note_type.name,
            "req": [],
            "sortf": note_type.sort_field,
            "tags": [],
            "tmpls": [
                {
                    "afmt": template.back, "bafmt": "", "bqfmt": "", "did": None,
                    "name": template.name, "ord": number, "qfmt": template.front,
                }
                for number, template in enumerate(note_type.templates)
            ],
            "type": 1 if note_type.cloze else 0,
            "vers": [],
        }  # fmt: skip

    def _configuration(self) -> dict[str, Any]:
        preset = self._preset
        return {
            "__type__": "DeckConfig",
            "autoplay": True,
            "crowdanki_uuid": self._uuid("preset", str(preset.id)),
            "dyn": False,
            "lapse": {"delays": [10], "leechAction": 0, "leechFails": 8, "minInt": 1, "mult": 0},
            "maxTaken": 60,
            "name": preset.name,
            "new": {
                "bury": True, "delays": [1, 10], "initialFactor": 2500, "ints": [1, 4, 7], "order": 1,
                "perDay": preset.new_cards_per_day, "separate": True,
            },
            "replayq": True,
            "rev": {
                "bury": True, "ease4": 1.3, "fuzz": 0.05, "ivlFct": 1, "maxIvl": 36500, "minSpace": 1,
                "perDay": preset.reviews_per_day,
            },
            "timer": 0,
        }  # fmt: skip

    def _uuid(self, kind: str, name: str) -> str:
        return str(uuid.uuid5(_SPACE, json.dumps([self._namespace, kind, name])))


def _field(number: int, name: str) -> Mapping[str, Any]:
    return {
        "font": "Arial", "media": [], "name": name, "ord": number, "rtl": False, "size": 20, "sticky": False,
    }  # fmt: skip


def _media_names(files: Iterable[MediaFile]) -> list[str]:
    return sorted({file.name for file in files})


FORMAT = ExportFormat(
    name="crowdanki",
    description="A folder for the add-on CrowdAnki: deck.json and media, made to be kept in Git.",
    export=export,
    keeps=frozenset(Feature),
    loses=(
        "the order of new cards; decks of second cards that are not in that of the first; note type ids, so CrowdAnki "
        "makes note types beside those of the packages"
    ),
)
