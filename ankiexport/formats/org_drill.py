"""Org files for org-drill, the spaced repetition of Emacs: an entry a card, the answer below a sub-heading."""

import re
from collections.abc import Iterator

from ankiexport.diagnostics import Diagnostic
from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.formats.study_cards import StudyCard, study_cards
from ankiexport.html_text import html_to_text

# Org reads these wherever they stand in a line of their own: keywords and blocks, and drawers. In square
# brackets org-drill hides what follows two bars.
_ORG_SYNTAX = re.compile(r"\s*(?:#\+\S+|:[\w-]+:\s*$)|.*\[[^\]]*\|\|[^\]]*\]")
_NOT_IN_TAGS = re.compile(r"[^\w@#%]+")


def export(shipment: Shipment) -> Exported:
    """Return the Org file; a card that Org would read as something else is left out and named."""
    cards: dict[str, list[StudyCard]] = {}
    out: list[Diagnostic] = []
    for card in study_cards(shipment):
        line = next((line for line in _lines(card) if _ORG_SYNTAX.match(line)), None)
        if line is None:
            cards.setdefault(card.deck, []).append(card)
        else:
            out.append(_refusal(card, line))
    parts = [f"#+TITLE: {' '.join(shipment.plan.title.split())}\n#+STARTUP: overview\n"]
    # By their parts: "A B" must not come between "A" and "A::C".
    for name in sorted((deck.name for deck in shipment.plan.decks), key=lambda name: name.split("::")):
        if any(other == name or other.startswith(f"{name}::") for other in cards):
            *above, last = name.split("::")
            depth = len(above) + 1
            parts.append(f"{'*' * depth} {last}\n")
            parts += [_entry(card, depth + 1) for card in cards.get(name, ())]
    return Exported({f"{shipment.bank.file_name}.org": "".join(parts)}, tuple(out))


def _refusal(card: StudyCard, line: str) -> Diagnostic:
    message = f'"{card.note.content.key}" is left out: Org would take its line "{line.strip()}" for syntax'
    advice = "put other words before it"
    return Diagnostic(card.note.content.position, "export-refused", message, advice)


def _entry(card: StudyCard, depth: int) -> str:
    tags = ["drill", *(_NOT_IN_TAGS.sub("_", tag) for tag in card.note.content.tags)]
    lines = [
        f"{'*' * depth} {card.note.content.key} :{':'.join(tags)}:",
        ":PROPERTIES:",
        f":ID: {card.note.guid}-{card.ord + 1}",
        ":END:",
        *_indented(card.front),
        f"{'*' * (depth + 1)} Answer",
        *_indented(card.back),
    ]
    return "\n".join(lines) + "\n"


def _lines(card: StudyCard) -> Iterator[str]:
    yield from html_to_text(card.front).splitlines()
    yield from html_to_text(card.back).splitlines()


def _indented(html: str) -> list[str]:
    # A line that begins with a star is a heading, but only at the margin.
    return [f"  {line}" for line in html_to_text(html).splitlines()]


FORMAT = ExportFormat(
    name="org-drill",
    description="An Org file for org-drill in Emacs, an entry a card.",
    export=export,
    keeps=frozenset({Feature.HIERARCHY, Feature.MATH, Feature.CODE, Feature.CLOZES}),
    loses=(
        "all form but lines; pictures become their alternative texts; the colons and hyphens of tags become "
        "underscores; grades stand in the file, so another export does not know them; retired notes"
    ),
)
