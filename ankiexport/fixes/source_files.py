"""Question files as the repairs see them, and the proof that a repaired text still says the same."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.fixes.edits import LineIndex
from ankiexport.fixes.markdown_spots import markdown_spots
from ankiexport.fixes.spans import Span, comments, parse_spans
from ankiexport.fixes.spots import NULLS, Spots, yaml_spots
from ankiexport.markdown_questions import parse_markdown
from ankiexport.question import Bank, Fact, Question, Text
from ankiexport.question_nodes import questions_of
from ankiexport.yaml_source import Mapping, Node, parse_yaml


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """A question file that can be read; `text` is the author's, its line breaks put right."""

    path: Path
    data: bytes
    text: str
    questions: list[Question]
    problems: list[Diagnostic]
    spots: Spots
    tree: Span | None
    index: LineIndex

    def position(self, offset: int) -> Position:
        """Return the position of the character at `offset`."""
        return Position(self.path.as_posix(), self.index.line(offset) + 1, self.index.column(offset) + 1)


class TagTable:
    """Finds the canonical tag of an alias, or of a tag in other letter case."""

    def __init__(self, bank: Bank) -> None:
        """Gather the names that the bank declares, and those of its levels' tags."""
        tags = [*bank.vocabulary, *(level.tag for level in bank.levels)]
        named: dict[str, set[str]] = {}
        for name, tag in [*bank.aliases().items(), *((tag, tag) for tag in tags)]:
            named.setdefault(name.casefold(), set()).add(tag)
        self._tags = frozenset(tags)
        # A name that could mean two tags has no one right answer.
        self._canonical = {name: min(tags) for name, tags in named.items() if len(tags) == 1}

    def canonical(self, tag: str) -> str:
        """Return the tag of the vocabulary that is meant; the tag itself when there is none."""
        tag = tag.strip()
        return tag if tag in self._tags else self._canonical.get(tag.casefold(), tag)

    def unified(self, tags: Iterable[Text]) -> tuple[Text, ...]:
        """Return the canonical tags, each once."""
        canonical = [Text(self.canonical(tag.value), tag.place) for tag in tags]
        return tuple(tag for number, tag in enumerate(canonical) if tag not in canonical[:number])


def read_file(path: Path, text: str, bank: Bank, data: bytes | None = None) -> QuestionFile | None:
    """Return a question file with its spots, or None when it cannot be parsed.

    `data` is the file as it is stored; without it, it is read.
    """
    text = text if text.endswith("\n") else text + "\n"
    node, problems = parse(text, path)
    if not isinstance(node, Mapping) or any(problem.code != "markdown-layout" for problem in problems):
        return None
    questions, found = questions_of(node, bank)
    spots, tree = Spots(), None
    if is_markdown(path):
        start = text.index("\n") + 1
        end = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE).search(text, start)
        head = parse_spans(text[start : end.start()]) if end else None
        if head is None or head.get("questions") is None:
            spots = markdown_spots(text, node, head, start)
    else:
        tree = parse_spans(text)
        spots = yaml_spots(text, tree) if tree else spots
    return QuestionFile(
        path,
        path.read_bytes() if data is None else data,
        text,
        questions,
        problems + found,
        spots,
        tree,
        LineIndex(text),
    )


def parse(text: str, path: Path) -> tuple[Node | None, list[Diagnostic]]:
    """Return a question file's text as nodes, by the end of its name."""
    return (parse_markdown if is_markdown(path) else parse_yaml)(text, path.as_posix())


def is_markdown(path: Path) -> bool:
    """Tell whether a question file is written in Markdown."""
    return path.suffix.lower() == ".md"


def is_kept(file: QuestionFile, text: str, bank: Bank, tags: TagTable) -> bool:
    """Tell whether a new text has the file's questions (but for ids and tags) and no new problem."""
    if text == file.text:
        return True
    node, problems = parse(text, file.path)
    if not isinstance(node, Mapping):
        return False
    questions, found = questions_of(node, bank)
    codes = Counter(problem.code for problem in problems + found)
    if not codes <= Counter(problem.code for problem in file.problems):
        return False
    if len(questions) != len(file.questions):
        return False
    pairs = zip(file.questions, questions, strict=True)
    if not all(_comparable(old, old, tags) == _comparable(new, old, tags) for old, new in pairs):
        return False
    return file.tree is None or _keeps_all(file, text, file.tree, tags)


def _comparable(question: Question, old: Question, tags: TagTable) -> Question:
    """Return the question with canonical tags and without the ids that the old one lacks."""
    facts: list[Fact] = []
    for number, fact in enumerate(question.facts):
        had_id = number < len(old.facts) and old.facts[number].id
        facts.append(replace(fact, id=fact.id if had_id else "", tags=tags.unified(fact.tags)))
    identifier = question.id if old.id else ""
    return replace(question, id=identifier, tags=tags.unified(question.tags), facts=tuple(facts))


def _keeps_all(file: QuestionFile, text: str, tree: Span, tags: TagTable) -> bool:
    """Tell whether no comment is lost, nor a text that no question has (below an unknown key)."""
    new = parse_spans(text)
    if new is None or Counter(comments(file.text, tree)) - Counter(comments(text, new)):
        return False
    before, after = Counter(_values(tree)), Counter(_values(new))
    # Replaced tags and dropped duplicates may go, and the nulls in whose place an id stands.
    return all(value in NULLS or tags.canonical(value) in after for value in before - after)


def _values(tree: Span) -> list[str]:
    return [leaf.value.strip() for leaf in tree.leaves() if leaf.kind == "scalar"]
