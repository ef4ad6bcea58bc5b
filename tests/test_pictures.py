"""`ankiexport pictures`: which cards differ from a revision, their pictures, and the same as HTML for GitHub."""

import re
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from banks import make_bank, question, questions
from browser import MissingError, chromium
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from ankiexport.cli.app import cli
from ankiexport.picturing.as_markdown import as_markdown
from ankiexport.picturing.changes import CardChange, Face, Kind
from ankiexport.picturing.github_html import github_html
from ankiexport.pipeline import build_bank

FIRST = 1_760_000_000
_VOID = {"br", "hr"}


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A committed bank with three questions, one of which has a fact and one a picture."""
    fact = {"id": "a-fact", "text": "A is {{c1::one}} and {{c2::two}}."}
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="20" height="20"/></svg>'
    )
    items = (question("a", facts=[fact]), question("b"), question("c", answer="![Square](media/s.svg)"))
    root = make_bank(tmp_path, {"a.yaml": questions("one", *items), "media/s.svg": svg})
    assert not build_bank(root, tmp_path / "dist", now=FIRST).has_errors
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "bank")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    return root


def git(folder: Path, *arguments: str) -> None:
    """Run Git in a folder."""
    author = ["-c", "user.name=Author", "-c", "user.email=author@example.org"]
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


def run(bank: Path, *arguments: str) -> Result:
    """Run the command on a bank."""
    return CliRunner().invoke(cli, ["pictures", str(bank), "--jobs", "1", *arguments])


def edit(bank: Path, old: str, new: str, name: str = "a.yaml") -> None:
    """Change a file of the bank."""
    path = bank / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def listed(bank: Path) -> list[list[str]]:
    """Return kind, key and name of each card that differs."""
    result = run(bank, "--no-pictures")
    assert result.exit_code == 0, result.output
    return [line.split("\t")[:3] for line in result.stdout.splitlines()]


def test_only_cards_that_differ_are_shown(bank: Path) -> None:
    """An edit of a question shows its card, of a fact those cards that say something else."""
    assert listed(bank) == []
    assert "0 cards differ from HEAD" in run(bank, "--no-pictures").stderr
    edit(bank, "It is b.", "It is more.")
    edit(bank, "{{c2::two}}", "{{c2::three}}")
    assert listed(bank) == [
        ["changed", "b", "Question"],
        ["changed", "a-fact", "Cloze 1"],
        ["changed", "a-fact", "Cloze 2"],
    ]


def test_new_cards_and_cards_that_are_gone_are_shown(bank: Path) -> None:
    """A cloze more, a cloze less, a question more; a removed question becomes what it is when retired."""
    edit(bank, "{{c2::two}}", "two")
    edit(bank, "- id: b\n", "- id: d\n")
    edit(bank, "What is b?", "How does iron rust?")
    edit(bank, "It is b.", "Slowly, with water and air.")
    assert sorted(listed(bank)) == [
        ["added", "d", "Question"],
        ["changed", "a-fact", "Cloze 1"],
        ["changed", "b", "Question"],
        ["removed", "a-fact", "Cloze 2"],
    ]
    assert "This is no longer part of the bank." in run(bank, "--no-pictures", "--markdown").stdout


def test_a_renamed_question_is_the_same_card(bank: Path) -> None:
    """Cards are matched by GUID, as Anki does it."""
    edit(bank, "- id: b\n", "- id: b2\n  previous_ids: [b]\n")
    assert [row[:2] for row in listed(bank)] == [["changed", "b2"]]


def test_another_picture_of_the_same_name_is_a_change(bank: Path) -> None:
    """And a card whose picture stays is not one."""
    edit(bank, 'width="20"', 'width="30"', "media/s.svg")
    assert [row[:2] for row in listed(bank)] == [["changed", "c"]]


def test_cards_that_only_look_different_come_last(bank: Path) -> None:
    """They have nothing to show in HTML without styles, but are counted."""
    (bank / "card_templates" / "question").mkdir(parents=True)
    (bank / "card_templates" / "question" / "style.css").write_text(".card { color: red; }", encoding="utf-8")
    edit(bank, "It is b.", "It is more.")
    rows = listed(bank)
    assert [row[:2] for row in rows] == [["changed", "b"], ["restyled", "a"], ["restyled", "c"]]
    markdown = run(bank, "--no-pictures", "--markdown").stdout
    assert "3 cards differ from <code>HEAD</code>: 1 changed, 2 restyled." in markdown
    assert markdown.count("<details>") == 1


def test_what_cannot_be_compared_is_said(bank: Path, tmp_path: Path) -> None:
    """An unknown revision, a bank with errors now or then, a folder without Git."""
    unknown = run(bank, "--against", "v9", "--no-pictures")
    assert unknown.exit_code == 2
    assert 'no revision "v9"' in unknown.stderr
    edit(bank, "id: b", "id: a")
    broken = run(bank, "--no-pictures")
    assert broken.exit_code == 1
    assert "duplicate-id" in broken.stderr
    git(tmp_path, "commit", "--quiet", "--all", "--message", "Break")
    edit(bank, "id: a\n  question: What is b?", "id: b\n  question: What is b?")
    then = run(bank, "--no-pictures")
    assert then.exit_code == 2
    assert "its bank has errors (a.yaml" in then.stderr
    elsewhere = make_bank(tmp_path / "elsewhere", {"a.yaml": questions("one", question("a"))})
    (tmp_path / ".git").rename(tmp_path / "no-git")
    assert "not in a Git repository" in run(elsewhere, "--no-pictures").stderr


def test_without_a_browser_it_is_said_what_goes(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback; and when nothing differs, none is needed."""
    monkeypatch.setattr("ankiexport.picturing.camera.shutil.which", lambda *_, **__: None)
    assert run(bank).exit_code == 0
    edit(bank, "It is b.", "It is more.")
    result = run(bank)
    assert result.exit_code == 2
    assert "is not installed. --no-pictures" in result.stderr


def test_without_its_extra_it_is_said_how_to_get_it(bank: Path) -> None:
    """The program is installed without selenium unless one asks for it."""
    edit(bank, "It is b.", "It is more.")
    script = (
        "import sys; sys.modules['selenium'] = None; from ankiexport.__main__ import main; "
        "sys.argv[0] = 'ankiexport'; main()"
    )
    command = [sys.executable, "-c", script, "pictures", str(bank)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert 'pip install "ankiexport[pictures]"' in done.stderr
    assert subprocess.run([*command, "--no-pictures"], check=False, capture_output=True).returncode == 0


class _Requests(BaseHTTPRequestHandler):
    """Writes down what is asked for."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_error(404)

    def log_message(self, *_arguments: object) -> None:
        """Be quiet."""


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that is not the bank's, and what it was asked for."""
    seen: list[str] = []
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Requests,), {"seen": seen}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", seen
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
def test_pictures_are_taken_and_run_nothing(
    bank: Path, tmp_path: Path, elsewhere: tuple[str, list[str]]
) -> None:
    """A picture of each card, and a page with them; what a card would run or fetch is neither run nor fetched."""
    needs_a_browser()
    address, seen = elsewhere
    evil = (
        f'<script>fetch("{address}/script")</script><b id="e">x</b><svg onload="fetch(\'{address}/load\')"></svg>'
        f'<style>b {{ background: url({address}/style) }}</style><iframe src="{address}/frame"></iframe>'
    )
    edit(bank, "answer: It is b.", f"answer: |\n    {evil}")
    edit(bank, 'width="20"', 'width="30"', "media/s.svg")
    out = tmp_path / "out"
    result = run(bank, "--out", str(out))
    assert result.exit_code == 0, result.output
    assert seen == []
    assert result.stdout.splitlines() == [
        (out / name).as_posix() for name in ("b-1.png", "c-1.png", "index.html")
    ]
    for name in ("b-1.png", "c-1.png"):
        width, height = size_of(out / name)
        assert width == 1680
        assert 300 < height < 1500
    page = (out / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'src="([^"]+)"', page) == ["b-1.png", "c-1.png"]
    assert "<script" not in page
    first = run(bank, "--out", str(tmp_path / "first"), "--most", "1")
    assert {path.name for path in (tmp_path / "first").iterdir()} == {"b-1.png", "index.html"}
    assert "2 cards differ from HEAD, 1 of them without a picture" in first.stderr


@pytest.mark.browser
def test_a_picture_shows_before_and_after(bank: Path, tmp_path: Path) -> None:
    """The sides are beside each other: the halves of the picture differ where the card does."""
    needs_a_browser()
    edit(bank, "width=", 'fill="#f00" width=', "media/s.svg")
    out = tmp_path / "out"
    assert run(bank, "--out", str(out)).exit_code == 0
    script = """
        const done = arguments[0], image = new Image();
        image.onload = () => {
          const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
          context.drawImage(image, 0, 0);
          const counts = [0, 0], data = context.getImageData(0, 0, image.width, image.height).data;
          for (let at = 0; at < data.length; at += 4)
            if (data[at] > 240 && data[at + 1] < 16 && data[at + 2] < 16) counts[+((at / 4) % image.width > image.width / 2)]++;
          done(counts);
        };
        image.src = 'c-1.png';
    """
    with chromium() as browser:
        # A page without a policy, so that the test may look into the picture.
        (out / "test.html").write_text("<!doctype html><title>x</title>", encoding="utf-8")
        browser.get((out / "test.html").as_uri())
        before, after = browser.execute_async_script(script)
    assert before == 0
    assert after >= 20 * 20


def needs_a_browser() -> None:
    """Skip the test where there is no browser."""
    try:
        with chromium():
            pass
    except MissingError as error:
        error.skip()


def size_of(path: Path) -> tuple[int, int]:
    """Return width and height of a PNG file."""
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height


class _Elements(HTMLParser):
    """Follows what is open, and refuses what must not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        assert tag not in {"script", "style", "img", "a", "details", "summary", "iframe"}
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


TAGS = (
    "b",
    "p",
    "div",
    "main",
    "details",
    "summary",
    "pre",
    "td",
    "span class=cloze",
    "script",
    "style",
    "a href=x",
)
PIECES = st.sampled_from(
    [*(f"<{tag}>" for tag in TAGS), *(f"</{tag.split()[0]}>" for tag in TAGS), "<br>", "<img src=x>"]
)


@given(st.lists(PIECES | st.text(max_size=5)))
def test_html_for_github_is_whole_and_in_one_line(pieces: list[str]) -> None:
    """Whatever comes in, what goes out is balanced, without attributes, and stays so."""
    html = github_html("".join(pieces))
    assert "\n" not in html
    elements = _Elements()
    elements.feed(html)
    elements.close()
    assert elements.open == []
    assert not re.search(r"@(?!\u2060)", elements.text)


def test_html_for_github_keeps_the_structure() -> None:
    """Lists, tables, code and emphasis stay; pictures become their text alternatives."""
    html = '<main><h2>Key</h2><ul><li>a <em>b</em></li></ul><pre>x\n  y</pre><img src="p.png" alt="A & B"><span class="cloze">c</span></main>'
    assert github_html(html) == (
        "<div><b>Key</b><ul><li>a <em>b</em></li></ul><pre>x&#10;  y</pre><em>[A &amp; B]</em><b>c</b></div>"
    )


def test_html_for_github_keeps_labels_apart_and_code_together() -> None:
    """What only styles part would be one word; what only styles colour is one."""
    assert github_html("<span>a</span><span>b</span> x<span>y</span>") == "a b xy"
    assert github_html("<pre><span>a</span><span>(b)</span></pre>") == "<pre>a(b)</pre>"


def test_the_summary_stays_below_what_github_takes() -> None:
    """What has no room is counted."""
    face = Face("<p>" + "ä" * 1000 + "</p>", "", {})
    cards = [
        CardChange(f"c{number}", "Question", "Why?", Kind.ADDED, is_back=True, ord=0, before=None, after=face)
        for number in range(10)
    ]
    markdown = as_markdown(cards, "main", max_characters=8000)
    assert len(markdown.encode()) < 8200
    assert "10 cards differ from <code>main</code>: 10 added." in markdown
    assert "Left out, for there was no room: 7 more." in markdown
