"""`ankiexport tags rename`: the whole bank follows, and nothing else changes."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from banks import FIRST_BANK, files_in, lock_of, make_bank
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from ankiexport.bank import load_bank
from ankiexport.cli.app import cli
from ankiexport.errors import TagRenameError
from ankiexport.files import replace_files
from ankiexport.fixes import rename_tag
from ankiexport.fixes.source_files import TagTable
from ankiexport.pipeline import check_bank

BANK = """\
title: Test  # of renaming
namespace: tests/rename
levels:
  - {key: one, name: One}

# The words that questions may bear.
tags:
  a: what a is for  # a comment
  # about a::b
  a::b:
    description: |
      Two
      lines.
    aliases: old  # older
  a::c:
  "d": {description: 'in "quotes"', aliases: [e, f]}
  g: |
    A block.

    With two parts.
  h:
    # a comment inside
    name: Ha
defaults:
  tags: [a::c]  # for all
decks:
  first: tag:a -tag:d
  second: 'tag:a::* or "tag:old"'
  third: "tag:a\\\\_"
"""
QUESTIONS = """\
level: one
tags: [a, "d"]  # two
questions:
  # the first
  - id: x
    question: Q?
    answer: A.
    tags:
      - a::b  # below a
      - g
    facts:
      - {id: y, text: "{{c1::Z}}.", tags: a}
"""
MARKDOWN = """\
---
level: one
tags: [a::c]
---

## What is m? {#m}

### Answer

It is m, and a is a.

### Tags

a::b, h
"""


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bank in many styles, in the folder in which the test stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    return make_bank(tmp_path, {"bank.yaml": BANK, "q.yaml": QUESTIONS, "m.md": MARKDOWN})


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_tag_and_those_below_it(bank: Path) -> None:
    """Every place follows, in every file; comments and quotes stay."""
    result = run("tags", "rename", "a", "n::a")
    assert result.exit_code == 0, result.output
    assert text_of(bank / "bank.yaml") == BANK.replace(
        "  a: what a is for  # a comment\n",
        "  n::a:\n    description: what a is for  # a comment\n    aliases: [a]\n",
    ).replace("  a::b:\n", "  n::a::b:\n").replace("aliases: old  #", "aliases: [old, a::b]  #").replace(
        "  a::c:\n", "  n::a::c:\n    aliases: [a::c]\n"
    ).replace("tags: [a::c]", "tags: [n::a::c]").replace("tag:a -tag", "tag:n::a -tag").replace(
        "'tag:a::* or", "'tag:n::a::* or"
    )
    assert text_of(bank / "q.yaml") == QUESTIONS.replace("[a,", "[n::a,").replace(
        "- a::b", "- n::a::b"
    ).replace("tags: a}", "tags: n::a}")
    assert text_of(bank / "m.md") == MARKDOWN.replace("[a::c]", "[n::a::c]").replace("a::b, h", "n::a::b, h")
    assert "bank/q.yaml:2:8: a -> n::a\n" in result.stdout
    assert result.stdout.endswith("5 places in 3 files changed\n")
    assert not check_bank(bank).has_errors
    assert "alias-tag" not in {problem.code for problem in check_bank(bank).diagnostics}


def test_old_names_are_understood(bank: Path) -> None:
    """In searches, and by authors, whose next word is repaired."""

    def found(name: str) -> list[str]:
        lines = run("list", "--search", f"tag:{name}").stdout.splitlines()
        return [line.partition("\t")[0] for line in lines]

    before = found("a::b")
    assert before == ["m", "x", "y"]
    assert run("tags", "rename", "a::b", "z").exit_code == 0
    for name in ("a::b", "old", "z"):
        assert found(name) == before
    # By an alias the tag is known as well.
    assert run("tags", "rename", "OLD", "zz").exit_code == 0
    assert check_bank(bank).outline
    assert "aliases: [old, a::b, z]" in text_of(bank / "bank.yaml")


def test_there_and_back(bank: Path) -> None:
    """A name that becomes a tag again is no alias of itself."""
    assert run("tags", "rename", "h", "i").exit_code == 0
    assert run("tags", "rename", "i", "h").exit_code == 0
    text = text_of(bank / "bank.yaml")
    assert "  h:\n    # a comment inside\n    name: Ha\n    aliases: [i]\n" in text
    assert text_of(bank / "m.md") == MARKDOWN


def test_two_tags_become_one(bank: Path) -> None:
    """The one that is there takes the other in; a question that has both has it once."""
    (bank / "q.yaml").write_text(QUESTIONS.replace("- g\n", "- g\n      - h\n"), encoding="utf-8")
    assert run("tags", "rename", "g", "h").exit_code == 0
    declared = yaml.safe_load(text_of(bank / "bank.yaml"))["tags"]
    assert "g" not in declared
    assert declared["h"] == {"name": "Ha", "aliases": ["g"]}
    assert text_of(bank / "q.yaml") == QUESTIONS.replace("- g\n", "- h\n")
    assert not check_bank(bank).has_errors


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("d", "é", '  "é": {description: \'in "quotes"\', aliases: [e, f, d]}\n'),
        ("d", "e", '  "e": {description: \'in "quotes"\', aliases: [f, d]}\n'),
        ("g", "k", "  k:\n    description: |\n      A block.\n\n      With two parts.\n    aliases: [g]\n"),
        ("h", "(h)", '  "(h)":\n    # a comment inside\n    name: Ha\n    aliases: [h]\n'),
    ],
)
def test_every_form_of_an_entry(bank: Path, old: str, new: str, expected: str) -> None:
    result = run("tags", "rename", old, new)
    assert result.exit_code == 0, result.output
    text = text_of(bank / "bank.yaml")
    assert expected in text


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("x", "n", "tags: {n: {aliases: [x]}, y: text, z: {description: t}}"),
        ("y", "n", "tags: {x: , n: {description: text, aliases: [y]}, z: {description: t}}"),
        ("z", "n", "tags: {x: , y: text, n: {aliases: [z], description: t}}"),
        ("x", "y", "tags: { y: {description: text, aliases: [x]}, z: {description: t}}"),
        ("z", "y", "tags: {x: , y: {description: text, aliases: [z]}, }"),
    ],
)
def test_a_vocabulary_on_one_line(old: str, new: str, line: str, tmp_path: Path) -> None:
    """It stays on one line."""
    head = "title: T\nnamespace: t\nlevels: [{key: one, name: One}]\n"
    settings = f"{head}tags: {{x: , y: text, z: {{description: t}}}}\n"
    (tmp_path / "bank.yaml").write_text(settings, encoding="utf-8")
    texts, _fixes = rename_tag(tmp_path, old, new)
    assert texts == {tmp_path / "bank.yaml": f"{head}{line}\n"}


def test_a_dry_run_writes_nothing(bank: Path) -> None:
    before = files_in(bank)
    result = run("tags", "rename", "-n", "a", "n")
    assert result.stdout.endswith("5 places in 3 files would change\n")
    assert files_in(bank) == before


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("nope", "b", "no such tag is in the bank"),
        ("a", "a", "it has this name"),
        ("a", "a::x", "a tag cannot come to lie below itself"),
        ("a", "b c", "has a space in it"),
        ("a", "b::", "has an empty part"),
        ("level::one", "x", "comes from the levels"),
        ("a", "level::one", "comes from the levels"),
        ("a", "retired", "is given by builds alone"),
        ("changed::2026-11", "x", "is given by builds alone"),
    ],
)
def test_what_cannot_be_renamed(bank: Path, old: str, new: str, reason: str) -> None:
    before = files_in(bank)
    result = run("tags", "rename", old, new)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert files_in(bank) == before


def test_a_comment_that_would_be_lost_stops_it(bank: Path) -> None:
    """Nothing is written, not even the files that could be."""
    before = files_in(bank)
    result = run("tags", "rename", "a", "g")
    assert result.exit_code == 2
    assert "bank.yaml does not let itself be edited; edit it by hand" in result.stderr
    assert files_in(bank) == before


def test_a_file_with_errors_stops_it(bank: Path) -> None:
    (bank / "bad.yaml").write_text("level: [\n", encoding="utf-8")
    assert "bad.yaml has errors; run: ankiexport check" in run("tags", "rename", "a", "n").stderr


def test_a_bank_without_a_vocabulary(bank: Path) -> None:
    """There is no place for an alias, so named searches are the only settings that change."""
    open_bank = re.sub(r"# The words.*?(?=defaults:)", "", BANK, flags=re.DOTALL)
    (bank / "bank.yaml").write_text(open_bank, encoding="utf-8")
    assert run("tags", "rename", "a", "n").exit_code == 0
    assert text_of(bank / "bank.yaml") == open_bank.replace("[a::c]", "[n::c]").replace(
        "tag:a -", "tag:n -"
    ).replace("'tag:a::*", "'tag:n::*")
    assert "tags: [n, " in text_of(bank / "q.yaml")


def test_learners_get_the_new_tag_with_the_next_build(bank: Path) -> None:
    """Only the notes that bear it change."""
    assert run("build").exit_code == 0
    before = lock_of(bank).notes
    assert run("tags", "rename", "h", "i").exit_code == 0
    changes = json.loads(run("build", "--json").stdout)["changes"]
    assert changes["changed"] == 1
    after = lock_of(bank).notes
    assert [key for key in after if after[key].mod != before[key].mod] == ["m"]
    assert "i" in after["m"].tags


VOCABULARY = sorted(yaml.safe_load((FIRST_BANK / "bank.yaml").read_text(encoding="utf-8"))["tags"])


@settings(max_examples=25, deadline=None)
@given(
    old=st.sampled_from([*VOCABULARY, "topic", "skill", "topic::cf"]),
    new=st.one_of(
        st.sampled_from(VOCABULARY), st.from_regex(r"[a-z(é]{1,3}(::[a-z-]{1,3})?", fullmatch=True)
    ),
)
def test_any_renaming_of_the_first_bank_is_whole_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, old: str, new: str
) -> None:
    """Each note has the tags that it had, under their new names; the bank has no new problem."""
    root = tmp_path_factory.mktemp("rename") / "bank"
    shutil.copytree(FIRST_BANK, root)
    before = files_in(root)
    try:
        texts, _fixes = rename_tag(root, old, new)
    except TagRenameError:
        assert files_in(root) == before
        return
    replace_files(texts)
    (loaded, problems), (original, _problems) = load_bank(root), load_bank(FIRST_BANK)
    assert loaded
    assert original
    assert not problems
    table = TagTable(loaded.bank)
    for question, same in zip(loaded.questions, original.questions, strict=True):
        assert question.tags == table.unified(same.tags)
        assert question.answer == same.answer
        assert [fact.tags for fact in question.facts] == [table.unified(fact.tags) for fact in same.facts]
