"""Rules for lists: that they can be recalled, and that Markdown sees them."""

import re
from collections.abc import Iterator

from ankiexport.quality.finding import Finding, found
from ankiexport.quality.texts import blanked, texts_of
from ankiexport.question import LoadedBank

MAX_LIST_ITEMS = 7

_ITEM = re.compile(r"(?:[-*+]|\d+[.)])[ \t]+\S")
_NESTED_TOO_LITTLE = re.compile(r"^[ ]{2,3}(?:[-*+]|\d+[.)])[ \t]+\S", re.MULTILINE)


def lists_can_be_recalled(loaded: LoadedBank) -> Iterator[Finding]:
    """Warn of a list with more items than anyone keeps in mind."""
    for question in loaded.questions:
        for items, key in ((question.key_points, "key points"), (question.pitfalls, "pitfalls")):
            if len(items) > MAX_LIST_ITEMS:
                message = f"there are {len(items)} {key}; more than {MAX_LIST_ITEMS} are not recalled"
                yield found(question, items[0], 0, "long-list", message, "group them, or leave out the least")
        if question.answer:
            for offset, count in _lists(question.answer.value):
                if count > MAX_LIST_ITEMS:
                    message = f"the list has {count} items; more than {MAX_LIST_ITEMS} are not recalled"
                    yield found(
                        question, question.answer, offset, "long-list", message, "group them under headings"
                    )


def lists_are_seen_as_lists(loaded: LoadedBank) -> Iterator[Finding]:
    """Warn of a list that Python-Markdown does not see: no blank line before it, or too little indentation."""
    for question in loaded.questions:
        for text in texts_of(question):
            # What one line holds is no list below a text, nor within another one.
            shown = blanked(text.value) if "\n" in text.value else ""
            for offset in _unseen_lists(shown):
                advice = "leave a blank line before a list, and indent what is nested by four spaces"
                yield found(
                    question, text, offset, "unseen-list", "this list would be shown as running text", advice
                )


def _lists(markdown: str) -> Iterator[tuple[int, int]]:
    """Yield the offset and the number of items of each list that is not nested in another."""
    start, count, offset = 0, 0, 0
    for line in [*blanked(markdown).split("\n"), "end"]:
        if _ITEM.match(line):
            start, count = (start, count + 1) if count else (offset, 1)
        elif line.strip() and not line.startswith(" "):
            if count:
                yield start, count
            count = 0
        offset += len(line) + 1


def _unseen_lists(shown: str) -> Iterator[int]:
    offset, before, in_list = 0, "", False
    for line in shown.split("\n"):
        if _ITEM.match(line):
            if before.strip() and not in_list and not before.lstrip().startswith(("#", "|", "<")):
                yield offset
            in_list = True
        elif in_list and _NESTED_TOO_LITTLE.match(line):
            yield offset + len(line) - len(line.lstrip())
        elif line.strip() and not line.startswith(" ") and not before.strip():
            in_list = False
        before, offset = line, offset + len(line) + 1
