"""What the pages are told, as data for JSON: the list, a card, problems with their source lines, a file."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.live_bank.contents import ShownEntry
from ankiexport.live_bank.entries import Entry
from ankiexport.preview.snapshot import Filter, Snapshot
from ankiexport.search import SearchError
from ankiexport.tags import in_vocabulary_order

Data = dict[str, object]

# More than this nobody reads, and a page with all of them would be slow.
MOST_PROBLEMS = 200
_LINES_AROUND = 2
_MOST_BYTES = 10_000_000


def status(snapshot: Snapshot) -> Data:
    """Return what stands above every page."""
    bank = snapshot.reading.bank
    errors = sum(1 for problem in snapshot.diagnostics if problem.is_error)
    return {
        "revision": snapshot.revision,
        "title": bank.title if bank else "",
        "language": bank.language if bank else "en",
        "total": len(snapshot.reading.entries),
        "errors": errors,
        "warnings": len(snapshot.diagnostics) - errors,
        "checking": not snapshot.is_checked,
        "preparing": not snapshot.is_rendered,
        "stale": sorted(snapshot.reading.stale),
    }


def listed(snapshot: Snapshot, wanted: Filter, offset: int = 0, limit: int | None = None) -> Data:
    """Return a part of the entries that are asked for, and how many there are by level and tag.

    What is wrong with the search is in `wrong`.
    """
    try:
        found = list(snapshot.found(wanted))
    except SearchError as error:
        nothing = listed(snapshot, replace(wanted, query=""), 0, 0)
        return {
            **nothing,
            "total": 0,
            "wrong": {
                "message": error.message,
                "advice": error.advice,
                "start": error.start,
                "end": error.end,
            },
        }
    last = None if limit is None else offset + limit
    return {
        "revision": snapshot.revision,
        "total": len(found),
        "offset": offset,
        "rows": [row(snapshot, handle, entry) for handle, entry in found[offset:last]],
        **_facets(snapshot, wanted, found),
    }


def handles(snapshot: Snapshot, wanted: Filter) -> list[str]:
    """Return the handles of all entries that are asked for; none when the search is wrong."""
    try:
        return [handle for handle, _ in snapshot.found(wanted)]
    except SearchError:
        return []


def row(snapshot: Snapshot, handle: str, entry: Entry) -> Data:
    """Return an entry as the list shows it."""
    problems = snapshot.problems.get(handle, ())
    errors = sum(1 for problem in problems if problem.is_error)
    return {
        "id": handle,
        "title": entry.title or entry.key,
        "level": entry.level,
        "fact": entry.is_fact,
        "tags": [tag for tag in entry.tags if not tag.startswith("level::")],
        "errors": errors,
        "warnings": len(problems) - errors,
    }


def card(snapshot: Snapshot, handle: str, shown: ShownEntry, wanted: Filter) -> Data:
    """Return a note with its cards, its problems, and its place among those that are asked for."""
    entry, note, bank = shown.entry, shown.note, snapshot.reading.bank
    found = handles(snapshot, wanted)
    index = found.index(handle) if handle in found else -1
    problems = sorted({*snapshot.problems.get(handle, ()), *_own(snapshot, handle, shown)})
    return {
        **row(snapshot, handle, entry),
        "revision": snapshot.revision,
        "key": entry.key,
        "levelName": bank.level(entry.level).name if bank else entry.level,
        "deck": entry.deck,
        "noteType": entry.note_type,
        "cards": [{"ord": ord_, "name": note.card_name(ord_)} for ord_ in note.ords] if note else [],
        "place": place(entry.position),
        "stale": entry.position.path in snapshot.reading.stale,
        "problems": described(snapshot, problems),
        "index": index,
        "total": len(found),
        "previous": found[index - 1] if index > 0 else None,
        "next": found[index + 1] if 0 <= index < len(found) - 1 else None,
    }


def problems(snapshot: Snapshot) -> Data:
    """Return the problems of the whole bank, errors first."""
    ordered = sorted(snapshot.diagnostics, key=lambda problem: (not problem.is_error, problem))
    return {
        "revision": snapshot.revision,
        "total": len(ordered),
        "problems": described(snapshot, ordered[:MOST_PROBLEMS]),
    }


def described(snapshot: Snapshot, diagnostics: Iterable[Diagnostic]) -> list[Data]:
    """Return problems with their source lines and the handles of the cards that they are about."""
    files: dict[str, list[str]] = {}
    result: list[Data] = []
    for problem in diagnostics:
        where = problem.position
        lines = files.setdefault(where.path, source_lines(Path(where.path)))
        result.append(
            {
                "severity": str(problem.severity),
                "code": problem.code,
                "message": problem.message,
                "advice": problem.advice,
                "place": place(where),
                "excerpt": _excerpt(lines, where),
                "column": where.column,
                "related": [place(other) for other in problem.related],
                "card": snapshot.owner(problem),
            }
        )
    return result


def place(where: Position) -> Data:
    """Return a position for a link into the source."""
    return {"path": where.path, "line": where.line, "column": where.column}


def source_lines(path: Path) -> list[str]:
    """Return the lines of a file; none when it cannot be read or nobody could read all of it."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return []
        return path.read_text(encoding="utf-8", errors="replace").lstrip("\ufeff").splitlines()
    except OSError:
        return []


def source_paths(snapshot: Snapshot) -> set[str]:
    """Return the files whose text may be shown: those of questions, and those that a problem is about."""
    return {
        *(entry.position.path for entry in snapshot.reading.entries),
        *(problem.position.path for problem in snapshot.diagnostics),
        *(other.path for problem in snapshot.diagnostics for other in problem.related),
    }


def _own(snapshot: Snapshot, handle: str, shown: ShownEntry) -> list[Diagnostic]:
    """Return the problems that rendering found; facts and their question are rendered together."""
    return [problem for problem in shown.diagnostics if snapshot.owner(problem) in {handle, ""}]


def _excerpt(lines: Sequence[str], where: Position) -> list[Data]:
    first = max(1, where.line - _LINES_AROUND)
    around = lines[first - 1 : where.line + _LINES_AROUND]
    return [{"line": number, "text": text[:400]} for number, text in enumerate(around, start=first)]


def _facets(snapshot: Snapshot, wanted: Filter, found: Sequence[tuple[str, Entry]]) -> Data:
    bank = snapshot.reading.bank
    if bank is None:
        return {"levels": [], "tags": [], "searches": []}
    # Each count is of what would be found if that level or tag were chosen instead.
    by_level = snapshot.found(replace(wanted, level="")) if wanted.level else found
    by_tag = snapshot.found(replace(wanted, tag="")) if wanted.tag else found
    levels = Counter(entry.level for _, entry in by_level)
    tags = Counter(tag for _, entry in by_tag for tag in entry.tags if not tag.startswith("level::"))
    return {
        "searches": [{"name": named.name, "query": named.query.value} for named in bank.decks],
        "levels": [
            {"key": level.key, "name": level.name, "count": levels[level.key]} for level in bank.levels
        ],
        "tags": [
            {
                "tag": tag,
                "name": bank.vocabulary[tag].name if tag in bank.vocabulary else tag,
                "count": tags[tag],
            }
            for tag in in_vocabulary_order(bank, {*tags, *([wanted.tag] if wanted.tag else [])})
        ],
    }
