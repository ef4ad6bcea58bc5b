"""A collection as the files of a bank: bank.yaml, question files, card templates."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from ankiexport.anki_template import Template, parse_template
from ankiexport.bank_settings import slugify
from ankiexport.card_generation import cloze_ords, standard_card_ords
from ankiexport.html_text import html_to_text, without_clozes
from ankiexport.importing.markdown_fields import markdown_of
from ankiexport.importing.package import SourceCollection, SourceNote, SourceNoteType

LEVEL = "imported"

# Folders that our own card templates have; an imported note type must not shadow a part of them.
_TAKEN = frozenset({"question", "cloze", "shared"})
SCHEMA_LINE = "# yaml-language-server: $schema={}.schema/{}.schema.json\n"
_NOTES_PER_FILE = 500
_BYTES_PER_FILE = 2_000_000
_KEY_LENGTH = 50


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # libyaml may be missing
    """Writes texts of several lines as blocks, where YAML allows it."""


def _text(dumper: Any, text: str) -> Any:  # noqa: ANN401 - PyYAML's own types are not exported
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


@dataclass(frozen=True, slots=True)
class BankFiles:
    """The texts of a bank by their paths, and the keys of its notes and note types by those of the collection."""

    texts: Mapping[str, str]
    namespace: str
    notes: Mapping[str, SourceNote] = field(default_factory=dict)
    note_types: Mapping[str, SourceNoteType] = field(default_factory=dict)
    has_ids: bool = True


def bank_files(collection: SourceCollection, title: str) -> BankFiles:
    """Return the bank of a collection whose notes all have cards; `title` is used if its decks have no common root."""
    type_keys = _type_keys(collection)
    keys = _note_keys(collection)
    root = _common_root(collection) or title
    namespace = _namespace(collection, root)
    texts = {"bank.yaml": _bank_yaml(collection, root, namespace)}
    for type_id, key in type_keys.items():
        for name, text in _note_type_files(collection.note_types[type_id]):
            texts[f"card_templates/{key}/{name}"] = text
    texts |= _question_files(collection, type_keys, keys)
    return BankFiles(
        texts,
        namespace,
        {keys[note.id]: note for note in collection.notes},
        {key: collection.note_types[type_id] for type_id, key in type_keys.items()},
        collection.has_ids,
    )


def deck_of(note: SourceNote) -> str:
    """Return the deck of a note's first card, as Anki writes it."""
    return clean_deck_name(note.cards[0].deck)


def decks_in(collection: SourceCollection) -> set[str]:
    """Return the decks of all cards, as Anki writes them."""
    return {clean_deck_name(name) for name in {card.deck for note in collection.notes for card in note.cards}}


@lru_cache(maxsize=4096)
def clean_deck_name(name: str) -> str:
    """Return the full name of a deck as Anki writes it: no part of it is empty."""
    parts = ("".join(char for char in part if char.isprintable()).strip() for part in name.split("::"))
    return unicodedata.normalize("NFC", "::".join(part or "blank" for part in parts))


def _common_root(collection: SourceCollection) -> str:
    roots = {deck.split("::")[0] for deck in decks_in(collection)}
    return roots.pop() if len(roots) == 1 else ""


def _namespace(collection: SourceCollection, title: str) -> str:
    # From what is imported: the same package always gives the same bank.
    notes = [note.guid if collection.has_guids else "\x1f".join(note.fields) for note in collection.notes]
    known = json.dumps([sorted(notes), sorted(collection.note_types)])
    return f"{slugify(title) or 'bank'}-{hashlib.sha256(known.encode()).hexdigest()[:8]}"


def _bank_yaml(collection: SourceCollection, title: str, namespace: str) -> str:
    used = decks_in(collection)
    known = {clean_deck_name(name): text.strip() for name, text in collection.decks.items()}
    said = {name: text for name, text in known.items() if text and _is_used(name, used)}
    data: dict[str, object] = {"title": title, "namespace": namespace}
    if title in said:
        data["description"] = said.pop(title)
    data["levels"] = [{"key": LEVEL, "name": "Imported"}]
    if said:
        data["deck_settings"] = dict(sorted(said.items()))
    data["media_names"] = "kept"
    return SCHEMA_LINE.format("", "bank") + dumped(data)


def _is_used(name: str, used: set[str]) -> bool:
    return any(deck == name or deck.startswith(f"{name}::") for deck in used)


def _type_keys(collection: SourceCollection) -> dict[int, str]:
    keys: dict[int, str] = {}
    for type_id, note_type in sorted(collection.note_types.items()):
        key = slugify(note_type.name) or "note-type"
        keys[type_id] = unlike(f"{key}-type" if key in _TAKEN else key, {*keys.values(), *_TAKEN})
    return keys


def _note_keys(collection: SourceCollection) -> dict[int, str]:
    keys: dict[int, str] = {}
    taken: Counter[str] = Counter()
    for note in collection.notes:
        note_type = collection.note_types[note.note_type]
        asked = note.fields[min(note_type.sort_field, len(note.fields) - 1)]
        text = without_clozes(html_to_text(asked[:2000]))
        key = slugify(text[: 2 * _KEY_LENGTH])[:_KEY_LENGTH].strip("-") or "note"
        taken[key] += 1
        keys[note.id] = f"{key}-{taken[key]}" if taken[key] > 1 or key == "note" else key
    # "a" for the second time may have become the "a-2" of another.
    seen: set[str] = set()
    for note_id, key in keys.items():
        keys[note_id] = unlike(key, seen)
        seen.add(keys[note_id])
    return keys


def unlike(key: str, taken: set[str]) -> str:
    """Return a key that is not taken: the given one, or with a number."""
    number, found = 2, key
    while found in taken:
        found, number = f"{key}-{number}", number + 1
    return found


def _note_type_files(note_type: SourceNoteType) -> Iterator[tuple[str, str]]:
    field_ids = _ids([found.id for found in note_type.fields])
    template_ids = _ids([found.id for found in note_type.templates])
    fields = [
        {
            "id": number,
            "name": found.name,
            **({"description": found.description} if found.description else {}),
        }
        for number, found in zip(field_ids, note_type.fields, strict=True)
    ]
    templates = [
        {"id": number, "name": found.name, "front": f"front-{place}.html", "back": f"back-{place}.html"}
        for place, (number, found) in enumerate(zip(template_ids, note_type.templates, strict=True), start=1)
    ]
    sort_field = note_type.fields[min(note_type.sort_field, len(fields) - 1)].name
    data = {
        "name": note_type.name, "id": note_type.id, "kind": "cloze" if note_type.cloze else "standard",
        "given": True, "sort_field": sort_field, "fields": fields, "templates": templates,
    }  # fmt: skip
    yield "note_type.yaml", dumped(data)
    yield "style.css", note_type.css
    for place, found in enumerate(note_type.templates, start=1):
        yield f"front-{place}.html", found.front
        yield f"back-{place}.html", found.back


def _ids(given: Sequence[int]) -> list[int]:
    """Return the ids if each thing has one of its own, else numbers: then Anki goes by the names."""
    usable = all(given) and len(set(given)) == len(given) and all(-(2**63) <= one < 2**63 for one in given)
    return list(given) if usable else list(range(1, len(given) + 1))


def _question_files(
    collection: SourceCollection, type_keys: Mapping[int, str], keys: Mapping[int, str]
) -> dict[str, str]:
    by_deck: dict[str, list[SourceNote]] = {}
    for note in collection.notes:
        by_deck.setdefault(deck_of(note), []).append(note)
    files: dict[str, str] = {}
    for deck in sorted(by_deck):
        for notes in _chunks(by_deck[deck]):
            (common, _), *_others = Counter(type_keys[note.note_type] for note in notes).most_common(1)
            head = {"level": LEVEL, "deck": deck, "note_type": common}
            items = [
                _question(note, keys[note.id], collection.note_types[note.note_type], type_keys, common)
                for note in notes
            ]
            name = f"{len(files) + 1:03}-{slugify(deck)[:60].strip('-') or 'deck'}.yaml"
            files[name] = SCHEMA_LINE.format("", "questions") + dumped({**head, "questions": items})
    return files


def _chunks(notes: Sequence[SourceNote]) -> Iterator[list[SourceNote]]:
    chunk: list[SourceNote] = []
    size = 0
    for note in notes:
        own = sum(len(text.encode()) for text in note.fields)
        if chunk and (len(chunk) >= _NOTES_PER_FILE or size + own > _BYTES_PER_FILE):
            yield chunk
            chunk, size = [], 0
        chunk.append(note)
        size += own
    yield chunk


def _question(
    note: SourceNote, key: str, note_type: SourceNoteType, type_keys: Mapping[int, str], common: str
) -> dict[str, object]:
    named = list(zip((found.name for found in note_type.fields), note.fields, strict=True))
    fields = {name: _value(html, cloze=note_type.cloze) for name, html in named if html}
    found: dict[str, object] = {"id": key}
    if type_keys[note.note_type] != common:
        found["note_type"] = type_keys[note.note_type]
    found["fields"] = fields or {named[0][0]: {"html": ""}}
    if note.tags:
        found["tags"] = list(note.tags)
    ords = [card.ord for card in note.cards]
    if ords != list(ords_by_rule(note.fields, note.tags, note_type)):
        found["cards"] = [ord_ + 1 for ord_ in ords]
    decks = {card.ord + 1: clean_deck_name(card.deck) for card in note.cards}
    if apart := {number: deck for number, deck in decks.items() if deck != deck_of(note)}:
        found["card_decks"] = apart
    return found


def _value(html: str, *, cloze: bool) -> object:
    markdown = markdown_of(unicodedata.normalize("NFC", html), cloze=cloze)
    return {"html": html} if markdown is None else markdown


def ords_by_rule(fields: Sequence[str], tags: Sequence[str], note_type: SourceNoteType) -> tuple[int, ...]:
    """Return which cards Anki's rules give a note."""
    named = dict(zip((found.name for found in note_type.fields), fields, strict=True))
    if note_type.cloze:
        return cloze_ords(named)
    return standard_card_ords(_fronts(note_type), named, tags=tags)


@lru_cache(maxsize=64)
def _fronts(note_type: SourceNoteType) -> tuple[Template, ...]:
    return tuple(parse_template(template.front) for template in note_type.templates)


def dumped(data: object) -> str:
    """Return data as YAML, in the order that it is in, long texts as blocks."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000)
