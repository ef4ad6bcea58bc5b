"""What is shown of the thing under the pointer: a key's documentation, a tag, a level, a card."""

from dataclasses import dataclass
from pathlib import Path

from ankiexport.editing.card_preview import card_preview
from ankiexport.editing.locate import spot_at
from ankiexport.editing.markdown_spots import section_key
from ankiexport.editing.media_links import link_before, media_file
from ankiexport.editing.schema import documentation
from ankiexport.editing.source_text import Point, Range, SourceText
from ankiexport.editing.spots import FileKind, Kind, Spot, file_kind
from ankiexport.editing.state import BankState, Uses
from ankiexport.editing.targets import level_of, tag_of

# Texts that stand for their card; on others a preview would be in the way of reading.
_CARD_PATHS = {("questions", "id"), ("questions", "question"), ("questions", "facts", "id"),
               ("questions", "facts", "text")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown about what stands in a range."""

    markdown: str
    range: Range


def hover(state: BankState, path: Path, text: SourceText, point: Point) -> Hover | None:
    """Return what there is to say on what stands at a place of a file."""
    kind = file_kind(state.root, path)
    if kind is None:
        return None
    spot = spot_at(text, path, point)
    line = text.line(point.line)
    link = link_before(line, point.column)
    if link is not None and spot.kind in {Kind.TEXT, Kind.VALUE, Kind.BARE}:
        file = media_file(state, path, link.target)
        said = (
            f"![]({file.as_uri()})\n\n`{file.relative_to(state.root.resolve()).as_posix()}`" if file else ""
        )
        return Hover(said, Range.on(point.line, link.start, link.end)) if said else None
    said = _said(state, kind, path, spot)
    if not said:
        return None
    start, end = (0, len(line)) if spot.kind is Kind.TEXT else (spot.start, spot.end)
    return Hover(said, Range.on(point.line, start, end))


def _said(state: BankState, kind: FileKind, path: Path, spot: Spot) -> str:
    if spot.kind is Kind.NOTHING:
        return ""
    tag, level = tag_of(state, kind, spot), level_of(state, kind, spot)
    if tag is not None:
        return _tag(state, tag)
    if level is not None:
        return _level(state, level)
    if spot.kind in {Kind.KEY, Kind.HEADING}:
        key = section_key(spot.word) if spot.kind is Kind.HEADING else spot.word
        return documentation(kind, (*spot.path, key or ""))
    entry = state.entry_at(path, spot.line) if spot.path in _CARD_PATHS else None
    return card_preview(state, entry) if entry and kind is FileKind.QUESTIONS else ""


def _tag(state: BankState, tag: str) -> str:
    bank = state.bank
    entry = bank.vocabulary.get(tag) if bank else None
    uses = state.tag_uses.get(tag, Uses())
    parts = [f"**{tag}**"]
    if entry is not None:
        parts[0] += f" · {entry.name}"
        parts.append(entry.description)
        if entry.aliases:
            parts.append("Also: " + ", ".join(f"`{alias}`" for alias in entry.aliases))
    parts.append(f"*{uses}*")
    return "\n\n".join(part for part in parts if part)


def _level(state: BankState, key: str) -> str:
    level = state.bank.level(key) if state.bank else None
    if level is None:
        return ""
    parts = [f"**{level.name}** · deck *{level.deck}*", level.description,
             f"*{state.level_uses.get(key, Uses())}*"]  # fmt: skip
    return "\n\n".join(part for part in parts if part)
