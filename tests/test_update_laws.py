"""Laws of updates: what holds whatever authors do to a bank, in whatever order, and whenever they build.

`LAW_EXAMPLES=200 pytest tests/test_update_laws.py` tries more histories, and rehearses a fifth as many in real
Anki, drawn anew each time.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import combinations, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from banks import FIRST_TIME, Package, PackedNote, build, files_in, make_bank, questions
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ankiexport.verify import DEFAULT, rehearse

EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "0"))

LAW = settings(max_examples=EXAMPLES or 15, deadline=None, derandomize=not EXAMPLES, database=None)
# To make a failing history smaller would take many rehearsals.
IN_ANKI = settings(LAW, max_examples=EXAMPLES // 5 or 3, phases=[Phase.generate])

LEVELS = ("one", "two")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>{}</title></svg>'


@dataclass(frozen=True)
class Item:
    """A question as its author thinks of it: `number` is what it is, all else may change."""

    number: int
    id: str
    level: str
    wording: int = 0
    tags: frozenset[int] = frozenset()
    picture: int | None = None
    fact: int | None = None
    previous: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Words that no other question has."""
        digest = sha256(str(self.number).encode()).digest()
        return " ".join(
            "".join("bdfgklmnprstvz"[b % 14] + "aeiou"[b % 5] for b in digest[at : at + 3])
            for at in (0, 3, 6, 9)
        )

    def as_question(self) -> dict[str, object]:
        """Return it as the bank has it."""
        seen = f"![seen](media/{self.number}.svg)" if self.picture is not None else "Nothing to see."
        found: dict[str, object] = {
            "id": self.id,
            "question": f"What of {self.words}, for the {self.wording + 1}. time?",
            "answer": f"Of {self.words} this. {seen}",
            "tags": [f"topic::{tag}" for tag in sorted(self.tags)],
        }
        if self.fact is not None:
            text = f"The {self.words} are {{{{c1::{self.fact}}}}} in all."
            found["facts"] = [{"id": f"fact-{self.number}", "text": text}]
        if self.previous:
            found["previous_ids"] = list(self.previous)
        return found


@dataclass(frozen=True)
class State:
    """A bank as its author thinks of it. `look` is its style's edition, `files` the way its files are cut and named."""

    items: tuple[Item, ...]
    removed: tuple[Item, ...] = ()
    look: int = 0
    files: int = 0

    @property
    def next_number(self) -> int:
        """The number of the next new question."""
        return 1 + max(item.number for item in (*self.items, *self.removed))

    def write(self, folder: Path) -> Path:
        """Write the bank into a folder in place of the one that is there, of which only the lock stays."""
        root = folder / "bank"
        for path in sorted(root.glob("*"), reverse=True):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "bank.lock":
                path.unlink()
        files: dict[str, str | bytes] = {}
        for place, (level, items) in enumerate(self._cut()):
            name = [f"{place}.yaml", f"{9 - place}-{level}.yaml", f"sub/{place}/all.yaml"][self.files % 3]
            files[name] = questions(level, *(item.as_question() for item in items))
        for item in self.items:
            if item.picture is not None:
                files[f"media/{item.number}.svg"] = SVG.format(f"{item.number}, {item.picture}")
        if self.look:
            files["card_templates/question/style.css"] = f"b {{ order: {self.look} }}"
        return make_bank(folder, files)

    def _cut(self) -> Iterator[tuple[str, list[Item]]]:
        for level in LEVELS:
            items = [item for item in self.items if item.level == level]
            # Names that count down would turn the order of study of a level that is cut.
            size = len(items) if self.files % 3 == 1 else 1 + self.files % 5
            for start in range(0, len(items), size or 1):
                yield level, items[start : start + size]


# What authors do. Numbers choose among what there is.

Edit = Callable[[State, int], State]


def _changing(change: Callable[[Item, int], Item]) -> Edit:
    def edit(state: State, number: int) -> State:
        at = number % len(state.items)
        items = list(state.items)
        items[at] = change(items[at], number // len(items))
        return replace(state, items=tuple(items))

    return edit


def _add(state: State, number: int) -> State:
    new = Item(state.next_number, f"q-{state.next_number}", LEVELS[number % 2], fact=number % 3 or None)
    return replace(state, items=(*state.items, new))


def _remove(state: State, number: int) -> State:
    if len(state.items) < 3:
        return state
    item = state.items[number % len(state.items)]
    others = tuple(other for other in state.items if other is not item)
    return replace(state, items=others, removed=(*state.removed, item))


def _bring_back(state: State, number: int) -> State:
    if not state.removed:
        return state
    item = state.removed[number % len(state.removed)]
    others = tuple(other for other in state.removed if other is not item)
    return replace(state, items=(item, *state.items), removed=others)


def _rename(item: Item, _number: int) -> Item:
    return replace(item, id=f"{item.id}-x", previous=(*item.previous, item.id))


EDITS: dict[str, Edit] = {
    "add": _add,
    "remove": _remove,
    "bring back": _bring_back,
    "reword": _changing(lambda item, number: replace(item, wording=number % 4)),
    "undo": _changing(lambda item, _: replace(item, wording=0, tags=frozenset(), picture=None)),
    "tag": _changing(lambda item, number: replace(item, tags=item.tags ^ {number % 3})),
    "move": _changing(lambda item, _: replace(item, level=LEVELS[item.level == "one"])),
    "picture": _changing(lambda item, number: replace(item, picture=number % 3)),
    "fact": _changing(lambda item, number: replace(item, fact=number % 3 or None)),
    "rename": _changing(_rename),
    "reorder": lambda state, number: replace(
        state, items=tuple(sorted(state.items, key=lambda item: (item.number * (number % 97 + 1)) % 101))
    ),
    "look": lambda state, number: replace(state, look=number % 3),
    "files": lambda state, number: replace(state, files=number % 30),
}

START = State(
    tuple(Item(number, f"q-{number}", LEVELS[number % 2], fact=number % 3 or None) for number in range(5))
)


@dataclass
class History:
    """A bank in a folder, all that was built from it, and the ids that each question had in builds."""

    folder: Path
    state: State = START
    built: list[Package] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    shipped: dict[int, Item] = field(default_factory=dict)

    def build(self, at: int) -> None:
        """Build the bank as it is, and keep the package."""
        bank = self.state.write(self.folder)
        package = build(bank, self.folder / "out", at)
        kept = self.folder / "kept" / f"{len(self.built)}.apkg"
        kept.parent.mkdir(exist_ok=True)
        shutil.copy(package.path, kept)
        self.built.append(replace(package, path=kept))
        self.times.append(at)
        self.shipped |= {item.number: item for item in self.state.items}


_EDIT = st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 9999))
# Between two builds there are some edits; and the clock may go back.
Steps = list[tuple[list[tuple[str, int]], int]]
_STEPS = st.lists(
    st.tuples(st.lists(_EDIT, min_size=1, max_size=5), st.integers(-3, 9)), min_size=2, max_size=5
)  # fmt: skip


def _lived(folder: Path, steps: Steps, *, silent: bool = False) -> History:
    """Return what comes of edits with builds in between, after which a `silent` author takes `previous_ids` away."""
    history = History(folder)
    now = FIRST_TIME
    history.build(now)
    for edits, seconds in steps:
        for name, number in edits:
            history.state = EDITS[name](history.state, number)
        now += seconds
        history.build(now)
        if silent:
            items = tuple(replace(item, previous=()) for item in history.state.items)
            history.state = replace(history.state, items=items)
    return history


def _content(note: PackedNote) -> tuple[object, ...]:
    return note.note_type_id, tuple(note.fields.items()), note.tags, note.ords


@LAW
@given(steps=_STEPS, silent=st.booleans())
def test_every_build_reaches_the_learners_of_every_earlier_one(steps: Steps, silent: bool) -> None:
    """And takes nothing from them that it need not: what is the same keeps its time."""
    with TemporaryDirectory() as name:
        history = _lived(Path(name), steps, silent=silent)
        for package in history.built:
            _nothing_clashes(package)
        for old, new in combinations(history.built, 2):
            _reaches(old, new)
        for (old, new), at in zip(pairwise(history.built), history.times[1:], strict=True):
            _takes_nothing(old, new, at)
        _keeps_guids(history)
        before = files_in(history.folder)
        build(history.folder / "bank", history.folder / "out", history.times[-1] + 99, locked=True)
        build(history.folder / "bank", history.folder / "out", history.times[-1] + 99)
        assert files_in(history.folder) == before


def _nothing_clashes(package: Package) -> None:
    assert len({note.guid for note in package.notes}) == len(package.notes)
    assert len({note.id for note in package.notes}) == len(package.notes)
    assert len(package.cards) == sum(len(note.cards) for note in package.notes)
    assert len(package.by_key) == len(package.notes)


def _reaches(old: Package, new: Package) -> None:
    notes = {note.guid: note for note in new.notes}
    for note in old.notes:
        other = notes[note.guid]
        assert other.id == note.id
        assert {card.ord: card.id for card in note.cards}.items() <= {
            card.ord: card.id for card in other.cards
        }.items()
        assert other.mod >= note.mod
        assert _content(other) == _content(note) or other.mod > note.mod, note.key
    for key, kind in old.note_types.items():
        assert new.note_types[key]["css"] == kind["css"] or new.note_types[key]["mod"] > kind["mod"]


def _takes_nothing(old: Package, new: Package, at: int) -> None:
    notes = {note.guid: note for note in old.notes}
    for note in new.notes:
        known = notes.get(note.guid)
        if known is not None and _content(known) == _content(note):
            assert note.mod == known.mod
        else:
            # A clock that goes back counts on by seconds.
            assert note.mod == max(at, known.mod + 1 if known else at)


def _keeps_guids(history: History) -> None:
    """Assert that a question has one GUID for life, and that what is gone is there as retired."""
    seen: dict[str, set[str]] = {}
    for package in history.built:
        for note in package.notes:
            question = (
                note.key.removeprefix("fact-") if note.key.startswith("fact-") else note.key.split("-")[1]
            )
            seen.setdefault(f"{note.key.startswith('fact-')} {question}", set()).add(note.guid)
    assert {len(guids) for guids in seen.values()} == {1}
    retired = {note.key for note in history.built[-1].notes if "retired" in note.tags}
    present = {item.number for item in history.state.items}
    gone = {item.id for number, item in history.shipped.items() if number not in present}
    assert {key for key in retired if not key.startswith("fact-")} == gone


@LAW
@given(steps=_STEPS)
def test_builds_in_between_leave_no_trace_but_times(steps: Steps) -> None:
    """Building after all edits, and once at the end, give the same but for times and what had to be retired."""
    with TemporaryDirectory() as name:
        history = _lived(Path(name) / "lived", steps)
        once = History(Path(name) / "once", history.state)
        once.build(FIRST_TIME)
    lived, alone = history.built[-1], once.built[-1]
    assert [_timeless(note) for note in lived.notes if "retired" not in note.tags] == [
        _timeless(note) for note in alone.notes
    ]
    assert lived.media == alone.media
    assert _looks(lived).items() >= _looks(alone).items()
    assert lived.decks.keys() - alone.decks.keys() <= {"Small bank::Retired"}


def _timeless(note: PackedNote) -> PackedNote:
    return replace(note, mod=0)


def _looks(package: Package) -> Mapping[int, Mapping[str, object]]:
    return {key: {**kind, "mod": 0} for key, kind in package.note_types.items()}


@LAW
@given(edits=st.lists(_EDIT, min_size=1, max_size=6))
def test_what_is_undone_is_as_if_it_had_never_been(edits: list[tuple[str, int]]) -> None:
    """Going back to the questions as they were restores what learners see, under the same GUIDs."""
    with TemporaryDirectory() as name:
        history = _lived(Path(name), [([edit], 1) for edit in edits])
        ids = {item.number: item for item in history.shipped.values()}
        # Who takes an id back says so, as for every other id.
        items = (
            item if ids[item.number].id == item.id
            else replace(item, previous=tuple(each for each in (*ids[item.number].previous, ids[item.number].id) if each != item.id))
            for item in START.items
        )  # fmt: skip
        history.state = replace(START, items=tuple(items))
        history.build(FIRST_TIME + 99)
    first, last = history.built[0], history.built[-1]
    assert [_timeless(note) for note in last.notes if "retired" not in note.tags] == [
        _timeless(note) for note in first.notes
    ]
    assert _looks(first) == _looks(last)


@IN_ANKI
@given(steps=_STEPS)
def test_no_learner_loses_anything_in_real_anki(steps: Steps) -> None:
    """Under the options that Anki offers, from the first build and from the last but one to the last."""
    with TemporaryDirectory() as name:
        history = _lived(Path(name), [(edits, max(9, seconds)) for edits, seconds in steps])
        *_, before, last = history.built
        assert rehearse(before.path, last.path, options=[DEFAULT]).losses == {}
        losses = rehearse(history.built[0].path, last.path, options=[DEFAULT]).losses
        if _came_back(history.built[0], last):
            losses = {what: lost for what, lost in losses.items() if what not in {"edits_lost", "tags_lost"}}
        assert losses == {}


def _came_back(old: Package, new: Package) -> bool:
    """Tell whether notes changed and then changed back.

    They are newer for the sake of those who have what was in between; who never had it is updated as well.
    """
    notes = {note.guid: note for note in new.notes}
    pairs = [(note, notes[note.guid]) for note in old.notes]
    return any(_content(note) == _content(other) and note.mod != other.mod for note, other in pairs)
