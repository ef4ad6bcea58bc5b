"""The files of the pages, which ship with the package, and MathJax, which another package carries."""

from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"

# Its wheel is nothing but the files of MathJax 3.2.2, the version that Anki carries, and a hook for Sphinx.
MATHJAX_PACKAGE = "sphinx-mathjax-offline"


@cache
def asset(name: str) -> str:
    """Return the text of a file of the pages."""
    return (STATIC / name).read_text(encoding="utf-8")


def mathjax_folder() -> Path | None:
    """Return the folder of the installed MathJax, or None when its package is not there."""
    try:
        found = files(MATHJAX_PACKAGE) or []
    except PackageNotFoundError:
        return None
    scripts = (path for path in found if path.name == "tex-chtml-full.js")
    return next((Path(str(path.locate())).resolve().parent for path in scripts), None)
