"""`ankiexport check --fix`: golden banks, and the laws that hold for every bank.

A golden case is a folder below `golden/fixes`: the bank `in`, and `out` as it is repaired, with
`fixes.txt` saying what was done. Setting UPDATE_GOLDEN writes `out` anew.
"""

import json
import os
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ankiexport.bank import load_bank, question_files
from ankiexport.bank_settings import is_slug
from ankiexport.diagnostics import Diagnostic
from ankiexport.files import replace_files
from ankiexport.fixes import Fix, fix_bank
from ankiexport.question import Bank, History, Question, Text
from ankiexport.question_nodes import FACT_KEYS, FILE_KEYS, QUESTION_KEYS
from ankiexport.tags import Vocabulary
from ankiexport.yaml_source import Mapping, Sequence, parse_yaml

HERE = Path(__file__).parent
CASES = sorted((HERE / "golden" / "fixes").iterdir())
BANK = (CASES[0] / "in" / "bank.yaml").read_text(encoding="utf-8")


def contents(root: Path) -> dict[str, bytes]:
    """Return the files below a folder."""
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def listed(fixes: list[Fix], root: Path) -> str:
    """Return the fixes one a line, with paths inside the bank."""
    return "".join(f"{fix.position}: {fix.message}\n".removeprefix(f"{root.as_posix()}/") for fix in fixes)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden(case: Path, tmp_path: Path) -> None:
    root = tmp_path / "bank"
    shutil.copytree(case / "in", root)
    texts, fixes = fix_bank(root)
    assert contents(root) == contents(case / "in"), "fix_bank writes nothing"
    replace_files(texts)
    (root / "fixes.txt").write_bytes(listed(fixes, root).encode())
    if "UPDATE_GOLDEN" in os.environ:
        shutil.rmtree(case / "out", ignore_errors=True)
        shutil.copytree(root, case / "out")
    assert contents(root) == contents(case / "out")
    assert fix_bank(root) == ({}, [])
    assert_same_questions(*_read(case / "in"), *_read(root))


def test_the_bank_of_this_project_is_laid_out_well() -> None:
    assert fix_bank(HERE.parent / "bank") == ({}, [])


def test_keys_out_of_order_come_back_to_their_places(tmp_path: Path) -> None:
    bank = HERE.parent / "bank"
    for path in bank.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        shuffled = re.sub(r"(?m)^  - id: .*\n(?:(?:    .*)?\n)+", lambda found: _backwards(found[0]), text)
        (tmp_path / path.name).write_text(shuffled, encoding="utf-8")
    texts, _fixes = fix_bank(tmp_path)
    assert len(texts) == len(list(bank.glob("*.yaml"))) - 1
    for path, text in texts.items():
        assert text == (bank / path.name).read_text(encoding="utf-8")


def _backwards(question: str) -> str:
    """Return a question with its keys in reverse order."""
    parts = re.split(r"(?m)^(?=    \w)", question.replace("- ", "  ", 1).rstrip("\n") + "\n")
    return "".join(reversed(parts)).replace("    ", "  - ", 1) + "\n"


def test_a_bank_without_settings_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("level: x  \n", encoding="utf-8")
    assert fix_bank(tmp_path) == ({}, [])


def test_a_repair_that_would_change_a_text_is_not_made(tmp_path: Path) -> None:
    # The explicit indentation makes the blanks of the last line content, which tidying would drop.
    text = "level: beginner\nquestions:\n  - question: |2\n          deep\n         \n    tags: [CS]\n"
    assert _after(text, tmp_path).replace("id: deep\n    ", "").replace("topic::cold-start", "CS") == text


def test_explicit_keys_move_too(tmp_path: Path) -> None:
    text = "level: beginner\nquestions:\n  - ? question\n    : Q\n    ? id\n    : q\n"
    assert _after(text, tmp_path).endswith("  - ? id\n    : q\n    ? question\n    : Q\n")


def test_recursive_and_repeated_aliases_cost_nothing(tmp_path: Path) -> None:
    bomb = "".join(f"x{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    text = f"level: beginner\nx0: &a0 [*a0, x]\n{bomb}questions:\n  - question: Q\n"
    assert "id: q\n" in _after(text, tmp_path)


# --- laws -----------------------------------------------------------------------------------------

WORDS = st.text("aZ é😀#:-'\"{}[]|>&*!%@`,\\", min_size=1, max_size=12).map(lambda text: f"w{text}")
TAGS = st.sampled_from(["topic::cs", "topic::cold-start", "CS", "Topic::Ranking", "skill::explain", "other"])
REMARKS = st.sampled_from(["", "", "", " #~", "   #~ x: [y", "  ", "\t"])


@st.composite
def values(draw: st.DrawFn, indent: int) -> str:
    """Return a text in some style, as it stands after the colon of its key."""
    style = draw(st.sampled_from(["plain", "quoted", "folded", "|", "|-", ">", ">-"] * 3 + ["|+"]))
    words = draw(WORDS)
    if style == "plain":
        return re.sub(r"[^\w ]", "", words).strip() + draw(REMARKS) + "\n"
    if style == "quoted":
        return json.dumps(words, ensure_ascii=False) + draw(REMARKS) + "\n"
    pad = " " * (indent + draw(st.integers(1, 3)))
    if style == "folded":
        quote = draw(st.sampled_from(["", '"']))
        gap = "\n" * draw(st.integers(1, 3))
        return f"{quote}some{draw(st.sampled_from(['', '  ']))}{gap}{pad}words{quote}{draw(REMARKS)}\n"
    lines = draw(
        st.lists(st.sampled_from(["", "  deeper", "# no comment", "two  ", "   ", "\ttab"]), max_size=4)
    )
    body = [words, *lines, words]
    return style + draw(REMARKS) + "\n" + "".join(f"{pad if b.strip() else ''}{b}\n" for b in body)


@st.composite
def tag_values(draw: st.DrawFn, indent: int) -> str:
    """Return a list of tags in flow or block style."""
    tags = draw(st.lists(TAGS, max_size=4))
    if not tags or draw(st.booleans()):
        separator = draw(
            st.sampled_from([", ", ",", f",\n{' ' * (indent + 1)}", f", #~\n{' ' * (indent + 1)}"])
        )
        return f"[{separator.join(tags)}]{draw(REMARKS)}\n"
    pad = " " * draw(st.integers(indent, indent + 2))
    return draw(REMARKS) + "\n" + "".join(f"{pad}- {tag}{draw(REMARKS)}\n" for tag in tags)


@st.composite
def above(draw: st.DrawFn, indent: int) -> str:
    """Return blank and comment lines that may stand above a key."""
    lines = draw(st.lists(st.sampled_from(["", "", "#~", "#~ a: b", "  ", "  #~ deeper"]), max_size=3))
    return "".join(f"{' ' * indent}{line}\n" if line.strip() else f"{line}\n" for line in lines)


@st.composite
def entries(draw: st.DrawFn, indent: int, keys: dict[str, str]) -> str:
    """Return a block mapping in an item of a list: the keys in any order, each with its kind of value."""
    wide = draw(st.integers(1, 3))
    inner = indent + 1 + wide
    chosen = draw(st.permutations(draw(st.lists(st.sampled_from(sorted(keys)), min_size=1, unique=True))))
    parts = []
    for number, key in enumerate(chosen):
        before = draw(above(inner)) + " " * inner if number else f"{' ' * indent}-{' ' * wide}"
        parts.append(f"{before}{key}:{draw(entry(inner, key, keys[key]))}")
    return draw(above(indent)) + "".join(parts)


@st.composite
def entry(draw: st.DrawFn, indent: int, key: str, kind: str) -> str:
    """Return what stands after a key's colon."""
    space = draw(st.sampled_from([" ", "  ", " \t"]))
    if kind == "tags":
        return space + draw(tag_values(indent))
    if kind == "facts":
        items = draw(st.lists(entries(indent + 2, {"id": "id", "text": "text", "tags": "tags"}), max_size=3))
        return "\n" + "".join(items) if items else " []\n"
    if kind == "id":
        return draw(st.sampled_from(["", " ~", ' ""', f" {key}-1", " one", " two #~"])) + "\n"
    return space + draw(values(indent))


@st.composite
def files(draw: st.DrawFn) -> str:
    """Return a YAML question file as a careless author may write it."""
    keys = dict.fromkeys(QUESTION_KEYS, "text") | {"id": "id", "tags": "tags", "facts": "facts"}
    del keys["note_type"]
    indent = draw(st.sampled_from([0, 2]))
    questions = "".join(draw(st.lists(entries(indent, keys), min_size=1, max_size=4)))
    head = {"level": "level: beginner\n", "questions": f"questions:\n{questions}"}
    if draw(st.booleans()):
        head["tags"] = f"tags: {draw(tag_values(0))}"
    text = "".join(draw(above(0)) + head[key] for key in draw(st.permutations(sorted(head))))
    text = draw(st.sampled_from([text, text.rstrip("\n"), text + "\n\n  \n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(st.lists(files(), min_size=1, max_size=2))
@settings(deadline=None, max_examples=60)
def test_laws_for_yaml(texts: list[str]) -> None:
    before = {f"{n}.yaml": text for n, text in enumerate(texts)}
    outcome = _fixed(before)
    for name, text in outcome.items():
        old = re.sub(r"[\ufeff\r]", "", before[name])
        assert sorted(re.findall(r"#~.*\S|#~", text)) == sorted(re.findall(r"#~.*\S|#~", old))
        node, problems = parse_yaml(text, name)
        if parse_yaml(old, name)[1]:
            assert text == before[name]
            continue
        assert isinstance(node, Mapping)
        assert not problems
        assert "\r" not in text
        assert text.endswith("\n")
        if "|+" in text:
            # Such a text takes the blank lines after it, so it is not always moved.
            continue
        if text.rstrip().rpartition("\n")[2].lstrip().startswith("#"):
            # Below a block that is moved to the end, a closing comment would become text.
            continue
        _assert_order(node, FILE_KEYS)
        for question in _items(node, "questions"):
            _assert_order(question, QUESTION_KEYS)
            for fact in _items(question, "facts"):
                _assert_order(fact, FACT_KEYS)


@given(
    st.sampled_from(sorted(p for case in CASES for p in question_files(case / "in"))),
    st.lists(
        st.tuples(
            st.integers(0, 2000),
            st.integers(0, 9),
            st.sampled_from([*"\n\t #:-[]{}'\"|&*a\r\x85\u2028\ufeff", ""]),
        )
    ),
)
@example(HERE / "golden/fixes/key-order/in/a.yaml", [(0, 0, "\ufeff"), (0, 0, "\ufeff")])
@settings(deadline=None, max_examples=200)
def test_laws_for_damaged_files(path: Path, damage: list[tuple[int, int, str]]) -> None:
    text = path.read_bytes().decode()
    for place, length, insertion in damage[:6]:
        at = place % (len(text) + 1)
        text = text[:at] + insertion + text[at + length :]
    _fixed({path.name: text})


def _fixed(texts: dict[str, str]) -> dict[str, str]:
    """Fix a bank with these files, check what holds for every bank, and return its texts."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        replace_files({root / "bank.yaml": BANK} | {root / name: text for name, text in texts.items()})
        old, problems = _read(root)
        changed, fixes = fix_bank(root)
        assert bool(changed) == bool(fixes)
        replace_files(changed)
        new, new_problems = _read(root)
        assert_same_questions(old, problems, new, new_problems)
        assert fix_bank(root) == ({}, [])
        return {name: (root / name).read_bytes().decode() for name in texts}


def assert_same_questions(
    old: list[Question], problems: list[Diagnostic], new: list[Question], new_problems: list[Diagnostic]
) -> None:
    """Check that only ids came and tags changed, that new ids are good, and that no new problem arose."""
    assert sorted(p.code for p in new_problems if p.code != "missing-id") == sorted(
        p.code for p in problems if p.code != "missing-id"
    )
    assert len(old) == len(new)
    used = [i for question in old for i in (question.id, *(fact.id for fact in question.facts))]
    for before, after in zip(old, new, strict=True):
        ids = [(one.id, other.id) for one, other in zip(before.facts, after.facts, strict=True)]
        for one, other in [(before.id, after.id), *ids]:
            if one != other:
                assert not one
                assert is_slug(other)
                assert other not in used
                used.append(other)
        assert _bare(before) == _bare(after)


def _bare(question: Question) -> Question:
    """Return a question without its ids, its tags being canonical and its last line break cut."""
    facts = tuple(
        replace(fact, id="", text=_cut(fact.text), tags=_tags(fact.tags), history=_past(fact.history))
        for fact in question.facts
    )
    return replace(
        question,
        id="",
        question=_cut(question.question),
        answer=question.answer and _cut(question.answer),
        hints=tuple(map(_cut, question.hints)),
        allow=tuple(map(_cut, question.allow)),
        key_points=tuple(map(_cut, question.key_points)),
        pitfalls=tuple(map(_cut, question.pitfalls)),
        follow_ups=tuple(map(_cut, question.follow_ups)),
        sources=tuple(map(_cut, question.sources)),
        tags=_tags(question.tags),
        history=_past(question.history),
        facts=facts,
    )


def _past(history: History) -> History:
    return History(
        previous_ids=tuple(map(_cut, history.previous_ids)),
        replaces=tuple(map(_cut, history.replaces)),
        revised=history.revised and _cut(history.revised),
        what_changed=history.what_changed and _cut(history.what_changed),
    )


def _cut(text: Text) -> Text:
    # A block at the end of a file without a line break gains one when the file does.
    return replace(text, value=text.value.rstrip("\n"))


def _tags(tags: tuple[Text, ...]) -> tuple[Text, ...]:
    vocabulary = Vocabulary.of(_bank())
    names = dict.fromkeys(vocabulary.resolve(tag.value.strip()) or tag.value for tag in tags)
    return tuple(Text(name, tags[0].place) for name in names)


def _bank() -> Bank:
    loaded, _problems = load_bank(CASES[0] / "in")
    assert loaded
    return loaded.bank


def _read(root: Path) -> tuple[list[Question], list[Diagnostic]]:
    loaded, problems = load_bank(root)
    assert loaded
    return list(loaded.questions), problems


def _after(text: str, root: Path) -> str:
    replace_files({root / "bank.yaml": BANK, root / "a.yaml": text})
    return fix_bank(root)[0].get(root / "a.yaml", text)


def _items(node: Mapping, key: str) -> list[Mapping]:
    found = node.entries.get(key)
    items = found[1].items if found and isinstance(found[1], Sequence) else []
    return [item for item in items if isinstance(item, Mapping)]


def _assert_order(node: Mapping, order: tuple[str, ...]) -> None:
    assert list(node.entries) == sorted(node.entries, key=order.index)
