"""Note types, decks and study presets as Anki's collection holds them: JSON, in the shapes that genanki gives."""

import json
from functools import lru_cache

from ankiexport.anki_template import parse_template
from ankiexport.card_generation import standard_card_ords
from ankiexport.formats.genanki_shapes import known_shapes
from ankiexport.notes import Deck, DeckPreset, NoteType, PackagePlan

# Numbers of Anki's deck options: gather new cards by their place, and keep the order gathered.
_GATHER_LOWEST_POSITION = 1
_SORT_AS_GATHERED = 1

_TODAY = dict.fromkeys(("lrnToday", "newToday", "revToday", "timeToday"), (0, 0))

JsonObject = dict[str, object]


def note_type_json(note_type: NoteType, deck_id: int) -> JsonObject:
    """Return a note type; `deck_id` is the deck that old versions of Anki add notes to."""
    shapes = known_shapes()
    return {
        **shapes.note_type,
        "css": note_type.css,
        "did": deck_id,
        "flds": [
            {
                **shapes.field,
                "name": field.name,
                "id": field.id,
                "description": field.description,
                "ord": ord_,
            }
            for ord_, field in enumerate(note_type.fields)
        ],
        "id": str(note_type.id),
        "mod": note_type.mod,
        "name": note_type.name,
        "req": _req(note_type),
        "sortf": note_type.sort_field,
        "tmpls": [
            {
                **shapes.card_template,
                "name": template.name,
                "id": template.id,
                "qfmt": template.front,
                "afmt": template.back,
                "ord": ord_,
            }
            for ord_, template in enumerate(note_type.templates)
        ],
        "type": int(note_type.cloze),
    }


def _req(note_type: NoteType) -> list[list[object]]:
    """For each front, the fields that make a card by themselves; only old versions of Anki read it."""
    names = note_type.field_names
    req: list[list[object]] = []
    for number, template in enumerate(() if note_type.cloze else note_type.templates):
        front = [parse_template(template.front)]
        alone = [
            ord_ for ord_, name in enumerate(names)
            if standard_card_ords(front, {other: "x" if other == name else "" for other in names})
        ]  # fmt: skip
        req.append([number, "any" if alone else "none", alone])
    return req


def deck_json(deck: Deck, preset: DeckPreset | None, mod: int) -> JsonObject:
    """Return a deck with a description in Markdown, nothing studied, and its preset."""
    own = {"id": deck.id, "name": deck.name, "desc": deck.description.strip(), "md": True}
    return {
        **known_shapes().deck,
        **own,
        **_TODAY,
        "mod": mod,
        "conf": preset.id if preset else 1,
        "extendRev": 0,
    }


def preset_json(preset: DeckPreset, mod: int) -> JsonObject:
    """Return what a preset says; the rest is as in Anki's own first preset."""
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


def settings_row(plan: PackagePlan, mod: int) -> list[object]:
    """Return the one row of the table `col`: note types, decks and presets, last changed at `mod`."""
    settings = known_shapes().settings
    decks = json.loads(str(settings["decks"]))
    decks |= {str(deck.id): deck_json(deck, plan.preset, mod) for deck in plan.decks}
    presets = json.loads(str(settings["dconf"]))
    if plan.preset:
        presets[str(plan.preset.id)] = {**presets["1"], **preset_json(plan.preset, mod)}
    told = {
        "models": _note_types_text(plan.note_types, plan.decks[0].id),
        "decks": json.dumps(decks),
        "dconf": json.dumps(presets),
    }
    times = {"mod": mod * 1000, "scm": mod * 1000}
    return list({**settings, **times, **told}.values())


# Packages of one bank have the same note types, and often the same first deck.
@lru_cache(maxsize=4)
def _note_types_text(note_types: tuple[NoteType, ...], deck_id: int) -> str:
    return json.dumps({str(kind.id): note_type_json(kind, deck_id) for kind in note_types})
