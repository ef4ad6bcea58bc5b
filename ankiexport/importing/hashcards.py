"""Hashcards: Markdown files with `Q:` and `A:`, and `C:` with [deletions], read as the program reads them."""

import html
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.importing.commonmark import our_markdown
from ankiexport.importing.linked_media import LinkedMedia
from ankiexport.importing.markdown_folder import MarkdownFile, markdown_files, root_of
from ankiexport.importing.package import named
from ankiexport.importing.questions import SourceQuestion, SourceQuestions
from ankiexport.importing.reading import Kept, Reading, SourceFormat, Wishes

_TAG = re.compile(r"(?m)^[QC]:")
_TOKEN = re.compile(r"\\[\[\]]|!\[[^\]]*\]?|[\[\]]")
_CLOZE = re.compile(r"\{\{(?=c\d)")
_CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_MATH = re.compile(r"\$[^$\n]+\$")


def is_hashcards(text: str) -> bool:
    """Tell whether a Markdown file holds cards of hashcards."""
    return _TAG.search(text) is not None


@dataclass(frozen=True, slots=True)
class _Card:
    """The texts of a card by their tags, and the line (from 1) on which it begins."""

    line: int
    question: str = ""
    answer: str = ""
    cloze: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines from one tag or separator to the next; without a tag they belong to no card."""

    tag: str
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def read(path: Path, media: Path, _wishes: Wishes) -> Reading:
    """Return the cards of a folder or a file; raises `UnreadablePackageError`."""
    with named(path):
        linked = LinkedMedia(root_of(path), media)
        questions: list[SourceQuestion] = []
        problems: list[Diagnostic] = []
        files = markdown_files(path)
        for file in files:
            if path.is_dir() and not is_hashcards(file.text):
                message = "the file holds no card: no line begins with Q: or C:"
                problems.append(Diagnostic(Position(file.path.as_posix()), "source-skipped", message))
                continue
            deck = _deck(file, problems)
            copied = replace(file, text=linked.taken(file.text, file.path))
            questions += [_question(card, copied, deck) for card in _cards(copied, problems)]
        # Hashcards knows a card by its text, so the same text is one card.
        once: dict[tuple[str, str], SourceQuestion] = {}
        for question in questions:
            once.setdefault((question.question, question.answer), question)
        found = SourceQuestions(tuple(once.values()))
        return Reading(found, linked.count, (), (*problems, *linked.problems))


def _head(file: MarkdownFile) -> list[str]:
    lines = file.text.split("\n")
    if lines[0].strip() != "---":
        return []
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.strip() == "---"), 0)
    return lines[: end + 1] if end else []


def _deck(file: MarkdownFile, problems: list[Diagnostic]) -> str:
    head = _head(file)
    try:
        name = tomllib.loads("\n".join(head[1:-1])).get("name")
    except tomllib.TOMLDecodeError as error:
        problem = Diagnostic(
            Position(file.path.as_posix(), 2),
            "source-syntax",
            f"the front matter is not TOML: {error}",
            'write name = "..."',
        )
        if problem not in problems:
            problems.append(problem)
        return file.stem
    return name if isinstance(name, str) and name.strip() else file.stem


def _cards(file: MarkdownFile, problems: list[Diagnostic]) -> Iterator[_Card]:
    blocks = [*_blocks(file), _Block("", 0)]
    asked: _Block | None = None
    for block in blocks:
        if asked is not None and block.tag != "A":
            message, advice = "a question without an answer", "write one below it, after A:"
            problems.append(_problem(file, asked, message, advice))
        if block.tag == "C":
            yield _Card(block.line, cloze=block.text)
        elif block.tag == "A" and asked is not None:
            yield _Card(asked.line, asked.text, block.text)
        elif block.tag == "A":
            problems.append(
                _problem(file, block, "an answer without a question", "begin the question with Q:")
            )
        elif not block.tag and block.text:
            problems.append(
                _problem(
                    file, block, "a text that belongs to no card", "begin it with Q: or C:, or remove it"
                )
            )
        asked = block if block.tag == "Q" else None


def _problem(file: MarkdownFile, block: _Block, message: str, advice: str) -> Diagnostic:
    return Diagnostic(Position(file.path.as_posix(), block.line), "source-syntax", message, advice)


def _blocks(file: MarkdownFile) -> Iterator[_Block]:
    skipped = len(_head(file))
    block = _Block("", skipped + 1)
    for number, line in enumerate(file.text.split("\n")[skipped:], start=skipped + 1):
        tag = line[:1] if line[:2] in {"Q:", "A:", "C:"} else ""
        if tag or line.strip() == "---":
            yield block
            block = _Block(tag, number, [line[2:].strip()] if tag else [])
            continue
        if not block.tag and not block.text:
            block = _Block("", number)
        block.lines.append(line)
    yield block


def _question(card: _Card, file: MarkdownFile, deck: str) -> SourceQuestion:
    return SourceQuestion(
        question=our_markdown(cloze_text(card.cloze) if card.cloze else card.question),
        answer=our_markdown(card.answer),
        levels=() if "::" in deck else (deck,),
        deck=deck if "::" in deck else "",
        is_cloze=bool(card.cloze),
        position=Position(file.path.as_posix(), card.line),
    )


def cloze_text(text: str) -> str:
    """Return a text with Anki's clozes in place of [deletions], each with a number of its own."""
    parts: list[str] = []
    opened, number, at = -1, 0, 0
    for token in _TOKEN.finditer(text):
        parts.append(_CLOZE.sub("{&#123;", text[at : token.start()]))
        at = token.end()
        if len(token[0]) > 1:
            parts.append(token[0])
        elif token[0] == "[":
            opened = len(parts)
        elif opened >= 0:
            number += 1
            hidden = "".join(parts[opened:])
            parts[opened:] = [f"{{{{c{number}::{_inside(hidden)}}}}}"]
            opened = -1
    return "".join([*parts, _CLOZE.sub("{&#123;", text[at:])])


def _inside(hidden: str) -> str:
    """Return what a cloze hides without what would end it or begin a hint."""

    def plain(part: str) -> str:
        return part.replace("::", ":&#58;").replace("}}", "}&#125;")

    def code(match: re.Match[str]) -> str:
        if plain(match[2]) == match[2]:
            return match[0]
        return f"<code>{plain(html.escape(match[2].strip(), quote=False))}</code>"

    parts, at = [], 0
    for kept in re.finditer(f"{_CODE_SPAN.pattern}|{_MATH.pattern}", hidden):
        parts += [plain(hidden[at : kept.start()]), _CODE_SPAN.sub(code, kept[0])]
        at = kept.end()
    return "".join([*parts, plain(hidden[at:])])


FORMAT = SourceFormat(
    name="hashcards",
    description="Markdown files with Q: and A:, and C: with [deletions], as hashcards has them; a folder or a file.",
    read=read,
    keeps=frozenset({Kept.FORM, Kept.CLOZES, Kept.DECKS, Kept.MEDIA}),
    loses="what was learned; TeX macros",
)
