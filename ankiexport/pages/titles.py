"""What a question is called in lists."""

import re

from ankiexport.html_text import without_clozes

# What stands in a formula means something else there.
_MARKS = re.compile(r"(\$[^$\s](?:[^$]*[^$\s])?\$)|\*{1,3}|`+|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_TITLE_LENGTH = 240


def title_of(markdown: str) -> str:
    """Return the first paragraph of a text in one line, without the marks of Markdown and of clozes."""
    paragraph = next((part for part in re.split(r"\n\s*\n", markdown.strip()) if part.strip()), "")
    plain = _LINK.sub(r"\1", _PICTURE.sub(r"\1", without_clozes(paragraph)))
    line = " ".join(_MARKS.sub(lambda match: match[1] or "", plain).split())
    return line if len(line) <= _TITLE_LENGTH else f"{line[:_TITLE_LENGTH].rstrip()}…"
