"""The numbers of the level Intermediate."""

import re
from math import log2, sqrt

from card_numbers import Card, Printed, equal, lettering, near, numbers, numbers_of, read, same
from formulas import (
    Z95,
    cosine,
    dcg,
    entropy,
    error_of_share,
    exponential,
    gini,
    mean,
    mean_distance,
    ndcg,
    surprise,
)


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
    assert card.read("With only # items") == card.read("Recall@# rose") == [candidates]


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
    plays, gets = card.read("plays #% hits gets about #%")
    equal(plays, gets)
    assert card.read("compare #% with") == [exposure[0]]


@numbers_of("position-bias")
def _(card: Card) -> None:
    first, high, last, low = card.read("slot #~#%~slot #~#%")
    top, rate, bottom, rare, reference, target, propensity = card.read("slot #~#%~slot #~#%~slot #~slot #~#")
    assert (top, bottom, reference, target) == (first, last, first, last)
    same(propensity, rare / rate)
    (shown_first, a), (shown_last, b) = card.rows("Propensity").items()
    assert numbers(shown_first) + numbers(shown_last) == [first, last]
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
    assert card.read("so precision@# is # for each") == [len(a), precision]
    equal(*card.read("gives both #"), ndcg(ideal, ideal))


@numbers_of("filter-bubble")
def _(card: Card) -> None:
    (readers,) = card.read("with # readers")
    base, power, base_again = card.read(r"log_(\d) p_t~#\^H…log_(\d) of the share")
    assert base == power == base_again
    share, bits, one, rare, more_bits = card.read("by & scores # bit, one seen by # in # scores #")
    equal(bits, surprise(share, base))
    equal(more_bits, surprise(one / rare, base))
    shown, articles, coverage = card.read("# of #, or #%")
    equal(coverage, 100 * shown / articles)
    reads, items = card.read("last # reads~&-item list")
    months = re.findall(r'\("(Jan|Jun)", (.*), "([A-Z]+)"\)', card.code)
    for (month, opened, shown_list), line in zip(months, card.output.splitlines(), strict=True):
        counts = [float(count or 1) for count in re.findall(r'"[A-Z]"(?: \* (\d+))?', opened)]
        equal(sum(counts), reads)
        equal(len(shown_list), items)
        bits, topics, diversity = read(line, f"{month}: entropy #, topics #, list diversity #")
        same(bits, entropy(counts))
        same(topics, base ** entropy(counts))
        same(diversity, mean_distance(shown_list, lambda a, b: float(a != b)))
    holdout, people = card.read("say #% or # readers")
    equal(people, readers * holdout / 100)
    topics, base, bits = card.fact("entropy-four", "over & topics~base-#~# bits")
    equal(base**bits, topics)
    equal(bits, entropy([1.0] * int(topics)))
    (base,) = card.fact("effective-topics", r"#\^H")
    assert base == power
    base, one, rare, bits = card.fact("novelty", "base-#~by & user in #~# bits")
    equal(bits, surprise(one / rare, base))


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


@numbers_of("feedback-loop")
def _(card: Card) -> None:
    truth, lucky, views, unlucky = card.read("rate of #%~# clicks in # views and B has #")
    toward, low = card.read("toward #%~#%")
    assert toward == truth
    equal(low, 100 * unlucky / views)
    assert lucky / views > truth / 100 > low / 100
    share, nightly, each, weekly, margin = card.read("If #% of # nightly~gets # a night~gives #~about # perc")
    equal(each, nightly * share / 100 / 2)
    equal(weekly, 7 * each)
    same(margin, 100 * Z95 * error_of_share(truth / 100, weekly))
    p, q, views, clicks_a, views_a, clicks_b, views_b = card.read(
        "A with probability #, B with #~In # views, A got # clicks from # and B got # from #"
    )
    equal(p + q, 1)
    equal(views_a, p * views)
    equal(views_b, q * views)
    one, whole, top, bottom, result = card.read(r"frac\{#\}\{#\}~frac\{#\}\{#\}=#")
    assert [one, whole, top, bottom] == [1, views, clicks_b, q]
    estimate = clicks_b / q / views
    equal(result, estimate)
    percent, observed, error = card.read("That is #%, against #% observed~about # points")
    equal(percent, 100 * estimate)
    equal(observed, 100 * (clicks_a + clicks_b) / views)
    same(error, 100 * sqrt((clicks_b / q**2 / views - estimate**2) / views))


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
