"""The layout of a YAML question file: the order of its keys, blank lines and white space.

Each function takes a draft and its spans and returns the new draft with notes of what it did.
Only whole lines move and only white space changes; a text never does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from ankiexport.fixes.edits import Draft, Edit
from ankiexport.fixes.spans import Span, tabs
from ankiexport.question_nodes import FACT_KEYS, FILE_KEYS, QUESTION_KEYS

Line = tuple[str, int]
Note = tuple[int, str]

_PREFIX = re.compile(r" *(?:- +)?")
_SCHEMA_LINE = re.compile(r"#\s*yaml-language-server:")


class _Kind(Enum):
    CONTENT = auto()
    COMMENT = auto()
    BLANK = auto()
    INNER = auto()  # its end lies inside a quoted or block text, where white space counts


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The lines that move with one key: the comments above it, and from the key to the next chunk."""

    rank: int
    comments: list[Line]
    body: list[Line]


def replace_tabs(draft: Draft, tree: Span) -> tuple[Draft, list[Note]]:
    """Put a space in place of each tab outside texts and comments; offsets stay as they are."""
    found = list(tabs(draft.text, tree))
    if not found:
        return draft, []
    edits = [Edit(offset, offset + 1, " ") for offset in found]
    return draft.edited(edits), [(draft.origin(found[0]), "replaced tabs by spaces")]


def sort_keys(draft: Draft, tree: Span) -> tuple[Draft, list[Note]]:
    """Put the keys of the head, the questions and the facts in their order, each with its comments."""
    if any(leaf.kind == "alias" for leaf in tree.leaves()):
        # An alias means the anchor before it: moving either could change what is said.
        return draft, []
    lines, kinds, notes = draft.lines(), _kinds(draft, tree), list[Note]()
    last: dict[int, Span] = {}
    for mapping, order in _mappings(tree):
        if _is_sortable(draft, mapping, order):
            value = max(mapping.entries(), key=lambda entry: (_rank(entry[0], order), entry[0].start))[1]
            if value is not mapping.children[-1] and _last_leaf(value, last).keeps:
                # The blank lines after the mapping would become part of the text after "|+".
                continue
            last[id(mapping)] = value
            notes.append((draft.origin(mapping.start), "put the keys in order"))
            _sort(lines, kinds, draft, mapping, order)
    return (Draft.of_lines(lines), sorted(notes)) if notes else (draft, [])


def tidy(draft: Draft, tree: Span) -> tuple[Draft, list[Note]]:
    """Set a blank line between questions, and drop white space at the ends of lines and of the file."""
    kinds, notes = _kinds(draft, tree), list[Note]()
    lines: list[Line] = []
    for line, kind in zip(draft.lines(), kinds, strict=True):
        lines.append(line if kind is _Kind.INNER else (line[0].rstrip(" \t"), line[1]))
    changed = [origin for (new, origin), (old, _) in zip(lines, draft.lines(), strict=True) if new != old]
    if changed:
        notes.append((changed[0], "removed white space at the ends of lines"))
    before = len(lines)
    while len(lines) > 1 and kinds[len(lines) - 1] is _Kind.BLANK:
        lines.pop()
    if len(lines) != before:
        notes.append((lines[-1][1], "removed blank lines at the end of the file"))
    notes.extend(_space_questions(lines, kinds, draft, tree))
    return Draft.of_lines(lines), sorted(notes)


def _mappings(tree: Span) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """Yield the mappings whose keys have an order, inner ones first."""
    for question in tree.mappings("questions"):
        yield from ((fact, FACT_KEYS) for fact in question.mappings("facts"))
        yield question, QUESTION_KEYS
    yield tree, FILE_KEYS


def _rank(key: Span, order: tuple[str, ...]) -> int:
    return order.index(key.value) if key.value in order else len(order)


def _prefix(draft: Draft, mapping: Span) -> str:
    """Return what stands before a mapping's first key in its line."""
    return draft.text[draft.index.start(draft.index.line(mapping.start)) : mapping.start]


def _is_sortable(draft: Draft, mapping: Span, order: tuple[str, ...]) -> bool:
    ranks = [_rank(key, order) for key, _value in mapping.entries()]
    if mapping.flow or ranks == sorted(ranks):
        return False
    return _PREFIX.fullmatch(_prefix(draft, mapping)) is not None


def _sort(lines: list[Line], kinds: list[_Kind], draft: Draft, mapping: Span, order: tuple[str, ...]) -> None:
    """Reorder one mapping in place: its lines stay the same range, so that outer ranges stay true."""
    prefix = _prefix(draft, mapping)
    starts, keys, end = _ranges(kinds, draft, mapping)
    chunks = [
        _Chunk(_rank(key, order), lines[start:line], lines[line:after])
        for (key, _), start, line, after in zip(
            mapping.entries(), starts, keys, [*starts[1:], end], strict=True
        )
    ]
    first = chunks[0]
    chunks.sort(key=lambda chunk: chunk.rank)
    result: list[Line] = []
    for number, chunk in enumerate(chunks):
        comments, body = chunk.comments, list(chunk.body)
        text, origin = body[0]
        if chunk is first:
            body[0] = (" " * len(prefix) + text[len(prefix) :], origin)
        if number == 0:
            body[0] = (prefix + body[0][0][len(prefix) :], origin)
            dash = prefix.partition("-")[0]
            comments = [(dash + comment.strip(), line) for comment, line in comments]
        result += comments + body
    lines[starts[0] : end] = result


def _ranges(kinds: list[_Kind], draft: Draft, mapping: Span) -> tuple[list[int], list[int], int]:
    """Return the first lines of the chunks, the lines of their keys, and the line after the last."""
    line = draft.index.line
    keys = [line(key.start) for key, _value in mapping.entries()]
    ends = [line(max(value.end, key.end)) for key, value in mapping.entries()]
    column = draft.index.column(mapping.start)
    starts = [keys[0] if "-" in _prefix(draft, mapping) else _first_start(kinds, draft, keys[0], column)]
    starts += [
        _with_comments(kinds, draft, key, end + 1, column)
        for key, end in zip(keys[1:], ends[:-1], strict=True)
    ]
    return starts, keys, ends[-1] + 1


def _with_comments(kinds: list[_Kind], draft: Draft, key: int, lowest: int, column: int) -> int:
    """Return the first of the comment lines directly above a key; deeper ones belong to what is above."""
    start = key
    while start > lowest and kinds[start - 1] is _Kind.COMMENT and _indent(draft, start - 1) <= column:
        start -= 1
    return start


def _first_start(kinds: list[_Kind], draft: Draft, key: int, column: int) -> int:
    start = _with_comments(kinds, draft, key, 0, column)
    above = [draft.text[draft.index.start(n) : draft.index.start(n + 1)] for n in range(start)]
    # What begins the file is about the file, so it stays; so does the line for the editor.
    is_top = not any(text.strip() for text in above) and start < key
    schema = draft.text[draft.index.start(start) : draft.index.start(start + 1)]
    return key if is_top or _SCHEMA_LINE.match(schema) else start


def _indent(draft: Draft, line: int) -> int:
    text = draft.text[draft.index.start(line) : draft.index.start(line + 1)]
    return len(text) - len(text.lstrip(" "))


def _kinds(draft: Draft, tree: Span) -> list[_Kind]:
    kinds = [_kind(text) for text, _origin in draft.lines()]
    line = draft.index.line
    for leaf in tree.leaves():
        first, last = line(leaf.start), line(leaf.end)
        if leaf.is_block_scalar:
            kinds[first + 1 : last + 1] = [_Kind.INNER] * (last - first)
        elif last > first:
            inner = _Kind.INNER if leaf.style else _Kind.CONTENT
            kinds[first:last] = [inner] * (last - first)
            kinds[last] = _Kind.CONTENT
    return kinds


def _kind(text: str) -> _Kind:
    bare = text.strip(" \t")
    if not bare:
        return _Kind.BLANK
    return _Kind.COMMENT if bare.startswith("#") else _Kind.CONTENT


def _space_questions(lines: list[Line], kinds: list[_Kind], draft: Draft, tree: Span) -> list[Note]:
    """Leave exactly one blank line between two questions, above the comments of the second."""
    questions = tree.get("questions")
    if questions is None or questions.flow:
        return []
    notes: list[Note] = []
    items = questions.items()
    for previous, item in reversed(list(pairwise(items))):
        if _last_leaf(previous).keeps:
            # Blank lines after "|+" are part of the text.
            continue
        start = draft.index.line(previous.end) + 1
        dash = next(n for n in range(start, len(kinds)) if kinds[n] not in {_Kind.BLANK, _Kind.COMMENT})
        spaced = _spaced(lines[start:dash], _indent(draft, dash), lines[dash][1])
        if len(spaced) != dash - start:
            notes.append((draft.origin(item.start), "set one blank line before the question"))
            lines[start:dash] = spaced
    return notes


def _spaced(region: list[Line], column: int, origin: int) -> list[Line]:
    """Return the lines between two questions with single blank lines, and one at least."""
    result = [line for n, line in enumerate(region) if line[0] or n == 0 or region[n - 1][0]]
    if any(not text for text, _origin in result):
        return result
    depths = [len(text) - len(text.lstrip(" ")) for text, _origin in result]
    place = next((n for n, depth in enumerate(depths) if depth <= column), len(result))
    return [*result[:place], ("", origin), *result[place:]]


def _last_leaf(span: Span, last: dict[int, Span] | None = None) -> Span:
    """Return the scalar or alias that ends a node; `last` holds the values that sorting has put last."""
    while span.children:
        span = (last or {}).get(id(span), span.children[-1])
    return span
