"""Cards put together on sheets: a page of fronts, and behind it a page of their backs."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ankiexport.errors import MissingExtraError
from ankiexport.formats.pdf.engine import laid_out, pdf_of
from ankiexport.formats.pdf.grid import Grid

if TYPE_CHECKING:
    from pypdf import PageObject, PdfWriter
    from pypdf.generic import StreamObject
    from weasyprint import Document
    from weasyprint.document import Page

_POINTS = 72 / 25.4

Sides = tuple["Page", "Page"]


def imposed(document: "Document", cards: Sequence[tuple[Grid, Sequence[Sides]]], title: str) -> bytes:
    """Return sheets with the cards of each grid, as PDF; raises `MissingExtraError`."""
    try:
        from pypdf import PdfReader, PdfWriter
    except ImportError as error:
        extra = "pdf"
        raise MissingExtraError(extra, error) from error
    pages = [page for _grid, sides in cards for pair in sides for page in pair]
    single = PdfReader(io.BytesIO(pdf_of(document.copy(pages))))
    writer = PdfWriter()
    at = 0
    for grid, sides in cards:
        marks = PdfReader(io.BytesIO(_marks(grid))).pages[0]
        for start in range(0, len(sides), grid.count):
            on_sheet = len(sides[start : start + grid.count])
            own = [single.pages[at + number] for number in range(2 * on_sheet)]
            at += 2 * on_sheet
            _add_sheet(writer, grid, own[::2], marks, is_back=False)
            _add_sheet(writer, grid, own[1::2], marks, is_back=True)
    writer.add_metadata({"/Title": title, "/Producer": "ankiexport"})
    # The print dialogue offers what the backs are made for.
    writer.create_viewer_preferences().duplex = "/DuplexFlipLongEdge"
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


def _add_sheet(
    writer: "PdfWriter",
    grid: Grid,
    cards: Sequence["PageObject"],
    marks: "PageObject",
    *,
    is_back: bool,
) -> None:
    from pypdf.generic import DictionaryObject, NameObject, StreamObject

    width, height = (side * _POINTS for side in grid.sheet)
    places = [] if is_back else [(marks, 0.0, 0.0)]
    for number, card in enumerate(cards):
        left, top = grid.place(number, is_back=is_back)
        places.append((card, left * _POINTS, height - (top + grid.card[1]) * _POINTS))
    forms = DictionaryObject()
    drawn: list[str] = []
    for number, (page, x, y) in enumerate(places):
        forms[NameObject(f"/C{number}")] = writer._add_object(_form(writer, page))  # noqa: SLF001 - there is no public name
        drawn.append(f"q 1 0 0 1 {x:.3f} {y:.3f} cm /C{number} Do Q")
    sheet = writer.add_blank_page(width, height)
    content = StreamObject()
    content.set_data("\n".join(drawn).encode())
    sheet[NameObject("/Contents")] = writer._add_object(content)  # noqa: SLF001
    sheet[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): forms})


def _form(writer: "PdfWriter", page: "PageObject") -> "StreamObject":
    """Return a page as something that can be drawn on another."""
    from pypdf.generic import NameObject, StreamObject

    form = StreamObject()
    contents = page.get_contents()
    form.set_data(contents.get_data() if contents is not None else b"")
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = page.mediabox.clone(writer)
    form[NameObject("/Resources")] = page["/Resources"].clone(writer)
    return form.flate_encode()


def _marks(grid: Grid) -> bytes:
    width, height = grid.sheet
    lines = "".join(
        f'<div style="left:{left}mm;top:{top}mm;width:{max(wide, 0.1)}mm;height:{max(high, 0.1)}mm"></div>'
        for left, top, wide, high in grid.marks()
    )
    css = f"@page{{size:{width}mm {height}mm;margin:0}}div{{position:absolute;background:#99a2ad}}"
    return pdf_of(laid_out(f"<body>{lines}</body>", css))
