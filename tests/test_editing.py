"""What stands at a place of a text, and how places are counted."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from banks import make_bank, question, questions
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ankiexport.bank import load_bank
from ankiexport.bank_settings import BANK_KEYS, LEVEL_KEYS, PRESET_KEYS
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.editing.completion import completions
from ankiexport.editing.hover import hover
from ankiexport.editing.locate import spot_at
from ankiexport.editing.places import definitions, references
from ankiexport.editing.problems import range_of
from ankiexport.editing.repairs import actions, whole_file
from ankiexport.editing.schema import documentation, keys_at
from ankiexport.editing.source_text import Change, Point, Range, SourceText, Units, column_of, units_before
from ankiexport.editing.spots import FileKind, Kind
from ankiexport.editing.state import BankState
from ankiexport.editing.symbols import outline
from ankiexport.live_bank.examination import Examination
from ankiexport.live_bank.reading import BankReader
from ankiexport.question_nodes import FACT_KEYS, FILE_KEYS, QUESTION_KEYS

MARK = "¦"
HEAD = "level: x\nquestions:\n  - id: a\n"
MARKDOWN = "---\nlevel: b\n---\n\n# Title\n\n"

# A text with a mark, what stands there, below which keys, and the word.
SPOTS = [
    ("a.yaml", "le¦", Kind.BARE, (), "le"),
    ("a.yaml", "level: be¦g", Kind.VALUE, ("level",), "beg"),
    ("a.yaml", "level:¦", Kind.VALUE, ("level",), ""),
    ("a.yaml", "lev¦el: beg", Kind.KEY, (), "level"),
    ("a.yaml", "level: 'be¦g'", Kind.VALUE, ("level",), "beg"),
    ("a.yaml", "level: beg # ¦", Kind.NOTHING, (), ""),
    ("a.yaml", "# ¦", Kind.NOTHING, (), ""),
    ("a.yaml", "tags: [a, topic::b¦]", Kind.VALUE, ("tags",), "topic::b"),
    ("a.yaml", 'tags: ["a, b", "to¦p"]', Kind.VALUE, ("tags",), "top"),
    ("a.yaml", "tags: [a, ¦", Kind.VALUE, ("tags",), ""),
    ("a.yaml", "tags: [it's, b¦]", Kind.VALUE, ("tags",), "b"),
    ("a.yaml", "tags:\n- a\n- to¦", Kind.BARE, ("tags",), "to"),
    ("a.yaml", "tags:\n  - topic::¦", Kind.BARE, ("tags",), "topic::"),
    ("a.yaml", HEAD + "    tags: [x,\n      y¦]", Kind.VALUE, ("questions", "tags"), "y"),
    ("a.yaml", HEAD + "    tags: [x,\n    hi¦", Kind.BARE, ("questions",), "hi"),
    ("a.yaml", HEAD + "    answer: |\n      one\n\n      tw¦o", Kind.TEXT, ("questions", "answer"), "      two"),
    ("a.yaml", HEAD + "    answer: |\n      key: v¦", Kind.TEXT, ("questions", "answer"), "      key: v"),
    ("a.yaml", HEAD + "    answer: |\n      one\n    hi¦", Kind.BARE, ("questions",), "hi"),
    ("a.yaml", HEAD + "    answer: |\n      one\n      ¦", Kind.TEXT, ("questions", "answer"), "      "),
    ("a.yaml", HEAD + '    answer: "one\n      tw¦o"', Kind.TEXT, ("questions", "answer"), '      two"'),
    ("a.yaml", HEAD + '    answer: "one\n      two"\n    hi¦', Kind.BARE, ("questions",), "hi"),
    ("a.yaml", HEAD + '    answer: "never closed\n    hint: x\n    ta¦', Kind.BARE, ("questions",), "ta"),
    ("a.yaml", HEAD + "    facts:\n      - id: b\n        te¦", Kind.BARE, ("questions", "facts"), "te"),
    ("a.yaml", HEAD + "    facts:\n      - {id: b, te¦: c}", Kind.KEY, ("questions", "facts"), "te"),
    ("a.yaml", HEAD + "    facts:\n      - {id: b, text: c¦}", Kind.VALUE, ("questions", "facts", "text"), "c"),
    ("a.yaml", HEAD + "    hint:\n      - |\n        two¦", Kind.TEXT, ("questions", "hint"), "        two"),
    ("bank.yaml", "tags:\n  topic::a: A.\n  topic::b¦: B.\n", Kind.KEY, ("tags",), "topic::b"),
    ("bank.yaml", "tags:\n  topic::a:\n    al¦", Kind.BARE, ("tags", "topic::a"), "al"),
    ("bank.yaml", "decks:\n  w: tag:a -tag:b¦", Kind.VALUE, ("decks", "w"), "tag:a -tag:b"),
    ("a.md", "---\nle¦", Kind.BARE, (), "le"),
    ("a.md", "---\ntags: [x¦]\n---\n", Kind.VALUE, ("tags",), "x"),
    ("a.md", "no front matter¦", Kind.NOTHING, (), ""),
    ("a.md", MARKDOWN + "A remark¦", Kind.NOTHING, (), ""),
    ("a.md", MARKDOWN + "## What¦? {#a}", Kind.TEXT, ("questions", "question"), "## What? {#a}"),
    ("a.md", MARKDOWN + "## What? {#a¦b}", Kind.VALUE, ("questions", "id"), "ab"),
    ("a.md", MARKDOWN + "## What? {#a}\n\n### Ke¦", Kind.HEADING, ("questions",), "Ke"),
    ("a.md", MARKDOWN + "## What? {#a}\n\n### Key points\n\n- x¦", Kind.TEXT, ("questions", "key_points"), "- x"),
    ("a.md", MARKDOWN + "## What? {#a}\n\n### Tags\n\na, to¦p", Kind.VALUE, ("questions", "tags"), "top"),
    ("a.md", MARKDOWN + "## What? {#a}\n\n### Facts\n\n- `b¦c`: x", Kind.VALUE, ("questions", "facts", "id"), "bc"),
    ("a.md", MARKDOWN + "## What? {#a}\n\n```\n### Ke¦\n```", Kind.NOTHING, (), ""),
]  # fmt: skip


def marked(text: str) -> tuple[SourceText, Point]:
    """Return a text without its mark, and where that stood."""
    before, _, after = text.partition(MARK)
    return SourceText(before + after), Point(before.count("\n"), len(before) - before.rfind("\n") - 1)


@pytest.mark.parametrize(("name", "text", "kind", "path", "word"), SPOTS)
def test_finds_what_stands_at_a_place(
    name: str, text: str, kind: Kind, path: tuple[str, ...], word: str
) -> None:
    source, point = marked(text)
    spot = spot_at(source, Path(name), point)
    assert (spot.kind, spot.path, spot.word) == (kind, path, word)
    if kind is not Kind.TEXT:
        assert source.line(point.line)[spot.start : spot.end] == word


@given(st.text(alphabet="ab:-|>\"'[]{},#& \n\t`~.🦊", max_size=60), st.data())
def test_any_text_has_a_spot_everywhere(text: str, data: st.DataObject) -> None:
    """Whatever is typed, an answer comes, and the word is one of the line."""
    for name, head in (("a.yaml", ""), ("a.yaml", HEAD), ("a.md", ""), ("a.md", MARKDOWN + "## Q\n")):
        source = SourceText(head + text)
        line = data.draw(st.integers(0, len(source.lines) - 1))
        point = Point(line, data.draw(st.integers(0, len(source.line(line)))))
        spot = spot_at(source, Path(name), point)
        if spot.kind not in {Kind.TEXT, Kind.NOTHING}:
            assert spot.start <= spot.end <= len(source.line(line))
            assert source.line(line)[spot.start : spot.end] == spot.word


PIECES = st.sampled_from(
    ["tags: [", "topic::x", "]", "\n", "    ", "  - ", "id: a", "question: What?", "answer: |\n", "![p](media/p.svg)",
     "facts:\n", "text: A {{c1::b}}.", "level: ", "one", '"', "'", "{", "}", ",", "#", "## Q {#q}\n", "### Tags\n",
     "### Facts\n", "- `b`: c", "---\n", "note_type: cloze", "🦊", "\r\n", "\t", "[sound:p.svg]", "previous_ids: [z]",
     "decks:\n", "w: tag:topic::x -(", "namespace: n", "title: T", "levels:\n", "key: one", "name: One"]
)  # fmt: skip


@pytest.mark.parametrize("name", ["a.yaml", "a.md", "bank.yaml"])
def test_every_question_about_any_text_is_answered(tmp_path: Path, name: str) -> None:
    """Texts of pieces that a bank has, in any order; each answer lies within the text."""
    first = questions("one", question("z", tags=["topic::x"]))
    root = make_bank(tmp_path, {"a.yaml": first, "media/p.svg": b"<svg/>"}, tags={"topic::x": "X."})
    path = root / name
    heads = ["", HEAD, "---\nlevel: one\n---\n\n## Q\n\n", (root / "bank.yaml").read_text(encoding="utf-8")]

    # Once for all: to load the note types takes the longest.
    reader, examination = BankReader(root), Examination(root)

    @settings(max_examples=25, deadline=None)
    @given(st.sampled_from(heads), st.lists(PIECES, max_size=14), st.data())
    def answered(head: str, pieces: list[str], data: st.DataObject) -> None:
        source = SourceText(head + "".join(pieces))
        # Before and after it was read, and with an outdated text.
        for unsaved in (None, {}, {path.as_posix(): source.normal}):
            state = BankState(root)
            if unsaved is not None:
                reading = reader.read(unsaved)
                examination.follow(reading)
                examination.examine(lambda: False)
                found = tuple(sorted({*reading.diagnostics, *examination.problems()}))
                state = BankState(root, reading, found, ("cloze", "question"), ("gone",))
            line = data.draw(st.integers(0, len(source.lines) - 1))
            point = Point(line, data.draw(st.integers(0, len(source.line(line)))))
            assert_answers(state, path, source, point)

    answered()


def assert_answers(state: BankState, path: Path, source: SourceText, point: Point) -> None:
    """Ask everything about a place, and fail if an answer lies outside of the text."""
    ranges = [completion.range for completion in completions(state, path, source, point)]
    assert all(one.start <= point <= one.end for one in ranges)
    shown = hover(state, path, source, point)
    found = [one for one in state.diagnostics if one.position.path == path.as_posix()]
    ranges += [shown.range] if shown else []
    ranges += [range_of(one, source) for one in found]
    repairs = actions(state, path, source, Range(Point(0, 0), Point(len(source.lines), 0)))
    ranges += [edit.range for one in (*repairs, whole_file(state, path, source)) if one for edit in one.edits]
    for one in ranges:
        assert one.start <= one.end
        assert one.end.line < len(source.lines)
        assert one.end.column <= len(source.line(one.end.line))
    definitions(state, path, source, point)
    references(state, path, source, point, lambda _path: source, with_declaration=True)
    for symbol in outline(state, path, source):
        assert symbol.first_line <= symbol.last_line


LETTERS = st.text(alphabet="aé漢🦊\u0301\u2028\x0c\t", max_size=12)


@given(LETTERS, st.sampled_from(Units), st.data())
def test_units_lead_back_to_the_column(line: str, units: Units, data: st.DataObject) -> None:
    column = data.draw(st.integers(0, len(line)))
    count = units_before(line, column, units)
    assert column_of(line, count, units) == column
    encoding = {Units.UTF8: "utf-8", Units.UTF16: "utf-16-le", Units.UTF32: "utf-32-le"}[units]
    width = {Units.UTF8: 1, Units.UTF16: 2, Units.UTF32: 4}[units]
    assert count == len(line[:column].encode(encoding)) // width


@given(
    st.lists(st.tuples(LETTERS, st.sampled_from(["\n", "\r\n", "\r"])), max_size=5),
    LETTERS,
    st.sampled_from(Units),
    st.data(),
)
def test_edits_arrive_where_they_were_made(
    lines: list[tuple[str, str]], new: str, units: Units, data: st.DataObject
) -> None:
    """A line ends with one of the three breaks of the protocol, and with no other character."""
    parts = [*lines, ("end", "")]
    # An empty line between the two would not be one.
    assume(all(not (one[1] == "\r" and other == ("", "\n")) for one, other in pairwise(parts)))
    source = SourceText("".join(line + ending for line, ending in parts))
    assert list(source.lines) == [line for line, _ in parts]
    spots = []
    for _ in range(2):
        number = data.draw(st.integers(0, len(parts) - 1))
        column = data.draw(st.integers(0, len(parts[number][0])))
        offset = sum(len(line) + len(ending) for line, ending in parts[:number]) + column
        spots.append((offset, (number, units_before(parts[number][0], column, units))))
    (start, first), (end, last) = sorted(spots)
    edited = source.edited([Change(new, first, last)], units)
    assert edited.text == source.text[:start] + new + source.text[end:]


def test_places_in_markdown_are_those_of_the_text_as_it_is_written(tmp_path: Path) -> None:
    """Markdown is read with its accents composed; an editor has them as they are."""
    text = SourceText("Cafe\u0301 cafe\u0301 {{c1:x}}")
    found = Diagnostic(Position((tmp_path / "a.md").as_posix(), 1, 11), "cloze-syntax", "")
    assert range_of(found, text).start == Point(0, 12)


def test_documents_every_key() -> None:
    settings, file = FileKind.SETTINGS, FileKind.QUESTIONS
    for kind, path, keys in (
        (settings, (), BANK_KEYS),
        (settings, ("levels",), LEVEL_KEYS),
        (settings, ("preset",), PRESET_KEYS),
        (file, (), FILE_KEYS),
        (file, ("questions",), QUESTION_KEYS),
        (file, ("questions", "facts"), FACT_KEYS),
    ):
        assert {key.name for key in keys_at(kind, path)} == set(keys)
        for key in keys:
            assert re.search(r"\*\*( \(required\))?\n\n.", documentation(kind, (*path, key))), key


def test_an_unsaved_text_stands_in_for_its_file(tmp_path: Path) -> None:
    root = make_bank(tmp_path, {"a.yaml": questions("one", question("a"))})
    settings = (root / "bank.yaml").read_text(encoding="utf-8").replace("key: one", "key: first")
    unsaved = {
        (root / "bank.yaml").as_posix(): settings,
        (root / "b.yaml").as_posix(): questions("first", question("b")),
        (root / "_c.yaml").as_posix(): "[",
        (root / "media/d.md").as_posix(): "[",
        (tmp_path / "e.yaml").as_posix(): "[",
    }
    loaded, problems = load_bank(root, unsaved=unsaved)
    assert loaded is not None
    assert loaded.bank.level_keys == ("first", "two")
    assert [problem.code for problem in problems] == ["unknown-level", "file-unreadable"]
