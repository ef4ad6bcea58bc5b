"""The rule that links to files lead to files."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from ankiexport.quality.finding import Finding, found
from ankiexport.quality.texts import blanked, texts_of
from ankiexport.question import LoadedBank, Question, Text

# It begins with a sign, and looks back behind it: so only the sign is looked for.
_LINK = re.compile(r"\[(?<!!\[)[^\]]*\]\(\s*<?([^)\s>]+)[^)]*\)")


def links_lead_somewhere(loaded: LoadedBank) -> Iterator[Finding]:
    """Warn of a relative link to a file that is not there."""
    for question in loaded.questions:
        for text, offset, target in relative_links(question):
            if not (Path(text.position.path).parent / target).exists():
                message = f'the link leads to "{target}", which is not there'
                yield found(question, text, offset, "dead-link", message, "mend it, or link to a web page")


def relative_links(question: Question) -> Iterator[tuple[Text, int, str]]:
    """Yield the links of a question to files: the text, the offset in it, and the path from its file."""
    for text in [*texts_of(question), *question.sources, *(fact.text for fact in question.facts)]:
        for match in _LINK.finditer(blanked(text.value)) if "](" in text.value else ():
            target = unquote(match[1].partition("#")[0])
            if target and ":" not in target:
                yield text, match.start(1), target
