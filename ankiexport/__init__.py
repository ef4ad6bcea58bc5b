"""ankiexport turns a bank of questions, kept as text in Git, into Anki decks.

The public interface is what this module names:

    from pathlib import Path
    import ankiexport

    result = ankiexport.build_bank(Path("bank"), Path("dist"))
    for diagnostic in result.diagnostics:
        print(diagnostic.position, diagnostic.message)

Names are imported when they are first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ankiexport._version import __version__

if TYPE_CHECKING:
    from ankiexport.bank import load_bank
    from ankiexport.checked_bank import CheckedBank
    from ankiexport.diagnostics import Diagnostic, Position, Severity
    from ankiexport.errors import AnkiExportError
    from ankiexport.fixes import fix_bank
    from ankiexport.notes import Note, NoteContent, NoteType, PackagePlan
    from ankiexport.pipeline import BuildResult, build_bank, check_bank
    from ankiexport.planning import PlanResult, plan_bank
    from ankiexport.question import Bank, Fact, Level, LoadedBank, Question
    from ankiexport.search import SearchError
    from ankiexport.selection import Choice

_HOMES = {
    "ankiexport.bank": ("load_bank",),
    "ankiexport.checked_bank": ("CheckedBank",),
    "ankiexport.diagnostics": ("Diagnostic", "Position", "Severity"),
    "ankiexport.errors": ("AnkiExportError",),
    "ankiexport.fixes": ("fix_bank",),
    "ankiexport.notes": ("Note", "NoteContent", "NoteType", "PackagePlan"),
    "ankiexport.pipeline": ("BuildResult", "build_bank", "check_bank"),
    "ankiexport.planning": ("PlanResult", "plan_bank"),
    "ankiexport.question": ("Bank", "Fact", "Level", "LoadedBank", "Question"),
    "ankiexport.search": ("SearchError",),
    "ankiexport.selection": ("Choice",),
}

__all__ = [
    "AnkiExportError",
    "Bank",
    "BuildResult",
    "CheckedBank",
    "Choice",
    "Diagnostic",
    "Fact",
    "Level",
    "LoadedBank",
    "Note",
    "NoteContent",
    "NoteType",
    "PackagePlan",
    "PlanResult",
    "Position",
    "Question",
    "SearchError",
    "Severity",
    "__version__",
    "build_bank",
    "check_bank",
    "fix_bank",
    "load_bank",
    "plan_bank",
]


def __getattr__(name: str) -> object:
    """Import a public name from the module in which it lives."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
