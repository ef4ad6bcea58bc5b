"""Markdown to the HTML of a field: lists, tables, highlighted code, math that Anki typesets.

Python-Markdown with pymdown-extensions does the work. Two things are ours: dollars that are
money stay money, and braces inside formulas of cloze notes are kept apart from Anki's own.
"""

import html as html_lib
import re
import threading
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

from ankiexport.known_versions import are_known

# pandoc's rule: no space inside the dollars, and no digit behind the closing one, so that
# "$5 and $10" and "$5-$10" are sums of money. "$$" within a line is a displayed formula.
_DOLLARS = (
    r"(?<![\\$])(?:"
    r"\$\$(?P<display>(?:\\.|[^\\$\x02\x03])+?)\$\$"
    r"|\$(?![\s$])(?P<inline>(?:\\.|[^\\$\x02\x03])+?)(?<!\s)\$(?![\d$]))"
)

_FORMULA_SIGN = 'class="arithmatex">'
_MATH = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL)
_FORMULA = re.compile(r'class="arithmatex">(?:\\\((.*?)\\\)|\\\[(.*?)\\\])', re.DOTALL)
_BRACES = re.compile(r"\{\{c\d+(?:,\d+)*::|\\[{}]|[{}]")
_BEFORE_MARKS = re.compile(r'(<span class="arithmatex">\\\([^<>]*\\\))</span>((?:[,.;!?)]|:(?!:))+)')
_PICTURE = re.compile(r"<p>(<img [^<>]*>)</p>")
# One line in which no character means anything to Markdown but the sign "&" before a space: for such a text,
# and there are many, the parser is not needed. A test compares both ways.
_PLAIN_LINE = re.compile(
    r"(?:</?(?:b|i|u|s|em|strong|sub|sup)>)*(?!\d+\.)[^\W_]"
    # Words of ASCII in one go; the rest character by character.
    r"(?: ?[a-zA-Z0-9,;.:?!'()%\"/=+-]++|[^\W_]|[^\x00-\x7f\s]| (?! |\Z)"
    r"|&(?:(?= )|(?:nbsp|amp|lt|gt|quot);)|</?(?:b|i|u|s|em|strong|sub|sup)>|<br ?/?>"
    r'|<img src="[\w.-]+"(?: ?/)?>|\[sound:[^\W_][a-zA-Z0-9.-]*\](?!\())*+'
)


class _DollarMath(InlineProcessor):
    r"""Turns `$...$` into `\(...\)` and `$$...$$` into `\[...\]`."""

    # The base class has other names and types for what is a re.Match and a text here.
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: ARG002, N802
        element = Element("span", {"class": "arithmatex"})
        display = m["display"]
        formula = rf"\[{display}\]" if display is not None else rf"\({m['inline']}\)"
        element.text = AtomicString(formula)
        return element, m.start(0), m.end(0)


class _DollarMathExtension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        # Just above pymdownx's own pattern for \(...\), and below code in backticks.
        md.inlinePatterns.register(_DollarMath(_DOLLARS, md), "ankiexport-dollars", 189.95)


class _Parser(Markdown):
    """Python-Markdown, which need not look through all installed packages for an extension of a known name."""

    def build_extension(self, ext_name: str, configs: Mapping[str, Any]) -> Extension:
        if ext_name != "pymdownx.highlight":
            return super().build_extension(ext_name, configs)
        # SuperFences asks for it by name.
        from pymdownx.highlight import HighlightExtension

        found: Extension = HighlightExtension(**configs)
        return found


class _Kept(threading.local):
    """The parser of a thread: it remembers where it is in a text, so two cannot share it."""

    parser: Markdown | None = None
    reads_tildes = False


_kept = _Kept()


def _new_parser(*, reads_tildes: bool) -> Markdown:
    # Extension names are imported here, not with the module: they cost start-up time.
    from markdown.extensions.def_list import DefListExtension
    from markdown.extensions.sane_lists import SaneListExtension
    from markdown.extensions.tables import TableExtension
    from pymdownx.arithmatex import ArithmatexExtension
    from pymdownx.superfences import SuperFencesCodeExtension

    return _Parser(
        extensions=[
            TableExtension(),
            SaneListExtension(),
            DefListExtension(),
            SuperFencesCodeExtension(),
            _highlighting()(css_class="highlight", guess_lang=False),
            ArithmatexExtension(generic=True, inline_syntax=["round"]),
            *(_tilde_extensions() if reads_tildes else ()),
            _DollarMathExtension(),
            *_shortcuts(),
        ]
    )


def _highlighting() -> Any:  # noqa: ANN401
    if are_known("pymdownx", "pygments"):
        from ankiexport.highlight_shortcuts import QuickHighlightExtension

        return QuickHighlightExtension
    from pymdownx.highlight import HighlightExtension

    return HighlightExtension


def _shortcuts() -> list[Extension]:
    if not are_known("markdown"):
        return []
    from ankiexport.markdown_shortcuts import ShortcutsExtension

    return [ShortcutsExtension()]


def _tilde_extensions() -> list[Extension]:
    from pymdownx.tilde import DeleteSubExtension

    return [DeleteSubExtension(subscript=False)]


def to_html(markdown: str) -> str:
    """Return the HTML of a Markdown text; tables come in a box that scrolls by itself.

    A picture alone in its paragraph gets the class `picture`, which CSS alone could not tell from one in a line.
    Punctuation behind a formula comes into its span, or it could begin the next line.
    """
    return _for_cards(plain_html(markdown) or parsed_html(markdown))


def _for_cards(html: str) -> str:
    if _FORMULA_SIGN in html:
        html = _BEFORE_MARKS.sub(r"\1\2</span>", html)
    if "<p><img " in html:
        html = _PICTURE.sub(r'<p class="picture">\1</p>', html)
    return html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")


def plain_html(markdown: str) -> str:
    """Return the HTML of a text without marks of Markdown, as the parser would make it; nothing for others."""
    return f"<p>{markdown.replace('& ', '&amp; ')}</p>" if _PLAIN_LINE.fullmatch(markdown) else ""


def parsed_html(markdown: str) -> str:
    """Return the HTML that the parser alone makes of a Markdown text."""
    parser = _kept.parser
    # What strikes out between tildes takes as long to make as all the rest, and most banks have none.
    if parser is None or ("~" in markdown and not _kept.reads_tildes):
        _kept.reads_tildes = "~" in markdown
        parser = _new_parser(reads_tildes=_kept.reads_tildes)
    # After an error, as of a text that is nested too deep, it would go on from where it was.
    _kept.parser = None
    parser.reset()
    html = parser.convert(markdown)
    _kept.parser = parser
    return html


def to_inline_html(markdown: str) -> str:
    """Return the HTML of a text, without the paragraph around it when it is only one."""
    html = to_html(markdown)
    inner = html[len("<p>") : -len("</p>")]
    is_only = html.startswith("<p>") and html.endswith("</p>") and "<p>" not in inner and "</p>" not in inner
    return inner if is_only else html


def formulas_of(html: str) -> list[str]:
    """Return the TeX of the formulas in HTML that Markdown was turned into, without what encloses them."""
    if _FORMULA_SIGN not in html:
        return []
    return [html_lib.unescape(inline or displayed) for inline, displayed in _FORMULA.findall(html)]


def separate_math_braces(html: str) -> str:
    """Return HTML in which no formula holds a `}}` that Anki would take for the end of a cloze.

    TeX ignores the space that is put between. A `}}` that does end a cloze begun inside the
    same formula stays.
    """
    return _MATH.sub(lambda math: _separate(math[0]), html)


def _separate(formula: str) -> str:
    result: list[str] = []
    open_marks: list[str] = []
    position = 0
    for mark in _BRACES.finditer(formula):
        if mark.start() < position:
            continue
        result.append(formula[position : mark.start()])
        position = mark.end()
        token = mark[0]
        if token.startswith("{{c"):
            open_marks.append("cloze")
        elif token == "{":
            open_marks.append("brace")
        elif token == "}" and open_marks and open_marks[-1] == "cloze" and formula.startswith("}", position):
            open_marks.pop()
            token, position = "}}", position + 1
        elif token == "}":
            if open_marks:
                open_marks.pop()
            if formula.startswith("}", position):
                token = "} "
        result.append(token)
    result.append(formula[position:])
    return "".join(result)
