"""The headings of a Markdown file as a tree, with the lines below each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_HEADING = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})(.*)$")
_UNDERLINE = re.compile(r"[ ]{0,3}(=+|-{2,})[ \t]*$")


@dataclass(slots=True)
class Heading:
    """A heading: its depth (0 for the file itself), its line (from 1), the lines below it, and the headings below it."""

    depth: int
    title: str
    line: int
    lines: list[str] = field(default_factory=list)
    below: list["Heading"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text between this heading and the next."""
        return "\n".join(self.lines).strip("\n").rstrip()

    @property
    def text_line(self) -> int:
        """The line on which that text begins."""
        return self.line + 1 + next((n for n, line in enumerate(self.lines) if line.strip()), 0)


def headings_of(lines: Sequence[str], first_line: int) -> Heading:
    """Return the tree of some lines; its root is the file, with what stands before the first heading."""
    root = Heading(0, "", first_line - 1)
    path = [root]
    for heading in _flat(lines, first_line, root):
        while path[-1].depth >= heading.depth:
            path.pop()
        path[-1].below.append(heading)
        path.append(heading)
    return root


def _flat(lines: Sequence[str], first_line: int, root: Heading) -> Iterator[Heading]:
    current, fence = root, ""
    for number, line in enumerate(lines, start=first_line):
        opening = _FENCE.match(line)
        found = None if fence else _HEADING.match(line)
        if fence:
            closes = opening is not None and opening[1].startswith(fence) and not opening[2].strip()
            fence = "" if closes else fence
        elif opening is not None:
            fence = opening[1]
        elif found is None and _underlined(current, line):
            title = current.lines.pop()
            found = re.match("(#+) (.*)", f"{'#' if '=' in line else '##'} {title.strip()}")
        if found is None:
            current.lines.append(line)
            continue
        if current is not root:
            yield current
        current = Heading(len(found[1]), found[2].strip(), number)
    if current is not root:
        yield current


def _underlined(current: Heading, line: str) -> bool:
    """Tell whether a line makes the one above it a heading: one that stands alone, and is no list, table or quote."""
    if not _UNDERLINE.match(line) or not current.lines:
        return False
    title = current.lines[-1]
    alone = len(current.lines) == 1 or not current.lines[-2].strip()
    return (
        alone
        and bool(title.strip())
        and title.lstrip()[:1] not in {"-", "*", "+", ">", "|", "#"}
        and "|" not in title
    )


def as_markdown(headings: Sequence[Heading]) -> str:
    """Return headings and what is below them as text of an answer: the headings are bold lines."""
    parts: list[str] = []
    for heading in headings:
        parts += [f"**{heading.title}**", heading.text, as_markdown(heading.below)]
    return "\n\n".join(part for part in parts if part)
