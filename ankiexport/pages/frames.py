"""A side of a card as a document of its own, dressed as Anki dresses it on a device.

What Anki adds to a card: the classes of `html` and `body`, some style, buttons for sounds, and boxes to type
into. The document also holds `static/frame.js`, by which the page around it opens hints and hears of keys.
"""

import html as html_lib
import json
import re
from collections.abc import Mapping
from enum import StrEnum

from ankiexport.card_rendering import AvTag, RenderedCard, Sound
from ankiexport.media import rewrite_references
from ankiexport.pages.assets import asset

_PLAY = re.compile(r"\[anki:play:(?P<side>[qa]):(?P<number>[0-9]+)\]")
_TYPE = re.compile(r"\[\[type:(?:nc:)?(?P<what>(?:cloze:)?.+?)\]\]")
_LINE = "<hr id=answer>"
# The font of a field, which is the same for all that this program makes.
_TYPED = "font-family: 'Liberation Sans'; font-size: 20px;"
_FORMULA = re.compile(r"\\[(\[]")
_SPEAKER = '<svg viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" r="29"/><path d="M19 12v40l37-20z"/></svg>'

# As Anki's reviewer has it, but for the packages that hide from an author what is wrong with a formula.
_MATHJAX = {
    "tex": {
        "displayMath": [["\\[", "\\]"]],
        "processEscapes": False,
        "processEnvironments": False,
        "processRefs": False,
        "packages": {"[-]": ["textmacros", "noerrors", "noundefined"]},
    },
    "startup": {"typeset": False},
    "options": {"enableMenu": False},
}


class Device(StrEnum):
    """Where a card is shown; Anki marks each of them with classes of its own."""

    WINDOWS = "windows"
    MAC = "mac"
    LINUX = "linux"
    IPHONE = "iphone"
    ANDROID = "android"


HTML_CLASSES = {
    Device.WINDOWS: "win chrome",
    Device.MAC: "mac chrome",
    Device.LINUX: "linux chrome",
    Device.IPHONE: "iphone ios mobile safari",
    Device.ANDROID: "android mobile linux chrome js",
}
BODY_CLASSES = {
    Device.WINDOWS: "isWin",
    Device.MAC: "isMac",
    Device.LINUX: "isLin",
    Device.IPHONE: "",
    Device.ANDROID: "",
}
DARK_HTML, DARK_BODY = "night-mode", "nightMode night_mode"


def side_html(
    card: RenderedCard, *, back: bool, expected: Mapping[str, str], media: Mapping[str, str]
) -> str:
    """Return a side with what Anki puts into it: buttons for sounds, boxes to type into, pictures found.

    `expected` are the answers to be typed, by the names of their fields (`cloze:Text` for its clozes), and `media` the addresses of files.
    """
    tags = {"q": card.front_sounds, "a": card.back_sounds}
    html = card.back if back else card.front
    html = _PLAY.sub(lambda match: _button(tags[match["side"]], int(match["number"]), media), html)
    html = _with_typing(html, expected, back=back)
    return rewrite_references(html, media.get)


def frame_document(
    html: str, css: str, *, html_class: str, body_class: str, title: str, mathjax: str | None = None
) -> str:
    """Return a side of a card as a document; `mathjax` is the address of its script."""
    dark = ' data-bs-theme="dark"' if DARK_HTML in html_class else ""
    settings, script = mathjax_scripts(mathjax) if mathjax else ("", "")
    return (
        f'<!doctype html>\n<html class="{html_class}"{dark}>\n'
        f'<head><meta charset="utf-8"><title>{html_lib.escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{asset('reviewer.css')}</style><style>{css}</style>\n"
        f"{settings}<script>{asset('frame.js')}</script>{script}</head>\n"
        f'<body class="{body_class}"><div id="qa">{html}</div></body></html>\n'
    )


def mathjax_scripts(address: str) -> tuple[str, str]:
    """Return the scripts with MathJax's settings and with MathJax itself, which loads beside the page."""
    settings = f"<script>MathJax = {json.dumps(_MATHJAX)};</script>"
    return settings, f'<script src="{html_lib.escape(address)}" async></script>'


def has_formula(html: str) -> bool:
    """Tell whether MathJax may find a formula."""
    return _FORMULA.search(html) is not None


def dressed(device: Device, ord_: int, *, dark: bool) -> dict[str, str]:
    """Return the classes of `html` and `body` that Anki gives a card, for `frame_document`."""
    html = [HTML_CLASSES[device], DARK_HTML if dark else ""]
    body = [f"card card{ord_ + 1}", BODY_CLASSES[device], DARK_BODY if dark else ""]
    return {"html_class": " ".join(filter(None, html)), "body_class": " ".join(filter(None, body))}


def _button(tags: tuple[AvTag, ...], number: int, media: Mapping[str, str]) -> str:
    if number >= len(tags):
        return ""
    tag = tags[number]
    if isinstance(tag, Sound):
        address = media.get(tag.filename, tag.filename)
        data, label = f'data-sound="{html_lib.escape(address)}"', f"Play {tag.filename}"
    else:
        data = f'data-speech="{html_lib.escape(tag.text)}" data-lang="{html_lib.escape(tag.lang.replace("_", "-"))}"'
        label = "Speak"
    return f'<a class="replay-button soundLink" href="#" {data} aria-label="{html_lib.escape(label)}" draggable=false>{_SPEAKER}</a>'


def _with_typing(html: str, expected: Mapping[str, str], *, back: bool) -> str:
    first = _TYPE.search(html)
    if first is None:
        return html
    # As in Anki, the first one decides for all of a side.
    answer = expected.get(first["what"])
    if answer is None:
        shown = f"Type answer: unknown field {html_lib.escape(first['what'])}"
    elif not answer:
        shown = ""
    elif not back:
        shown = f'<center><input type="text" id="typeans" aria-label="Type the answer" autocomplete="off" style="{_TYPED}"></center>'
    else:
        shown = f'<div style="{_TYPED}"><code id=typeans>{html_lib.escape(answer)}</code></div>'
        # Anki puts its line before what was typed, so that it does not stand among the answers.
        if _LINE in html:
            html, shown = html.replace(_LINE, ""), _LINE + shown
    return _TYPE.sub(lambda _: shown, html)
