"""A package that is edited is, byte for byte, the one that is made anew."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from banks import make_bank, plans_of, question, questions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankiexport.formats.apkg import write_apkg
from ankiexport.formats.apkg_edit import CannotEdit, edit_apkg, shipped
from ankiexport.formats.collection_file import Kind
from ankiexport.notes import Note, PackagePlan


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> PackagePlan:
    """A package of as many notes as make several parts of notes and of cards, on large pages."""
    folder = tmp_path_factory.mktemp("large")
    items = [question(f"q{number}", answer=f"It is {number}. " * (number % 90 + 1)) for number in range(700)]
    parts = {f"{at}.yaml": questions("one", *items[at : at + 50]) for at in range(0, 700, 50)}
    return plans_of(make_bank(folder, dict(parts)))[0]


@pytest.fixture(scope="module")
def small(large: PackagePlan) -> PackagePlan:
    """A package on small pages."""
    return replace(large, notes=large.notes[:60])


@pytest.fixture(scope="module")
def tiny(large: PackagePlan) -> PackagePlan:
    """A package of one note."""
    return replace(large, notes=large.notes[3:4])


@pytest.fixture(scope="module")
def huge(small: PackagePlan) -> PackagePlan:
    """A package in which indexes and cards take more pages than their roots."""
    note = small.notes[0]
    notes = [
        replace(
            note,
            id=note.id + 977 * at,
            guid=f"{at}",
            card_ids=(note.card_ids[0] + 1_009 * at,),
            due=at,
            content=replace(note.content, fields=(f"What is {at}?", *note.content.fields[1:]), digests=None),
        )
        for at in range(6_000)
    ]
    return replace(small, notes=tuple(notes))


def edited(note: Note, text: str, later: int, first: str = "") -> Note:
    """Return a note whose fields have another text, and that is younger by some seconds."""
    own, *others = note.content.fields
    fields = (
        f"{first}{own}",
        *(f"{text}{field}" if number == 1 else field for number, field in enumerate(others, 1)),
    )
    return replace(note, content=replace(note.content, fields=fields, digests=None), mod=note.mod + later)


def shortened(note: Note) -> Note:
    """Return a note of whose fields but the first hardly anything is left."""
    first, *others = note.content.fields
    fields = (first, *(field[:5] for field in others))
    return replace(note, content=replace(note.content, fields=fields, digests=None), mod=note.mod + 1)


def assert_same(plan: PackagePlan, changes: dict[int, Note], folder: Path) -> None:
    """Edit a written package, and compare it with one that is made anew; edit the edited one once more."""
    known = shipped(plan, write_apkg(plan, folder / "before.apkg"))
    notes = tuple(changes.get(at, note) for at, note in enumerate(plan.notes))
    made = edit_apkg(known, folder / "before.apkg", list(changes.values()), folder / "edited.apkg")
    anew = replace(plan, notes=notes)
    if all(plan.notes[at].content.fields[0] == note.content.fields[0] for at, note in changes.items()):
        quick = folder / "quick.apkg"
        assert made == edit_apkg(
            known, folder / "before.apkg", list(changes.values()), quick, firsts_stay=True
        )
        assert quick.read_bytes() == (folder / "edited.apkg").read_bytes()
    assert made == shipped(anew, write_apkg(anew, folder / "anew.apkg"))
    assert (folder / "edited.apkg").read_bytes() == (folder / "anew.apkg").read_bytes()


@pytest.mark.parametrize("name", ["huge", "large", "small", "tiny"])
@given(
    texts=st.lists(
        st.sampled_from(["", "x", "ä" * 50, "long " * 300, "longer " * 1_000]), min_size=1, max_size=4
    ),
    random=st.randoms(use_true_random=False),
    first=st.sampled_from(["", "", "And ", "12 "]),
    later=st.integers(0, 3),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
def test_an_edited_package_is_the_one_that_is_made_anew(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    name: str,
    texts: list[str],
    random: Random,
    later: int,
    first: str,
) -> None:
    plan: PackagePlan = request.getfixturevalue(name)
    chosen = random.sample(range(len(plan.notes)), min(len(texts), len(plan.notes)))
    changes = {
        at: edited(plan.notes[at], text, later, first) for at, text in zip(chosen, texts, strict=False)
    }
    try:
        assert_same(plan, changes, tmp_path)
    except CannotEdit:
        # A package of one page has no room for more.
        assert name == "tiny"
        assert max(map(len, texts)) > 1_000


def test_a_table_that_fits_into_one_page_now_is_packed_anew(tmp_path: Path) -> None:
    """That page is its root then, to which no page leads."""
    items = [question(f"q{number}", answer=f"It is {number}. " * 100) for number in range(6)]
    plan = plans_of(make_bank(tmp_path, {"a.yaml": questions("one", *items)}))[0]
    assert_same(plan, {0: shortened(plan.notes[0])}, tmp_path)
    with pytest.raises(CannotEdit):
        assert_same(plan, {at: shortened(note) for at, note in enumerate(plan.notes)}, tmp_path)


def test_an_edit_makes_only_what_changed_anew(large: PackagePlan, tmp_path: Path) -> None:
    known = shipped(large, write_apkg(large, tmp_path / "before.apkg"))
    note = edited(large.notes[5], "another ", 7)
    made = edit_apkg(known, tmp_path / "before.apkg", [note], tmp_path / "edited.apkg")
    kinds = [
        before.kind
        for before, after in zip(known.packed.parts, made.packed.parts, strict=True)
        if before != after
    ]
    assert sorted(kinds) == ["cards", "front", "notes"] or sorted(kinds) == ["front", "notes"]


def test_media_are_copied_as_they_are(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"media/{number}.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>' + b" " * number
        for number in range(7)
    }
    items = [question(f"q{number}", answer=f"![p](media/{number % 7}.svg)") for number in range(20)]
    plan = plans_of(make_bank(tmp_path, {**files, "a.yaml": questions("one", *items)}))[0]
    assert len(plan.media) == 7
    assert_same(plan, {3: edited(plan.notes[3], "more ", 2)}, tmp_path)


def test_a_note_that_is_not_there_cannot_be_edited(
    small: PackagePlan, large: PackagePlan, tmp_path: Path
) -> None:
    known = shipped(small, write_apkg(small, tmp_path / "before.apkg"))
    with pytest.raises(CannotEdit):
        edit_apkg(known, tmp_path / "before.apkg", [large.notes[600]], tmp_path / "edited.apkg")


@pytest.mark.parametrize("text", ["", "y" * 500, "y" * 1_200])
def test_notes_that_fit_into_one_page_after_an_edit_have_no_page_above_it(tmp_path: Path, text: str) -> None:
    """They made two before; then the package is made anew."""
    items = [question(f"q{number}", answer=f"It is {number}.") for number in range(10)]
    plan = plans_of(make_bank(tmp_path, {"a.yaml": questions("one", *items)}))[0]
    long = replace(plan, notes=(edited(plan.notes[0], "z" * 3_000, 0), *plan.notes[1:]))
    known = shipped(long, write_apkg(long, tmp_path / "before.apkg"))
    assert [len(part.last) for part in known.packed.parts if part.kind is Kind.NOTES] == [2]
    with pytest.raises(CannotEdit):
        edit_apkg(known, tmp_path / "before.apkg", [edited(plan.notes[0], text, 1)], tmp_path / "edited.apkg")
