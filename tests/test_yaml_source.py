"""YAML is read fast, and as the plain way of reading it reads: the same nodes, places and problems."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import reference_yaml
from banks import REPOSITORY
from hypothesis import example, given
from hypothesis import strategies as st

from ankiexport.source_files import read_text
from ankiexport.yaml_source import Mapping, Scalar, Sequence, parse_yaml

FILES = {
    path: text
    for folder in ("bank", "tests/golden")
    for path in sorted((REPOSITORY / folder).rglob("*.yaml"))
    if (text := read_text(path)[0]) is not None
}

# What questions are made of, and what authors get wrong.
PIECES = [
    "a: ", "b: ", "level: one\n", "questions:\n", "  - id: q\n", "    answer: |\n      It is.\n\n      So.\n", "    hint: >-\n      Long\n      text.\n",
    "  - ", "- ", "? ", ": ", "\n", "\n  ", "\n    ", " ", "  # comment\n", "'it''s'", '"q\\n"', '"e\\u0301"', "e\u0301", "é", "日本", "😀",
    "[", "]", "{", "}", ", ", "[a, b]", "{a: 1, a: 2}", "{[a]: b}", "? [a, b]\n: c\n", "&x ", "*x", "*x : 1\n", "*y", "&x {a: *x}\n", "!!str ", "! ",
    "|\n", "|2\n", ">\n", "|+\n\n", "~", "null", "010", "no", "---\n", "...\n", "%YAML 1.1\n", "\t", "@", "`", "\x01", "\ufeff", "[" * 25, "- " * 30,
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def told(node: Any, depth: int = 0) -> object:
    """Return all that a node of either way says; a collection may hold itself."""
    if node is None or depth > 30:
        return None
    if type(node).__name__ == "Scalar":
        return (node.value, node.is_null, node.text, node.text.place, node.position)
    if type(node).__name__ == "Sequence":
        return (node.position, [told(item, depth + 1) for item in node.items])
    entries = [(name, told(key), told(value, depth + 1)) for name, (key, value) in node.entries.items()]
    return (node.position, entries)


def assert_same(text: str, first_line: int = 1) -> None:
    """Read a text both ways."""
    node, found = parse_yaml(text, "x.yaml", first_line=first_line)
    plain, expected = reference_yaml.parse_yaml(text, "x.yaml", first_line=first_line)
    assert told(node) == told(plain)
    assert Counter(found) == Counter(expected)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_the_files_of_banks_are_read_as_ever(path: Path) -> None:
    assert_same(FILES[path])


@given(TEXTS, st.integers(1, 9))
@example("a: 1\na: 2\nb: [", 1)
@example("{[a]: {b: 1, b: 2}, c", 1)
@example("a: &x [1]\n*x : 2\n", 1)
@example("a: &x {b: *x}\n", 3)
@example("a: *nowhere\n", 1)
@example("a: 1\n---\nb: 2\n", 1)
def test_any_text_is_read_as_ever(text: str, first_line: int) -> None:
    assert_same(text, first_line)


@given(st.sampled_from(list(FILES)), st.data())
def test_a_file_with_a_mistake_is_read_as_ever(path: Path, data: st.DataObject) -> None:
    """Somewhere a piece is put in, or some characters are taken out."""
    text = FILES[path]
    at = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 3))
    assert_same(text[:at] + data.draw(st.sampled_from(PIECES)) + text[at + gone :])


def test_nodes_know_their_places() -> None:
    """So that the comparison is not of nothing with nothing."""
    node, _ = parse_yaml("a:\n  - |\n    text\n  - {b: 'c'}\n", "x.yaml", first_line=5)
    assert isinstance(node, Mapping)
    key, items = node.entries["a"]
    assert str(key.position) == "x.yaml:5:1"
    assert isinstance(items, Sequence)
    block, inner = items.items
    assert isinstance(block, Scalar)
    assert str(block.text.at(1)) == "x.yaml:7:6"
    assert isinstance(inner, Mapping)
    assert str(inner.position) == "x.yaml:8:5"
    assert str(inner.entries["b"][1].position) == "x.yaml:8:10"
