"""The search language against Anki's own: the same notes and the same cards, for thousands of searches.

`ANKIEXPORT_SEARCHES=20000` tries that many on each bank instead of a few thousand, and other ones in each run.
"""

import os
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from anki.errors import AnkiException
from anki_bench import Bench, opened
from banks import FIRST_BANK, plans_of
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from search_examples import EXAMPLES, write_bank
from search_queries import Material, queries
from test_search import BAD, REFUSED, REFUSED_DECKS, REFUSED_EXPRESSIONS

from ankiexport.bank import load_bank
from ankiexport.card_generation import cloze_ords
from ankiexport.formats.apkg import write_apkg
from ankiexport.notes import CardTemplate, Deck, Field, Note, NoteContent, NoteType, PackagePlan
from ankiexport.search import NoteFacts, Search, SearchError, facts_of, parse
from ankiexport.search.writing import search_for
from ankiexport.suggestions import suggestions

MORE = int(os.environ.get("ANKIEXPORT_SEARCHES", "0"))
SEARCHES = settings(
    max_examples=MORE or 2000,
    derandomize=not MORE,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

WORDS = [
    "foo", "Foo", "FOO", "bar", "foobar", "a", "b", "ab", "A", "é", "É", "e", "ß", "ẞ", "ss", "ø", "ſ", "K", "k", "1",
    "001.50", "1e3", "*", "_", "%", "\\", '"', "(", ")", "-", "--", ":", "::", "tag:x", "re:a", "&amp;", "&lt;b&gt;",
    "&nbsp;", "&", "<b>", "</b>", "<i>foo</i>", "fo<b>o</b>", "<br>", '<img src="a b.png">', "{{c1::foo}}",
    "{{c2::bar::hint}}", "{{c1::a{{c3::b}}}}", "[sound:x.mp3]", "\n", "中文", "は", "ば", "ﬁ", "½", "\xa0", "x", "y",
]  # fmt: skip
TAGS = [
    "a", "ab", "a::b", "a::b::c", "é", "é::x", "e", "nc", "none", "x*y", "x_y", "x.y", "a-b", "ß", "topic::x",
    "TOPIC::X", "re:a", 'z"q', "k", "K", "(p)", "*", "_", "ø", "中::文", "level::one", "level::two",
]  # fmt: skip
DECKS = ["P", "P::Q", "P::Q::R", "PX", "É", "a b", "x_y::1", "x*y", "ß::K"]


# Sort fields that Anki's database turns into something else.
SORT_FIELDS = [
    "001.50",
    "<b>1</b>e3",
    "<i>1</i>2345678901234567890",
    "&#65;<b>B</b>&nbsp;&eacute;",
    "a &amp; <b>b</b> & c",
    "&#xD800;<b>x</b>y",
]
# Searches for what is odd in Anki: each is found as Anki finds it.
ODDITIES = [
    "1.5", "001.50", "1000", "1e3", "12345678901234567890", "1.23456789012346e19", "AB", '"AB é"', '"a & b"', "&amp;", "xy", "nc:ABe",
    "-sc:foo", "sc:foo", "-(sc:foo)", "*_:foo", "_*:foo", "**:foo", "**:_*", "*e*:x", "*e*:*x*", "*:nc:e", "*:nc:é", "Front:nc:a\\b",
    "tag:re:^$", "-tag:re:^$", "tag:nc:none", "tag:*", "-tag:_*", '"tag:a b"', "deck:P:::Q", "deck:P::", '"deck: P :: Q "', "card:0", "card:+1", "re:b\\p{gc!=L}",
    "dupe:1600000000002,001.50", "dupe:1600000000002,1e3", "*", "_", "**", "", " ", "-", "--a", "a -", "\u3000a\tor\xa0b", '"a\tb"',
]  # fmt: skip


def odd_note_types() -> list[NoteType]:
    """Return note types whose names try the rules for names."""

    def made(
        number: int, name: str, fields: list[str], templates: list[str], *, cloze: bool = False
    ) -> NoteType:
        front = f"{{{{cloze:{fields[0]}}}}}" if cloze else f"{{{{{fields[0]}}}}} {{{{{fields[-1]}}}}}"
        return NoteType(
            id=1_600_000_000_000 + number,
            key=str(number),
            name=name,
            cloze=cloze,
            fields=tuple(Field(number * 100 + ord_, field) for ord_, field in enumerate(fields)),
            templates=tuple(
                CardTemplate(number * 100 + 50 + ord_, template, front, front)
                for ord_, template in enumerate(templates)
            ),
            css="",
            sort_field=number % 2,
        )

    return [
        made(1, "Qa Éß", ["Question", "Answer", "Source", "Été"], ["Card 1", "Back_ward", "3"]),
        made(2, "qb", ["Front", "quest", "Answer x"], ["Card 1"]),
        made(4, "Klöze_x", ["Text", "Extra"], ["Cloze"], cloze=True),
    ]


def odd_plan() -> PackagePlan:
    """Return a package of notes made from words at random, the same in each run."""
    dice = random.Random(5)
    note_types = odd_note_types()
    notes = []
    for number in range(160):
        note_type = dice.choice(note_types)
        fields = [
            "".join(
                dice.choice(WORDS) + dice.choice(["", "", " "])
                for _ in range(dice.choice([0, 1, 1, 2, 2, 3, 5]))
            )
            for _ in note_type.fields
        ]
        if note_type.cloze:
            fields[0] += f"{{{{c{dice.randint(1, 3)}::q}}}}"
        ords = cloze_ords({"": fields[0]}) if note_type.cloze else range(len(note_type.templates))
        kept = sorted(dice.sample(list(ords), dice.randint(1, len(ords))))
        tags = {tag.casefold(): tag for tag in dice.sample(TAGS, dice.choice([0, 0, 1, 1, 2, 3]))}
        content = NoteContent(
            str(number), note_type.key, tuple(fields), tuple(sorted(tags.values())), "", False, tuple(kept)
        )
        identifier = 1_650_000_000_000 + number * 10
        card_ids = tuple(identifier + ord_ for ord_ in kept)
        notes.append(
            Note(content, identifier, f"guid{number}", dice.choice(DECKS), number, 1_700_000_000, card_ids)
        )
    names = {
        name[:end] for name in DECKS for end in range(1, len(name) + 1) if name[end : end + 2] in {"", "::"}
    }
    decks = tuple(Deck(1_600_000_000_500 + number, name) for number, name in enumerate(sorted(names)))
    return PackagePlan("odd.apkg", "Odd", decks, tuple(note_types), tuple(notes))


class Both:
    """The same notes in a learner's collection and in ours."""

    def __init__(self, bench: Bench, notes: list[NoteFacts]) -> None:
        """Keep both sides."""
        self.bench = bench
        self.notes = notes

    def compare(self, query: str) -> str:
        """Fail unless Anki and we find the same, or both refuse the search; return which it was."""
        expected = self.anki(query)
        search, error = parsed(query)
        if error:
            # What has no answer here is listed and tested elsewhere. A bad regular expression is an error
            # to Anki only when it comes to look at a note with it.
            lazy = error.message.startswith("in the expression")
            assert expected is None or error.answerable_in_anki or lazy, "Anki takes it"
            return "refused"
        assert search
        assert expected is not None, "Anki refuses it"
        notes = {note.id for note in self.notes if search.matches(note)}
        cards = {card.id for note in self.notes for card in note.cards if card.ord in search.ords(note)}
        assert (notes, cards) == expected
        return "finds all" if len(notes) == len(self.notes) else "finds some" if notes else "finds none"

    def anki(self, query: str) -> tuple[set[int], set[int]] | None:
        """Return the notes and the cards that Anki finds, or None when it refuses."""
        try:
            return set(self.bench.col.find_notes(query)), set(self.bench.col.find_cards(query))
        except AnkiException:
            return None


def parsed(query: str) -> tuple[Search | None, SearchError | None]:
    """Return a search, or why it is refused."""
    try:
        return parse(query), None
    except SearchError as error:
        return None, error


def imported(plan: PackagePlan, folder: Path) -> Iterator[Both]:
    """Import a package into an empty collection."""
    package = folder / plan.file_name
    write_apkg(plan, package)
    with opened(folder / "learner") as bench:
        assert bench.import_package(package).new == len(plan.notes)
        yield Both(bench, facts_of(plan.notes, plan.note_types))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    yield from imported(odd_plan(), tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    yield from imported(first_plan(), tmp_path_factory.mktemp("first"))


def whole(bank: Path) -> PackagePlan:
    """Return the package that holds a whole bank."""
    return max(plans_of(bank), key=lambda plan: len(plan.notes))


@cache
def first_plan() -> PackagePlan:
    return whole(FIRST_BANK)


def of_odd_notes() -> st.SearchStrategy[str]:
    plan = odd_plan()
    # Anki keeps one spelling of a tag for the whole collection, which only such a search could tell.
    return queries(Material(facts_of(plan.notes, plan.note_types), WORDS), letter_case_of_tags=False)


def of_first_bank() -> st.SearchStrategy[str]:
    notes = facts_of(first_plan().notes, first_plan().note_types)
    words = {
        word.strip(".,;:()*") for note in notes[::7] for field in note.fields for word in field.split()[:12]
    }
    return queries(Material(notes, sorted(words - {""})))


@SEARCHES
@given(query=st.deferred(of_odd_notes))
def test_odd_notes_are_found_as_anki_finds_them(odd: Both, query: str) -> None:
    """Tags, decks, names and texts with everything in them that means something to a search."""
    event(odd.compare(query))


@SEARCHES
@given(query=st.deferred(of_first_bank))
def test_the_first_bank_is_found_as_anki_finds_it(first: Both, query: str) -> None:
    """Real cards, as they are built."""
    event(first.compare(query))


@pytest.mark.parametrize("query", ODDITIES)
def test_oddities_are_found_as_anki_finds_them(odd: Both, query: str) -> None:
    """What one would not guess, and what docs/search.md says of it."""
    assert odd.compare(query) != "refused"


@pytest.mark.parametrize("query", [query for query, _part, _message in BAD])
def test_what_is_refused_as_wrong_anki_refuses(odd: Both, query: str) -> None:
    """None of our rules is stricter than Anki's."""
    assert odd.anki(query) is None


@pytest.mark.parametrize("query", [*REFUSED.values(), *REFUSED_DECKS.values(), *REFUSED_EXPRESSIONS])
def test_what_is_refused_for_want_of_an_answer_anki_takes(odd: Both, query: str) -> None:
    """A reason given for a search that Anki does not know either would mislead."""
    assert odd.anki(query) is not None


def test_known_differences(odd: Both) -> None:
    """What docs/search.md lists as different is so."""
    # Expressions that grow too large for Anki.
    assert odd.anki(r"re:\w{1000}") is None
    assert parse(r"re:\w{1000}")
    # A bad expression is an error to Anki only when it comes to look at a note with it.
    assert odd.anki("nid:1 re:[") == (set(), set())
    # Too many terms.
    assert odd.anki(" ".join("a" * 1100)) is None
    # One spelling of a tag in the whole collection.
    upper, lower = '"tag:re:(?-i)^TOPIC::X"', '"tag:re:(?-i)^topic::x"'
    assert all(any(map(parse(query).matches, odd.notes)) for query in (upper, lower))
    assert set() in [(odd.anki(query) or (None,))[0] for query in (upper, lower)]


def test_written_searches_mean_what_they_name(odd: Both) -> None:
    """A search for a tag or a deck finds it and what is below it, whatever characters are in the name."""
    tags = {tag for note in odd.notes for tag in note.tags}
    decks = {card.deck for note in odd.notes for card in note.cards}
    for name in tags:
        assert odd.compare(search_for("tag", name)) == "finds some"
        assert parse(search_for("tag", name)).matches(next(note for note in odd.notes if name in note.tags))
    for name in decks:
        assert odd.compare(search_for("deck", name)) == "finds some"
        found = {
            card.deck
            for note in odd.notes
            for card in note.cards
            if card.ord in parse(search_for("deck", name)).ords(note)
        }
        assert found == {deck for deck in decks if f"{deck}::".casefold().startswith(f"{name}::".casefold())}


def test_a_filtered_deck_of_each_suggested_search_gathers_its_cards(first: Both) -> None:
    """What `searches` prints can be pasted into Anki as it is."""
    loaded, _problems = load_bank(FIRST_BANK)
    assert loaded
    found = suggestions(loaded.bank, first.notes)
    assert len({entry.query for entry in found}) == len(found) > 50
    for entry in found:
        assert first.compare(entry.query).startswith("finds")
        assert first.bench.filtered_deck_size(entry.query) == entry.cards


def test_examples_of_the_page_are_so_in_anki(tmp_path: Path) -> None:
    """What docs/search.md says that a search finds, Anki finds."""
    (tmp_path / "bank").mkdir()
    plan = whole(write_bank(tmp_path / "bank"))
    keys = {note.id: note.content.key for note in plan.notes}
    for both in imported(plan, tmp_path):
        for query, found in EXAMPLES.items():
            both.compare(query)
            notes, _cards = both.anki(query) or (set(), set())
            assert sorted(keys[note] for note in notes) == found, query
