"""Banks as they are read: both forms of a file, places, order, and what YAML must not guess."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankiexport.bank import load_bank, question_files
from ankiexport.diagnostics import Diagnostic, Position, as_github, as_json, as_text
from ankiexport.question import LoadedBank, Place, Question

SETTINGS = """title: Test bank
namespace: test-bank
levels:
  - {key: one, name: One}
  - {key: two, name: Two}
"""

YAML_FORM = """level: one
tags: [file-tag]
questions:
  - id: a
    question: |
      What is it?

      More of it.
    hint:
      - First.
      - |
        Second:

        1. list
    answer: |
      **Text** with `code`

      ```python
      # not a heading
      ## nor this
      ```

      #### A heading of its own
    key_points:
      - One.
      - |
        Two, over
        two lines.
    pitfalls: [Trap.]
    follow_ups:
      - "Why? And: how?"
    sources: [Somebody (2020).]
    tags: [x::y, z]
    note_type: question
    facts:
      - id: a-fact
        text: A {{c1::fact}}.
"""

MARKDOWN_FORM = """---
level: one
tags: [file-tag]
---

# Title of the page

A remark.

## What is it? {#a}

More of it.

### Hint

First.

### Hint 2

Second:

1. list

### Answer

**Text** with `code`

```python
# not a heading
## nor this
```

#### A heading of its own

### Key points

- One.
- Two, over
  two lines.

### Pitfalls

- Trap.

### Follow-ups

* Why? And: how?

### Sources

1. Somebody (2020).

### Tags

`x::y`, z

### Note type

question

### Facts

- `a-fact`: A {{c1::fact}}.
"""


def read(folder: Path, files: dict[str, str]) -> tuple[LoadedBank, list[Diagnostic]]:
    """Write a bank and read it."""
    for name, text in {"bank.yaml": SETTINGS, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    loaded, problems = load_bank(folder)
    assert loaded is not None
    return loaded, problems


def stripped(question: Question) -> list[str]:
    """Return all texts of a question without the line breaks at their ends."""
    texts = [question.question, question.answer, *question.hints, *question.key_points, *question.pitfalls]
    texts += [
        *question.follow_ups,
        *question.sources,
        *question.tags,
        *(fact.text for fact in question.facts),
    ]
    return [text.value.strip() for text in texts if text]


def test_both_forms_give_the_same_question(tmp_path: Path) -> None:
    """YAML and Markdown are two ways to write one thing."""
    (yaml_bank, yaml_problems) = read(tmp_path / "y", {"q.yaml": YAML_FORM})
    (markdown_bank, markdown_problems) = read(tmp_path / "m", {"q.md": MARKDOWN_FORM})
    assert yaml_problems == markdown_problems == []
    (one,), (other,) = yaml_bank.questions, markdown_bank.questions
    assert stripped(one) == stripped(other)
    assert (one.id, one.level, one.note_type, one.facts[0].id) == (
        other.id,
        other.level,
        other.note_type,
        "a-fact",
    )


@pytest.mark.parametrize(("name", "text"), [("q.yaml", YAML_FORM), ("q.md", MARKDOWN_FORM)])
def test_places_point_at_what_they_name(name: str, text: str, tmp_path: Path) -> None:
    """Each word of a text can be found again at the place that is told for it."""
    loaded, _ = read(tmp_path, {name: text})
    lines = text.split("\n")
    question = loaded.questions[0]
    assert question.answer is not None
    for source, word in [
        (question.question, "More"),
        (question.answer, "code"),
        (question.answer, "not a"),
        (question.hints[1], "list"),
        (question.key_points[1], "Two"),
        (question.key_points[1], "two lines"),
        (question.follow_ups[0], "Why"),
        (question.tags[1], "x::y"),
        (question.tags[2], "z"),
        (question.facts[0].text, "{{c1"),
    ]:
        where = source.at(source.value.index(word))
        assert lines[where.line - 1][where.column - 1 :].startswith(word), (word, where)
    assert lines[question.position.line - 1][question.position.column - 1 :].startswith("a")


def test_values_stay_as_they_are_written(tmp_path: Path) -> None:
    """YAML's guesses are not for texts: 010 is not 8, and no is not False."""
    text = "level: one\nquestions:\n  - {id: a, question: 010, answer: no, hint: [0x1F, 1e3, null, ~, 2020-01-01]}\n"
    loaded, problems = read(tmp_path, {"q.yaml": text})
    question = loaded.questions[0]
    assert question.answer is not None
    assert (question.question.value, question.answer.value) == ("010", "no")
    assert [hint.value for hint in question.hints] == ["0x1F", "1e3", "2020-01-01"]
    assert [problem.code for problem in problems] == ["empty-text", "empty-text"]


def test_order_of_study(tmp_path: Path) -> None:
    """Levels come first, then files in natural order, then the order in the file."""

    def file(level: str, *ids: str) -> str:
        questions = "".join(f"  - {{id: {name}, question: Q, answer: A}}\n" for name in ids)
        return f"level: {level}\nquestions:\n{questions}"

    files = {
        "q10.yaml": file("one", "d"),
        "q2.yaml": file("one", "c", "b"),
        "a.yaml": file("two", "e"),
        "Z/a.yml": file("one", "f"),
    }
    loaded, problems = read(tmp_path, files)
    assert problems == []
    assert [question.id for question in loaded.questions] == ["c", "b", "d", "f", "e"]


def test_what_is_no_question_file(tmp_path: Path) -> None:
    """Readmes, drafts, hidden files, media and templates are left alone."""
    names = [
        "README.md",
        "_draft.yaml",
        ".hidden/x.yaml",
        "media/a.md",
        "card_templates/question/x.yaml",
        "notes.txt",
    ]
    for name in [*names, "bank.yaml", "q.yaml", "sub/media/q.md", "sub/bank.yaml"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    found = [path.relative_to(tmp_path).as_posix() for path in question_files(tmp_path)]
    assert found == ["q.yaml", "sub/bank.yaml", "sub/media/q.md"]


def test_windows_line_breaks_and_byte_order_mark(tmp_path: Path) -> None:
    """A file saved by another system's editor reads the same, with the same places."""
    plain, _ = read(tmp_path / "a", {"q.yaml": YAML_FORM})
    other, _ = read(tmp_path / "b", {"q.yaml": YAML_FORM})
    path = tmp_path / "b" / "q.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + YAML_FORM.replace("\n", "\r\n").encode())
    again, problems = load_bank(tmp_path / "b")
    assert again is not None
    assert problems == []
    assert again.questions == other.questions == plain.questions
    assert again.questions[0].position.line == other.questions[0].position.line


def test_anchors_and_aliases_are_understood(tmp_path: Path) -> None:
    """What YAML offers against repetition works."""
    text = (
        "level: one\ntags: &tags [x, y]\nquestions:\n"
        "  - {id: a, question: Q, answer: &answer A, tags: *tags}\n  - {id: b, question: Q, answer: *answer}\n"
    )
    loaded, problems = read(tmp_path, {"q.yaml": text})
    assert problems == []
    first, second = loaded.questions
    assert first.answer == second.answer
    assert [tag.value for tag in first.tags] == ["x", "y", "x", "y"]


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
        lambda text: text.strip() == text
    )
)
def test_a_text_in_a_block_comes_back(text: str) -> None:
    """Whatever an author writes in a block is the text of the card (in Unicode's normal form)."""
    from unicodedata import normalize

    from ankiexport.yaml_source import Mapping, Scalar, parse_yaml

    node, problems = parse_yaml(f"key: |-\n  {text}\n", "x.yaml")
    if problems:
        # Characters that YAML does not allow are reported, never dropped.
        assert [problem.code for problem in problems] == ["yaml-syntax"]
        return
    assert isinstance(node, Mapping)
    value = node.entries["key"][1]
    assert isinstance(value, Scalar)
    assert value.value == normalize("NFC", text.replace("\x85", "\n").replace("\u2028", "\u2028"))


@given(st.lists(st.text("ab \n", max_size=6), min_size=1), st.data())
def test_positions_in_a_block(parts: list[str], data: st.DataObject) -> None:
    """Line k of a block is line k of the file from its beginning on, at its indentation."""
    text = "\n".join(parts)
    place = Place(Position("x", 7, 5), follows=True, indent=4)
    offset = data.draw(st.integers(0, len(text)))
    where = place.at(text, offset)
    before = text[:offset].split("\n")
    assert (where.line, where.column) == (7 + len(before) - 1, 5 + len(before[-1]))


def test_diagnostics_in_all_styles(tmp_path: Path) -> None:
    """A problem looks as a person, a program and a CI service expect it."""
    import json

    path = tmp_path / "q.yaml"
    path.write_text("level: one\nquestions: 100%\n", encoding="utf-8")
    where = Position(path.as_posix(), 2, 12)
    problem = Diagnostic(where, "wrong-type", "50%, or:\nmore", "do this", (Position("b.yaml", 3, 4),))
    text = as_text([problem])
    assert text.startswith(f"{path.as_posix()}:2:12: error[wrong-type]: 50%, or:\nmore\n")
    assert "  2 | questions: 100%\n    |            ^\n  also at b.yaml:3:4\n  help: do this" in text
    (data,) = json.loads(as_json([problem]))
    assert (data["line"], data["severity"], data["related"][0]["path"]) == (2, "error", "b.yaml")
    github = as_github([problem])
    assert github == (
        f"::error file={path.as_posix()},line=2,col=12,title=wrong-type::50%25, or:%0Amore%0Ado this"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("q.yaml", 'level: one\nquestions:\n  - {id: "", question: Q, answer: A}\n'),
        ("q.md", "---\nlevel: one\n---\n## Q {#}\n### Answer\nA\n"),
    ],
)
def test_an_empty_id_is_a_missing_one(name: str, text: str, tmp_path: Path) -> None:
    """An id that is there but empty would tie no card to anything."""
    _, problems = read(tmp_path, {name: text})
    assert [problem.code for problem in problems] == ["missing-id"]


def test_accents_are_the_same_in_both_forms(tmp_path: Path) -> None:
    """Decomposed letters are composed, as Anki would do, in YAML and in Markdown."""
    yaml_bank, _ = read(
        tmp_path / "y", {"q.yaml": "level: one\nquestions:\n  - {id: a, question: cafe\u0301, answer: A}\n"}
    )
    markdown_bank, _ = read(
        tmp_path / "m", {"q.md": "---\nlevel: one\n---\n## cafe\u0301 {#a}\n### Answer\nA\n"}
    )
    assert yaml_bank.questions[0].question.value == markdown_bank.questions[0].question.value == "caf\u00e9"
