"""Revisions of a bank as a witness: the lock in one of them, and the texts of the last build."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ankiexport.bank_settings import BANK_FILE
from ankiexport.errors import AnkiExportError
from ankiexport.history.git import GitError, NoRepositoryError, Repository, UnknownRevisionError
from ankiexport.lock.file import LOCK_FILE, parse_lock
from ankiexport.notes import NoteContent
from ankiexport.pipeline import check_bank, render_bank
from ankiexport.plan_report import Against, Baseline, Source


class RevisionError(AnkiExportError):
    """A revision does not tell what was shipped."""

    def __init__(self, revision: str, reason: str) -> None:
        """Name it and the reason."""
        super().__init__(f"the revision {revision} does not tell what was shipped: {reason}")


def baseline_of(root: Path, namespace: str, revision: str, *, jobs: int = 1) -> Baseline:
    """Return what learners have who got the build of a revision of the bank in a folder.

    That is what its lock says; without one, its bank is rendered and stamped as a first build.
    Raises `NoRepositoryError`, `UnknownRevisionError`, `RevisionError` and `GitError`.
    """
    repository = Repository(root)
    commit = repository.commit(revision)
    data = repository.read(commit, LOCK_FILE)
    if data is None:
        return _first_build(repository, revision, commit, jobs)
    lock, problems = parse_lock(data.decode(errors="replace"), LOCK_FILE, namespace)
    if lock is None:
        raise RevisionError(revision, f"its {LOCK_FILE} cannot be used ({problems[0].message})")
    return Baseline(Against.REVISION, revision, lock, commit=commit)


def texts_at(root: Path, revision: str = "HEAD", *, jobs: int = 1) -> Iterator[Source]:
    """Yield what fields were where the lock was last changed as seen from a revision, then in that itself."""
    try:
        repository = Repository(root)
        commit = repository.commit(revision)
        last = repository.last_change(commit, LOCK_FILE) or commit
    except NoRepositoryError:
        yield Source(why_not=f"{root.as_posix()} is not in a Git repository")
        return
    except (UnknownRevisionError, GitError):
        yield Source(why_not=f"{root.as_posix()} is not committed to Git")
        return
    for each in dict.fromkeys((last, commit)):
        yield _texts(repository, each, jobs)


def _texts(repository: Repository, commit: str, jobs: int) -> Source:
    why_not = f"the bank at {commit[:12]} is not that of the last build"
    try:
        if repository.read(commit, BANK_FILE) is None:
            return Source(why_not=why_not)
        with repository.checked_out(commit) as folder:
            return Source(_by_key(render_bank(folder, jobs=jobs)), why_not)
    except GitError as error:
        return Source(why_not=str(error))


def _first_build(repository: Repository, revision: str, commit: str, jobs: int) -> Baseline:
    if repository.read(commit, BANK_FILE) is None:
        raise RevisionError(revision, f"it has no {BANK_FILE} where the bank is now")
    with repository.checked_out(commit) as folder:
        checked = check_bank(folder, jobs=jobs)
        if checked.has_errors:
            problem = next(problem for problem in checked.diagnostics if problem.is_error)
            where = Path(problem.position.path).name
            raise RevisionError(
                revision, f"it has no {LOCK_FILE}, and its bank has errors ({where}: {problem.message})"
            )
        # Any time will do: when its notes were built is not known.
        lock = checked.stamped(0).lock
    detail = f"which has no {LOCK_FILE}: as it would be built today"
    texts = _by_key(checked.contents)
    return Baseline(Against.REVISION, revision, lock, detail, commit, times=False, texts=texts)


def _by_key(contents: Sequence[NoteContent]) -> dict[str, Sequence[str]]:
    return {content.key: content.fields for content in contents}
