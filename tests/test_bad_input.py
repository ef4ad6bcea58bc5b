"""Bad input: every problem with its place, code and advice, in one run; and nothing is written.

Each folder of golden/bad holds a bank and what `ankiexport build` says of it. Run with
UPDATE_GOLDEN=1 to write what it says now, and read the difference.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from banks import make_bank, question, questions
from click.testing import CliRunner, Result

from ankiexport.cli.app import cli
from ankiexport.codes import CODES
from ankiexport.quality import CODES as QUALITY_CODES

GOLDEN = Path(__file__).parent / "golden" / "bad"
CASES = sorted(path.name for path in GOLDEN.iterdir())

QUESTION = "level: one\nquestions:\n  - id: a\n    question: Q\n    answer: A\n"
BANK = "title: Test bank\nnamespace: test-bank\nlevels:\n  - {key: one, name: One}\n"


def build(bank: Path, out: Path) -> Result:
    """Run `ankiexport build` in the folder above the bank."""
    return CliRunner().invoke(cli, ["build", str(bank), "--out", str(out)])


def small_bank(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write a bank with one good question besides what a test is about."""
    bank = folder / "bank"
    for name, content in {
        "bank.yaml": BANK,
        "good.yaml": QUESTION.replace("id: a", "id: good"),
        **files,
    }.items():
        path = bank / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return bank


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said of a bad bank is what its golden file holds, and the old packages stay."""
    monkeypatch.chdir(GOLDEN / case)
    out = tmp_path / "dist"
    out.mkdir()
    (out / "test-bank.apkg").write_bytes(b"old")
    result = build(Path("bank"), out)
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert [path.name for path in out.iterdir()] == ["test-bank.apkg"]
    assert (out / "test-bank.apkg").read_bytes() == b"old"
    expected = GOLDEN / case / "expected.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(result.stderr, encoding="utf-8", newline="\n")
    assert result.stderr == expected.read_text(encoding="utf-8")


def test_every_code_has_a_case() -> None:
    """No code is without an example of what it reports."""
    said = "".join((GOLDEN / case / "expected.txt").read_text(encoding="utf-8") for case in CASES)
    elsewhere = {
        "file-too-large", "file-unreadable", "yaml-depth", "markdown-depth", "empty-level", "cloze-elsewhere", "field-separator",
        "lock-stale", "lock-clock", "lock-missing", "unknown-id", "empty-search", "export-refused",
        "source-row", "source-syntax", "source-media", "source-skipped",
        "card-overflow", "formula-as-text", "no-mathjax",
    }  # fmt: skip
    missing = {code for code in CODES if f"[{code}]" not in said}
    assert missing - set(QUALITY_CODES) == elsewhere


def code_of(result: Result) -> list[str]:
    """Return the codes of the problems that a run reported."""
    return [code for code in CODES if f"[{code}]" in result.stderr]


def test_lists_that_are_nested_too_deep_are_told_with_the_rest(tmp_path: Path) -> None:
    """They cost neither the run nor what comes after them."""
    lists = "\n".join("    " * depth + "- a" for depth in range(400))
    bank = make_bank(
        tmp_path,
        {"q.yaml": questions("one", question("a", answer=lists), question("b", answer="![](x.png)"))},
    )
    result = build(bank, tmp_path / "out")
    assert result.exit_code == 1
    assert {"markdown-depth", "missing-media"} <= {*code_of(result)}
    assert "nested too deep" in result.stderr


def test_huge_file_is_refused_unread(tmp_path: Path) -> None:
    """A file of 50 MB is refused without its content being read."""
    bank = small_bank(tmp_path, {"huge.yaml": QUESTION.encode() + b"# " + b"x" * 50_000_000})
    result = build(bank, tmp_path / "dist")
    assert result.exit_code == 1
    assert code_of(result) == ["file-too-large"]


BOMBS = {
    "flow": "level: " + "[" * 200_000,
    "block": "".join(" " * depth + "a:\n" for depth in range(2_000)),
    "aliases": "a: &a [x, x]\n"
    + "".join(f"b{n}: &b{n} [{', '.join(['*a' if n == 0 else f'*b{n - 1}'] * 9)}]\n" for n in range(40))
    + "questions: *b39\n",
    "itself": "level: &a [*a, *a]\nquestions: &q [*q]\n",
}


@pytest.mark.skipif(sys.platform == "win32", reason="limits of memory are set by resource")
@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused_with_little_memory(bomb: str, tmp_path: Path) -> None:
    """Deep nesting and aliases of aliases cost neither time nor memory."""
    bank = small_bank(tmp_path, {"bomb.yaml": BOMBS[bomb]})

    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))

    run = subprocess.run(
        [sys.executable, "-m", "ankiexport", "build", str(bank), "--out", str(tmp_path / "dist"), "--jobs", "1"],
        capture_output=True, text=True, timeout=20, check=False, preexec_fn=limit,
    )  # fmt: skip
    assert run.returncode == 1
    assert "bomb.yaml:" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "dist").exists()


def test_symbolic_link_out_of_the_bank(tmp_path: Path) -> None:
    """A link in the media folder does not pack a file from elsewhere."""
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg/>")
    text = QUESTION.replace("answer: A", "answer: '![x](media/link.svg)'")
    bank = small_bank(tmp_path, {"q.yaml": text, "media/other.svg": "<svg/>"})
    (bank / "media" / "link.svg").symlink_to(secret)
    result = build(bank, tmp_path / "dist")
    assert code_of(result) == ["media-outside"]
    assert "q.yaml:5:19:" in result.stderr


@pytest.mark.parametrize(
    "name", ["e\u0301.svg", "a\u0000b.svg".replace("\u0000", "?"), "x" * 115 + ".svg", " a.svg"]
)
def test_media_names_that_anki_would_change(name: str, tmp_path: Path) -> None:
    """File names that would not arrive as they are are refused."""
    text = QUESTION.replace("answer: A", f"answer: <img src='media/{name}'>")
    bank = small_bank(tmp_path, {"q.yaml": text, f"media/{name}": "<svg/>"})
    result = build(bank, tmp_path / "dist")
    assert result.exit_code == 1
    assert code_of(result) == ["media-name"]


def test_letter_case_of_media_counts_everywhere(tmp_path: Path) -> None:
    """A reference in another letter case is refused also where the file system would find it."""
    text = QUESTION.replace("answer: A", "answer: '![x](media/Picture.svg)'")
    bank = small_bank(tmp_path, {"q.yaml": text, "media/picture.svg": "<svg/>"})
    result = build(bank, tmp_path / "dist")
    assert code_of(result) == ["missing-media"]
    assert 'did you mean "picture.svg"?' in result.stderr


def test_unreadable_question_file(tmp_path: Path) -> None:
    """A file that cannot be read is reported with the system's reason."""
    bank = small_bank(tmp_path, {})
    (bank / "gone.yaml").symlink_to(tmp_path / "nowhere")
    result = build(bank, tmp_path / "dist")
    assert code_of(result) == ["file-unreadable"]


def test_note_without_a_card(tmp_path: Path) -> None:
    """A note whose fronts are all empty is an error, for Anki would drop it without a word."""
    front = "{{#Sources}}{{Question}}{{/Sources}}"
    bank = small_bank(tmp_path, {"card_templates/question/front.html": front})
    result = build(bank, tmp_path / "dist")
    assert code_of(result) == ["no-card"]


def test_cloze_outside_the_text(tmp_path: Path) -> None:
    """A cloze in another field would make a card that asks nothing."""
    text = "level: one\nnote_type: cloze\nquestions:\n  - id: a\n    question: A {{c1::b}}.\n    answer: And {{c2::c}}.\n"
    result = build(small_bank(tmp_path, {"q.yaml": text}), tmp_path / "dist")
    assert code_of(result) == ["cloze-elsewhere"]


def test_field_separator(tmp_path: Path) -> None:
    """The character that separates fields cannot be smuggled in through an entity or a template."""
    bank = small_bank(tmp_path, {"card_templates/question/fields/answer.html": "a\x1f[[ answer ]]"})
    result = build(bank, tmp_path / "dist")
    assert code_of(result) == ["field-separator"]


def test_a_note_type_without_fields(tmp_path: Path) -> None:
    note_type = (
        "name: Bare\nid: 1700000000123\ngiven: true\nfields: []\ntemplates:\n"
        "  - {id: 7, name: Card, front: front.html, back: back.html}\n"
    )
    files = {f"card_templates/bare/{name}": "x" for name in ("front.html", "back.html", "style.css")}
    bank = small_bank(
        tmp_path,
        {
            "card_templates/bare/note_type.yaml": note_type,
            "bare.yaml": questions("one", {"id": "bare", "note_type": "bare", "fields": {"F": "text"}}),
            **files,
        },
    )
    result = build(bank, tmp_path / "dist")
    assert "no-card" in code_of(result)


def test_a_reference_to_a_character_of_more_digits_than_python_reads(tmp_path: Path) -> None:
    bank = small_bank(
        tmp_path, {"digits.yaml": questions("one", question("q", question=f"What is &#{'9' * 5000};?"))}
    )
    assert build(bank, tmp_path / "dist").exit_code == 0


def test_a_level_without_questions_only_warns(tmp_path: Path) -> None:
    """A level that is still empty is no reason not to build the others."""
    bank = small_bank(tmp_path, {"bank.yaml": BANK + "  - {key: two, name: Two}\n"})
    result = build(bank, tmp_path / "dist")
    assert result.exit_code == 0
    assert code_of(result) == ["empty-level"]
    assert "bank.yaml:5:11: warning" in result.stderr


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """A bank is someone else's text: its escape codes are shown, never sent."""
    bank = small_bank(tmp_path, {"q.yaml": QUESTION + '    tags: ["red\\e[31m"]\n'})
    result = build(bank, tmp_path / "dist")
    assert result.exit_code == 1
    assert "\x1b" not in result.stderr


def test_templates_cannot_read_other_files(tmp_path: Path) -> None:
    """Neither `..` nor a link leads a template out of its folder."""
    (tmp_path / "secret.html").write_text("secret")
    bank = small_bank(
        tmp_path, {"card_templates/question/front.html": "{{Question}}[% include 'question/link.html' %]"}
    )
    (bank / "card_templates" / "question" / "link.html").symlink_to(tmp_path / "secret.html")
    result = build(bank, tmp_path / "dist")
    assert code_of(result) == ["jinja"]


def test_templates_run_in_the_sandbox(tmp_path: Path) -> None:
    """A template cannot reach Python's own objects."""
    bank = small_bank(
        tmp_path, {"card_templates/question/fields/answer.html": "[[ bank.__class__.__mro__ ]]"}
    )
    result = build(bank, tmp_path / "dist")
    assert code_of(result) == ["jinja"]
