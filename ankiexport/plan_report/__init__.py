"""The report of a plan: what a build does to learners, what that means in Anki, and how it is printed."""

from ankiexport.plan_report.as_json import PLAN_FORMAT, as_json
from ankiexport.plan_report.as_markdown import as_markdown
from ankiexport.plan_report.as_text import as_text
from ankiexport.plan_report.baseline import Against, Baseline, Matched, matched
from ankiexport.plan_report.consequences import CONSEQUENCES, Effect
from ankiexport.plan_report.old_texts import OldTexts, Source, look_up, wanted_texts
from ankiexport.plan_report.report import FieldReport, NoteReport, Report
from ankiexport.plan_report.reporting import make_report

__all__ = [
    "CONSEQUENCES",
    "PLAN_FORMAT",
    "Against",
    "Baseline",
    "Effect",
    "FieldReport",
    "Matched",
    "NoteReport",
    "OldTexts",
    "Report",
    "Source",
    "as_json",
    "as_markdown",
    "as_text",
    "look_up",
    "make_report",
    "matched",
    "wanted_texts",
]
