"""Questions and facts that ask the same thing twice, found without comparing each with each."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ankiexport.diagnostics import Diagnostic
from ankiexport.quality.finding import Finding
from ankiexport.quality.texts import answered, words
from ankiexport.question import LoadedBank, Question, Text

# Two texts are near when this share of their runs of three words is common to both.
_NEAR = 0.6
_RUN = 3
# A run that so many texts share says nothing about any two of them.
_COMMON = 40


@dataclass(frozen=True, slots=True)
class _Asked:
    """One text that asks something, and what answers it."""

    question: Question
    text: Text
    words: tuple[str, ...]
    answer: tuple[str, ...]

    @property
    def runs(self) -> frozenset[tuple[str, ...]]:
        """The runs of three words."""
        last = len(self.words) - _RUN + 1
        return frozenset(self.words[start : start + _RUN] for start in range(last))


def questions_are_asked_once(loaded: LoadedBank) -> Iterator[Finding]:
    """Warn of questions or facts that are nearly the same, or the same with different answers."""
    asked = [entry for entry in _asked(loaded) if len(entry.words) >= _RUN]
    runs = [entry.runs for entry in asked]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, own in enumerate(runs):
        shared: Counter[int] = Counter()
        for run in own:
            shared.update(holders[run] if len(holders[run]) <= _COMMON else ())
            holders[run].append(number)
        for other, count in sorted(shared.items()):
            if count >= _NEAR * (len(own) + len(runs[other]) - count):
                yield _finding(asked[number], asked[other])


def _asked(loaded: LoadedBank) -> Iterator[_Asked]:
    for question in loaded.questions:
        answer = tuple(words(question.answer.value)) if question.answer else ()
        yield _Asked(question, question.question, tuple(words(question.question.value)), answer)
        for fact in question.facts:
            read = answered(fact.text.value)
            yield _Asked(question, fact.text, tuple(words(read.text)), tuple(words(" ".join(read.hidden))))


def _finding(entry: _Asked, first: _Asked) -> Finding:
    if entry.words == first.words and entry.answer != first.answer:
        code, message = "same-question", "the same is asked elsewhere, with another answer"
        advice = "a learner cannot know which is meant: reword one of them"
    else:
        code, message = "near-duplicate", "nearly the same is asked elsewhere"
        advice = "keep one, or make clear how they differ"
    return Finding(
        entry.question, Diagnostic(entry.text.position, code, message, advice, (first.text.position,))
    )
