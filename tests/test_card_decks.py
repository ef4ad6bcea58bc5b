"""Cards of one note in several decks: each card is where its question says, in packages and in Anki."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from anki_bench import Bench, opened
from banks import build, built, lock_of, make_bank, question, questions
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from import_bench import in_anki, package_of
from jsonschema import Draft7Validator

from ankiexport import resources
from ankiexport.cli.app import cli
from ankiexport.live_bank.contents import Contents
from ankiexport.live_bank.reading import BankReader
from ankiexport.lock.file import LOCK_FILE

CLOZE = "{{c1::One}}, {{c2::two}}, {{c4::four}}."
LEVEL_DECK = "Small bank::One"
FIRST, LATER = 1_760_000_000, 1_760_100_000
DECKS = st.sampled_from([LEVEL_DECK, "Apart", "Apart::Below", "Small bank"])


def bank_with(folder: Path, card_decks: dict[int, str], text: str = CLOZE, **parts: object) -> Path:
    """Write a bank with a cloze note that has some of its cards in other decks, and a note without."""
    apart = {"card_decks": card_decks} if card_decks else {}
    item = question("apart", note_type="cloze", **apart) | {"question": text, **parts}
    levels = [{"key": "one", "name": "One"}]
    return make_bank(folder, {"q.yaml": questions("one", item, question("plain"))}, levels=levels)


def run(*arguments: object) -> str:
    """Run the command line, which must succeed."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def decks_in_anki(package: Path, folder: Path) -> dict[int, str]:
    """Import a package into a learner's collection, and return the decks of the cloze note's cards."""
    with opened(folder) as bench:
        bench.import_package(package)
        return decks_of(bench)


def decks_of(bench: Bench) -> dict[int, str]:
    """Return the decks of the cloze note's cards by their numbers."""
    (note,) = [note for note in bench.notes().values() if "{{c1" in note.fields[0]]
    return {card.ord + 1: bench.col.decks.name(card.did) for card in note.cards()}


@given(
    own=st.none() | DECKS,
    apart=st.dictionaries(st.sampled_from([1, 2, 4]), DECKS, max_size=3),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_card_is_in_its_deck(
    own: str | None, apart: dict[int, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A card is in the deck that is named for it, else in that of its question, else in that of its level."""
    folder = tmp_path_factory.mktemp("law")
    bank = bank_with(folder, apart, **({"deck": own} if own else {}))
    package = build(bank, folder / "dist", FIRST)
    expected = {number: apart.get(number, own or LEVEL_DECK) for number in (1, 2, 4)}
    assert {card.ord + 1: card.deck for card in package.note("apart").cards} == expected
    assert {card.deck for card in package.note("plain").cards} == {LEVEL_DECK}
    # Every deck that has cards, with its ancestors, and no other.
    names = {"::".join(name.split("::")[: size + 1]) for name in {*expected.values(), LEVEL_DECK}
             for size in range(len(name.split("::")))}  # fmt: skip
    assert set(package.decks) - {"Default"} == names
    counted = built(bank, folder / "dist").manifest["packages"][0]["decks"]
    assert {name: count for name, count in counted.items() if count} == {
        name: [*expected.values(), LEVEL_DECK].count(name) for name in {*expected.values(), LEVEL_DECK}
    }
    assert json.loads(run("plan", bank, "--json"))["plan"]["is_empty"]
    assert json.loads(run("plan", bank, "--against", package.path, "--json"))["plan"]["is_empty"]
    assert run("diff", package.path, bank) == "0 notes added, 0 changed, 0 gone, 2 the same\n"


def test_anki_puts_new_cards_where_they_belong_and_moves_none(tmp_path: Path) -> None:
    """A second import leaves cards in their decks, whatever the package says now, and adds a new card to its own."""
    bank = bank_with(tmp_path, {2: "Apart::Two", 4: "Apart::Four"})
    build(bank, tmp_path / "dist", FIRST)
    package = tmp_path / "dist" / "small-bank.apkg"
    before = {1: LEVEL_DECK, 2: "Apart::Two", 4: "Apart::Four"}
    with opened(tmp_path / "learner") as bench:
        bench.import_package(package)
        assert decks_of(bench) == before
        bank_with(tmp_path, {2: "Elsewhere", 3: "Apart::Three"}, text=f"{CLOZE} {{{{c3::Three.}}}}")
        build(bank, tmp_path / "dist", LATER)
        counts = bench.import_package(package)
        assert (counts.new, counts.updated, counts.others) == (0, 1, 0)
        assert decks_of(bench) == {**before, 3: "Apart::Three"}
        assert bench.repairs() == []
    assert decks_in_anki(package, tmp_path / "other") == {
        1: LEVEL_DECK, 2: "Elsewhere", 3: "Apart::Three", 4: LEVEL_DECK,
    }  # fmt: skip


def test_a_plan_tells_of_cards_that_get_other_decks(tmp_path: Path) -> None:
    """A deck of a second card alone makes a note moved; its time stays, as for every moved note."""
    bank = bank_with(tmp_path, {})
    build(bank, tmp_path / "dist", FIRST)
    assert "card_decks" not in (bank / LOCK_FILE).read_text(encoding="utf-8")
    bank_with(tmp_path, {2: "Apart::Two"})
    report = json.loads(run("plan", bank, "--json"))["plan"]
    (note,) = report["notes"]
    assert (note["effects"], note["old_deck"], note["deck"]) == (["moved"], LEVEL_DECK, "Apart::Two")
    assert [deck["deck"] for deck in report["decks"]] == ["Apart::Two"]
    build(bank, tmp_path / "dist", LATER)
    locked = lock_of(bank).notes["apart"]
    assert (locked.mod, locked.deck, locked.card_decks) == (FIRST, LEVEL_DECK, {1: "Apart::Two"})
    assert json.loads(run("plan", bank, "--json"))["plan"]["is_empty"]
    bank_with(tmp_path, {2: "Apart::Two", 3: "Apart::Three"}, text=f"{CLOZE} {{{{c3::Three.}}}}")
    assert "card 3 in Apart::Three" in run("plan", bank)
    bank_with(tmp_path, {})
    (gone,) = json.loads(run("plan", bank, "--json"))["plan"]["decks"]
    assert (gone["deck"], gone["effect"], gone["old_deck"]) == ("Apart::Two", "deck_gone", None)


def test_a_package_is_another_when_a_card_has_another_deck(tmp_path: Path) -> None:
    """The digest of a package's content, and what is kept of earlier builds, go by the decks of all cards."""
    digests = set()
    for apart in ({}, {2: "Apart"}, {4: "Apart"}, {2: "Apart", 4: "Apart"}):
        bank = bank_with(tmp_path, apart)
        package = build(bank, tmp_path / "dist", FIRST)
        entry = built(bank, tmp_path / "dist").manifest["packages"][0]
        digests.add(entry["content_sha256"])
        assert {card.ord + 1 for card in package.note("apart").cards if card.deck == "Apart"} == set(apart)
    assert len(digests) == 4


def test_searches_and_exports_know_the_deck_of_each_card(tmp_path: Path) -> None:
    """`deck:` finds a note by any of its cards, JSON comes back card by card, and a diff tells card by card."""
    bank = bank_with(tmp_path, {2: "Apart::Two"})
    package = build(bank, tmp_path / "dist", FIRST).path
    found = run("list", bank, "--search", "deck:Apart")
    assert "apart" in found
    assert "plain" not in found
    run("export", "json", bank, "--out", tmp_path / "out")
    (file,) = (tmp_path / "out").glob("*.json")
    data = json.loads(file.read_text(encoding="utf-8"))
    schema = json.loads(resources.schema("notes").read_text(encoding="utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(data)] == []
    assert [note.get("card_decks") for note in data["notes"]] == [{"1": "Apart::Two"}, None]
    run("import", file, "--out", tmp_path / "back")
    again = package_of(tmp_path / "back", tmp_path / "again")
    assert in_anki(again, tmp_path / "two") == in_anki(package, tmp_path / "one")
    bank_with(tmp_path, {})
    told = run("diff", package, bank)
    assert f"- {LEVEL_DECK} (card 1)" in told
    assert "- Apart::Two (card 2)" in told
    assert f"+ {LEVEL_DECK}\n" in told


def test_the_preview_knows_the_deck_of_each_card(tmp_path: Path) -> None:
    """Searches do before a note is rendered, and each card shows its own."""
    bank = bank_with(tmp_path, {1: "Apart::One", 2: "Apart::Two"})
    reading, contents = BankReader(bank).read({}), Contents(bank)
    contents.follow(reading)
    entry = reading.entries[0]
    assert [card.deck for card in contents.facts(entry).cards] == ["Apart::One", "Apart::Two"]
    note = contents.shown(entry).note
    assert note is not None
    decks = ["Apart::One", "Apart::Two", LEVEL_DECK]
    assert [card.deck for card in contents.facts(entry).cards] == decks
    (template,) = note.note_type.templates
    with_deck = replace(template, front="{{Deck}} " + template.front)
    shown = replace(note, note_type=replace(note.note_type, templates=(with_deck,)))
    for ord_, deck in zip(note.ords, decks, strict=True):
        assert shown.card(ord_).front.startswith(f"{deck} ")
