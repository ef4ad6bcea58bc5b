"""Rehearse an upgrade: a learner of the old package imports the new one, in real Anki."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from ankiexport.errors import AnkiExportError
from ankiexport.formats.apkg_reader import NotAPackageError, PackageContents, read_package
from ankiexport.verify.fates import fates
from ankiexport.verify.measure import measure
from ankiexport.verify.options import ALL, DEFAULT, OptionSet
from ankiexport.verify.report import Rehearsal, Report
from ankiexport.verify.treatments import schedule

Progress = Callable[[str, int, int], None]


class AnkiMissingError(AnkiExportError):
    """Anki's engine is not installed."""

    def __init__(self) -> None:
        """Say how to install it."""
        super().__init__(
            "a rehearsal needs Anki's own engine, which is not installed. "
            "Install it with: pip install 'ankiexport[anki]'"
        )


@contextmanager
def anki_needed() -> Iterator[None]:
    """Turn an import of Anki that fails into an `AnkiMissingError`."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "anki":
            raise
        raise AnkiMissingError from error


def rehearse(
    old: Path, new: Path, *, options: Sequence[OptionSet] = ALL, progress: Progress | None = None
) -> Report:
    """Import a package, study it for weeks, import its successor, and report what that did.

    Each set of options starts from the same learner. The default options are always among them, because
    losses are judged by them. Raises `NotAPackageError`, also when Anki refuses the old package, and
    `AnkiMissingError`.
    """
    old_package, new_package = read_package(old), read_package(new)
    if not old_package.notes:
        raise NotAPackageError(old, "it holds no note")
    with anki_needed():
        # Anki is an extra, and slow to import.
        from ankiexport.verify import engine, learner

    sets = list(dict.fromkeys((DEFAULT, *options)))
    their_fates = fates(old_package, new_package)
    rehearsals = []
    with TemporaryDirectory(prefix="ankiexport-verify-") as scratch:
        home = Path(scratch) / "learner"
        with engine.opened(home) as collection:
            log = engine.import_package(collection, old, DEFAULT)
        if log.error:
            raise NotAPackageError(old, f"Anki refuses it ({log.error})")
        traces = learner.study(
            home, old_package, schedule(old_package, their_fates), _moment(old_package, new_package)
        )
        with engine.opened(home) as collection:
            before = engine.look(collection)
        for number, chosen in enumerate(sets):
            if progress:
                progress("rehearsing", number, len(sets))
            with engine.opened(_copy(home, Path(scratch) / chosen.name)) as collection:
                log = engine.import_package(collection, new, chosen)
                after = engine.look(collection)
                repairs = engine.repair(collection)
            figures = measure(
                before,
                after,
                old=old_package,
                new=new_package,
                fates=their_fates,
                traces=traces,
                personal_tags=frozenset(learner.PERSONAL_TAGS),
                log=log,
                repairs=repairs,
            )
            rehearsals.append(Rehearsal(chosen.name, figures, log.error))
    return Report(tuple(rehearsals))


def _moment(old: PackageContents, new: PackageContents) -> int:
    """Return when the learner does it all: after the old package was built, and before the new one.

    Anki updates a note only if the package's is newer than the learner's. A rehearsal comes after both builds,
    but what a learner can lose was done between them.
    """
    built = max(note.mod for note in old.notes)
    return min([built + 2, *(note.mod for note in new.notes if note.mod > built)]) - 1


def _copy(home: Path, to: Path) -> Path:
    return Path(copytree(home, to))
