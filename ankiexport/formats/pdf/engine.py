"""WeasyPrint behind one door: HTML to pages, without network, the same bytes each time."""

import logging
from typing import TYPE_CHECKING, Any

from ankiexport.errors import AnkiExportError, MissingExtraError

if TYPE_CHECKING:
    from weasyprint import Document

_EXTRA = "pdf"


class MissingPangoError(AnkiExportError):
    """WeasyPrint is there, but not the libraries of the system that it draws text with."""

    def __init__(self, cause: OSError) -> None:
        """Say what to install."""
        reason = str(cause).splitlines()[0] if str(cause) else "a library is missing"
        super().__init__(
            f"WeasyPrint cannot load Pango, which draws its text ({reason}): apt install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0, or see its installation guide for your system"
        )


def laid_out(html: str, css: str) -> "Document":
    """Return HTML as pages; raises `MissingExtraError` or `MissingPangoError`."""
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher
    except ImportError as error:
        raise MissingExtraError(_EXTRA, error) from error
    except OSError as error:
        raise MissingPangoError(error) from error
    # It tells of CSS and HTML that it passes over, on standard error, and of pages that it lays out.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    # Whatever a card refers to has been put into its HTML.
    fetcher = URLFetcher(allowed_protocols=["data"])
    sheet = weasyprint.CSS(string=css, url_fetcher=fetcher)
    return weasyprint.HTML(string=html, url_fetcher=fetcher).render(stylesheets=[sheet])


def pdf_of(document: "Document", *, tagged: bool = False) -> bytes:
    """Return pages as PDF; tagged, it tells screen readers what is a heading, and what pictures show."""
    data: Any = document.write_pdf(pdf_tags=tagged)
    if not isinstance(data, bytes):
        raise TypeError(type(data))
    return data
