"""Anki's text files (*Notes in Plain Text*), with their headers or without, read as Anki imports them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ankiexport.anki_text import find_clozes
from ankiexport.importing.anki_text_headers import DELIMITERS, Headers, headers_of
from ankiexport.importing.bank_files import clean_deck_name, ords_by_rule
from ankiexport.importing.delimited import Row, rows_of
from ankiexport.importing.media_folder import copy_referenced
from ankiexport.importing.package import SourceCard, SourceCollection, SourceNote, SourceNoteType, named
from ankiexport.importing.plain_note_types import own_fields, own_note_type, plain_note_type
from ankiexport.importing.reading import Kept, Reading, SourceFormat, Wishes
from ankiexport.importing.tag_words import clean_tags
from ankiexport.importing.text_files import read_source_text, refuse_at, with_line_feeds

_HTML = re.compile(r"</?[a-z][^<>\n]{0,200}>|&(?:[a-z]{2,8}|#\d{1,6});", re.IGNORECASE)
_BAD_NAME = re.compile(r'[:"{}]')
_LOOKED_AT = 8192
_ENCODED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "\n": "<br>"})


def read(path: Path, media: Path, wishes: Wishes) -> Reading:
    """Return what a text file of Anki holds; raises `UnreadablePackageError`."""
    with named(path):
        text = with_line_feeds(read_source_text(path))
        headers, body = headers_of(text)
        delimiter = wishes.delimiter or headers.delimiter or _first_delimiter(body)
        # The rows keep the places that they have in the file.
        body = "\n" * headers.lines + body
        rows = list(rows_of(body, delimiter, path, comments=True))
        table = _Table(headers, rows, path.stem)
        collection, losses = table.collection(path)
        copied = copy_referenced(
            (text for note in collection.notes for text in note.fields), path.parent / "media", media
        )
        return Reading(collection, len(copied.names), (*losses, *copied.losses))


def _first_delimiter(text: str) -> str:
    beginning = text[:_LOOKED_AT]
    return next((sign for sign in DELIMITERS.values() if sign in beginning), " ")


@dataclass(slots=True)
class _Table:
    """The rows of a file and what its headers say of them."""

    headers: Headers
    rows: Sequence[Row]
    title: str
    dropped: int = 0
    plain: list[str] = field(default_factory=list)

    def collection(self, path: Path) -> tuple[SourceCollection, list[str]]:
        headers = self.headers
        is_html = headers.is_html
        if is_html is None:
            is_html = any(_HTML.search(cell) for row in self.rows for cell in row.cells)
        kinds = [self._kind(row) for row in self.rows]
        types = self._note_types(kinds)
        notes = [
            self._note(number, row, types[kind], path, is_html=is_html)
            for number, (row, kind) in enumerate(zip(self.rows, kinds, strict=True), start=1)
        ]
        has_guids = "guid" in headers.columns
        found = SourceCollection(
            {one.id: one for one in types.values()}, tuple(notes), {}, has_ids=False, has_guids=has_guids
        )
        return found, list(self._losses())

    def _kind(self, row: Row) -> str:
        column = self.headers.columns.get("notetype", -1)
        return row.cell(column).strip() or self.headers.note_type or self.title

    def _fields(self, row: Row) -> list[int]:
        """Return the numbers of the columns that are fields."""
        taken = set(self.headers.columns.values())
        return [number for number in range(len(row.cells)) if number not in taken]

    def _note_types(self, kinds: Sequence[str]) -> dict[str, SourceNoteType]:
        labels = self._labels()
        types: dict[str, SourceNoteType] = {}
        for kind in dict.fromkeys(kinds):
            own = own_fields(kind)
            if own:
                types[kind] = own_note_type(kind)
                continue
            members = [row for row, one in zip(self.rows, kinds, strict=True) if one == kind]
            width = max((self._width(row) for row in members), default=1)
            names = _names(labels if len(set(kinds)) == 1 else (), width)
            clozes = sorted(
                {n for row in members for n, c in enumerate(self._fields(row)) if find_clozes(row.cell(c))}
            )
            types[kind] = plain_note_type(kind, names, [names[number] for number in clozes])
            self.plain.append(kind)
        return types

    def _labels(self) -> tuple[str, ...]:
        delimiter = self.headers.delimiter or "\t"
        cells = [cell.strip().strip('"') for cell in self.headers.labels.split(delimiter)]
        taken = set(self.headers.columns.values())
        return tuple(cell for number, cell in enumerate(cells) if number not in taken) if any(cells) else ()

    def _width(self, row: Row) -> int:
        used = [number for number, column in enumerate(self._fields(row), start=1) if row.cell(column)]
        return max(used, default=1)

    def _note(self, number: int, row: Row, kind: SourceNoteType, path: Path, *, is_html: bool) -> SourceNote:
        columns, headers = self._fields(row), self.headers
        names = [one.name for one in kind.fields]
        labels = self._labels()
        if labels and set(names) <= set(labels) and "notetype" not in headers.columns:
            columns = [
                columns[labels.index(name)] if labels.index(name) < len(columns) else -1 for name in names
            ]
        texts = [row.cell(column) for column in columns]
        tags = " ".join([row.cell(headers.columns.get("tags", -1)), headers.tags])
        extra = texts[len(names) :]
        if extra and {"tags", "notetype"}.isdisjoint(headers.columns):
            # As Anki does: the column behind the last field holds tags.
            tags, extra = f"{extra[0]} {tags}", extra[1:]
        self.dropped += sum(map(bool, extra))
        padded = [*texts, *[""] * len(names)][: len(names)]
        fields = tuple(
            unicodedata.normalize("NFC", text if is_html else text.translate(_ENCODED)) for text in padded
        )
        if any("\x1f" in text for text in fields):
            refuse_at(row.place(path), "the row holds the character U+001F, which separates fields")
        deck = row.cell(headers.columns["deck"]) if "deck" in headers.columns else headers.deck or self.title
        words = tuple(clean_tags(unicodedata.normalize("NFC", tags.replace("\n", " ").replace("\t", " "))))
        ords = ords_by_rule(fields, words, kind) or (0,)
        cards = tuple(SourceCard(0, ord_, clean_deck_name(deck), number) for ord_ in ords)
        guid = row.cell(headers.columns.get("guid", -1))
        return SourceNote(number, guid, kind.id, 0, words, fields, cards)

    def _losses(self) -> Iterator[str]:
        if self.plain:
            shown = ", ".join(f'"{name}"' for name in self.plain[:5]) + (
                " ..." if len(self.plain) > 5 else ""
            )
            yield (
                f"card templates of {len(self.plain)} note types ({shown}), which a text file does not hold: they "
                "ask the first field and answer with the others"
            )
        if self.dropped:
            yield f"{self.dropped:,} cells that are more than the fields of their note types"


def _names(labels: Sequence[str], width: int) -> list[str]:
    names = [
        label if not _BAD_NAME.search(label) and label[:1] not in {"#", "^", "/"} else "" for label in labels
    ]
    given = Counter(name.casefold() for name in names)
    return [
        names[number] if number < len(names) and names[number] and given[names[number].casefold()] == 1
        else f"Field {number + 1}"
        for number in range(max(width, len(labels)))
    ]  # fmt: skip


FORMAT = SourceFormat(
    name="anki-text",
    description="Anki's text file (Notes in Plain Text), with its # headers or without, of Anki or of our own export.",
    read=read,
    keeps=frozenset({Kept.GUIDS, Kept.FORM, Kept.CLOZES, Kept.TAGS, Kept.DECKS, Kept.MEDIA}),
    loses=(
        "note types: those with the English names of Anki's own become these, others get plain card templates; their ids, so "
        "that Anki leaves notes alone that a learner has with another note type. Media come from the folder media beside the file"
    ),
)
