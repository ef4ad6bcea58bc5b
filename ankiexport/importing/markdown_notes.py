"""Collections of questions in Markdown: a heading asks, what is below it answers, headings above are levels and tags."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ankiexport.anki_text import find_clozes
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.importing.commonmark import our_markdown
from ankiexport.importing.linked_media import LinkedMedia
from ankiexport.importing.markdown_folder import MarkdownFile, markdown_files, root_of
from ankiexport.importing.markdown_headings import Heading, as_markdown, headings_of
from ankiexport.importing.package import named
from ankiexport.importing.questions import SourceQuestion, SourceQuestions
from ankiexport.importing.reading import Kept, Reading, SourceFormat, Wishes
from ankiexport.yaml_source import Mapping, parse_yaml, strings

_ID = re.compile(r"[ \t]*\{#([^{}]*)\}$")
_TAG_LINE = re.compile(r"(?:tags?:[ \t]*(?P<words>.+)|(?P<signs>(?:#[^\s#]+[ \t]*)+))$", re.IGNORECASE)
# What a heading below a question may say of what follows.
_PARTS = {
    "answer": "answer", "hint": "hint", "hints": "hint", "tags": "tags", "key points": "key_points",
    "pitfalls": "pitfalls", "follow-ups": "follow_ups", "sources": "sources",
}  # fmt: skip
_ITEM = re.compile(r"(?:[-*+]|\d+[.)])[ \t]+")


def read(path: Path, media: Path, _wishes: Wishes) -> Reading:
    """Return the questions of a folder or a file; raises `UnreadablePackageError`."""
    with named(path):
        linked = LinkedMedia(root_of(path), media)
        questions: list[SourceQuestion] = []
        problems: list[Diagnostic] = []
        for file in markdown_files(path):
            copied = replace(file, text=linked.taken(file.text, file.path))
            reader = _Reader(copied, is_alone=not path.is_dir())
            questions += reader.questions()
            problems += reader.problems
        return Reading(SourceQuestions(tuple(questions)), linked.count, (), (*problems, *linked.problems))


@dataclass(slots=True)
class _Reader:
    """Reads one file."""

    file: MarkdownFile
    is_alone: bool
    problems: list[Diagnostic] = field(default_factory=list)
    head: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def questions(self) -> list[SourceQuestion]:
        lines = self.file.text.split("\n")
        start = self._front_matter(lines)
        root = headings_of(lines[start:], start + 1)
        if "question" in self.head:
            return [self._of_front_matter(root)]
        title = "".join(self.head.get("title", ())[:1])
        top = [heading for heading in root.below if heading.depth == min(one.depth for one in root.below)]
        if len(top) == 1 == len(root.below) and top[0].below and not _asks(top[0]):
            # The one heading above all others is the title of the file.
            self._left_over(root)
            title, root = title or top[0].title, top[0]
        self._left_over(root)
        above = self.head.get("level", ())[:1] or (
            *self.file.folders,
            *(() if self.is_alone else (title or self.file.stem,)),
        )
        if not root.below and not root.text.strip():
            self._skipped(root, 1, "the file holds no heading")
        return [question for heading in root.below for question in self._below(heading, above)]

    def _left_over(self, heading: Heading) -> None:
        if heading.text.strip():
            message = "what stands above all questions belongs to no card"
            self._skipped(heading, heading.text_line, message)

    def _front_matter(self, lines: list[str]) -> int:
        """Read the front matter, and return how many lines it takes."""
        if not lines or lines[0].rstrip() != "---":
            return 0
        end = next((n for n, line in enumerate(lines[1:], start=1) if line.rstrip() in {"---", "..."}), None)
        if end is None:
            return 0
        node, problems = parse_yaml("\n".join(lines[1:end]), self.file.path.as_posix(), first_line=2)
        self.problems += problems
        if isinstance(node, Mapping):
            self.head = {
                key.casefold(): tuple(one.value for one in strings(value) if one.value.strip())
                for key, (_, value) in node.entries.items()
            }
        return end + 1

    def _of_front_matter(self, root: Heading) -> SourceQuestion:
        body = "\n\n".join(part for part in (root.text, as_markdown(root.below)) if part.strip())
        levels = (*self.file.folders, *self.head.get("level", ())[:1])[:1]
        return self._made(
            "\n\n".join(self.head["question"]), self.head.get("answer", ()) or (body,), root, levels, ()
        )

    def _below(self, heading: Heading, above: tuple[str, ...]) -> Iterator[SourceQuestion]:
        if _asks(heading) or not heading.below:
            found = self._question(heading, above)
            if found is not None:
                yield found
            return
        if heading.text.strip():
            self._skipped(
                heading,
                heading.text_line,
                "the text below a heading that has others below it belongs to no card",
            )
        for one in heading.below:
            yield from self._below(one, (*above, _ID.sub("", heading.title)))

    def _question(self, heading: Heading, above: tuple[str, ...]) -> SourceQuestion | None:
        parts: dict[str, list[str]] = {}
        others: list[Heading] = []
        for one in heading.below:
            key = _PARTS.get(one.title.casefold())
            if key is None:
                others.append(one)
            else:
                text = "\n\n".join(part for part in (one.text, as_markdown(one.below)) if part)
                parts.setdefault(key, []).append(text)
        text, tags = _without_tags(heading.text)
        rest = as_markdown(others)
        asked = heading.title
        if "answer" in parts:
            asked = "\n\n".join(part for part in (asked, text) if part)
            answer = [*parts["answer"], rest]
        else:
            answer = [text, rest]
        if not "".join(answer).strip() and not find_clozes(asked):
            self._skipped(
                heading, heading.line, "there is nothing below the heading that could be its answer"
            )
            return None
        tags += tuple(
            word for text in parts.get("tags", ()) for word in re.split(r"[\s,`]+|^[-*+] ", text) if word
        )
        return self._made(asked, tuple(part for part in answer if part), heading, above, tags, parts)

    def _made(
        self,
        asked: str,
        answer: tuple[str, ...],
        heading: Heading,
        above: tuple[str, ...],
        tags: tuple[str, ...],
        parts: dict[str, list[str]] | None = None,
    ) -> SourceQuestion:
        place = Position(self.file.path.as_posix(), max(1, heading.line))
        identifier = _ID.search(asked.split("\n", maxsplit=1)[0])
        if identifier:
            first, _, rest = asked.partition("\n")
            asked = _ID.sub("", first) + ("\n" + rest if rest else "")
        question = our_markdown(asked)

        def listed(name: str) -> tuple[str, ...]:
            return tuple(our_markdown(item) for text in (parts or {}).get(name, ()) for item in _items(text))

        return SourceQuestion(
            question=question,
            answer=our_markdown("\n\n".join(answer)),
            hints=tuple(our_markdown(text) for text in (parts or {}).get("hint", ())),
            key_points=listed("key_points"),
            pitfalls=listed("pitfalls"),
            follow_ups=listed("follow_ups"),
            sources=listed("sources"),
            tags=(
                *(word for text in self.head.get("tags", ()) for word in re.split(r"[\s,]+", text) if word),
                *tags,
            ),
            levels=above,
            deck="".join(self.head.get("deck", ())[:1]),
            id=identifier[1]
            if identifier
            else "".join(self.head.get("id", ())[:1] if "question" in self.head else ()),
            is_cloze=bool(find_clozes(question)),
            position=place,
        )

    def _skipped(self, heading: Heading, line: int, message: str) -> None:
        where = Position(self.file.path.as_posix(), line)
        named = f" ({heading.title[:60]})" if heading.title else ""
        self.problems.append(
            Diagnostic(
                where, "source-skipped", message + named, "write it below a heading of its own, if it is one"
            )
        )


def _asks(heading: Heading) -> bool:
    """Tell whether a heading is a question though others stand below it: it says so, or has its answer among them."""
    title = _ID.sub("", heading.title).rstrip("*_` ")
    return title.endswith(("?", "？", "؟")) or any(one.title.casefold() == "answer" for one in heading.below)


def _without_tags(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without the line of tags at its end, and the tags."""
    before, _, last = text.rpartition("\n")
    found = _TAG_LINE.match(last.strip())
    if found is None:
        return text, ()
    if found["words"]:
        words = [word.lstrip("#") for word in re.split(r"[\s,]+", found["words"])]
    else:
        words = [word.lstrip("#").replace("/", "::") for word in found["signs"].split()]
    return before.rstrip(), tuple(filter(None, words))


def _items(text: str) -> list[str]:
    """Return the items of a list, or the text as one."""
    items: list[str] = []
    for line in text.split("\n"):
        found = _ITEM.match(line)
        if found or not items:
            items.append(line[found.end() :] if found else line)
        else:
            items[-1] += "\n" + line.removeprefix("  ").removeprefix("  ")
    return [item.strip() for item in items if item.strip()]


FORMAT = SourceFormat(
    name="markdown",
    description=(
        "Markdown, a file or a folder of them: a heading asks and what is below it answers; headings and folders above are "
        "levels and tags. Or a file for each question, with question: in its front matter."
    ),
    read=read,
    keeps=frozenset({Kept.FORM, Kept.CLOZES, Kept.TAGS, Kept.DECKS, Kept.MEDIA}),
    loses="text that belongs to no question, which is named",
)
