"""A note's fields and a card's templates to both sides of the card."""

import html as html_lib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ankiexport.anki_template import Mismatch, Node, Replacement, Section, Template, parse_template
from ankiexport.anki_text import cloze_numbers, field_is_empty, stored_text
from ankiexport.card_generation import is_cloze_section, shows_a_field
from ankiexport.card_rendering.filters import Filters
from ankiexport.card_rendering.latex import latex_as_pictures
from ankiexport.card_rendering.sounds import AvTag, extract_av_tags
from ankiexport.notes import CardTemplate, NoteType

_FRONT_SIDE = "FrontSide"
_HELP = "https://docs.ankiweb.net/templates/errors.html"
_NO_CLOZE = (
    "No cloze \u2068{}\u2069 found on card.\nPlease either add a cloze deletion, or use the Empty Cards tool."
)

_parsed = lru_cache(maxsize=256)(parse_template)


@dataclass(frozen=True, slots=True)
class CardInfo:
    """What templates can show besides the fields; `deck` is the full name, `flag` 0 stands for none."""

    deck: str = "Default"
    tags: tuple[str, ...] = ()
    card_id: int = 0
    flag: int = 0


@dataclass(frozen=True, slots=True)
class RenderedCard:
    """Both sides of a card, and what they play.

    `[[type:Field]]` stands where Anki's reviewer puts a box to type into, `[anki:play:q:0]` where it puts a
    button that plays the first sound of the front.
    """

    front: str
    back: str
    front_sounds: tuple[AvTag, ...] = ()
    back_sounds: tuple[AvTag, ...] = ()


def render_card(
    note_type: NoteType, fields: Mapping[str, str], ord_: int, info: CardInfo | None = None
) -> RenderedCard:
    """Return both sides of the card with this ord, whether Anki would make it or not.

    Where a template cannot be read, or a front shows nothing, they are the words that Anki has for that.
    """
    # The one template of a cloze note type serves all its cards.
    template = note_type.templates[0 if note_type.cloze else ord_]
    shown = _all_fields(note_type, template, fields, ord_, info or CardInfo())
    try:
        return _Card(template, shown, ord_ + 1, cloze=note_type.cloze).rendered()
    except _TemplateError as error:
        return RenderedCard(str(error), str(error))


class _TemplateError(Exception):
    """What Anki shows instead of a card whose template it cannot read."""

    def __init__(self, side: str, problem: str) -> None:
        link = f"<a href='{_HELP}#template-syntax-error'>More information</a>"
        super().__init__(f"{side} template has a problem:<br>{html_lib.escape(problem)}<br>{link}")


@dataclass(frozen=True, slots=True)
class _Card:
    """A card's template, and all that it can show."""

    template: CardTemplate
    fields: Mapping[str, str]
    number: int
    cloze: bool

    def rendered(self) -> RenderedCard:
        filled = {name for name, html in self.fields.items() if not field_is_empty(html)}
        front = self._side("Front", self.template.front, filled)
        blank = self._blank(filled)
        question, question_sounds = extract_av_tags(front + blank, "q")
        # Sounds of the front are taken out before the back shows it, so that they are not played again.
        back = blank or self._side("Back", self.template.back, filled, front_side=question)
        answer, answer_sounds = extract_av_tags(back, "a")
        return RenderedCard(
            latex_as_pictures(question), latex_as_pictures(answer), question_sounds, answer_sounds
        )

    def _side(self, side: str, text: str, filled: set[str], front_side: str = "") -> str:
        template = _parsed(text)
        problem = _mismatch(template.mismatch) if template.mismatch else self._unknown_name(template)
        if problem:
            raise _TemplateError(side, problem)
        filters = Filters(self.number, front=side == "Front")
        parts = []
        for piece in _pieces(template, filled):
            if isinstance(piece, str):
                parts.append(piece)
            elif piece.name == _FRONT_SIDE:
                parts.append(front_side)
            elif piece.name:
                parts.append(filters.apply(piece.filters, piece.name, self.fields.get(piece.name, "")))
        return "".join(parts)

    def _unknown_name(self, template: Template) -> str:
        """Return what Anki says of the first name that is none; sections that are hidden count."""
        for node in template.walk():
            if isinstance(node, Section):
                known, tag = is_cloze_section(node), f"{'^' if node.inverted else '#'}{node.name}"
            else:
                known, tag = node.name == _FRONT_SIDE, ":".join([*node.filters, node.name])
                # With a filter, no name at all is fine: the filter may bring its own text.
                known = known or (not node.name and bool(node.filters))
            if not known and node.name not in self.fields:
                return f"Found '\u2068{{{{{tag}}}}}\u2069', but there is no field called '\u2068{node.name}\u2069'"
        return ""

    def _blank(self, filled: set[str]) -> str:
        """Return what Anki adds to a front that asks nothing."""
        if self.cloze:
            numbers = {number for html in self.fields.values() for number in cloze_numbers(html)}
            message, anchor = _NO_CLOZE.format(self.number), "no-cloze-filter-on-cloze-note-type"
            asks = self.number in numbers
        else:
            message, anchor = "The front of this card is blank.", "front-of-card-is-blank"
            asks = shows_a_field(_parsed(self.template.front), filled)
        return "" if asks else f"<div>{message}<br><a href='{_HELP}#{anchor}'>More information</a></div>"


def _all_fields(
    note_type: NoteType, template: CardTemplate, fields: Mapping[str, str], ord_: int, info: CardInfo
) -> dict[str, str]:
    return {
        "Tags": " ".join(info.tags),
        "Type": note_type.name,
        "Deck": info.deck,
        "Subdeck": info.deck.rpartition("::")[2],
        "Card": template.name,
        "CardFlag": f"flag{info.flag}",
        "CardID": str(info.card_id),
        **{unicodedata.normalize("NFC", name): stored_text(html) for name, html in fields.items()},
        f"c{ord_ + 1}": "1",
    }


def _mismatch(found: Mismatch) -> str:
    ended, opened = f"'\u2068{{{{/{found.ended}}}}}\u2069'", f"'\u2068{{{{/{found.opened}}}}}\u2069'"
    if found.ended is None:
        return f"Missing {opened}"
    if found.opened is not None:
        return f"Found {ended}, but expected {opened}"
    begins = [f"'\u2068{{{{{kind}{found.ended}}}}}\u2069'" for kind in "#^"]
    return f"Found {ended}, but missing {' or '.join(begins)}"


def _pieces(template: Template, filled: set[str]) -> Iterator[str | Replacement]:
    """Yield the texts and the replacements that show, in their order."""
    text, at = template.text, template.start
    # Of each section that is being shown: the nodes still to come, where its content and where the section ends.
    stack: list[tuple[Iterator[Node], int, int]] = [(iter(template.nodes), len(text), len(text))]
    while stack:
        nodes, content_end, end = stack[-1]
        node = next(nodes, None)
        if node is None:
            yield text[at:content_end]
            at = end
            stack.pop()
            continue
        yield text[at : node.offset]
        at = node.end
        if not isinstance(node, Section):
            yield node
        elif (node.name in filled) is not node.inverted:
            at = node.inner[0]
            stack.append((iter(node.children), node.inner[1], node.end))
