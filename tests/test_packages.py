"""Packages as files: the same bytes everywhere, ids that last, whole media, and no half-written folder."""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import textwrap
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from banks import (
    COMMITTED_MANIFEST,
    FIRST_TIME,
    BuiltBank,
    Package,
    PackedNote,
    built,
    files_in,
    forget_what_was_shipped,
    make_bank,
    plans_of,
    question,
    questions,
    read_package,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from ankiexport.deflaters import ZLIB, Deflater
from ankiexport.errors import OutputError, UnknownLevelError
from ankiexport.fields import Fields
from ankiexport.formats.apkg import write_apkg
from ankiexport.media import MAX_NAME_BYTES
from ankiexport.notes import DeckPreset, PackagePlan
from ankiexport.pipeline import build_bank

SOME = settings(max_examples=25, deadline=None, derandomize=True)

NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and limits of POSIX")

# The SHA-256 of `_sample` as the zlib deflates it that wrote the committed manifest's digests. Where another
# one is at work (zlib-ng, say), packages hold the same and are other bytes.
ZLIB_SAMPLE = "09eaf30c9fa0a3f06090a137cb21a50908f0b98d1a493a1e0868ae550fd18852"

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'

# Two levels, both kinds of notes, media, and a preset: everything that a package can hold.
FULL: dict[str, str | bytes] = {
    "one.yaml": questions(
        "one",
        question(
            "first",
            hint=["Think.", "Think again."],
            facts=[{"id": "first-fact", "text": "{{c1::A}}, {{c2::B}}."}],
        ),
        question("second", answer="![seen](media/a.svg)", tags=["topic::x"]),
    ),
    "two.md": "---\nlevel: two\n---\n\n## Which one? {#third}\n\n### Answer\n\nThe ![third](media/b.svg).\n",
    "media/a.svg": PICTURE,
    "media/b.svg": PICTURE + b"\n",
}
REVISED: dict[str, str | bytes] = {
    "one.yaml": questions("one", question("first", answer="New, and without facts.")),
    "two.md": "---\nlevel: two\n---\n\n## Which one? {#third}\n\n### Answer\n\nNone.\n",
}
FULL_SETTINGS: dict[str, object] = {
    "preset": {"name": "Calm", "new_cards_per_day": 3},
    "description": "All of it.",
}
FULL_NAMES = ["small-bank-one-facts.apkg", "small-bank-one.apkg", "small-bank-two.apkg", "small-bank.apkg"]

# The ids of the bank above. Whatever moves one of them gives every learner of every bank the cards anew.
KNOWN_IDS: dict[str, object] = {
    "deck Small bank::1 One": 1600577472908,
    "note type Small bank (cloze)": 1601942396042,
    "note type Small bank (question)": 1694320404846,
    "guid first": "lfd7wcbd3dquyyqq",
    "note first": 1634961154380,
    "card first 0": 1689112554459,
    "guid first-fact": "a5feq677io4u3pxa",
    "note first-fact": 1720246745421,
    "card first-fact 0": 1646442662691,
    "card first-fact 1": 1664677298064,
}

# Fields and card templates of the note types that ship, with their ids.
FROZEN_SCHEMAS = {
    "question": (
        1606467251450,
        [
            (101, "Question"), (102, "Hints"), (103, "Answer"), (104, "Key points"), (105, "Pitfalls"),
            (106, "Follow-ups"), (107, "Sources"), (108, "Level"), (109, "Topics"), (110, "Changed"),
            (111, "Retired"), (112, "ID"), (113, "Spare 1"), (114, "Spare 2"),
        ],
        [(201, "Question")],
    ),
    "cloze": (
        1646822564689,
        [
            (101, "Text"), (102, "Hints"), (103, "Extra"), (104, "Sources"), (105, "Level"), (106, "Topics"),
            (107, "Changed"), (108, "Retired"), (109, "ID"), (110, "Spare 1"), (111, "Spare 2"),
        ],
        [(201, "Cloze")],
    ),
}  # fmt: skip

MEDIA: dict[str, str | bytes] = {
    f"media/{name}": f"the bytes of {name}"
    for name in (
        "a/pic.png", "b/pic.png", "two words.png", "two words.mp3", "100%.png", "été.png", "a&b.png", "a&b.mp3",
        "talk.mp3", "film.mp4", "nobody-refers-to-this.png",
    )
}  # fmt: skip


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder to build into, which is not there yet."""
    return tmp_path / "out"


@pytest.fixture
def full_bank(tmp_path: Path) -> Path:
    """A small bank that has some of everything."""
    return make_bank(tmp_path, FULL, **FULL_SETTINGS)


@pytest.fixture
def empty_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, empty and watched."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


# The same bytes everywhere


def test_packages_are_the_same_bytes_wherever_and_whenever_they_are_built(tmp_path: Path) -> None:
    """Builds that differ in all that must not matter; the bank is large enough to be rendered in two processes."""
    many = [question(f"q{number}", answer=f"![p](media/{number % 7}.svg)") for number in range(130)]
    pictures: dict[str, str | bytes] = {f"media/{number}.svg": PICTURE + b" " * number for number in range(7)}
    parts = {f"many/{start}.yaml": questions("two", *many[start : start + 10]) for start in range(0, 130, 10)}
    files = {**FULL, **pictures, **parts}
    plain, strange = tmp_path / "plain", tmp_path / "else" / "where é"
    for folder, items in ((plain, list(files.items())), (strange, list(reversed(files.items())))):
        bank = make_bank(folder, dict(items), **FULL_SETTINGS)
        for number, path in enumerate(sorted(bank.rglob("*"))):
            os.utime(
                path, (number * 1e6, number * 1e6) if folder is plain else (1.9e9 - number, 1.9e9 - number)
            )
    turkish = {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}
    ascii_only = {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    runs = [
        _start(
            plain / "bank",
            tmp_path / "1",
            {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
            tmp_path,
        ),
        _start(
            Path("bank"),
            tmp_path / "2",
            {"PYTHONHASHSEED": "2", **turkish},
            strange,
            jobs=2,
            umask=0o077,
            days=400,
        ),
        _start(
            Path("../bank"), tmp_path / "3", {"PYTHONHASHSEED": "3", **ascii_only}, plain / "bank", days=-9000
        ),
    ]
    errors = [run.communicate(timeout=60)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], errors
    assert not any("Traceback" in text for text in errors)
    results = [files_in(tmp_path / str(number)) for number in (1, 2, 3)]
    assert sorted(results[0]) == ["manifest.json", *FULL_NAMES]
    assert results[0] == results[1] == results[2]


def test_building_twice_into_one_folder_changes_nothing(full_bank: Path, out: Path) -> None:
    assert build_bank(full_bank, out).removed == ()
    before = files_in(out)
    assert build_bank(full_bank, out).removed == ()
    assert files_in(out) == before


def test_zip_entries_are_deflated_and_bear_no_trace_of_the_run(full_bank: Path, out: Path) -> None:
    build_bank(full_bank, out)
    for name in FULL_NAMES:
        with zipfile.ZipFile(out / name) as archive:
            entries = archive.infolist()
            assert archive.testzip() is None
        media = [str(number) for number in range(len(entries) - 2)]
        assert [entry.filename for entry in entries] == ["collection.anki2", "media", *media]
        for entry in entries:
            assert entry.compress_type == zipfile.ZIP_DEFLATED
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.external_attr == 0o644 << 16
            assert entry.create_system == 3
            assert (entry.extra, entry.comment) == (b"", b"")
        assert sum(entry.compress_size for entry in entries) < sum(entry.file_size for entry in entries) / 2


def test_the_collection_says_nothing_of_its_sqlite(full_bank: Path, out: Path) -> None:
    build_bank(full_bank, out)
    with zipfile.ZipFile(out / "small-bank.apkg") as archive:
        header = archive.read("collection.anki2")[:100]
    assert header[24:28] == header[92:96] == b"\0\0\0\x01"
    assert header[96:100] == b"\0\x2e\x98\xbb"


def test_no_temporary_file_is_left(full_bank: Path, out: Path, empty_temp: Path) -> None:
    build_bank(full_bank, out)
    assert sorted(files_in(out)) == ["manifest.json", *FULL_NAMES]
    assert list(empty_temp.iterdir()) == []


@NOT_ON_WINDOWS
def test_packages_can_be_read_by_everybody(full_bank: Path, out: Path) -> None:
    mask = os.umask(0o022)
    try:
        build_bank(full_bank, out)
    finally:
        os.umask(mask)
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o644}


# The manifest


def test_the_committed_manifest_is_that_of_a_fresh_build(first_bank: BuiltBank) -> None:
    committed = json.loads(COMMITTED_MANIFEST.read_text(encoding="utf-8"))
    same = _without_container(committed) == _without_container(first_bank.manifest)
    assert same, "dist/manifest.json is of another bank: run make decks"
    if hashlib.sha256(zlib.compress(_sample(), ZLIB.level)).hexdigest() == ZLIB_SAMPLE:
        assert COMMITTED_MANIFEST.read_bytes() == (first_bank.folder / "manifest.json").read_bytes()


def test_the_manifest_tells_what_is_in_the_packages(full_bank: Path, out: Path) -> None:
    result = build_bank(full_bank, out)
    manifest = built(full_bank, out).manifest
    assert manifest["bank"] == {"title": "Small bank", "namespace": "tests/small-bank"}
    assert sorted(result.packages, key=lambda entry: str(entry["file"])) == manifest["packages"]
    assert [entry["file"] for entry in manifest["packages"]] == FULL_NAMES
    for entry in manifest["packages"]:
        data = (out / entry["file"]).read_bytes()
        package = read_package(out / entry["file"])
        cards = list(package.cards.values())
        tags = [tag for note in package.notes for tag in note.tags]
        assert entry["bytes"] == len(data)
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
        assert entry["notes"] == len(package.notes)
        assert entry["cards"] == len(cards)
        assert entry["media"] == len(package.media)
        assert entry["decks"] == {
            name: sum(card.deck == name for card in cards) for name in sorted(package.decks)
        }
        assert entry["tags"] == {tag: tags.count(tag) for tag in sorted(set(tags))}


def test_the_content_digest_changes_with_whatever_is_in_the_package(full_bank: Path, tmp_path: Path) -> None:
    """Each leaf of a plan is changed in turn: the digest is another one when, and only when, the bytes are."""
    plan = plans_of(full_bank)[0]
    digest, data = _written(plan, tmp_path)
    told: set[str] = set()
    silent: set[str] = set()
    for path, changed in [*_changed_leaves(plan), *_changed_together(plan, tmp_path)]:
        its_digest, its_data = _written(changed, tmp_path)
        differs = its_data != data
        assert (its_digest != digest) is differs, path
        # Digests are notes on the content itself.
        if "position" not in path and "digests" not in path:
            (told if differs else silent).add(_INDEX.sub("", path))
    assert told >= {f"notes.{name}" for name in ("id", "guid", "due", "mod", "card_ids")}
    assert told >= {f"notes.content.{name}" for name in ("fields", "tags", "ords", "media.name")}
    assert told >= {
        f"note_types.{name}"
        for name in ("id", "name", "css", "cloze", "sort_field", "mod", "fields.description")
    }
    assert told >= {f"note_types.templates.{name}" for name in ("id", "name", "front", "back")}
    assert told >= {f"preset.{field.name}" for field in dataclass_fields(DeckPreset)}
    assert told >= {"decks.id", "decks.description", "deck moved", "deck renamed", "media", "preset"}
    own = {f"notes.content.{name}" for name in ("key", "level", "is_fact", "text", "is_retired", "deck")}
    own |= {f"note_types.{name}" for name in ("schema_version", "schema_mod")}
    assert silent == {"title", "file_name", "search", *own}


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"])), min_size=2, max_size=2))
@SOME
def test_the_content_digest_tells_texts_apart(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = plans_of(make_bank(Path(folder), {"a.yaml": questions("one", question("q"))}))[0]
        note = plan.notes[0]
        plans = [
            replace(plan, notes=(replace(note, content=replace(note.content, fields=(text,) * 14)),))
            for text in texts
        ]
        first, second = (_written(plan, Path(folder)) for plan in plans)
    assert (first[0] == second[0]) is (first[1] == second[1]) is (texts[0] == texts[1])


def test_the_content_digest_is_that_of_the_content_however_it_is_compressed(
    full_bank: Path, tmp_path: Path
) -> None:
    plan = plans_of(full_bank)[0]
    first = _written(plan, tmp_path)
    second = _written(plan, tmp_path, ZLIB._replace(level=9))
    assert first[0] == second[0]
    assert first[1] != second[1]


# Ids


def test_ids_are_those_that_learners_already_have(full_bank: Path, out: Path) -> None:
    build_bank(full_bank, out)
    package = read_package(out / "small-bank.apkg")
    assert {key: package.ids[key] for key in KNOWN_IDS} == KNOWN_IDS


def test_the_schemas_of_the_note_types_are_frozen(first_bank: BuiltBank) -> None:
    """Another schema costs every learner a full sync, and leaves their notes without updates."""
    schemas = {}
    for key, data in first_bank.whole.note_types.items():
        parts = [[(item["id"], item["name"]) for item in data[part]] for part in ("flds", "tmpls")]
        schemas[data["name"].rpartition("(")[2].rstrip(")")] = (key, *parts)
    assert schemas == FROZEN_SCHEMAS


def test_ids_do_not_depend_on_texts_files_or_places(full_bank: Path, tmp_path: Path) -> None:
    before = _whole(full_bank, tmp_path / "before")
    for name in FULL:
        if "media" not in name:
            (full_bank / name).unlink()
    moved: dict[str, str | bytes] = {
        "z/9.yaml": questions(
            "one",
            question("second", question="Another text?", answer="None.", hint="One.", tags=["topic::y"]),
            question("new", answer="A question in between."),
            question("first", facts=[{"id": "first-fact", "text": "{{c2::Both}} {{c1::texts}} are others."}]),
        ),
        "a.yaml": questions("two", question("third", answer="In another form.")),
    }
    make_bank(
        tmp_path,
        moved,
        **{**FULL_SETTINGS, "title": "Renamed", "deck": "Small bank", "file_name": "small-bank"},
    )
    after = _whole(full_bank, tmp_path / "after")
    assert {key: after.ids[key] for key in before.ids if not key.startswith("note type")} == {
        key: value for key, value in before.ids.items() if not key.startswith("note type")
    }
    assert sorted(after.note_types) == sorted(before.note_types)
    assert [note.key for note in after.notes] == ["second", "new", "first", "first-fact", "third"]


def test_questions_come_in_the_natural_order_of_their_files(tmp_path: Path, out: Path) -> None:
    names = ["1", "2", "9", "10", "a", "B", "part-2/x", "part-2/y", "part-10/a"]
    files = {f"{name}.yaml": questions("one", question(f"q{place}")) for place, name in enumerate(names)}
    package = _whole(make_bank(tmp_path, dict(sorted(files.items()))), out)
    assert [note.key for note in package.notes] == [f"q{place}" for place in range(len(names))]


def test_ids_do_not_depend_on_the_level(tmp_path: Path) -> None:
    make_bank(
        tmp_path,
        {"a.yaml": questions("one", question("a"), question("b")), "b.yaml": questions("two", question("c"))},
    )
    before = _whole(tmp_path / "bank", tmp_path / "before").by_key
    make_bank(
        tmp_path,
        {"a.yaml": questions("one", question("a")), "b.yaml": questions("two", question("c"), question("b"))},
    )
    after = _whole(tmp_path / "bank", tmp_path / "after").by_key
    assert after["b"].cards[0].deck != before["b"].cards[0].deck
    for key, note in after.items():
        assert _identity(note) == _identity(before[key])


def test_another_namespace_shares_no_id(full_bank: Path, tmp_path: Path) -> None:
    before = _whole(full_bank, tmp_path / "before")
    make_bank(tmp_path, {}, **{**FULL_SETTINGS, "namespace": "tests/small-bank-2"})
    forget_what_was_shipped(full_bank)
    after = _whole(full_bank, tmp_path / "after")
    assert sorted(before.ids) == sorted(after.ids)
    assert not set(before.ids.values()) & set(after.ids.values())
    assert before.preset is not None
    assert after.preset is not None
    assert before.preset["id"] != after.preset["id"]


def test_ids_are_all_different_and_of_the_past(first_bank: BuiltBank) -> None:
    ids = list(first_bank.whole.ids.values())
    assert len(set(ids)) == len(ids)
    numbers = [number for number in ids if isinstance(number, int)]
    assert 1_600_000_000_000 <= min(numbers) < max(numbers) < 1_600_000_000_000 + 2**37
    guids = [note.guid for note in first_bank.whole.notes]
    assert all(
        len(guid) == 16 and guid.isascii() and guid.isalnum() and guid == guid.lower() for guid in guids
    )


def test_a_preset_with_other_values_has_another_id(full_bank: Path, tmp_path: Path) -> None:
    values = [
        ("name", "Other"),
        ("new_cards_per_day", 4),
        ("reviews_per_day", 99),
        ("desired_retention", 0.85),
    ]
    presets = [_whole(full_bank, tmp_path / "0").preset]
    for key, value in values:
        make_bank(tmp_path, {}, preset={"name": "Calm", "new_cards_per_day": 3, key: value})
        presets.append(_whole(full_bank, tmp_path / key).preset)
    assert len({preset["id"] for preset in presets if preset}) == 1 + len(values)


@st.composite
def _spread_questions(draw: st.DrawFn) -> tuple[dict[str, str | bytes], list[str]]:
    """Draw a way of spreading the same questions over files, and an order of writing them."""
    names = draw(st.permutations(["a.yaml", "10.yaml", "9.yaml", "B/x.yaml", "é.yaml"]))
    keys = draw(st.permutations([f"key-{number}" for number in range(6)]))
    homes = [draw(st.sampled_from(names)) for _ in keys]
    texts: dict[str, str | bytes] = {}
    for name in names:
        own = [question(key) for key, home in zip(keys, homes, strict=True) if home == name]
        if own:
            texts[name] = questions(draw(st.sampled_from(["one", "two"])), *own)
    return texts, sorted(keys)


@given(_spread_questions())
@SOME
def test_ids_do_not_depend_on_how_questions_are_spread_over_files(
    spread: tuple[dict[str, str | bytes], list[str]],
) -> None:
    files, keys = spread
    with tempfile.TemporaryDirectory() as folder:
        notes = plans_of(make_bank(Path(folder), files))[0].notes
        alone = plans_of(
            make_bank(Path(folder) / "alone", {"q.yaml": questions("one", *map(question, keys))})
        )[0].notes
    known = {note.content.key: (note.id, note.guid, note.card_ids) for note in notes}
    assert known == {note.content.key: (note.id, note.guid, note.card_ids) for note in alone}
    assert [note.due for note in notes] == [10, 20, 30, 40, 50, 60]


# Media


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("![p](media/a/pic.png)", "a/pic.png"),
        ("![p](a/pic.png)", "a/pic.png"),
        ("![p](media/b/pic.png)", "b/pic.png"),
        ("![p](media/two%20words.png)", "two words.png"),
        ("![p](<media/two words.png>)", "two words.png"),
        ("![p](media/100%25.png)", "100%.png"),
        ("![p](media/%C3%A9t%C3%A9.png)", "été.png"),
        ("![p](media/e\u0301te\u0301.png)", "été.png"),
        ("![p](media/e%CC%81te%CC%81.png)", "été.png"),
        ('<img src="media/a&amp;b.png">', "a&b.png"),
        ("![p](media/a&b.png)", "a&b.png"),
        ('<img alt="p" src="media/a/pic.png" class="wide">', "a/pic.png"),
        ("![how to write src=x.png](media/a/pic.png)", "a/pic.png"),
        ("<img src='media/a/pic.png'>", "a/pic.png"),
        ("<IMG SRC=media/a/pic.png>", "a/pic.png"),
        ('<img\n  src = "media/a/pic.png">', "a/pic.png"),
        ('<audio controls src="media/talk.mp3"></audio>', "talk.mp3"),
        ('<video src="media/film.mp4"></video>', "film.mp4"),
        ('<video><source src="media/film.mp4" type="video/mp4"></video>', "film.mp4"),
        ('<object data="media/a/pic.png"></object>', "a/pic.png"),
        ("[sound:media/talk.mp3]", "talk.mp3"),
        ("[sound:a&b.mp3]", "a&b.mp3"),
        ("[sound:two words.mp3]", "two words.mp3"),
    ],
)
def test_a_reference_is_rewritten_and_its_file_packed(
    written: str, name: str, tmp_path: Path, out: Path
) -> None:
    package = _whole(
        make_bank(tmp_path, {**MEDIA, "a.yaml": questions("one", question("q", answer=written))}), out
    )
    data = f"the bytes of {name}".encode()
    folder, _slash, base = name.rpartition("/")
    stem, dot, suffix = base.rpartition(".")
    stored = f"{stem}-{hashlib.sha256(data).hexdigest()[:12]}{dot}{suffix}"
    assert package.media == {stored: data}
    html = package.notes[0].fields["Answer"].replace("SRC=", "src=")
    escaped = stored.replace("&", "&amp;")
    assert f'src="{escaped}"' in html or f'data="{escaped}"' in html or f"[sound:{escaped}]" in html
    assert "media/" not in html
    assert not folder or f"{folder}/" not in html


@pytest.mark.parametrize(
    "written",
    [
        '<a href="media/talk.mp3">listen</a>',
        "`![p](media/a/pic.png)`",
        '`<img src="media/a/pic.png">`',
        '```html\n<img src="media/a/pic.png">\n```',
        '<!-- <span src="media/a/pic.png"> -->',
        '<img src="data:image/png;base64,AAAA" data-src="media/a/pic.png">',
    ],
)
def test_what_is_no_reference_stays(written: str, tmp_path: Path, out: Path) -> None:
    package = _whole(
        make_bank(tmp_path, {**MEDIA, "a.yaml": questions("one", question("q", answer=written))}), out
    )
    assert package.media == {}
    assert "media/" in package.notes[0].fields["Answer"]


def test_two_files_of_one_base_name_stay_two(tmp_path: Path, out: Path) -> None:
    answer = "![a](media/a/pic.png) ![b](media/b/pic.png) ![a](media/a/pic.png)"
    package = _whole(
        make_bank(tmp_path, {**MEDIA, "a.yaml": questions("one", question("q", answer=answer))}), out
    )
    assert sorted(package.media.values()) == [b"the bytes of a/pic.png", b"the bytes of b/pic.png"]
    html = package.notes[0].fields["Answer"]
    assert [html.count(name) for name in sorted(package.media, key=package.media.__getitem__)] == [2, 1]


def test_other_bytes_come_under_another_name(tmp_path: Path) -> None:
    files = {"a.yaml": questions("one", question("q", answer="![p](media/p.png)"))}
    before = _whole(make_bank(tmp_path, {**files, "media/p.png": b"one"}), tmp_path / "before")
    after = _whole(make_bank(tmp_path, {**files, "media/p.png": b"two"}), tmp_path / "after")
    assert not set(before.media) & set(after.media)
    assert before.notes[0].guid == after.notes[0].guid
    assert before.notes[0].fields != after.notes[0].fields


def test_each_package_has_the_media_of_its_own_notes(full_bank: Path, out: Path) -> None:
    build_bank(full_bank, out)
    stems = {name: sorted(media[0] for media in read_package(out / name).media) for name in FULL_NAMES}
    assert list(stems.values()) == [[], ["a"], ["b"], ["a", "b"]]


def test_long_names_fit_into_anki_or_are_refused(tmp_path: Path, out: Path) -> None:
    longest = "é" * ((MAX_NAME_BYTES - 13 - 4) // 2) + ".png"
    for name, fits in ((longest, True), (f"x{longest}x", False)):
        files: dict[str, str | bytes] = {
            f"media/{name}": b"",
            "a.yaml": questions("one", question("q", answer=f"![p](media/{name})")),
        }
        result = build_bank(make_bank(tmp_path, files), out)
        assert [problem.code for problem in result.diagnostics if problem.is_error] == (
            [] if fits else ["media-name"]
        )
    assert max(len(name.encode()) for name in read_package(out / "small-bank.apkg").media) <= MAX_NAME_BYTES


# A folder that is never half-written


def test_a_bank_with_errors_leaves_everything_as_it_was(full_bank: Path, out: Path, empty_temp: Path) -> None:
    build_bank(full_bank, out)
    before = files_in(out)
    make_bank(full_bank.parent, {"two.yaml": "level: two\nquestions: [{id: x, question: '', answer: no}]\n"})
    result = build_bank(full_bank, out)
    assert result.has_errors
    assert (result.packages, result.removed) == ((), ())
    assert files_in(out) == before
    assert list(empty_temp.iterdir()) == []


def test_an_unknown_level_writes_nothing(full_bank: Path, out: Path) -> None:
    with pytest.raises(UnknownLevelError):
        build_bank(full_bank, out, levels=["three"])
    assert not out.exists()


@pytest.mark.parametrize(
    "in_the_way", ["out", "out/small-bank-two.apkg/x", "out/manifest.json/x", "out/small-bank.apkg/x"]
)
def test_what_is_in_the_way_is_left_alone(
    in_the_way: str, full_bank: Path, tmp_path: Path, empty_temp: Path
) -> None:
    path = tmp_path / in_the_way
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    for target in (
        (tmp_path / "out", tmp_path / "out" / "deeper") if in_the_way == "out" else (tmp_path / "out",)
    ):
        before = files_in(tmp_path)
        with pytest.raises(OutputError, match="Nothing was changed"):
            build_bank(full_bank, target)
        assert files_in(tmp_path) == before
    assert list(empty_temp.iterdir()) == []


def test_folders_made_in_vain_are_removed_again(
    full_bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ankiexport.writing.write_apkg", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        build_bank(full_bank, tmp_path / "new" / "out")
    assert not (tmp_path / "new").exists()


@NOT_ON_WINDOWS
@pytest.mark.parametrize("kilobytes", [1, 12, 40])
def test_a_full_disk_changes_nothing_and_is_said_in_one_line(
    kilobytes: int, tmp_path: Path, out: Path
) -> None:
    """The limit is met by the media, by the database or by the first byte; SQLite's errors are its own."""
    noise = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(2000))
    bank = make_bank(tmp_path, {**FULL, "media/a.svg": noise})
    build_bank(make_bank(tmp_path / "old", FULL), out)
    before = files_in(out)
    script = """
        import resource, sys
        from ankiexport.__main__ import main
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), before[1]))
        try:
            main()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        """
    command = [
        sys.executable,
        "-c",
        textwrap.dedent(script),
        str(kilobytes * 1024),
        "build",
        str(bank),
        "-o",
        str(out),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert files_in(out) == before
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert run.stderr.count("\n") == 1


@NOT_ON_WINDOWS
def test_a_killed_build_leaves_files_that_go_together(tmp_path: Path) -> None:
    """The build is killed before each thing that it does to a file, one after the other."""
    before, after, killed = _killed_builds(tmp_path)
    assert len(killed) > len(before) * 2
    states = set()
    for folder in killed:
        found = _shown(folder)
        assert all(data in (before.get(name), after.get(name)) for name, data in found.items())
        # The old manifest is there until all that the new one lists is, and the new lock comes after all.
        new = {name for name, data in after.items() if found.get(name) == data != before.get(name)}
        if "out/manifest.json" in new:
            assert new >= {name for name in after if name.endswith(".apkg")}
        if "bank/bank.lock" in new:
            assert found == after
        states.add(len(new))
    assert states >= {0, 1, 3, 5}


@NOT_ON_WINDOWS
def test_a_build_after_a_killed_one_is_as_good_as_any(tmp_path: Path) -> None:
    """What may be out already keeps the time of the killed build; else the later one is as if alone."""
    before, after, killed = _killed_builds(tmp_path)
    alone = tmp_path / "alone"
    _built_and_revised(alone)
    build_bank(alone / "bank", alone / "out", now=LATER + 999)
    results = set()
    for folder in killed:
        began = any(found == after.get(name) != before.get(name) for name, found in _shown(folder).items())
        result = build_bank(folder / "bank", folder / "out", now=LATER + 999)
        assert not result.has_errors
        assert files_in(folder) in (after, files_in(alone))
        assert files_in(folder) == after or not began
        results.add(files_in(folder) == after)
    assert results == {False, True}


def test_a_build_that_fails_half_way_says_so(
    full_bank: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows lets nobody replace a file that a program has open, such as a package that Anki imports."""
    build_bank(full_bank, out)
    before = files_in(out)
    make_bank(full_bank.parent, REVISED, **FULL_SETTINGS)
    replace_file = Path.replace

    def held_open(self: Path, target: Path) -> Path:
        if target.name == "small-bank-two.apkg":
            raise PermissionError(13, "it is open in another program")
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", held_open)
    with pytest.raises(OutputError, match="open in another program") as caught:
        build_bank(full_bank, out)
    assert ("Nothing was changed" in str(caught.value)) is (files_in(out) == before)
    assert sorted(files_in(out)) == sorted(before)
    monkeypatch.undo()
    build_bank(full_bank, out)
    assert sorted(files_in(out)) == ["manifest.json", *FULL_NAMES]


def test_packages_that_the_bank_no_longer_makes_are_removed_and_nothing_else(
    full_bank: Path, out: Path
) -> None:
    build_bank(full_bank, out)
    foreign = {"other.apkg": b"not ours", "small-bank-three.apkg": b"nor this", "notes.txt": b"nor this"}
    for name, data in foreign.items():
        (out / name).write_bytes(data)
    (full_bank / "two.md").unlink()
    forget_what_was_shipped(full_bank)
    result = build_bank(full_bank, out)
    assert result.removed == ("small-bank-two.apkg",)
    assert sorted(files_in(out)) == sorted([*foreign, "manifest.json", *FULL_NAMES[:2], "small-bank.apkg"])
    assert foreign.items() <= files_in(out).items()


@pytest.mark.parametrize(
    "name", ["../mine.apkg", "/etc/mine.apkg", "sub/mine.apkg", "mine.txt", "..", "", None, 7, ["mine.apkg"]]
)
def test_a_strange_manifest_removes_nothing(name: object, full_bank: Path, out: Path) -> None:
    for path in (out.parent / "mine.apkg", out / "sub" / "mine.apkg", out / "mine.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"mine")
    manifest = {"bank": {"namespace": "tests/small-bank"}, "packages": [{"file": name}, None, "mine.apkg"]}
    (out / "manifest.json").write_text(json.dumps(manifest))
    before = files_in(out.parent)
    assert build_bank(full_bank, out).removed == ()
    after = files_in(out.parent)
    assert {
        path: data for path, data in before.items() if path != "out/manifest.json"
    }.items() <= after.items()


def test_two_banks_in_one_folder_leave_each_others_packages_alone(
    full_bank: Path, tmp_path: Path, out: Path
) -> None:
    build_bank(full_bank, out)
    before = {name: data for name, data in files_in(out).items() if name.endswith(".apkg")}
    other = make_bank(tmp_path / "other", FULL, title="Other", namespace="tests/other")
    for bank in (other, full_bank):
        assert build_bank(bank, out).removed == ()
        assert before.items() <= files_in(out).items()
    assert built(full_bank, out).names == FULL_NAMES


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b'{"packages": []}',
        b'{"bank": 1, "packages": []}',
        b'{"bank": {"namespace": "tests/small-bank"}, "packages": null}',
        b'{"bank": {"namespace": "tests/small-bank"}, "packages": {"file": "x.apkg"}}',
    ],
)
def test_an_unreadable_manifest_is_replaced(text: bytes, full_bank: Path, out: Path) -> None:
    out.mkdir()
    (out / "manifest.json").write_bytes(text)
    assert build_bank(full_bank, out).removed == ()
    assert built(full_bank, out).names == FULL_NAMES


# One level alone


def test_a_level_alone_is_the_same_package_and_keeps_the_others(full_bank: Path, out: Path) -> None:
    build_bank(full_bank, out)
    before = files_in(out)
    for name in ("small-bank-one.apkg", "small-bank-one-facts.apkg"):
        (out / name).write_bytes(b"spoilt")
    result = build_bank(full_bank, out, levels=["one"])
    assert {str(entry["file"]) for entry in result.packages} == set(FULL_NAMES[:2])
    assert result.removed == ()
    assert files_in(out) == before


def test_a_level_alone_in_a_new_folder_is_listed_alone(full_bank: Path, tmp_path: Path, out: Path) -> None:
    build_bank(full_bank, tmp_path / "all")
    build_bank(full_bank, out, levels=["two"])
    assert built(full_bank, out).names == ["small-bank-two.apkg"]
    assert files_in(out)["small-bank-two.apkg"] == files_in(tmp_path / "all")["small-bank-two.apkg"]


def test_a_level_alone_removes_what_it_no_longer_makes(full_bank: Path, tmp_path: Path, out: Path) -> None:
    build_bank(full_bank, out)
    make_bank(tmp_path, REVISED, **FULL_SETTINGS)
    forget_what_was_shipped(full_bank)
    assert build_bank(full_bank, out, levels=["two"]).removed == ()
    assert build_bank(full_bank, out, levels=["one"]).removed == ("small-bank-one-facts.apkg",)
    assert built(full_bank, out).names == FULL_NAMES[1:]


def test_a_package_that_is_gone_is_listed_no_more(full_bank: Path, out: Path) -> None:
    build_bank(full_bank, out)
    (out / "small-bank.apkg").unlink()
    build_bank(full_bank, out, levels=["two"])
    assert built(full_bank, out).names == FULL_NAMES[:3]


def _start(
    bank: Path,
    out: Path,
    env: Mapping[str, str],
    folder: Path,
    *,
    jobs: int = 1,
    umask: int = 0o022,
    days: int = 0,
) -> subprocess.Popen[str]:
    """Start a build in a process of its own, with the clock some days off."""
    script = f"import time\nnow = time.time\ntime.time = lambda: now() + {days} * 86400\n"
    script += "from ankiexport.__main__ import main\nmain()"
    arguments = ["build", str(bank), "--out", str(out), "--jobs", str(jobs), "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(FIRST_TIME), **env},
        umask=umask if sys.platform != "win32" else -1,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# When the bank of the killed builds was revised.
LATER = FIRST_TIME + 86_400


def _built_and_revised(folder: Path) -> None:
    """Make a bank and build it, then edit it."""
    bank = make_bank(folder, FULL, **FULL_SETTINGS)
    build_bank(bank, folder / "out", now=FIRST_TIME)
    make_bank(folder, REVISED, **FULL_SETTINGS)


def _killed_builds(folder: Path) -> tuple[dict[str, bytes], dict[str, bytes], list[Path]]:
    """Return the files before and after a build, and folders where it was killed, each one step further."""
    # Audit hooks hear of every open, rename and removal before it happens. A fork for each build keeps it fast.
    # A file that is there must not be opened for writing: a kill in the middle of that would spoil it.
    script = """
        import os, shutil, signal, sys
        from pathlib import Path
        from ankiexport.pipeline import build_bank

        folder, now = Path(sys.argv[1]), int(sys.argv[2])
        shutil.copytree(folder / "before", folder / "after")
        build_bank(folder / "after" / "bank", folder / "after" / "out", now=now)
        steps = 0

        def step(event, arguments):
            global steps
            if event in {"open", "os.rename", "os.remove", "os.mkdir", "os.truncate"} and str(own) in str(arguments[0]):
                writes = event != "open" or arguments[2] & (os.O_WRONLY | os.O_RDWR)
                steps += bool(writes)
                if event == "open" and writes and not Path(arguments[0]).name.startswith("."):
                    os._exit(1)
                if steps == last:
                    os.kill(os.getpid(), signal.SIGKILL)

        for last in range(1, 200):
            own = folder / str(last)
            shutil.copytree(folder / "before", own)
            child = os.fork()
            if child == 0:
                sys.addaudithook(step)
                build_bank(own / "bank", own / "out", now=now)
                os._exit(0)
            status = os.waitpid(child, 0)[1]
            if status == 0:
                shutil.rmtree(own)
                break
            if status != signal.SIGKILL:
                sys.exit(f"the build ended with status {status}")
        """
    _built_and_revised(folder / "before")
    command = [sys.executable, "-c", textwrap.dedent(script), str(folder), str(LATER)]
    subprocess.run(command, check=True, timeout=60)
    killed = [folder / str(number) for number in range(1, 200) if (folder / str(number)).is_dir()]
    return files_in(folder / "before"), files_in(folder / "after"), killed


def _shown(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder but for the hidden ones."""
    return {name: data for name, data in files_in(folder).items() if "/." not in name}


def _whole(bank: Path, out: Path) -> Package:
    """Build a bank, and return the package with everything."""
    result = build_bank(bank, out)
    assert not result.has_errors, result.diagnostics
    return built(bank, out).whole


def _identity(note: PackedNote) -> tuple[object, ...]:
    return note.id, note.guid, [card.id for card in note.cards], note.note_type_id


def _written(plan: PackagePlan, folder: Path, deflater: Deflater = ZLIB) -> tuple[str, bytes]:
    """Write a package, and return the digest of its content and its bytes."""
    packed = write_apkg(plan, folder / "written.apkg", deflater)
    return packed.content_sha256, (folder / "written.apkg").read_bytes()


def _without_container(manifest: dict[str, object]) -> dict[str, object]:
    packages = manifest["packages"]
    assert isinstance(packages, list)
    bare = [
        {key: value for key, value in entry.items() if key not in {"sha256", "bytes"}} for entry in packages
    ]
    return {**manifest, "packages": bare}


def _sample() -> bytes:
    """Return text on which implementations of deflate differ."""
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(20_000)]
    words = [digest[: 3 + number % 7] for number, digest in enumerate(digests[:500])]
    return " ".join(words[int(digest[:8], 16) % 500] for digest in digests).encode()


def _changed_leaves(plan: PackagePlan) -> Iterator[tuple[str, PackagePlan]]:
    """Yield copies of a plan in each of which one number or text is changed, with the path to it."""
    for path, changed in _changed_values(plan, ""):
        assert isinstance(changed, PackagePlan)
        yield path, changed


def _changed_values(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if _INDEX.sub("", path) in _TIED:
        return
    if is_dataclass(value) and not isinstance(value, type):
        for field in dataclass_fields(value):
            name = f"{path}.{field.name}".lstrip(".")
            for inner, changed in _changed_values(getattr(value, field.name), name):
                yield inner, replace(value, **{field.name: changed})
    elif isinstance(value, tuple | Fields):
        # What lies between the first and the last is like them.
        for number in sorted({0, len(value) - 1} if value else ()):
            for inner, changed in _changed_values(value[number], f"{path}[{number}]"):
                yield inner, (*value[:number], changed, *value[number + 1 :])
    elif isinstance(value, str | bool | int | float):
        yield (
            path,
            f"{value}x" if isinstance(value, str) else not value if isinstance(value, bool) else value + 1,
        )


def _changed_together(plan: PackagePlan, folder: Path) -> Iterator[tuple[str, PackagePlan]]:
    """Yield copies of a plan in which things are changed that hang together."""
    first, *others = plan.notes
    elsewhere = next(deck.name for deck in plan.decks if deck.name != first.deck)
    yield "deck moved", replace(plan, notes=(replace(first, deck=elsewhere), *others))
    decks = tuple(
        replace(deck, name=f"{deck.name}x") if deck.name == first.deck else deck for deck in plan.decks
    )
    notes = (replace(note, deck=f"{note.deck}x") if note.deck == first.deck else note for note in plan.notes)
    yield "deck renamed", replace(plan, decks=decks, notes=tuple(notes))
    yield "preset", replace(plan, preset=None)
    (folder / "other.svg").write_bytes(b"other bytes")
    number, seen = next((number, note) for number, note in enumerate(plan.notes) if note.content.media)
    digest = hashlib.sha256(b"other bytes").hexdigest()
    other = replace(seen.content.media[0], path=folder / "other.svg", sha256=digest)
    note = replace(seen, content=replace(seen.content, media=(other,)))
    yield "media", replace(plan, notes=(*plan.notes[:number], note, *plan.notes[number + 1 :]))


_INDEX = re.compile(r"\[\d+\]")

# What names another part of the plan, so that it cannot be changed alone.
_TIED = {
    "note_types.key", "decks.name", "notes.deck", "notes.content.note_type", "notes.content.position",
    "notes.content.media.path", "notes.content.media.sha256", "notes.content.sorting",
}  # fmt: skip
