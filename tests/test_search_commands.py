"""Searches on the command line: what is listed, checked and packed, the tags of a bank, and searches to paste."""

import json
from pathlib import Path
from typing import Any

import pytest
from banks import FIRST_BANK, Package, lock_of, make_bank, question, questions, read_package
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from search_examples import EXAMPLES, PAGE, write_bank

from ankiexport.cli.app import cli
from ankiexport.search import parse
from ankiexport.search.refused import DECKS as DECKS_REFUSED
from ankiexport.search.refused import REASONS
from ankiexport.search.writing import with_current_tags

VOCABULARY = {
    "topic::bonds": {"description": "Kinds of bonds.", "aliases": ["topic::links", "old"]},
    "topic::naming": "How molecules are named.",
    "topic::c++": "A language.",
    "topic::c#": "Another one.",
    "skill::explain": "",
    "skill::never": "",
}
DECKS = {"week-1": "tag:topic::links -tag:level::two", "words": 'named or "It is"'}


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bank with two levels, in the folder in which the test stands."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    monkeypatch.chdir(tmp_path)
    fact = {"id": "a-fact", "text": "A {{c1::pi}} bond is {{c2::weaker}}.", "tags": ["topic::naming"]}
    one = questions(
        "one",
        question("a", tags=["topic::bonds", "skill::explain"], facts=[fact]),
        question("b", question="Is it named b?", tags=["topic::naming", "topic::c++"]),
    )
    two = questions("two", question("c", tags=["topic::bonds", "topic::c#"]))
    return make_bank(tmp_path, {"1.yaml": one, "2.yaml": two}, tags=VOCABULARY, decks=DECKS)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def done(*arguments: str) -> str:
    """Run a command that succeeds, and return what it prints."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def packed(name: str) -> Package:
    return read_package(Path("dist") / name)


def keys(name: str) -> list[str]:
    return sorted(note.key for note in packed(name).notes)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag:topic::bonds", ["a", "a-fact", "c"]),
        ("tag:topic::bonds card:2", ["a-fact"]),
        ("-deck:*::Facts", ["a", "b", "c"]),
        ("ID:_", ["a", "b", "c"]),
        ("tag:old", ["a", "a-fact", "c"]),
        ("TAG:OLD tag:topic::links::*", []),
        ("", ["a", "a-fact", "b", "c"]),
    ],
)
@pytest.mark.usefixtures("bank")
def test_list_shows_what_is_found(query: str, found: list[str]) -> None:
    """Questions and facts are found each for itself; old names of tags are understood."""
    lines = done("list", "bank", "--search", query).splitlines()
    assert sorted(line.split("\t")[0] for line in lines) == found


@pytest.mark.usefixtures("bank")
def test_a_found_fact_is_listed_with_its_text() -> None:
    (row,) = json.loads(done("list", "bank", "--search", "ID:a-fact", "--level", "one", "--json"))
    assert row == {
        "id": "a-fact",
        "level": "one",
        "note_type": "cloze",
        "tags": ["level::one", "skill::explain", "topic::bonds", "topic::naming"],
        "facts": 0,
        "line": "A {{c1::pi}} bond is {{c2::weaker}}.",
    }
    assert done("list", "bank", "--search", "ID:a-fact", "--level", "two") == ""


@pytest.mark.usefixtures("bank")
def test_when_nothing_is_found_the_names_that_are_not_there_are_said() -> None:
    result = run("list", "bank", "--search", "tag:topic::bond Questoin:x note:Nope deck:Small* -zzz")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "nothing is found",
        'no tag is "topic::bond"; did you mean "topic::bonds"?',
        'no field is called "Questoin"; did you mean "Question"?',
        'no note type is "Nope"; known here: Small bank (cloze), Small bank (question)',
    ]


def test_a_package_of_what_is_found(bank: Path) -> None:
    """Its notes are those of the usual packages, which stay as they are, and so does the lock."""
    done("build", "bank")
    lock = (bank / "bank.lock").read_bytes()
    usual = {path.name: path.read_bytes() for path in Path("dist").glob("*.apkg")}
    out = done("build", "bank", "--search", "tag:old card:2 or b?", "--name", "some-notes")
    assert out.startswith("small-bank-some-notes.apkg")
    assert keys("small-bank-some-notes.apkg") == ["a-fact", "b"]
    whole = packed("small-bank.apkg").by_key
    assert all(note == whole[note.key] for note in packed("small-bank-some-notes.apkg").notes)
    assert (bank / "bank.lock").read_bytes() == lock
    for name, data in usual.items():
        assert (Path("dist") / name).read_bytes() == data
    manifest = json.loads(Path("dist/manifest.json").read_text(encoding="utf-8"))
    searches = {entry["file"]: entry.get("search") for entry in manifest["packages"]}
    assert searches.pop("small-bank-some-notes.apkg") == "tag:topic::bonds card:2 or b?"
    assert searches == dict.fromkeys(usual)


def test_a_usual_build_keeps_what_was_searched_for(bank: Path) -> None:
    """It belongs to whoever asked for it; and a first build of a part knows the whole bank."""
    done("build", "bank", "--search", "tag:level::two", "--name", "mine")
    assert sorted(lock_of(bank).notes) == ["a", "a-fact", "b", "c"]
    assert "removed" not in done("build", "bank")
    names = sorted(path.name for path in Path("dist").glob("*.apkg"))
    assert "small-bank-mine.apkg" in names
    manifest = json.loads(Path("dist/manifest.json").read_text(encoding="utf-8"))
    assert [entry["file"] for entry in manifest["packages"]] == names


@pytest.mark.usefixtures("bank")
def test_named_searches_build_by_name() -> None:
    done("build", "bank", "--deck", "week-1", "--deck", "words")
    assert keys("small-bank-week-1.apkg") == ["a", "a-fact"]
    assert keys("small-bank-words.apkg") == ["a", "b", "c"]
    assert not Path("dist/small-bank.apkg").exists()


@pytest.mark.usefixtures("bank")
def test_a_package_for_each_tag() -> None:
    """A note goes into the package of each of its tags; names that would be one are told apart."""
    data = json.loads(done("build", "bank", "--split-by", "topic", "--json"))
    made = {entry["title"]: entry for entry in data["packages"]}
    assert sorted(made) == ["topic::bonds", "topic::c#", "topic::c++", "topic::naming"]
    assert made["topic::bonds"]["file"] == "small-bank-topic-bonds.apkg"
    assert made["topic::bonds"]["search"] == "tag:topic::bonds"
    assert len({entry["file"] for entry in made.values()}) == 4
    assert keys("small-bank-topic-naming.apkg") == ["a-fact", "b"]
    assert keys(made["topic::c++"]["file"]) == ["b"]
    assert keys(made["topic::c#"]["file"]) == ["c"]


@pytest.mark.usefixtures("bank")
def test_a_search_can_be_split() -> None:
    data = json.loads(
        done(
            "build",
            "bank",
            "--search",
            "a or b",
            "--name",
            "x",
            "--split-by",
            "level",
            "--level",
            "one",
            "--json",
        )
    )
    (entry,) = data["packages"]
    assert entry["file"] == "small-bank-x-level-one.apkg"
    assert entry["search"] == "(a or b) tag:level::one"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["list", "bank", "--search", "is:due"],
            "a bank cannot answer is:, because only a learner's collection",
        ),
        (
            ["build", "bank", "--search", "(a", "--name", "x"],
            "bad search, column 1: the bracket is not closed",
        ),
        (["check", "bank", "--search", "a or"], "bad search, column 3"),
        (["build", "bank", "--search", "a"], "say with --name"),
        (["build", "bank", "--name", "a"], "--name goes with --search"),
        (
            ["build", "bank", "--search", "a", "--name", "A b"],
            'must be lower-case letters, digits and hyphens, such as "a-b"',
        ),
        (["build", "bank", "--search", "a", "--name", "one"], "is that of a package that every build makes"),
        (
            ["build", "bank", "--deck", "week-2"],
            'no search named "week-2"; its named searches are: week-1, words',
        ),
        (["build", "bank", "--search", "tag:x", "--name", "a"], 'by the search tag:x\nno tag is "x"'),
        (["build", "bank", "--split-by", "nope"], 'no note has a tag below "nope"'),
        (["tags", "bank", "--by", "nope"], 'no question has a tag below "nope"'),
    ],
)
@pytest.mark.usefixtures("bank")
def test_wrong_usage(arguments: list[str], message: str) -> None:
    """Wrong usage exits with 2, and nothing is written."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert not Path("dist").exists()


def test_check_warns_of_what_is_found(bank: Path) -> None:
    """Errors are never hidden, and a question is meant when one of its facts is found."""
    path = bank / "1.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("- topic::c++", "- topic::c++\n  - old").replace("Is it named b?", "Is b named so?"),
        encoding="utf-8",
    )
    everything = json.loads(run("check", "bank", "--json").stdout)
    assert {problem["code"] for problem in everything} >= {"alias-tag"}

    def found(query: str) -> set[str]:
        result = run("check", "bank", "--json", "--search", query)
        return {problem["code"] for problem in json.loads(result.stdout)}

    assert "alias-tag" in found("b")
    assert "alias-tag" not in found("tag:level::two")
    assert "1 note: " in run("check", "bank", "--search", "ID:c").stdout
    path.write_text("level: none\n", encoding="utf-8")
    assert "unknown-level" in found("ID:c")
    assert run("list", "bank", "--search", "ID:c").exit_code == 1
    assert "searches need a bank without errors" in run("searches", "bank").stderr


def test_a_named_search_that_finds_nothing_is_warned_of(bank: Path) -> None:
    settings = bank / "bank.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("tag:topic::links -tag", "tag:topic::link -tag"), encoding="utf-8")
    (problem,) = [
        entry
        for entry in json.loads(run("check", "bank", "--json").stdout)
        if entry["code"] == "empty-search"
    ]
    assert problem["message"] == 'the search "week-1" finds nothing'
    assert problem["advice"] == 'no tag is "topic::link"; did you mean "topic::naming"?'


def test_tags(bank: Path) -> None:
    """A tag counts all that is below it; unused and undeclared ones are said."""
    result = run("tags", "bank")
    assert result.exit_code == 0
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert ["topic", "3", "1", ""] in rows
    assert ["topic::bonds", "2", "1", "Kinds of bonds."] in rows
    assert ["level::two", "1", "0", "Two"] in rows
    assert result.stderr == "unused: skill::never\n"
    assert done("tags", "show", "bank", "--by", "topic").splitlines() == [
        "topic\tone\ttwo\tall",
        "bonds\t1\t1\t2",
        "c#\t0\t1\t1",
        "c++\t1\t0\t1",
        "naming\t1\t0\t1",
    ]
    data = json.loads(done("tags", "bank", "--json"))
    assert data["unused"] == ["skill::never"]
    assert data["matrix"]["rows"]["topic::bonds"] == [1, 1]
    path = bank / "2.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("topic::c#", "topic::d"), encoding="utf-8")
    result = run("tags", "bank")
    assert result.exit_code == 1
    assert "undeclared: topic::d\n" in result.stderr
    assert "unknown-tag" in result.stderr


def test_searches_to_paste(bank: Path) -> None:
    """Each is a right search that finds what is said, in the order: decks, levels, topics, others."""
    path = bank / "2.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("What is c?", "What is c now?"), encoding="utf-8"
    )
    rows: list[dict[str, Any]] = json.loads(done("searches", "bank", "--json"))
    by_name = {row["name"]: row for row in rows}
    assert list(dict.fromkeys(row["group"] for row in rows)) == ["deck", "level", "topic", "skill", "kind"]
    assert by_name["week-1"] == {
        "group": "deck", "name": "week-1", "query": "tag:topic::bonds -tag:level::two", "notes": 2, "cards": 3,
    }  # fmt: skip
    assert by_name["One"]["query"] == "tag:level::one"
    assert by_name["Facts only"]["cards"] == 2
    assert by_name["Questions without facts"]["query"] == '"deck:Small bank" -"deck:Small bank::Facts"'
    for row in rows:
        assert len(done("list", "bank", "--search", row["query"]).splitlines()) == row["notes"]
    text = done("searches", "bank")
    assert text.startswith("Named searches\n  week-1")
    page = done("searches", "bank", "--format", "markdown")
    assert '| words | 3 | `named or "It is"` |' in page


def test_searches_know_revised_and_retired_questions(bank: Path) -> None:
    done("build", "bank")
    done("build", "bank", "--out", "other")
    path = bank / "1.yaml"
    revised = path.read_text(encoding="utf-8").replace(
        "- id: b", "- id: b\n  revised: 2026-11\n  what_changed: All."
    )
    path.write_text(revised, encoding="utf-8")
    (bank / "2.yaml").unlink()
    rows = {row["name"]: row for row in json.loads(done("searches", "bank", "--json"))}
    assert rows["Revised lately"]["query"] == "tag:changed::2026-11"
    assert rows["Revised in 2026-11"]["notes"] == 1
    assert rows["Retired"]["query"] == "tag:retired"
    assert rows["Retired"]["notes"] == 1
    assert rows["All but retired"]["notes"] == 3
    assert done("list", "bank", "--search", "tag:retired").startswith("c\ttwo\t")


@given(st.text(alphabet='ab:"\\()-*_ or', max_size=20))
def test_without_old_names_a_search_stays_as_it_is(query: str) -> None:
    from ankiexport.search import SearchError

    try:
        parse(query)
    except SearchError:
        return
    assert with_current_tags(query, {"old": "new"}) == query


NEW = r"new::\(x\_y\)"


@pytest.mark.parametrize(
    ("query", "current"),
    [
        ("tag:old", f"tag:{NEW}"),
        ('a or -(TAG:OLD b) "tag:old::*"', f'a or -(TAG:{NEW} b) "tag:{NEW}::*"'),
        ('tag:"old" tag:older tag:o* Tag:old::x', f'tag:"{NEW}" tag:older tag:o* Tag:old::x'),
        ("tag:re:old tag:nc:old old a:old", "tag:re:old tag:nc:old old a:old"),
    ],
)
def test_old_names_of_tags_become_present_ones(query: str, current: str) -> None:
    """Only a whole tag is replaced, whatever surrounds it, by the new one with its escapes."""
    assert with_current_tags(query, {"old": "new::(x_y)"}) == current
    parse(current)


def test_examples_of_the_page_find_what_it_says(tmp_path: Path) -> None:
    """`list` finds the notes that docs/search.md names."""
    bank = str(write_bank(tmp_path))
    assert len(EXAMPLES) > 40
    for query, found in EXAMPLES.items():
        rows = json.loads(done("list", bank, "--search", query, "--json"))
        assert sorted(row["id"] for row in rows) == found, query


def test_the_page_names_all_that_is_refused() -> None:
    """And it shows a bad search as it is shown."""
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"`{word}:`" in text for word in REASONS)
    assert all(f"`deck:{name}`" in text for name in DECKS_REFUSED)
    shown = text.partition("```text\n")[2].partition("```")[0]
    query = shown.splitlines()[1].strip()
    assert run("list", ".", "--search", query).stderr.endswith(f"Error: {shown}")


def test_filtered_decks_of_all_searches_are_proved_in_anki() -> None:
    result = CliRunner().invoke(cli, ["searches", str(FIRST_BANK), "--verify", "--json"])
    assert result.exit_code == 0, result.output
    count = len(json.loads(result.stdout))
    assert count > 50
    assert result.stderr == f"{count} filtered decks made in Anki, each with the cards that it should have\n"


def test_a_filtered_deck_with_other_cards_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ankiexport.proving.gathered", lambda _package, searches: [7 for _ in searches])
    result = CliRunner().invoke(cli, ["searches", str(FIRST_BANK), "--verify"])
    assert result.exit_code == 1
    assert "tag:level::beginner: a filtered deck in Anki gathers 7, not 37" in result.stderr
