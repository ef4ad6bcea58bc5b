"""Proofs in real Anki of what is said of a bank; they need the extra `ankiexport[anki]`."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from ankiexport.checked_bank import CheckedBank
from ankiexport.formats.apkg import write_apkg
from ankiexport.lock.state import build_time
from ankiexport.packages import plan_packages
from ankiexport.suggestions import Suggestion
from ankiexport.verify.filtered import gathered


def unproved(checked: CheckedBank, suggestions: Sequence[Suggestion]) -> list[tuple[Suggestion, int]]:
    """Return the searches whose filtered decks in Anki gather another number of cards, each with that number.

    The bank must be without errors. Raises `AnkiMissingError`.
    """
    assert checked.outline is not None
    stamped = checked.stamped(build_time())
    whole = plan_packages(checked.outline.bank, stamped.notes, stamped.note_types)[0]
    with tempfile.TemporaryDirectory(prefix="ankiexport-") as folder:
        package = Path(folder) / whole.file_name
        write_apkg(whole, package)
        counts = gathered(package, [entry.query for entry in suggestions])
    return [(entry, count) for entry, count in zip(suggestions, counts, strict=True) if count != entry.cards]
