"""The vocabulary of tags at work: which tag an author's word stands for."""

from collections.abc import Iterable
from dataclasses import dataclass

from ankiexport.question import Bank, Question, TagEntry

TOPIC_PREFIX = "topic::"

# Tags that a build gives by itself.
CHANGED_PREFIX = "changed::"
RETIRED_TAG = "retired"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Finds the canonical tag of a word, without regard to letter case, as Anki compares tags.

    A bank that declares no tags is open: there every tag stands for itself.
    """

    known: dict[str, str]
    is_open: bool

    @classmethod
    def of(cls, bank: Bank) -> "Vocabulary":
        """Return the vocabulary of a bank: its tags, their aliases, and a tag a level."""
        tags = [*bank.vocabulary, *(level.tag for level in bank.levels)]
        known = {alias.casefold(): tag for alias, tag in bank.aliases().items()}
        known.update({tag.casefold(): tag for tag in tags})
        return cls(known, is_open=not bank.vocabulary)

    def resolve(self, word: str) -> str | None:
        """Return the canonical tag of a word, or None when the vocabulary does not have it."""
        return self.known.get(word.casefold(), word if self.is_open else None)

    def all_of(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the canonical tags of several words, each once, sorted; unknown words are kept."""
        tags = {tag.casefold(): tag for tag in (self.resolve(word) or word for word in words)}
        return tuple(sorted(tags.values(), key=lambda tag: (tag.casefold(), tag)))


def topics(bank: Bank, tags: Iterable[str], prefix: str = TOPIC_PREFIX) -> list[TagEntry]:
    """Return the vocabulary's entries of those tags that begin with a prefix, in the tags' order."""
    entries = [bank.vocabulary.get(tag) for tag in tags if tag.startswith(prefix)]
    return [entry for entry in entries if entry is not None]


def is_reserved(tag: str) -> bool:
    """Tell whether a tag is one that only a build gives."""
    folded = tag.casefold()
    return folded in {RETIRED_TAG, CHANGED_PREFIX.rstrip(":")} or folded.startswith(
        (f"{RETIRED_TAG}::", CHANGED_PREFIX)
    )


def in_vocabulary_order(bank: Bank, tags: Iterable[str]) -> list[str]:
    """Return tags in the order of the vocabulary; those that it lacks come last."""
    known = {tag: number for number, tag in enumerate(bank.vocabulary)}
    return sorted(tags, key=lambda tag: (known.get(tag, len(known)), tag))


def tag_problem(tag: str) -> str | None:
    """Return what is wrong with a tag's form, or None: Anki splits at spaces and renames empty parts."""
    if not tag:
        return "a tag is empty"
    if any(char.isspace() or not char.isprintable() for char in tag):
        return f'the tag "{tag}" has a space in it, where Anki would split it'
    if not all(tag.split("::")):
        return f'the tag "{tag}" has an empty part, which Anki would rename'
    return None


def tags_of(
    question: Question, bank: Bank, vocabulary: Vocabulary, *, with_level: bool = True
) -> tuple[str, ...]:
    """Return the tags of a question's note: its own, that of its level, and that of its last revision."""
    own = [tag.value.strip() for tag in question.tags]
    if with_level:
        own.append(bank.level(question.level).tag)
    revised = question.history.revised
    if revised:
        own.append(f"{CHANGED_PREFIX}{revised.value.strip()}")
    return vocabulary.all_of(own)
