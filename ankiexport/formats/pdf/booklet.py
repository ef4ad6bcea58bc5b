"""A booklet to study: levels as chapters, with contents, questions with hints and answers, and facts."""

import html as html_lib
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from ankiexport.diagnostics import Diagnostic
from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.formats.markdown_text import CLOSE, OPEN
from ankiexport.formats.pdf.content import Printer
from ankiexport.formats.pdf.engine import laid_out, pdf_of
from ankiexport.formats.pdf.styles import refusals, style
from ankiexport.formats.study_cards import StudyCard, revealed_clozes, study_cards
from ankiexport.html_text import html_to_text
from ankiexport.markdown_html import to_html
from ankiexport.pages.titles import title_of
from ankiexport.plural import plural
from ankiexport.question import Bank, Level

# Bookmarks are plain text.
_DELIMITERS = re.compile(r"\\[()\[\]]")

Notes = list[tuple[StudyCard, ...]]


def export(shipment: Shipment) -> Exported:
    """Return the booklet; a formula that cannot be typeset stands in it as TeX, and is named."""
    out: list[Diagnostic] = []
    bank = shipment.bank
    by_note = groupby(study_cards(shipment), key=lambda card: card.note.guid)
    notes = [tuple(cards) for _guid, cards in by_note]
    levels = [
        (level, [own for own in notes if own[0].note.content.level == level.key]) for level in bank.levels
    ]
    chapters = [(level, own) for level, own in levels if own]
    body = "".join(_chapter(number, level, own, out) for number, (level, own) in enumerate(chapters, 1))
    html = (
        f'<html lang="{html_lib.escape(bank.language)}"><head><title>{html_lib.escape(bank.title)}</title></head>'
        f"<body>{_cover(bank, notes)}{_contents(chapters)}{body}</body></html>"
    )
    document = laid_out(html, f"@page {{ size: {shipment.paper} }}\n{style('booklet.css')}")
    return Exported({f"{bank.file_name}-booklet.pdf": pdf_of(document, tagged=True)}, tuple(out))


def _cover(bank: Bank, notes: Notes) -> str:
    facts = sum(cards[0].note.content.is_fact for cards in notes)
    counts = [(len(notes) - facts, "question"), (facts, "fact")]
    figures = " · ".join(plural(count, word) for count, word in counts if count)
    about = to_html(bank.description) if bank.description else ""
    return (
        f'<section class="cover"><h1>{html_lib.escape(bank.title)}</h1><div class="rule"></div>'
        f'<div class="about">{about}</div><p class="figures">{figures}</p></section>'
    )


def _contents(chapters: Sequence[tuple[Level, Notes]]) -> str:
    rows: list[str] = []
    for number, (level, notes) in enumerate(chapters, 1):
        name = html_lib.escape(level.name)
        rows.append(f'<li class="chapter"><a href="#chapter-{number}">{number} {name}</a></li>')
        for place, cards in _questions(notes):
            title = Printer({}).printed(html_lib.escape(_title(cards[0])))
            rows.append(
                f'<li class="entry"><a href="#q-{number}-{place}"><span class="number">{number}.{place}</span> {title}</a></li>'
            )
        if any(cards[0].note.content.is_fact for cards in notes):
            rows.append(f'<li class="entry"><a href="#facts-{number}">Facts</a></li>')
    return f'<nav class="contents"><h2>Contents</h2><ol>{"".join(rows)}</ol></nav>'


def _questions(notes: Notes) -> Iterator[tuple[int, tuple[StudyCard, ...]]]:
    return enumerate((cards for cards in notes if not cards[0].note.content.is_fact), 1)


def _title(card: StudyCard) -> str:
    return title_of(html_to_text(card.front)) or card.note.content.key


def _chapter(number: int, level: Level, notes: Notes, out: list[Diagnostic]) -> str:
    about = f'<div class="about">{to_html(level.description)}</div>' if level.description else ""
    articles = [_article(f"{number}.{place}", cards, out) for place, cards in _questions(notes)]
    facts = [_fact(cards, out) for cards in notes if cards[0].note.content.is_fact]
    listed = (
        f'<h3 class="facts-start" id="facts-{number}" data-label="Facts">Facts</h3><ul class="facts">{"".join(facts)}</ul>'
        if facts
        else ""
    )
    return (
        f'<section class="chapter-start"><h2 id="chapter-{number}">{number} {html_lib.escape(level.name)}</h2>{about}'
        f"{''.join(articles)}{listed}</section>"
    )


def _article(number: str, cards: Sequence[StudyCard], out: list[Diagnostic]) -> str:
    card = cards[0]
    content = card.note.content
    printer = Printer.of(content.media)
    # A note with several deletions is read once, with all of them shown.
    asked = card.cloze or card.front
    front = printer.printed(revealed_clozes(asked, OPEN, CLOSE))
    hints = f'<div class="hints">{printer.printed(card.hints)}</div>' if card.hints else ""
    answer = "" if card.cloze else printer.printed(card.answer)
    sections = "".join(
        f"<h4>{html_lib.escape(name)}</h4>{printer.printed(html)}" for name, html in card.sections
    )
    tags = " · ".join(html_lib.escape(tag) for tag in content.tags if not tag.startswith("level::"))
    label = html_lib.escape(_DELIMITERS.sub("", f"{number} {_title(card)}"))
    out += refusals(content, printer)
    return (
        f'<article id="q-{number.replace(".", "-")}"><div class="asked"><div class="where" data-label="{label}">{number}</div>'
        f'{front}</div>{hints}{answer}{sections}<p class="tags">{tags}</p></article>'
    )


def _fact(cards: Sequence[StudyCard], out: list[Diagnostic]) -> str:
    card = cards[0]
    printer = Printer.of(card.note.content.media)
    text = revealed_clozes(card.cloze, OPEN, CLOSE) if card.cloze else card.back
    said = printer.printed(text)
    out += refusals(card.note.content, printer)
    return f"<li>{said}</li>"


FORMAT = ExportFormat(
    name="pdf-booklet",
    description="A booklet to print and study: levels as chapters, contents, hints, answers and facts.",
    export=export,
    keeps=frozenset(Feature) - {Feature.UPDATES, Feature.CLOZES},
    loses=(
        "what clozes hide, which is only set in bold; sound; retired notes. A formula that ziamath cannot typeset stands "
        "as TeX, and is named"
    ),
    is_printed=True,
)
