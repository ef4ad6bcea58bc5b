"""Cards to print on both sides and cut out: the question in front, hints and answer behind.

A card is small if it can be. What does not fit is set on a large card, then smaller, and then goes over several cards; nothing
is cut off.
"""

import html as html_lib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ankiexport.diagnostics import Diagnostic
from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.formats.pdf.content import Printer
from ankiexport.formats.pdf.engine import laid_out
from ankiexport.formats.pdf.grid import Grid, grids
from ankiexport.formats.pdf.sheets import Sides, imposed
from ankiexport.formats.pdf.styles import refusals, style
from ankiexport.formats.study_cards import StudyCard, study_cards
from ankiexport.html_text import html_to_text

if TYPE_CHECKING:
    from weasyprint import Document
    from weasyprint.document import Page

_HEADER, _SIDES, _BOTTOM = 9.0, 6.5, 5.0
_LONGEST_REMINDER = 160
# Of code, at the least size of letters.
_COLUMNS = 58
# A question is read at arm's length; it is seldom long.
_LEAST_IN_FRONT = 10.5


@dataclass(frozen=True, slots=True)
class _Setting:
    """How large a card is, and its letters in points.

    `most` is a number of characters that could never fit, which need not be laid out to know it. `is_last` says that what
    does not fit takes several cards.
    """

    grid: Grid
    size: float
    most: int = 0
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class _Printed:
    """A card as HTML, with its place among all cards and the deck that its header names."""

    number: int
    card: StudyCard
    deck: str
    front: str
    back: str

    @property
    def length(self) -> int:
        """The number of characters of the longer side."""
        card = self.card
        return max(len(html_to_text(card.front)), len(html_to_text(f"{card.hints}\n{card.back}")))


@dataclass(frozen=True, slots=True)
class _Laid:
    """A card as pages of its setting, fronts and backs."""

    setting: _Setting
    fronts: tuple["Page", ...]
    backs: tuple["Page", ...]


def export(shipment: Shipment) -> Exported:
    """Return the sheets; each card that does not fit is named, and how it is set instead."""
    out: list[Diagnostic] = []
    cards = list(_printed(shipment, out))
    small, large = grids(shipment.paper)
    settings = [_Setting(small, 10, 900), _Setting(large, 9.5, 2600), _Setting(large, 7.5, is_last=True)]
    laid: dict[int, _Laid] = {}
    left = cards
    document: Document | None = None
    for setting in settings:
        tried = [card for card in left if setting.is_last or card.length <= setting.most]
        if tried:
            document = _document(tried, setting)
            laid |= {number: _Laid(setting, *sides) for number, sides in _sides(document, tried).items()}
        left = [card for card in left if card.number not in laid or not _fits(laid[card.number])]
    if document is None:
        return Exported({}, tuple(out))
    out += [problem for card in cards for problem in _overflow(card, laid[card.number])]
    continued = _continued(cards, laid)
    pairs = {grid: list[Sides]() for grid in (large, small)}
    for card in cards:
        one = laid[card.number]
        fronts = [*one.fronts, *continued.get(card.number, ())]
        backs = [*one.backs, *continued.get(-card.number, ())]
        pairs[one.setting.grid] += list(zip(fronts, backs, strict=True))
    data = imposed(document, list(pairs.items()), shipment.plan.title)
    return Exported({f"{shipment.bank.file_name}-cards.pdf": data}, tuple(out))


def _printed(shipment: Shipment, out: list[Diagnostic]) -> Iterator[_Printed]:
    known: set[str] = set()
    for number, card in enumerate(study_cards(shipment), 1):
        content = card.note.content
        printer = Printer.of(content.media, _COLUMNS)
        hints = f'<div class="hints">{printer.printed(card.hints)}</div>' if card.hints else ""
        answer = printer.printed(card.answer)
        sections = "".join(
            f"<h4>{html_lib.escape(name)}</h4>{printer.printed(html)}" for name, html in card.sections
        )
        front = printer.printed(card.front)
        deck = " › ".join(card.deck.split("::")[1:]) or card.deck
        yield _Printed(number, card, deck, front, f"{hints}{answer}{sections}")
        if content.key not in known:
            out += refusals(content, printer)
            known.add(content.key)


def _fits(laid: _Laid) -> bool:
    return len(laid.fronts) == len(laid.backs) == 1


def _overflow(card: _Printed, laid: _Laid) -> Iterator[Diagnostic]:
    if not laid.setting.is_last:
        return
    count = max(len(laid.fronts), len(laid.backs))
    instead = "it is set smaller" if count == 1 else f"it is set smaller, on {count} cards"
    content = card.card.note.content
    message = f'"{content.key}" (card {card.number}) does not fit its card: {instead}'
    yield Diagnostic(content.position, "card-overflow", message, "shorten it, or leave it as it is")


def _document(cards: Sequence[_Printed], setting: _Setting) -> "Document":
    sides = (
        _side(side, card, getattr(card, side), is_short=setting.size >= 10)
        for card in cards
        for side in ("front", "back")
    )
    return laid_out(f"<body>{''.join(sides)}</body>", _css(setting))


def _side(side: str, card: _Printed, html: str, *, is_short: bool = False) -> str:
    key = f"{side}-{card.number}"
    inside = html if side == "back" and not is_short else f"<div>{html}</div>"
    kind = "back" if side == "back" and not is_short else "front"
    place = f'<div class="place" data-place="{card.number}"></div>'
    deck = f'<div class="deck" data-deck="{html_lib.escape(card.deck)}"></div>'
    return f'<section class="side" id="{key}">{place}{deck}<div class="{kind}">{inside}</div></section>'


def _css(setting: _Setting) -> str:
    width, height = setting.grid.card
    high = height - _HEADER - _BOTTOM
    head = f'font: 6.5pt "Noto Sans", "DejaVu Sans", sans-serif; color: #667; height: {_HEADER}mm; vertical-align: middle'
    return (
        f"@page {{ size: {width}mm {height}mm; margin: {_HEADER}mm {_SIDES}mm {_BOTTOM}mm;"
        f" @top-left {{ content: string(deck); {head} }} @top-right {{ content: string(place); {head} }} }}\n"
        f"html {{ font-size: {setting.size}pt; line-height: 1.35 }}\n"
        f".front > div {{ height: {high - 3}mm }} .deck {{ string-set: deck attr(data-deck); height: 0 }}\n"
        f"img.picture {{ max-height: {high * 0.55}mm }} img.formula {{ max-height: {high * 0.9}mm }}\n{style('cards.css')}\n"
        f".front {{ font-size: {max(setting.size, _LEAST_IN_FRONT)}pt }}"
    )


def _sides(
    document: "Document", cards: Sequence[_Printed]
) -> Mapping[int, tuple[tuple["Page", ...], tuple["Page", ...]]]:
    """Return the pages of both sides of each card: those from its beginning up to the next."""
    starts = _starts(document)
    names = [(card.number, f"{side}-{card.number}") for card in cards for side in ("front", "back")]
    ends = [starts[name] for _number, name in names[1:]] + [len(document.pages)]
    pages = [
        tuple(document.pages[starts[name] : end]) for (_number, name), end in zip(names, ends, strict=True)
    ]
    return {
        number: (front, back)
        for (number, _name), front, back in zip(names[::2], pages[::2], pages[1::2], strict=True)
    }


def _starts(document: "Document") -> Mapping[str, int]:
    starts: dict[str, int] = {}
    for number, page in enumerate(document.pages):
        # Each page that a side goes over bears its name.
        for name in page.anchors:
            starts.setdefault(name, number)
    return starts


def _continued(cards: Sequence[_Printed], laid: Mapping[int, _Laid]) -> Mapping[int, Sequence["Page"]]:
    """Return fronts for cards that only go on, by their numbers, and blank backs, by their negative numbers."""
    wanted: dict[_Setting, list[tuple[int, _Printed, str]]] = {}
    for card in cards:
        one = laid[card.number]
        shown, all_ = sorted((len(one.fronts), len(one.backs)))
        is_front = len(one.fronts) < len(one.backs)
        for part in range(shown + 1, all_ + 1):
            said = _reminder(card, f"{part} / {all_}") if is_front else ""
            wanted.setdefault(one.setting, []).append((card.number if is_front else -card.number, card, said))
    found: dict[int, list[Page]] = {}
    for setting, sides in wanted.items():
        html = "".join(_side(f"more-{at}", card, said) for at, (_key, card, said) in enumerate(sides))
        document = laid_out(f"<body>{html}</body>", _css(setting))
        starts = _starts(document)
        for at, (key, card, _said) in enumerate(sides):
            found.setdefault(key, []).append(document.pages[starts[f"more-{at}-{card.number}"]])
    return found


def _reminder(card: _Printed, part: str) -> str:
    text = html_to_text(card.card.front).replace("\n", " ")
    short = f"{text[:_LONGEST_REMINDER]}…" if len(text) > _LONGEST_REMINDER else text
    return f'<div class="more"><p>{html_lib.escape(short)}</p><p>{part}</p></div>'


FORMAT = ExportFormat(
    name="pdf-cards",
    description="Cards to print on both sides and cut out: questions in front, hints and answers behind.",
    export=export,
    keeps=frozenset({Feature.HINTS, Feature.MATH, Feature.CODE, Feature.MEDIA, Feature.CLOZES}),
    loses=(
        "tags; decks below one another; second cards of one note; sound; retired notes. A text that does not fit its card is set "
        "smaller or goes over several, and is named"
    ),
    is_printed=True,
)
