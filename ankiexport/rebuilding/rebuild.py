"""Builds and checks after an edit: find what the last build has left, and bring it up to date."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from ankiexport.bank_files import LOCK_FILE, PENDING_FILE
from ankiexport.bank_settings import read_settings
from ankiexport.cache.fingerprint import digest_of
from ankiexport.cache.runs import CHECK, Run, Seen, build_command, is_as_seen, is_as_written
from ankiexport.deflaters import deflater_for
from ankiexport.diagnostics import Diagnostic, has_errors
from ankiexport.examination.examiner import Examiner
from ankiexport.examination.reuse import Reuse
from ankiexport.examination.whole import links_seen, media_seen
from ankiexport.files import Replacement, written
from ankiexport.formats.apkg_edit import CannotEdit, Shipped, edit_apkg
from ankiexport.last_build import LastBuild, find_last_build, find_lines, keep_last_build, keep_lines
from ankiexport.lock.state import build_time, is_ahead
from ankiexport.manifest import MANIFEST_FILE, Entry, edited_entry, with_entries
from ankiexport.outcomes import BuildOutcome, CheckOutcome
from ankiexport.question import Bank
from ankiexport.rebuilding.edits import (
    Changed,
    FileEdit,
    MoreThanTexts,
    changed_contents,
    lengths_after,
    lines_after,
    problems_after,
)
from ankiexport.rebuilding.lock_edit import Restamped, restamped
from ankiexport.repeats import unchanged
from ankiexport.source_files import read_source
from ankiexport.turns import one_at_a_time
from ankiexport.writing import Progress, keep_shipped, kept_shipped

# A larger part of a bank is examined in several processes, and rather built as a whole.
_MOST_FILES = 8


def build_from_last(run: Run, out: Path, progress: Progress | None = None) -> BuildOutcome | None:
    """Build all packages of a bank from those that the last build has left, if only texts have changed since.

    Returns None when the whole bank has to be built; then nothing was written. Raises `OutputError`,
    `BuildBusyError` and `BuildTimeError`.
    """
    command = build_command(out, [], locked=False)
    last = find_last_build(run, command)
    if last is None or run.inputs is None or not _may_follow(run, last):
        return None
    now = build_time()
    with one_at_a_time([run.root, out], progress and (lambda: progress("waiting for another build", 0, 1))):
        try:
            return _built(run, command, last, now)
        except (MoreThanTexts, CannotEdit):
            return None


def check_from_last(run: Run) -> CheckOutcome | None:
    """Check a bank from what the last build has found, if only texts have changed since.

    Returns None when the whole bank has to be checked.
    """
    last = find_last_build(run, CHECK)
    bank, _problems = read_settings(run.root)
    if last is None or bank is None or not _may_follow(run, last):
        return None
    try:
        if not is_as_seen(run.root, last.seen):
            return None
        followed = _followed(run, last, bank, Reuse(bank, run.store))
    except (MoreThanTexts, OSError):
        return None
    checked = replace(last.checked, diagnostics=followed.problems)
    run.keep({CHECK: checked}, last.lock, _seen(last.seen, followed.edits))
    return checked


@dataclass(frozen=True, slots=True)
class _Followed:
    """What edits have changed: the texts of notes, what is wrong with the bank, how long answers are, and what is asked.

    `lines` is None where all is asked in the same words.
    """

    edits: Sequence[FileEdit]
    changed: Sequence[Changed]
    problems: tuple[Diagnostic, ...]
    lengths: tuple[int, ...]
    lines: str | None


def _followed(run: Run, last: LastBuild, bank: Bank, reuse: Reuse) -> _Followed:
    edits = [_file_edit(run, last, bank, reuse, name) for name in _edited(run, last)]
    problems, lengths = problems_after(last, edits), lengths_after(last, edits)
    changed = changed_contents(edits)
    lines = lines_after(lambda: find_lines(run, last.lines), edits)
    for edit in edits:
        reuse.keep(edit.path, edit.digest, reuse.packing.packed(edit.path, edit.after))
    return _Followed(edits, changed, problems, lengths, lines)


def _may_follow(run: Run, last: LastBuild) -> bool:
    """Tell whether nothing but some question files can have changed since the last build."""
    inputs = run.inputs
    return (
        inputs is not None
        and inputs.others == last.inputs.others
        and list(inputs.files) == list(last.inputs.files)
        and 0 < len(_edited(run, last)) <= _MOST_FILES
        and run.lock == last.lock
    )


def _edited(run: Run, last: LastBuild) -> list[str]:
    files = run.inputs.files if run.inputs else {}
    return [name for name, digest in files.items() if last.inputs.files[name] != digest]


def _built(run: Run, command: tuple[str, ...], last: LastBuild, now: int) -> BuildOutcome:
    with ThreadPoolExecutor(max_workers=1) as aside:
        return _built_with(aside, run, command, last, now)


def _built_with(
    aside: Executor, run: Run, command: tuple[str, ...], last: LastBuild, now: int
) -> BuildOutcome:
    """Build with another thread for what needs no lock of Python's: a bank's lock may have fifty megabytes."""
    bank, _problems = read_settings(run.root)
    # Another build may have had its turn meanwhile.
    before = _lock(run.root)
    found = aside.submit(digest_of, before)
    if bank is None or run.inputs is None or not _is_as_left(run, last) or found.result() != last.lock:
        raise MoreThanTexts
    reuse = Reuse(bank, run.store)
    followed = _followed(run, last, bank, reuse)
    changed = followed.changed
    lock = restamped(before, [new for _old, new in changed], now)
    made = aside.submit(digest_of, lock.text)
    latest = max([last.written.latest, *(note.mod for note in lock.notes.values())])
    if is_ahead(latest):
        # There is something to tell of the clock.
        raise MoreThanTexts
    entries, digests = _put_in_place(run, last, changed, lock) if changed else ({}, {})
    packages = tuple(entries.get(str(entry["file"]), entry) for entry in last.outcome.packages)
    outcome = _outcome(last, followed.problems, packages, len(changed))
    checked = replace(last.checked, diagnostics=followed.problems)
    after = replace(
        last,
        inputs=run.inputs,
        lock=made.result(),
        seen=_seen(last.seen, followed.edits),
        written=replace(last.written, digests={**last.written.digests, **digests}, latest=latest),
        outcome=unchanged(outcome, checked),
        checked=checked,
        lengths=followed.lengths,
        lines=last.lines if followed.lines is None else keep_lines(run, followed.lines),
    )
    if run.keep({command: after.outcome, CHECK: checked}, after.lock, after.seen, after.written):
        keep_last_build(run, command, after)
        keep_last_build(run, CHECK, after)
    return outcome


def _outcome(
    last: LastBuild,
    problems: tuple[Diagnostic, ...],
    packages: tuple[Mapping[str, object], ...],
    changed: int,
) -> BuildOutcome:
    counts = dict(last.outcome.changes)
    return BuildOutcome(
        problems,
        packages,
        (),
        {**counts, "changed": changed, "unchanged": counts["unchanged"] - changed},
        last.outcome.advice,
    )


def _lock(root: Path) -> bytes:
    try:
        return b"" if (root / PENDING_FILE).exists() else (root / LOCK_FILE).read_bytes()
    except OSError:
        return b""


def _is_as_left(run: Run, last: LastBuild) -> bool:
    try:
        return is_as_written(last.written) and is_as_seen(run.root, last.seen)
    except OSError:
        return False


def _file_edit(run: Run, last: LastBuild, bank: Bank, reuse: Reuse, name: str) -> FileEdit:
    path = run.root / name
    data, _found = read_source(path)
    before = reuse.find(path, last.inputs.files[name])
    digest = digest_of(data or b"")
    if data is None or before is None or run.inputs is None or digest != run.inputs.files[name]:
        raise MoreThanTexts
    after = reuse.find(path, digest) or Examiner(bank).examine(path, data)
    if has_errors(after.diagnostics):
        raise MoreThanTexts
    return FileEdit(path, digest, before, after)


def _put_in_place(
    run: Run, last: LastBuild, changed: Sequence[Changed], lock: Restamped
) -> tuple[Mapping[str, Entry], Mapping[str, str]]:
    """Write packages, manifest and lock; return the entries of these packages, and the digests of what was written."""
    folder = last.written.folder
    entries: dict[str, Entry] = {}
    made: list[Shipped] = []
    # By the same one: another one has other last builds.
    deflater = deflater_for(locked=False)
    with Replacement() as replacement:
        for entry in last.outcome.packages:
            name = str(entry["file"])
            known = kept_shipped(run.store, str(entry["sha256"]))
            if known is None:
                raise MoreThanTexts
            own = [pair for pair in changed if (pair[1].level, pair[1].is_fact) in known.covers]
            if own:
                target = replacement.path_for(folder / name)
                with written(folder / name):
                    notes = [lock.notes[new.key] for _old, new in own]
                    firsts_stay = all(old.fields[:1] == new.fields[:1] for old, new in own)
                    package = edit_apkg(
                        known, folder / name, notes, target, deflater, firsts_stay=firsts_stay
                    )
                made.append(package)
                entries[name] = edited_entry(entry, package.packed, own)
        manifest = with_entries(
            (folder / MANIFEST_FILE).read_text(encoding="utf-8"), entries.values()
        ).encode()
        replacement.write(folder / MANIFEST_FILE, manifest)
        replacement.write(run.root / LOCK_FILE, lock.text, staged_as=PENDING_FILE)
        replacement.commit()
    for package in made:
        keep_shipped(run.store, package)
    digests = {name: str(entry["sha256"]) for name, entry in entries.items()}
    return entries, {**digests, MANIFEST_FILE: sha256(manifest).hexdigest()}


def _seen(seen: Seen, edits: Sequence[FileEdit]) -> Seen:
    """Return what the bank refers to after some edits."""
    paths = {edit.path.as_posix() for edit in edits}
    media = {asked: answer for asked, answer in seen.media.items() if asked[1].path not in paths}
    links = dict(seen.links)
    for edit in edits:
        media.update(media_seen(edit.after))
        links.update(links_seen(edit.path, edit.after))
    return replace(seen, media=media, links=links)
