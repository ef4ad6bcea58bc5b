"""From a bank and a revision of it to pictures of the cards that differ."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ankiexport.bank import find_bank
from ankiexport.bank_settings import BANK_FILE
from ankiexport.checked_bank import CheckedBank
from ankiexport.diagnostics import Diagnostic, has_errors
from ankiexport.files import replace_files
from ankiexport.history.git import Repository
from ankiexport.history.revisions import RevisionError
from ankiexport.picturing.changes import CardChange, State, changed_cards
from ankiexport.picturing.contact_sheet import album, write_sheet
from ankiexport.pipeline import check_bank
from ankiexport.writing import Progress

# So many pictures are looked at, and made in a minute or so.
MOST_PICTURES = 40


@dataclass(frozen=True, slots=True)
class Pictures:
    """The cards that differ from a revision, and the pictures that were made of the first of them.

    There are no cards when the diagnostics hold an error. `revision` is what readers call it, `files` are paths.
    """

    diagnostics: tuple[Diagnostic, ...]
    revision: str
    cards: tuple[CardChange, ...] = ()
    files: tuple[Path, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether the bank could not be rendered."""
        return has_errors(self.diagnostics)


def picture_changes(
    path: Path,
    revision: str,
    out: Path | None,
    *,
    most: int = MOST_PICTURES,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Pictures:
    """Return the cards of a bank that differ from a revision; with `out`, photograph them into that folder.

    A revision that has no bank is an empty one. Raises `BankNotFoundError`, `NoBrowserError`, `OutputError`, and the errors of
    `ankiexport.history.git` and `RevisionError`.
    """
    root = find_bank(path)
    checked = check_bank(root, jobs=jobs, progress=progress)
    if checked.has_errors:
        return Pictures(checked.diagnostics, revision)
    repository = Repository(root)
    commit = repository.commit(revision)
    # A whole hash says no more to a reader than its beginning.
    name = commit[:12] if revision == commit else revision
    before = State({})
    with ExitStack() as stack:
        if repository.read(commit, BANK_FILE) is not None:
            # Its pictures are needed until all cards are photographed.
            folder = stack.enter_context(repository.checked_out(commit))
            old = check_bank(folder, jobs=jobs, progress=progress)
            if old.has_errors:
                problem = next(problem for problem in old.diagnostics if problem.is_error)
                where = Path(problem.position.path).name
                raise RevisionError(revision, f"its bank has errors ({where}: {problem.message})")
            before = _state(old)
        cards = changed_cards(before, _state(checked))
        files = _photographed(cards[:most], name, out) if out and cards else ()
    return Pictures(checked.diagnostics, name, tuple(cards), files)


def _state(checked: CheckedBank) -> State:
    # The time of a build is not among what cards show.
    stamped = checked.stamped(0)
    return State.of(stamped.notes, stamped.note_types)


def _photographed(cards: Sequence[CardChange], revision: str, out: Path) -> tuple[Path, ...]:
    # Without pictures, selenium need not be there.
    from ankiexport.picturing.camera import photograph

    with TemporaryDirectory(prefix="ankiexport-pictures-") as scratch:
        sheet = write_sheet(Path(scratch), cards, revision)
        pictures = photograph(sheet, [card.file_name for card in cards])
    files: dict[Path, str | bytes] = {out / name: data for name, data in pictures.items()}
    files[out / "index.html"] = album(cards, revision)
    replace_files(files)
    return tuple(files)
