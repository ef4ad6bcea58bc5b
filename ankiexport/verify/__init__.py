"""Rehearse an upgrade in the real Anki engine: what does a new package do to a learner of the old one.

    from pathlib import Path
    from ankiexport.verify import rehearse

    report = rehearse(Path("old.apkg"), Path("new.apkg"))
    print(report.losses)

Needs the extra `ankiexport[anki]`. Importing this package does not import Anki.
"""

from ankiexport.verify.options import ALL, DEFAULT, OptionSet, Update
from ankiexport.verify.printing import as_json, as_markdown, as_text
from ankiexport.verify.rehearsal import AnkiMissingError, rehearse
from ankiexport.verify.report import Figures, Rehearsal, Report

__all__ = [
    "ALL",
    "DEFAULT",
    "AnkiMissingError",
    "Figures",
    "OptionSet",
    "Rehearsal",
    "Report",
    "Update",
    "as_json",
    "as_markdown",
    "as_text",
    "rehearse",
]
