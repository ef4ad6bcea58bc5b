"""The formulas by which the numbers on cards are recomputed."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations, starmap
from math import exp, hypot, lgamma, log, log2, sqrt
from statistics import NormalDist

NORMAL = NormalDist()
Z95 = NORMAL.inv_cdf(0.975)


def cosine(u: Sequence[float], v: Sequence[float]) -> float:
    """Return the cosine similarity of two vectors."""
    return dot(u, v) / (hypot(*u) * hypot(*v))


def dot(u: Sequence[float], v: Sequence[float]) -> float:
    """Return the dot product of two vectors."""
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


def surprise(share: float, base: float = 2) -> float:
    """Return the novelty of an item that a share of the users know; to the base 2, in bits."""
    return -log(share, base)


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
    """Return the shares that a softmax gives to logits at a temperature."""
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


def interpolated(ticks: Sequence[tuple[float, float]], value: float) -> float:
    """Return where a value stands on an axis, from the places of its first and last tick."""
    (a, x), (b, y) = ticks[0], ticks[-1]
    return x + (value - a) / (b - a) * (y - x)
