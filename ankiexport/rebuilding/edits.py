"""What an edit of a question file changes: the texts of notes, or more than that."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ankiexport.diagnostics import Diagnostic, in_order
from ankiexport.examination.examiner import Examined
from ankiexport.last_build import LastBuild
from ankiexport.lock.entries import content_digest
from ankiexport.notes import NoteContent
from ankiexport.quality.duplicates import is_near_to_none
from ankiexport.quality.outline import Asked, Outline
from ankiexport.quality.rules import has_odd_length
from ankiexport.question import Text


class MoreThanTexts(Exception):  # noqa: N818 - it is no error: the whole bank is built
    """More has changed than a build from the last one can follow."""


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What became of a question file before an edit, and after it; `digest` is that of its bytes now."""

    path: Path
    digest: bytes
    before: Examined
    after: Examined


# A note's content before and after an edit.
Changed = tuple[NoteContent, NoteContent]


def changed_contents(edits: Iterable[FileEdit]) -> list[Changed]:
    """Return the notes with other texts; raises `MoreThanTexts` when anything else has changed.

    Ids, cards, decks, media, and the order of study stay.
    """
    changed = []
    for edit in edits:
        if _asked(edit.before) != _asked(edit.after):
            raise MoreThanTexts
        if [_frame(content) for content in edit.before.contents] != [
            _frame(content) for content in edit.after.contents
        ]:
            raise MoreThanTexts
        pairs = list(zip(edit.before.contents, edit.after.contents, strict=True))
        if any(new.replaces and old.text != new.text for old, new in pairs):
            # Retired notes say what is asked instead.
            raise MoreThanTexts
        changed += [(old, new) for old, new in pairs if content_digest(old) != content_digest(new)]
    return changed


def lines_after(find: Callable[[], str | None], edits: Iterable[FileEdit]) -> str | None:
    """Return the words of all that is asked after some edits, None if they are as they were.

    `find` gives those before. Raises `MoreThanTexts` when what is asked anew may be near to anything else, or was.
    """
    reworded = [pair for edit in edits for pair in _reworded(edit)]
    lines = find() if reworded else None
    for old, new in reworded:
        mark = f"\n {old} \n"
        at = lines.find(mark) if lines is not None else -1
        if lines is None or at < 0 or lines.find(mark, at + 1) >= 0:
            raise MoreThanTexts
        before, after = lines[: at + 1], lines[at + len(mark) :]
        if not (is_near_to_none(old, before, after) and is_near_to_none(new, before, after)):
            raise MoreThanTexts
        lines = f"{before} {new} \n{after}"
    return lines


def _reworded(edit: FileEdit) -> Iterator[tuple[str, str]]:
    for before, after in zip(edit.before.outlines, edit.after.outlines, strict=True):
        for old, new in zip(before.asked, after.asked, strict=True):
            if old.words != new.words and not before.is_given:
                yield old.words, new.words


def problems_after(last: LastBuild, edits: Sequence[FileEdit]) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the bank after some edits; raises `MoreThanTexts` when that cannot be told.

    What only the whole bank shows has to be what it was before.
    """
    paths = {edit.path.as_posix() for edit in edits}
    if any(where.path in paths for problem in last.of_all for where in (problem.position, *problem.related)):
        # The places may be others now.
        raise MoreThanTexts
    if last.alike and any(_all_asked(edit.before) != _all_asked(edit.after) for edit in edits):
        # What is told depends on which questions are near to each other, and on whether their answers are the same.
        raise MoreThanTexts
    gone = {problem for edit in edits for problem in edit.before.diagnostics}
    stays = [problem for problem in last.checked.diagnostics if problem not in gone]
    return in_order(
        [*stays, *last.of_all, *(problem for edit in edits for problem in edit.after.diagnostics)]
    )


def lengths_after(last: LastBuild, edits: Sequence[FileEdit]) -> tuple[int, ...]:
    """Return the words of all answers after some edits; raises `MoreThanTexts` if one is odd, or was."""
    # Not only the same ones: a question may allow an odd answer, which another one has now.
    others = [edit for edit in edits if _lengths(edit.before) != _lengths(edit.after)]
    if not others:
        return last.lengths
    lengths = list(last.lengths)
    for edit in others:
        for length in _lengths(edit.before):
            lengths.remove(length)
        lengths += _lengths(edit.after)
    if has_odd_length(last.lengths) or has_odd_length(lengths):
        raise MoreThanTexts
    return tuple(lengths)


def _asked(examined: Examined) -> list[Outline]:
    """Return what the rules over the whole bank see of a file, apart from words."""
    return [_outline(outline) for outline in examined.outlines]


def _outline(outline: Outline) -> Outline:
    question = outline.question
    history = replace(question.history, revised=None, what_changed=None)
    facts = tuple(replace(fact, text=_without_words(fact.text)) for fact in question.facts)
    shown = replace(question, history=history, question=_without_words(question.question), facts=facts)
    asked = tuple(replace(each, words="", answer="") for each in outline.asked)
    # What is taken out here is looked at elsewhere; whatever else comes into an outline is compared.
    return replace(outline, question=shown, asked=asked, answer_words=0)


def _without_words(text: Text) -> Text:
    return Text("", text.place)


def _frame(content: NoteContent) -> tuple[object, ...]:
    """Return what of a note must not change: all but its fields and its tags."""
    return replace(content, fields=(), tags=(), text=""), len(content.fields)


def _all_asked(examined: Examined) -> list[Asked]:
    return [asked for outline in examined.outlines for asked in outline.asked]


def _lengths(examined: Examined) -> list[int]:
    return [
        outline.answer_words
        for outline in examined.outlines
        if outline.question.answer and outline.question.note_type != "cloze" and not outline.is_given
    ]
