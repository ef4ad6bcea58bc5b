"""The difference of two texts: line by line, and word by word within a line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# Below this likeness two lines have nothing to do with each other, and words in common are chance.
_ALIKE = 0.4

# Beyond so many pairs of lines, or tokens in a line, likeness is not worth its time.
_MAX_PAIRS = 900
_MAX_TOKENS = 1500

# How much of what stays the same is shown around what does not: words within a line, and lines.
_WORDS = 8
_LINES = 1

# A cloze or a formula begins and ends as one thing.
_TOKEN = re.compile(r"\{\{c[\d,]+::|::|\}\}|\\[()\[\]]|\w+|\s+|[^\w\s]")
_GAP = " … "


class Part(StrEnum):
    """Which of the two texts a span or a line belongs to."""

    SAME = "same"
    OLD = "old"
    NEW = "new"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Span:
    """Some words of a line: the same in both texts, or only of the old or the new one."""

    part: Part
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference; one of both texts has spans that differ, the others a single span."""

    part: Part
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """All that stands in it."""
        return "".join(span.text for span in self.spans)


def difference(old: str, new: str) -> tuple[Line, ...]:
    """Return the lines of two texts, those that differ beside each other."""
    before, after = old.splitlines(), new.splitlines()
    lines: list[Line] = []
    for tag, start, end, new_start, new_end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            lines += (_whole(Part.SAME, text) for text in before[start:end])
        else:
            lines += _replaced(before[start:end], after[new_start:new_end])
    return tuple(lines)


def shortened(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return a difference without most of what is the same in both texts."""
    near = {
        place
        for number, line in enumerate(lines)
        if line.part is not Part.SAME
        for place in range(number - _LINES, number + _LINES + 1)
    }
    out: list[Line] = []
    for number, line in enumerate(lines):
        if number in near:
            out.append(_short(line))
        elif not out or out[-1].text != _GAP.strip():
            out.append(_whole(Part.SAME, _GAP.strip()))
    return tuple(out)


def _short(line: Line) -> Line:
    if line.part is Part.SAME:
        words = line.text.split(" ")
        too_long = len(words) > 2 * _WORDS
        return _whole(Part.SAME, " ".join(words[: 2 * _WORDS]) + _GAP.rstrip()) if too_long else line
    if line.part is not Part.BOTH:
        return line
    last = len(line.spans) - 1
    return Line(
        line.part,
        tuple(
            Span(span.part, _trimmed(span.text, is_first=number == 0, is_last=number == last))
            if span.part is Part.SAME
            else span
            for number, span in enumerate(line.spans)
        ),
    )


def _trimmed(text: str, *, is_first: bool, is_last: bool) -> str:
    words = text.split(" ")
    if len(words) <= 2 * _WORDS + 1:
        return text
    head, tail = " ".join(words[:_WORDS]), " ".join(words[-_WORDS:])
    if is_first:
        return f"{_GAP.lstrip()}{tail}"
    return f"{head}{_GAP.rstrip()}" if is_last else f"{head}{_GAP}{tail}"


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    """Yield lines that took the place of others; those that are alike are compared by words."""
    done_old = done_new = 0
    for old, new in [*_pairs(before, after), (len(before), len(after))]:
        yield from (_whole(Part.OLD, text) for text in before[done_old:old])
        yield from (_whole(Part.NEW, text) for text in after[done_new:new])
        if old < len(before):
            yield Line(Part.BOTH, tuple(_joined(_spans(before[old], after[new]))))
        done_old, done_new = old + 1, new + 1


def _pairs(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of lines that are alike, in order, so that they are as alike as can be together."""
    if not before or not after or len(before) * len(after) > _MAX_PAIRS:
        return []
    tokens, new_tokens = [_tokens(text) for text in before], [_tokens(text) for text in after]
    # The best likeness in sum of the first lines of each text, and the pairs by which it comes about.
    best: list[list[tuple[float, list[tuple[int, int]]]]] = [[(0.0, [])] * (len(after) + 1)]
    for old, old_tokens in enumerate(tokens):
        row: list[tuple[float, list[tuple[int, int]]]] = [(0.0, [])]
        for new, other in enumerate(new_tokens):
            likeness = _likeness(old_tokens, other)
            choices = [row[new], best[old][new + 1]]
            if likeness >= _ALIKE:
                total, pairs = best[old][new]
                choices.append((total + likeness, [*pairs, (old, new)]))
            row.append(max(choices, key=lambda choice: choice[0]))
        best.append(row)
    return best[-1][-1][1]


def _likeness(old: Sequence[str], new: Sequence[str]) -> float:
    if len(old) > _MAX_TOKENS or len(new) > _MAX_TOKENS:
        return 0.0
    words, new_words = ([token for token in tokens if not token.isspace()] for tokens in (old, new))
    matcher = SequenceMatcher(None, words, new_words, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0


def _spans(old: str, new: str) -> Iterator[Span]:
    before, after = _tokens(old), _tokens(new)
    for tag, start, end, new_start, new_end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            yield Span(Part.SAME, "".join(before[start:end]))
        else:
            yield Span(Part.OLD, "".join(before[start:end]))
            yield Span(Part.NEW, "".join(after[new_start:new_end]))


def _joined(spans: Iterator[Span]) -> Iterator[Span]:
    """Yield spans in which changes that only a space parts are one."""
    old = new = space = ""
    for span in spans:
        if span.part is Part.OLD:
            old, new, space = old + space + span.text, new + space, ""
        elif span.part is Part.NEW:
            new += span.text
        elif (old or new) and not span.text.strip() and not space:
            space = span.text
        else:
            yield from _change(old, new)
            yield Span(Part.SAME, space + span.text)
            old = new = space = ""
    yield from _change(old, new)
    if space:
        yield Span(Part.SAME, space)


def _change(old: str, new: str) -> Iterator[Span]:
    if old:
        yield Span(Part.OLD, old)
    if new:
        yield Span(Part.NEW, new)


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _whole(part: Part, text: str) -> Line:
    return Line(part, (Span(part, text),))
