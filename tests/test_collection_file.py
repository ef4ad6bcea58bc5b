"""Packages are written in a way that is fast; what they hold is what genanki writes, row for row."""

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import reference_apkg
from anki_bench import Bench, ImportCounts, opened
from banks import FIRST_BANK, HARD_BANK, make_bank, plans_of, question, questions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankiexport.formats.apkg import write_apkg
from ankiexport.formats.genanki_shapes import known_shapes, shapes_of_genanki
from ankiexport.notes import DeckPreset, PackagePlan

PRESET = DeckPreset(1_500_000_000_001, "Calm", 3, 200, 0.91)
# Notes enough for the large pages.
MANY = 210


@pytest.fixture(scope="module")
def small_plan(tmp_path_factory: pytest.TempPathFactory) -> PackagePlan:
    """A package of one note."""
    return plans_of(make_bank(tmp_path_factory.mktemp("small"), {"a.yaml": questions("one", question("q"))}))[
        0
    ]


@pytest.fixture
def many(tmp_path: Path) -> PackagePlan:
    """A package of many notes."""
    items = [question(f"q{number}", answer=f"It is {number}. " * 60) for number in range(MANY)]
    parts = {f"{at}.yaml": questions("one", *items[at : at + 10]) for at in range(0, MANY, 10)}
    return plans_of(make_bank(tmp_path, dict(parts)))[0]


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[Bench]:
    """An empty collection."""
    with opened(tmp_path / "learner") as bench:
        yield bench


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of all tables, sorted, and the statements that made them."""
    connection = sqlite3.connect(path)
    try:
        made = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql != '' ORDER BY name"
        ).fetchall()
        tables = [name for name, sql in made if sql.startswith("CREATE TABLE")]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = {table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall()) for table in tables}
        # Which of its keys JSON names first is nothing that it says.
        (col,) = rows["col"]
        rows["col"] = [tuple(json.loads(value) if isinstance(value, str) else value for value in col)]
        return {"made": made, **rows}
    finally:
        connection.close()


@pytest.mark.parametrize("held", [0, 10_000])
def test_parts_that_wait_on_the_disk_come_out_the_same(
    many: PackagePlan, held: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = write_apkg(many, tmp_path / "usual.apkg")
    monkeypatch.setattr("ankiexport.formats.apkg._HELD_BYTES", held)
    assert write_apkg(many, tmp_path / "other.apkg") == usual
    assert (tmp_path / "other.apkg").read_bytes() == (tmp_path / "usual.apkg").read_bytes()


def assert_same(plan: PackagePlan, folder: Path) -> None:
    """Write the collection both ways, and compare all rows."""
    fast, plain = folder / "fast.anki2", folder / "plain.anki2"
    for path in (fast, plain):
        path.unlink(missing_ok=True)
    write_apkg(plan, folder / "fast.apkg")
    with zipfile.ZipFile(folder / "fast.apkg") as archive:
        fast.write_bytes(archive.read("collection.anki2"))
    reference_apkg.write_collection(plan, plain)
    assert contents(fast) == contents(plain)


def test_the_shapes_are_those_of_genanki() -> None:
    """After an update of genanki: python -m ankiexport.formats.genanki_shapes."""
    assert known_shapes() == shapes_of_genanki()


@pytest.mark.parametrize("bank", [FIRST_BANK, HARD_BANK], ids=["first", "hard"])
def test_collections_hold_what_genanki_writes(bank: Path, tmp_path: Path) -> None:
    whole, *parts = plans_of(bank)
    for plan in (whole, replace(whole, preset=PRESET), replace(whole, preset=None), *parts[:2]):
        assert_same(plan, tmp_path)


def test_large_packages_hold_what_genanki_writes(many: PackagePlan, tmp_path: Path) -> None:
    assert_same(many, tmp_path)
    # Rows are written in the order of ids, whatever the order of study is.
    backwards = replace(many, notes=many.notes[::-1])
    assert_same(backwards, tmp_path)
    assert write_apkg(many, tmp_path / "a.apkg") == write_apkg(backwards, tmp_path / "b.apkg")


# Anki's own have 41 bits; those of other packages may be anything.
IDS = st.integers(1 << 40, 1 << 41) | st.sampled_from([1, 2, 127, -1, -(1 << 50), 1 << 42, 1 << 47, 1 << 60])


@given(
    st.dictionaries(IDS, st.lists(IDS | st.integers(), max_size=70), min_size=1, max_size=40),
    st.lists(st.integers(0, 1 << 31) | st.integers(0, 2), min_size=1, max_size=4),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_notes_and_cards_of_any_ids_are_packed_as_genanki_packs_them(
    small_plan: PackagePlan, tmp_path: Path, ids: dict[int, list[int]], numbers: list[int]
) -> None:
    model, known = small_plan.notes[0], set[int]()
    notes = []
    for at, (note_id, card_ids) in enumerate(ids.items()):
        own = tuple(dict.fromkeys(i for i in card_ids if i not in known and -(1 << 63) <= i < 1 << 63))
        known.update(own)
        content = replace(model.content, ords=tuple(range(len(own))))
        number = numbers[at % len(numbers)]
        notes.append(replace(model, content=content, id=note_id, card_ids=own, due=number, mod=number))
    assert_same(replace(small_plan, notes=tuple(notes)), tmp_path)


def test_anki_takes_large_packages_as_small_ones(many: PackagePlan, tmp_path: Path, learner: Bench) -> None:
    """The collection of the one has another size of pages than that of the other."""
    few = replace(many, notes=many.notes[:20])
    sizes = []
    for plan, counts in ((few, ImportCounts(new=20)), (many, ImportCounts(new=MANY - 20, duplicate=20))):
        write_apkg(plan, tmp_path / "written.apkg")
        with zipfile.ZipFile(tmp_path / "written.apkg") as archive:
            sizes.append(archive.read("collection.anki2")[16:18])
        assert learner.import_package(tmp_path / "written.apkg") == counts
        assert learner.repairs() == []
    assert sizes[0] != sizes[1]


# What the fast way looks out for, and the characters that JSON escapes.
TEXTS = st.lists(
    st.sampled_from(
        ["a", " ", "\n", "\t", "\x01", '"', "\\", "é", "\u2028", "😀", "&amp;", "&", "&lt;img src=x&gt;", "<b>", "</b>", "<", ">",
         "<!--", "-->", "<STYLE>", "</style>", "<script>", "</script>", "<img src=a.png>", "<IMG alt=x src='b c.png'>", "<img", "src="]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(st.lists(TEXTS, min_size=14, max_size=14), st.lists(TEXTS, max_size=2), st.integers(0, 13))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_any_text_is_packed_as_genanki_packs_it(
    small_plan: PackagePlan, tmp_path: Path, fields: list[str], tags: list[str], sort_field: int
) -> None:
    note = small_plan.notes[0]
    content = replace(note.content, fields=tuple(fields), tags=tuple(tags))
    kinds = tuple(replace(kind, sort_field=sort_field) for kind in small_plan.note_types)
    assert_same(replace(small_plan, notes=(replace(note, content=content),), note_types=kinds), tmp_path)
