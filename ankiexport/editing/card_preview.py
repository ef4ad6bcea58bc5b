"""A card as Markdown, as an editor can show it beside the source."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ankiexport.diagnostics import Position
from ankiexport.editing.media_links import links_in
from ankiexport.editing.state import BankState
from ankiexport.html_text import html_to_text
from ankiexport.live_bank.entries import Entry
from ankiexport.media import MediaLibrary
from ankiexport.question import Fact, Question, Text

_CLOZE = re.compile(r"\{\{c[\d,]+::((?:(?!\{\{c\d|\}\}).)*)\}\}", re.DOTALL)
_RULE = "\n\n---\n\n"


def card_preview(state: BankState, entry: Entry) -> str:
    """Return the front and the back of an entry's card, and below them where it will be found."""
    texts = _Texts(state, entry)
    question = entry.question
    if entry.is_fact:
        parts = texts.cloze(_fact(entry).text)
    elif question.fields:
        parts = [texts.given(question)]
    elif entry.note_type == "cloze":
        parts = [*texts.cloze(question.question), *texts.back(question)]
    else:
        parts = [texts.shown(question.question), *texts.back(question)]
    where = " · ".join(
        [f"`{entry.key}`", entry.deck.replace("::", " › "), *(f"`{tag}`" for tag in entry.tags)]
    )
    return _RULE.join([*(part for part in parts if part), where])


def _fact(entry: Entry) -> Fact:
    facts = entry.question.facts
    return next(fact for fact in facts if fact.id == entry.key and fact.position == entry.position)


class _Texts:
    """The texts of one card, with pictures by their addresses."""

    def __init__(self, state: BankState, entry: Entry) -> None:
        bank = state.bank
        self._labels = dict(bank.labels) if bank else {}
        self._library = MediaLibrary(state.root, keeps_names=bank is not None and bank.keeps_media_names)
        self._where = Position(entry.position.path)

    def shown(self, text: Text) -> str:
        """Return a text of which references to files lead to them."""
        return "\n".join(self._line(line) for line in text.value.strip().split("\n"))

    def cloze(self, text: Text) -> list[str]:
        """Return a text with its clozes hidden, and with them shown."""
        markdown = self.shown(text)
        hidden = _replaced(markdown, lambda parts: f"**[{parts[1] if len(parts) > 1 else '...'}]**")
        return [hidden, _replaced(markdown, lambda parts: f"**{parts[0]}**")]

    def back(self, question: Question) -> Iterator[str]:
        """Yield what else the card shows, hints first."""
        for number, hint in enumerate(question.hints, start=1):
            yield f"*{self._labels.get('hint', 'Hint')} {number}*\n\n{self.shown(hint)}"
        if question.answer:
            yield self.shown(question.answer)
        for key, texts in (
            ("key_points", question.key_points),
            ("pitfalls", question.pitfalls),
            ("follow_ups", question.follow_ups),
            ("sources", question.sources),
        ):
            if texts:
                title = self._labels.get(
                    key, key.replace("_", "-" if key == "follow_ups" else " ").capitalize()
                )
                yield f"*{title}*\n\n" + self._list(texts)

    def given(self, question: Question) -> str:
        """Return the fields of a note that composes none."""
        return "\n\n".join(
            f"*{given.name.value}*\n\n"
            + (html_to_text(given.text.value) if given.is_html else self.shown(given.text))
            for given in question.fields
        )

    def _list(self, texts: Sequence[Text]) -> str:
        return "\n".join("- " + self.shown(text).replace("\n", "\n  ") for text in texts)

    def _line(self, line: str) -> str:
        for link in reversed(links_in(line)):
            found, _problem = self._library.find(link.target, self._where)
            if found is not None and link.form in {"markdown", "angle"}:
                line = line[: link.start] + Path(found.path).as_uri() + line[link.end :]
        return line


def _replaced(markdown: str, write: Callable[[list[str]], str]) -> str:
    previous = None
    while previous != markdown:
        previous = markdown
        markdown = _CLOZE.sub(lambda match: write(match[1].split("::")), markdown)
    return markdown
