"""Markdown question files: the form for authors who prefer prose.

The file becomes the same nodes that a YAML file gives, so that one reader makes Questions of
both. Its shape, which also reads well on a Git host:

    ---
    level: beginner
    ---

    ## What is the cold-start problem? {#cold-start}

    Text that continues the question, if one line is too little.

    ### Hint
    ### Answer
    ### Key points
    - one list item each
    ### Tags
    topic::cold-start, skill::explain

A `# heading` is a title for the reader of the file, and what stands below it a remark.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from ankiexport.diagnostics import Diagnostic, Position, did_you_mean
from ankiexport.question import Place, Text
from ankiexport.yaml_source import Mapping, Node, Scalar, Sequence, parse_yaml

_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_ID = re.compile(r"[ \t]*\{#([^{}]*)\}$")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})(.*)$")
_ITEM = re.compile(r"([-*+]|\d+[.)])([ \t]+)(.*)$")
_FACT = re.compile(r"`([^`]*)`:?[ \t]+(.*)$", re.DOTALL)

SECTIONS = {
    "hint": "hint",
    "answer": "answer",
    "key points": "key_points",
    "pitfalls": "pitfalls",
    "follow-ups": "follow_ups",
    "sources": "sources",
    "tags": "tags",
    "note type": "note_type",
    "allow": "allow",
    "previous ids": "previous_ids",
    "replaces": "replaces",
    "revised": "revised",
    "what changed": "what_changed",
    "facts": "facts",
}
_WORDS = {"tags", "allow", "previous_ids", "replaces"}
_LISTS = {"key_points", "pitfalls", "follow_ups", "sources"}


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that belong to one heading; `first` is the index of the first of them in the file."""

    level: int
    title: str
    heading: int
    first: int
    lines: tuple[str, ...]


def parse_markdown(text: str, path: str) -> tuple[Mapping | None, list[Diagnostic]]:
    """Return a Markdown question file as the mapping that the same file in YAML would give."""
    # As yaml_source does with values: the two forms of a file must not differ in their accents.
    lines = unicodedata.normalize("NFC", text).split("\n")
    end = _front_matter_end(lines)
    if end is None:
        message = "a Markdown question file begins with front matter: a line ---, its keys, and a line ---"
        advice = (
            "add front matter with level: ...; a file that holds no questions gets a name that begins with _"
        )
        return None, [Diagnostic(Position(path), "front-matter", message, advice)]
    head, out = parse_yaml("\n".join(lines[1:end]), path, first_line=2)
    if head is None or not isinstance(head, Mapping):
        if not out:
            out.append(
                Diagnostic(Position(path, 2), "front-matter", "the front matter is empty", "add level: ...")
            )
        return None, out
    blocks = list(_blocks(lines, end + 1))
    questions: list[Node] = []
    current: Mapping | None = None
    for block in blocks:
        if block.level == 2:
            current = _question(block, path)
            questions.append(current)
        elif block.level == 3 and current is not None:
            _section(block, current, path, out)
        elif block.level == 3:
            where = Position(path, block.heading + 1)
            out.append(Diagnostic(where, "markdown-layout", "a sub-heading stands before the first question"))
    key = Scalar("questions", Place(Position(path, end + 1)))
    if "questions" not in head.entries:
        head.entries["questions"] = (key, Sequence(questions, Position(path, min(end + 2, len(lines)))))
    return head, out


def _front_matter_end(lines: list[str]) -> int | None:
    if not lines or lines[0].rstrip() != "---":
        return None
    return next((i for i, line in enumerate(lines[1:], start=1) if line.rstrip() in {"---", "..."}), None)


def _headings(lines: list[str], start: int) -> Iterator[tuple[int, int, str]]:
    """Yield (line index, level, title) of each heading up to level 3 that stands outside fenced code."""
    fence = ""
    for index in range(start, len(lines)):
        found = _FENCE.match(lines[index])
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found:
            fence = found[1]
        elif (heading := _HEADING.match(lines[index])) and len(heading[1]) <= 3:
            yield index, len(heading[1]), heading[2]


def _blocks(lines: list[str], start: int) -> Iterator[_Block]:
    headings = list(_headings(lines, start))
    for number, (index, level, title) in enumerate(headings):
        end = headings[number + 1][0] if number + 1 < len(headings) else len(lines)
        first, last = index + 1, end
        while first < last and not lines[first].strip():
            first += 1
        while last > first and not lines[last - 1].strip():
            last -= 1
        yield _Block(level, title, index, first, tuple(lines[first:last]))


def _question(block: _Block, path: str) -> Mapping:
    line = block.heading + 1
    entries: dict[str, tuple[Scalar, Node]] = {}
    identifier = _ID.search(block.title)
    title = block.title[: identifier.start()] if identifier else block.title
    if identifier:
        column = block.level + 2 + identifier.start(1)
        _set(entries, "id", Scalar(identifier[1], Place(Position(path, line, column))))
    body = "\n".join(block.lines)
    start = Place(Position(path, line, block.level + 2))
    if title and body:
        # The lines between heading and body keep the body's own lines in step with the file.
        gap = "\n" * max(2, block.first - block.heading)
        text = Text(title + gap + body, Place(start.position, follows=True))
    elif body:
        text = Text(body, Place(Position(path, block.first + 1), follows=True))
    else:
        text = Text(title, start)
    _set(entries, "question", Scalar(text.value, text.place))
    return Mapping(entries, Position(path, line))


def _section(block: _Block, question: Mapping, path: str, out: list[Diagnostic]) -> None:
    where = Position(path, block.heading + 1, block.level + 2)
    key = SECTIONS.get(re.sub(r"[ \t]*\d+$", "", block.title.casefold()))
    if key is None:
        message = f'a question has no section "{block.title}"'
        advice = did_you_mean(block.title.casefold(), SECTIONS)
        out.append(
            Diagnostic(where, "markdown-layout", message, advice + " (deeper headings belong to the text)")
        )
        return
    node = _value(key, block, path, out)
    known = question.entries.get(key)
    if known is None:
        question.entries[key] = (Scalar(key, Place(where)), node)
    elif key == "hint":
        first = known[1]
        hints = [*first.items, node] if isinstance(first, Sequence) else [first, node]
        question.entries[key] = (known[0], Sequence(hints, first.position))
    else:
        message = f'the section "{block.title}" is there twice'
        out.append(Diagnostic(where, "duplicate-key", message, "join them", (known[0].position,)))


def _value(key: str, block: _Block, path: str, out: list[Diagnostic]) -> Node:
    body = Scalar("\n".join(block.lines), Place(Position(path, block.first + 1), follows=True))
    if key in _WORDS:
        return _tags(block, path)
    if key in _LISTS:
        return Sequence(list(_items(block, path, out)), body.position)
    if key == "facts":
        return Sequence([_fact(item) for item in _items(block, path, out)], body.position)
    return body


def _tags(block: _Block, path: str) -> Sequence:
    items: list[Node] = []
    for number, line in enumerate(block.lines):
        for found in re.finditer(r"[^,]+", re.sub(r"^(\s*)[-*+] ", r"\1  ", line).replace("`", " ")):
            tag = found[0].strip()
            column = found.start() + len(found[0]) - len(found[0].lstrip()) + 1
            if tag:
                items.append(Scalar(tag, Place(Position(path, block.first + number + 1, column))))
    return Sequence(items, Position(path, block.first + 1))


def _items(block: _Block, path: str, out: list[Diagnostic]) -> Iterator[Scalar]:
    """Yield the items of a section's list, each without its marker and its indentation."""
    start, indent, parts = 0, 0, list[str]()
    for number, line in enumerate([*block.lines, "- "]):
        found = _ITEM.match(line)
        if found or number == len(block.lines):
            if parts:
                where = Position(path, block.first + start + 1, indent + 1)
                yield Scalar("\n".join(parts).rstrip(), Place(where, follows=True, indent=indent))
            if found:
                start, indent, parts = number, found.end(2), [found[3]]
        elif parts:
            parts.append(line[min(indent, len(line) - len(line.lstrip())) :])
        elif line.strip():
            where = Position(path, block.first + number + 1)
            message = f'the section "{block.title}" is a list, and this line stands before its first item'
            out.append(Diagnostic(where, "markdown-layout", message, 'begin each item with "- "'))
            return


def _fact(item: Scalar) -> Mapping:
    """Return the fact of an item such as "`some-id`: The {{c1::fact}} itself."."""
    entries: dict[str, tuple[Scalar, Node]] = {}
    found = _FACT.match(item.value)
    where = item.position
    if found is None:
        _set(entries, "text", item)
        return Mapping(entries, where)
    _set(entries, "id", Scalar(found[1], Place(Position(where.path, where.line, where.column + 1))))
    start = Position(where.path, where.line, where.column + found.start(2))
    place = Place(start, follows=item.text.place.follows, indent=item.text.place.indent)
    _set(entries, "text", Scalar(found[2], place))
    return Mapping(entries, where)


def _set(entries: dict[str, tuple[Scalar, Node]], key: str, node: Node) -> None:
    entries[key] = (Scalar(key, Place(node.position)), node)
