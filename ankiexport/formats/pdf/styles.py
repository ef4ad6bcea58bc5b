"""What both kinds of PDF share: style sheets, and the naming of formulas that stand as TeX."""

from collections.abc import Iterator
from pathlib import Path

from ankiexport.diagnostics import Diagnostic
from ankiexport.formats.pdf.content import Printer
from ankiexport.notes import NoteContent


def style(name: str) -> str:
    """Return a style sheet of this folder, with the colours of highlighted code."""
    from pygments.formatters import HtmlFormatter

    code = str(HtmlFormatter(style="friendly").get_style_defs(".highlight"))  # type: ignore[no-untyped-call]
    lines = [line for line in code.splitlines() if line.startswith(".highlight .")]
    return "\n".join([(Path(__file__).parent / name).read_text(encoding="utf-8"), *lines])


def refusals(content: NoteContent, printer: Printer) -> Iterator[Diagnostic]:
    """Yield a warning for each formula that could not be typeset."""
    for tex, reason in printer.failed.items():
        message = f'the formula "{tex}" of "{content.key}" stands as TeX: {reason}'
        yield Diagnostic(content.position, "formula-as-text", message, "write it in simpler commands")
