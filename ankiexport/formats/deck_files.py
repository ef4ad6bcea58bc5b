"""Cards by their decks, for formats that have a file for each deck."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from ankiexport.diagnostics import Diagnostic
from ankiexport.formats.export_format import Exported, Shipment
from ankiexport.formats.markdown_text import UnwritableError, languages_in
from ankiexport.formats.study_cards import StudyCard, study_cards
from ankiexport.question import Fact, Question

if TYPE_CHECKING:
    from ankiexport.notes import MediaFile

# What a file system does not take, and what Obsidian cannot link to.
_NOT_IN_NAMES = re.compile(r"[\\/:*?\"<>|#^\[\]\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class DeckFile:
    """A deck with cards: the parts of its name below what all decks share, its file name, its cards by notes."""

    path: tuple[str, ...]
    stem: str
    notes: tuple[tuple[StudyCard, ...], ...]


def deck_files(shipment: Shipment) -> Iterator[DeckFile]:
    """Yield the decks that have cards, in their own order, with names that differ on any file system."""
    cards: dict[str, list[StudyCard]] = {}
    for card in study_cards(shipment):
        cards.setdefault(card.note.deck, []).append(card)
    names = {name: tuple(name.split("::")) for name in cards}
    root = {parts[0] for parts in names.values()}
    taken: set[str] = set()
    for deck in shipment.plan.decks:
        if deck.name not in cards:
            continue
        parts = names[deck.name]
        path = parts[1:] or parts if len(root) == 1 else parts
        stem = " - ".join(_NOT_IN_NAMES.sub("_", part).strip(" .") or "_" for part in path)
        while stem.casefold() in taken:
            stem += "_"
        taken.add(stem.casefold())
        notes = groupby(cards[deck.name], key=lambda card: card.note.guid)
        yield DeckFile(path, stem, tuple(tuple(own) for _guid, own in notes))


def code_languages(source: Question | Fact | None) -> Mapping[str, str]:
    """Return the languages of the code in a question, by the code."""
    if source is None:
        return {}
    if isinstance(source, Fact):
        return languages_in(source.text.value)
    return {code: name for text in source.texts for code, name in languages_in(text.value).items()}


def write_decks(
    shipment: Shipment,
    program: str,
    head: Callable[[DeckFile], str],
    write: Callable[[Sequence[StudyCard]], Sequence[str]],
) -> Exported:
    """Return a Markdown file for each deck, with the media of its cards beside it, in a folder for a program.

    `write` is given the cards of a note and returns their texts; what it cannot write is left out and named.
    """
    folder = f"{shipment.bank.file_name}-{program}"
    files: dict[str, str] = {}
    out: list[Diagnostic] = []
    media: set[MediaFile] = set()
    for deck in deck_files(shipment):
        written = [head(deck)]
        for cards in deck.notes:
            content = cards[0].note.content
            try:
                written += write(cards)
            except UnwritableError as error:
                message = f'"{content.key}" is left out: {error}'
                out.append(Diagnostic(content.position, "export-refused", message, "say it in another way"))
            else:
                media.update(content.media)
        if len(written) > 1:
            files[f"{folder}/{deck.stem}.md"] = "\n\n".join(written) + "\n"
    copies = {f"{folder}/media/{file.name}": file.path for file in sorted(media, key=lambda file: file.name)}
    return Exported({**files, **copies}, tuple(out))
