"""The code on the first bank's cards runs, and prints what the card shows.

Its SQL is run by `test_first_bank_sql`.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from banks import FIRST_BANK, BuiltBank

from ankiexport.bank import load_bank
from ankiexport.yaml_source import parse_yaml

# Languages of fences: of each, a test here or in `test_first_bank_sql` takes every block.
LANGUAGES = {"python", "output", "sql", "yaml"}

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```\n?", re.MULTILINE | re.DOTALL)
_SHOWN = re.compile(r"^```python\n((?:(?!```).*\n)*)```\n+```output\n((?:(?!```).*\n)*)```", re.MULTILINE)


def _answers() -> dict[str, str]:
    loaded, _ = load_bank(FIRST_BANK)
    assert loaded is not None
    return {question.id: question.answer.value for question in loaded.questions if question.answer}


ANSWERS = _answers()
SHOWN = {
    f"{key}-{number}": pair
    for key, text in ANSWERS.items()
    for number, pair in enumerate(_SHOWN.findall(text))
}


def test_every_block_of_code_is_a_fence_that_is_tried(first_bank: BuiltBank) -> None:
    """No card shows code in another form, language or part of the card, where no test would see it."""
    fences = {key: [language for language, _ in _FENCE.findall(text)] for key, text in ANSWERS.items()}
    assert {language for found in fences.values() for language in found} == LANGUAGES
    for note in first_bank.whole.notes:
        blocks = "".join(note.fields.values()).count("<pre")
        assert blocks == len(fences.get(note.key, [])), note.key


def test_there_is_code_to_run() -> None:
    """Every output on a card belongs to a snippet above it."""
    outputs = sum(language == "output" for text in ANSWERS.values() for language, _ in _FENCE.findall(text))
    assert outputs == len(SHOWN) >= 15


@pytest.mark.parametrize("name", SHOWN)
def test_a_snippet_prints_what_the_card_shows(name: str, tmp_path: Path) -> None:
    """Run alone, with the standard library, it prints the output that follows it."""
    code, shown = SHOWN[name]
    run = subprocess.run(
        [sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=tmp_path,
    )
    assert run.stderr == ""
    assert run.stdout.rstrip() == shown.rstrip()


@pytest.mark.parametrize("key", [key for key, text in ANSWERS.items() if "```python" in text])
def test_snippets_compile(key: str) -> None:
    """Code of tools that cannot run here is at least Python."""
    for language, code in _FENCE.findall(ANSWERS[key]):
        if language == "python":
            compile(code, key, "exec")


@pytest.mark.parametrize("key", [key for key, text in ANSWERS.items() if "```yaml" in text])
def test_yaml_parses(key: str) -> None:
    """Settings of tools are YAML, without a key that is there twice."""
    for language, text in _FENCE.findall(ANSWERS[key]):
        if language == "yaml":
            node, problems = parse_yaml(text, key)
            assert node is not None
            assert problems == []
