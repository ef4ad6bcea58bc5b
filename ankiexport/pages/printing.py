"""Pages to read and print: the backs of all cards of a level below each other, without a frame around any.

Each card stands in a shadow root of its own, so that the styles of note types do not meet; this needs no script.
"""

import html as html_lib
from collections.abc import Mapping, Sequence

from ankiexport.pages.assets import asset
from ankiexport.pages.cards import ShownNote
from ankiexport.pages.frames import mathjax_scripts
from ankiexport.pages.still import in_shadow, still
from ankiexport.question import Bank, Level

# Paper is white, holds more than a screen, and scrolls neither down nor sideways.
_ON_PAPER = """@media print {
  .card.card { background: none; font-size: 10.5pt; }
  .card img { max-height: 11cm; }
  .card pre, .card pre * { white-space: pre-wrap; overflow-wrap: anywhere; }
  .card img, .card li, .card tr, .card pre { break-inside: avoid; }
}"""


def print_pages(
    bank: Bank, notes: Sequence[ShownNote], media: Mapping[str, str], mathjax: str | None
) -> dict[str, str]:
    """Return a page for each level that has notes, one that leads to them, and the styles of the cards."""
    levels = [level for level in bank.levels if any(note.content.level == level.key for note in notes)]
    types = {note.note_type.key: note.note_type.css for note in notes}
    pages = {
        f"print-{level.key}.html": _page(bank, level.name, _level(bank, level, notes, media), mathjax)
        for level in levels
    }
    links = "".join(
        f'<li><a href="print-{level.key}.html">{html_lib.escape(level.name)}</a></li>' for level in levels
    )
    pages["print.html"] = _page(bank, bank.title, f'<ol class="levels">{links}</ol>', None)
    reviewer = asset("reviewer.css")
    return {**pages, **{f"data/{key}.css": f"{reviewer}\n{css}\n{_ON_PAPER}\n" for key, css in types.items()}}


def _level(bank: Bank, level: Level, notes: Sequence[ShownNote], media: Mapping[str, str]) -> str:
    own = [note for note in notes if note.content.level == level.key]
    questions = [note for note in own if not note.content.is_fact]
    facts = [note for note in own if note.content.is_fact]
    parts = [_card(note, ord_, media) for note in questions for ord_ in note.ords]
    if facts:
        parts.append(f"<h2>{html_lib.escape(bank.facts_deck)}</h2>")
        # What a fact says is the same on all its cards; the first one stands for them.
        parts += [_card(note, note.ords[0], media) for note in facts]
    return "\n".join(parts)


def _card(note: ShownNote, ord_: int, media: Mapping[str, str]) -> str:
    html = still(note.side(ord_, back=True, media=media))
    kind = "fact" if note.content.is_fact else "question"
    styles = f'<link rel="stylesheet" href="data/{html_lib.escape(note.note_type.key)}.css">'
    return f'<article id="{html_lib.escape(note.content.key)}" class="{kind}">{in_shadow(styles, html, ord_)}</article>'


def _page(bank: Bank, title: str, body: str, mathjax: str | None) -> str:
    scripts = "".join(mathjax_scripts(mathjax)) + '<script src="app/print.js"></script>' if mathjax else ""
    language = html_lib.escape(bank.language)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">\n'
        f"<title>{html_lib.escape(title)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="app/print.css">{scripts}</head>\n'
        f'<body><nav><a href="index.html">{html_lib.escape(bank.title)}</a></nav>\n'
        f"<main><h1>{html_lib.escape(title)}</h1>\n{body}\n</main></body></html>\n"
    )
