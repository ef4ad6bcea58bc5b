"""What an edit of a question file changes: the texts of notes, or more than that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ankiexport.diagnostics import Diagnostic, in_order
from ankiexport.examination.examiner import Examined
from ankiexport.last_build import LastBuild
from ankiexport.lock.entries import content_digest
from ankiexport.notes import NoteContent
from ankiexport.quality.outline import Outline
from ankiexport.quality.rules import has_odd_length


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

    What is asked stays, and so do ids, cards, decks, media, and the order of study.
    """
    changed = []
    for edit in edits:
        if _asked(edit.before) != _asked(edit.after):
            raise MoreThanTexts
        if [_frame(content) for content in edit.before.contents] != [
            _frame(content) for content in edit.after.contents
        ]:
            raise MoreThanTexts
        pairs = zip(edit.before.contents, edit.after.contents, strict=True)
        changed += [(old, new) for old, new in pairs if content_digest(old) != content_digest(new)]
    return changed


def problems_after(last: LastBuild, edits: Sequence[FileEdit]) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the bank after some edits; raises `MoreThanTexts` when that cannot be told.

    What only the whole bank shows has to be what it was before.
    """
    paths = {edit.path.as_posix() for edit in edits}
    if any(where.path in paths for problem in last.of_all for where in (problem.position, *problem.related)):
        # The places may be others now.
        raise MoreThanTexts
    if last.alike and any(_answers(edit.before) != _answers(edit.after) for edit in edits):
        # What is allowed depends on whether the answers are the same.
        raise MoreThanTexts
    gone = {problem for edit in edits for problem in edit.before.diagnostics}
    stays = [problem for problem in last.checked.diagnostics if problem not in gone]
    return in_order(
        [*stays, *last.of_all, *(problem for edit in edits for problem in edit.after.diagnostics)]
    )


def lengths_after(last: LastBuild, edits: Sequence[FileEdit]) -> tuple[int, ...]:
    """Return the words of all answers after some edits; raises `MoreThanTexts` if one is odd, or was."""
    lengths = list(last.lengths)
    for edit in edits:
        for length in _lengths(edit.before):
            lengths.remove(length)
        lengths += _lengths(edit.after)
    # Not the same lengths in all: whose answer is odd matters, for it may be allowed.
    if all(_lengths(edit.before) == _lengths(edit.after) for edit in edits):
        return last.lengths
    if has_odd_length(last.lengths) or has_odd_length(lengths):
        raise MoreThanTexts
    return tuple(lengths)


def _asked(examined: Examined) -> list[Outline]:
    """Return what the rules over the whole bank see of a file, apart from answers."""
    return [_outline(outline) for outline in examined.outlines]


def _outline(outline: Outline) -> Outline:
    question = outline.question
    history = replace(question.history, revised=None, what_changed=None)
    asked = tuple(replace(each, answer="") for each in outline.asked)
    # What is taken out here is looked at elsewhere; whatever else comes into an outline is compared.
    return replace(outline, question=replace(question, history=history), asked=asked, answer_words=0)


def _frame(content: NoteContent) -> tuple[object, ...]:
    """Return what of a note must not change: all but its later fields and its tags."""
    # A retired note shows what is asked instead of it.
    text = content.text if content.replaces else ""
    return replace(content, fields=content.fields[:1], tags=(), text=text), len(content.fields)


def _answers(examined: Examined) -> list[str]:
    return [asked.answer for outline in examined.outlines for asked in outline.asked]


def _lengths(examined: Examined) -> list[int]:
    return [
        outline.answer_words
        for outline in examined.outlines
        if outline.question.answer and outline.question.note_type != "cloze" and not outline.is_given
    ]
