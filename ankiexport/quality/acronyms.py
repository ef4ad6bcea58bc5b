"""The rule that a card explains its acronyms."""

import re
from collections.abc import Iterator

from ankiexport.quality.finding import Finding, found
from ankiexport.quality.texts import answered, blanked, texts_of
from ankiexport.question import LoadedBank, Question, Text

_ACRONYM = re.compile(r"(?<![\w.&@#/-])([A-Z][A-Z0-9]*[A-Z][A-Z0-9]*)(?=s?(?![\w@]))")
# Most texts have none, and need not be looked at closely.
_CAPITALS = re.compile(r"[A-Z][A-Z0-9]*[A-Z]")

# Words in capitals that need no explanation anywhere.
COMMON_ACRONYMS = frozenset(
    [
        "AC",
        "AD",
        "AI",
        "AM",
        "API",
        "ASCII",
        "BC",
        "CD",
        "CEO",
        "CPU",
        "CSS",
        "CSV",
        "DC",
        "DNA",
        "DVD",
        "EU",
        "FAQ",
        "FBI",
        "GB",
        "GPS",
        "GPU",
        "HTML",
        "HTTP",
        "HTTPS",
        "ID",
        "IDE",
        "IT",
        "JSON",
        "KB",
        "MB",
        "MIT",
        "NASA",
        "NATO",
        "OK",
        "PC",
        "PDF",
        "PIN",
        "PM",
        "RAM",
        "RNA",
        "SQL",
        "SSD",
        "TB",
        "TV",
        "UI",
        "UK",
        "UN",
        "URL",
        "US",
        "USA",
        "USB",
        "UTC",
        "UTF",
        "VIP",
        "XML",
        "YAML",
        "ZIP",
        "II",
        "III",
        "IV",
        "VI",
        "VII",
        "VIII",
        "IX",
        "XI",
        "XII",
        "XX",
        "AND",
        "OR",
        "NOT",
    ]
)


def acronyms_are_explained(loaded: LoadedBank) -> Iterator[Finding]:
    """Warn of an acronym that a card uses without saying what it stands for."""
    known = COMMON_ACRONYMS | set(loaded.bank.acronyms)
    for question in loaded.questions:
        texts = list(texts_of(question))
        in_capitals = [text for text in texts if _CAPITALS.search(blanked(text.value))]
        if in_capitals:
            card = "\n".join(blanked(text.value) for text in texts)
            yield from _unexplained(question, in_capitals, card, known)
        for fact in question.facts:
            read = answered(fact.text.value)
            yield from _unexplained(
                question, [fact.text], f"{blanked(read.text)} {' '.join(read.hints)}", known
            )


def _unexplained(
    question: Question, texts: list[Text], card: str, known: frozenset[str] | set[str]
) -> Iterator[Finding]:
    seen: set[str] = set()
    for text in texts:
        for match in _ACRONYM.finditer(prose_keeping_offsets(text.value)):
            acronym = match[1]
            if acronym in known or acronym in seen:
                continue
            seen.add(acronym)
            if not re.search(rf"\(\W*{acronym}s?\b|\b{acronym}s?\W*\(", card):
                message = f'"{acronym}" is not explained on this card'
                advice = f"write it out at first use, with ({acronym}) behind it; or list it in bank.yaml below acronyms:"
                yield found(question, text, match.start(1), "acronym", message, advice)


def prose_keeping_offsets(markdown: str) -> str:
    """Return a text of the same length in which only running text is left."""
    text = blanked(markdown)
    return re.sub(r"\]\([^)]*\)|<[^<>\n]*>", lambda match: " " * len(match[0]), text)
