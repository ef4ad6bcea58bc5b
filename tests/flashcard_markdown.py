"""What hashcards and Obsidian's plugin Spaced Repetition make of Markdown, by the rules in their documentation.

Tests do not install either program, so these are readers of our own, which share nothing
with what writes the files. markdown-it then reads the sides of a card as CommonMark with tables.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

from ankiexport.html_text import html_to_text

_MATH = re.compile(
    r"(?<!\\)\$\$(.+?)(?<!\\)\$\$|(?<![\\$])\$([^\s$](?:[^$\n]*?[^\s\\$])??)\$(?!\d)", re.DOTALL
)
_CODE = re.compile(r"^( *)(`{3,}).*?^ *\2|`[^`\n]+`", re.DOTALL | re.MULTILINE)


class ReadCard(NamedTuple):
    """A card as a program shows it: its deck, and two sides in Markdown."""

    deck: str
    front: str
    back: str


def shown(markdown: str) -> str:
    """Return the text of a side, without white space and the brackets of clozes; formulas are their TeX."""
    formulas: list[str] = []

    def keep(match: re.Match[str]) -> str:
        formulas.append(match[1] or match[2])
        # Between dollars still, which count for the stars beside them.
        return f"$\ue010{len(formulas) - 1}\ue011$"

    parts, end = [], 0
    for code in _CODE.finditer(markdown):
        parts += [_MATH.sub(keep, markdown[end : code.start()]), code[0]]
        end = code.end()
    text = "".join([*parts, _MATH.sub(keep, markdown[end:])])
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    said = re.sub(r"\$\ue010(\d+)\ue011\$", lambda match: formulas[int(match[1])], html_to_text(html))
    return bare(said)


def bare(text: str) -> str:
    """Return a text without what differs between programs: white space, delimiters of formulas, brackets of clozes."""
    text = re.sub(r"\\[()\[\]]", "", text).replace(r"\vert", "|").replace(r"\Vert", r"\|").replace("{}", "")
    return re.sub(r"[\s\[\]]+", "", text.replace("!hint]- ", "").replace("\\|", "|"))


# hashcards


def read_hashcards(folder: Path) -> list[ReadCard]:
    """Return the cards of a folder; a file that hashcards could not read fails."""
    found = []
    for path in sorted(folder.rglob("*.md")):
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        deck = tomllib.loads(head)["name"]
        cards = [ReadCard(deck, *sides) for text in _texts(body.split("\n")) for sides in _sides(text)]
        assert cards, f"hashcards finds nothing in {path}"
        for card in cards:
            for reference in re.findall(r"!\[[^\]]*\]\(([^)]*)\)", re.sub(_CODE, "", card.front + card.back)):
                assert (folder / reference).is_file(), reference
        found += cards
    assert len(set(found)) == len(found), "hashcards would take two cards for one"
    return found


def _texts(lines: list[str]) -> Iterator[list[str]]:
    """Yield the parts of each card, each with its tag."""
    card: list[str] = []
    for line in [*lines, "---"]:
        tag = line[:2] if line[:2] in {"Q:", "A:", "C:"} else ""
        if tag == "A:":
            assert card, "an answer without a question"
            assert [part[:2] for part in card] == ["Q:"], "an answer where there is none"
            card.append(line)
        elif tag or line.strip() == "---":
            assert not card or len(card) == 2 or card[0][:2] == "C:", "a question without an answer"
            if card:
                yield card
            card = [line] if tag else []
        elif card:
            card[-1] += f"\n{line}"
        else:
            assert not line.strip(), f"text outside of a card: {line}"


def _sides(card: list[str]) -> Iterator[tuple[str, str]]:
    if len(card) == 2:
        yield card[0][2:].strip(), card[1][2:].strip()
        return
    text, opened, deletions, position = "", -1, [], 0
    source = card[0][2:].strip()
    while position < len(source):
        image = re.compile(r"!\[[^\]]*\]").match(source, position)
        if image:
            text += image[0]
            position = image.end()
            continue
        char = source[position]
        if char == "\\" and source[position + 1 : position + 2] in {"[", "]"}:
            position += 1
            text += source[position]
        elif char == "[":
            opened = len(text)
        elif char == "]":
            assert opened >= 0, f"a cloze that ends and never began: {source}"
            deletions.append((opened, len(text)))
            opened = -1
        else:
            text += char
        position += 1
    assert deletions, f"a cloze that hides nothing: {source}"
    for start, end in deletions:
        yield f"{text[:start]}[...]{text[end:]}", text


# Obsidian


def read_obsidian(folder: Path) -> list[ReadCard]:
    """Return the cards that the plugin finds in the notes of a folder, with the settings that it comes with."""
    found = []
    for path in sorted(folder.rglob("*.md")):
        head, _, body = path.read_text(encoding="utf-8").removeprefix("---\n").partition("\n---\n")
        (deck,) = re.findall(r"^  - (flashcards\S*)$", head, re.MULTILINE)
        found += [ReadCard(deck, *sides) for sides in _notes(body.split("\n"))]
    return found


def _notes(lines: list[str]) -> Iterator[tuple[str, str]]:
    card: list[str] = []
    kind = ""
    fence = ""
    for line in [*lines, ""]:
        if fence:
            card.append(line)
            fence = "" if line.startswith(fence) else fence
            continue
        if not line.strip():
            yield from _expanded(card, kind)
            card, kind = [], ""
            continue
        assert not line.startswith("<!--"), "the plugin passes over comments, and over what follows"
        card.append(line)
        if "::" in re.sub(r"`[^`]*`", "", line):
            left, _, right = line.partition("::")
            yield left, right
            card, kind = [], ""
        elif line.strip() == "?":
            kind = "?"
        elif line.strip() == "??":
            kind = "??"
        elif line.startswith("```"):
            fence = "`" * (len(line) - len(line.lstrip("`")))
        elif not kind and re.search("==.+?==", line):
            kind = "=="


def _expanded(card: list[str], kind: str) -> Iterator[tuple[str, str]]:
    if kind == "?":
        at = [line.strip() for line in card].index("?")
        yield "\n".join(card[:at]), "\n".join(card[at + 1 :])
    elif kind == "==":
        text = "\n".join(card)
        is_numbered = re.search(r"==\d+;;.+?==", text) is not None
        number = r"(?P<number>\d+);;" if is_numbered else "(?P<number>)"
        pattern = re.compile(rf"=={number}(?P<answer>.+?)(?:;;(?P<hint>.+?))?==")
        matches = list(pattern.finditer(text))
        numbers = [int(match["number"] or at) for at, match in enumerate(matches, 1)]
        for asked in range(1, max(numbers) + 1):
            assert asked in numbers, "a card that hides nothing"
            yield _clozed(pattern, text, numbers, asked), _clozed(pattern, text, numbers, 0)
    else:
        assert not kind, "a card that is asked both ways"


def _clozed(pattern: re.Pattern[str], text: str, numbers: list[int], asked: int) -> str:
    order = iter(numbers)
    return pattern.sub(
        lambda match: f"[{match['hint'] or '...'}]" if next(order) == asked else match["answer"], text
    )
