"""How the tags of a bank are used: by how many questions and facts, and in which levels."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ankiexport.notes import NoteContent
from ankiexport.question import Bank
from ankiexport.tags import Vocabulary, is_reserved


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag with what it is for, and how many notes bear it or a tag below it, as Anki's search finds them."""

    tag: str
    description: str
    questions: int
    facts: int
    is_declared: bool

    @property
    def notes(self) -> int:
        """The number of notes."""
        return self.questions + self.facts


@dataclass(frozen=True, slots=True)
class Matrix:
    """How many questions each tag below a prefix has in each level; a row is a tag, a column a level."""

    prefix: str
    levels: tuple[str, ...]
    rows: Mapping[str, tuple[int, ...]]


def tag_counts(bank: Bank, contents: Iterable[NoteContent]) -> list[TagCount]:
    """Return the tags in use, those above them, and those of the vocabulary, sorted."""
    counts = Counter[tuple[str, bool]]()
    spelling: dict[str, str] = {}
    for content in contents:
        own = {above for tag in content.tags for above in _with_those_above(tag)}
        for tag in {spelling.setdefault(tag.casefold(), tag) for tag in own}:
            counts[tag.casefold(), content.is_fact] += 1
    declared = {tag.casefold(): entry for tag, entry in bank.vocabulary.items()}
    for tag in bank.vocabulary:
        spelling[tag.casefold()] = tag
    return [
        TagCount(
            tag=tag,
            description=declared[key].description if key in declared else _description(bank, tag),
            questions=counts[key, False],
            facts=counts[key, True],
            is_declared=key in declared,
        )
        for key, tag in sorted(spelling.items())
    ]


def unused(counts: Iterable[TagCount]) -> list[str]:
    """Return the tags of the vocabulary that no note bears."""
    return [count.tag for count in counts if count.is_declared and not count.notes]


def undeclared(bank: Bank, contents: Iterable[NoteContent]) -> list[str]:
    """Return the tags in use that the vocabulary lacks; a bank without one lacks none."""
    vocabulary = Vocabulary.of(bank)
    tags = {tag for content in contents for tag in content.tags}
    return sorted(tag for tag in tags if vocabulary.resolve(tag) is None and not is_reserved(tag))


def level_matrix(bank: Bank, contents: Sequence[NoteContent], prefix: str) -> Matrix:
    """Return how many questions of each level bear each of the tags right below a prefix."""
    start = f"{prefix.removesuffix('::')}::"
    rows: dict[str, Counter[str]] = {}
    for content in contents:
        if not content.is_fact:
            for tag in _right_below(start, content.tags):
                rows.setdefault(tag, Counter())[content.level] += 1
    table = {tag: tuple(row[key] for key in bank.level_keys) for tag, row in sorted(rows.items())}
    return Matrix(start.removesuffix("::"), bank.level_keys, table)


def _right_below(start: str, tags: Collection[str]) -> set[str]:
    below = (tag for tag in tags if tag.casefold().startswith(start.casefold()))
    return {start + tag[len(start) :].split("::")[0] for tag in below}


def _with_those_above(tag: str) -> list[str]:
    parts = tag.split("::")
    return ["::".join(parts[:size]) for size in range(1, len(parts) + 1)]


def _description(bank: Bank, tag: str) -> str:
    return next((level.name for level in bank.levels if level.tag == tag), "")
