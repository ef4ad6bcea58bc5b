"""`bank.yaml`: the title, the levels, the vocabulary of tags, and what holds for all questions."""

import re
import unicodedata
from pathlib import Path

from ankiexport import bank_files
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.labels import DEFAULT_LABELS
from ankiexport.node_reader import MappingReader
from ankiexport.question import Bank, Defaults, Level, NamedSearch, Preset, TagEntry
from ankiexport.source_files import read_text
from ankiexport.tags import tag_problem
from ankiexport.yaml_source import Mapping, Scalar, parse_yaml

BANK_FILE = bank_files.BANK_FILE

BANK_KEYS = (
    "title", "deck", "facts_deck", "retired_deck", "file_name", "description", "namespace", "language",
    "levels", "tags", "decks", "deck_settings", "media_names", "defaults", "preset", "labels", "acronyms",
    "allow",
)  # fmt: skip
LEVEL_KEYS = ("key", "name", "deck", "description")
TAG_KEYS = ("name", "description", "aliases")
DEFAULTS_KEYS = ("note_type", "tags")
PRESET_KEYS = ("name", "new_cards_per_day", "reviews_per_day", "desired_retention")
LABEL_KEYS = tuple(DEFAULT_LABELS)

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def is_slug(word: str) -> bool:
    """Tell whether a word is an id: lower-case letters, digits, single hyphens, at most 80 characters."""
    return len(word) <= 80 and _SLUG.fullmatch(word) is not None


def slugify(text: str) -> str:
    """Return the slug of a text: accents dropped, words joined by hyphens; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")


def read_settings(root: Path) -> tuple[Bank | None, list[Diagnostic]]:
    """Return the settings of the bank in a folder, or None when its `bank.yaml` cannot be used at all."""
    text, out = read_text(root / BANK_FILE)
    if text is None:
        return None, out
    bank, problems = parse_settings(root, text)
    return bank, out + problems


def parse_settings(root: Path, text: str) -> tuple[Bank | None, list[Diagnostic]]:
    """Return the settings that the text of a `bank.yaml` in a folder holds."""
    path = root / BANK_FILE
    node, out = parse_yaml(text, path.as_posix())
    if not isinstance(node, Mapping):
        if not out:
            where = Position(path.as_posix())
            out.append(
                Diagnostic(where, "wrong-type", "bank.yaml must hold a mapping", "begin with title: ...")
            )
        return None, out
    return _bank(root, node, out), out


def _bank(root: Path, node: Mapping, out: list[Diagnostic]) -> Bank:
    top = MappingReader(node, BANK_KEYS, "a bank", out)
    for key in ("title", "namespace", "levels"):
        if top.require(key) and top.get(key) is None:
            top.report("empty-text", key, f'"{key}" is empty')
    title = top.string("title")
    levels = _levels(top, out)
    return Bank(
        root=root,
        title=title,
        deck=deck_name(top, "deck", title, nested=True),
        facts_deck=deck_name(top, "facts_deck", "Facts", nested=False),
        retired_deck=deck_name(top, "retired_deck", "Retired", nested=False),
        file_name=_file_name(top, title),
        description=top.string("description"),
        namespace=top.string("namespace"),
        language=_language(top),
        levels=levels,
        vocabulary=_vocabulary(top, out),
        defaults=_defaults(top, out),
        preset=_preset(top, title, out),
        labels=_labels(top, out),
        acronyms=tuple(text.value.strip() for text in top.texts("acronyms")),
        allow=top.texts("allow"),
        decks=_named_searches(top, levels, out),
        deck_settings=_deck_settings(top),
        keeps_media_names=_media_names(top) == "kept",
    )


def deck_name(reader: MappingReader, key: str, default: str, *, nested: bool) -> str:
    """Return the name of a deck, or the default, and report one that Anki would change."""
    name = reader.string(key, default) or default
    parts = name.split("::")
    if not name:
        return name
    if not all(part and part == part.strip() and part.isprintable() for part in parts):
        reader.report(
            "bad-value", key, f'"{name}" cannot be a deck name', "each part between :: needs a name"
        )
    elif len(parts) > 1 and not nested:
        reader.report("bad-value", key, f'"{name}" must be one part of a deck name', "leave out the ::")
    return name


def _deck_settings(top: MappingReader) -> dict[str, str]:
    node = top.mapping("deck_settings")
    if node is None:
        return {}
    reader = MappingReader(node, node.entries, '"deck_settings"', top.out)
    return {name: reader.string(name) for name in node.entries}


def _media_names(top: MappingReader) -> str:
    kind = top.string("media_names", "hashed") or "hashed"
    if kind not in {"hashed", "kept"}:
        top.report("bad-value", "media_names", f'media names are "hashed" or "kept", not "{kind}"')
    return kind


def _file_name(top: MappingReader, title: str) -> str:
    name = top.string("file_name") or slugify(title) or "bank"
    if not is_slug(name):
        message = f'"{name}" cannot begin the name of a package'
        top.report("bad-value", "file_name", message, "use lower-case letters, digits and hyphens")
        return "bank"
    return name


def _language(top: MappingReader) -> str:
    language = top.string("language", "en") or "en"
    if not _LANGUAGE.fullmatch(language):
        top.report(
            "bad-value", "language", f'"{language}" is not a language tag', 'use one like "en" or "pt-BR"'
        )
        return "en"
    return language


def _levels(top: MappingReader, out: list[Diagnostic]) -> tuple[Level, ...]:
    levels: dict[str, Level] = {}
    decks: dict[str, str] = {}
    for node in top.mappings("levels"):
        reader = MappingReader(node, LEVEL_KEYS, "a level", out)
        reader.require("key")
        reader.require("name")
        key = reader.string("key")
        name = reader.string("name") or key
        if reader.has("key") and not is_slug(key):
            reader.report("bad-id", "key", f'"{key}" cannot be the key of a level', f'try "{slugify(key)}"')
        if key in levels:
            reader.report("duplicate-id", "key", f'there are two levels with the key "{key}"')
        deck = deck_name(reader, "deck", name, nested=False)
        if deck.casefold() in decks and key not in levels:
            reader.report(
                "duplicate-id", "deck", f'the levels "{decks[deck.casefold()]}" and "{key}" share a deck'
            )
        decks[deck.casefold()] = key
        levels[key] = Level(key, name, deck, reader.string("description"), reader.position_of("key"))
    return tuple(levels.values())


def _vocabulary(top: MappingReader, out: list[Diagnostic]) -> dict[str, TagEntry]:
    node = top.mapping("tags")
    result: dict[str, TagEntry] = {}
    seen: dict[str, Position] = {}
    for tag, (key, value) in (node.entries if node else {}).items():
        aliases: tuple[str, ...] = ()
        names = [(tag, key.position)]
        description, name = "", tag.rpartition("::")[2].replace("-", " ").replace("_", " ")
        if isinstance(value, Mapping):
            reader = MappingReader(value, TAG_KEYS, "a tag", out)
            found = reader.texts("aliases")
            aliases = tuple(alias.value.strip() for alias in found)
            names += [(alias.value.strip(), alias.position) for alias in found]
            description, name = reader.string("description"), reader.string("name", name)
        elif isinstance(value, Scalar):
            description = "" if value.is_null else value.value.strip()
        else:
            message = f'the tag "{tag}" takes a description, or a mapping with one'
            out.append(Diagnostic(value.position, "wrong-type", message))
        _claim(names, seen, out)
        result[tag] = TagEntry(tag, description, name, aliases, key.position)
    return result


def _claim(names: list[tuple[str, Position]], seen: dict[str, Position], out: list[Diagnostic]) -> None:
    """Report names that are no tags, and those that Anki could not tell from one that is taken."""
    for name, where in names:
        problem = tag_problem(name)
        if problem:
            out.append(Diagnostic(where, "bad-tag", problem, "join words with hyphens, levels with ::"))
        first = seen.setdefault(name.casefold(), where)
        if first is not where:
            message = f'the tag "{name}" is declared twice (Anki takes no notice of letter case)'
            out.append(Diagnostic(where, "duplicate-id", message, "keep one of them", (first,)))


def _defaults(top: MappingReader, out: list[Diagnostic]) -> Defaults:
    node = top.mapping("defaults")
    if node is None:
        return Defaults()
    reader = MappingReader(node, DEFAULTS_KEYS, '"defaults"', out)
    return Defaults(reader.string("note_type", "question") or "question", reader.texts("tags"))


def _preset(top: MappingReader, title: str, out: list[Diagnostic]) -> Preset | None:
    node = top.mapping("preset")
    if node is None:
        return None
    reader = MappingReader(node, PRESET_KEYS, '"preset"', out)
    return Preset(
        name=reader.string("name", title) or title,
        new_cards_per_day=int(reader.number("new_cards_per_day", 10, 0, 9999, whole=True)),
        reviews_per_day=int(reader.number("reviews_per_day", 200, 0, 9999, whole=True)),
        desired_retention=reader.number("desired_retention", 0.9, 0.7, 0.99),
    )


def _labels(top: MappingReader, out: list[Diagnostic]) -> dict[str, str]:
    node = top.mapping("labels")
    if node is None:
        return {}
    reader = MappingReader(node, LABEL_KEYS, '"labels"', out)
    return {key: reader.string(key) for key in LABEL_KEYS if reader.string(key)}


def _named_searches(
    top: MappingReader, levels: tuple[Level, ...], out: list[Diagnostic]
) -> tuple[NamedSearch, ...]:
    node = top.mapping("decks")
    # Their packages lie beside those of the levels.
    taken = {f"{level.key}{suffix}": level.position for level in levels for suffix in ("", "-facts")}
    found: list[NamedSearch] = []
    for name, (key, value) in (node.entries if node else {}).items():
        if not is_slug(name):
            message = f'"{name}" cannot be the name of a deck to build'
            out.append(Diagnostic(key.position, "bad-id", message, f'try "{slugify(name)}"'))
        elif name in taken:
            message = f'the package of "{name}" would replace that of a level'
            advice = "choose another name"
            out.append(Diagnostic(key.position, "duplicate-id", message, advice, (taken[name],)))
        if not isinstance(value, Scalar):
            message = f'"{name}" takes a search, such as tag:topic::bonds'
            out.append(
                Diagnostic(value.position, "wrong-type", message, "quote a search that begins with [ or {")
            )
        elif value.is_null or not value.value.strip():
            out.append(
                Diagnostic(
                    value.position,
                    "empty-text",
                    f'the search "{name}" is empty',
                    'write it, or "deck:*" for all notes',
                )
            )
        else:
            found.append(NamedSearch(name, value.text))
            out.extend(_search_problems(value))
    return tuple(found)


def _search_problems(value: Scalar) -> list[Diagnostic]:
    from ankiexport.search import SearchError, parse

    try:
        parse(value.value)
    except SearchError as error:
        return [Diagnostic(value.text.at(error.start), "bad-search", error.message, error.advice)]
    return []
