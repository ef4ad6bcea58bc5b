"""Where a question file has, or lacks, ids and tags, and how each would be written there: YAML.

Markdown files give the same spots (`markdown_spots`), so that one set of repairs serves both.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ankiexport.fixes.edits import Edit
from ankiexport.fixes.spans import Span

NULLS = {"", "~", "null", "Null", "NULL"}
PLAIN_TAG = re.compile(r"\w[\w:/.+-]*(?<!:)")


@dataclass(frozen=True, slots=True)
class IdSpot:
    """The id of a question or fact, "" when missing; `edit` writes one, where that is possible."""

    id: str
    text: str
    offset: int
    edit: Callable[[str], Edit] | None = None


@dataclass(frozen=True, slots=True)
class QuestionSpot:
    """A question's own id and those of its facts."""

    own: IdSpot
    facts: tuple[IdSpot, ...] = ()


@dataclass(frozen=True, slots=True)
class TagList:
    """One list of tags with the offset of each; `edits` takes the new tags, None for those to drop.

    Only a tag that is `droppable` can be dropped: others would take a comment with them.
    """

    tags: tuple[str, ...]
    offsets: tuple[int, ...]
    droppable: tuple[bool, ...]
    edits: Callable[[Sequence[str | None]], list[Edit]]


@dataclass(frozen=True, slots=True)
class Spots:
    """All that a file has to repair with regard to ids and tags."""

    questions: tuple[QuestionSpot, ...] = ()
    tag_lists: tuple[TagList, ...] = ()


def yaml_spots(text: str, tree: Span) -> Spots:
    """Return the spots of a YAML question file."""
    questions, tag_lists = [], [*yaml_tags(text, tree)]
    for question in tree.mappings("questions"):
        facts = question.mappings("facts")
        own = _yaml_id(text, question, "question")
        questions.append(QuestionSpot(own, tuple(_yaml_id(text, fact, "text") for fact in facts)))
        for mapping in (question, *facts):
            tag_lists.extend(yaml_tags(text, mapping))
    return Spots(tuple(questions), tuple(tag_lists))


def _yaml_id(text: str, mapping: Span, text_key: str) -> IdSpot:
    value, content = mapping.get("id"), mapping.get(text_key)
    words = content.value if content and content.kind == "scalar" and not _is_null(content) else ""
    if value is None:
        return IdSpot("", words, mapping.start, _new_yaml_id(text, mapping))
    if value.kind != "scalar" or (value.value.strip() and not _is_null(value)):
        return IdSpot(value.value.strip() or "?", words, value.start)
    raw = text[value.start : value.end]
    if value.is_block_scalar or raw.startswith(("&", "!")):
        return IdSpot("", words, value.start)
    before = text[value.start - 1]
    if value.start == value.end and before not in ": ":
        return IdSpot("", words, value.start)
    space = " " if before == ":" else ""
    return IdSpot("", words, value.start, lambda new: Edit(value.start, value.end, space + new))


def _is_null(span: Span) -> bool:
    return not span.style and span.value in NULLS


def _new_yaml_id(text: str, mapping: Span) -> Callable[[str], Edit] | None:
    """Return how to write an id before a mapping's first key, in block and in flow style."""
    if not mapping.children:
        return None
    start = mapping.children[0].start
    if mapping.flow:
        return lambda new: Edit(start, start, f"id: {new}, ")
    prefix = text[text.rfind("\n", 0, start) + 1 : start]
    if prefix.strip(" \t-"):
        return None
    indent = re.sub(r"[^\t]", " ", prefix)
    return lambda new: Edit(start, start, f"id: {new}\n{indent}")


def yaml_tags(text: str, mapping: Span) -> Iterator[TagList]:
    """Yield the list of tags of a mapping, if it has one."""
    found = mapping.get("tags")
    if found is None or found.kind not in {"scalar", "sequence"}:
        return
    spans = [span for span in (found.items() or [found]) if span.kind == "scalar"]
    if not spans:
        return

    drops = [_drop_yaml_tag(text, found, before, span) for before, span in pairwise(spans)]
    drops.insert(0, None)

    def edits(new: Sequence[str | None]) -> list[Edit]:
        result: list[Edit] = []
        for span, drop, tag in zip(spans, drops, new, strict=True):
            if tag is None:
                result.extend([drop] if drop else [])
            elif tag != span.value.strip():
                result.extend(replaced_tag(text, span, tag))
        return result

    values, offsets = [span.value.strip() for span in spans], [span.start for span in spans]
    yield TagList(tuple(values), tuple(offsets), tuple(drop is not None for drop in drops), edits)


def replaced_tag(text: str, span: Span, tag: str) -> list[Edit]:
    """Return the edit of a tag's characters alone, so that its quotes and its anchor stay."""
    old = span.value.strip()
    start = text.rfind(old, span.start, span.end) if old else -1
    if start < 0:
        return []
    new = tag if span.style or PLAIN_TAG.fullmatch(tag) else f'"{tag}"'
    return [Edit(start, start + len(old), new)]


def _drop_yaml_tag(text: str, found: Span, previous: Span, span: Span) -> Edit | None:
    """Return the edit that takes an item out of a list; None where a comment would suffer."""
    between = text[previous.end : span.start]
    if found.flow:
        return None if "#" in between else Edit(previous.end, span.end)
    dash = span.start - len(between) + between.rfind("-")
    line_start = text.rfind("\n", 0, dash) + 1
    line_end = text.find("\n", span.end)
    if text[line_start:dash].strip() or text[dash + 1 : span.start].strip(" "):
        return None
    comment = text.find("#", span.end, line_end)
    return Edit(line_start, line_end + 1) if comment < 0 else Edit(dash, comment)
