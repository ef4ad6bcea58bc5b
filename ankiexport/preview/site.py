"""A bank as a folder of static pages: browse, search, practise and print it without Anki or a server."""

import html as html_lib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from ankiexport.files import Replacement
from ankiexport.html_text import html_to_text, without_clozes
from ankiexport.pipeline import CheckedBank
from ankiexport.preview import answers
from ankiexport.preview.assets import asset
from ankiexport.preview.cards import ShownNote
from ankiexport.preview.contents import Contents
from ankiexport.preview.entries import entries_of, in_order_of_study
from ankiexport.preview.frames import (
    BODY_CLASSES,
    DARK_BODY,
    DARK_HTML,
    HTML_CLASSES,
    frame_document,
    has_formula,
)
from ankiexport.preview.printing import print_pages
from ankiexport.preview.reading import Reading
from ankiexport.preview.snapshot import Filter, Snapshot
from ankiexport.question import Bank, LoadedBank

# What a site consists of, so that the next one can take away what is no longer part of it.
LISTING = "site.json"

_APP = (
    "app.css", "app.js", "card.js", "dom.js", "frames.js", "overview.js", "parts.js", "practice.js",
    "print.css", "print.js", "search.js", "site.js",
)  # fmt: skip
_MATHJAX = "tex-svg-full.js"
# So many notes come in one file: few enough to load in a moment, many enough for few files.
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class Site:
    """A site before it is written: texts by their paths, and the files that are copied as they are.

    `lacks_mathjax` says that it has formulas and nothing to typeset them.
    """

    texts: Mapping[str, str]
    copies: Mapping[str, Path]
    notes: int
    lacks_mathjax: bool = False

    @property
    def names(self) -> list[str]:
        """The paths of all files."""
        return sorted([*self.texts, *self.copies])


def site_of(checked: CheckedBank, mathjax: Path | None = None) -> Site:
    """Return the site of a bank without errors; `mathjax` is a folder with MathJax 3, for its formulas."""
    if checked.loaded is None or checked.has_errors:
        raise ValueError("the bank has errors")  # noqa: EM101, TRY003
    bank = checked.loaded.bank
    notes = _notes(checked.loaded, checked)
    media = {file.name: file.path for note in notes if note.content for file in note.content.media}
    addresses = {name: f"media/{name}" for name in media}
    cards = {note.entry.key: _cards(note, addresses) for note in notes}
    formulas = any(
        has_formula(html)
        for sides in cards.values()
        for side in sides
        for html in side.values()
        if isinstance(html, str)
    )
    script = f"mathjax/{_MATHJAX}" if formulas and mathjax else None
    title = html_lib.escape(bank.title)
    texts = {
        "index.html": Template(asset("site.html")).substitute(
            title=title, language=html_lib.escape(bank.language)
        ),
        "data/bank.js": f"preview.bank = {_json(_described(bank, notes, script))};\n",
        **{f"app/{name}": asset(name) for name in _APP},
        **dict(_chunks(cards)),
        **print_pages(bank, notes, addresses, script),
    }
    copies = {addresses[name]: path for name, path in media.items()}
    if script and mathjax:
        copies[script] = mathjax / _MATHJAX
    return Site(texts, copies, len(notes), lacks_mathjax=formulas and script is None)


def write_site(site: Site, out: Path) -> list[str]:
    """Write a site into a folder, all of it or nothing, and return the names of files that it no longer has.

    Raises `OutputError`.
    """
    gone = sorted(_listed(out) - {*site.names, LISTING})
    with Replacement() as replacement:
        for name, text in site.texts.items():
            replacement.write(out / name, text.encode())
        for name, path in site.copies.items():
            replacement.write(out / name, path.read_bytes())
        for name in gone:
            replacement.remove(out / name)
        replacement.write(
            out / LISTING, (json.dumps(site.names, indent=1, ensure_ascii=False) + "\n").encode()
        )
        replacement.commit()
    return gone


def _notes(loaded: LoadedBank, checked: CheckedBank) -> list[ShownNote]:
    contents = {content.key: content for content in checked.contents}
    types = {key: note_type.note_type for key, note_type in checked.note_types.items()}
    entries = in_order_of_study(entries_of(loaded.questions, loaded.bank), loaded.bank)
    return [
        ShownNote(entry, loaded.bank, contents.get(entry.key), types.get(entry.note_type), ())
        for entry in entries
    ]


def _cards(note: ShownNote, media: Mapping[str, str]) -> list[answers.Data]:
    return [
        {
            "ord": ord_,
            "name": note.card_name(ord_),
            "front": note.side(ord_, back=False, media=media),
            "back": note.side(ord_, back=True, media=media),
        }
        for ord_ in note.ords
    ]


def _described(bank: Bank, notes: Sequence[ShownNote], script: str | None) -> answers.Data:
    """Return all that the pages need but the cards."""
    entries = tuple(note.entry for note in notes)
    snapshot = Snapshot(1, Reading(bank, {}, entries), (), Contents(bank.root).facts, is_checked=True)
    rows = [
        {
            **answers.row(snapshot, entry.key, entry),
            "key": entry.key,
            "levelName": bank.level(entry.level).name,
            "deck": entry.deck,
            "allTags": entry.tags,
            "noteType": entry.note_type,
            "noteTypeName": note.note_type.name if note.note_type else entry.note_type,
            "text": _said(note),
        }
        for note in notes
        for entry in (note.entry,)
    ]
    types = {note.note_type.key: note.note_type.css for note in notes if note.note_type}
    listed = answers.listed(snapshot, Filter())
    return {
        "status": {**answers.status(snapshot), "print": "print.html"},
        "levels": [{"key": level.key, "name": level.name} for level in bank.levels],
        "tags": [tag["tag"] for tag in listed["tags"]] if isinstance(listed["tags"], list) else [],
        "searches": listed["searches"],
        "rows": rows,
        "chunk": _CHUNK,
        "frames": {
            "plain": _frame(None),
            "formulas": _frame(script),
            "css": types,
            "htmlClasses": HTML_CLASSES,
            "bodyClasses": BODY_CLASSES,
            "darkHtml": DARK_HTML,
            "darkBody": DARK_BODY,
        },
    }


def _said(note: ShownNote) -> str:
    """Return all that the fields of a note say, for searches."""
    fields = note.content.fields if note.content else ()
    return without_clozes("\n".join(filter(None, map(html_to_text, fields))))


def _frame(script: str | None) -> str:
    """Return the document of a frame with marks for what differs from card to card."""
    marks = {"html_class": "@HTML-CLASS@", "body_class": "@BODY-CLASS@", "title": "Card"}
    return frame_document("@HTML@", "@CSS@", mathjax=script, **marks)


def _chunks(cards: Mapping[str, list[answers.Data]]) -> Iterator[tuple[str, str]]:
    handles = list(cards)
    for number, start in enumerate(range(0, len(handles), _CHUNK)):
        part = {handle: {"cards": cards[handle]} for handle in handles[start : start + _CHUNK]}
        yield f"data/cards-{number}.js", f"preview.chunk({number}, {_json(part)});\n"


def _json(data: object) -> str:
    # In a script, `</script>` and `<!--` would mean something, wherever they stand.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _listed(out: Path) -> set[str]:
    """Return the files of the site that is there, as far as they lie in the folder."""
    try:
        names = json.loads((out / LISTING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    folder = out.resolve()
    found = {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()
    # The list may come from anywhere; nothing beside the site is removed by it.
    return {
        name for name in found if (out / name).resolve().is_relative_to(folder) and (out / name).is_file()
    }
