"""What tests of imports share: the command line, and what a learner has of a bank in real Anki."""

from pathlib import Path
from typing import Any

from anki_bench import opened
from banks import files_in
from click.testing import CliRunner, Result

from ankiexport.cli.app import cli
from ankiexport.pipeline import build_bank


def run(*arguments: object) -> Result:
    """Run the command line."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def imported(source: Path, bank: Path, *more: object) -> Result:
    """Import a source into a bank that must come of it."""
    result = run("import", source, "--out", bank, *more)
    assert result.exit_code == 0, result.output
    return result


def refused(source: Path, folder: Path, *more: object) -> str:
    """Import what must be refused, and return the message in one line; nothing is written."""
    before = files_in(folder)
    result = run("import", source, "--out", folder / "refused" / "bank", *more)
    assert result.exit_code in {1, 2}, result.output
    assert isinstance(result.exception, SystemExit)
    assert files_in(folder) == before
    assert not (folder / "refused").exists()
    return " ".join(result.output.split())


def package_of(bank: Path, out: Path) -> Path:
    """Build a bank, and return the package with everything."""
    built = build_bank(bank, out)
    assert not built.has_errors, built.diagnostics
    return out / str(max(built.packages, key=lambda entry: int(str(entry["notes"])))["file"])


def in_anki(package: Path, folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what real Anki has of a package: by GUID fields, tags, and cards with decks and both sides; and media."""
    with opened(folder) as bench:
        bench.import_package(package)
        notes = {
            guid: (
                list(note.fields),
                sorted(note.tags),
                [(card.ord, bench.col.decks.name(card.did), bench.sides(card)) for card in note.cards()],
            )
            for guid, note in bench.notes().items()
        }
        return notes, bench.media()
