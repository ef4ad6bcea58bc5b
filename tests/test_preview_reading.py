"""Reading a bank again after changes: the same as reading it anew, and nothing is done twice."""

import os
import random
from pathlib import Path

import pytest
from banks import make_bank, question, questions

from ankiexport.bank import read_questions
from ankiexport.live_bank.contents import Contents
from ankiexport.live_bank.reading import BankReader
from ankiexport.pages.titles import title_of
from ankiexport.preview.live import Preview
from ankiexport.question import Bank


def file_of(dice: random.Random, name: str) -> str:
    """Return the text of a question file, some of which cannot be read."""
    items = [
        question(f"{name}-{dice.randrange(4)}", answer=dice.choice(["a", "b", "$x$"]))
        for _ in range(dice.randrange(4))
    ]
    level = dice.choice(["one", "two", "two", "nope"])
    return dice.choice([questions(level, *items)] * 9 + ["questions: [\n"])


@pytest.mark.parametrize("seed", range(8))
def test_reading_again_is_the_same_as_reading_anew(tmp_path: Path, seed: int) -> None:
    """Whatever is changed, added, renamed or removed; but for files that cannot be read, which stay as they were."""
    dice = random.Random(seed)
    root = make_bank(tmp_path, {})
    reader = BankReader(root)
    for step in range(12):
        name = f"{dice.choice('abcd')}.yaml"
        path = root / name
        action = dice.random()
        if action < 0.7 or not path.exists():
            path.write_text(file_of(dice, name[0]), encoding="utf-8")
            os.utime(path, ns=(step, step))
        elif action < 0.85:
            path.unlink()
        else:
            path.rename(root / f"e{step}.yaml")
        again, anew = reader.read(), BankReader(root).read()
        assert again.diagnostics == anew.diagnostics
        kept = [entry for entry in again.entries if entry.position.path not in again.stale]
        assert kept == list(anew.entries)


def test_reads_only_what_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_bank(tmp_path, {f"{name}.yaml": questions("one", question(name)) for name in "abc"})
    read: list[str] = []

    def counting(path: Path, bank: Bank) -> object:
        read.append(path.name)
        return read_questions(path, bank)

    monkeypatch.setattr("ankiexport.live_bank.reading.read_questions", counting)
    reader = BankReader(root)
    first = reader.read()
    assert read == ["a.yaml", "b.yaml", "c.yaml"]
    (root / "b.yaml").write_text(questions("one", question("b"), question("new")), encoding="utf-8")
    second = reader.read()
    assert read[3:] == ["b.yaml"]
    assert reader.changed == {(root / "b.yaml").as_posix()}
    assert second.note_types == first.note_types
    assert all(second.note_types[key] is first.note_types[key] for key in first.note_types)
    make_bank(tmp_path, {}, defaults={"tags": ["x"]})
    assert all("x" in entry.tags for entry in reader.read().entries)
    assert len(read) == 7


@pytest.mark.skipif(os.name == "nt", reason="Windows does not say when a file was changed, but by its time")
def test_reads_a_file_again_that_brought_its_time_along(tmp_path: Path) -> None:
    root = make_bank(tmp_path, {"a.yaml": questions("one", question("a", question="Why?"))})
    reader = BankReader(root)
    assert reader.read().entries[0].title == "Why?"
    before = (root / "a.yaml").stat()
    (root / "a.yaml").write_text(questions("one", question("a", question="How?")), encoding="utf-8")
    os.utime(root / "a.yaml", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (root / "a.yaml").stat().st_size == before.st_size
    assert reader.read().entries[0].title == "How?"


def test_renders_only_what_is_asked_for_and_once(tmp_path: Path, rendered: list[str]) -> None:
    root = make_bank(tmp_path, {f"{name}.yaml": questions("one", question(name)) for name in "ab"})
    preview = Preview(root)
    assert rendered == []
    preview.shown("b")
    preview.shown("b")
    assert rendered == ["b"]
    (root / "a.yaml").write_text(questions("one", question("a", answer="new")), encoding="utf-8")
    preview.refresh()
    preview.shown("b")
    assert rendered == ["b"], "its file has not changed"
    assert preview.render_all(lambda: False)
    assert sorted(rendered) == ["a", "b"]
    assert not preview.snapshot.reading.stale
    preview.refresh()
    assert not preview.render_all(lambda: True)


def test_renders_again_when_a_picture_changes(tmp_path: Path) -> None:
    root = make_bank(
        tmp_path,
        {"a.yaml": questions("one", question("a", answer="![x](media/x.svg)")), "media/x.svg": "<svg/>"},
    )
    preview = Preview(root)
    before = preview.shown("a")
    (root / "media" / "x.svg").write_text("<svg><g/></svg>", encoding="utf-8")
    preview.refresh()
    after = preview.shown("a")
    assert before
    assert before.note
    assert after
    assert after.note
    assert before.note.fields["Answer"] != after.note.fields["Answer"]


def test_forgets_what_the_bank_no_longer_has(tmp_path: Path) -> None:
    root = make_bank(tmp_path, {"a.yaml": questions("one", question("a"), question("b"))})
    reader, contents = BankReader(root), Contents(root)
    for _ in range(3):
        (root / "a.yaml").write_text(questions("one", question("a"), question("b")), encoding="utf-8")
        os.utime(root / "a.yaml", ns=(_, _))
        found = reader.read()
        contents.follow(found)
        for entry in found.entries:
            contents.facts(entry)
            contents.shown(entry)
            contents.facts(entry)
    assert len(contents._rendered) == len(contents._facts) == 2


@pytest.mark.parametrize(
    ("markdown", "title"),
    [
        ("Why?", "Why?"),
        ("\n\nWhy *so* **much** `code_x`?\nand more\n\nLater.", "Why so much code_x? and more"),
        ("A {{c1::b::hint}} and {{c2::c {{c1::d}}}}.", "A b and c d."),
        (
            "See ![the box](a.svg), [a link](b) and snake_case _here_.",
            "See the box, a link and snake_case here.",
        ),
        ("Is $\\hat{y}_{ui} = a*b*c$ *so*, for $5 or $6_?", "Is $\\hat{y}_{ui} = a*b*c$ so, for $5 or $6?"),
        ("x" * 300, "x" * 240 + "…"),
        ("", ""),
    ],
)
def test_titles_are_what_a_question_says_first(markdown: str, title: str) -> None:
    assert title_of(markdown) == title
