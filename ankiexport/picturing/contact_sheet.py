"""Two pages: one with the cards before and after beside each other, for the camera, and one with the pictures.

The cards on the first may be a stranger's. It has a content security policy, by which only MathJax runs. The
second has nothing in it but pictures.
"""

import secrets
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ankiexport.pages.assets import asset, mathjax_folder
from ankiexport.pages.frames import BODY_CLASSES, HTML_CLASSES, Device, has_formula, mathjax_scripts
from ankiexport.pages.still import in_shadow
from ankiexport.picturing.changes import CardChange, Face

_MATHJAX = "tex-svg-full.js"
# The margin that the reviewer gives to the body, of which a shadow root has none.
_EDGE = ".card.card { padding: 20px; }"


def write_sheet(folder: Path, cards: Sequence[CardChange], revision: str) -> Path:
    """Write the page for the camera into a folder, with all that it needs, and return its path."""
    faces = [face for card in cards for face in (card.before, card.after) if face]
    for address, path in {address: path for face in faces for address, path in face.files.items()}.items():
        target = folder / address
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
    mathjax = mathjax_folder() if any(has_formula(face.html) for face in faces) else None
    nonce = secrets.token_urlsafe(16)
    scripts = ""
    if mathjax:
        shutil.copyfile(mathjax / _MATHJAX, folder / _MATHJAX)
        scripts = "".join((*mathjax_scripts(_MATHJAX), f"<script>{asset('print.js')}</script>"))
    page = folder / "sheet.html"
    text = (
        _templates()
        .get_template("sheet.html")
        .render(
            cards=cards,
            revision=revision,
            nonce=nonce,
            scripts=Markup(scripts.replace("<script", f'<script nonce="{nonce}"')),  # noqa: S704 - all of it is ours
            html_class=HTML_CLASSES[Device.LINUX],
            body_class=BODY_CLASSES[Device.LINUX],
            shadow=_shadow,
        )
    )
    page.write_text(text, encoding="utf-8")
    return page


def album(cards: Sequence[CardChange], revision: str) -> str:
    """Return the page with the pictures, which lie beside it."""
    return _templates().get_template("album.html").render(cards=cards, revision=revision)


def _shadow(face: Face, ord_: int) -> Markup:
    # A style element ends where it says so, wherever that stands.
    css = f"{asset('reviewer.css')}\n{face.css}\n{_EDGE}".replace("</", "<\\/")
    return Markup(in_shadow(f"<style>{css}</style>", face.html, ord_))  # noqa: S704 - no script runs on the page


@cache
def _templates() -> Environment:
    folder = Path(__file__).with_name("pages")
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
