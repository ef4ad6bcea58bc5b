"""Mnemosyne's `.cards`: a zip of XML and media; cards have stable ids, so a re-import keeps grades."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.formats.study_cards import StudyCard, study_cards
from ankiexport.notes import MediaFile

# The numbers of Mnemosyne's events, and its card type "Front-to-back only" with its one view.
_ADDED_TAG = 10
_ADDED_FACT = 16
_ADDED_CARD = 6
_ADDED_MEDIA_FILE = 13
_CARD_TYPE = "1"
_FACT_VIEW = "1.1"
_NEVER_SEEN = {
    "gr": "-1", "e": "2.5", "ac_rp": "0", "rt_rp": "0", "lps": "0",
    "ac_rp_l": "0", "rt_rp_l": "0", "l_rp": "-1", "n_rp": "-1",
}  # fmt: skip

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_MATH = (
    (re.compile(r"\\\((.+?)\\\)", re.DOTALL), r"<$>\1</$>"),
    (re.compile(r"\\\[(.+?)\\\]", re.DOTALL), r"<$$>\1</$$>"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def export(shipment: Shipment) -> Exported:
    """Return the package of cards; media are inside of it."""
    cards = list(study_cards(shipment))
    media = sorted({file for card in cards for file in card.note.content.media}, key=lambda file: file.name)
    entries = list(_entries(shipment.bank.namespace, cards, media))
    xml = f'<openSM2sync number_of_entries="{len(entries)}">{"".join(entries)}</openSM2sync>\n'
    metadata = f"card_set_name:{_line(shipment.plan.title)}\nnotes:\n"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "cards.xml", xml.encode())
        _add(archive, "METADATA", metadata.encode())
        for file in media:
            _add(archive, file.name, Path(file.path).read_bytes())
    return Exported({f"{shipment.bank.file_name}.cards": data.getvalue()})


def _entries(namespace: str, cards: Iterable[StudyCard], media: Iterable[MediaFile]) -> Iterator[str]:
    cards = list(cards)
    tags = sorted({tag for card in cards for tag in card.note.content.tags})
    for tag in tags:
        yield _entry(_ADDED_TAG, {"o_id": _id(namespace, "tag", tag)}, {"name": tag})
    for file in media:
        yield _entry(_ADDED_MEDIA_FILE, {}, {"fname": file.name})
    for card in cards:
        texts = {"f": _text(card.front), "b": _text(card.back)}
        yield _entry(_ADDED_FACT, {"o_id": _card_id(namespace, "fact", card)}, texts)
    for card in cards:
        own = [_id(namespace, "tag", tag) for tag in card.note.content.tags]
        yield _entry(
            _ADDED_CARD,
            {
                "o_id": _card_id(namespace, "card", card), "card_t": _CARD_TYPE,
                "fact": _card_id(namespace, "fact", card), "fact_v": _FACT_VIEW, "tags": ",".join(own),
                **_NEVER_SEEN,
            },
            {},
        )  # fmt: skip


def _entry(kind: int, attributes: dict[str, str], texts: dict[str, str]) -> str:
    written = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    children = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in texts.items())
    return f'<log type="{kind}"{written}>{children}</log>\n'


def _text(html: str) -> str:
    for pattern, replacement in _MATH:
        html = pattern.sub(replacement, html)
    # XML holds no control characters.
    return _CONTROLS.sub("", html)


def _card_id(namespace: str, kind: str, card: StudyCard) -> str:
    return _id(namespace, kind, card.note.guid, str(card.ord))


def _id(namespace: str, *parts: str) -> str:
    return sha256("\x1f".join((namespace, *parts)).encode()).hexdigest()[:22]


def _line(text: str) -> str:
    return " ".join(text.split())


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _ZIP_DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


FORMAT = ExportFormat(
    name="mnemosyne",
    description="A .cards file for Mnemosyne, whose re-import keeps the grades.",
    export=export,
    keeps=frozenset(Feature) - {Feature.HINTS, Feature.HIERARCHY},
    loses=(
        "decks (the tag of the level stays); hints; second cards of one note; retired notes; sound. "
        "Formulas need LaTeX on the learner's computer"
    ),
)
