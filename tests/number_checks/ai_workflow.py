"""The numbers of the level AI Workflow & Tools."""

import re
from math import comb, exp, hypot, log, sqrt

from card_numbers import Card, equal, near, numbers, numbers_of, read, same
from formulas import (
    NORMAL,
    cosine,
    cusum,
    cusum_run_length,
    dot,
    kl,
    mean,
    mean_distance,
    psi,
    rule_of_three,
    wilson,
)


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
    (runs,) = card.read("trains # ranking")
    assert card.read("Sorting # runs~of # noisy") == [runs, runs]
    (of_two,) = card.fact("difference-noise", r"s√\{#\}")
    assert of_two == two


@numbers_of("orphan-items")
def _(card: Card) -> None:
    (listings,) = card.read("has # listings")
    assert card.read("All # item") == [listings]
    clusters, per_cluster, plain, found, share = card.read("# user clusters~# users~of #~about #~#%")
    sampled = clusters * per_cluster
    equal(plain, sampled)
    equal(found, plain * share / 100)
    (k,) = card.read("k of #")
    assert read(card.code, "top_k=#") == [k]
    rows = list(card.rows("Share").values())
    equal(sum(items for items, _ in rows), listings)
    for items, percent in rows:
        equal(percent, 100 * items / listings)
    rate, missing, users, depth, slots, each = card.read("rate is #%~Why #% is~# × # = # slots, # per")
    equal(rate, 100 - rows[-1][1])
    assert [missing, users, depth] == [rows[-1][1], sampled, k]
    equal(slots, sampled * k)
    equal(each, slots / listings)
    one, top, bottom, power, rare = card.read(r"\(# - #/#\)\^\{#\}, about & in a billion")
    assert [one, top, bottom, power] == [1, k, listings, sampled]
    same(rare, 1e9 * (1 - k / listings) ** sampled)
    users, slots, unseen = card.read("With # users~# slots~#%")
    equal(slots, users * k)
    equal(unseen, 100 * (1 - slots / listings))
    tries, top, bottom, percent, level = card.read("among # users~#/#, or #%~at #% confidence")
    assert tries == bottom == per_cluster
    equal(top / bottom, rule_of_three(tries))
    equal(percent, 100 * rule_of_three(tries))
    same(level, 100 * (1 - (1 - percent / 100) ** tries))
    users, each, items, unseen = card.fact("slots", "# users~# slots~#~#%")
    equal(unseen, 100 * (1 - users * each / items))
    top, level = card.fact("rule-of-three", "at most #/n~#%")
    equal(top, rule_of_three(1))
    same(level, 100 * (1 - exp(-top)))


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


@numbers_of("airflow-anomaly-detection")
def _(card: Card) -> None:
    (metrics,) = card.read("own # daily metrics")
    usual, spread = card.read("mean #%~deviation # points")
    slack, slack_again = card.read("slack of #,…z_t - #")
    assert slack == slack_again
    *settings, limit = read(card.code, "mean, sd, slack, limit = #, #, #, #")
    assert settings == [usual, spread, slack]
    (sigmas,) = read(card.code, r"abs\(z\) > #")
    (rates,) = re.findall(r"rates = \[([^\]]+)\]", card.code)
    scores = [(rate - usual) / spread for rate in numbers(rates)]
    alarms = []
    days = zip(card.output.splitlines(), scores, cusum(scores, slack), strict=True)
    for number, (line, score, total) in enumerate(days, start=1):
        day, z, stands = read(line, r"day #\s+z\s+#\s+cusum\s+#")
        equal(day, number)
        same(z, score)
        same(stands, total)
        assert line.endswith("alarm") == (abs(score) > sigmas or total > limit)
        alarms += [day] if line.endswith("alarm") else []
    bound, alarm = card.read("near a z-score of #, yet~on day #")
    equal(-bound, sigmas)
    assert min(scores) > bound / 2
    assert alarms == [alarm]
    crash, z = card.read("crash to #% has z = #")
    equal(z, (crash - usual) / spread)
    bound, quiet, yearly, of_metrics, shift, late = card.read(
        r"\|z\| > #~every # days~about # a year for # metrics~drop of & standard~takes it # days"
    )
    assert [bound, of_metrics] == [sigmas, metrics]
    tail = NORMAL.cdf(-sigmas)
    same(quiet, 1 / (2 * tail))
    same(yearly, 365 * metrics * 2 * tail)
    same(late, 1 / (NORMAL.cdf(shift - sigmas) + NORMAL.cdf(-shift - sigmas)))
    soon, gap, more, higher, later, longer = card.read(
        "This CUSUM takes #,~every # days~about # a year more~limit of # takes # days~every #"
    )
    same(soon, cusum_run_length(slack, limit, shift))
    same(gap, cusum_run_length(slack, limit, 0))
    same(more, 365 * metrics / cusum_run_length(slack, limit, 0))
    same(later, cusum_run_length(slack, higher, shift))
    near(longer, cusum_run_length(slack, higher, 0), 0.002)
    (retries,) = read(card.code, '"retries": #')
    assert card.read("correct result & times") == [retries]
    usual, spread, low, z = card.fact("z-example", "#%~#~#%~#")
    equal(z, (low - usual) / spread)
    slack, stood, stands, z = card.fact("cusum-step", "#~#~#~#")
    equal(stands, stood - z - slack)
    (sigmas,) = card.fact("cusum-use", "&-sigma")
    bound, quiet = card.fact("false-alarms", "> #~#")
    assert bound == sigmas
    same(quiet, 1 / (2 * NORMAL.cdf(-bound)))


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
    (of_it,) = card.read("and & of it comes from heavy")
    near(of_it, parts[-1] / sum(parts), 0.1)
    bins, rows, chance = card.read("with # bins and # rows~#")
    same(chance, (bins - 1) * (1 / rows + 1 / rows))
    assert card.fact("psi-limits", "#~#") == [stable, large]
    assert card.read("directions; # and # are rules of thumb") == [stable, large]
    (trigger,) = card.read("PSI above # on")
    assert stable < trigger < large


@numbers_of("great-expectations-gate")
def _(card: Card) -> None:
    _, items, interactions = card.read("# users, # items and # interactions")
    table = card.rows("Check")
    (most_empty,), (most_orphans,) = table["Null rate"], table["Referential integrity"]
    normal, tonight, unplaced = card.read("Say #%~Tonight #%~is # items")
    equal(unplaced, items * tonight / 100)
    assert normal < most_empty < tonight
    equal(*read(card.code, "mostly=#"), 1 - most_empty / 100)
    assert card.fact("mostly", "as #") == read(card.code, "mostly=#")
    assert card.read("the #% limit") == [most_empty]
    rate, orphans = card.read("If #% stay unmatched, that is #")
    equal(orphans, interactions * rate / 100)
    assert rate > most_orphans
    checks, misfire, one, right, power, blocked = card.read(r"With # independent~on #% of~# - #\^\{#\} = #%")
    assert [one, power] == [1, checks]
    equal(right, 1 - misfire / 100)
    same(blocked, 100 * (1 - right**checks))
    checks, misfire, blocked = card.fact("misfires", "#~#%~#%")
    same(blocked, 100 * (1 - (1 - misfire / 100) ** checks))


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
