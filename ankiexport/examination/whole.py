"""A whole bank, file by file: what became of each, and what all of them refer to."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ankiexport.bank_files import question_files
from ankiexport.cache.runs import Said, Seen, library_of, template_media
from ankiexport.cache.store import Store
from ankiexport.examination.examiner import Examined
from ankiexport.examination.files import examine_files
from ankiexport.media import said
from ankiexport.question import Bank

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ankiexport.diagnostics import Position

Progress = Callable[[str, int, int], None]


def examine_bank(
    bank: Bank, jobs: int, progress: Progress | None = None, store: Store | None = None
) -> tuple[list[Examined], Seen]:
    """Return what became of each question file, in order of study (by level, then by file), and what they refer to."""
    paths = question_files(bank.root)
    files = examine_files(bank, paths, jobs, store)
    examined: list[Examined] = []
    media: dict[tuple[str, Position], Said] = {}
    links: dict[str, bool] = {}
    for path, part in zip(paths, files, strict=True):
        examined.append(part)
        media.update(media_seen(part))
        links.update(links_seen(path, part))
        if progress:
            progress("rendering", len(examined), len(paths))
    rank = {key: number for number, key in enumerate(bank.level_keys)}

    # All questions of a file are of one level.
    def place(part: Examined) -> int:
        return rank.get(part.outlines[0].question.level, len(rank)) if part.outlines else 0

    keeps_names = bank.keeps_media_names
    names = template_media(library_of(bank.root, keeps_names=keeps_names))
    return sorted(examined, key=place), Seen(media, links, keeps_names, names)


def media_seen(examined: Examined) -> "Iterator[tuple[tuple[str, Position], Said]]":
    """Yield the media that a file refers to, with what was said of each."""
    return ((asked, said(answer)) for asked, answer in examined.asked.items())


def links_seen(path: "Path", examined: Examined) -> "Iterator[tuple[str, bool]]":
    """Yield the relative links of a file, as paths, with whether they lead somewhere."""
    return (((path.parent / target).as_posix(), there) for target, there in examined.links.items())
