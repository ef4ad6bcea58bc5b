"""Export: a bank, read, checked and stamped as for a build, handed to a format, its files put in place.

Nothing of it touches the lock. GUIDs are those that the lock knows, or those that a first build would give.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ankiexport.bank import load_bank
from ankiexport.checked_bank import CheckedBank
from ankiexport.diagnostics import Diagnostic, has_errors
from ankiexport.errors import AnkiExportError, UnknownLevelError
from ankiexport.files import replace_files, written
from ankiexport.formats.export_format import Exported, ExportFormat, Paper, Shipment
from ankiexport.formats.table import FORMATS, find_format
from ankiexport.lock.state import build_time
from ankiexport.packages import plan_selection
from ankiexport.pipeline import check_bank
from ankiexport.question import Fact, LoadedBank, Question
from ankiexport.selection import Choice, chosen_notes


class ForeignPathError(AnkiExportError):
    """A format has named a file that is not below the output folder."""

    def __init__(self, name: str) -> None:
        """Name the path."""
        super().__init__(f'the format names a file outside of the output folder: "{name}"')


class NotPrintedError(AnkiExportError):
    """Paper was chosen for a format that is not printed."""

    def __init__(self, name: str) -> None:
        """Name the format, and those that are printed."""
        printed = ", ".join(found.name for found in FORMATS if found.is_printed)
        super().__init__(f'--paper is for formats that are printed ({printed}), and "{name}" is none')


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export wrote, by paths below `out`; nothing when the diagnostics hold an error."""

    diagnostics: tuple[Diagnostic, ...]
    out: Path
    files: tuple[str, ...] = ()
    notes: int = 0

    @property
    def has_errors(self) -> bool:
        """Whether the bank could not be exported."""
        return has_errors(self.diagnostics)


def export_bank(
    path: Path,
    format_name: str,
    out: Path,
    *,
    levels: Collection[str] = (),
    choice: Choice | None = None,
    paper: Paper | None = None,
    jobs: int = 1,
) -> ExportResult:
    """Write a bank in another format into a folder, all of its files or none; the lock stays as it is.

    With `levels`, only the notes of these levels; with a `choice`, only those (of these) that its searches find.
    `paper` is for formats that are printed. Raises `BankNotFoundError`, `UnknownLevelError`, `UnknownFormatError`,
    `BadFormatError`, `NotPrintedError`, `OutputError`, `BuildTimeError`, `MissingExtraError`, and what `chosen_notes` raises.
    """
    chosen = find_format(format_name)
    if paper is not None and not chosen.is_printed:
        raise NotPrintedError(chosen.name)
    checked = check_bank(path, jobs=jobs)
    if checked.outline is None or checked.has_errors:
        return ExportResult(checked.diagnostics, out)
    shipment = replace(shipment_of(checked, levels, choice), paper=paper or Paper.A4)
    exported = exported_by(chosen, shipment)
    problems = (*checked.diagnostics, *exported.diagnostics)
    if has_errors(problems):
        return ExportResult(problems, out)
    replace_files({out / name: _data(out / name, content) for name, content in exported.files.items()})
    return ExportResult(problems, out, tuple(exported.files), len(shipment.plan.notes))


def shipment_of(checked: CheckedBank, levels: Collection[str] = (), choice: Choice | None = None) -> Shipment:
    """Return what a format is given of a bank without errors.

    Raises `UnknownLevelError`, `BuildTimeError`, and what `chosen_notes` raises.
    """
    if checked.outline is None:
        raise ValueError("the bank has errors")  # noqa: EM101, TRY003
    bank = checked.outline.bank
    for level in levels:
        if level not in bank.level_keys:
            raise UnknownLevelError(level, bank.level_keys)
    stamped = checked.stamped(build_time())
    notes = [note for note in stamped.notes if not levels or note.content.level in levels]
    if choice is not None:
        notes = chosen_notes(bank, notes, stamped.note_types, choice)
    plan = plan_selection(bank, notes, stamped.note_types)
    # What was checked holds the questions in outline only; formats are given all that their authors wrote.
    loaded, _problems = load_bank(bank.root)
    return Shipment(bank, plan, _sources(loaded) if loaded else {})


def exported_by(chosen: ExportFormat, shipment: Shipment) -> Exported:
    """Return what a format makes of a shipment; raises `ForeignPathError`."""
    exported = chosen.export(shipment)
    for name in exported.files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or not path.parts:
            raise ForeignPathError(name)
    return exported


def _sources(loaded: LoadedBank) -> dict[str, Question | Fact]:
    found: dict[str, Question | Fact] = {}
    for question in loaded.questions:
        found[question.id] = question
        found.update((fact.id, fact) for fact in question.facts)
    return found


def _data(target: Path, content: str | bytes | Path) -> str | bytes:
    if not isinstance(content, Path):
        return content
    with written(target):
        return content.read_bytes()
