"""The numbers of the level Behavioral."""

import re
from math import sqrt

import pytest
from card_numbers import Card, equal, labels, numbers, numbers_of, same
from formulas import Z95, error_of_lift, interpolated


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
    assert card.read("reads over # seconds") == numbers(card.table("Old")[1][0])


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
        assert x == pytest.approx(interpolated(written[:3], value), abs=12)
    assert card.read("So we will gain #") == [guess]


@numbers_of("dirty-data")
def _(card: Card) -> None:
    users, lost = card.read("on # users per arm~#% of users")
    known, old, old_rate, new, new_rate = card.read("Of # known~, # booked~#%~and # with~#%")
    missing = users * lost / 100
    equal(known, users - missing)
    p, q = old / known, new / known
    equal(old_rate, 100 * p)
    equal(new_rate, 100 * q)
    level, low, high, unknown = card.read("The #% interval, # to # points~missing #")
    equal(level, 95)
    equal(unknown, missing)
    same(low, 100 * (q - p - Z95 * error_of_lift(p, q, known)))
    same(high, 100 * (q - p + Z95 * error_of_lift(p, q, known)))
    rate, total, needed, tipping, times, still = card.read(
        "users book at #%, it has #~need #, a rate of #%, & times~Up to #%"
    )
    assert rate == new_rate
    equal(total, new + missing * rate / 100)
    equal(needed, total - old)
    equal(tipping, 100 * needed / missing)
    equal(times, tipping / old_rate)
    assert _lowest(old + missing * still / 100, total, users) > 0
    assert _lowest(old + missing * (still + 1) / 100, total, users) < 0
    size, repeated = card.read("the # point in…showed # points")
    equal(size, new_rate - old_rate)
    assert low < repeated < high
    assert card.read("tipping point near #%") == [rate]
    assert card.read("if #% had been missing") == [lost]
    booked, known, missing, goal, tipping = card.fact("rate-needed", "#~#~#~#~#%")
    equal(tipping, 100 * (goal - booked) / missing)


def _lowest(old: float, new: float, users: float) -> float:
    p, q = old / users, new / users
    return q - p - Z95 * error_of_lift(p, q, users)
