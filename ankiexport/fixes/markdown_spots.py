"""Where a Markdown question file has, or lacks, ids and tags, and how each would be written there."""

import re
from collections.abc import Sequence

from ankiexport.fixes.edits import Edit, LineIndex
from ankiexport.fixes.spans import Span
from ankiexport.fixes.spots import IdSpot, QuestionSpot, Spots, TagList, yaml_tags
from ankiexport.yaml_source import Mapping, Node, Scalar, strings
from ankiexport.yaml_source import Sequence as NodeList

_HEADING_END = re.compile(r"(?:[ \t]+#+)?[ \t]*$")


def markdown_spots(text: str, node: Mapping, head: Span | None, head_start: int) -> Spots:
    """Return the spots of a Markdown question file; `head` are the spans of its front matter."""
    index = LineIndex(text)
    front = text[head_start:]
    tag_lists = [_shifted(tags, head_start) for tags in (yaml_tags(front, head) if head else ())]
    questions = []
    for question in _nodes(node, "questions"):
        facts = tuple(_markdown_fact(text, index, fact) for fact in _nodes(question, "facts"))
        questions.append(QuestionSpot(_markdown_question(text, index, question), facts))
        if "tags" in question.entries:
            tag_lists.append(_markdown_tags(text, index, question.entries["tags"][1]))
    return Spots(tuple(questions), tuple(tag_lists))


def _shifted(tags: TagList, by: int) -> TagList:
    def edits(new: Sequence[str | None]) -> list[Edit]:
        return [Edit(edit.start + by, edit.end + by, edit.text) for edit in tags.edits(new)]

    return TagList(tags.tags, tuple(offset + by for offset in tags.offsets), tags.droppable, edits)


def _nodes(node: Mapping, key: str) -> list[Mapping]:
    found = node.entries.get(key)
    items = found[1].items if found and isinstance(found[1], NodeList) else []
    return [item for item in items if isinstance(item, Mapping)]


def _offset(index: LineIndex, scalar: Scalar | Mapping) -> int:
    return index.start(scalar.position.line - 1) + scalar.position.column - 1


def _value(node: Mapping, key: str) -> Scalar | None:
    found = node.entries.get(key)
    return found[1] if found and isinstance(found[1], Scalar) else None


def _markdown_question(text: str, index: LineIndex, question: Mapping) -> IdSpot:
    found, content = _value(question, "id"), _value(question, "question")
    words = content.value if content else ""
    line = index.start(question.position.line - 1)
    if found:
        return _written_id(found, words, _offset(index, found))
    title = text[line : index.start(question.position.line)].rstrip("\n")
    # Hashes may close a heading; the id goes before them.
    match = _HEADING_END.search(title, 2)
    end = line + (match.start() if match else len(title))
    return IdSpot("", words, line, lambda new: Edit(end, end, f" {{#{new}}}"))


def _markdown_fact(text: str, index: LineIndex, fact: Mapping) -> IdSpot:
    found, content = _value(fact, "id"), _value(fact, "text")
    words = content.value if content else ""
    start = _offset(index, fact)
    if found:
        return _written_id(found, words, _offset(index, found))
    if not words or not text.startswith(words.partition("\n")[0], start):
        return IdSpot("", words, start)
    return IdSpot("", words, start, lambda new: Edit(start, start, f"`{new}`: "))


def _written_id(found: Scalar, words: str, start: int) -> IdSpot:
    if found.value.strip():
        return IdSpot(found.value.strip(), words, start)
    return IdSpot("", words, start, lambda new: Edit(start, start + len(found.value), new))


def _markdown_tags(text: str, index: LineIndex, node: Node) -> TagList:
    spots = [(scalar.value, _offset(index, scalar)) for scalar in strings(node)]

    def edits(new: Sequence[str | None]) -> list[Edit]:
        result: list[Edit] = []
        for line in sorted({index.line(offset) for _, offset in spots}):
            here = [
                (old, offset, tag)
                for (old, offset), tag in zip(spots, new, strict=True)
                if index.line(offset) == line
            ]
            result.extend(_markdown_tag_line(text, index, line, here))
        return result

    tags, offsets = [old for old, _ in spots], [offset for _, offset in spots]
    return TagList(tuple(tags), tuple(offsets), (True,) * len(tags), edits)


def _markdown_tag_line(
    text: str, index: LineIndex, line: int, here: Sequence[tuple[str, int, str | None]]
) -> list[Edit]:
    """Return the edits of one line of tags, which stand between commas."""
    if all(tag is None for _old, _offset, tag in here):
        return [Edit(index.start(line), index.start(line + 1))]
    result = [Edit(at, at + len(old), tag) for old, at, tag in here if tag is not None and tag != old]
    dropped = [at for _old, at, tag in here if tag is None]
    if not dropped:
        return result
    start, end = index.start(line), index.start(line + 1)
    raw = text[start:end]
    marker = re.match(r"\s*(?:[-*+] )?\s*", raw)
    head = marker.end() if marker else 0
    kept, position = [], start + head
    for segment in raw.rstrip("\n")[head:].split(","):
        if not any(position <= at < position + len(segment) for at in dropped):
            edited = [edit for edit in result if position <= edit.start < position + len(segment)]
            kept.append(_apply(segment, position, edited))
        position += len(segment) + 1
    return [Edit(start, end, raw[:head] + ",".join(kept).lstrip() + "\n")]


def _apply(segment: str, start: int, edits: list[Edit]) -> str:
    for edit in reversed(edits):
        segment = segment[: edit.start - start] + edit.text + segment[edit.end - start :]
    return segment
