"""Finding what stands at a place, in whichever form the file is written."""

from dataclasses import replace
from pathlib import Path

from ankiexport.editing.markdown_spots import markdown_spot
from ankiexport.editing.source_text import Point, SourceText
from ankiexport.editing.spots import Spot
from ankiexport.editing.yaml_spots import yaml_spot


def spot_at(text: SourceText, path: Path, point: Point) -> Spot:
    """Return what stands at a place of a file, however broken its text is."""
    find = markdown_spot if path.suffix.lower() == ".md" else yaml_spot
    return replace(find(text.lines, point), line=point.line, column=point.column)
