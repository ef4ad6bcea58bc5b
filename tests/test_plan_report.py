"""The pure parts of a plan's report: old texts, decks, effects, and the three forms in which it is printed."""

import html
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from types import FrameType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ankiexport.diagnostics import Position
from ankiexport.lock.entries import (
    Lock,
    LockedNote,
    LockedNoteType,
    State,
    content_digest,
    field_digest,
    field_digests,
    note_type_digest,
    schema_digest,
)
from ankiexport.notes import CardTemplate, Field, Note, NoteContent, NoteType
from ankiexport.plan import compare
from ankiexport.plan_report import (
    Against,
    Baseline,
    Effect,
    FieldReport,
    NoteReport,
    OldTexts,
    Report,
    Source,
    as_json,
    as_markdown,
    as_text,
    look_up,
    make_report,
    matched,
    wanted_texts,
)
from ankiexport.plan_report.decks import DeckReport

SOME = settings(max_examples=80, deadline=None, derandomize=True)

BASELINE = Baseline(Against.LOCK, "bank/bank.lock", Lock("ns", {}))

KIND = NoteType(
    id=1,
    key="question",
    name="Question",
    cloze=False,
    fields=(Field(1, "Question"), Field(2, "Answer")),
    templates=(CardTemplate(1, "Card", "{{Question}}", "{{Answer}}"),),
    css="",
)


def content(key: str, *fields: str, **parts: object) -> NoteContent:
    """Return a note's content: a question and an answer, which name its id unless they are given."""
    texts = fields or (f"What is {key}?", f"It is {key}.")
    made = NoteContent(key, "question", texts, ("x",), "one", is_fact=False, ords=(0,), text=texts[0])
    return replace(made, **parts)  # type: ignore[arg-type]


def note(made: NoteContent, deck: str = "One", mod: int = 10) -> Note:
    """Return a note of a content, whose GUID is its id."""
    return Note(made, 1, f"guid {made.key}", deck, 1, mod, made.ords)


def locked(made: NoteContent, deck: str = "One", mod: int = 5, **parts: object) -> LockedNote:
    """Return what a lock holds of a note of a content."""
    entry = LockedNote(
        made.key, f"guid {made.key}", 1, dict.fromkeys(made.ords, 1), made.note_type, made.level, made.is_fact,
        deck, content_digest(made), field_digests(made), made.tags, made.text, mod,
    )  # fmt: skip
    return replace(entry, **parts)  # type: ignore[arg-type]


def lock_of(*entries: LockedNote) -> Lock:
    """Return a lock with some notes and the note type of these tests."""
    kind = LockedNoteType(KIND.key, KIND.id, schema_digest(KIND), 1, note_type_digest(KIND), 0)
    return Lock("ns", {entry.key: entry for entry in entries}, {KIND.key: kind})


def report_of(
    notes: Sequence[Note], lock: Lock, texts: Sequence[Source] = (), *, times: bool = True
) -> Report:
    """Return the report of notes against a lock."""
    baseline = Baseline(Against.LOCK, "bank/bank.lock", lock, times=times)
    found = matched(lock, notes)
    plan = compare([(each.content, each.deck) for each in notes], [KIND], found.lock)
    old = look_up(wanted_texts(plan, found.lock, {KIND.key: KIND.field_names}), texts)
    return make_report(plan, baseline, found, notes=notes, note_types=[KIND], texts=old)


def effects(report: Report) -> dict[str, tuple[Effect, ...]]:
    """Return the effects on notes by their ids."""
    return {each.key: each.effects for each in report.notes}


# Effects


OLD = content("a")
EDITED = content("a", "What is a?", "It is not a.")
RETIRED = content("a", "What is a?", "", tags=("retired",), is_retired=True)
TWO_CARDS = content("a", ords=(0, 1))

# What was shipped and what is now, each with its deck and its time, and what comes of that.
EFFECTS: dict[str, tuple[LockedNote, Note, tuple[Effect, ...]]] = {
    "nothing": (locked(OLD, mod=10), note(OLD), ()),
    "changed": (locked(OLD), note(EDITED), (Effect.CHANGED,)),
    "changed, with the same time": (locked(OLD, mod=10), note(EDITED), (Effect.OUTDATED,)),
    "changed, with an older time": (locked(OLD, mod=11), note(EDITED), (Effect.OUTDATED,)),
    "the same, with a newer time": (locked(OLD, mod=9), note(OLD), (Effect.OVERWRITTEN,)),
    "the same, with an older time": (locked(OLD, mod=11), note(OLD), ()),
    "moved": (locked(OLD, mod=10), note(OLD, "Two"), (Effect.MOVED,)),
    "changed and moved": (locked(OLD), note(EDITED, "Two"), (Effect.CHANGED, Effect.MOVED)),
    "a tag": (locked(OLD), note(replace(OLD, tags=("x", "y"))), (Effect.CHANGED,)),
    "another note type": (
        locked(OLD, note_type="other"), note(replace(OLD, ords=(0, 1))), (Effect.CONFLICTING,),
    ),
    "retired": (locked(OLD), note(RETIRED, "Retired"), (Effect.RETIRED,)),
    "retired, with an older time": (locked(OLD, mod=11), note(RETIRED, "Retired"), (Effect.OUTDATED,)),
    "retired long ago": (
        locked(RETIRED, "Retired", mod=10, state=State.RETIRED), note(RETIRED, "Retired"), (),
    ),
    "retired long ago, with another notice": (
        locked(RETIRED, "Retired", state=State.RETIRED),
        note(replace(RETIRED, fields=("What is a?", "See b.")), "Retired"),
        (Effect.CHANGED,),
    ),
    "restored": (
        locked(RETIRED, "Retired", state=State.RETIRED), note(OLD), (Effect.RESTORED,),
    ),
    "renamed": (
        locked(OLD, mod=10, key="b"), note(OLD), (Effect.RENAMED,),
    ),
    "a new card": (locked(OLD, mod=10), note(TWO_CARDS), (Effect.NEW_CARDS,)),
    "a new card of a changed note": (
        locked(OLD), note(replace(EDITED, ords=(0, 1))), (Effect.CHANGED, Effect.NEW_CARDS),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EFFECTS)
def test_effects(name: str) -> None:
    before, now, expected = EFFECTS[name]
    found = report_of([now], lock_of(before))
    assert effects(found) == ({"a": expected} if expected else {})
    assert found.unchanged == (0 if expected else 1)
    assert found.counts == dict.fromkeys(
        (*sorted(expected, key=list(Effect).index), *(deck.effect for deck in found.decks)), 1
    )


def test_without_known_times_every_difference_arrives_and_nothing_else() -> None:
    assert effects(report_of([note(EDITED, mod=0)], lock_of(locked(OLD)), times=False)) == {
        "a": (Effect.CHANGED,)
    }
    assert effects(report_of([note(OLD)], lock_of(locked(OLD)), times=False)) == {}


def test_notes_are_matched_by_guid_and_not_by_id() -> None:
    stranger = locked(OLD, guid="another")
    found = report_of([note(OLD)], lock_of(stranger))
    assert [(each.key, each.effects) for each in found.notes] == [
        ("a", (Effect.ADDED,)),
        ("a", (Effect.LEFT,)),
    ]
    gone = locked(RETIRED, guid="another", state=State.RETIRED)
    assert effects(report_of([note(OLD)], lock_of(gone))) == {"a": (Effect.ADDED,)}


def test_only_the_bytes_of_media_differ() -> None:
    before = locked(OLD, content="of other media")
    (only,) = report_of([note(OLD)], lock_of(before)).notes
    assert (only.main, only.fields, only.only_media) == (Effect.CHANGED, (), True)
    assert "only the bytes of its media" in as_text(report_of([note(OLD)], lock_of(before)))


def test_cards_that_fell_away_long_ago_are_told_from_those_that_do_so_now() -> None:
    """A lock names all cards that a note ever had; what the old fields made of them tells."""
    two = replace(KIND, templates=(*KIND.templates, CardTemplate(2, "Back", "{{Answer}}", "{{Question}}")))
    before = locked(OLD, cards={0: 1, 1: 2, 2: 3})
    now = note(content("a", "What is it?", "", ords=(0,)))
    for texts, expected in ((OLD.fields, (1,)), ((), (1, 2))):
        baseline = Baseline(Against.LOCK, "lock", lock_of(before))
        found = matched(baseline.lock, [now])
        plan = compare([(now.content, "One")], [two], found.lock)
        old = look_up(wanted_texts(plan, found.lock, {"question": two.field_names}), [Source({"a": texts})])
        (only,) = make_report(plan, baseline, found, notes=[now], note_types=[two], texts=old).notes
        assert only.lost_cards == expected


# Old texts


def test_only_what_has_the_digest_of_the_lock_is_an_old_text() -> None:
    lock = lock_of(locked(content("a", "old question", "old answer")))
    now = [note(content("a", "new question", "new answer"))]
    sources = [
        Source({"a": ("another question", "old answer"), "b": ("old question",)}, "first"),
        Source({}, "second"),
    ]
    found = report_of(now, lock, sources)
    assert found.notes[0].fields == (
        FieldReport("Question", None, "new question"),
        FieldReport("Answer", "old answer", "new answer"),
    )
    assert found.why_not == ("first", "second")
    # In whichever field it is now.
    found = report_of(now, lock, [*sources, Source({"a": ("", "", "old question")})])
    assert found.notes[0].fields[0].old == "old question"
    assert found.why_not == ()


def test_empty_fields_are_known_without_asking() -> None:
    lock = lock_of(locked(content("a", "same", "")))
    found = report_of([note(content("a", "same", "new"))], lock)
    assert found.notes[0].fields == (FieldReport("Answer", "", "new"),)


def test_no_source_is_asked_for_what_is_known() -> None:
    def sources() -> Iterator[Source]:
        yield Source({"a": ("x",)})
        raise AssertionError("asked once too often")  # noqa: EM101, TRY003

    assert look_up({"a": {field_digest("x")}}, sources()).found == {("a", field_digest("x")): "x"}
    assert look_up({}, iter(sources, None)) == OldTexts()  # type: ignore[arg-type]


# Decks


DECKS: dict[str, tuple[list[tuple[str, str]], list[tuple[str, Effect, str | None]]]] = {
    "the same": ([("One", "One")], []),
    "renamed": ([("One", "1 One"), ("One", "1 One")], [("1 One", Effect.DECK_RENAMED, "One")]),
    "a note moved": ([("One", "Two"), ("One", "One"), ("Two", "Two")], []),
    "to a new deck, but not all": ([("One", "One"), ("One", "Two")], [("Two", Effect.DECK_ADDED, None)]),
    "all to a deck that there was": ([("One", "Two"), ("Two", "Two")], [("One", Effect.DECK_GONE, None)]),
    "parted": (
        [("One", "1 A"), ("One", "1 B")],
        [("1 A", Effect.DECK_ADDED, None), ("1 B", Effect.DECK_ADDED, None), ("One", Effect.DECK_GONE, None)],
    ),
    "two made one": (
        [("A", "C"), ("B", "C")], [("C", Effect.DECK_RENAMED, "A"), ("C", Effect.DECK_RENAMED, "B")],
    ),
    "swapped": ([("A", "B"), ("B", "A")], []),
}  # fmt: skip


@pytest.mark.parametrize("name", DECKS)
def test_decks(name: str) -> None:
    moves, expected = DECKS[name]
    keys = [f"n{number}" for number in range(len(moves))]
    lock = lock_of(*(locked(content(key), old) for key, (old, _) in zip(keys, moves, strict=True)))
    notes = [note(content(key), new) for key, (_, new) in zip(keys, moves, strict=True)]
    found = report_of(notes, lock)
    assert [(deck.name, deck.effect, deck.old_name) for deck in found.decks] == expected


# Printing


def printed(*notes: NoteReport, **parts: object) -> Report:
    """Return a report of some notes."""
    return replace(Report(BASELINE, notes, (), (), 3), **parts)  # type: ignore[arg-type]


def changed(key: str = "a", asked: str = "What?", **parts: object) -> NoteReport:
    """Return what becomes of a note that has changed."""
    return replace(NoteReport(key, (Effect.CHANGED,), asked, "One", Position("bank/one.yaml", 7)), **parts)  # type: ignore[arg-type]


class _Reader(HTMLParser):
    """Gathers the elements of HTML, and the text within each."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self._open: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.texts.append((tag, ""))
        if tag != "br":
            self._open.append(len(self.texts) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.texts[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for place in self._open:
            tag, text = self.texts[place]
            self.texts[place] = (tag, text + data)

    def of(self, tag: str) -> list[str]:
        """Return the texts of the elements of a kind, runs of space made one."""
        return [" ".join(text.split()) for name, text in self.texts if name == tag]


def rendered(markdown: str) -> _Reader:
    """Return Markdown as GitHub would take it, as far as tables and HTML go."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    reader = _Reader()
    reader.feed(parser.render(markdown))
    reader.close()
    assert not reader._open
    return reader


ELEMENTS = set("table thead tbody tr th td p details summary code strong ul li blockquote del ins br".split())  # noqa: SIM905

STRANGE = st.lists(
    st.sampled_from([*"ab1 .)-+=*_`~<>&|[](){}#!\\$\"':/@\t\né\xa0", "```", "</details>", "&lt;", "---", "<!--", "www.a.b"]),
    max_size=12,
).map("".join)  # fmt: skip


@SOME
@given(STRANGE, STRANGE)
@example("*a* _b_ **c** __d__ ~~e~~ [f](g) ![h](i) `j` <k> &lt; | $l$", "``` a ``` | \\| b")
@example("- a", "1. b")
@example("+ a", "2) b")
@example("1. a", "- b")
@example("2) a", "+ b")
@example("> a", "# b")
@example("===", "    c")
@example("</details>", "<!--")
def test_markdown_shows_texts_as_they_are(one: str, two: str) -> None:
    """Whatever stands in a bank, nothing of it is taken for Markdown or HTML."""
    line = " ".join(one.splitlines())
    fields = (_pre("Answer", f"{line} x old", f"{line} x new"), _pre(f"f{two}f", "", f"z\n{two}"))
    note_ = changed("key", f"Q {one}", fields=fields, tags_added=(f"t{two}",))
    moved = NoteReport(f"m{one}", (Effect.MOVED,), "", f"d{two}", Position(""), old_deck=f"d{one}")
    text = as_markdown(printed(note_, moved))
    found = rendered(text)
    assert {name for name, _ in found.texts} <= ELEMENTS
    numbers = {"table": 1, "details": 2, "blockquote": 3, "ul": 1, "li": 1}
    assert {element: len(found.of(element)) for element in numbers} == numbers
    assert found.of("summary")[0] == _shown(f"Changed: key Q {one}")
    assert found.of("blockquote")[0] == _shown(f"{line} x oldnew")
    assert found.of("ins")[-1] == _shown(f"t{two}")
    # GitHub takes what is between dollars for a formula.
    assert "$" not in text
    assert found.of("li") == [_shown(f"m{one}: d{one} -> d{two}")]
    assert found.of("strong")[-2] == _shown(f"f{two}f")


def _pre(name: str, old: str, new: str) -> FieldReport:
    """Return a change of a field, in which spaces stand as they are."""
    return FieldReport(name, f"<pre>{html.escape(old)}</pre>", f"<pre>{html.escape(new)}</pre>")


def _shown(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").replace("\n", " ").replace("\t", "\\x09").split())


def test_markdown_keeps_the_indentation_of_code() -> None:
    entry = FieldReport("Answer", "<pre>def f():\n    return 1</pre>", "<pre>def f():\n    return 2</pre>")
    text = as_markdown(printed(changed(fields=(entry,))))
    assert "<br>&nbsp;&nbsp;&nbsp;&nbsp;return <del>1</del><ins>2</ins>" in text


def test_long_fields_and_lists_are_cut_in_markdown() -> None:
    lines = "".join(f"<p>w{number} {number**3}</p>" for number in range(50))
    text = as_markdown(printed(changed(fields=(FieldReport("Answer", "", lines),))))
    assert "<br>… and 20 more" in text
    assert "w29" in text
    assert "w30" not in text
    many = [NoteReport(f"n{number}", (Effect.ADDED,), "", "One", Position(""), 1) for number in range(130)]
    text = as_markdown(printed(*many))
    assert "- … and 30 more" in text
    assert "<code>n99</code>" in text
    assert "<code>n100</code>" not in text
    assert "**130 notes added**" in text


def test_markdown_fits_into_a_comment() -> None:
    entry = FieldReport("Answer", "<p>old</p>", f"<p>{'new ' * 500}</p>")
    notes = [changed(f"n{number}", fields=(entry,)) for number in range(60)]
    moved = NoteReport("moved", (Effect.MOVED,), "", "One", Position(""), old_deck="Two")
    text = as_markdown(printed(*notes, moved))
    assert 50_000 < len(text) < 65_536
    assert "Left out, for there was no room: " in text
    # What is short comes all the same, and everything is in the table.
    assert "<code>moved</code>" in text
    assert "**60 notes changed**" in text
    rendered(text)
    assert "no room" not in as_markdown(printed(*notes, moved), max_characters=1_000_000)


def test_control_characters_do_not_reach_a_terminal_or_a_comment() -> None:
    """A bank is someone else's text, and so is a package."""
    evil = "a\x1b[31mb\x07"
    entry = FieldReport(evil, f"<p>{evil}</p>", f"<p>{evil} c</p>")
    report = printed(
        changed(evil, evil, fields=(entry,), tags_added=(evil,)),
        decks=(DeckReport(evil, Effect.DECK_ADDED),),
    )
    for text in (as_text(report), as_markdown(report), as_text(report, style=lambda text, _role: text)):
        assert not {char for char in text if not char.isprintable()} - {"\n"}
        assert "x1b" in text
    assert json.loads(as_json(report, []))["plan"]["notes"][0]["note"] == evil


def test_colours_take_the_place_of_brackets() -> None:
    entry = FieldReport("Answer", "<p>It falls.</p><p>Gone</p>", "<p>It rises.</p>")
    report = printed(changed(fields=(entry,), tags_removed=("x",)))
    plain = as_text(report)
    assert "It [-falls-]{+rises+}." in plain
    painted = as_text(report, style=lambda text, role: f"<{role}:{text}>")
    assert "It <old:falls><new:rises>." in painted
    assert "<old line:- Gone>" in painted
    assert "<old line:- x>" in painted
    assert "<title:1 note changed>" in painted
    assert "<name:a>  What?" in painted
    assert "[-" not in painted


@pytest.mark.parametrize("width", [40, 70, 100])
def test_text_keeps_within_its_width(width: int) -> None:
    entry = FieldReport("Answer", f"<p>{'old words ' * 50}</p>", f"<p>{'new words ' * 50}</p>")
    text = as_text(printed(changed(asked="Why? " * 50, fields=(entry,))), width=width)
    assert max(map(len, text.splitlines())) in range(width - 10, width + 1)


def test_json_says_all_by_stable_names() -> None:
    """The keys are documented; a change of one of them needs another format."""
    entry = FieldReport("Answer", None, "<p>It is.</p>")
    data = json.loads(as_json(printed(changed(fields=(entry,))), []))
    assert list(data) == ["format", "plan", "diagnostics"]
    assert list(data["plan"]) == [
        "against", "is_empty", "counts", "unchanged", "consequences", "notes", "note_types", "decks",
        "missing_texts", "import_settings",
    ]  # fmt: skip
    assert data["plan"]["notes"] == [
        {
            "note": "a", "effects": ["changed"], "question": "What?", "path": "bank/one.yaml", "line": 7,
            "deck": "One", "old_deck": None, "renamed_from": None, "replaced_by": [], "cards": 0,
            "new_cards": [], "lost_cards": [], "tags_added": [], "tags_removed": [], "only_media": False,
            "fields": [
                {
                    "field": "Answer", "old_html": None, "new_html": "<p>It is.</p>", "old_text": None,
                    "new_text": "It is.",
                }
            ],
        }
    ]  # fmt: skip


# Effort


class _Counted(str):
    """A text that counts how often it is compared with another one."""

    __slots__ = ()
    comparisons = 0

    def __eq__(self, other: object) -> bool:
        _Counted.comparisons += 1
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        return str.__hash__(self)


def _effort(size: int) -> int:
    """Return how many calls and comparisons it takes to plan and print so many notes, a part of them changed."""
    before, now = [], []
    for number in range(size):
        key = _Counted(f"n{number}")
        same = content(key)
        edited = content(_Counted(f"n{number}"), "What?", f"It is {number}.") if number % 30 == 0 else same
        before.append(
            locked(
                same, f"Deck {number % 7}", guid=_Counted(f"guid {key}"), mod=5 if edited is not same else 10
            )
        )
        made = note(edited, f"Deck {(number + (number % 5 == 0)) % 7}")
        now.append(replace(made, guid=_Counted(f"guid {key}")))
    lock = lock_of(*before)
    sources = [Source({each.key: content(each.key).fields for each in before})]
    _Counted.comparisons = 0
    calls = 0

    def count(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        report = report_of(now, lock, sources)
        as_text(report)
        as_markdown(report)
        as_json(report, [])
    finally:
        sys.setprofile(None)
    assert len(report.having(Effect.CHANGED)) == -(-size // 30)
    return calls + _Counted.comparisons


def test_the_effort_grows_with_the_notes_and_not_with_their_square() -> None:
    """Ten times as many notes are about ten times the work."""
    assert _effort(10_000) < 12 * _effort(1_000)
