"""One question or fact, rendered: its note, its cards, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ankiexport.card_rendering import CardInfo, RenderedCard, plain, render_card, typed_cloze
from ankiexport.notes import NoteContent, NoteType
from ankiexport.pages.frames import side_html

_SOUND = re.compile(r"\[sound:[^\]]*\]")


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note as it can be shown; `deck` is that of its first card, and `card_ids` are given by ords."""

    content: NoteContent
    note_type: NoteType
    deck: str
    card_ids: Mapping[int, int]

    @property
    def ords(self) -> tuple[int, ...]:
        """Which cards there are; without any, the blank one that Anki would make."""
        return self.content.ords or (0,)

    @property
    def fields(self) -> dict[str, str]:
        """The fields by their names."""
        return dict(zip(self.note_type.field_names, self.content.fields, strict=True))

    def card(self, ord_: int) -> RenderedCard:
        """Return both sides of a card."""
        info = CardInfo(self.content.deck_of(ord_, self.deck), self.content.tags, self.card_ids.get(ord_, 0))
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
        if self.note_type.cloze:
            return f"Cloze {ord_ + 1}"
        return self.note_type.templates[ord_].name
