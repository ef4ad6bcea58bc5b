"""A package of Anki as a source: its collection, and its media copied."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ankiexport.importing.archive import Archive, opened
from ankiexport.importing.collection import read_collection
from ankiexport.importing.reading import Kept, Reading, SourceFormat, Wishes
from ankiexport.media import name_problem

_NAMES_SHOWN = 5


def read(path: Path, media: Path, _wishes: Wishes) -> Reading:
    """Return what a package holds; raises `UnreadablePackageError`."""
    with opened(path) as archive, TemporaryDirectory(prefix="ankiexport-") as folder:
        database = Path(folder) / "collection"
        archive.copy_collection(database)
        collection = read_collection(database)
        database.unlink()
        unusable = {name: problem for name in archive.media if (problem := name_problem(name, is_kept=True))}
        for name in archive.media:
            if name not in unusable:
                archive.copy_media(name, media / name)
        losses = tuple(_losses(archive, unusable))
        return Reading(collection, len(archive.media) - len(unusable), losses)


def _losses(archive: Archive, unusable: Mapping[str, str]) -> Iterator[str]:
    for name, problem in unusable.items():
        yield f'the media file "{name}": {problem}'
    if archive.doubled:
        yield f"{len(archive.doubled)} media files whose name is there twice: {_some(archive.doubled)}"
    if archive.missing:
        yield f"{len(archive.missing)} media files that are listed but not there: {_some(archive.missing)}"


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    return shown + (" ..." if len(names) > _NAMES_SHOWN else "")


FORMAT = SourceFormat(
    name="package",
    description="A package of Anki: .apkg or .colpkg, of old and new versions, or of any program that writes them.",
    read=read,
    keeps=frozenset(Kept),
    loses="study history, flags, suspension, deck options",
)
