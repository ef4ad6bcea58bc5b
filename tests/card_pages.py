"""Built packages, imported into a real Anki collection, as pages that a plain browser can show."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from anki.lang import set_lang

# What Anki's reviewer adds to a card and matters for its looks. Desktop Anki has this gray behind dark cards.
_REVIEWER_CSS = """
body { margin: 20px; }
hr { background-color: #737373; margin: 1em 0; border: none; height: 1px; }
img { max-width: 100%; max-height: 95vh; }
body.desktop.nightMode { background-color: #2c2c2c; }
html body:not(.isMac) *::-webkit-scrollbar { background-color: #f5f5f5; }
html body:not(.isMac) *::-webkit-scrollbar:horizontal { height: 12px; }
article { margin-bottom: 60px; }
"""

# As in Anki's reviewer, but for the package that hides what is wrong with a formula.
_MATHJAX = r"""
<script>
MathJax = {
  tex: {
    displayMath: [["\\[", "\\]"]], processEscapes: false, processEnvironments: false, processRefs: false,
    packages: {"[+]": ["mathtools"], "[-]": ["textmacros", "noerrors", "noundefined"]}
  },
  loader: {load: ["[tex]/mathtools"], paths: {mathjax: "FOLDER"}},
  startup: {typeset: false}
};
</script>
<script src="FOLDER/tex-chtml-full.js"></script>
"""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a card as Anki renders it."""

    name: str
    note_type: str
    css: str
    html: str

    @property
    def hints(self) -> int:
        """How many hints the side holds."""
        return self.html.count('class="hint"')

    @property
    def formulas(self) -> int:
        """How many formulas the side holds."""
        return len(re.findall(r'class="arithmatex"', self.html))


def sides_of(packages: Iterable[Path], folder: Path) -> list[Side]:
    """Import packages into a new collection and return both sides of all its cards.

    The collection, with its media, stays in the folder.
    """
    set_lang("en")
    folder.mkdir()
    col = Collection(str(folder / "collection.anki2"))
    try:
        for package in packages:
            request = ImportAnkiPackageRequest(package_path=str(package), options=ImportAnkiPackageOptions())
            col.import_anki_package(request)
        return [side for card_id in sorted(col.find_cards("")) for side in _sides_of_card(col, card_id)]
    finally:
        col.close()


def _sides_of_card(col: Collection, card_id: int) -> list[Side]:
    card = col.get_card(card_id)  # type: ignore[arg-type]
    rendered = card.render_output()
    note_type = card.note_type()["name"]
    name = f"{card.note()['ID']}, card {card.ord + 1}"
    return [
        Side(f"{name}, front", note_type, rendered.css, rendered.question_text),
        Side(f"{name}, back", note_type, rendered.css, rendered.answer_text),
    ]


def write_page(path: Path, sides: Sequence[Side], mathjax: Path | None = None) -> Path:
    """Write sides of one note type below each other, in the collection's media folder so that pictures load."""
    (css,) = {side.css for side in sides}
    cards = "\n".join(
        f'<article data-side="{html.escape(side.name)}">{side.html}</article>' for side in sides
    )
    math = "" if mathjax is None else _MATHJAX.replace("FOLDER", mathjax.as_uri())
    path.write_text(
        f'<!doctype html><html><head><meta charset="utf-8"><title>{html.escape(path.stem)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_REVIEWER_CSS}</style><style>{css}</style>{math}</head>\n"
        f'<body class="card card1 isLin desktop"><div id="qa">{cards}</div></body></html>\n',
        encoding="utf-8",
    )
    return path
