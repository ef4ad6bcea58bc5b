"""All questions of a bank in figures, by level and by topic."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from ankiexport.lock.entries import Lock
from ankiexport.notes import NoteContent
from ankiexport.question import Bank, LoadedBank
from ankiexport.stats.measuring import Feature, QuestionStats, measured
from ankiexport.tags import Vocabulary, in_vocabulary_order


@dataclass(frozen=True, slots=True)
class Scope:
    """Which questions and facts are counted: those of levels, and those of these ids; None stands for all."""

    levels: Collection[str] = ()
    keys: Collection[str] | None = None

    def has(self, level: str, key: str) -> bool:
        """Tell whether a question or fact is counted."""
        return (not self.levels or level in self.levels) and (self.keys is None or key in self.keys)


@dataclass(frozen=True, slots=True)
class Spread:
    """How lengths are spread: the least, the quartiles, and the greatest."""

    least: int
    lower: int
    median: int
    upper: int
    greatest: int


@dataclass(frozen=True, slots=True)
class Group:
    """The questions of a level, or all; `answers` are their answers' lengths in words, None without a question."""

    key: str
    name: str
    questions: int
    facts: int
    seconds: int
    answers: Spread | None
    features: Mapping[Feature, int]

    def share(self, feature: Feature) -> float:
        """Return which part of the questions has a feature."""
        return self.features[feature] / self.questions if self.questions else 0.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many questions a topic has in each level, in the order of the levels."""

    tag: str
    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many questions it has."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Stats:
    """A bank in figures.

    `coverage` are the tags right below `prefix`, those with most questions first; those of the vocabulary that no question bears
    are there, too. `errors` counts what is wrong with the bank: then some of it may be missing.
    """

    title: str
    language: str
    levels: tuple[Group, ...]
    whole: Group
    prefix: str
    coverage: tuple[Coverage, ...]
    questions: tuple[QuestionStats, ...]
    errors: int = 0

    @property
    def covered(self) -> int:
        """How many of the topics have a question."""
        return sum(1 for topic in self.coverage if topic.total)

    @property
    def oldest(self) -> list[QuestionStats]:
        """The questions that were built as they are, those first that nobody revised for longest."""
        # A month counts from its first day.
        return sorted((entry for entry in self.questions if entry.since), key=lambda entry: entry.since)

    @property
    def unbuilt(self) -> int:
        """How many questions are new or were edited since the last build."""
        return sum(1 for entry in self.questions if not entry.since)


def stats_of(
    loaded: LoadedBank,
    contents: Sequence[NoteContent],
    lock: Lock | None,
    *,
    scope: Scope = Scope(),
    prefix: str = "topic",
    errors: int = 0,
) -> Stats:
    """Return a bank in figures; `contents` are the notes that can be rendered, `lock` what was shipped."""
    bank, notes = loaded.bank, {content.key: content for content in contents}
    start = f"{prefix.removesuffix('::')}::"
    vocabulary = Vocabulary.of(bank)
    found: list[QuestionStats] = []
    facts = Counter[str]()
    for question in loaded.questions:
        own = sum(1 for fact in question.facts if scope.has(question.level, fact.id))
        facts[question.level] += own
        if scope.has(question.level, question.id) and question.level in bank.level_keys:
            tags = vocabulary.all_of(tag.value.strip() for tag in question.tags)
            topics = tuple(dict.fromkeys(below for tag in tags if (below := _right_below(start, tag))))
            found.append(measured(question, own, topics, notes.get(question.id), lock))
    groups = [
        _group(
            level.key, level.name, [entry for entry in found if entry.level == level.key], facts[level.key]
        )
        for level in bank.levels
        if not scope.levels or level.key in scope.levels
    ]
    return Stats(
        title=bank.title,
        language=bank.language,
        levels=tuple(groups),
        whole=_group("", "all", found, sum(group.facts for group in groups)),
        prefix=start.removesuffix("::"),
        coverage=_coverage(bank, start, [group.key for group in groups], found),
        questions=tuple(found),
        errors=errors,
    )


def _group(key: str, name: str, entries: Sequence[QuestionStats], facts: int) -> Group:
    features = Counter(feature for entry in entries for feature in entry.features)
    return Group(
        key=key,
        name=name,
        questions=len(entries),
        facts=facts,
        seconds=sum(entry.seconds for entry in entries),
        answers=_spread([entry.answer_words for entry in entries]),
        features={feature: features[feature] for feature in Feature},
    )


def _spread(lengths: Sequence[int]) -> Spread | None:
    if not lengths:
        return None
    # Of a single length there are no quartiles.
    quarters = quantiles(lengths, method="inclusive") if len(lengths) > 1 else [lengths[0]] * 3
    lower, median, upper = map(round, quarters)
    return Spread(min(lengths), lower, median, upper, max(lengths))


def _coverage(
    bank: Bank, start: str, levels: Sequence[str], entries: Sequence[QuestionStats]
) -> tuple[Coverage, ...]:
    counts = Counter((topic.casefold(), entry.level) for entry in entries for topic in entry.topics)
    declared = filter(None, (_right_below(start, tag) for tag in bank.vocabulary))
    spelling = {tag.casefold(): tag for entry in entries for tag in entry.topics}
    spelling |= {tag.casefold(): tag for tag in declared}
    rows = [
        Coverage(tag, tag[len(start) :], tuple(counts[tag.casefold(), level] for level in levels))
        for tag in in_vocabulary_order(bank, spelling.values())
    ]
    return tuple(sorted(rows, key=lambda row: -row.total))


def _right_below(start: str, tag: str) -> str:
    """Return the tag right below a prefix that a tag is or lies below, empty if it does neither."""
    if not tag.casefold().startswith(start.casefold()):
        return ""
    return tag[: len(start)] + tag[len(start) :].partition("::")[0]
