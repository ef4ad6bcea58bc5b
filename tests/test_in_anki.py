"""Every package of the first bank, and a bank of hard cases, in real Anki.

What Anki makes of a package is held against what the package says, which is read without Anki, and that
against what the authors wrote.
"""

import itertools
import json
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from anki.consts import QUEUE_TYPE_NEW, QUEUE_TYPE_SUSPENDED
from anki.decks import DeckConfigId
from anki.scheduler.v3 import CardAnswer
from anki_bench import Bench, ImportCounts, opened, visible
from banks import (
    COMMITTED_MANIFEST,
    FIRST_BANK,
    HARD_BANK,
    BuiltBank,
    Package,
    built,
    make_bank,
    plans_of,
    question,
    questions,
)

from ankiexport.bank import load_bank
from ankiexport.diagnostics import has_errors
from ankiexport.formats.apkg import write_apkg
from ankiexport.pipeline import build_bank
from ankiexport.question import Fact, LoadedBank, Question

PACKAGES = [entry["file"] for entry in json.loads(COMMITTED_MANIFEST.read_text(encoding="utf-8"))["packages"]]
# Thirteen packages have billions of orders: these are both ways, each rotation by three, and some drawn by seed.
ORDERS = [
    PACKAGES,
    PACKAGES[::-1],
    *(PACKAGES[start:] + PACKAGES[:start] for start in range(3, len(PACKAGES), 3)),
]
ORDERS += [random.Random(seed).sample(PACKAGES, len(PACKAGES)) for seed in range(4)]

# Anki's numbers for the order of new cards.
LOWEST_POSITION = 1
AS_GATHERED = 1

_DEFAULT_PRESET = DeckConfigId(1)

# Of a learner's state, what does not depend on the ids that Anki draws for decks.
_SHARED = ("notes", "note types", "all note types", "tags", "presets", "media")

FACT = {"id": "q-fact", "text": "It is {{c1::so}}."}

# Which cards the notes of the hard bank have.
HARD_ORDS = {
    "plain": (0,),
    "gap": (0, 2),
    "repeated": (0,),
    "two-digits": (0, 11),
    "cloze-hint": (0,),
    "nested": (0, 1),
    "nested-in-middle": (0, 1, 2),
    "multi": (0, 1),
    "multi-with-space-before": (0, 2),
    "emphasis": (0, 1, 2),
    "less-than": (0,),
    "two-colons": (0,),
    "math-after": (0,),
    "math-inside": (0,),
    "math-twice": (0, 1),
    "math-with-hint": (0,),
    "cloze-in-math": (0,),
    "cloze-in-math-with-braces": (0,),
    "cloze-in-math-ends-in-brace": (0,),
    "over-lines": (0, 1, 2),
    "with-answer": (0,),
    "bare": (0,),
    "with-source": (1,),
    "with-hint": (0, 2),
    "with-hint-and-pitfall": (0,),
    "with-everything": (1, 3),
    "with-source-and-hint": (1, 2),
}

# What the back of a card of the hard bank shows, whichever cloze it asks for.
HARD_BACKS = {
    "gap": "First and third , without a second.",
    "cloze-hint": "Paris is the capital of France .",
    "nested": "The outer inner goes on and ends.",
    "nested-in-middle": "a b c d e",
    "multi": "Both hide this , and this only one.",
    "emphasis": "It is bold and slanted , and code() .",
    "less-than": "a < b & c is escaped.",
    "math-after": r"The variance is \(\frac{1}{n}\sum_{i}{(x_{i}-\mu_{x})^{2} }\).",
    "math-inside": r"The softmax is \(\frac{e^{z_{i} } }{\sum_{j}{e^{z_{j} } } }\) for class \(i\).",
    "math-twice": r"\(x_{a_{b} }\) is \(y^{2^{k} }\) in the other notation.",
    "math-with-hint": r"The power is \(n^2\) , with \(n\): two.",
    "cloze-in-math": r"By Einstein, \(E = mc^2\).",
    "cloze-in-math-with-braces": r"In \(\frac{ a }{b_{c_{d} } }\) only the numerator is hidden.",
    "cloze-in-math-ends-in-brace": r"In \(y = x^{2} \) three braces meet.",
    "over-lines": "Two steps: Retrieve candidates. Rank them. A paragraph of its own.",
}

_NO_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|(?<!\\)\$[^$\n]+\$|!\[[^\]]*\]|\([^)\s]*[/.#][^)\s]*\)|<[^>]*>"
    r"|::[^}:]*(?=\}\})|&\w+;",
    re.DOTALL,
)
_MATH = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL)


@dataclass(frozen=True)
class Imported:
    """A package, and the collection of a learner who has imported it and nothing else."""

    package: Package
    bench: Bench
    counts: ImportCounts


@pytest.fixture(scope="module", params=PACKAGES)
def imported(
    request: pytest.FixtureRequest, first_bank: BuiltBank, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Imported]:
    """Each package of the first bank, imported once for all tests that only look."""
    with opened(tmp_path_factory.mktemp("learner")) as bench:
        package = first_bank.package(request.param)
        yield Imported(package, bench, bench.import_package(package.path))


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[Bench]:
    """A learner who has nothing yet, for tests that change things."""
    with opened(tmp_path / "learner") as bench:
        yield bench


@pytest.fixture(scope="module")
def hard_bank(tmp_path_factory: pytest.TempPathFactory) -> BuiltBank:
    """The bank of hard cases, built once."""
    folder = tmp_path_factory.mktemp("hard-bank")
    bank = Path(shutil.copytree(HARD_BANK, tmp_path_factory.mktemp("bank") / "hard-bank"))
    result = build_bank(bank, folder)
    assert not result.has_errors, result.diagnostics
    return built(bank, folder)


@pytest.fixture(scope="module")
def first_questions() -> LoadedBank:
    """The first bank as its authors wrote it."""
    loaded, problems = load_bank(FIRST_BANK)
    assert loaded is not None
    assert not has_errors(problems)
    return loaded


def test_the_packages_tested_here_are_those_of_the_bank(first_bank: BuiltBank) -> None:
    assert first_bank.names == PACKAGES


# What arrives


def test_every_note_is_new_and_none_is_in_conflict(imported: Imported, first_bank: BuiltBank) -> None:
    entry = first_bank.entry(imported.package.path.name)
    assert imported.counts == ImportCounts(new=entry["notes"])
    assert entry["notes"] > 0


def test_notes_arrive_as_written(imported: Imported) -> None:
    arrived = {
        guid: (note.id, note.mid, note.mod, tuple(note.tags), dict(note.items()))
        for guid, note in imported.bench.notes().items()
    }
    assert arrived == {
        note.guid: (note.id, note.note_type_id, note.mod, note.tags, note.fields)
        for note in imported.package.notes
    }


def test_anki_finds_every_note_well_formed(imported: Imported) -> None:
    checked = {note["ID"]: note.fields_check() for note in imported.bench.notes().values()}
    assert checked == dict.fromkeys(checked, 0)


def test_cards_arrive_new_in_their_decks_and_places(imported: Imported, first_bank: BuiltBank) -> None:
    bench = imported.bench
    arrived = {card.id: (card.ord, bench.col.decks.name(card.did), card.due) for card in bench.cards()}
    assert arrived == {card.id: (card.ord, card.deck, card.due) for card in imported.package.cards.values()}
    assert {card.queue for card in bench.cards()} == {QUEUE_TYPE_NEW}
    assert len(arrived) == first_bank.entry(imported.package.path.name)["cards"]


def test_new_cards_come_in_order_of_study(imported: Imported, first_questions: LoadedBank) -> None:
    arrived = [(card.note()["ID"], card.ord, card.due) for card in imported.bench.cards()]
    here = imported.package.by_key
    wanted = [
        (key, ord_) for key in _order_of_study(first_questions) if key in here for ord_ in here[key].ords
    ]
    assert [(key, ord_) for key, ord_, _due in arrived] == wanted
    # Siblings share a place, other notes do not, and there is room between two places.
    places = {key: {due for other, _ord, due in arrived if other == key} for key in here}
    assert all(len(own) == 1 for own in places.values())
    taken = sorted(due for own in places.values() for due in own)
    assert all(later - earlier >= 2 for earlier, later in itertools.pairwise(taken))
    assert 0 < taken[0] < taken[-1] < 1_000_000


def test_decks_arrive_nested_with_their_descriptions(
    imported: Imported, first_bank: BuiltBank, first_questions: LoadedBank
) -> None:
    bench, bank = imported.bench, first_questions.bank
    decks = bench.decks()
    assert sorted(decks) == sorted(first_bank.entry(imported.package.path.name)["decks"])
    assert {name.rpartition("::")[0] for name in decks} - {""} <= set(decks)
    for name, deck in decks.items():
        level = next((level for level in bank.levels if name.endswith(f"::{level.deck}")), None)
        root = bank.description if name == bank.deck else ""
        assert deck["desc"] == (level.description if level else root).strip()
        assert deck["md"] is True
        assert deck["dyn"] == 0
    counted = {name: len(bench.col.find_cards(f'deck:"{name}" -deck:"{name}::*"')) for name in decks}
    assert counted == first_bank.entry(imported.package.path.name)["decks"]


def test_tags_are_exactly_those_of_the_notes(
    imported: Imported, first_bank: BuiltBank, first_questions: LoadedBank
) -> None:
    bench, bank = imported.bench, first_questions.bank
    counts = first_bank.entry(imported.package.path.name)["tags"]
    assert sorted(bench.col.tags.all()) == sorted(counts)
    assert {tag: len(bench.col.find_notes(f'"tag:{tag}"')) for tag in counts} == counts
    assert set(counts) <= {*bank.vocabulary, *(level.tag for level in bank.levels)}


def test_note_types_keep_their_ids_and_parts(imported: Imported) -> None:
    arrived, written = imported.bench.note_types(), imported.package.note_types
    assert sorted(arrived) == sorted(written)
    for key, note_type in arrived.items():
        assert note_type["latexsvg"] is False
        for part in ("name", "css", "type", "sortf", "mod", "latexsvg"):
            assert note_type[part] == written[key][part]
        for part, keys in (
            ("flds", ("id", "name", "ord", "description")),
            ("tmpls", ("id", "name", "qfmt", "afmt")),
        ):
            assert [{key: item[key] for key in keys} for item in note_type[part]] == [
                {key: item[key] for key in keys} for item in written[key][part]
            ]


def test_media_arrive_and_nothing_is_missing_or_unused(imported: Imported, first_bank: BuiltBank) -> None:
    assert imported.bench.media() == imported.package.media
    assert len(imported.package.media) == first_bank.entry(imported.package.path.name)["media"]
    assert imported.bench.media_problems() == []


def test_no_card_is_empty(imported: Imported) -> None:
    assert imported.bench.empty_cards() == []


# What learners see


def test_fronts_ask_and_backs_answer(imported: Imported) -> None:
    for card in imported.bench.cards():
        sides, note = imported.bench.sides(card), card.note()
        front, back = visible(sides.front), visible(sides.back)
        shown = [name for name in note.keys() if name not in {"Question", "Text", "Hints", "Level"}]  # noqa: SIM118
        if "Question" in note:
            assert visible(note["Question"]) in front
            assert visible(note["Question"]) in back
            assert visible(note["Answer"])
            assert visible(note["Answer"]) not in front
        else:
            hidden = re.findall(rf"{{{{c{card.ord + 1}::(.*?)(?:::(.*?))?}}}}", note["Text"])
            assert hidden
            for answer, hint in hidden:
                assert f"[{visible(hint) or '...'}]" in front
                assert visible(answer) in back
            assert front != back
        assert all(visible(note[name]) in back for name in shown)
        assert visible(note["Level"]) in front
        assert visible(note["Hints"]) in front
        assert note["ID"] in back
        assert "{{" not in re.sub(r"<script.*?</script>", "", sides.front + sides.back, flags=re.DOTALL)


def test_nothing_that_an_author_wrote_is_lost(imported: Imported, first_questions: LoadedBank) -> None:
    sources = {source.id: source for source in _sources(first_questions)}
    for card in imported.bench.cards():
        sides, source = imported.bench.sides(card), sources[card.note()["ID"]]
        shown = _words(visible(sides.front + sides.back))
        for text in _texts(source):
            assert _words(_NO_PROSE.sub(" ", text)) <= shown, source.id


def test_the_media_of_a_question_show_on_its_card(imported: Imported, first_questions: LoadedBank) -> None:
    here = imported.package.by_key
    for source in _sources(first_questions):
        pictures = re.findall(r"\]\(media/(.+?)\.svg\)", "\n".join(_texts(source)))
        if source.id in here:
            found = re.findall(r'<img [^>]*?src="([^"]+)"', "".join(here[source.id].fields.values()))
            assert [name.rpartition("-")[0] for name in found] == pictures
            assert set(found) <= set(imported.bench.media())


# What Anki thinks of it


@pytest.mark.parametrize("name", PACKAGES)
def test_anki_finds_nothing_to_repair_and_accepts_the_note_types(
    name: str, first_bank: BuiltBank, learner: Bench
) -> None:
    learner.import_package(first_bank.folder / name)
    assert learner.repairs() == []
    assert learner.refused_note_types() == []
    assert learner.repairs() == []


def test_the_bench_notices_what_is_wrong(tmp_path: Path, learner: Bench) -> None:
    whole = plans_of(make_bank(tmp_path, {"a.yaml": questions("one", question("q", facts=[FACT]))}))[0]
    note_types = tuple(
        replace(kind, templates=(replace(kind.templates[0], front="{{Nope}}"),)) for kind in whole.note_types
    )
    write_apkg(replace(whole, note_types=note_types), tmp_path / "bad.apkg")
    assert learner.import_package(tmp_path / "bad.apkg") == ImportCounts(new=2)
    assert len(learner.refused_note_types()) == 2
    # The front has no say in which cards a cloze note has.
    assert len(learner.empty_cards()) == 1
    assert learner.repairs() == []
    assert learner.col.db is not None
    learner.col.db.execute(
        "UPDATE notes SET flds = flds || char(31) || 'x' WHERE id = (SELECT min(id) FROM notes)"
    )
    assert "notes changed" in learner.repairs()
    learner.col.db.execute("UPDATE cards SET due = 2000000")
    assert "cards changed" in learner.repairs()


@pytest.mark.parametrize("name", PACKAGES)
def test_anki_would_make_the_same_cards(name: str, first_bank: BuiltBank, learner: Bench) -> None:
    package = first_bank.package(name)
    learner.import_package(package.path)
    made = {
        note.key: learner.generated_ords(note.note_type_id, note.fields, note.tags) for note in package.notes
    }
    assert made == {note.key: note.ords for note in package.notes}


def test_anki_would_make_the_same_cards_of_hard_cases(hard_bank: BuiltBank, learner: Bench) -> None:
    package = hard_bank.whole
    assert learner.import_package(package.path) == ImportCounts(new=len(HARD_ORDS))
    assert {note.key: note.ords for note in package.notes} == HARD_ORDS
    made = {
        note.key: learner.generated_ords(note.note_type_id, note.fields, note.tags) for note in package.notes
    }
    assert made == HARD_ORDS


def test_hard_cases_are_in_good_order(hard_bank: BuiltBank, learner: Bench) -> None:
    learner.import_package(hard_bank.whole.path)
    assert learner.empty_cards() == []
    assert [note.fields_check() for note in learner.notes().values()] == [0] * len(HARD_ORDS)
    assert learner.repairs() == []
    assert learner.refused_note_types() == []


def test_hard_cases_look_as_meant(hard_bank: BuiltBank, learner: Bench) -> None:
    learner.import_package(hard_bank.whole.path)
    for card in learner.cards():
        note, sides = card.note(), learner.sides(card)
        front, back = visible(sides.front), visible(sides.back)
        if "Text" in note:
            assert "[" in front
            assert "[...]" not in back
            assert HARD_BACKS.get(note["ID"], "") in back
            assert "}}" not in front + back
            # Anki's MathJax takes no tags inside a formula.
            assert not any("<" in formula for formula in _MATH.findall(sides.front + sides.back))
        else:
            assert visible(note["Answer"]) in back
        assert sides == learner.sides(card)


# Importing again


@pytest.mark.parametrize("name", PACKAGES)
def test_importing_again_changes_nothing(name: str, first_bank: BuiltBank, learner: Bench) -> None:
    package = first_bank.package(name)
    learner.import_package(package.path)
    before = learner.state()
    for options in ({}, {"with_deck_configs": False}, {"merge_notetypes": True}):
        assert learner.import_package(package.path, **options) == ImportCounts(duplicate=len(package.notes))
        assert learner.state() == before


@pytest.mark.parametrize("name", PACKAGES)
def test_what_a_learner_made_of_it_survives(name: str, first_bank: BuiltBank, learner: Bench) -> None:
    package = first_bank.package(name)
    learner.import_package(package.path)
    _study(learner)
    before = learner.state()
    assert learner.import_package(package.path) == ImportCounts(duplicate=len(package.notes))
    assert learner.import_package(first_bank.whole.path).duplicate == len(package.notes)
    assert learner.import_package(package.path) == ImportCounts(duplicate=len(package.notes))
    after = learner.state()
    for part in ("notes", "cards", "revlog"):
        assert _rows(before, part).items() <= _rows(after, part).items()


@pytest.mark.parametrize(
    "order", ORDERS, ids=lambda order: "-".join(str(PACKAGES.index(name)) for name in order)
)
def test_all_packages_in_any_order_are_the_whole(
    order: tuple[str, ...], first_bank: BuiltBank, learner: Bench, tmp_path: Path
) -> None:
    new = sum(learner.import_package(first_bank.folder / name).new for name in order)
    whole = first_bank.whole
    assert new == len(whole.notes)
    with opened(tmp_path / "other learner") as other:
        other.import_package(whole.path)
        assert _comparable(learner) == _comparable(other)
    assert learner.repairs() == []
    assert learner.media_problems() == []


def test_the_parts_alone_are_the_whole(first_bank: BuiltBank, learner: Bench, tmp_path: Path) -> None:
    whole = first_bank.whole
    for name in first_bank.names:
        if name != whole.path.name:
            learner.import_package(first_bank.folder / name)
    with opened(tmp_path / "other learner") as other:
        other.import_package(whole.path)
        assert _comparable(learner) == _comparable(other)


def test_a_revised_note_alone_is_updated_and_keeps_its_progress(
    first_bank: BuiltBank, learner: Bench, tmp_path: Path
) -> None:
    learner.import_package(first_bank.whole.path)
    _study(learner)
    plan = plans_of(FIRST_BANK)[0]
    before = learner.state()
    studied = [card.nid for card in learner.cards() if card.reps]
    revised = next(note for note in plan.notes if note.id == studied[0])
    content = replace(revised.content, fields=("New words {{c1::here}}", *revised.content.fields[1:]))
    newer = replace(revised, content=content, mod=learner.notes()[revised.guid].mod + 1)
    notes = tuple(newer if note is revised else note for note in plan.notes)
    write_apkg(replace(plan, notes=notes), tmp_path / "revised.apkg")
    assert learner.import_package(tmp_path / "revised.apkg") == ImportCounts(
        updated=1, duplicate=len(notes) - 1
    )
    after = learner.state()
    assert after["cards"] == before["cards"]
    changed = {key for key, row in _rows(after, "notes").items() if row != _rows(before, "notes")[key]}
    assert changed == {revised.id}
    assert learner.notes()[revised.guid].fields[0] == "New words {{c1::here}}"


def test_two_banks_live_side_by_side(first_bank: BuiltBank, hard_bank: BuiltBank, learner: Bench) -> None:
    for bank in (first_bank, hard_bank):
        assert learner.import_package(bank.whole.path) == ImportCounts(new=len(bank.whole.notes))
    for bank in (first_bank, hard_bank):
        assert learner.import_package(bank.whole.path) == ImportCounts(duplicate=len(bank.whole.notes))
    assert not [name for name in learner.col.models.all_names() if name.endswith("+")]


# Presets


@pytest.mark.parametrize("name", PACKAGES)
def test_the_preset_comes_when_it_is_asked_for(
    name: str, first_bank: BuiltBank, first_questions: LoadedBank, learner: Bench
) -> None:
    default = learner.col.decks.get_config(_DEFAULT_PRESET)
    package, preset = first_bank.package(name), first_questions.bank.preset
    assert preset is not None
    assert package.preset is not None
    learner.import_package(package.path, with_deck_configs=True)
    for deck_name in package.decks:
        options = learner.col.decks.config_dict_for_deck_id(learner.deck_id(deck_name))
        assert options["id"] == package.preset["id"]
        assert options["name"] == preset.name
        assert options["new"]["perDay"] == preset.new_cards_per_day
        assert options["rev"]["perDay"] == preset.reviews_per_day
        assert options["desiredRetention"] == pytest.approx(preset.desired_retention)
        assert options["new"]["bury"] is options["rev"]["bury"] is True
        assert (options["newGatherPriority"], options["newSortOrder"]) == (LOWEST_POSITION, AS_GATHERED)
    assert learner.col.decks.get_config(_DEFAULT_PRESET) == default
    assert len(learner.col.decks.all_config()) == 2


@pytest.mark.parametrize("name", PACKAGES)
def test_without_the_preset_decks_have_the_learners_own(
    name: str, first_bank: BuiltBank, learner: Bench
) -> None:
    before = learner.col.decks.all_config()
    learner.import_package(first_bank.folder / name)
    assert learner.col.decks.all_config() == before
    assert {deck["conf"] for deck in learner.decks().values()} == {_DEFAULT_PRESET}
    assert learner.repairs() == []


def test_a_bank_without_a_preset_imports_with_and_without_presets(tmp_path: Path, learner: Bench) -> None:
    build_bank(make_bank(tmp_path, {"a.yaml": questions("one", question("q"))}), tmp_path / "out")
    default = learner.col.decks.all_config()
    default[0]["new"]["perDay"] = 7
    learner.col.decks.update_config(default[0])
    default = learner.col.decks.all_config()
    path = tmp_path / "out" / "small-bank.apkg"
    assert learner.import_package(path, with_deck_configs=True) == ImportCounts(new=1)
    assert learner.import_package(path) == ImportCounts(duplicate=1)
    assert learner.col.decks.all_config() == default


def test_the_preset_shows_the_first_questions_first(
    first_bank: BuiltBank, first_questions: LoadedBank, learner: Bench
) -> None:
    learner.import_package(first_bank.whole.path, with_deck_configs=True)
    bank, facts = first_questions.bank, first_questions.bank.facts_deck
    assert bank.preset is not None
    studied = {bank.deck: _order_of_study(first_questions)}
    for level in bank.levels:
        mine = list(first_questions.of_level(level.key))
        studied[f"{bank.deck}::{level.deck}"] = [source.id for source in mine]
        studied[f"{bank.deck}::{facts}::{level.deck}"] = [fact.id for source in mine for fact in source.facts]
    for deck, keys in studied.items():
        cards = learner.new_cards_to_study(deck)
        assert [(card.note()["ID"], card.ord) for card in cards] == [
            (key, first_bank.whole.note(key).ords[0]) for key in keys[: bank.preset.new_cards_per_day]
        ]


# Media


def test_anki_finds_the_media_however_they_are_referred_to(tmp_path: Path, learner: Bench) -> None:
    names = [
        "a/pic.png",
        "b/pic.png",
        "két kép & more.png",
        "100%.png",
        "a+b's #1.png",
        "film.mp4",
        "clip.webm",
    ]
    names += ["talk.mp3", "word.mp3", "két & szó.mp3", "drawing.svg", "not-used.png"]
    files: dict[str, str | bytes] = {f"media/{name}": name.encode() for name in names}
    answer = """
![one](media/a/pic.png) ![two](media/b/pic.png) <img src='media/k%C3%A9t%20k%C3%A9p%20&amp;%20more.png'>
<img alt="x" src="media/100%25.png"> ![hash](media/a+b's%20%231.png)

<video src=media/film.mp4></video> <video><source src="media/clip.webm"></video>
<audio src="media/talk.mp3"></audio> [sound:media/word.mp3] [sound:media/két &amp; szó.mp3] <object data="media/drawing.svg"></object>
"""
    bank = make_bank(tmp_path, {**files, "a.yaml": questions("one", question("q", answer=answer))})
    assert not build_bank(bank, tmp_path / "out").has_errors
    path = tmp_path / "out" / "small-bank.apkg"
    assert learner.import_package(path) == ImportCounts(new=1)
    assert sorted(learner.media().values()) == sorted(name.encode() for name in names[:-1])
    assert learner.media_problems() == []
    assert learner.import_package(path) == ImportCounts(duplicate=1)


def _order_of_study(loaded: LoadedBank) -> list[str]:
    keys: list[str] = []
    for level in loaded.bank.levels:
        mine = list(loaded.of_level(level.key))
        keys += [source.id for source in mine]
        keys += [fact.id for source in mine for fact in source.facts]
    return keys


def _sources(loaded: LoadedBank) -> Iterator[Question | Fact]:
    for source in loaded.questions:
        yield source
        yield from source.facts


def _texts(source: Question | Fact) -> list[str]:
    if isinstance(source, Fact):
        return [source.text.value]
    found = [source.question, *([source.answer] if source.answer else []), *source.hints, *source.key_points]
    found += [*source.pitfalls, *source.follow_ups, *source.sources]
    return [text.value for text in found]


def _words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{3,}", text))


def _study(learner: Bench) -> None:
    """Do with a collection what learners do: edit, tag, suspend, flag, move, answer, rename."""
    col = learner.col
    notes = list(learner.notes().values())
    edited, tagged, untagged = notes[0], notes[1], notes[2]
    edited.fields[0] += " My own words {{c1::here}}."
    tagged.tags += ["marked", "my::own"]
    untagged.tags = []
    col.update_notes([edited, tagged, untagged])
    learner.scheduler.suspend_cards([card.id for card in notes[3].cards()])
    col.set_user_flag_for_cards(3, [card.id for card in notes[4].cards()])
    col.set_deck([card.id for card in notes[1].cards()], col.decks.add_normal_deck_with_name("Mine").id)
    deck = max(
        learner.decks(), key=lambda name: len(col.find_cards(f'deck:"{name}" -deck:"{name}::*" is:new'))
    )
    col.decks.select(learner.deck_id(deck))
    scheduler = learner.scheduler
    for rating in (CardAnswer.GOOD, CardAnswer.EASY):
        queued = scheduler.get_queued_cards().cards[0]
        card = col.get_card(queued.card.id)
        card.start_timer()
        scheduler.answer_card(scheduler.build_answer(card=card, states=queued.states, rating=rating))
    assert col.find_cards("is:learn")
    assert col.find_cards("is:review")
    assert {card.queue for card in notes[3].cards()} == {QUEUE_TYPE_SUSPENDED}


def _rows(state: dict[str, object], part: str) -> dict[int, object]:
    rows = state[part]
    assert isinstance(rows, list)
    return {row[0]: row for row in rows}


def _comparable(bench: Bench) -> dict[str, object]:
    """Return what a learner has, without the ids of decks, which Anki draws anew in each collection."""
    cards = [
        (card.id, card.nid, card.ord, bench.col.decks.name(card.did), card.due, card.queue)
        for card in bench.cards()
    ]
    decks = {name: (deck["desc"], deck["md"], deck["conf"]) for name, deck in bench.decks().items()}
    state = bench.state()
    return {"cards": sorted(cards), "decks": decks, **{part: state[part] for part in _SHARED}}
