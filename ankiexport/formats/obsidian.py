"""Markdown for Obsidian's plugin Spaced Repetition, as it reads it without a change of its settings.

A blank line ends a card there. So what takes more than a paragraph is a quotation, whose blank lines bear a mark, with code
between its parts, which the plugin passes over.
"""

import re
from collections.abc import Sequence

from ankiexport.formats.deck_files import DeckFile, code_languages, write_decks
from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.formats.markdown_text import (
    CLOSE,
    OPEN,
    Block,
    Kind,
    UnwritableError,
    entities,
    joined,
    quoted,
)
from ankiexport.formats.markdown_writer import MarkdownWriter
from ankiexport.formats.study_cards import Deletion, StudyCard, marked_clozes
from ankiexport.html_text import html_to_text

_NOT_IN_TAGS = re.compile(r"[^\w-]+")
_DOUBLED = re.compile(r"([:=%])(?=\1)")
_HASH = re.compile(r"(?<!&)#(?=[\w/-])|(?<=\s)\^(?=[\w-])")
# JavaScript reads these in what it puts in the place of a cloze.
_REPLACEMENTS = re.compile(r"\$[$&`']")
_SEPARATORS = frozenset({"?", "??"})


def export(shipment: Shipment) -> Exported:
    """Return a note for each deck and the media; a card that the plugin would read as another is left out and named."""
    return write_decks(
        shipment, "obsidian", lambda deck: _head(shipment, deck), lambda cards: _note(cards, shipment)
    )


def _head(shipment: Shipment, deck: DeckFile) -> str:
    parts = dict.fromkeys(["flashcards", shipment.bank.deck, *deck.path])
    tag = "/".join(_tag(part) for part in parts)
    return f"---\ntags:\n  - {tag}\n---"


def _tag(name: str) -> str:
    return "/".join(_NOT_IN_TAGS.sub("-", part).strip("-") or "-" for part in name.split("::"))


def _note(cards: Sequence[StudyCard], shipment: Shipment) -> list[str]:
    content = cards[0].note.content
    media = frozenset(file.name for file in content.media)
    writer = _Writer(media, code_languages(shipment.sources.get(content.key)))
    tags = " ".join(f"#{_tag(tag)}" for tag in content.tags)
    try:
        cloze = _cloze(cards, writer, tags)
    except UnwritableError:
        cloze = None
    if cloze is not None:
        return [_safe(cloze)]
    return [_question(card, writer, tags) for card in cards]


def _question(card: StudyCard, writer: MarkdownWriter, tags: str) -> str:
    front = writer.blocks(f"{card.front}\n{card.hints}")
    if not front:
        reason = "nothing is asked"
        raise UnwritableError(reason)
    return "\n".join([_safe(_asked(front)), "?", _safe(_side(writer.blocks(card.back), tags))])


def _cloze(cards: Sequence[StudyCard], writer: MarkdownWriter, tags: str) -> str | None:
    """Return a note as a cloze, or None where only question and answer say the same."""
    found = marked_clozes(cards[0].cloze, OPEN, CLOSE)
    if found is None:
        return None
    marked, deletions = found
    numbers = sorted({deletion.number for deletion in deletions})
    if numbers != sorted(card.ord + 1 for card in cards):
        return None
    text = _side(writer.blocks(marked), tags)
    # Each is a card of its own, unless numbers say which go together. A number before a hint would be taken for one.
    by_number = len(numbers) < len(deletions) or re.search(rf"{OPEN}(?:\d+|[ash]+){CLOSE}", text) is not None
    for deletion in deletions:
        hidden = text[text.index(OPEN) + 1 : text.index(CLOSE)]
        number = f"{numbers.index(deletion.number) + 1};;" if by_number else ""
        inside = f"{number}{hidden}{_hint(deletion)}"
        if not _is_plain(hidden, _hint(deletion)):
            return None
        text = text.replace(f"{OPEN}{hidden}{CLOSE}", f"=={inside}==", 1)
    return text if text.count("==") == 2 * len(deletions) else None


def _hint(deletion: Deletion) -> str:
    return f";;{html_to_text(deletion.hint)}" if deletion.hint else ""


def _is_plain(hidden: str, hint: str) -> bool:
    return not (
        ";;" in hidden
        or hint.count(";;") > 1
        or "\n" in hint
        or "=" in (hidden[0], hidden[-1], hint[-1:])
        or _REPLACEMENTS.search(f"{hidden}<")
    )


def _asked(blocks: Sequence[Block]) -> str:
    """Return a front: a paragraph may stand before hints."""
    *before, last = blocks
    if len(before) == 1 and before[0].kind is Kind.TEXT and last.text.startswith("> [!"):
        return f"{_side(before)}\n{last.text}"
    return _side(blocks)


def _side(blocks: Sequence[Block], tags: str = "") -> str:
    """Return a side of a card without blank lines."""
    if len(blocks) == 1 and blocks[0].text not in _SEPARATORS:
        text, kind = blocks[0].text, blocks[0].kind
        if kind is Kind.TEXT or (kind is Kind.LIST and "\n\n" not in text and not tags):
            return f"{text}\n{tags}".strip()
    parts: list[str] = []
    run: list[Block] = []
    for block in [*blocks, *([Block(Kind.TEXT, tags)] if tags else [])]:
        if block.kind is Kind.CODE:
            parts += [quoted(joined(run)), block.text] if run else [block.text]
            run = []
        else:
            run.append(block)
    return "\n".join([*parts, quoted(joined(run))] if run else parts)


def _safe(text: str) -> str:
    """Return a side if the plugin finds no separator in it."""
    fence = ""
    for line in text.split("\n"):
        if fence:
            fence = "" if line.startswith(fence) else fence
        elif line.startswith("```"):
            fence = re.match("`+", line)[0]  # type: ignore[index]  # it begins with three
        elif "::" in line:
            reason = "the separator :: stands in it"
            raise UnwritableError(reason)
    if "<!--SR:" in text:
        reason = "the plugin would take <!--SR: for the times of a card"
        raise UnwritableError(reason)
    return text


class _Writer(MarkdownWriter):
    """Obsidian's Markdown, in which nothing separates the sides of a card, or is hidden, by mistake."""

    def text(self, text: str) -> str:
        """Keep text from being a separator, a cloze, a comment, a link or a tag."""
        text = _HASH.sub(lambda match: f"\\{match[0]}", super().text(text).replace("[", "\\["))
        return _DOUBLED.sub(lambda match: f"&#{ord(match[0])};", text)

    def is_plain_code(self, code: str) -> bool:
        """Keep separators out of backticks, where no entity is read."""
        return super().is_plain_code(code) and not re.search("::|==", code)

    def tex(self, tex: str) -> str:
        """Put nothing, in braces, between what would be a separator."""
        return _DOUBLED.sub(r"\1{}", super().tex(tex))

    def code_block(self, code: str, language: str) -> Block:
        """Write code as HTML in which the plugin would find a separator: it passes over fences only at the margin."""
        if (self.depth and "::" in code) or not _SEPARATORS.isdisjoint(map(str.strip, code.split("\n"))):
            return Block(Kind.OTHER, f"<pre><code>{entities(code).replace(chr(10), '&#10;')}</code></pre>")
        return super().code_block(code, language)

    def picture(self, source: str, alternative: str) -> str:
        """Write what would be separators in an address as it is written in addresses."""
        picture = super().picture(source, _DOUBLED.sub(r"\1 ", alternative))
        return picture.replace("::", "%3A%3A")

    def details(self, summary: str, body: Sequence[Block]) -> Block:
        """Write a callout that is folded."""
        return Block(Kind.OTHER, f"> [!hint]- {self.text(summary)}\n{quoted(joined(body))}")


FORMAT = ExportFormat(
    name="obsidian",
    description="Markdown for Obsidian with the plugin Spaced Repetition, a note for each deck.",
    export=export,
    keeps=frozenset(Feature) - {Feature.UPDATES},
    loses=(
        "second cards of one note; retired notes; the colons of tags become slashes. Grades stand in the files, so another "
        "export does not know them. Clozes that lie in one another become questions"
    ),
)
