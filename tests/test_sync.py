"""A learner with two devices: Anki's own sync server, two collections, and an update that comes in between."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from anki.collection import Collection
from anki.sync import SyncAuth, SyncOutput
from anki_bench import Bench, ImportCounts, opened
from banks import FIRST_TIME, REPOSITORY, Package, build, make_bank, question, questions

if TYPE_CHECKING:
    # Imported before anki.collection, this module would find itself half imported.
    from anki.notes import Note

# When the second package is built: after what the learner did until then, which is now.
LATER = int(time.time()) + 60

# Anki's number for "update notes: always".
_ALWAYS = 1

USERS = 20
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>{}</title></svg>'

CHANGED = question("changed", facts=[{"id": "changed-fact", "text": "It is {{c1::so}} and {{c2::thus}}."}])
PICTURED = question("pictured", answer="![it](media/it.svg)")
FILES: dict[str, str | bytes] = {
    "one.yaml": questions("one", CHANGED, question("tagged"), question("reviewed"), PICTURED),
    "two.yaml": questions("two", question("removed"), question("other")),
    "media/it.svg": SVG.format("old"),
}
# One note changed, one added, one removed, and a picture replaced.
UPDATED: dict[str, str | bytes] = {
    "one.yaml": questions(
        "one", {**CHANGED, "answer": "Something else."}, question("tagged"), question("reviewed"), PICTURED
    ),
    "two.yaml": questions("two", question("other"), question("added", answer="![new](media/new.svg)")),
    "media/it.svg": SVG.format("another"),
    "media/new.svg": SVG.format("new"),
}


@dataclass(frozen=True)
class Server:
    """Anki's own sync server on this machine; it has `USERS` users, each for one test."""

    endpoint: str
    password: str
    users: Iterator[int]

    def new_user(self) -> str:
        """Return the name of a user who has nothing yet."""
        return f"user{next(self.users)}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start the server, and end it in the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = secrets.token_hex(8)
    environment = {
        **os.environ,
        **{f"SYNC_USER{number}": f"user{number}:{password}" for number in range(1, 1 + USERS)},
        "SYNC_HOST": "127.0.0.1",
        "SYNC_PORT": str(port),
        "SYNC_BASE": str(tmp_path_factory.mktemp("server")),
    }
    # Into a file, for a pipe that nobody reads would stop the server when it is full.
    log = tmp_path_factory.mktemp("log") / "log"
    with (
        log.open("wb") as stream,
        subprocess.Popen(
            [sys.executable, "-m", "anki.syncserver"],
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            _wait_until(lambda: _answers(port) or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            yield Server(f"http://127.0.0.1:{port}/", password, count(1))
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


class Device:
    """A collection that syncs."""

    def __init__(self, bench: Bench, server: Server, user: str) -> None:
        """Log in."""
        self.bench = bench
        self.auth: SyncAuth = self.col.sync_login(user, server.password, server.endpoint)

    @property
    def col(self) -> Collection:
        """The collection."""
        return self.bench.col

    def sync(self) -> str:
        """Sync cards and media as far as that goes without a question, and return what Anki asks for then."""
        found = self.col.sync_collection(self.auth, sync_media=False)
        # Note types are cached on the Python side, and a sync does not tell it.
        self.col.models._clear_cache()
        required: str = SyncOutput.ChangesRequired.Name(found.required)
        if required == "NO_CHANGES":
            self.sync_media()
        return required

    def sync_whole(self, *, upload: bool) -> None:
        """Replace what the server has, or what this device has."""
        self.col.close_for_full_sync()
        self.col.full_upload_or_download(auth=self.auth, server_usn=None, upload=upload)
        self.col.reopen(after_full_sync=True)
        self.sync_media()

    def sync_media(self) -> None:
        """Sync the media, and wait for the end of that."""
        self.col.sync_media(self.auth)
        _wait_until(lambda: not self.col.media_sync_status().active)

    def review(self, key: str) -> None:
        """Answer the first card of a note."""
        self.bench.answer(self.note(key).cards()[0])

    def tag(self, key: str, tag: str) -> None:
        """Add a tag of the learner's own."""
        note = self.note(key)
        note.tags = [*note.tags, tag]
        self.col.update_note(note)

    def note(self, key: str) -> "Note":
        """Return the note of a question or fact."""
        (note,) = [note for note in self.bench.notes().values() if note["ID"] == key]
        return note

    def reviews_of(self, key: str) -> int:
        """Return how often the first card of a note was answered."""
        assert self.col.db is not None
        reviews: int = self.col.db.scalar(
            "SELECT count() FROM revlog WHERE cid = ?", self.note(key).cards()[0].id
        )
        return reviews

    def state(self) -> dict[str, object]:
        """Return all that the learner has, but for what Anki notes of syncs."""
        assert self.col.db is not None
        tables = {
            table: self.col.db.all(f"SELECT {columns} FROM {table} ORDER BY 1")
            for table, columns in (
                ("notes", "id, guid, mid, mod, tags, flds"),
                ("cards", "id, nid, did, ord, mod, type, queue, due, ivl, factor, reps, lapses, flags, data"),
                ("revlog", "id, cid, ease, ivl, lastIvl, factor, time, type"),
            )
        }
        return {
            **tables,
            "kinds": _looks(self.bench.note_types()),
            "decks": sorted(self.bench.decks()),
            "media": self.bench.media(),
        }


@contextmanager
def devices(
    server: Server, folder: Path, names: tuple[str, ...] = ("first", "second")
) -> Iterator[list[Device]]:
    """Open the devices of one learner."""
    user = server.new_user()
    with ExitStack() as stack:
        yield [Device(stack.enter_context(opened(folder / name)), server, user) for name in names]


def _packages(folder: Path) -> tuple[Package, Package]:
    """Return the package that learners have, and its update."""
    bank = make_bank(folder, FILES)
    old = build(bank, folder / "old", FIRST_TIME)
    make_bank(folder, UPDATED)
    return old, build(bank, folder / "new", LATER)


def _share(old: Package, first: Device, second: Device) -> None:
    """Import on one device, and bring that to the other."""
    first.bench.import_package(old.path)
    assert first.sync() == "FULL_UPLOAD"
    first.sync_whole(upload=True)
    assert second.sync() == "FULL_DOWNLOAD"
    second.sync_whole(upload=False)
    assert second.state() == first.state()
    assert second.bench.media() == old.media


@pytest.mark.parametrize("synced_before", [True, False])
def test_an_update_between_two_devices_loses_nothing(
    synced_before: bool, server: Server, tmp_path: Path
) -> None:
    """Reviews and tags of both arrive, also on notes that the update changes; the update arrives on both."""
    old, new = _packages(tmp_path)
    with devices(server, tmp_path) as (first, second):
        _share(old, first, second)
        second.review("changed")
        second.review("removed")
        second.tag("tagged", "my::own")
        first.review("reviewed")
        first.tag("other", "marked")
        if synced_before:
            assert second.sync() == "NO_CHANGES"
        assert first.bench.import_package(new.path) == ImportCounts(new=1, updated=3, duplicate=4)
        # Each in turn, the last one for what the other has brought.
        for device in (first, second, first):
            assert device.sync() == "NO_CHANGES"
        assert first.state() == second.state()
        for device in (first, second):
            for key in ("changed", "removed", "reviewed"):
                assert device.reviews_of(key) == 1
            assert "my::own" in device.note("tagged").tags
            assert "marked" in device.note("other").tags
            assert device.note("changed")["Answer"] == "<p>Something else.</p>"
            assert device.note("removed").tags == ["retired"]
            assert [note["ID"] for note in map(device.col.get_note, device.col.find_notes("added"))] == [
                "added"
            ]
            assert len(device.bench.notes()) == len(new.notes)
            assert new.media.items() <= device.bench.media().items()
            assert [line for line in device.bench.media_problems() if line.startswith("missing")] == []
        # Nothing is left to do.
        assert first.sync() == second.sync() == "NO_CHANGES"
        assert first.state() == second.state()


def test_both_devices_can_import_the_update(server: Server, tmp_path: Path) -> None:
    """Whichever syncs first, nothing is there twice."""
    old, new = _packages(tmp_path)
    with devices(server, tmp_path) as (first, second):
        _share(old, first, second)
        for device, key in ((first, "changed"), (second, "removed")):
            device.review(key)
            assert device.bench.import_package(new.path) == ImportCounts(new=1, updated=3, duplicate=4)
        for device in (second, first, second):
            assert device.sync() == "NO_CHANGES"
        assert first.state() == second.state()
        assert len(first.bench.notes()) == len(new.notes)
        assert (first.reviews_of("changed"), first.reviews_of("removed")) == (1, 1)
        assert first.bench.import_package(new.path) == ImportCounts(duplicate=len(new.notes))


def _template(name: str) -> str:
    return (REPOSITORY / "card_templates" / "question" / name).read_text(encoding="utf-8")


ORDINARY: dict[str, tuple[dict[str, str | bytes], dict[str, object]]] = {
    "questions, facts and pictures": (UPDATED, {}),
    "CSS": ({"card_templates/question/style.css": _template("style.css") + "b { color: red }"}, {}),
    "text of a template": ({"card_templates/question/back.html": _template("back.html") + "<p>Well?</p>"}, {}),
    "names of note types and decks": ({}, {"title": "Another title"}),
    "name of a field": (
        {"card_templates/question/note_type.yaml": _template("note_type.yaml").replace("name: Spare 1", "name: More")}, {},
    ),
    "first notes of another note type": (
        {
            "three.yaml": questions("two", question("own", note_type="own")),
            "card_templates/own/note_type.yaml": "name: Own\nfields:\n  - {id: 1, name: Question}\n  - {id: 2, name: ID}\n"
            "templates:\n  - {id: 1, name: One, front: side.html, back: side.html}\n",
            "card_templates/own/side.html": "{{Question}}",
            "card_templates/own/style.css": "",
            "card_templates/own/fields/question.html": "[[ question ]]",
            "card_templates/own/fields/id.html": "[[ id ]]",
        },
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_update_asks_for_no_full_sync(name: str, server: Server, tmp_path: Path) -> None:
    files, own = ORDINARY[name]
    bank = make_bank(tmp_path, FILES)
    old = build(bank, tmp_path / "old", FIRST_TIME)
    make_bank(tmp_path, files, **own)
    new = build(bank, tmp_path / "new", LATER)
    with devices(server, tmp_path) as (first, second):
        _share(old, first, second)
        second.review("changed")
        first.bench.import_package(new.path)
        for device in (first, second, first):
            assert device.sync() == "NO_CHANGES"
        assert first.state() == second.state()
        assert first.reviews_of("changed") == 1
        assert _looks(second.bench.note_types()) == _looks(new.note_types)


def _looks(note_types: Mapping[int, Mapping[str, Any]]) -> dict[int, tuple[object, ...]]:
    return {
        key: (kind["name"], kind["css"], [(each["qfmt"], each["afmt"]) for each in kind["tmpls"]])
        for key, kind in note_types.items()
    }


def test_a_new_schema_asks_for_a_full_sync_and_keeps_what_was_synced(server: Server, tmp_path: Path) -> None:
    bank = make_bank(tmp_path, FILES)
    old = build(bank, tmp_path / "old", FIRST_TIME)
    text = _template("note_type.yaml").replace("schema_version: 1", "schema_version: 2")
    text = text.replace("templates:\n", "  - {id: 900, name: More, source: empty.html}\ntemplates:\n")
    make_bank(tmp_path, {"card_templates/question/note_type.yaml": text})
    new = build(bank, tmp_path / "new", LATER)
    with devices(server, tmp_path) as (first, second):
        _share(old, first, second)
        second.review("changed")
        second.tag("tagged", "my::own")
        assert second.sync() == first.sync() == "NO_CHANGES"
        # With the settings that the build prints.
        counts = first.bench.import_package(new.path, merge_notetypes=True, update_notes=_ALWAYS)
        assert counts.conflicting == 0
        assert first.sync() == "FULL_SYNC"
        first.sync_whole(upload=True)
        # Which side to keep is for the learner to say: the one on which the update was imported.
        assert second.sync() == "FULL_SYNC"
        second.sync_whole(upload=False)
        assert first.state() == second.state()
        assert second.reviews_of("changed") == 1
        assert "my::own" not in second.note("tagged").tags
        assert "More" in second.note("changed")
