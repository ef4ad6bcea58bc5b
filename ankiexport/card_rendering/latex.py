"""LaTeX that Anki makes pictures of: `[latex]...[/latex]`, `[$]...[/$]`, `[$$]...[/$$]`."""

import re
from hashlib import sha1

from ankiexport.card_rendering.text import escaped_attribute, plain

SWITCHED_OFF = "LaTeX image generation is disabled in the preferences."

_LATEX = re.compile(
    r"\[latex\](?P<text>.+?)\[/latex\]|\[\$\](?P<inline>.+?)\[/\$\]|\[\$\$\](?P<display>.+?)\[/\$\$\]",
    re.DOTALL | re.IGNORECASE,
)
_LINE_BREAK = re.compile(r"<br/?>|<div>", re.IGNORECASE)


def latex_as_pictures(html: str) -> str:
    """Return a side with its LaTeX as pictures, and the words with which Anki says that it makes none."""
    shown, count = _LATEX.subn(lambda match: _picture(_source(match)), html)
    return shown + SWITCHED_OFF if count else shown


def _source(match: re.Match[str]) -> str:
    if match["inline"] is not None:
        latex = f"${match['inline']}$"
    elif match["display"] is not None:
        latex = rf"\begin{{displaymath}}{match['display']}\end{{displaymath}}"
    else:
        latex = match["text"]
    return plain(_LINE_BREAK.sub("\n", latex))


def _picture(latex: str) -> str:
    name = sha1(latex.encode(), usedforsecurity=False).hexdigest()
    return f'<img class=latex alt="{escaped_attribute(latex)}" src="latex-{name}.png">'
