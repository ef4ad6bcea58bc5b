"""The filter `cloze` and its kin: what is hidden on the front and shown on the back."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ankiexport.anki_text import Cloze, find_clozes
from ankiexport.card_rendering.occlusion import PREFIX, occlusion_html
from ankiexport.card_rendering.text import escaped_attribute, plain, without_tags

_MATH = re.compile(r"(\\[(\[])(.*?)(\\[\])])", re.DOTALL)
_NO_HINT = "..."


@dataclass(frozen=True, slots=True)
class _Shown:
    """A cloze with its content; its hint is None where it has none, which is not the same as an empty one."""

    numbers: tuple[int, ...]
    parts: tuple["str | _Shown", ...]
    hint: str | None

    @property
    def ordinals(self) -> str:
        return ",".join(map(str, self.numbers))

    @property
    def occlusion(self) -> str | None:
        first = self.parts[0]
        return first if isinstance(first, str) and first.startswith(PREFIX) else None

    @property
    def prompt(self) -> str:
        return _NO_HINT if self.hint is None else self.hint


def cloze_html(html: str, number: int, *, front: bool) -> str:
    """Return a field as the filter `cloze` shows it; empty when it does not hold the card's cloze.

    Tags inside formulas go, or MathJax would not read them.
    """
    parts = _parsed(html)
    if not _shows(parts, number):
        return ""
    shown = _html(parts, number, front=front)
    return _MATH.sub(lambda math: f"{math[1]}{without_tags(math[2])}{math[3]}", shown)


def cloze_only(html: str, number: int, *, front: bool) -> str:
    """Return only what the card's clozes hide, or on the front their hints, with commas between."""
    found = [cloze for cloze in _walk(_parsed(html)) if number in cloze.numbers]
    return ", ".join(cloze.prompt if front else _text(cloze.parts) for cloze in found)


def typed_cloze(html: str, number: int) -> str:
    """Return what is to be typed for the card's clozes: each of them, or once what all of them hide."""
    found = [_text(cloze.parts) for cloze in _walk(_parsed(html)) if number in cloze.numbers]
    return plain(found[0] if len(set(found)) == 1 else ", ".join(found))


def _html(parts: Iterable[str | _Shown], number: int, *, front: bool) -> str:
    return "".join(part if isinstance(part, str) else _cloze(part, number, front=front) for part in parts)


def _cloze(cloze: _Shown, number: int, *, front: bool) -> str:
    active = number in cloze.numbers
    if cloze.occlusion is not None:
        masked = (active and front) or 0 in cloze.numbers
        kind = "cloze" if masked else "cloze-highlight" if active else "cloze-inactive"
        return occlusion_html(cloze.occlusion, cloze.ordinals, kind)
    content = _html(cloze.parts, number, front=front)
    if active and front:
        attributes = f'data-cloze="{escaped_attribute(content)}" data-ordinal="{cloze.ordinals}"'
        return f'<span class="cloze" {attributes}>[{cloze.prompt}]</span>'
    kind = "cloze" if active else "cloze-inactive"
    return f'<span class="{kind}" data-ordinal="{cloze.ordinals}">{content}</span>'


def _shows(parts: Iterable[str | _Shown], number: int) -> bool:
    clozes = [part for part in parts if isinstance(part, _Shown)]
    # What stands inside a mask is not shown.
    return any(
        number in cloze.numbers or (cloze.occlusion is None and _shows(cloze.parts, number))
        for cloze in clozes
    )


def _text(parts: Iterable[str | _Shown]) -> str:
    return "".join(part if isinstance(part, str) else _text(part.parts) for part in parts)


def _walk(parts: Iterable[str | _Shown]) -> Iterator[_Shown]:
    for part in parts:
        if isinstance(part, _Shown):
            yield part
            yield from _walk(part.parts)


def _parsed(html: str) -> tuple[str | _Shown, ...]:
    """Return the texts and clozes of a field."""
    clozes = find_clozes(html)
    # Of a cloze that is never closed nothing is shown, its opening included.
    open_ones = (cloze.start for cloze in clozes if cloze.end is None and not cloze.too_deep)
    end = next(open_ones, len(html))
    pending = [cloze for cloze in reversed(clozes) if cloze.start < end]
    return tuple(_parts(html, pending, 0, end))


def _parts(html: str, pending: list[Cloze], at: int, end: int) -> Iterator[str | _Shown]:
    while pending and pending[-1].start < end:
        cloze = pending.pop()
        yield html[at : cloze.start]
        if cloze.end is None:
            # Too deep: Anki leaves the opening out.
            at = cloze.content
        else:
            yield _shown(cloze, list(_parts(html, pending, cloze.content, cloze.end)))
            at = cloze.end + len("}}")
    yield html[at:end]


def _shown(cloze: Cloze, parts: Iterable[str | _Shown]) -> _Shown:
    """Return a cloze, its hint taken out of its texts; of several hints the last one holds."""
    hint: str | None = None
    kept: list[str | _Shown] = []
    for part in parts:
        if isinstance(part, str) and not part.startswith(PREFIX):
            text, mark, found = part.partition("::")
            hint = found if mark else hint
            kept.append(text)
        else:
            kept.append(part)
    return _Shown(tuple(sorted(set(cloze.numbers))), tuple(kept), hint)
