"""The numbers of the level Advanced."""

import re
from itertools import pairwise
from math import dist

import pytest
from card_numbers import Card, Printed, equal, lettering, numbers, numbers_of, read, same
from formulas import blend, chances_of_best, dominates, dot, plus, softmax


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
    assert card.read(r"author at \(#, #\) alone") == author
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


@numbers_of("bandits")
def _(card: Card) -> None:
    articles, others = card.read("from # fresh…other #")
    equal(others, articles - 1)
    epsilon, at_random, visits = card.read("ε = #~# of # visits")
    equal(at_random, epsilon * visits)
    low, bonus, high, small = card.read("estimate of #% plus # points beats #% plus #")
    assert high > low
    assert low + bonus > high + small
    *seen, prior_hit, prior_miss = card.read(
        r"A has # clicks in # views, B # in #, C # in #~Beta\(# \+ clicks, # \+ misses\)"
    )
    a, b, c = tuple(seen[:2]), tuple(seen[2:4]), tuple(seen[4:])
    assert card.read("# clicks in # and one with # in #") == [*c, *b]
    assert read(card.code, r'"A": \(#, #\), "B": \(#, #\), "C": \(#, #\)') == seen
    assert read(card.code, r"betavariate\(# \+ c, # \+ n") == [prior_hit, prior_miss]
    hits, misses, *draws = card.read(r"B has Beta\(#, #\)~A #%, B #%, C #%: show B")
    assert [hits, misses] == [prior_hit + b[0], prior_miss + b[1] - b[0]]
    assert max(draws) == draws[1]
    assert card.read(r"No click~Beta\(#, #\)~Beta\(#, #\)") == [hits, misses + 1, hits + 1, misses]
    # The output is of random draws, which miss the exact chances by less than a point.
    for printed, chance in zip(
        read(card.output, r"A: #%~B: #%~C: #%"), chances_of_best((a, b, c)), strict=True
    ):
        assert abs(printed - 100 * chance) < 1
    hits, tries, share = card.read("At # in #, B's~#%")
    same(share, 100 * chances_of_best((a, (hits, tries), c))[1])
    equal(hits / tries, b[0] / b[1])
    read_a, read_b, per_a, per_b = card.read("If #% of A~#% of B~#% and #%")
    equal(per_a, read_a * a[0] / a[1])
    equal(per_b, read_b * b[0] / b[1])
    epsilon, at_random, visits = card.fact("epsilon", "= #~#~#")
    equal(at_random, epsilon * visits)
    hits, tries, first, second = card.fact("beta-update", r"#~#~\(#, #\)")
    assert [first, second] == [prior_hit + hits, prior_miss + tries - hits]


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
    constant, left, plays = card.fact("handover", "#~#%~#")
    same(left, 100 * (1 - blend(plays, constant)))
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
    (teacher, slow), (small, as_fast), (student, fast) = card.rows("Latency").values()
    assert slow == latency
    assert as_fast == fast < card.read("budget is # ms")[0] < slow
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
    for number, (event, (position, at, scaled, *capped)) in enumerate(card.rows("Scaled").items()):
        equal(position, number, float(event) - 1)
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
    assert card.read("to the recent #") == [short]
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
    for item, printed in zip("ABCD", shares, strict=True):
        parts = {node: float(node == item) for node in near_by}
        for _ in range(3):
            parts = {node: sum(parts[n] for n in near) / len(near) for node, near in near_by.items()}
        same(printed, parts["u1"])
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
