"""Import: a source becomes a bank, which is checked, compared with the source, and put in place as a whole.

A bank of a collection gets a lock as if its last build had been the source: with the GUIDs, ids and times that
learners have, so that a later build updates their notes.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ankiexport import resources
from ankiexport.checked_bank import CheckedBank
from ankiexport.collector import collecting_paused
from ankiexport.diagnostics import Diagnostic, has_errors
from ankiexport.errors import FolderNotEmptyError
from ankiexport.files import written
from ankiexport.importing.bank_files import BankFiles, bank_files
from ankiexport.importing.given_notes import counts_of, lock_of, losses_of, prepared, prove
from ankiexport.importing.package import SourceCollection, UnreadablePackageError
from ankiexport.importing.question_files import QuestionFiles, question_files
from ankiexport.importing.question_proof import (
    advice_apart,
    at_their_sources,
    prove_questions,
    question_counts,
    unusable_texts,
)
from ankiexport.importing.questions import SourceQuestions
from ankiexport.importing.reading import Reading, SourceFormat, Wishes
from ankiexport.importing.sources import format_of
from ankiexport.lock.file import LOCK_FILE, to_bytes
from ankiexport.pipeline import check_bank
from ankiexport.starter import SCHEMA_FOLDER


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import wrote: the bank's folder, numbers of what is in it, and what could not be kept, in words.

    Nothing was written if the diagnostics hold an error.
    """

    out: Path
    counts: Mapping[str, int]
    losses: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    format: str = ""

    @property
    def has_errors(self) -> bool:
        """Whether there is no bank, because what the source holds cannot be built."""
        return has_errors(self.diagnostics)


def import_source(
    path: Path, out: Path, *, form: str = "", wishes: Wishes | None = None, jobs: int = 1
) -> ImportResult:
    """Make a bank of a source in a folder that is empty or not there, all of it or nothing.

    `form` is the name of its format, else that is told by what it holds. `jobs` is a number of processes for
    questions; 0 chooses. Raises `UnreadablePackageError`, `UnknownSourceError`, `NotTheSameError`, `FolderNotEmptyError`
    and `OutputError`.
    """
    chosen = format_of(path, form)
    with written(out):
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise FolderNotEmptyError(out)
    with written(out), _folder_above(out):
        return _imported(path, out, chosen, wishes or Wishes(), jobs)


def _imported(path: Path, out: Path, chosen: SourceFormat, wishes: Wishes, jobs: int) -> ImportResult:
    scratch_folder = tempfile.TemporaryDirectory(prefix=".ankiexport-import-", dir=out.parent)
    with scratch_folder as folder, collecting_paused():
        bank = Path(folder) / "bank"
        (bank / "media").mkdir(parents=True)
        reading = chosen.read(path, bank / "media", wishes)
        if has_errors(reading.diagnostics):
            return ImportResult(out, {}, diagnostics=reading.diagnostics, format=chosen.name)
        content, title = reading.content, _title(path)
        if isinstance(content, SourceCollection):
            result = _given(path, content, bank, title=title)
        else:
            result = _asked(path, content, bank, title=title, jobs=jobs)
        result = _finished(result, reading, bank, out, chosen.name)
        if not result.has_errors:
            if out.exists():
                out.rmdir()
            os.replace(bank, out)  # noqa: PTH105 - a folder, in one step
    return result


def _given(path: Path, content: SourceCollection, bank: Path, *, title: str) -> ImportResult:
    collection, losses = prepared(content)
    if not collection.notes:
        raise UnreadablePackageError(path, "it holds no note")
    files = bank_files(collection, title)
    # One process: fields that are given cost less than a second process does.
    checked = _checked(files, bank, 1, path)
    if not checked.has_errors:
        prove(checked, files)
        (bank / LOCK_FILE).write_bytes(to_bytes(lock_of(checked, files)))
    said = (*losses, *losses_of(collection))
    return ImportResult(bank, counts_of(collection), said, checked.diagnostics)


def _asked(path: Path, content: SourceQuestions, bank: Path, *, title: str, jobs: int) -> ImportResult:
    if not content.questions:
        raise UnreadablePackageError(path, "it holds no question")
    unusable = unusable_texts(content)
    if unusable:
        return ImportResult(bank, {}, diagnostics=unusable)
    files = question_files(content, title)
    checked = _checked(files, bank, jobs, path)
    if not checked.has_errors:
        prove_questions(checked, files)
    problems, losses = advice_apart(at_their_sources(checked, files))
    return ImportResult(bank, question_counts(checked), (*files.losses, *losses), problems)


def _checked(files: BankFiles | QuestionFiles, bank: Path, jobs: int, path: Path) -> CheckedBank:
    texts = dict(files.texts)
    for kind in ("bank", "questions"):
        texts[f"{SCHEMA_FOLDER}/{kind}.schema.json"] = resources.schema(kind).read_text(encoding="utf-8")
    for name, text in texts.items():
        target = bank / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    try:
        return check_bank(bank, jobs=jobs)
    except RecursionError as error:
        raise UnreadablePackageError(path, "one of its texts is nested without end") from error


def _finished(result: ImportResult, reading: Reading, bank: Path, out: Path, name: str) -> ImportResult:
    problems = (_moved(problem, bank, out) for problem in result.diagnostics)
    return ImportResult(
        out,
        {**result.counts, "media file": reading.media},
        (*reading.losses, *result.losses),
        (*reading.diagnostics, *problems),
        name,
    )


@contextmanager
def _folder_above(out: Path) -> Iterator[None]:
    """Make the folders above a bank, and take those away again that stay empty."""
    made = [folder for folder in out.parents if not folder.exists()]
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()


def _title(path: Path) -> str:
    stem = path.resolve().name if path.is_dir() else path.stem
    plain = "".join(char for char in stem if char.isprintable()).replace("::", " ").strip()
    return plain or "Imported deck"


def _moved(problem: Diagnostic, bank: Path, out: Path) -> Diagnostic:
    def there(path: str) -> str:
        return (out / Path(path).relative_to(bank)).as_posix() if Path(path).is_relative_to(bank) else path

    message = problem.message.replace(bank.as_posix(), out.as_posix())
    place = problem.position._replace(path=there(problem.position.path))
    return replace(problem, position=place, message=message)
