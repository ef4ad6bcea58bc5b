"""A bank as a folder of static pages, an export format: browse, search, practise and print it without Anki."""

import html as html_lib
import json
from collections.abc import Iterator, Mapping, Sequence
from string import Template
from urllib.parse import quote

from ankiexport.bank_settings import BANK_FILE
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.html_text import html_to_text, without_clozes
from ankiexport.pages import assets
from ankiexport.pages.assets import asset
from ankiexport.pages.cards import ShownNote
from ankiexport.pages.frames import (
    BODY_CLASSES,
    DARK_BODY,
    DARK_HTML,
    HTML_CLASSES,
    frame_document,
    has_formula,
)
from ankiexport.pages.printing import print_pages
from ankiexport.pages.titles import title_of
from ankiexport.question import Bank, Fact, Question
from ankiexport.tags import in_vocabulary_order

Data = dict[str, object]

_APP = (
    "app.css", "app.js", "card.js", "dom.js", "frames.js", "overview.js", "parts.js", "practice.js",
    "print.css", "print.js", "search.js", "site.js",
)  # fmt: skip
_MATHJAX = "tex-svg-full.js"
# So many notes come in one file: few enough to load in a moment, many enough for few files.
_CHUNK = 100


def export_site(shipment: Shipment) -> Exported:
    """Return the pages of a bank, with their scripts, pictures and MathJax."""
    bank = shipment.bank
    types = {note_type.key: note_type for note_type in shipment.plan.note_types}
    notes = [
        ShownNote(
            note.content,
            types[note.content.note_type],
            note.deck,
            dict(zip(note.content.ords, note.card_ids, strict=True)),
        )
        for note in shipment.plan.notes
        if not note.content.is_retired
    ]
    media = {file.name: file.path for note in notes for file in note.content.media}
    addresses = {name: f"media/{quote(name)}" for name in media}
    cards = {note.content.key: _cards(note, addresses) for note in notes}
    has_formulas = any(
        has_formula(str(card[side])) for own in cards.values() for card in own for side in ("front", "back")
    )
    mathjax = assets.mathjax_folder() if has_formulas else None
    script = f"mathjax/{_MATHJAX}" if mathjax else None
    title = html_lib.escape(bank.title)
    files = {
        "index.html": Template(asset("site.html")).substitute(title=title),
        "data/bank.js": f"preview.bank = {_json(_described(shipment, notes, script))};\n",
        **{f"app/{name}": asset(name) for name in _APP},
        **dict(_chunks(cards)),
        **print_pages(bank, notes, addresses, script),
    }
    copies = {f"media/{name}": path for name, path in media.items()}
    if mathjax:
        copies[f"mathjax/{_MATHJAX}"] = mathjax / _MATHJAX
    return Exported({**files, **copies}, _lack(bank) if has_formulas and not mathjax else ())


FORMAT = ExportFormat(
    name="html",
    description="Web pages to browse, search, practise and print without Anki, from a file or any web server.",
    export=export_site,
    keeps=frozenset(Feature) - {Feature.UPDATES},
    loses="what a learner learns: grades last as long as the page is open; retired notes",
)


def _lack(bank: Bank) -> tuple[Diagnostic, ...]:
    message = "formulas are shown as TeX, for lack of MathJax"
    where = Position((bank.root / BANK_FILE).as_posix())
    return (Diagnostic(where, "no-mathjax", message, f"pip install {assets.MATHJAX_PACKAGE}"),)


def _cards(note: ShownNote, media: Mapping[str, str]) -> list[Data]:
    return [
        {
            "ord": ord_,
            "name": note.card_name(ord_),
            "front": note.side(ord_, back=False, media=media),
            "back": note.side(ord_, back=True, media=media),
        }
        for ord_ in note.ords
    ]


def _described(shipment: Shipment, notes: Sequence[ShownNote], script: str | None) -> Data:
    """Return all that the pages need but the cards."""
    bank = shipment.bank
    rows = [_row(bank, note, shipment.sources.get(note.content.key)) for note in notes]
    used = {tag for note in notes for tag in note.content.tags if not tag.startswith("level::")}
    return {
        "status": {"title": bank.title, "stale": [], "print": "print.html"},
        "levels": [{"key": level.key, "name": level.name} for level in bank.levels],
        "tags": in_vocabulary_order(bank, used),
        "searches": [{"name": named.name, "query": named.query.value} for named in bank.decks],
        "rows": rows,
        "chunk": _CHUNK,
        "frames": {
            "plain": _frame(None),
            "formulas": _frame(script),
            "css": {note.note_type.key: note.note_type.css for note in notes},
            "htmlClasses": HTML_CLASSES,
            "bodyClasses": BODY_CLASSES,
            "darkHtml": DARK_HTML,
            "darkBody": DARK_BODY,
        },
    }


def _row(bank: Bank, note: ShownNote, source: Question | Fact | None) -> Data:
    content = note.content
    asked = source.text.value if isinstance(source, Fact) else source.question.value if source else ""
    return {
        "id": content.key,
        "key": content.key,
        "title": title_of(asked) or content.key,
        "level": content.level,
        "levelName": bank.level(content.level).name,
        "fact": content.is_fact,
        "tags": [tag for tag in content.tags if not tag.startswith("level::")],
        "allTags": content.tags,
        "decks": list(dict.fromkeys(content.decks(note.deck))),
        "noteType": content.note_type,
        "noteTypeName": note.note_type.name,
        "text": without_clozes("\n".join(filter(None, map(html_to_text, content.fields)))),
    }


def _frame(script: str | None) -> str:
    """Return the document of a frame with marks for what differs from card to card."""
    marks = {"html_class": "@HTML-CLASS@", "body_class": "@BODY-CLASS@", "title": "Card"}
    return frame_document("@HTML@", "@CSS@", mathjax=script, **marks)


def _chunks(cards: Mapping[str, list[Data]]) -> Iterator[tuple[str, str]]:
    keys = list(cards)
    for number, start in enumerate(range(0, len(keys), _CHUNK)):
        part = {key: {"cards": cards[key]} for key in keys[start : start + _CHUNK]}
        yield f"data/cards-{number}.js", f"preview.chunk({number}, {_json(part)});\n"


def _json(data: object) -> str:
    # In a script, `</script>` and `<!--` would mean something, wherever they stand.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
