"""Which notes a package of one's own choice holds: those that a search finds."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ankiexport.bank_settings import is_slug, slugify
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.errors import NoTagBelowError, NothingFoundError, PackageNameError, UnknownDeckError
from ankiexport.notes import Note, NoteType, PackagePlan
from ankiexport.packages import package_of, plan_packages
from ankiexport.question import Bank, Question
from ankiexport.search import NoteFacts, facts_of, parse
from ankiexport.search.hints import hints
from ankiexport.search.writing import both, search_for, with_current_tags

# How Anki writes the search that finds all there is.
EVERYTHING = "deck:*"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a build is asked for instead of all packages.

    `search` finds the notes of a package called `name`; `decks` are named searches of the bank. `split_by` makes
    a package for each tag right below it, of all notes or of those found.
    """

    search: str | None = None
    name: str = ""
    decks: tuple[str, ...] = ()
    split_by: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """A package to be made: its name, which ends its file name, its title, and what it holds."""

    name: str
    title: str
    query: str


def selected_packages(
    bank: Bank, notes: Sequence[Note], note_types: Sequence[NoteType], choice: Choice
) -> list[PackagePlan]:
    """Return the packages that were asked for.

    Raises `UnknownDeckError`, `PackageNameError`, `NothingFoundError`, `NoTagBelowError`, `SearchError`.
    """
    facts = facts_of(notes, note_types)
    standard = {plan.file_name for plan in plan_packages(bank, notes, note_types)}
    plans = []
    selections = selections_of(bank, facts, choice)
    if not selections:
        tags = {tag for note in facts for tag in note.tags}
        raise NoTagBelowError(choice.split_by, sorted({tag.split("::")[0] for tag in tags if "::" in tag}))
    for selection in selections:
        file_name = f"{bank.file_name}-{selection.name}.apkg"
        if not is_slug(selection.name) or file_name in standard:
            raise PackageNameError(selection.name, slugify(selection.name), is_taken=file_name in standard)
        found = _found(notes, facts, selection.query)
        if not found:
            raise NothingFoundError(selection.query, hints(selection.query, facts))
        plans.append(package_of(bank, file_name, selection.title, found, note_types, search=selection.query))
    return plans


def chosen_notes(
    bank: Bank, notes: Sequence[Note], note_types: Sequence[NoteType], choice: Choice
) -> list[Note]:
    """Return the notes that any search of a choice finds, in their order.

    Raises `UnknownDeckError`, `NothingFoundError`, `SearchError`.
    """
    facts = facts_of(notes, note_types)
    queries = [selection.query for selection in selections_of(bank, facts, choice)]
    searches = [parse(query) for query in queries]
    found = [
        note
        for note, fact in zip(notes, facts, strict=True)
        if any(search.matches(fact) for search in searches)
    ]
    if not found:
        raise NothingFoundError(
            " or ".join(queries), [hint for query in queries for hint in hints(query, facts)]
        )
    return found


def selections_of(bank: Bank, facts: Iterable[NoteFacts], choice: Choice) -> list[Selection]:
    """Return the searches that a choice comes to, with the bank's present tags in them.

    Raises `UnknownDeckError`, `SearchError`.
    """
    queries = {choice.name: choice.search} if choice.search is not None else {}
    for name in choice.decks:
        named = bank.named_search(name)
        if named is None:
            raise UnknownDeckError(name, tuple(search.name for search in bank.decks))
        queries[name] = named.query.value
    if not choice.split_by:
        return [_selection(bank, name, query) for name, query in queries.items()]
    bases = [_selection(bank, name, query) for name, query in queries.items()] or [
        Selection("", "", EVERYTHING)
    ]
    return [selection for base in bases for selection in _split(base, facts, choice.split_by)]


def empty_searches(bank: Bank, facts: Sequence[NoteFacts]) -> Iterator[Diagnostic]:
    """Warn of named searches that find nothing."""
    for named in bank.decks:
        query = with_current_tags(named.query.value, bank.aliases())
        if not any(map(parse(query).matches, facts)):
            message = f'the search "{named.name}" finds nothing'
            yield Diagnostic(named.query.position, "empty-search", message, next(hints(query, facts), ""))


def found_notes(notes: Sequence[Note], note_types: Sequence[NoteType], query: str) -> list[Note]:
    """Return the notes that a search finds, in their order. Raises `SearchError`."""
    return _found(notes, facts_of(notes, note_types), query)


def concerning(
    problems: Iterable[Diagnostic], questions: Iterable[Question], notes: Iterable[Note]
) -> list[Diagnostic]:
    """Return the errors among problems, and the warnings that point into questions of these notes."""
    keys = {note.content.key for note in notes}
    starts: dict[str, list[tuple[int, bool]]] = {}
    for question in questions:
        is_found = question.id in keys or any(fact.id in keys for fact in question.facts)
        where = question.position
        starts.setdefault(where.path, []).append((where.line, is_found))
    for places in starts.values():
        places.sort()

    def is_meant(where: Position) -> bool:
        places = starts.get(where.path, [])
        before = bisect_right(places, (where.line, True))
        return before > 0 and places[before - 1][1]

    return [
        problem
        for problem in problems
        if problem.is_error or any(map(is_meant, (problem.position, *problem.related)))
    ]


def tags_below(prefix: str, facts: Iterable[NoteFacts]) -> list[str]:
    """Return the tags right below a prefix that notes bear, or that are above tags that they bear."""
    start = f"{prefix.removesuffix('::')}::"
    found: dict[str, str] = {}
    for note in facts:
        for tag in note.tags:
            if tag.casefold().startswith(start.casefold()):
                below = tag[: len(start)] + tag[len(start) :].split("::")[0]
                found.setdefault(below.casefold(), below)
    return sorted(found.values())


def _found(notes: Sequence[Note], facts: Sequence[NoteFacts], query: str) -> list[Note]:
    search = parse(query)
    return [note for note, fact in zip(notes, facts, strict=True) if search.matches(fact)]


def _selection(bank: Bank, name: str, query: str) -> Selection:
    current = with_current_tags(query, bank.aliases()).strip()
    return Selection(name, name, current or EVERYTHING)


def _split(base: Selection, facts: Iterable[NoteFacts], prefix: str) -> Iterator[Selection]:
    search = parse(base.query)
    tags = tags_below(prefix, filter(search.matches, facts))
    names = _names(tags)
    for tag in tags:
        name = "-".join(part for part in (base.name, names[tag]) if part)
        yield Selection(name, tag, _narrowed(base.query, search_for("tag", tag)))


def _narrowed(query: str, more: str) -> str:
    return more if query == EVERYTHING else both(query, more)


def _names(tags: Sequence[str]) -> dict[str, str]:
    """Return a slug for each tag; those that share one get a part of a hash."""
    slugs = {tag: slugify(tag) for tag in tags}
    shared = {slug for slug in slugs.values() if not slug or list(slugs.values()).count(slug) > 1}
    return {
        tag: f"{slug}-{sha256(tag.encode()).hexdigest()[:6]}".strip("-") if slug in shared else slug
        for tag, slug in slugs.items()
    }
