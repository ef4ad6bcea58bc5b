"""Where a thing is declared, and where it is used."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ankiexport.diagnostics import Position
from ankiexport.editing.locate import spot_at
from ankiexport.editing.media_links import link_before, links_in, media_file
from ankiexport.editing.problems import at_point
from ankiexport.editing.source_text import Point, Range, SourceText
from ankiexport.editing.spots import Kind, Spot, file_kind
from ankiexport.editing.state import BankState
from ankiexport.editing.targets import id_of, level_of, level_of_tag, tag_of
from ankiexport.media import MediaLibrary
from ankiexport.question import Question
from ankiexport.resources import template_folders

ReadText = Callable[[Path], SourceText | None]

_LEVEL_LINE = re.compile(r"level[ \t]*:[ \t]*[\"']?")


def definitions(state: BankState, path: Path, text: SourceText, point: Point) -> list[Position]:
    """Return where the thing at a place is declared; of a duplicate, the other place."""
    kind = file_kind(state.root, path)
    if kind is None:
        return []
    others = at_point(state.diagnostics, path.as_posix(), text, Range(point, point))
    related = [place for one in others for place in one.related]
    if related:
        return list(dict.fromkeys(related))
    spot = spot_at(text, path, point)
    file = _file_at(state, path, text, point, spot)
    if file is not None:
        return [Position(file.as_posix())]
    if spot.path[-1:] == ("note_type",):
        folders = [folder / spot.word / "note_type.yaml" for folder in template_folders(state.root)]
        return [Position(found.as_posix()) for found in folders if spot.word and found.is_file()][:1]
    declared = _declared(state, tag_of(state, kind, spot), level_of(state, kind, spot))
    if declared is not None:
        return [declared]
    entry = state.by_key.get(id_of(kind, spot) or "")
    return [entry.position] if entry else []


def references(
    state: BankState, path: Path, text: SourceText, point: Point, read: ReadText, *, with_declaration: bool
) -> list[Position]:
    """Return where the thing at a place is used, in order of study; `read` gives the text of a file."""
    kind = file_kind(state.root, path)
    if kind is None:
        return []
    spot = spot_at(text, path, point)
    file = _file_at(state, path, text, point, spot)
    tag, level, key = tag_of(state, kind, spot), level_of(state, kind, spot), id_of(kind, spot)
    found: list[Position] = []
    if file is not None:
        found = list(_media_uses(state, file))
    elif tag is not None and level_of_tag(state, tag) is None:
        found = list(_tag_uses(state, tag))
    elif level is not None or tag is not None:
        found = list(_level_uses(state, level or level_of_tag(state, tag or "") or "", read))
    elif key is not None:
        found = list(_id_uses(state, key))
    own = state.by_key.get(key or "")
    declared = _declared(state, tag, level) or (own.position if own else None)
    if with_declaration and declared is not None:
        found.insert(0, declared)
    return list(dict.fromkeys(found))


def _file_at(state: BankState, path: Path, text: SourceText, point: Point, spot: Spot) -> Path | None:
    link = link_before(text.line(point.line), point.column)
    if link is None or spot.kind not in {Kind.TEXT, Kind.VALUE, Kind.BARE}:
        return None
    return media_file(state, path, link.target)


def _declared(state: BankState, tag: str | None, level: str | None) -> Position | None:
    bank = state.bank
    if bank is None:
        return None
    key = level or level_of_tag(state, tag or "")
    if key is not None:
        return bank.level(key).position
    entry = bank.vocabulary.get(tag or "")
    return entry.position if entry else None


def questions_of(state: BankState) -> Iterator[Question]:
    """Yield the questions of a bank, each once, in order of study."""
    return (entry.question for entry in state.reading.entries if not entry.is_fact)


def _tag_uses(state: BankState, tag: str) -> Iterator[Position]:
    for question in questions_of(state):
        for text in (*question.tags, *(one for fact in question.facts for one in fact.tags)):
            if state.vocabulary.resolve(text.value.strip()) == tag:
                yield text.position


def _level_uses(state: BankState, key: str, read: ReadText) -> Iterator[Position]:
    for path, entries in state.by_file.items():
        if entries[0].level != key:
            continue
        text = read(Path(path))
        for number, line in enumerate(text.lines if text else ()):
            found = _LEVEL_LINE.match(line)
            if found:
                yield Position(path, number + 1, found.end() + 1)
                break


def _id_uses(state: BankState, key: str) -> Iterator[Position]:
    for question in questions_of(state):
        for history in (question.history, *(fact.history for fact in question.facts)):
            for text in (*history.previous_ids, *history.replaces):
                if text.value.strip() == key:
                    yield text.position


def _media_uses(state: BankState, file: Path) -> Iterator[Position]:
    keeps = state.bank is not None and state.bank.keeps_media_names
    library = MediaLibrary(state.root, keeps_names=keeps)
    for question in questions_of(state):
        for text in (*question.texts, *(fact.text for fact in question.facts)):
            offset = 0
            for line in text.value.split("\n"):
                for link in links_in(line):
                    found, _problem = library.find(link.target, Position(question.position.path))
                    if found is not None and found.path == file:
                        yield text.at(offset + link.start)
                offset += len(line) + 1
