"""What a PDF holds, read by PDFium and pypdf: its text and where it stands, its fonts, its drawings."""

import io
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from pypdf import PageObject, PdfReader
from pypdfium2 import PdfDocument


def pages_of(data: bytes) -> list[PageObject]:
    """Return the pages of a PDF."""
    return list(PdfReader(io.BytesIO(data)).pages)


def text_of_pdf(data: bytes) -> list[str]:
    """Return the text of each page, as PDFium, which Chrome shows PDFs with, finds it."""
    with closing(PdfDocument(data)) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def places_of(data: bytes, text: str) -> list[tuple[int, float, float]]:
    """Return where a text begins: the page, and how far from the left and from the bottom, in points."""
    found = []
    with closing(PdfDocument(data)) as document:
        for number, page in enumerate(document):
            inside = page.get_textpage()
            search = inside.search(text)
            while (match := search.get_next()) is not None:
                left, bottom, _right, _top = inside.get_charbox(match[0])
                found.append((number, left, bottom))
    return found


def letters_of(data: bytes) -> Iterator[tuple[int, str, float, float, float, float]]:
    """Yield each letter of a PDF: its page, itself, and its left, bottom, right and top in points."""
    with closing(PdfDocument(data)) as document:
        for number, page in enumerate(document):
            inside = page.get_textpage()
            for at in range(inside.count_chars()):
                letter = inside.get_text_range(at, 1)
                if letter.strip():
                    yield (number, letter, *inside.get_charbox(at))


def is_indented(data: bytes, inner: str, outer: str) -> bool:
    """Whether a line of a PDF stands below another, and further to the right."""
    if not data.startswith(b"%PDF"):
        return False
    return any(
        page == other and left > margin + 12 and bottom < top
        for page, left, bottom in places_of(data, inner)
        for other, margin, top in places_of(data, outer)
    )


def has_curves(data: bytes) -> bool:
    """Whether curves are drawn in a PDF: in our style sheets, only formulas have some."""
    return data.startswith(b"%PDF") and any(
        re.search(rb"\d c\s", drawing) for page in pages_of(data) for drawing in _drawings(page)
    )


def fonts_of(data: bytes) -> dict[str, bool]:
    """Return the fonts of a PDF by their names, and whether each is embedded."""
    found = {}
    for page in pages_of(data):
        for resources in _resources(page):
            for font in resources.get("/Font", {}).values():
                inner = font.get_object()
                below = inner["/DescendantFonts"][0].get_object() if "/DescendantFonts" in inner else inner
                descriptor = below["/FontDescriptor"]
                found[str(inner["/BaseFont"])] = any(
                    f"/FontFile{kind}" in descriptor for kind in ("", "2", "3")
                )
    return found


def _drawings(page: PageObject) -> Iterator[bytes]:
    contents = page.get_contents()
    if contents is not None:
        yield contents.get_data()
    for resources in _resources(page):
        for form in resources.get("/XObject", {}).values():
            inner = form.get_object()
            if inner["/Subtype"] == "/Form":
                yield inner.get_data()


def _resources(page: PageObject) -> Iterator[Any]:
    left = [page["/Resources"].get_object()]
    while left:
        resources = left.pop()
        yield resources
        for form in resources.get("/XObject", {}).values():
            inner = form.get_object()
            if "/Resources" in inner:
                left.append(inner["/Resources"].get_object())
