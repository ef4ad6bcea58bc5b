"""Rules over the whole bank, one function a rule, all of them in `RULES`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ankiexport.bank_settings import is_slug
from ankiexport.diagnostics import Diagnostic, Position, did_you_mean, nearest
from ankiexport.note_types import LoadedNoteType
from ankiexport.quality import CODES as QUALITY_CODES
from ankiexport.question import FACT_NOTE_TYPE, History, LoadedBank, Question, Text
from ankiexport.tags import Vocabulary, is_reserved, tag_problem


class Subject(NamedTuple):
    """What the rules look at: the bank, and the note types that its questions ask for."""

    loaded: LoadedBank
    note_types: Mapping[str, LoadedNoteType]
    known_note_types: tuple[str, ...]
    vocabulary: Vocabulary


Rule = Callable[[Subject], Iterator[Diagnostic]]
BankRule = Callable[[LoadedBank], Iterator[Diagnostic]]


def unique_ids(loaded: LoadedBank) -> Iterator[Diagnostic]:
    """Report an id that is given twice, with both places; facts share the ids of questions."""
    first: dict[str, Position] = {}
    for identifier, where in _ids(loaded):
        if not identifier:
            continue
        known = first.setdefault(identifier, where)
        if known is not where:
            message = f'the id "{identifier}" is taken'
            advice = "give the newer one an id of its own; the one that learners already have keeps it"
            yield Diagnostic(where, "duplicate-id", message, advice, (known,))


def past_ids(loaded: LoadedBank) -> Iterator[Diagnostic]:
    """Report an earlier or a replaced id that a question or fact of the bank has, or that two claim."""
    histories = [found for found in _histories(loaded) if found.previous_ids or found.replaces]
    if not histories:
        return
    current = {identifier: where for identifier, where in _ids(loaded) if identifier}
    claimed: dict[str, Position] = {}
    for history in histories:
        for text in history.previous_ids:
            word = text.value.strip()
            taken = current.get(word) or claimed.get(word)
            claimed.setdefault(word, text.position)
            if taken is not None:
                message = f'the earlier id "{word}" is taken'
                advice = "two notes cannot continue one: keep it where learners' progress belongs"
                yield Diagnostic(text.position, "duplicate-id", message, advice, (taken,))
        for text in history.replaces:
            where = current.get(text.value.strip())
            if where is not None:
                message = f'"{text.value.strip()}" is still in the bank, so it cannot be replaced'
                advice = "remove the one that is replaced, or this line"
                yield Diagnostic(text.position, "duplicate-id", message, advice, (where,))


def required_texts(subject: Subject) -> Iterator[Diagnostic]:
    """Report a text that the question's note type requires and that is missing or empty."""
    for question in subject.loaded.questions:
        note_type = subject.note_types.get(question.note_type)
        for key in note_type.requires if note_type else ():
            value = question.hints if key == "hint" else getattr(question, key)
            text = value[0] if isinstance(value, tuple) and value else value
            if key == "question" or question.fields or (isinstance(text, Text) and text.value.strip()):
                continue
            where = text.position if isinstance(text, Text) else question.position
            message = f'the question "{question.id}" has no {key.replace("_", " ")}'
            yield Diagnostic(where, "empty-text", message, f'write it below the key "{key}"')


def given_fields(subject: Subject) -> Iterator[Diagnostic]:
    """Report fields that are given to a note type that composes them, that it does not have, or that are missing."""
    for question in subject.loaded.questions:
        note_type = subject.note_types.get(question.note_type)
        if note_type is None:
            continue
        if not note_type.is_given and (question.fields or question.cards):
            message = f'the note type "{question.note_type}" composes its fields and cards by itself'
            advice = 'write question: and answer:, or take a note type with "given: true"'
            yield Diagnostic(question.position, "given-fields", message, advice)
        elif note_type.is_given and not question.fields:
            message = f'the note type "{question.note_type}" needs its fields given'
            advice = f'write below "fields:": {", ".join(note_type.note_type.field_names)}'
            yield Diagnostic(question.position, "given-fields", message, advice)
        elif note_type.is_given:
            yield from _cards_there_are(question, note_type)
            names = note_type.note_type.field_names
            for given in question.fields:
                if given.name.value not in names:
                    message = f'the note type "{question.note_type}" has no field "{given.name.value}"'
                    yield Diagnostic(
                        given.name.position, "unknown-key", message, did_you_mean(given.name.value, names)
                    )


def _cards_there_are(question: Question, loaded: LoadedNoteType) -> Iterator[Diagnostic]:
    templates = len(loaded.note_type.templates)
    last = max(question.cards, default=-1)
    if not loaded.note_type.cloze and last >= templates:
        message = f'"{question.id}" has a card {last + 1}, its note type {templates} card templates'
        yield Diagnostic(question.position, "bad-value", message, "take the number out of cards:")


def known_note_types(subject: Subject) -> Iterator[Diagnostic]:
    """Report a note type for which there are no card templates."""
    for question in subject.loaded.questions:
        if question.note_type not in subject.known_note_types:
            message = f'there is no note type "{question.note_type}"'
            advice = did_you_mean(question.note_type, subject.known_note_types)
            yield Diagnostic(question.note_type_position, "unknown-note-type", message, advice)


def known_tags(subject: Subject) -> Iterator[Diagnostic]:
    """Report tags that Anki would change, that the vocabulary lacks, or that are aliases."""
    vocabulary = subject.vocabulary
    seen: set[tuple[Position, bool]] = set()
    for tag, is_given in _tags(subject.loaded):
        # Tags of a file's head reach every question; one report is enough.
        if (tag.position, is_given) in seen:
            continue
        seen.add((tag.position, is_given))
        word = tag.value.strip()
        problem = tag_problem(word)
        canonical = vocabulary.resolve(word)
        # Given fields may stand for what a build of another bank has said.
        if is_reserved(word) and not is_given:
            message = f'the tag "{word}" is one that builds give'
            advice = "write revised: YYYY-MM for an edit; a removed question gets the tag retired by itself"
            yield Diagnostic(tag.position, "reserved-tag", message, advice)
        elif problem:
            yield Diagnostic(tag.position, "bad-tag", problem, "join words with hyphens, levels with ::")
        elif canonical is None:
            match = nearest(word, vocabulary.known.values())
            meant = f'did you mean "{match}"? If not, ' if match else ""
            advice = f"{meant}declare it in bank.yaml below tags:"
            yield Diagnostic(
                tag.position, "unknown-tag", f'the tag "{word}" is not in the vocabulary', advice
            )
        elif canonical != word:
            message = f'"{word}" stands for the tag "{canonical}"'
            advice = f'write "{canonical}", or run: ankiexport check --fix'
            yield Diagnostic(tag.position, "alias-tag", message, advice)


def levels_in_use(loaded: LoadedBank) -> Iterator[Diagnostic]:
    """Warn of levels without questions."""
    levels = loaded.bank.levels
    used = {question.level for question in loaded.questions}
    if not used <= {level.key for level in levels}:
        # A misspelt level is reported already; the level that was meant only seems empty.
        return
    for level in levels if used else ():
        if level.key not in used and is_slug(level.key):
            message = f'the level "{level.key}" has no questions'
            yield Diagnostic(level.position, "empty-level", message, "write some, or remove the level")


def known_allowances(subject: Subject) -> Iterator[Diagnostic]:
    """Report an entry of `allow` that is not the code of a matter of taste."""
    for text in (text for question in subject.loaded.questions for text in question.allow):
        yield from _known_allowance(text)


def known_bank_allowances(loaded: LoadedBank) -> Iterator[Diagnostic]:
    """Report an entry of the bank's own `allow` that is not the code of a matter of taste."""
    for text in loaded.bank.allow:
        yield from _known_allowance(text)


def _known_allowance(text: Text) -> Iterator[Diagnostic]:
    if text.value.strip() not in QUALITY_CODES:
        message = f'"{text.value.strip()}" is no code that can be allowed'
        yield Diagnostic(text.position, "bad-value", message, did_you_mean(text.value.strip(), QUALITY_CODES))


# The first look at each question by itself, so that a bank may come in pieces; the others at the whole of it.
RULES: tuple[Rule, ...] = (required_texts, given_fields, known_note_types, known_tags, known_allowances)
# Of a new one here, `rebuilding/edits.py` has to know when an edit can change what it finds.
BANK_RULES: tuple[BankRule, ...] = (unique_ids, past_ids, known_bank_allowances, levels_in_use)


def check(subject: Subject) -> list[Diagnostic]:
    """Return what is found in each question by itself, in the order of the rules."""
    return [problem for rule in RULES for problem in rule(subject)]


def check_whole(loaded: LoadedBank) -> list[Diagnostic]:
    """Return what is found only in sight of the whole bank, in the order of the rules."""
    return [problem for rule in BANK_RULES for problem in rule(loaded)]


def note_types_in_use(loaded: LoadedBank, also: Iterable[str] = ()) -> list[str]:
    """Return the keys of the note types that the questions and facts of a bank ask for, and others."""
    keys = {*also}
    for question in loaded.questions:
        keys.add(question.note_type)
        if question.facts:
            keys.add(FACT_NOTE_TYPE)
    return sorted(keys)


def _ids(loaded: LoadedBank) -> Iterator[tuple[str, Position]]:
    for question in loaded.questions:
        yield question.id, question.position
        for fact in question.facts:
            yield fact.id, fact.position


def _histories(loaded: LoadedBank) -> Iterator[History]:
    for question in loaded.questions:
        yield question.history
        yield from (fact.history for fact in question.facts)


def _tags(loaded: LoadedBank) -> Iterator[tuple[Text, bool]]:
    """Yield the tags of all questions, with whether their question's fields are given, and those of facts."""
    for question in loaded.questions:
        yield from ((tag, bool(question.fields)) for tag in question.tags)
        yield from ((tag, False) for fact in question.facts for tag in fact.tags)
