"""Statistics as a page of its own: plots of HTML and CSS, a table behind each, no script, nothing from elsewhere."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from ankiexport.stats.measuring import SECONDS_PER_LINE, SECONDS_PER_PICTURE, WORDS_PER_MINUTE, Feature
from ankiexport.stats.summary import Coverage, Spread, Stats

# What a page shows of long lists; the JSON has all.
MOST_TOPICS = 50
MOST_QUESTIONS = 10
_EXTREMES = 5
_BINS = 18
_TICKS = 6


def as_page(stats: Stats) -> str:
    """Return the page as HTML."""
    by_length = sorted(stats.questions, key=lambda entry: entry.answer_words)
    covered = [topic for topic in stats.coverage if topic.total]
    return _template().render(
        stats=stats,
        groups=[*stats.levels, stats.whole],
        features=list(Feature),
        axis=_Axis.over(stats.whole.answers) if stats.whole.answers else None,
        bins=_bins([entry.answer_words for entry in stats.questions]),
        shortest=by_length[:_EXTREMES],
        longest=by_length[: -_EXTREMES - 1 : -1],
        topics=covered[:MOST_TOPICS],
        more_topics=len(covered) - len(covered[:MOST_TOPICS]),
        uncovered=[topic.name for topic in stats.coverage if not topic.total],
        most_in_cell=_most(covered),
        oldest=stats.oldest[:MOST_QUESTIONS],
        duration=duration,
        words_per_minute=WORDS_PER_MINUTE,
        seconds_per_line=SECONDS_PER_LINE,
        seconds_per_picture=SECONDS_PER_PICTURE,
    )


def duration(seconds: int) -> str:
    """Return a time to read as people say it: "45 s", "12 min", "3 h 05 min"."""
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60:,} h {minutes % 60:02} min"


@dataclass(frozen=True, slots=True)
class _Axis:
    """A scale with marks at round numbers, from the first to the last of them."""

    ticks: tuple[int, ...]

    @classmethod
    def over(cls, spread: Spread) -> "_Axis":
        """Return a scale on which all lengths have their place."""
        step = _round_step((spread.greatest - spread.least) / (_TICKS - 1))
        start = spread.least // step * step
        return cls(tuple(range(start, spread.greatest + step, step)) or (start,))

    def at(self, length: int) -> str:
        """Return where a length lies, in percent."""
        first, last = self.ticks[0], self.ticks[-1]
        return f"{100 * (length - first) / (last - first or 1):.2f}%"


@dataclass(frozen=True, slots=True)
class _Bin:
    """The answers with so many words, from `start` to `end`; `height` compares with the most of all bins."""

    start: int
    end: int
    count: int
    height: str


def _bins(lengths: Sequence[int]) -> list[_Bin]:
    if not lengths:
        return []
    step = _round_step((max(lengths) - min(lengths)) / _BINS)
    counts = Counter(length // step for length in lengths)
    most = max(counts.values())
    return [
        _Bin(number * step, number * step + step - 1, counts[number], f"{100 * counts[number] / most:.2f}%")
        for number in range(min(counts), max(counts) + 1)
    ]


def _round_step(least: float) -> int:
    """Return the least of 1, 2, 5, 10, 20, 50 … that is as great."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step >= least:
                return step
        size *= 10


def _most(topics: Sequence[Coverage]) -> int:
    return max((count for topic in topics for count in topic.counts), default=1) or 1


@cache
def _template() -> Template:
    # A page, and not what authors write: Jinja's own delimiters, and everything escaped.
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
