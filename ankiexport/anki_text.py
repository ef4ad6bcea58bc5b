"""What Anki finds in a field: what it stores, sorts by, takes for empty, and the clozes.

{{c1::text}}  {{c1::text::hint}}  {{c1,2::text}}  {{c1::text {{c2::inside}}}}
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CLOZE_DEPTH = 10

_CLOZE_TOKEN = re.compile(r"\{\{c(?P<numbers>[0-9,]+)::|\}\}")
_CLOZE_NUMBER = re.compile(r"0*([0-9]{1,5})")
_LAST_CLOZE_NUMBER = 65_535

# One blank before the `>` is all that Anki allows. ASCII, or a dotless i would do in `div`.
_NOTHING = re.compile(r"(?:[ \t\n]|</?(?:br|div) ?/?>)*", re.IGNORECASE | re.ASCII)
# Anki drops these from a field before it looks at it, so that `{{c1\x00::` is a cloze.
_DROPPED = {code: None for code in [*range(0x20), 0x7F] if chr(code) not in "\t\n"}
_ANY_DROPPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

_SOUND_OR_TAG = re.compile(
    r"<!--.*?-->|<style.*?>.*?</style>|<script.*?>.*?</script>|<[^>]*>", re.DOTALL | re.IGNORECASE
)
# What is more than a tag, or an image.
_MORE, _TAG = re.compile(r"<(?:!--|style|script|img)", re.IGNORECASE), re.compile(r"<[^>]*>")
_IMAGE = re.compile(r"<img[^>]+src=[\"']?([^\"'>]+)[\"']?[^>]*>", re.IGNORECASE)

# A reference to a character that is none, of more digits than Python reads as a number.
_NO_NUMBER = re.compile(r"&#[0-9]{4000,};?")

# How most fields begin that hold something: these need not be copied to see that they do.
_CONTENT = ("<p", "<ul", "<ol", "<details", "<span")


@dataclass(slots=True)
class Cloze:
    """A cloze: the numbers that Anki can read in it, and where it, its content and its end begin.

    `end` is None when it is never closed, and then Anki sees none of the clozes inside it either; `too_deep`
    when it stands in so many others that Anki skips its opening.
    """

    numbers: tuple[int, ...]
    start: int
    content: int
    end: int | None = None
    too_deep: bool = False


def stored_text(html: str) -> str:
    """Return a field as a collection stores it: accents composed, control characters dropped."""
    kept = html.translate(_DROPPED) if _ANY_DROPPED.search(html) else html
    return kept if kept.isascii() else unicodedata.normalize("NFC", kept)


def field_is_empty(html: str) -> bool:
    """Tell whether Anki takes a field for empty.

    Only spaces, tabs, line breaks, control characters, and `<br>` and `<div>` (opening or closing, without
    attributes) are nothing. An `&nbsp;`, U+00A0, U+3000, `<p></p>`, `<br  />` or a picture is content.
    """
    if html.startswith(_CONTENT) or html[:1].isalnum():
        return False
    return _NOTHING.fullmatch(html.translate(_DROPPED)) is not None


def without_tags(field: str) -> str:
    """Return a field without HTML, images as their file names: what Anki sorts and compares by."""
    if _MORE.search(field):
        if "<img" in field.lower():
            field = _IMAGE.sub(_image_name, field)
        field = _SOUND_OR_TAG.sub("", field)
    elif "<" in field:
        field = _TAG.sub("", field)
    return (html.unescape(_NO_NUMBER.sub("\ufffd", field)) if "&" in field else field).strip()


def _image_name(found: re.Match[str]) -> str:
    return f" {found[1]} "


def find_clozes(text: str) -> list[Cloze]:
    """Return the clozes of a text, closed or not, in the order of their openings."""
    found: list[Cloze] = []
    stack: list[Cloze] = []
    for token in _CLOZE_TOKEN.finditer(text):
        if token["numbers"] is None:
            if stack:
                stack.pop().end = token.start()
            continue
        numbers = tuple(_numbers(token["numbers"]))
        if numbers:
            too_deep = len(stack) >= MAX_CLOZE_DEPTH
            found.append(Cloze(numbers, token.start(), token.end(), too_deep=too_deep))
            if not too_deep:
                stack.append(found[-1])
    return found


def cloze_numbers(html: str) -> Iterator[int]:
    """Yield the numbers of the clozes of one field that Anki finds."""
    # What is dropped and composed before makes no brace.
    for cloze in find_clozes(stored_text(html)) if "{" in html else ():
        if cloze.too_deep:
            continue
        if cloze.end is None:
            return
        yield from cloze.numbers


def _numbers(listed: str) -> Iterator[int]:
    for part in listed.split(","):
        match = _CLOZE_NUMBER.fullmatch(part)
        if match is not None and int(match[1]) <= _LAST_CLOZE_NUMBER:
            yield int(match[1])
