"""The numbers of the level Beginner."""

import re
from math import sqrt

from card_numbers import Card, equal, near, numbers_of, quoted, read, same
from formulas import Z95, blend, error_of_lift, error_of_share, mean, surprise


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


@numbers_of("precision-at-k")
def _(card: Card) -> None:
    listed, k = card.read("shows & recommendations~precision@#")
    relevant, hits, shown = card.read("& products are relevant~& of them~the & shown")
    assert k == listed == shown
    depth, top, bottom, precision, depth_again, found, total, recall = card.read(
        "precision@# is #/# = #~Recall@#~#/# = #"
    )
    assert [depth, top, bottom, depth_again, found, total] == [k, hits, k, k, hits, relevant]
    equal(precision, hits / k)
    equal(recall, hits / relevant)
    assert read(card.code, "k=#") == [k]
    wanted = set(quoted(re.findall(r"relevant = \{(.*)\}", card.code)[0]))
    assert len(wanted) == relevant
    lists = re.findall(r'"(hits \w+)": \[(.*)\]', card.code)
    for (name, products), line in zip(lists, card.output.splitlines(), strict=True):
        of_shown, of_relevant = read(line, f"{name} #~#")
        equal(of_shown, len(wanted & set(quoted(products))) / k)
        equal(of_relevant, len(wanted & set(quoted(products))) / relevant)
    few, depth, ceiling, many, hits, perfect, missed = card.read(
        "only & products~precision@#~#~If # are relevant, & hits score #~#%"
    )
    assert depth == hits == k
    assert card.read("list of & items…same precision@#") == [k, k]
    equal(ceiling, few / k)
    equal(perfect, hits / k)
    equal(missed, 100 * (1 - hits / many))
    base, bits, share, more_bits, one, rare = card.read(r"log_(\d)~# bits if a &~# bits if & in #")
    equal(bits, surprise(share, base))
    equal(more_bits, surprise(one / rare, base))
    assert card.read("only & relevant items~precision@#") == [few, k]
    k, hits, relevant, depth, precision, depth_again, recall = card.fact(
        "worked-example", "top-#~&~&~@#~#~@#~#"
    )
    assert depth == depth_again == k
    equal(precision, hits / k)
    equal(recall, hits / relevant)
    few, depth, at_most = card.fact("ceiling-value", "only &~@#~#")
    equal(at_most, few / depth)


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
