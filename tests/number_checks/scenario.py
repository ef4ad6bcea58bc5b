"""The numbers of the level Scenario-Based."""

import re
from collections.abc import Sequence
from math import sqrt

import pytest
from card_numbers import Card, equal, labels, lettering, near, numbers, numbers_of, quoted, read, same
from formulas import (
    NORMAL,
    Z95,
    blend,
    dominates,
    error_of_lift,
    interpolated,
    mean,
    mean_distance,
    rule_of_three,
    sample_size,
    surprise,
)


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
    with_new, without = card.read("to #% of~random #% kept")
    equal(with_new + without, 100)
    assert card.read("Split the #%") == [with_new]
    assert card.read("keep the #% control") == [without]
    assert card.read("from the #%~for the #%,") == [asked_gain, asked_loss]
    assert card.read("may exceed #%") == [asked_loss]
    assert card.read("If the #% shrinks") == [asked_gain]


@numbers_of("new-users-fare-badly")
def _(card: Card) -> None:
    gain, share, loss = card.read("by #% overall…days old, #% of orders~#%")
    overall, others, a, b, c, d, rounded = card.read(r"overall #% hides #%~# · # - # · # ≈ #")
    assert [overall, b, d, rounded] == [gain, others, loss, gain]
    equal(c, share / 100, 1 - a)
    same(rounded, a * b - c * d)
    n, before, after, drop, level, low, high = card.read(
        "among # new users per arm~#% to #%~# points, #% interval # to #,"
    )
    equal(drop, after - before)
    equal(loss, 100 * (1 - after / before))
    equal(level, 95)
    error = error_of_lift(before / 100, after / 100, n)
    same(low, after - before - 100 * Z95 * error)
    same(high, after - before + 100 * Z95 * error)
    sign_ups, lost = card.read("At # sign-ups a month, # first")
    equal(lost, sign_ups * (before - after) / 100)
    some, features, most, features_again = card.read("# of # for new users, # of # for others")
    assert some < most < features == features_again
    none, one, few, more, many = card.read("before entry: #, #–#, #–#, more")
    assert [one, more] == [none + 1, few + 1]
    assert few < many
    (constant,) = card.read(r"n/\(n\+#\)")
    for events, (own, fallback) in card.rows("Personal").items():
        equal(own, 100 * blend(float(events), constant))
        equal(fallback, 100 - own)
    n, margin, limit = card.read("With # per arm~about # points~losing # point")
    same(margin, 100 * Z95 * error_of_lift(before / 100, before / 100, n))
    assert margin < limit
    day, again = card.read("followed to day #:…by day #,")
    assert day == again
    most, up, few, down, total = card.fact("average-hides", "#%~#%~#%~#%~#%")
    equal(most + few, 100)
    same(total, mean([most, few], [up, -down]))


@numbers_of("optimize-order-value")
def _(card: Card) -> None:
    today = card.read("AOV is # and #%")
    (sessions,) = card.read("Per # sessions")
    (value, high), (rate, low), revenues = card.rows("AOV only").values()
    assert [value, rate] == today
    equal(revenues[0], sessions * value * rate / 100)
    equal(revenues[1], sessions * high * low / 100)
    up, down = card.read("rises by #%~falls by #%")
    equal(up, 100 * (high / value - 1))
    same(down, 100 * (1 - revenues[1] / revenues[0]))
    p, v, q, w = card.read("p = #% and value #, item B p = #% and value #")
    weights = []
    for winner in "AB":
        alpha, won, lost = card.read(f"At α = #, {winner} wins by # to #")
        scores = {"A": p / 100 * v**alpha, "B": q / 100 * w**alpha}
        assert winner == max(scores, key=lambda item: scores[item])
        same(won, max(scores.values()))
        same(lost, min(scores.values()))
        weights.append(alpha)
    start, end, none, *tested = card.read(r"Weeks & to &: test α at # \(~\), # and #")
    assert tested == weights
    (probability_alone,) = card.fact("alpha-zero", "α = #")
    equal(p * v**none, p * v**probability_alone, p)
    share, customers, months = card.read("holdout. #% of # customers~until & months")
    base, holdout, detectable, power = card.read("base of #%, a holdout of #~about # point with #% power")
    equal(holdout, customers * share / 100)
    error = error_of_lift(base / 100, base / 100, holdout, customers - holdout)
    same(detectable, 100 * (Z95 + NORMAL.inv_cdf(power / 100)) * error)
    # As if promoters (+1), passives (0) and detractors (-1) were equally many.
    answers, noise = card.read("With # answers per group~about # points")
    same(noise, 100 * Z95 * sqrt(2 * (2 / 3) / answers))
    assert card.read("price is that #%") == card.read("a holdout of #% too") == [share]
    (limit,) = card.read("more than # point")
    assert limit == detectable
    pictured = card.read("split: # customers~#%~a &-week test with alpha #, # and #~#% stay~until & months")
    assert pictured == [customers, 100 - share, end - start + 1, none, *tested, share, months]
    written = read(
        lettering("experiment-split.svg"),
        "# customers~#%: A/B test / weeks # to #~= #~= #~= #~of the #%~#%:~until &~months",
    )
    assert written == [customers, 100 - share, start, end, none, *tested, 100 - share, share, months]
    assert card.read("& months: long-term") == [months]
    assert card.read("a &-week test cannot") == [end - start + 1]
    value, rate, sessions, revenue = card.fact("worked-revenue", "#~#%~#~#")
    equal(revenue, sessions * value * rate / 100)


@numbers_of("corrupted-events")
def _(card: Card) -> None:
    (asked,) = card.read("#% of clicks carry")
    version, bad, _, again, part, a, b, total = card.read("version # shows #%~#%~ersion #~#%~# · #% = #%")
    assert (version, b, total) == (again, bad, asked)
    equal(a, part / 100)
    same(total, part * bad / 100)
    part, bad, total = card.fact("version-share", "#%~#%~#%")
    same(total, part * bad / 100)
    assert card.read("code of #") == card.read("drop version #") == [version]


@numbers_of("new-country")
def _(card: Card) -> None:
    countries, weeks, recipes, owned = card.read(
        "users in & countries~in & weeks~has # local…the & countries"
    )
    assert countries == owned
    assert card.read("editors tag all #") == [recipes]
    donors, nearest = card.read("the other & or on the & nearest")
    equal(donors, countries - 1)
    scores = [score for (score,) in card.rows("NDCG").values()]
    assert scores == sorted({*scores})
    assert read(" ".join(card.rows("NDCG")), "from & Transfer from & nearest") == [donors, nearest]
    assert card.read("&-market transfer") == card.read("choose the & nearest") == [nearest]
    tropical_year, synodic_month = 365.2422, 29.530588
    (days,) = card.read("about # days earlier each year")
    same(days, tropical_year - 12 * synodic_month)
    _, prepared = card.read("Weeks # to #: transfer")
    first, last = card.read("In weeks # to #,")
    assert [first, last] == [prepared + 1, weeks]
    *shares, control = card.read("opening, #%, #%, #%, then #%~last #%")
    assert shares == sorted({*shares})
    equal(shares[-1] + control, 100)
    limit, per, views = card.read("below # per # views~complaint in # views")
    equal(limit, per * rule_of_three(views))
    prior, weight = card.read("here #%, as # imaginary")
    assert card.read(r"frac\{# · #%~\}\{# \+…More than # would") == [weight, prior, weight, weight]
    rate, *found = card.read("save #%, then # saves in # views give #%, and # in # give #%")
    for saves, views, blended in (found[:3], found[3:]):
        equal(saves, views * rate / 100)
        same(blended, 100 * (weight * prior / 100 + saves) / (weight + views))
    prior, weight, blended, saves, views = card.fact("prior-rate", "#%~# views~#%~# saves in #")
    same(blended, 100 * (weight * prior / 100 + saves) / (weight + views))
    rare, level, views = card.fact("rule-three", "#%~#%~#")
    equal(rare, 100 * rule_of_three(views))
    same(level, 100 * (1 - (1 - rare / 100) ** views))


@numbers_of("quality-for-older-users")
def _(card: Card) -> None:
    young, under, older, over, events = card.read(
        r"is # for users under # and # for users of # and…but #% of training"
    )
    assert under == over
    assert card.read("With #% of events") == [events]
    shares_and_scores = [numbers(found) for found in re.findall(r"\[([\d., ]+)\]", card.code)]
    young_share, young_scores, older_share, older_scores = shares_and_scores
    equal(sum(young_share), sum(older_share), 1)
    assert read(card.output, "young #, older #") == [young, older]
    at_equal_history = mean(young_share, older_scores)
    same(young, mean(young_share, young_scores))
    same(older, mean(older_share, older_scores))
    thin, rest = read(card.output, "histories #, rest #")
    same(thin, at_equal_history - mean(older_share, older_scores))
    same(rest, mean(young_share, young_scores) - at_equal_history)
    equal(thin + rest, young - older)
    (half,) = card.read("About & comes with thinner")
    near(half, thin / (thin + rest), 0.1)
    (beyond,) = card.read("beyond a gap of #")
    assert beyond < young - older


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
    assert card.read("I take #,") == [low]
    (top,) = card.fact("rule-three", "about #/n")
    equal(top, rule_of_three(1))


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
    price, needed, quarter = card.read("At # a month~# orders, little more than a &")
    same(needed, price / margin)
    assert quarter < needed / extra(home) < 1.2 * quarter
    lift, needed = card.read(r"below # points \(# orders")
    same(needed, (basket[3] + shared) / margin)
    same(lift, 100 * (basket[3] + shared) / margin / basket[0])
    cost, orders, each = card.fact("worked-division", "#~#~#")
    same(each, cost / orders)
    assert card.read("exactly does the # buy") == [bill]
    assert card.read("may leave # after") == [margin]
    (level,) = card.read("the #% interval of the basket")
    equal(level, 95)


@numbers_of("opposite-metrics")
def _(card: Card) -> None:
    table = {label.partition(",")[0].strip(): row for label, row in card.rows("Retained").items()}
    today = table.pop("Today")
    asked_revenue, days, asked_kept = card.read("revenue is # per user in # days~#%")
    assert today == [asked_revenue, asked_kept]
    assert card.read("weights for # days") == card.read("after day #") == [days]
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
        assert places[name][0] == pytest.approx(interpolated(percents, share), abs=2)
        assert places[name][1] == pytest.approx(interpolated(dollars, revenue), abs=3)


@numbers_of("repetitive-feed")
def _(card: Card) -> None:
    now, users, before, after = card.read("NDCG@10 of #~survey of # users~from #% to #%")
    points, answers = card.read("& points in # answers")
    assert answers == users
    equal(points, after - before)
    assert points / 100 > Z95 * error_of_lift(before / 100, after / 100, users)
    window, base, one, of_all, bits, one_again, of_all_again = card.read(
        r"within & days…log_(\d)\(#/#\) = # if # user in #"
    )
    assert [one, of_all] == [one_again, of_all_again]
    equal(bits, surprise(one / of_all, base))
    visits = [quoted(line) for line in re.findall(r'\[("[^\[\]]+)\]', card.code)]
    assert card.read("& visits, where") == [len(visits)]
    seen: set[str] = set()
    for number, (shown, line) in enumerate(zip(visits, card.output.splitlines(), strict=True), start=1):
        visit, diversity, again = read(line, "visit #: list diversity #, seen before #%")
        equal(visit, number)
        equal(diversity, mean_distance([item[0] for item in shown], lambda a, b: float(a != b)))
        equal(again, 100 * len(seen & set(shown)) / len(shown))
        seen.update(shown)
    copy, original, visit, old = card.read(r"If B(\d) is a copy of B(\d), visit # is #%")
    merged = [[item.replace(f"B{copy:.0f}", f"B{original:.0f}") for item in shown] for shown in visits]
    latest = merged[int(visit) - 1]
    earlier = set().union(*merged[: int(visit) - 1])
    equal(old, 100 * sum(item in earlier for item in latest) / len(latest))
    first, second, third = card.read("from #% at first sight to #%, then #%")
    assert first > second > third
    rest, remembered = card.read("for & days after…last & visits")
    assert rest == window
    assert remembered == len(visits)
    assert card.read("Ship steps # and #…Steps # and # follow") == [1, 2, 3, 4]
    (limit,) = card.read("fall below #%")
    assert before < limit < after
    (floor,) = card.read("drop to #")
    assert floor < now
