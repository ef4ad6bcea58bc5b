"""The JSON Schemas and the parser agree: same keys, and the same verdict on generated files."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from ankiexport import resources
from ankiexport.bank_settings import (
    BANK_KEYS,
    DEFAULTS_KEYS,
    LABEL_KEYS,
    LEVEL_KEYS,
    PRESET_KEYS,
    TAG_KEYS,
    read_settings,
)
from ankiexport.pipeline import check_bank
from ankiexport.question_nodes import FACT_KEYS, FILE_KEYS, QUESTION_KEYS

BANK: dict[str, Any] = json.loads(resources.schema("bank").read_text(encoding="utf-8"))
QUESTIONS: dict[str, Any] = json.loads(resources.schema("questions").read_text(encoding="utf-8"))
ROOT = Path(__file__).parent.parent


def test_the_schemas_are_schemas() -> None:
    """Both files are valid JSON Schemas."""
    Draft7Validator.check_schema(BANK)
    Draft7Validator.check_schema(QUESTIONS)


@pytest.mark.parametrize(
    ("properties", "keys"),
    [
        (BANK["properties"], BANK_KEYS),
        (BANK["properties"]["levels"]["items"]["properties"], LEVEL_KEYS),
        (BANK["properties"]["tags"]["additionalProperties"]["anyOf"][1]["properties"], TAG_KEYS),
        (BANK["properties"]["defaults"]["properties"], DEFAULTS_KEYS),
        (BANK["properties"]["preset"]["properties"], PRESET_KEYS),
        (BANK["properties"]["labels"]["properties"], LABEL_KEYS),
        (QUESTIONS["properties"], FILE_KEYS),
        (QUESTIONS["definitions"]["question"]["properties"], QUESTION_KEYS),
        (QUESTIONS["definitions"]["fact"]["properties"], FACT_KEYS),
    ],
)
def test_schema_and_parser_know_the_same_keys(properties: dict[str, Any], keys: tuple[str, ...]) -> None:
    """A key that one of them lacks would be completed and refused, or taken and marked."""
    assert set(properties) == set(keys)


@pytest.mark.parametrize("folder", [ROOT / "bank", resources.starter_bank()], ids=["first", "starter"])
def test_our_banks_fit_their_schemas(folder: Path) -> None:
    """Every YAML file of the banks in the repository names its schema and fits it."""
    files = sorted(folder.rglob("*.yaml"))
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        kind = "bank" if path.name == "bank.yaml" else "questions"
        assert text.splitlines()[0].startswith("# yaml-language-server: $schema=")
        assert text.splitlines()[0].endswith(f"{kind}.schema.json")
        schema = BANK if kind == "bank" else QUESTIONS
        assert [error.message for error in Draft7Validator(schema).iter_errors(yaml.safe_load(text))] == []


_slugs = st.sampled_from(["a", "b-2", "A", "a b", "-a", "a--b", "ä", ""])
_texts = st.sampled_from(["text", "", "  ", "two\nlines", None, 5, True]) | st.just(["list"])
_lists = _texts | st.lists(st.sampled_from(["one", "two", ""]), max_size=2)
_tags = st.sampled_from(["x", "x::y", "x y", "x::", "::x", "x::::y", ["x", "y"], [], {"a": 1}])
_fact = st.fixed_dictionaries(
    {}, optional={"id": _slugs, "text": st.just("A {{c1::b}}."), "tags": _tags, "x": st.just(1)}
)
_question = st.fixed_dictionaries(
    {"id": _slugs, "question": _texts},
    optional={
        "answer": st.sampled_from(["A", 5]), "hint": _lists, "key_points": _lists, "tags": _tags,
        "note_type": st.just("question"), "facts": st.lists(_fact, max_size=1), "unknown": st.just(1),
        "card_decks": st.sampled_from(
            [{"1": "A::B"}, {}, {"0": "A"}, {"501": "A"}, {"x": "A"}, {"1": ""}, {"1": None}, {"1": ["A"]}, "A", ["A"]]
        ),
    },
)  # fmt: skip
_file = st.fixed_dictionaries(
    {"level": st.just("one"), "questions": st.lists(_question, min_size=1, max_size=1)},
    optional={"tags": _tags},
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_file)
def test_what_the_schema_refuses_the_parser_refuses(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]
) -> None:
    """A file that an editor marks does not build; one that it likes fails only for what a schema cannot say."""
    folder = tmp_path_factory.mktemp("bank", numbered=True)
    (folder / "bank.yaml").write_text(
        "title: T\nnamespace: t\nlevels: [{key: one, name: One}]\n", encoding="utf-8"
    )
    (folder / "q.yaml").write_text(
        yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    marked = [error.message for error in Draft7Validator(QUESTIONS).iter_errors(data)]
    beyond_schemas = (
        {"duplicate-id", "empty-text"} if "answer" not in data["questions"][0] else {"duplicate-id"}
    )
    problems = [problem for problem in check_bank(folder).diagnostics if problem.is_error]
    if marked:
        assert problems, marked
    else:
        assert {problem.code for problem in problems} <= beyond_schemas


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("language: pt-BR", True),
        ("language: x", False),
        ("preset: {desired_retention: 0.9}", True),
        ("preset: {desired_retention: 1.5}", False),
        ("preset: {new_cards_per_day: 1.5}", False),
        ("file_name: A b", False),
        ("tags: {x: , y: text, z: {aliases: w}}", True),
        ("tags: {x y: text}", False),
        ("tags: {x: [1]}", False),
        ("labels: {hint: Hinweis}", True),
        ("labels: {hin: Hinweis}", False),
        ("defaults: {note_type: cloze, tags: [x]}", True),
        ("defaults: {level: one}", False),
        ("decks: {week-1: 'tag:a or (b -c)'}", True),
        ("decks: {Week 1: a}", False),
        ("decks: {week-1: [a]}", False),
        ("decks: {week-1: ''}", False),
        ("nonsense: 1", False),
    ],
)
def test_bank_settings_and_schema_agree(line: str, good: bool, tmp_path: Path) -> None:
    """Each setting is taken by both or refused by both."""
    text = f"title: T\nnamespace: t\nlevels: [{{key: one, name: One}}]\n{line}\n"
    (tmp_path / "bank.yaml").write_text(text, encoding="utf-8")
    assert Draft7Validator(BANK).is_valid(yaml.safe_load(text)) is good
    assert (read_settings(tmp_path)[1] == []) is good
