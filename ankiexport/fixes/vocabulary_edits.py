"""Edits of `bank.yaml` that rename tags: in the vocabulary, in the defaults and in named searches.

The old names stay as aliases. Comments stay, and so does how the author writes things.
"""

from collections.abc import Iterator, Mapping, Sequence

from ankiexport.fixes.edits import Edit
from ankiexport.fixes.spans import Span
from ankiexport.fixes.spots import NULLS, PLAIN_TAG, replaced_tag, yaml_tags
from ankiexport.question import TagEntry
from ankiexport.search import SearchError
from ankiexport.search.writing import with_current_tags


def renamed_vocabulary(
    vocabulary: Mapping[str, TagEntry], renames: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Return the tags of a vocabulary as they will be, each with its aliases.

    A tag that becomes one which is there already gives it its aliases.
    """
    aliases: dict[str, tuple[str, ...]] = {}
    for tag, entry in vocabulary.items():
        new = renames.get(tag, tag)
        named = next((known for known in aliases if known.casefold() == new.casefold()), new)
        older = (tag,) if tag in renames else ()
        every = dict.fromkeys((*aliases.get(named, ()), *entry.aliases, *older))
        aliases[named] = tuple(alias for alias in every if alias.casefold() != named.casefold())
    return aliases


def settings_edits(
    text: str, tree: Span, renames: Mapping[str, str], vocabulary: Mapping[str, TagEntry]
) -> list[Edit]:
    """Return the edits of the text of `bank.yaml`."""
    edits = list(_search_edits(text, tree.get("decks"), renames))
    defaults = tree.get("defaults")
    for found in yaml_tags(text, defaults) if defaults else ():
        edits += found.edits([renames.get(tag, tag) for tag in found.tags])
    tags = tree.get("tags")
    if tags and vocabulary:
        edits += _vocabulary_edits(text, tags, renames, vocabulary)
    return edits


def _vocabulary_edits(
    text: str, tags: Span, renames: Mapping[str, str], vocabulary: Mapping[str, TagEntry]
) -> Iterator[Edit]:
    after = renamed_vocabulary(vocabulary, renames)
    seen: set[str] = set()
    kept = {key.value for key, _value in tags.entries()}
    for key, value in tags.entries():
        new = renames.get(key.value, key.value)
        if key.value in renames and (new in kept or new in seen):
            yield _removed(text, tags, key, value)
            continue
        seen.add(new)
        if new != key.value:
            yield from replaced_tag(text, key, new)
        if new in after and after[new] != vocabulary[key.value].aliases:
            yield from _with_aliases(text, tags, key, value, after[new])


def _with_aliases(text: str, tags: Span, key: Span, value: Span, aliases: Sequence[str]) -> Iterator[Edit]:
    """Return the edits that give an entry its aliases, whichever form it has."""
    quoted = (tag if PLAIN_TAG.fullmatch(tag) else f'"{tag}"' for tag in aliases)
    written = f"aliases: [{', '.join(quoted)}]"
    is_null = value.kind == "scalar" and not value.style and value.value in NULLS
    if value.kind == "mapping":
        yield _in_mapping(text, value, written)
    elif tags.flow:
        inside = written if is_null else f"description: {text[value.start : value.end]}, {written}"
        space = "" if text[value.start - 1 : value.start] == " " else " "
        yield Edit(value.start, value.end, f"{space}{{{inside}}}")
    else:
        indent = " " * (_column(text, key.start) + 2)
        if is_null:
            # Written or not, there is nothing in it; what follows belongs to the mapping.
            yield Edit(value.start, value.end)
        else:
            colon = key.end + text[key.end : value.start].index(":") + 1
            yield Edit(colon, value.start, f"\n{indent}description: ")
            yield from _indented(text, value)
        end = _line_end(text, value.end)
        yield Edit(end, end, f"\n{indent}{written}")


def _in_mapping(text: str, value: Span, written: str) -> Edit:
    for key, aliases in value.entries():
        if key.value == "aliases":
            return Edit(key.start, aliases.end, written)
    if value.flow:
        start = value.start + 1
        return Edit(start, start, f"{written}, " if value.children else written)
    end = _line_end(text, value.children[-1].end)
    return Edit(end, end, f"\n{' ' * _column(text, value.children[0].start)}{written}")


def _indented(text: str, value: Span) -> Iterator[Edit]:
    """Yield the edits that move the lines of a block two columns to the right."""
    if value.is_block_scalar:
        start = value.body
        while start < value.end:
            if text[start] != "\n":
                yield Edit(start, start, "  ")
            start = _line_end(text, start) + 1


def _removed(text: str, tags: Span, key: Span, value: Span) -> Edit:
    if tags.flow:
        following = text.find(",", value.end)
        end = following + 1 if 0 <= following < tags.end else value.end
        return Edit(key.start, end)
    return Edit(text.rfind("\n", 0, key.start) + 1, _line_end(text, value.end) + 1)


def _search_edits(text: str, decks: Span | None, renames: Mapping[str, str]) -> Iterator[Edit]:
    for _name, value in decks.entries() if decks else ():
        try:
            current = with_current_tags(value.value, renames)
        except SearchError:
            continue
        start = text.find(value.value.strip(), value.start, value.end)
        # One that is written with escapes is understood by its alias.
        if current != value.value and start >= 0:
            yield Edit(start, start + len(value.value.strip()), current.strip())


def _column(text: str, offset: int) -> int:
    return offset - (text.rfind("\n", 0, offset) + 1)


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return end if end >= 0 else len(text)
