"""A bank that is examined again after edits: the same as checked anew, and nothing is done twice."""

import random
from pathlib import Path

import pytest
from banks import make_bank, question, questions

from ankiexport.live_bank.examination import Examination, checked_whole
from ankiexport.live_bank.reading import BankReader
from ankiexport.pipeline import build_bank, check_bank


def examined_anew(reader: BankReader, examination: Examination, unsaved: dict[str, str]) -> object:
    """Return all that is wrong with a bank after an edit."""
    reading = reader.read(unsaved)
    examination.follow(reading)
    assert examination.examine(lambda: False)
    examined = examination.examined()
    assert examined is not None
    return checked_whole(examined).diagnostics


@pytest.mark.parametrize("seed", range(6))
def test_examining_again_is_the_same_as_checking(tmp_path: Path, seed: int) -> None:
    """With a lock, with files that cannot be read, and with edits of the settings."""
    dice = random.Random(seed)
    files = {f"{name}.yaml": questions("one", question(name), question(f"{name}-2")) for name in "abc"}
    root = make_bank(tmp_path, files, tags={"x": "X."}, decks={"week": "tag:x"})
    assert not build_bank(root, tmp_path / "dist").has_errors
    reader, examination = BankReader(root), Examination(root)
    for _ in range(8):
        name = f"{dice.choice('abcd')}.yaml"
        asked = dice.choice(["Is it so?", "What is $x?", "What does ABC do, and why?", "What is a?"])
        item = question(dice.choice("abcde"), question=asked, tags=[dice.choice(["x", "X", "y"])])
        text = dice.choice(
            [questions(dice.choice(["one", "two", "no"]), item, question("z"))] * 4 + ["[", ""]
        )
        if dice.random() < 0.2:
            make_bank(tmp_path, {}, tags={"x": "X.", "y": "Y."}, acronyms=[dice.choice(["ABC", "DEF"])])
        (root / name).write_text("[", encoding="utf-8")
        unsaved = examined_anew(reader, examination, {(root / name).as_posix(): text})
        (root / name).write_text(text, encoding="utf-8")
        assert unsaved == check_bank(root).diagnostics
        assert examined_anew(reader, examination, {}) == check_bank(root).diagnostics


def test_an_edit_renders_the_question_that_it_changes(tmp_path: Path, rendered: list[str]) -> None:
    """And those below it, when they stand elsewhere after it."""
    text = questions("one", question("a"), question("b"), question("c"))
    root = make_bank(tmp_path, {"a.yaml": text, "b.yaml": questions("two", question("d"))})
    reader, examination = BankReader(root), Examination(root)
    path = (root / "a.yaml").as_posix()
    for edited, expected in (
        (text, ["a", "b", "c", "d"]),
        (text.replace("It is b.", "It is that."), ["b"]),
        (text.replace("It is b.", "It is that.\n\n    Or this."), ["b", "c"]),
    ):
        rendered.clear()
        examined_anew(reader, examination, {path: edited})
        assert rendered == expected


def test_an_examination_can_be_given_up(tmp_path: Path) -> None:
    root = make_bank(tmp_path, {"a.yaml": questions("one", question("a"), question("b"))})
    reader, examination = BankReader(root), Examination(root)
    examination.follow(reader.read())
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 1

    assert not examination.examine(stop)
    assert examination.examine(lambda: False)
    examined = examination.examined()
    assert examined is not None
    assert [content.key for content in examined.contents] == ["a", "b"]
