"""A report as JSON, for programs. The keys are a promise; `docs/updates.md` tells what they mean."""

import json
from collections.abc import Iterable

from ankiexport import diagnostics
from ankiexport.diagnostics import Diagnostic
from ankiexport.html_text import html_to_text
from ankiexport.plan_report.baseline import Baseline
from ankiexport.plan_report.consequences import CONSEQUENCES
from ankiexport.plan_report.report import FieldReport, NoteReport, Report

PLAN_FORMAT = 1


def as_json(report: Report | None, problems: Iterable[Diagnostic]) -> str:
    """Return a report and what is wrong with the bank; without a report, `plan` is null."""
    data = {
        "format": PLAN_FORMAT,
        "plan": _plan(report) if report else None,
        "diagnostics": json.loads(diagnostics.as_json(problems)),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _plan(report: Report) -> dict[str, object]:
    return {
        "against": _baseline(report.baseline),
        "is_empty": report.is_empty,
        "counts": {str(effect): count for effect, count in report.counts.items()},
        "unchanged": report.unchanged,
        "consequences": {str(effect): CONSEQUENCES[effect] for effect in report.counts},
        "notes": [_note(note) for note in report.notes],
        "note_types": [
            {"note_type": entry.key, "name": entry.name, "effect": str(entry.effect)}
            for entry in report.note_types
        ],
        "decks": [
            {"deck": deck.name, "effect": str(deck.effect), "old_deck": deck.old_name}
            for deck in report.decks
        ],
        "missing_texts": list(report.why_not),
        "import_settings": report.import_settings.as_dict() if report.import_settings else None,
    }


def _baseline(baseline: Baseline) -> dict[str, object]:
    return {
        "kind": str(baseline.against),
        "name": baseline.name,
        "commit": baseline.commit or None,
        "detail": baseline.detail or None,
    }


def _note(note: NoteReport) -> dict[str, object]:
    return {
        "note": note.key,
        "effects": [str(effect) for effect in note.effects],
        "question": note.asked,
        "path": note.position.path or None,
        "line": note.position.line if note.position.path else None,
        "deck": note.deck,
        "old_deck": note.old_deck,
        "renamed_from": note.renamed_from,
        "replaced_by": list(note.replaced_by),
        "cards": note.cards,
        "new_cards": list(note.new_cards),
        "lost_cards": list(note.lost_cards),
        "fields": [_field(entry) for entry in note.fields],
        "tags_added": list(note.tags_added),
        "tags_removed": list(note.tags_removed),
        "only_media": note.only_media,
    }


def _field(entry: FieldReport) -> dict[str, object]:
    return {
        "field": entry.name,
        "old_html": entry.old,
        "new_html": entry.new,
        "old_text": None if entry.old is None else html_to_text(entry.old),
        "new_text": html_to_text(entry.new),
    }
