"""The lines with "#" at the head of Anki's text files, read as Anki reads them."""

from dataclasses import dataclass, field

DELIMITERS = {"tab": "\t", "pipe": "|", "semicolon": ";", "colon": ":", "comma": ",", "space": " "}
_COLUMNS = ("guid column", "notetype column", "deck column", "tags column")


@dataclass(slots=True)
class Headers:
    """What the head of a file says; columns count from 0, and `lines` is how many lines the head has."""

    delimiter: str = ""
    is_html: bool | None = None
    columns: dict[str, int] = field(default_factory=dict)
    labels: str = ""
    note_type: str = ""
    deck: str = ""
    tags: str = ""
    lines: int = 0


def headers_of(text: str) -> tuple[Headers, str]:
    """Return the headers of a text, and what comes after them."""
    found = Headers()
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        line = text[at:end].rstrip("\n")
        if found.lines == 0 and line.startswith("tags:"):
            found.tags = line.removeprefix("tags:")
        elif line.startswith("#"):
            key, colon, value = line[1:].partition(":")
            if colon:
                _take(found, key.strip().lower(), value)
        else:
            break
        at, found.lines = end, found.lines + 1
    return found, text[at:]


def is_anki_text(text: str) -> bool:
    """Tell whether a text begins with a header that Anki knows."""
    if not text.startswith("#"):
        return text.startswith("tags:")
    key = text[1 : text.find(":")].strip().lower() if ":" in text[:200] else ""
    return key in {"separator", "html", "tags", "columns", "notetype", "deck", *_COLUMNS}


def _take(found: Headers, key: str, value: str) -> None:
    word = value.strip().lower()
    if key == "separator":
        sign = value[:1] if value[:1] in DELIMITERS.values() else ""
        found.delimiter = DELIMITERS.get(word, sign) or found.delimiter
    elif key == "html" and word in {"true", "false"}:
        found.is_html = word == "true"
    elif key in _COLUMNS and word.isascii() and word.isdecimal() and 0 < int(word[:4]) < 1000:
        found.columns[key.removesuffix(" column")] = int(word[:4]) - 1
    elif key == "columns":
        found.labels = value
    elif key == "notetype":
        found.note_type = value.strip()
    elif key == "deck":
        found.deck = value.strip()
    elif key == "tags":
        found.tags = value
