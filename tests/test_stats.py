"""`ankiexport stats`: what is counted, how it is printed, and the page with plots."""

import json
import os
import pty
import re
import subprocess
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from banks import FIRST_BANK, FIRST_TIME, HARD_BANK, make_bank, question, questions
from click.testing import CliRunner, Result
from jsonschema import Draft7Validator
from selenium.webdriver import Chrome

from ankiexport import resources
from ankiexport.cli.app import cli
from ankiexport.pipeline import build_bank

ANSWER = """Four words of prose.

```python
print("no words")

x = 1
```

| a | b |
|---|---|
| 1 | 2 |

Costs $x^2$ here. ![A picture](media/p.png)
"""
TAGS = {
    "topic::bonds": "",
    "topic::acids": "",
    "topic::acids::strong": "",
    "topic::salts": "",
    "skill::talk": "",
}
EVERYTHING = {
    "answer": ANSWER,
    "hint": ["One.", "Two more."],
    "sources": ["A book (2001)."],
    "tags": ["topic::acids::strong", "skill::talk"],
    "facts": [{"id": "a-1", "text": "It is {{c1::a}}."}, {"id": "a-2", "text": "It is {{c1::b}}."}],
}


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank with three questions in two levels, one of which has everything."""
    one = questions(
        "one", question("a", **EVERYTHING), question("b", tags=["topic::bonds"], revised="2024-05")
    )
    two = questions("two", question("c", tags=["topic::bonds"], answer="One.\n\n[sound:s.mp3]\n"))
    files: dict[str, str | bytes] = {"a.yaml": one, "b.yaml": two, "media/p.png": b"p", "media/s.mp3": b"s"}
    return make_bank(tmp_path, files, tags=TAGS)


def run(bank: Path, *arguments: str) -> Result:
    """Run the command on a bank."""
    return CliRunner().invoke(cli, ["stats", str(bank), "--jobs", "1", *arguments])


def figures(bank: Path, *arguments: str) -> dict[str, Any]:
    """Return what the command prints as JSON, which fits its schema."""
    result = run(bank, "--json", *arguments)
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)
    SCHEMA.validate(data)
    return data


SCHEMA = Draft7Validator(json.loads(resources.schema("stats").read_text(encoding="utf-8")))


def test_a_question_is_measured_as_it_is_read(bank: Path) -> None:
    """Words are those of the running text; lines of code, rows of tables and pictures take their time."""
    entry = figures(bank)["questions"][0]
    assert entry["question_words"] == 3
    assert entry["answer_words"] == 6
    assert entry["words"] == 3 + 6 + 3
    # Two lines of code, three of the table, one picture.
    assert entry["reading_seconds"] == round(12 * 60 / 200 + 5 * 2 + 12)
    assert entry["has"] == ["code", "formulas", "hints", "pictures", "sources", "tables"]
    assert (entry["path"], entry["line"]) == ((bank / "a.yaml").as_posix(), 3)


def test_levels_and_all_add_up(bank: Path) -> None:
    """What a level has is the sum of its questions, and all is the sum of the levels."""
    found = figures(bank)
    one, two = found["levels"]
    assert [(group["level"], group["questions"], group["facts"]) for group in (one, two)] == [
        ("one", 2, 2),
        ("two", 1, 0),
    ]
    assert found["all"]["questions"] == len(found["questions"]) == 3
    assert found["all"]["reading_seconds"] == sum(entry["reading_seconds"] for entry in found["questions"])
    assert two["have"] == {
        "hints": 0, "sources": 0, "pictures": 0, "code": 0, "formulas": 0, "tables": 0, "sound": 1,
    }  # fmt: skip
    assert two["answer_words"] == {
        "least": 1, "lower_quartile": 1, "median": 1, "upper_quartile": 1, "greatest": 1,
    }  # fmt: skip


def test_coverage_names_what_no_question_bears(bank: Path) -> None:
    """Tags below a topic count for it; those of the vocabulary without a question come last."""
    topics = figures(bank)["topics"]
    assert topics["prefix"] == "topic"
    assert [(row["tag"], row["by_level"]) for row in topics["tags"]] == [
        ("topic::bonds", {"one": 1, "two": 1}),
        ("topic::acids", {"one": 1, "two": 0}),
        ("topic::salts", {"one": 0, "two": 0}),
    ]
    skills = figures(bank, "--by", "skill")["topics"]["tags"]
    assert [(row["tag"], row["questions"]) for row in skills] == [("skill::talk", 1)]
    assert "salts" in run(bank, "--format", "html").stdout


def test_the_age_of_a_question_is_that_of_its_content(bank: Path, tmp_path: Path) -> None:
    """`revised` says it, or else the lock; an edit that was not built has no date yet."""
    assert {entry["built"] for entry in figures(bank)["questions"]} == {None}
    build_bank(bank, tmp_path / "dist", now=FIRST_TIME)
    day = datetime.fromtimestamp(FIRST_TIME, UTC).date().isoformat()
    before = figures(bank)["questions"]
    assert [(entry["revised"], entry["built"]) for entry in before] == [
        (None, day),
        ("2024-05", day),
        (None, day),
    ]
    path = bank / "b.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("One.", "Two."), encoding="utf-8")
    assert [entry["built"] for entry in figures(bank)["questions"]] == [day, day, None]
    lines = run(bank).stdout.split("since\tid\tquestion\n")[1].splitlines()
    assert [line.split("\t")[:2] for line in lines] == [["2024-05", "b"], [day, "a"]]
    assert "1 question is new, or edited since the last build" in run(bank, "--format", "html").stdout


def test_a_level_and_a_search_take_a_part(bank: Path) -> None:
    """Only what they find is counted, facts on their own."""
    assert [group["level"] for group in figures(bank, "--level", "two")["levels"]] == ["two"]
    found = figures(bank, "--search", "tag:topic::acids -a-2")
    assert [(entry["id"], entry["facts"]) for entry in found["questions"]] == [("a", 1)]
    assert found["all"]["facts"] == 1
    assert run(bank, "--level", "three").exit_code == 2
    nothing = run(bank, "--search", "tag:nothing")
    assert nothing.exit_code == 0
    assert "nothing is found" in nothing.stderr


def test_a_bank_with_errors_is_counted_as_far_as_it_goes(bank: Path) -> None:
    """The errors are printed, and every form says that the numbers may be incomplete."""
    (bank / "c.yaml").write_text(questions("two", question("d"), question("a")), encoding="utf-8")
    (bank / "d.yaml").write_text("level: [", encoding="utf-8")
    for form in ("text", "json", "html"):
        result = run(bank, "--format", form)
        assert result.exit_code == 1
        assert "the numbers may be incomplete" in result.stderr
        assert "d.yaml:" in result.stderr
    found = json.loads(run(bank, "--json").stdout)
    SCHEMA.validate(found)
    assert found["errors"] == 2
    assert "d" in {entry["id"] for entry in found["questions"]}
    assert "2 errors" in run(bank, "--format", "html").stdout
    assert "searches need a bank without errors" in run(bank, "--search", "a").stderr


def test_an_empty_bank_has_figures_and_a_page(tmp_path: Path) -> None:
    """Nothing is divided by nothing."""
    bank = make_bank(tmp_path, {})
    assert "the bank has no question yet" in run(bank).stderr
    for form in ("text", "json", "html"):
        assert run(bank, "--format", form).stdout


@pytest.mark.parametrize("bank", [FIRST_BANK, HARD_BANK, None], ids=["first", "hard", "starter"])
def test_the_banks_of_the_repository_fit_the_schema(bank: Path | None) -> None:
    """All that is printed for them is described."""
    assert figures(bank or resources.starter_bank())["questions"]


def test_given_fields_are_measured(tmp_path: Path) -> None:
    """The first field is what is asked, the others are the answer; HTML counts as what it shows."""
    kind = (
        "id: 1700000000123\nname: Words\nschema_version: 1\ngiven: true\n"
        "fields: [{name: Word}, {name: Meaning}]\ntemplates: [{name: Card 1}]\n"
    )
    fields = {
        "Word": {"html": "<p><b>casa</b></p>"},
        "Meaning": {"html": "a&nbsp;<b>house</b><img src='h.png'><pre>x</pre>"},
    }
    item = {"id": "casa", "note_type": "words", "fields": fields}
    types = "card_templates/words"
    files: dict[str, str | bytes] = {
        "a.yaml": questions("one", item),
        "media/h.png": b"h",
        f"{types}/note_type.yaml": kind,
        f"{types}/front.html": "{{Word}}",
        f"{types}/back.html": "{{Meaning}}",
    }
    found = json.loads(run(make_bank(tmp_path, files, media_names="kept"), "--json").stdout)
    (entry,) = found["questions"]
    assert entry["question"] == "casa"
    assert (entry["question_words"], entry["answer_words"]) == (1, 3)
    assert {"code", "pictures"} <= set(entry["has"])


class _Page(HTMLParser):
    """Gathers the elements of a page and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_the_page_needs_nothing_and_runs_nothing(bank: Path, tmp_path: Path) -> None:
    """No script and no address in it, and what authors write stays text."""
    make_bank(tmp_path, {}, title="<script>alert(1)</script>", tags=TAGS)
    html = run(bank, "--format", "html").stdout
    assert html == run(bank, "--format", "html").stdout
    page = _Page(html)
    assert not [tag for tag, _ in page.elements if tag in {"script", "iframe", "object", "form", "img"}]
    addresses = [attrs.get(name) for _, attrs in page.elements for name in ("src", "href") if name in attrs]
    assert addresses == ["data:,"]
    assert not re.search(r"https?:|url\(|@import", html)
    assert "&lt;script&gt;alert" in html


def test_out_writes_a_file(bank: Path, tmp_path: Path) -> None:
    """Every form can be written; the path is printed, and what cannot be written is said."""
    for form in ("text", "json", "html"):
        target = tmp_path / f"stats.{form}"
        result = run(bank, "--format", form, "--out", str(target))
        assert result.stdout == f"{target.as_posix()}\n"
        assert target.read_text(encoding="utf-8") == run(bank, "--format", form).stdout
    (tmp_path / "file").write_text("", encoding="utf-8")
    refused = run(bank, "--out", str(tmp_path / "file" / "x"))
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output


@pytest.mark.skipif(os.name == "nt", reason="needs a terminal of Unix")
def test_tables_fit_a_terminal_of_80_columns() -> None:
    """Every line fits, and no number is cut."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "ankiexport", "stats", str(FIRST_BANK), "--jobs", "1"]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment) as process:
        os.close(theirs)
        chunks = []
        # Linux ends a terminal whose last writer is gone with an error.
        while chunk := _read(ours):
            chunks.append(chunk)
        assert process.wait() == 0
    os.close(ours)
    lines = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", b"".join(chunks)).decode().splitlines()
    assert max(map(len, lines)) <= 80
    assert any(re.search(r"all +50 +\d+ +\d+ +\d+–\d+ +\d+ h \d+ min", line) for line in lines)
    heads = "hints sources pictures code formulas tables sound"
    assert any(" ".join(line.split()) == f"Level {heads}" for line in lines)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.browser
def test_the_page_is_accessible_and_fits_every_width(
    tmp_path: Path, browser: Chrome, axe_script: str
) -> None:
    """No fault is found by axe, in light and dark; nothing scrolls sideways but what says so."""
    page = tmp_path / "stats.html"
    assert run(FIRST_BANK, "--format", "html", "--out", str(page)).exit_code == 0
    for scheme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        for width in (1280, 360):
            size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            browser.get(page.as_uri())
            browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert browser.execute_script("return document.documentElement.scrollWidth") == width
            browser.execute_cdp_cmd("Runtime.evaluate", {"expression": axe_script})
            found = browser.execute_async_script(
                "const done = arguments[0]; axe.run().then(r => done(r.violations.map("
                "v => v.id + ' ' + v.nodes[0].html)))"
            )
            assert found == []
