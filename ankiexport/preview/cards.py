"""One question or fact, rendered: its note, its cards, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ankiexport.card_rendering import CardInfo, RenderedCard, plain, render_card, typed_cloze
from ankiexport.diagnostics import Diagnostic
from ankiexport.ids import timestamp_id
from ankiexport.notes import NoteContent, NoteType
from ankiexport.preview.entries import Entry
from ankiexport.preview.frames import side_html
from ankiexport.question import Bank

_SOUND = re.compile(r"\[sound:[^\]]*\]")


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note as it can be shown; `content` is None when it cannot be rendered."""

    entry: Entry
    bank: Bank
    content: NoteContent | None
    note_type: NoteType | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ords(self) -> tuple[int, ...]:
        """Which cards there are; without any, the blank one that Anki would make."""
        return (self.content.ords or (0,)) if self.content else ()

    @property
    def fields(self) -> dict[str, str]:
        """The fields by their names."""
        if self.content is None or self.note_type is None:
            return {}
        return dict(zip(self.note_type.field_names, self.content.fields, strict=True))

    def card(self, ord_: int) -> RenderedCard:
        """Return both sides of a card."""
        if self.note_type is None or self.content is None:
            return RenderedCard("", "")
        card_id = timestamp_id(self.bank.namespace, "card", self.entry.key, str(ord_))
        info = CardInfo(self.entry.deck, self.content.tags, card_id)
        return render_card(self.note_type, self.fields, ord_, info)

    def side(self, ord_: int, *, back: bool, media: Mapping[str, str]) -> str:
        """Return a side as it stands in a frame; `media` are the addresses of files, by their names."""
        # Nobody types a sound.
        texts = {name: _SOUND.sub("", html) for name, html in self.fields.items()}
        expected = {name: plain(html).strip() for name, html in texts.items()}
        expected |= {f"cloze:{name}": typed_cloze(html, ord_ + 1) for name, html in texts.items()}
        return side_html(self.card(ord_), back=back, expected=expected, media=media)

    def card_name(self, ord_: int) -> str:
        """Return what a card is called: by its template, or by the number of its cloze."""
        if self.note_type is None or self.note_type.cloze:
            return f"Cloze {ord_ + 1}"
        return self.note_type.templates[ord_].name
