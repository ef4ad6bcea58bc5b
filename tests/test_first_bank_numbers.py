"""The numbers of the first bank: each is recomputed from the data that stand on the same card.

A check reads the inputs and the results out of a card's text, computes, and compares in the rounding in
which the card prints the result. It looks for the order of the numbers and a few words beside them, so
sentences can be reworded; where no number is found any more, the check fails and is adjusted.

In patterns `#` is a number, `&` a number or a word for one, `~` some text without digits and `…` any text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, pairwise, starmap
from math import comb, dist, exp, hypot, lgamma, log, log2, sqrt
from statistics import NormalDist
from typing import Self
from xml.etree import ElementTree as ET

import pytest
from banks import FIRST_BANK

from ankiexport.bank import load_bank
from ankiexport.quality.texts import answered
from ankiexport.question import Question, Text

NORMAL = NormalDist()
Z95 = NORMAL.inv_cdf(0.975)

# ---- What is computed


def cosine(u: Sequence[float], v: Sequence[float]) -> float:
    """Return the cosine similarity of two vectors."""
    return dot(u, v) / (hypot(*u) * hypot(*v))


def dot(u: Sequence[float], v: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(u, v, strict=True))


def plus(u: Sequence[float], v: Sequence[float], factor: float = 1) -> list[float]:
    """Return u + factor · v."""
    return [a + factor * b for a, b in zip(u, v, strict=True)]


def blend(n: float, constant: float) -> float:
    """Return the weight n / (n + constant) of someone's own history."""
    return n / (n + constant)


def mean(shares: Sequence[float], values: Sequence[float]) -> float:
    """Return the mean of values, each with its share."""
    return dot(shares, values) / sum(shares)


def dcg(gains: Sequence[float]) -> float:
    """Return the discounted cumulative gain of gains in the order in which they are shown."""
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def ndcg(gains: Sequence[float], ideal: Sequence[float]) -> float:
    """Return the discounted cumulative gain as a share of that of all gains that were to be had, sorted."""
    return dcg(gains) / dcg(sorted(ideal, reverse=True)[: len(gains)])


def exponential(grades: Sequence[float]) -> list[float]:
    """Return the gain 2^r - 1 of each relevance grade."""
    return [2**grade - 1 for grade in grades]


def entropy(counts: Sequence[float]) -> float:
    """Return the entropy of counts, in bits."""
    return sum(count / sum(counts) * log2(sum(counts) / count) for count in counts if count)


def surprise(share: float) -> float:
    """Return the novelty of an item that a share of the users know, in bits."""
    return -log2(share)


def mean_distance(items: Sequence[object], distance: Callable[[object, object], float]) -> float:
    """Return the intra-list diversity: the mean distance of all pairs."""
    distances = list(starmap(distance, combinations(items, 2)))
    return sum(distances) / len(distances)


def gini(sizes: Sequence[float], shares: Sequence[float]) -> float:
    """Return the Gini coefficient of shares that groups hold; groups come from the poorest to the richest."""
    sizes, shares = [size / sum(sizes) for size in sizes], [share / sum(shares) for share in shares]
    area = reached = 0.0
    for size, share in zip(sizes, shares, strict=True):
        area += size * (reached + share / 2)
        reached += share
    return 1 - 2 * area


def softmax(logits: Sequence[float], temperature: float) -> list[float]:
    weights = [exp(logit / temperature) for logit in logits]
    return [weight / sum(weights) for weight in weights]


def kl(p: Sequence[float], q: Sequence[float]) -> float:
    """Return the Kullback-Leibler divergence of p from q, in nats."""
    return sum(a * log(a / b) for a, b in zip(p, q, strict=True))


def psi(p: Sequence[float], q: Sequence[float]) -> float:
    """Return the population stability index."""
    return kl(p, q) + kl(q, p)


def cusum(scores: Sequence[float], slack: float) -> list[float]:
    """Return the cumulative sums of z-scores below zero."""
    sums = [0.0]
    for score in scores:
        sums.append(max(0.0, sums[-1] - score - slack))
    return sums[1:]


@cache
def cusum_run_length(slack: float, limit: float, drop: float, states: int = 120) -> float:
    """Return after how many days a cumulative sum alarms on average, in steady drops of so many deviations.

    A chain of states, each a small interval of the sum (Brook and Evans, 1972).
    """
    width = 2 * limit / (2 * states - 1)

    def below(value: float) -> float:
        return NORMAL.cdf(value - drop + slack)

    rows = []
    for i in range(states):
        row = [below((0.5 - i) * width)]
        row += [below((j - i + 0.5) * width) - below((j - i - 0.5) * width) for j in range(1, states)]
        rows.append([(i == j) - share for j, share in enumerate(row)] + [1.0])
    for i in range(states):  # no pivot needed: the diagonal outweighs its row
        for other in rows[i + 1 :]:
            if factor := other[i] / rows[i][i]:
                other[i:] = [a - factor * b for a, b in zip(other[i:], rows[i][i:], strict=True)]
    lengths = [0.0] * states
    for i in reversed(range(states)):
        lengths[i] = (rows[i][-1] - dot(rows[i][i + 1 : -1], lengths[i + 1 :])) / rows[i][i]
    return lengths[0]


@cache
def chances_of_best(counts: tuple[tuple[float, float], ...], steps: int = 20_000) -> list[float]:
    """Return how often each option has the highest draw, from its (hits, tries) and a uniform prior."""
    densities = []
    for hits, tries in counts:
        a, b = hits + 1, tries - hits + 1
        scale = lgamma(a + b) - lgamma(a) - lgamma(b)
        points = ((step + 0.5) / steps for step in range(steps))
        densities.append([exp(scale + (a - 1) * log(x) + (b - 1) * log(1 - x)) / steps for x in points])
    reached = [0.0] * len(counts)
    chances = [0.0] * len(counts)
    for column in zip(*densities, strict=True):
        for option, density in enumerate(column):
            rest = 1.0
            for other, so_far in enumerate(reached):
                rest *= 1.0 if other == option else so_far + column[other] / 2
            chances[option] += density * rest
        reached = [so_far + density for so_far, density in zip(reached, column, strict=True)]
    return chances


def error_of_share(share: float, n: float) -> float:
    """Return the standard error of a share."""
    return sqrt(share * (1 - share) / n)


def error_of_lift(p: float, q: float, n: float, m: float | None = None) -> float:
    """Return the standard error of the difference of two independent shares."""
    return hypot(error_of_share(p, n), error_of_share(q, m or n))


def wilson(hits: float, n: float) -> tuple[float, float]:
    """Return the 95% interval of a share by Wilson's method."""
    share, z2 = hits / n, Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return middle - half, middle + half


def sample_size(p: float, q: float, power: float, level: float) -> float:
    """Return how many units per arm tell two shares apart."""
    z = NORMAL.inv_cdf(1 - level / 2) + NORMAL.inv_cdf(power)
    return float(z**2 * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2)


def rule_of_three(n: float) -> float:
    """Return the highest rate that no hit in n tries leaves possible, at 95% confidence."""
    return 3 / n


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    """Tell whether an option is nowhere worse than another one and somewhere better."""
    pairs = list(zip(one, other, strict=True))
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


# ---- What is printed

_WORDS = dict(
    zip(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
        ],
        range(1, 14),
        strict=True,
    )
) | {"half": 0.5, "quarter": 0.25}
_DIGITS = r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:\s(?:million|billion)\b)?"
_NUMBER = rf"(?<![\w.,])[-−+±]?\$?{_DIGITS}(?!\d)"
_TOKENS = {
    "#": f"({_NUMBER})",
    "&": f"({_NUMBER}|\\b(?i:{'|'.join(_WORDS)})\\b)",
    "~": r"[^\d]{0,240}?",
    "…": r".{0,600}?",
}
_SCALES = {"million": 1e6, "billion": 1e9}
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LATEX = {
    r"\cdot": "·",
    r"\times": "×",
    r"\approx": "≈",
    r"\alpha": "α",
    r"\lambda": "λ",
    r"\sqrt": "√",
    r"\%": "%",
    r"\$": "$",
}


class Printed(float):
    """A number as a text prints it; `step` is the unit of its last digit."""

    step: float

    def __new__(cls, text: str) -> Self:
        digits, _, scale = text.strip().casefold().partition(" ")
        factor = _SCALES.get(scale, 1.0)
        if digits in _WORDS:
            number = super().__new__(cls, _WORDS[digits] * factor)
        else:
            digits = re.sub(r"[$,+±]", "", digits).replace("−", "-")
            number = super().__new__(cls, float(digits) * factor)
        number.step = 10.0 ** -len(digits.partition(".")[2]) * factor
        return number


def same(printed: Printed, computed: float) -> None:
    """Assert that a result is what is printed, in the rounding of the print."""
    gap = abs(computed - printed)
    assert gap <= printed.step / 2 + 1e-9 * abs(printed), f"{printed:,} is printed, {computed:,.6g} comes out"


def near(printed: Printed, computed: float, within: float) -> None:
    """Assert that a result is what is printed, where the card says "about"; `within` is a share of it."""
    assert abs(computed - printed) <= within * abs(printed), (
        f"{printed:,} is printed, {computed:,.6g} comes out"
    )


def equal(*numbers: float) -> None:
    """Assert that one number stands in several places."""
    assert max(numbers) - min(numbers) <= 1e-9 * max(map(abs, numbers)), numbers


def read(text: str, pattern: str) -> list[Printed]:
    """Return the numbers that a pattern finds in a text."""
    match = re.search("".join(_TOKENS.get(sign, sign) for sign in pattern), text)
    assert match, f"there is nothing like {pattern!r}"
    return [Printed(group) for group in match.groups()]


def numbers(text: str) -> list[Printed]:
    """Return all numbers of a text."""
    return [Printed(match[0]) for match in re.finditer(_NUMBER, text)]


def flat(markdown: str) -> str:
    """Return Markdown on one line, without emphasis, and with formulas as one would type them."""
    text = " ".join(markdown.replace("*", "").split())
    text = re.sub(r"(?<![\\$])\$(?![\s$])([^$]+?)(?<!\s)\$(?!\d)", r"\1", text)
    for command, sign in _LATEX.items():
        text = text.replace(command, sign)
    return text


@dataclass(frozen=True)
class Card:
    """The texts of a question: what is read, what is code and what code prints."""

    id: str
    text: str
    code: str
    output: str
    tables: tuple[tuple[tuple[str, ...], ...], ...]
    facts: Mapping[str, str]

    def read(self, pattern: str) -> list[Printed]:
        """Return the numbers that a pattern finds in the running text."""
        return read(self.text, pattern)

    def fact(self, end: str, pattern: str) -> list[Printed]:
        """Return the numbers that a pattern finds in the fact whose id ends so."""
        return read(self.facts[f"{self.id}-{end}"], pattern)

    def table(self, header: str) -> tuple[tuple[str, ...], ...]:
        """Return the rows of the first table that has such a column."""
        found = [table for table in self.tables if any(header in cell for cell in table[0])]
        assert found, f"no table has a column {header!r}"
        return found[0][1:]

    def rows(self, header: str) -> dict[str, list[Printed]]:
        """Return the numbers of each row of that table, by the row's first cell."""
        return {row[0]: [n for cell in row[1:] for n in numbers(cell)] for row in self.table(header)}


def as_card(question: Question) -> Card:
    """Return the texts of a question."""
    answer = question.answer.value if question.answer else ""
    code = [match[2] for match in _FENCE.finditer(answer) if match[1] != "output"]
    output = [match[2] for match in _FENCE.finditer(answer) if match[1] == "output"]
    rest = _FENCE.sub("", answer)
    parts = [question.question, *question.hints]
    after = [*question.key_points, *question.pitfalls, *question.follow_ups]
    texts = [*(part.value for part in parts), rest, *(part.value for part in after)]
    found = re.findall(r"(?:^[ \t]*\|.*\n?)+", rest, re.MULTILINE)
    return Card(
        question.id,
        flat("\n".join(texts)),
        "".join(code),
        "".join(output),
        tuple(tuple(_cells(table)) for table in found),
        {fact.id: flat(answered(fact.text.value).text) for fact in question.facts},
    )


def _cells(table: str) -> list[tuple[str, ...]]:
    rows = [tuple(flat(cell) for cell in line.strip().strip("|").split("|")) for line in table.splitlines()]
    return [row for row in rows if not all(set(cell) <= set("-: ") for cell in row)]


@cache
def questions() -> dict[str, Question]:
    """Return the questions of the first bank by their ids."""
    loaded, _ = load_bank(FIRST_BANK)
    assert loaded
    return {question.id: question for question in loaded.questions}


def card(question_id: str) -> Card:
    """Return the texts of a question of the first bank."""
    return as_card(questions()[question_id])


def picture(name: str) -> ET.Element:
    """Return an SVG picture of the first bank."""
    return ET.fromstring((FIRST_BANK / "media" / name).read_text(encoding="utf-8"))  # noqa: S314 - our own


def labels(name: str) -> list[tuple[str, float, float]]:
    """Return the texts of a picture with their places."""
    return [
        ("".join(text.itertext()), float(text.get("x", "nan")), float(text.get("y", "nan")))
        for text in picture(name).iter("{http://www.w3.org/2000/svg}text")
    ]


def lettering(name: str) -> str:
    """Return all that is written in a picture."""
    return " / ".join(label for label, _, _ in labels(name))


Check = Callable[[Card], None]
CHECKS: dict[str, Check] = {}


def numbers_of(question_id: str) -> Callable[[Check], Check]:
    """Register a check of the numbers of a question."""

    def register(check: Check) -> Check:
        assert question_id not in CHECKS
        CHECKS[question_id] = check
        return check

    return register


@pytest.mark.parametrize("question_id", CHECKS)
def test_numbers_follow_from_the_card(question_id: str) -> None:
    """Every number that a card computes is what its own data give."""
    CHECKS[question_id](card(question_id))


@pytest.mark.parametrize("question_id", CHECKS)
def test_a_changed_number_is_noticed(question_id: str) -> None:
    """Checks that look at nothing would pass for ever; each notices several changes of its answer."""
    assert len(noticed(questions()[question_id])) >= 3


def noticed(question: Question) -> list[str]:
    """Return the numbers of an answer, outside code, whose change its check notices."""
    assert question.answer
    text, place = question.answer.value, question.answer.place
    code = [match.span() for match in _FENCE.finditer(text)]
    found = []
    for match in re.finditer(r"(?<![\w.,])\d(?:[\d,]*\d)?(?:\.\d+)?", text):
        if any(start <= match.start() < end for start, end in code):
            continue
        digit = text[match.end() - 1]
        changed = text[: match.end() - 1] + str((int(digit) + 3) % 10) + text[match.end() :]
        try:
            CHECKS[question.id](as_card(replace(question, answer=Text(changed, place))))
        except (AssertionError, ArithmeticError, LookupError, ValueError):
            found.append(f"{match[0]} at {match.start()}")
    return found


# ---- 1 Beginner


@numbers_of("collaborative-vs-content")
def _(card: Card) -> None:
    viewers, others, both = card.read("# people~#~#~both")
    top, left, right, result = card.read("# / √~#~#~≈ #")
    assert (top, left, right) == (both, viewers, others)
    same(result, both / sqrt(viewers * others))
    many, shared, low = card.read("blockbuster~#~#~#")
    equal(shared, 2 * both)
    same(low, shared / sqrt(many * viewers))
    assert card.fact("cosine-formula", "#~#~#~#~#~#") == [viewers, others, both, both, viewers, others]


@numbers_of("cold-start")
def _(card: Card) -> None:
    listeners, episodes = card.read("# new listeners~# new episodes")
    loss, screens = card.read("loses #%~& screens")
    one, keep, times, lost, people, of_all = card.read(r"# - #\^#~#%~#~#")
    assert (one, times, of_all) == (1, screens, listeners)
    same(keep, 1 - loss / 100)
    same(lost, 100 * (1 - keep**times))
    near(people, listeners * (1 - keep**times), 0.01)
    each, weekly, share, exposure = card.read("each episode #~#~#%~#")
    equal(weekly, each * episodes)
    equal(share, 100 * weekly / exposure)
    rate, level, tries, margin = card.read("rate near #%~#%~#~#")
    equal(level, 95)
    equal(tries, each)
    near(margin, 100 * Z95 * error_of_share(rate / 100, tries), 0.1)
    constant, *weights = card.read(r"n/\(n\+#\)~#~#~#~#~#~#")
    for weight, plays in zip(weights[::2], weights[1::2], strict=True):
        same(weight, blend(plays, constant))
    assert card.read("constant #") == [constant]
    most, gain, few, drop, total = card.read("#% of traffic~#%~#%~#%~#%")
    equal(most + few, 100)
    same(total, mean([most, few], [gain, -drop]))
    fact_constant, half_way = card.fact("blend-weight", "#~#")
    equal(fact_constant, constant, half_way)


@numbers_of("implicit-feedback")
def _(card: Card) -> None:
    ratings, events = card.read("# star~# watch")
    (ratio,) = card.read("# watch events for")
    equal(ratio, events / ratings)
    titles, fit, clicked, others, unseen, seen = card.read("carousel~#~#~&~#~#~#")
    equal(others, titles - clicked)
    equal(unseen, titles - fit)
    equal(seen, fit - clicked)
    start, alpha, viewings, confidence, none = card.read(r"c = # \+ α r…α = #~&~#~#")
    equal(confidence, start + alpha * viewings)
    equal(none, start)


@numbers_of("why-ab-tests")
def _(card: Card) -> None:
    after, control, top, bottom, effect, naive = card.read("orders rise #%~#%~#/#~#%~#%")
    equal(after, naive)
    same(top, 1 + after / 100)
    same(bottom, 1 + control / 100)
    same(effect, 100 * (top / bottom - 1))
    buyers, n, more, m = card.read("# of # control~# of #")
    assert n == m
    p, q = buyers / n, more / m
    shown_p, shown_q, lift, level, low, high = read(card.output, "#% to #%~#~#%~# to #")
    same(shown_p, 100 * p)
    same(shown_q, 100 * q)
    same(lift, 100 * (q - p))
    equal(level, 95)
    same(low, 100 * (q - p - Z95 * error_of_lift(p, q, n)))
    same(high, 100 * (q - p + Z95 * error_of_lift(p, q, n)))
    treated, untreated, relative = card.fact("control-rise", "#%~#%~#%")
    same(relative, 100 * ((1 + treated / 100) / (1 + untreated / 100) - 1))


# ---- 2 Intermediate


@numbers_of("realtime-vs-batch")
def _(card: Card) -> None:
    accounts, active = card.read("# accounts~# are active")
    ends, _, visit, _, behind = card.read("#:#~#:#~# hours")
    equal(behind, visit - ends)
    (candidates,) = card.read("# candidates")
    everyone, per_list, pairs, idle = card.read("# × # = #~#%")
    assert (everyone, per_list) == (accounts, candidates)
    equal(pairs, accounts * candidates)
    same(idle, 100 * (1 - active / accounts))
    each, live_pairs, daily, per_second, peak, capacity = card.read("at # requests~#~#~#~&~#")
    equal(live_pairs, active * each * candidates)
    equal(daily, active * each)
    same(per_second, daily / 86_400)
    near(capacity, peak * daily / 86_400, 0.01)


@numbers_of("two-stage-ranking")
def _(card: Card) -> None:
    catalog, _, page = card.read("# videos and # milliseconds~#")
    microseconds, scored, seconds, candidates, milliseconds = card.read("# microseconds~#~#~#~#")
    assert scored == catalog
    equal(seconds, microseconds * catalog / 1e6)
    equal(milliseconds, microseconds * candidates / 1e3)
    pictured = card.read("Funnel~#~#~#~#~#")
    assert pictured[:1] + pictured[2:] == [catalog, candidates, milliseconds, page]
    written = read(lettering("two-stage-pipeline.svg"), r"# videos…about #~# candidates…about #~# shown")
    assert written == pictured
    assert {int(n) for n in card.read("recall@#, the~its #")} == {candidates}
    kept, put, a, b, arrive, ceiling = card.read("keeps #%~#%~# × # = #%~#%")
    same(a, kept / 100)
    same(b, put / 100)
    same(arrive, kept * put / 100)
    assert ceiling == kept
    items, each, takes = card.fact("full-scan", "#~#~#")
    equal(takes, items * each / 1e6)
    kept, put, arrive = card.fact("recall-ceiling", "#%~#%~#%")
    same(arrive, kept * put / 100)


@numbers_of("popularity-bias")
def _(card: Card) -> None:
    bands = card.rows("Exposure")
    catalog, demand, exposure = zip(*bands.values(), strict=True)
    assert sum(catalog) == sum(demand) == sum(exposure) == 100
    assert card.read("top #%~#%") == [catalog[0], exposure[0]]
    (times,) = card.read("# times")
    same(times, exposure[0] / catalog[0])
    head, wanted, excess, tail, asked, lack = card.read("# / # = #~# / # = #")
    assert (head, wanted, tail, asked) == (exposure[0], demand[0], exposure[2], demand[2])
    same(excess, head / wanted)
    same(lack, tail / asked)
    shown = read(card.output, r"demand\s+#~#")
    same(shown[0], gini(catalog[::-1], demand[::-1]))
    same(shown[1], gini(catalog[::-1], exposure[::-1]))
    _, hit, clicks, weighted, rare, rare_clicks, rare_weighted = card.read("Among #~#%~#~#~#%~#~#")
    equal(weighted, clicks / (hit / 100))
    equal(rare_weighted, rare_clicks / (rare / 100))
    cap, left = card.read("capping~#~#")
    assert cap < 100 / rare
    equal(left, cap * rare_clicks)
    a, b, x, lifted, y, lowered, c, d, ahead, behind = card.read("# × relevance~#~#~#~#~#~#~#~#~#")
    same(lifted, a * x + b)
    same(lowered, a * y)
    same(ahead, c * y)
    same(behind, c * x + d)
    assert lifted > lowered
    assert ahead > behind
    propensity, weight = card.fact("ipw-weight", "#~#")
    equal(weight, 1 / propensity)


@numbers_of("position-bias")
def _(card: Card) -> None:
    first, high, last, low = card.read("slot #~#%~slot #~#%")
    top, rate, bottom, rare, reference, target, propensity = card.read("slot #~#%~slot #~#%~slot #~slot #~#")
    assert (top, bottom, reference, target) == (first, last, first, last)
    same(propensity, rare / rate)
    (_, a), (_, b) = card.rows("Propensity").items()
    assert a[:2] == [high, 1]
    assert b[:2] == [low, propensity]
    same(a[2], a[0] / a[1])
    same(b[2], b[0] / b[1])
    (n,) = read(card.code, "n = #_000")
    shown = read(card.output, r"A #%~#%\s~B #%~#%")
    for (share, weight, corrected), result, error in zip((a, b), shown[::2], shown[1::2], strict=True):
        same(result, corrected)
        same(error, 100 * error_of_share(share / 100, 1000 * n) / weight)
    assert card.read("with # impressions") == [1000 * n]
    small, large = card.read("propensity # means~#")
    equal(large, 1 / small)
    seen, weight, corrected = card.fact("ips-example", "#%~#~#%")
    same(corrected, seen / weight)


@numbers_of("event-pipeline")
def _(card: Card) -> None:
    (events,) = card.read("# events a day")
    late, missing = card.read("If #%~# events")
    equal(missing, events * late / 100)
    traffic, usual, risen, broken = card.read("#% of traffic~#%~#%~#%")
    near(risen, mean([traffic, 100 - traffic], [broken, usual]), 0.01)


@numbers_of("ndcg")
def _(card: Card) -> None:
    _, precision = card.read("precision@# of #")
    *grades, high, middle, low = card.read("grades #~#~#~gains~#~#~#")
    assert exponential(grades) == [high, middle, low]
    three, half, five, percent = card.read("[Rr]ank # keeps &, rank # keeps #%")
    same(half, 1 / log2(three + 1))
    same(percent, 100 / log2(five + 1))
    lists = [numbers(found) for found in re.findall(r"\[([\d, ]+)\]", card.code)]
    ideal, a, b = (exponential(found) for found in lists)
    assert dcg(ideal) == dcg(sorted(a, reverse=True)) == dcg(sorted(b, reverse=True))
    for gains in (a, b):
        same(precision, sum(gain > 0 for gain in gains) / len(gains))
    # By hand, gain over discount, without the zeros.
    *terms, total, best = card.read(r"#/#\+#/#\+#/#=#~#")
    ranked = [(gain, log2(rank + 1)) for rank, gain in enumerate(a, start=1) if gain]
    for (gain, discount), top, bottom in zip(ranked, terms[::2], terms[1::2], strict=True):
        equal(top, gain)
        same(bottom, discount)
    same(total, dcg(a))
    same(best, dcg(ideal))
    shown = read(card.output, r"A: DCG #, NDCG #\s~B: DCG #, NDCG #")
    for printed, value in zip(shown, (dcg(a), ndcg(a, ideal), dcg(b), ndcg(b, ideal)), strict=True):
        same(printed, value)
    one, few, more, many = card.read("DCG of #~&~#~&")
    same(one, dcg([1.0] * int(few)))
    same(more, dcg([1.0] * int(many)))
    grade, fallen = card.read("one more grade #~#")
    same(fallen, ndcg(a, [*ideal, *exponential([grade])]))
    rank, share = card.fact("rank-three", "rank #~#%")
    same(share, 100 / log2(rank + 1))
    base, grade, gain = card.fact("exponential-gain", r"#\^~#~grade #~#".replace("~#~grade", "…grade"))
    equal(gain, base**grade - 1)


@numbers_of("embeddings")
def _(card: Card) -> None:
    found = read(card.code, r'"a": \(#, #\)~\(#, #\)~\(#, #\)')
    a, b, c = found[:2], found[2:4], found[4:]
    turned = (-a[1], a[0])
    shown = read(card.output, r"after: #\sa-b #, a-c #\sa-b #, a-c #")
    expected = (abs(cosine(a, turned)), cosine(a, b), cosine(a, c), cosine(a, b), cosine(a, c))
    for printed, value in zip(shown, expected, strict=True):
        same(printed, value)
    (size,) = card.read("#-dimensional embeddings")
    assert card.read("here #")[0] == size
    assert card.read("the #-dimensional vectors")[0] == size
    top, usual, of_top, now = card.read("top-#~#~of #~#")
    assert now < usual < of_top == top


@numbers_of("guardrail-metrics")
def _(card: Card) -> None:
    minutes, tolerance, limit = card.read("#-minute~#%~#")
    same(limit, minutes * tolerance / 100)
    assert numbers(" ".join(card.table("Tolerance")[0]))[-1] == tolerance
    for change, interval, verdict in card.table("Verdict"):
        low, high = numbers(interval)
        same(Printed(change.strip()), (low + high) / 2)
        expected = "Pass" if low > limit else "Fail" if high < limit else "Unclear"
        assert verdict.strip().startswith(expected)
    before, after, _, rise, low, high = card.read("complaints~#~#~#~#%~#%~#%")
    same(rise, 100 * (after / before - 1))
    equal(rise, (low + high) / 2)
    few, power, passed, many, seldom = card.read("of # independent~#%~#%~#~#%")
    same(passed, 100 * (power / 100) ** few)
    same(seldom, 100 * (power / 100) ** many)
    few, power, passed = card.fact("five", "&~#%~#%")
    same(passed, 100 * (power / 100) ** few)


# ---- 3 Advanced


@numbers_of("multi-task-learning")
def _(card: Card) -> None:
    clicks, purchases, _ = card.read("# clicks~# purchases per #")
    assert card.read("# purchases against #") == [purchases, clicks]
    found = card.read(r"gradient \(#, #\)~\(#, #\)~#~\(#, #\)~#")
    click, buy, conflict, total, descent = found[:2], found[2:4], found[4], found[5:7], found[7]
    equal(conflict, dot(click, buy))
    assert total == plus(click, buy)
    equal(descent, dot(total, buy))
    weight, x, y, agreed = card.read(r"weighted #~\(#, #\)~#")
    assert [x, y] == plus(buy, click, weight)
    equal(agreed, dot([x, y], click), dot([x, y], buy))
    settings = card.rows("Setting" if "Setting" in card.text else "Clicks")
    beaten = {a for a in settings for b in settings if dominates(settings[b], settings[a])}
    (dominated,) = beaten
    assert re.search(rf"\b{dominated.strip()} is not: B", card.text)
    assert dominates(settings[next(key for key in settings if key.strip() == "B")], settings[dominated])
    gates = re.findall(r"\d+ \d+ \d+", lettering("mmoe.svg"))
    assert [sum(numbers(gate)) for gate in gates] == [100, 100, 100]


@numbers_of("knowledge-graphs")
def _(card: Card) -> None:
    titles, rare = card.read("# titles, and #%")
    found = card.read(r"novel A at \(#, #\)~\(#, #\)~\(#, #\)~\(#, #\)~#")
    novel, shift, author, other = found[:2], found[2:4], found[4:6], found[6:8]
    assert author == plus(novel, shift)
    same(found[8], dist(author, other))
    size, rows, columns, parameters = card.read("At # dimensions~# × #~#")
    assert size == rows == columns
    equal(parameters, size**2)
    links, steps, routes = card.read("# links~& steps~#")
    equal(routes, links**steps)
    found = card.read(r"\(#, #\) [−-] \(#, #\) = \(#, #\)")
    assert (found[:2], found[2:4], found[4:]) == (author, shift, novel)
    entities, dimensions, width, gigabytes = card.read("# entities of # &-byte~# GB")
    assert dimensions == size
    same(gigabytes, entities * dimensions * width / 1e9)
    linked, wrong = card.read("If #% of titles~#")
    equal(wrong, titles * (1 - linked / 100))
    (rarely,) = card.read("the # rarely")
    equal(rarely, titles * rare / 100)
    links, routes, steps = card.fact("path-count", "#~#~&")
    equal(routes, links**steps)
    assert card.read("# books by one")[0] == card.fact("transe-weakness", "# books")[0]


@numbers_of("causal-estimation")
def _(card: Card) -> None:
    treated, control = card.read("book at #%~#%")
    old, new, gain, said = card.read("bookings are #%~#%~#~#")
    same(gain, new - old)
    same(said, treated - control)
    pattern = "#%~#%~#%~#%~#"
    before, after, other_before, other_after, effect = card.read(f"rise from {pattern}")
    same(effect, after - before - (other_after - other_before))
    x, y, mixed, city, lift = card.read("half X, half Y~X has #~Y #~#~#~#%")
    equal(mixed, (x + y) / 2)
    same(lift, 100 * (city / mixed - 1))
    use, more_use, rate, higher, shift, share, local = card.read("lifts~#%~#%~#%~#%~#~#~#")
    same(shift, higher - rate)
    same(share, (more_use - use) / 100)
    same(local, shift / share)
    points, expected, relative, against = card.read("# points on~#%~#%~#%")
    assert (points, against) == (abs(effect), lift)
    same(expected, before + other_after - other_before)
    same(relative, 100 * points / expected)
    assert card.fact("did-number", pattern) == [before, after, other_before, other_after, effect]
    use_points, points, local = card.fact("iv-ratio", "#~#~#")
    same(local, 100 * points / use_points)
    cities, of_all = card.read("Keep # random cities of #")
    assert cities < of_all == card.read("# cities, not")[0]


@numbers_of("cross-domain-transfer")
def _(card: Card) -> None:
    constant, none, *weights = card.read(r"n/\(n\+#\)~#~#~#~#~#")
    same(none, blend(0, constant))
    for weight, plays in zip(weights[::2], weights[1::2], strict=True):
        same(weight, blend(plays, constant))
    *helped, hurt = card.table("With films")
    for row in helped:
        alone, with_films = numbers(" ".join(row[1:]))
        assert with_films > alone
    alone, with_films = numbers(" ".join(hurt[1:]))
    assert with_films < alone
    assert numbers(hurt[0]) == card.read("to zero by #")
    constant, half_way = card.fact("handover", "#~#")
    equal(constant, half_way)
    (both,) = card.read("months # people")
    assert card.read("the # overlapping") == [both]


@numbers_of("llm-recommenders")
def _(card: Card) -> None:
    products, requests, budget = card.read("# products~# recommendation~# ms")
    each, total = card.read("products at # tokens~#")
    equal(total, products * each)
    tokens, speed, seconds, limit = card.read("# output tokens at #~# s~# s")
    same(seconds, tokens / speed)
    equal(1000 * limit, budget)
    price_in, price_out = card.read("# per million input~# per million output")
    table = list(card.rows("Each request").values())
    (in_a, out_a, in_b, out_b), prices, volumes, totals = table
    assert volumes == [requests, products]
    computed = [(n * price_in + m * price_out) / 1e6 for n, m in ((in_a, out_a), (in_b, out_b))]
    for price, volume, paid, cost in zip(prices, volumes, totals, computed, strict=True):
        same(price, cost)
        same(paid, cost * volume)
    tokens, speed, seconds = card.fact("latency-sum", "#~#~#")
    same(seconds, tokens / speed)


@numbers_of("knowledge-distillation")
def _(card: Card) -> None:
    latency, servers = card.read("# ms per request on # servers")
    (teacher, slow), (small, _), (student, fast) = card.rows("Latency").values()
    assert slow == latency
    won, gap, share = card.read("closes # of the # gap~#%")
    same(won, student - small)
    same(gap, teacher - small)
    same(share, 100 * (student - small) / (teacher - small))
    before, after, price, cheap, dear = card.read("# servers become #~#~#~#")
    assert before == servers
    equal(after, servers * fast / slow)
    hours = 30 * 24
    equal(cheap, after * price * hours)
    equal(dear, before * price * hours)
    (logits,) = [numbers(found) for found in re.findall(r"\[([\d, ]+)\]", card.code)]
    for temperature in read(card.code, r"in \(#, #\)"):
        shown = read(card.output, rf"(?m:^){temperature:.0f} \[#, #, #\]")
        for printed, value in zip(shown, softmax(logits, temperature), strict=True):
            same(printed, value)
    assert card.read("At T = #~T = #") == read(card.code, r"in \(#, #\)")
    teacher, small, student, share = card.fact("gap-closed", "#~#~#~#%")
    same(share, 100 * (student - small) / (teacher - small))


@numbers_of("taste-over-time")
def _(card: Card) -> None:
    *minutes, weeks, gap, cap = card.read("minutes #, # and #~& weeks~#~#")
    minutes.append(Printed(str(int(weeks * 7 * 24 * 60))))
    equal(gap, min(after - before for before, after in pairwise(minutes)))
    for number, (position, at, scaled, *capped) in enumerate(card.rows("Scaled").values()):
        equal(position, number)
        equal(at, minutes[number])
        equal(scaled, at / gap)
        assert capped == ([cap] if scaled > cap else [])
    weeks, days = card.read("& weeks become #")
    equal(days, 7 * weeks)
    now, long_term, knife, knife_long, g, wins, loses, later, wins_later, loses_later = card.read(
        "carrier scores #~#~knife scores #~#~#~#~#~#~#~#"
    )
    same(wins, g * now + (1 - g) * long_term)
    same(loses, g * knife + (1 - g) * knife_long)
    same(wins_later, later * knife + (1 - later) * knife_long)
    same(loses_later, later * now + (1 - later) * long_term)
    assert wins > loses
    assert wins_later > loses_later
    long, times, short = card.read("# events need # times~#")
    equal(times, (long / short) ** 2)
    longer, times = card.fact("quadratic-cost", "& times~#")
    equal(times, longer**2)


@numbers_of("graph-neural-networks")
def _(card: Card) -> None:
    items, fans, a, b, c, paths, sampled, left = card.read(
        "has # items~# users~# · # · # = #~# neighbors…leaves #"
    )
    assert (a, b, c) == (items, fans, items)
    equal(paths, a * b * c)
    equal(left, sampled**3)
    shares = read(card.output, r"\[#, #, #, #\]")
    assert card.read("share #, D~#") == shares[2:]
    liked = dict(re.findall(r'"(u\d)": "([A-D]+)"', card.code))
    near_by = {**liked, **{item: [user for user in liked if item in liked[user]] for item in "ABCD"}}
    of_c = {node: float(node == "C") for node in near_by}
    fractions = {}
    for _ in range(3):
        of_c = {node: sum(of_c[n] for n in near) / len(near) for node, near in near_by.items()}
        fractions.update({node: share for node, share in of_c.items() if share and node not in fractions})
    same(shares[2], of_c["u1"])
    written = read(lettering("message-passing.svg"), "C # /~C #/#~C #/#~C #/#~C #/#")
    assert written[0] == shares[2]
    steps = [top / bottom for top, bottom in zip(written[1::2], written[2::2], strict=True)]
    first = [1 / len(liked[user]) for user in ("u2", "u3")]
    expected = [*first, *(share / len(near_by[item]) for share, item in zip(first, "BA", strict=True))]
    assert steps == pytest.approx(expected)
    assert read(lettering("message-passing.svg"), "with C # and D only #") == shares[2:]


@numbers_of("marketplace-fairness")
def _(card: Card) -> None:
    (target,) = card.read("with #% as the target")
    shown = [read(line, "#: new #%, kept #%") for line in card.output.splitlines()]
    price, cost, first, first_cost, last, last_cost = card.read("At λ = #~#%~#~#%~#~#%")
    by_price = {float(line[0]): line for line in shown}
    _, share, kept = by_price[price]
    assert share >= target > max(line[1] for line in shown if line[0] < price)
    same(cost, 100 - kept)
    same(first, shown[1][1] - shown[0][1])
    same(first_cost, shown[0][2] - shown[1][2])
    same(last, shown[-1][1] - shown[-2][1])
    same(last_cost, shown[-2][2] - shown[-1][2])


# ---- 4 Scenario-Based


@numbers_of("engagement-up-diversity-down")
def _(card: Card) -> None:
    asked_gain, asked_loss = card.read("time is #%~#%")
    relevance, similarity = card.read("# × relevance [−-] # × similarity")
    scores = card.rows("MMR")
    for fit, likeness, score in scores.values():
        same(score, relevance * fit - similarity * likeness)
    top = max(scores, key=lambda track: scores[track][2])
    assert top.strip() == "Folk"
    bonus, one, fresh, faded, impressions = card.read(r"#/√\{n\+#\}~#~#~#")
    same(fresh, bonus / sqrt(0 + one))
    same(faded, bonus / sqrt(impressions + one))
    arms = card.rows("Listening")
    new, mild, _ = arms.values()
    assert new == [asked_gain, -asked_loss]
    (limit,) = card.read("losing over #%")
    assert max((arm for arm in arms.values() if arm[1] > -limit), key=lambda arm: arm[0]) == mild
    given_up, recovered = card.read("gives up #~#")
    same(given_up, new[0] - mild[0])
    same(recovered, mild[1] - new[1])
    a, b, fit, likeness, score = card.fact("mmr-score", "#~#~#~#~#")
    same(score, a * fit - b * likeness)
    bonus, one, fresh, faded, impressions = card.fact("bonus-fades", "#/√~#~#~#~#")
    same(fresh, bonus / sqrt(0 + one))
    same(faded, bonus / sqrt(impressions + one))


@numbers_of("corrupted-events")
def _(card: Card) -> None:
    (asked,) = card.read("#% of clicks carry")
    version, bad, _, again, part, a, b, total = card.read("version # shows #%~#%~ersion #~#%~# · #% = #%")
    assert (version, b, total) == (again, bad, asked)
    equal(a, part / 100)
    same(total, part * bad / 100)
    part, bad, total = card.fact("version-share", "#%~#%~#%")
    same(total, part * bad / 100)


@numbers_of("unsuitable-for-minors")
def _(card: Card) -> None:
    impressions, minors = card.read("# such impressions~#")
    missed, unlabeled, flagged = card.read("classifier: #~gate: #~cache: #")
    equal(missed + unlabeled + flagged, impressions)
    assert flagged > impressions / 2
    written = read(lettering("minors-safety-path.svg"), "# / unsuitable~# / no label~# / flagged")
    assert written == [missed, unlabeled, flagged]
    assert card.read("the # known minors") == [minors]
    videos, bad, high, misses, blocks, low, misses_low, blocks_low = card.read(
        "Among # videos with #~#~#~#~#~#~#"
    )
    assert high > low
    assert bad > misses > misses_low
    assert videos - bad > blocks_low > blocks
    for blocked in (blocks, blocks_low):  # whole percents of the harmless videos
        equal(100 * blocked / (videos - bad), round(100 * blocked / (videos - bad)))
    watching, risk, weight, a, b, c, score, harmless = card.read("watching at #~#~#~# - # · # = #~#")
    assert (a, b, c) == (watching, weight, risk)
    same(score, watching - weight * risk)
    assert score > harmless
    tries, one, rare, level = card.read("Zero in #~# in #~#%")
    equal(one / rare, rule_of_three(tries))
    equal(level, 95)
    tries, one, rare = card.read("audits of #~# in #")
    equal(one / rare, rule_of_three(tries))


@numbers_of("cost-of-realtime")
def _(card: Card) -> None:
    bill, margin = card.read("for # a month~margin of #")
    (shared,) = card.read("platform takes #")
    surfaces = card.rows("Own cost")
    home, basket, email = surfaces.values()
    equal(bill, shared + sum(row[3] for row in surfaces.values()))

    def extra(row: Sequence[float]) -> float:
        return row[0] * (row[2] - row[1]) / 100

    def interval(row: Sequence[float]) -> tuple[float, float]:
        half = Z95 * error_of_lift(row[1] / 100, row[2] / 100, row[0] / 2)
        return (row[2] - row[1]) / 100 - half, (row[2] - row[1]) / 100 + half

    reports = {
        "all three": (extra(home) + extra(basket) + extra(email), bill),
        "basket alone": (extra(basket), basket[3] + shared),
        "adding home": (extra(home), home[3]),
    }
    for name, (orders, cost) in reports.items():
        shown = read(card.output, f"{name}: # orders, #, net #, ROI #%")
        net = orders * margin - cost
        for printed, value in zip(shown, (orders, cost / orders, net, 100 * net / cost), strict=True):
            same(printed, value)
    orders, net, returned = read(card.output, "adding email: # orders, no gain, net #, ROI #%")
    assert (orders, net, returned) == (extra(email), -email[3], -100)
    each, earned, home_each, net_all, net_basket = card.read("Overall, #~#~costs #~# to #")
    assert earned == margin
    same(each, bill / reports["all three"][0])
    same(home_each, home[3] / extra(home))
    same(net_all, reports["all three"][0] * margin - bill)
    same(net_basket, extra(basket) * margin - basket[3] - shared)
    low, high = interval(basket)
    low_lift, high_lift, cheap, dear = card.read("basket lift is # to # points, or # to #")
    same(low_lift, 100 * low)
    same(high_lift, 100 * high)
    same(cheap, (basket[3] + shared) / (basket[0] * high))
    same(dear, (basket[3] + shared) / (basket[0] * low))
    low, high = interval(home)
    low_lift, high_lift, earns, cost = card.read("home lift~# to # points~#~#")
    same(low_lift, 100 * low)
    same(high_lift, 100 * high)
    near(earns, high * home[0] * margin, 0.002)
    assert cost == home[3]
    earns, cost = card.read("email it is~# against #")
    near(earns, interval(email)[1] * email[0] * margin, 0.01)
    assert cost == email[3]
    price, needed = card.read("At # a month~# orders")
    same(needed, price / margin)
    lift, needed = card.read(r"below # points \(# orders")
    same(needed, (basket[3] + shared) / margin)
    same(lift, 100 * (basket[3] + shared) / margin / basket[0])
    cost, orders, each = card.fact("worked-division", "#~#~#")
    same(each, cost / orders)


@numbers_of("opposite-metrics")
def _(card: Card) -> None:
    table = {label.partition(",")[0].strip(): row for label, row in card.rows("Retained").items()}
    today = table.pop("Today")
    asked_revenue, _, asked_kept = card.read("revenue is # per user in # days~#%")
    assert today == [asked_revenue, asked_kept]
    assert [name for name, row in table.items() if dominates(row, today)] == ["B", "C"]
    assert not any(dominates(a, b) for a in table.values() for b in table.values())
    gap, users, power, level, small_gap, many = card.read(
        "B from C, # points~# users per arm at #%~#%~A from B, # points~#"
    )
    kept = {name: row[1] for name, row in table.items()}
    same(gap, kept["B"] - kept["C"])
    same(small_gap, kept["A"] - kept["B"])
    near(users, sample_size(kept["B"] / 100, kept["C"] / 100, power / 100, level / 100), 0.005)
    near(many, sample_size(kept["A"] / 100, kept["B"] / 100, power / 100, level / 100), 0.005)
    for name, (revenue, share) in table.items():
        assert read(card.code, rf'"{name}": \(#, #\)') == [revenue, 10 * share]

    def value(name: str, worth: float) -> float:
        revenue, share = table[name]
        return 1000 * revenue + worth * 10 * share

    def best(worth: float) -> str:
        return max(table, key=lambda name: value(name, worth))

    for line in card.output.splitlines():
        worth, total = read(line, "V = #~#")
        assert f"choose {best(worth)}," in line
        same(total, value(best(worth), worth))
    fewer, more_money, tie = card.read("if # retained~#~#")
    equal(fewer, 10 * (kept["B"] - kept["C"]))
    equal(more_money, 1000 * (table["C"][0] - table["B"][0]))
    same(tie, more_money / fewer)
    low, high = card.read("between # and #")
    assert best(low) == best(high) == "B"
    assert card.read("value below #") == [tie]
    more_money, fewer, tie = card.fact("switch-point", "#~#~#")
    same(tie, more_money / fewer)
    places = {label: (x, y) for label, x, y in labels("opposite-metrics-frontier.svg")}
    percents = [(float(label[:-1]), x) for label, (x, _) in places.items() if label.endswith("%")]
    dollars = [(float(label[1:]), y) for label, (_, y) in places.items() if label.startswith("$")]
    for name, (revenue, share) in table.items():
        assert places[name][0] == pytest.approx(_scaled(percents, share), abs=2)
        assert places[name][1] == pytest.approx(_scaled(dollars, revenue), abs=3)


def _scaled(ticks: Sequence[tuple[float, float]], value: float) -> float:
    (a, x), (b, y) = ticks[0], ticks[-1]
    return x + (value - a) / (b - a) * (y - x)


# ---- 5 AI Workflow & Tools


@numbers_of("anomaly-agent")
def _(card: Card) -> None:
    before, after = card.read("from #% to #%")
    slices, level, alarms = card.read("# slices~#%~& false")
    equal(alarms, slices * level / 100)
    usual, spread, now, expected, unit, z = card.read(r"mean of #%~# points~\(# - #\)/# = #")
    assert (usual, expected, now, unit) == (before, before, after, spread)
    same(z, (now - usual) / spread)
    android, others = card.rows("Platform").values()
    shown = [numbers(row[0])[-1] for row in card.table("Platform")]
    equal(sum(shown), 1_000_000)
    for had, has, lost in (android, others):
        equal(lost, had - has)
    same(before, 100 * (android[0] + others[0]) / sum(shown))
    same(after, 100 * (android[1] + others[1]) / sum(shown))
    (share,) = card.read("carries #%")
    same(share, 100 * android[2] / (android[2] + others[2]))
    slices, level, alarms = card.fact("false-alarms", "#~#%~&")
    equal(alarms, slices * level / 100)
    total, part, share = card.fact("drop-share", "#~#~#%")
    assert [total, part] == [android[2] + others[2], android[2]]
    same(share, 100 * part / total)


@numbers_of("diversity-audit")
def _(card: Card) -> None:
    found = card.read(r"B = \(#, #\)~C = \(#, #\)~#/\(# · #\) = #~#")
    b, c, (product, length_b, length_c, similarity, distance) = found[:2], found[2:4], found[4:]
    equal(product, dot(b, c))
    equal(length_b, hypot(*b))
    equal(length_c, hypot(*c))
    same(similarity, cosine(b, c))
    same(distance, 1 - cosine(b, c))
    vectors = {name: numbers(pair) for name, pair in re.findall(r'"([A-E])": \((\d+, \d+)\)', card.code)}
    assert vectors["B"] == b
    assert vectors["C"] == c
    equal(cosine(vectors["E"], b), 1)
    shown_lists = re.findall(r'"(week \d+)", "([A-E]+)"', card.code)
    for week, shown in shown_lists:
        (diversity,) = read(card.output, f"{week}: intra-list diversity #")
        same(diversity, mean_distance([vectors[x] for x in shown], lambda u, v: 1 - cosine(u, v)))  # type: ignore[arg-type]
    groups, reached, _, coverage, other = card.read("into # groups~#~#~#%~other #")
    same(coverage, 100 * reached / groups)
    equal(other, groups - reached)
    found = card.fact("cosine", r"\(#, #\)~\(#, #\)~#")
    same(found[4], cosine(found[:2], found[2:4]))
    items, pairs = card.fact("pair-count", "&~&")
    equal(pairs, comb(int(items), 2))


@numbers_of("experiment-tracking")
def _(card: Card) -> None:
    exposure, supply, ratio = card.read("Exposure of #%~#%~#")
    same(ratio, exposure / supply)
    (returning, new, everyone) = card.rows("Candidate").values()
    shares = [returning[0], new[0]]
    equal(sum(shares), everyone[0])
    same(everyone[1], mean(shares, [returning[1], new[1]]))
    same(everyone[2], mean(shares, [returning[2], new[2]]))
    gain, loss = card.read("Overall #%~#%")
    same(gain, 100 * (everyone[2] / everyone[1] - 1))
    same(loss, 100 * (1 - new[2] / new[1]))
    assert card.read("candidate gains #%~#%") == [gain, loss]
    (differ,) = card.read("differ by #")
    same(differ, everyone[2] - everyone[1])
    deviation, again, two, of_difference, alert, margin = card.read(r"deviation of #~#√\{#\} ≈ #~#~#")
    assert (again, two) == (deviation, 2)
    same(of_difference, deviation * sqrt(two))
    same(alert, 2 * deviation * sqrt(two))
    assert read(card.code, "new < # - #") == [new[1], margin]
    exposure, supply, ratio = card.fact("exposure-ratio", "#%~#%~#")
    same(ratio, exposure / supply)


@numbers_of("llm-explanations")
def _(card: Card) -> None:
    n, false, share, level, low, high = card.read("read # sentences~&~#%~#% interval~#% to #%")
    same(share, 100 * false / n)
    equal(level, 95)
    same(low, 100 * wilson(false, n)[0])
    same(high, 100 * wilson(false, n)[1])
    before, after, oversold, fair, later = card.read("gives # then #~#~# then #")
    same(oversold, before - after)
    assert fair - later < oversold
    users, films, sentences, price, cost, top, cheaper = card.read("& million users with #~#~#~#~&~#")
    equal(sentences, 1e6 * users * films)
    same(cost, sentences * price)
    same(cheaper, 1e6 * users * top * price)
    similarity = card.read("similarity #")
    assert read(card.code, '"similarity #') == similarity


@numbers_of("dbt-layout")
def _(card: Card) -> None:
    impressions, clicks, rate, twice, counted, shown, win = card.read("# impressions led to #~#%~#%~#~#%~#%")
    same(rate, 100 * clicks / impressions)
    equal(counted, clicks * (1 + twice / 100))
    same(shown, 100 * counted / impressions)
    same(win, 100 * (counted / clicks - 1))


@numbers_of("drift-monitoring")
def _(card: Card) -> None:
    (requests,) = card.read("# requests a day")
    sample, logged = card.read("sample of #% is #")
    equal(logged, requests * sample / 100)
    base, live = (
        numbers(" ".join(re.findall(r": (0\.\d+)", line))) for line in re.findall(r"= \{(.*)\}", card.code)
    )
    equal(sum(base), 1)
    equal(sum(live), 1)
    lines = card.output.splitlines()
    parts = [(q - p) * log(q / p) for p, q in zip(base, live, strict=True)]
    for line, part in zip(lines[:-1], parts, strict=True):
        same(numbers(line)[-1], part)
    shown, divergence = read(lines[-1], "PSI #~#")
    same(shown, psi(base, live))
    same(divergence, kl(live, base))
    stable, large, again = card.read("below #~above #~#")
    assert stable < again < large
    assert again == shown
    near(Printed("0.5"), parts[-1] / sum(parts), 0.1)
    bins, rows, chance = card.read("with # bins and # rows~#")
    same(chance, (bins - 1) * (1 / rows + 1 / rows))
    assert card.fact("psi-limits", "#~#") == [stable, large]


@numbers_of("notebooks-to-workflow")
def _(card: Card) -> None:
    asked, hours_each = card.read("on # A/B…&~hours")
    reports, hours, minutes, before, after = card.read("At # reports, & hours~#~# hours~#")
    assert (reports, hours) == (asked, hours_each)
    equal(before, reports * hours)
    equal(after, reports * minutes / 60)
    control, treated = (float(found.replace("_", "")) for found in re.findall(r"\d\d_\d{3}", card.code)[-2:])
    (p_value,) = numbers(card.output)
    same(p_value, 2 * NORMAL.cdf(-abs(control - treated) / sqrt(control + treated)))
    assert card.read("So # against # users") == [control, treated]


# ---- 6 Behavioral


@numbers_of("disagreement-over-a-metric")
def _(card: Card) -> None:
    seconds, *parts = card.read("Of # seconds~#~#~#")
    equal(seconds, sum(parts))
    clicks, share, long = card.rows("Old").values()
    (users,) = numbers(" ".join(card.tables[0][0]))[:1]
    assert users == 1000
    same(clicks[2], 100 * (clicks[1] / clicks[0] - 1))
    assert card.read("clicks per user rose by #%") == [clicks[2]]
    same(share[2], share[1] - share[0])
    same(long[0], clicks[0] * share[0] / 100)
    same(long[1], clicks[1] * share[1] / 100)
    same(long[2], 100 * (long[1] / long[0] - 1))
    level, low, high = card.read("#% interval~#% to #%")
    equal(level, 95)
    same(long[2], (low + high) / 2)
    (limit,) = card.read("more than #%")
    assert high < -limit
    up, before, after, change = card.fact("long-reads", "#%~#%~#%~#%")
    same(change, 100 * ((1 + up / 100) * after / before - 1))


@numbers_of("surprising-result")
def _(card: Card) -> None:
    android, other = card.rows("During").values()
    for before, during, change in (android, other):
        same(change, during - before)
    (left,) = card.read("left # points")
    same(left, android[1] - android[0] - (other[1] - other[0]))
    old, new = card.read("gave #%~#%")
    (relative,) = card.read("carousel's #%")
    same(relative, 100 * (new / old - 1))
    rise, level, low, high = card.read(r"only #% \(#%~#% to #%")
    equal(level, 95)
    same(rise, (low + high) / 2)
    assert card.read("promised #%") == [rise]
    (later,) = card.read("holdout showed #%")
    assert low < later < high


@numbers_of("keeping-up")
def _(card: Card) -> None:
    sample, rank, catalog, lands, beaten, of_sample = card.read("Among # random~rank # of #~rank #~#~#")
    equal(sample, of_sample)
    same(beaten, sample * (rank - 1) / (catalog - 1))
    same(lands, 1 + sample * (rank - 1) / (catalog - 1))
    sampled, full = card.rows("Model A").values()
    assert sampled[0] > sampled[1]
    assert full[0] < full[1]
    assert numbers(card.table("Model A")[0][0]) == [sample]
    fair, tried, beat, again = card.read("only # of #…beat # of those #")
    assert beat < again == fair < tried
    assert card.fact("reproduced-methods", r"\) could~# of #") == [fair, tried]
    rank, catalog, lands, sample = card.fact("rank-among-sample", "#~#~#~#")
    same(lands, 1 + sample * (rank - 1) / (catalog - 1))


@numbers_of("explaining-to-laypeople")
def _(card: Card) -> None:
    weekly, gain, level, low, high, bill, line, per = card.read("earns #~#%~#%~#% to #%~#, or # per #")
    equal(level, 95)
    same(gain, (low + high) / 2)
    equal(line / per, bill / (52 * weekly))
    every, more = card.read("For every #~#")
    assert every == per
    equal(more, per * gain / 100)
    weeks, start, end, guess, crossed, later, start_later, end_later, guess_later = card.read(
        "After # weeks~#~#~#~#~After # weeks~#~#~#"
    )
    equal(start, per * low / 100)
    equal(end, per * high / 100)
    assert (guess, crossed) == (more, line)
    equal(guess_later, (start_later + end_later) / 2)
    assert start < line < start_later
    risk, wait, missed, each, of_each, margin, about, not_to = card.read("risk #~& weeks~#~# per #~#~#~#")
    assert (risk, each, of_each) == (bill, more, per)
    equal(wait, later - weeks)
    equal(missed, wait * weekly / 2 * gain / 100)
    equal(margin, (end - start) / 2)
    same(about, margin / sqrt(2))
    equal(about, (end_later - start_later) / 2)
    equal(not_to, margin / 2)
    assert card.read("range was # to #") == [start_later, end_later]
    margin, about = card.fact("twice-data", "#~#")
    same(about, margin / sqrt(2))
    written = [
        (float(label.replace("−", "-")), x)
        for label, x, _ in labels("interval-for-laypeople.svg")
        if re.fullmatch(r"[−+]\d+", label)
    ]
    assert [value for value, _ in written] == [start, guess, end, start_later, guess_later, end_later, line]
    for value, x in written:
        assert x == pytest.approx(_scaled(written[:3], value), abs=12)
