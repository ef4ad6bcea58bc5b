"""Hashcards: Markdown files with questions (`Q:`, `A:`) and clozes (`C:`), a file for each deck.

A card is known by the hash of its text. A line of three hyphens ends a card, and so do the three tags, at the margin.
"""

import json
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
)
from ankiexport.formats.markdown_writer import MarkdownWriter
from ankiexport.formats.study_cards import StudyCard, marked_clozes

_TAG = re.compile(r"[QAC](?=:)")
# It puts this in the place of what is hidden.
_RESERVED = "CLOZE_DELETION"


def export(shipment: Shipment) -> Exported:
    """Return the files and their media; a card that hashcards would read as something else is left out and named."""
    known: dict[str, str] = {}

    def write(cards: Sequence[StudyCard]) -> list[str]:
        texts = _note(cards, shipment)
        double = next((known[text] for text in texts if text in known), None)
        if double is not None:
            reason = f'hashcards tells cards by their texts alone, and "{double}" has the same'
            raise UnwritableError(reason)
        known.update(dict.fromkeys(texts, cards[0].note.content.key))
        return texts

    return write_decks(shipment, "hashcards", _head, write)


def _head(deck: DeckFile) -> str:
    # What JSON calls a string, TOML does too.
    return f"---\nname = {json.dumps('::'.join(deck.path), ensure_ascii=False)}\n---"


def _note(cards: Sequence[StudyCard], shipment: Shipment) -> list[str]:
    content = cards[0].note.content
    media = frozenset(file.name for file in content.media)
    languages = code_languages(shipment.sources.get(content.key))
    try:
        cloze = _cloze(cards, _ClozeWriter(media, languages))
    except UnwritableError:
        cloze = None
    if cloze is not None:
        return [cloze]
    writer = _Writer(media, languages)
    return [_question(card, writer) for card in cards]


def _question(card: StudyCard, writer: MarkdownWriter) -> str:
    front, back = writer.blocks(f"{card.front}\n{card.hints}"), writer.blocks(card.back)
    if not front:
        reason = "nothing is asked"
        raise UnwritableError(reason)
    return f"{_tagged('Q', front)}\n{_tagged('A', back)}"


def _cloze(cards: Sequence[StudyCard], writer: MarkdownWriter) -> str | None:
    """Return a note as a cloze, or None where only question and answer say the same."""
    found = marked_clozes(cards[0].cloze, OPEN, CLOSE)
    if found is None:
        return None
    marked, deletions = found
    numbers = {deletion.number for deletion in deletions}
    if len(numbers) != len(deletions) or len(cards) != len(deletions) or any(one.hint for one in deletions):
        # Deletions of one number are one card in Anki, and here they would be two.
        return None
    text = _tagged("C", writer.blocks(marked))
    if _RESERVED in text:
        return None
    # A picture begins with an exclamation mark.
    return text.replace(f"!{OPEN}", f"&#33;{OPEN}").replace(OPEN, "[").replace(CLOSE, "]")


def _tagged(tag: str, blocks: list[Block]) -> str:
    text = joined(blocks)
    begins_in_line = not blocks or blocks[0].kind is Kind.TEXT
    return f"{tag}:{' ' if begins_in_line else chr(10)}{text}".rstrip()


class _Writer(MarkdownWriter):
    """CommonMark in which no line is taken for the beginning or the end of a card."""

    def text(self, text: str) -> str:
        """Keep brackets from being links; a backslash before one would begin a formula."""
        return re.sub(r"\](?=[(\[:])", "&#93;", super().text(text))

    def at_start(self, text: str) -> str:
        """Keep a line from being a tag."""
        return f"{text[0]}&#58;{text[2:]}" if _TAG.match(text) else super().at_start(text)

    def code_block(self, code: str, language: str) -> Block:
        """Indent code that holds a tag; write code that holds a separator as HTML."""
        lines = code.split("\n")
        if any(line.strip() == "---" for line in lines):
            return self._html_block(code, language)
        block = super().code_block(code, language)
        if any(_TAG.match(line) for line in lines):
            return Block(Kind.CODE, "\n".join(f" {line}" if line else "" for line in block.text.split("\n")))
        return block

    def picture(self, source: str, alternative: str) -> str:
        """Refuse what is no file that comes with it: hashcards would not start."""
        if source not in self.media:
            reason = f'"{source[:60]}" is no file that can come with it'
            raise UnwritableError(reason)
        return super().picture(source, alternative)

    def _html_block(self, code: str, language: str) -> Block:
        attribute = f' class="language-{language}"' if language else ""
        return Block(Kind.CODE, f"<pre><code{attribute}>{entities(code)}</code></pre>")


class _ClozeWriter(_Writer):
    """The same for clozes, where every bracket means one."""

    def text(self, text: str) -> str:
        """Write brackets as entities."""
        return super().text(text).replace("[", "&#91;").replace("]", "&#93;")

    def is_plain_code(self, code: str) -> bool:
        """Keep brackets out of backticks, where no entity is read."""
        return super().is_plain_code(code) and not re.search(r"[\[\]]", code)

    def tex(self, tex: str) -> str:
        """Put a backslash before brackets, which hashcards takes away."""
        return re.sub(r"([\[\]])", r"\\\1", super().tex(tex))

    def code_block(self, code: str, language: str) -> Block:
        """Write code with brackets as HTML."""
        if re.search(r"[\[\]]", code):
            return self._html_block(code, language)
        return super().code_block(code, language)


FORMAT = ExportFormat(
    name="hashcards",
    description="Markdown files for hashcards, one for each deck, with questions and clozes.",
    export=export,
    keeps=frozenset({Feature.HINTS, Feature.MATH, Feature.CODE, Feature.MEDIA, Feature.CLOZES}),
    loses=(
        "tags; decks below one another: each is a file; second cards of one note; retired notes. A card is known by its text, so "
        "an edited one begins anew. Clozes that share a number, lie in one another or have a hint become questions"
    ),
)
