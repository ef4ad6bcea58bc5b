"""The filters of card templates: `{{filter:filter:Field}}`, applied from the field outwards."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from ankiexport.anki_template import BLANKS
from ankiexport.card_rendering.clozes import cloze_html, cloze_only
from ankiexport.card_rendering.sounds import speech_tag
from ankiexport.card_rendering.text import plain

_RUBY = re.compile(r" ?([^ >]+?)\[(.+?)\]")
_SPEECH = "tts "


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one side of a card; `number` is that of its cloze."""

    number: int
    front: bool

    def apply(self, filters: tuple[str, ...], name: str, html: str) -> str:
        """Return a field after its filters, as they are written from left to right.

        A filter that Anki does not know is left to add-ons: it and all to its left do nothing, but for a `type`.
        """
        if filters in {("type", "cloze"), ("type", "nc")}:
            return f"[[{':'.join(filters)}:{name}]]"
        if filters[:1] == ("type",):
            return f"[[type:{name}]]"
        known = self._known()
        for key in reversed(filters):
            if key.startswith(_SPEECH):
                html = speech_tag(key.removeprefix(_SPEECH), html)
            elif key in known:
                html = known[key](name, html)
            else:
                break
        return html

    def _known(self) -> dict[str, Callable[[str, str], str]]:
        return {
            "": lambda _name, html: html,
            "cloze": lambda _name, html: cloze_html(html, self.number, front=self.front),
            "cloze-only": lambda _name, html: cloze_only(html, self.number, front=self.front),
            "furigana": lambda _name, html: _ruby(html, r"<ruby><rb>\1</rb><rt>\2</rt></ruby>"),
            "hint": _hint,
            "kana": lambda _name, html: _ruby(html, r"\2"),
            "kanji": lambda _name, html: _ruby(html, r"\1"),
            "text": lambda _name, html: plain(html),
            "type": lambda name, _html: f"[[type:{name}]]",
        }


def _hint(name: str, html: str) -> str:
    if not html.strip(BLANKS):
        return html
    # As in Anki, equal hints have equal ids: two runs give the same HTML.
    key = f"hint{sha256(f'{name}:{html}'.encode()).hexdigest()[:16]}"
    return (
        '\n<a class=hint href="#"\n'
        "onclick=\"this.style.display='none';\n"
        f"document.getElementById('{key}').style.display='block';\n"
        'return false;" draggable=false>\n'
        f"{name}</a>\n"
        f'<div id="{key}" class=hint style="display: none">{html}</div>\n'
    )


def _ruby(html: str, shown: str) -> str:
    """Return text such as `漢字[かんじ]` in one of its three forms; sounds have brackets, too, and stay."""

    def replaced(match: re.Match[str]) -> str:
        return match[0] if match[2].startswith("sound:") else match.expand(shown)

    return _RUBY.sub(replaced, html.replace("&nbsp;", " "))
