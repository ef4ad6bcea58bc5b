"""A bank as static pages: what is written, and how it works from a file, with and without scripts."""

import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from banks import FIRST_BANK, files_in, make_bank, question, questions
from click.testing import CliRunner
from preview_pages import FORMS, Pages, axe_complaints
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from ankiexport.cli.app import cli
from ankiexport.pipeline import check_bank
from ankiexport.search import parse


def export(bank: Path, out: Path, mathjax: Path | None = None) -> str:
    """Export a bank with the MathJax of a folder, and return what the command says."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ankiexport.pages.assets.mathjax_folder", lambda: mathjax)
        result = CliRunner().invoke(cli, ["export", "html", str(bank), "--out", str(out)])
    assert result.exit_code == 0, result.output
    return result.output


def small_bank(folder: Path, **more: str | bytes) -> Path:
    """Write a bank with a picture, a formula, a fact and what could break out of a script."""
    first = question(
        "first", question="Why </script><!-- & \u2028?", answer="See ![box](media/box.svg) and $x<y$.",
        facts=[{"id": "fact", "text": "A {{c1::b}} {{c2::c}}."}], tags=["topic::a"],
    )  # fmt: skip
    files = {
        "a.yaml": questions(
            "one", first, question("second", hint=["one", "two"], answer='<img src="media/b c%23ü.svg">')
        ),
        "media/box.svg": "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'/>",
        "media/unused.svg": "<svg/>",
        "media/b c#ü.svg": "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'/>",
    }
    return make_bank(folder, {**files, **more})


def data_of(site: Path) -> dict[str, Any]:
    """Return the data of a site's pages."""
    text = (site / "data" / "bank.js").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text.removeprefix("preview.bank = ").rstrip().removesuffix(";"))
    return found


@pytest.fixture(scope="module")
def first_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the first bank's pages, without MathJax."""
    site = tmp_path_factory.mktemp("files")
    export(FIRST_BANK, site)
    return files_in(site)


# What is written


def test_writes_one_folder_with_all_that_the_pages_need(tmp_path: Path) -> None:
    said = export(small_bank(tmp_path), tmp_path / "site")
    assert "3 notes, " in said
    names = set(files_in(tmp_path / "site"))
    assert {
        "index.html",
        "print.html",
        "print-one.html",
        "app/app.js",
        "data/bank.js",
        "data/cards-0.js",
    } <= names
    media = sorted(name for name in names if name.startswith("media/"))
    assert [name.rpartition("-")[0] for name in media] == ["media/b c#ü", "media/box"]
    for page in ("index.html", "print.html", "print-one.html"):
        text = (tmp_path / "site" / page).read_text(encoding="utf-8")
        for address in re.findall(r'(?:src|href)="([^"#]+)"', text):
            assert address.startswith("data:,") or (tmp_path / "site" / unquote(address)).is_file(), address


def test_nothing_leads_out_of_the_folder(first_files: dict[str, bytes]) -> None:
    for name, content in first_files.items():
        if name.startswith(("app/", "index", "print.html")):
            assert not re.search(rb"https?://(?!www\.w3\.org)|(?:src|href)=\"/", content), name


def test_texts_cannot_break_out_of_the_scripts(tmp_path: Path) -> None:
    export(small_bank(tmp_path), tmp_path / "site")
    for name in ("bank.js", "cards-0.js"):
        assert "<" not in (tmp_path / "site" / "data" / name).read_text(encoding="utf-8")
    assert data_of(tmp_path / "site")["rows"][0]["text"].startswith("Why")


def test_two_exports_give_the_same_bytes(first_files: dict[str, bytes], tmp_path: Path) -> None:
    export(FIRST_BANK, tmp_path / "again")
    assert files_in(tmp_path / "again") == first_files


def test_writes_nothing_when_the_bank_has_errors(tmp_path: Path) -> None:
    bank = small_bank(tmp_path, **{"b.yaml": questions("nope", question("third"))})
    result = CliRunner().invoke(cli, ["export", "html", str(bank), "--out", str(tmp_path / "site")])
    assert result.exit_code == 1
    assert "nothing was written" in result.output
    assert not (tmp_path / "site").exists()


def test_says_when_formulas_lack_mathjax(tmp_path: Path) -> None:
    assert "warning[no-mathjax]" in export(small_bank(tmp_path), tmp_path / "site")
    bare = make_bank(tmp_path / "bare", {"a.yaml": questions("one", question("plain"))})
    assert "mathjax" not in export(bare, tmp_path / "other")


def test_only_a_level(tmp_path: Path) -> None:
    bank = small_bank(tmp_path, **{"b.yaml": questions("two", question("third"))})
    arguments = ["export", "html", str(bank), "--out", str(tmp_path / "site"), "--level", "two"]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert [row["id"] for row in data_of(tmp_path / "site")["rows"]] == ["third"]
    assert not (tmp_path / "site" / "print-one.html").exists()


# In a browser, from files


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder, and tells nobody."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def files_see_files() -> bool:
    """A page may load no more than where an author opens it."""
    return False


@pytest.fixture(scope="module")
def first(browser: Chrome, mathjax: Path, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The site of the first bank."""
    site = tmp_path_factory.mktemp("site")
    export(FIRST_BANK, site, mathjax)
    return Pages(browser, (site / "index.html").as_uri())


@pytest.fixture
def pages(browser: Chrome, mathjax: Path, tmp_path: Path) -> Pages:
    """The site of a small bank."""
    export(small_bank(tmp_path), tmp_path / "site", mathjax)
    return Pages(browser, (tmp_path / "site" / "index.html").as_uri())


@pytest.mark.browser
def test_cards_are_shown_in_four_forms(pages: Pages) -> None:
    pages.card("first")
    pages.press(Keys.SPACE)
    pages.until(lambda: pages.pressed("[data-key=step-1]"))
    pages.frames_ready()
    seen = pages.in_frames(
        "return [document.documentElement.className, document.body.className, document.images[0].naturalWidth,"
        " document.querySelectorAll('mjx-container svg').length, document.body.innerText]"
    )
    assert tuple(seen) == FORMS
    for form, (html, body, picture, formulas, text) in seen.items():
        assert ("night-mode" in html, "nightMode" in body) == (form.endswith("dark"),) * 2
        assert (picture, formulas) == (40, 1)
        assert "Why" in text
    assert not pages.text(".problems")


@pytest.mark.browser
def test_pictures_load_whatever_they_are_called(pages: Pages) -> None:
    pages.card("second")
    pages.press(Keys.SPACE)
    pages.until(lambda: pages.pressed("[data-key=step-3]"))
    pages.frames_ready()
    assert set(pages.in_frames("return document.images[0].naturalWidth").values()) == {40}


@pytest.mark.browser
def test_on_a_web_server_a_card_reaches_nothing_of_the_site(
    browser: Chrome, mathjax: Path, tmp_path: Path
) -> None:
    """Other sites may lie on the same host, as on a Git host's pages."""
    taken = '<b id="told">kept apart</b><script>parent.document.title = "taken"; document.getElementById("told").textContent = "taken";</script>'
    root = small_bank(tmp_path, **{"b.yaml": questions("two", question("evil", question=f"x {taken}"))})
    export(root, tmp_path / "site", mathjax)
    handler = partial(QuietHandler, directory=str(tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            pages = Pages(browser, f"http://127.0.0.1:{server.server_port}/index.html")
            pages.card("evil")
            assert set(pages.in_frames("return document.getElementById('told').textContent").values()) == {
                "kept apart"
            }
            pages.card("first")
            pages.press(Keys.SPACE)
            pages.until(lambda: pages.pressed("[data-key=step-1]"))
            pages.frames_ready()
            seen = pages.in_frames(
                "return [document.images[0].naturalWidth, document.querySelectorAll('mjx-container svg').length]"
            )
            assert seen == {form: [40, 1] for form in FORMS}
        finally:
            browser.get("about:blank")
            server.shutdown()


@pytest.mark.browser
def test_browse_search_and_practise(pages: Pages) -> None:
    pages.open()
    assert len(pages.browser.find_elements(By.CSS_SELECTOR, ".row")) == 3
    pages.press("/", "note:*cloze*")
    pages.until(lambda: len(pages.browser.find_elements(By.CSS_SELECTOR, ".row")) == 1)
    pages.press(Keys.ENTER, Keys.ENTER)
    pages.until(lambda: pages.text(".facts .key") == "fact")
    assert "1 of 1" in pages.text(".steps")
    pages.frames_ready()
    pages.click("[data-key=ord-1]")
    pages.until(lambda: "A b [...]." in pages.in_frames("return document.body.innerText")["phone-dark"])
    pages.open("practice")
    pages.click("[data-key=begin]")
    pages.until(lambda: "Question 1 of 2" in pages.text("h1"))
    for _ in range(2):
        pages.until(lambda: bool(pages.browser.find_elements(By.CSS_SELECTOR, "[data-key=flip]")))
        pages.frames_ready()
        pages.press(Keys.SPACE)
        pages.find("[data-key=grade-0]")
        pages.press("3")
    pages.until(lambda: "How it went" in pages.text("h1"))


@pytest.mark.browser
def test_the_search_finds_what_anki_finds(first: Pages) -> None:
    """What the pages know of Anki's search language has the same answers as everywhere."""
    checked = check_bank(FIRST_BANK)
    notes = checked.stamped(0).notes
    facts = dict(zip((note.content.key for note in notes), checked.facts, strict=True))
    first.open()
    queries = [
        "", "recall", "RECALL -precision", '"cold-start problem"', "bandit or recall", "bandit and recall",
        "(bandit or recall) -tag:level::beginner", "-(bandit or recall)", "b_ndit", "rec*call", "ndcg@k",
        "tag:topic::cold*", "tag:Topic", "-tag:topic", "tag:topic::*", "tag:none", "-tag:none", "tag:topic::cold-start",
        "deck:*Beginner", 'deck:"AI Recommendation Systems Analyst::Facts"', '"deck:AI Recommendation Systems Analyst"',
        "deck:ai*", "note:*cloze* tag:skill::compute", "note:*question*", "note:cloze", "tag:skill::explain or tag:skill::decide recall",
    ]  # fmt: skip
    for query in queries:
        search = parse(query)
        expected = {key for key, note in facts.items() if search.matches(note)}
        theirs = first.run(
            "return preview.bank.rows.filter(preview.matcher(arguments[0])).map(row => row.id)", query
        )
        assert set(theirs) == expected, query


@pytest.mark.browser
def test_says_what_is_wrong_with_a_search(pages: Pages) -> None:
    for query, said in (
        ("(a", "the bracket is not closed"),
        ("is:due", "these pages do not know is:"),
        ("a or", "nothing stands behind"),
    ):
        pages.open()
        pages.press("/", query)
        pages.until(lambda said=said: said in pages.text(".wrong"))  # type: ignore[misc]
        assert not pages.browser.find_elements(By.CSS_SELECTOR, ".row")


@pytest.mark.browser
@pytest.mark.parametrize("size", ["wide", "phone"])
def test_axe_finds_nothing(first: Pages, axe_script: str, size: str) -> None:
    first.complaints()
    for route in ("", "?tag=topic::fairness", "card/ndcg", "practice"):
        first.open(route, size=size, dark=size == "phone")
        if route.startswith("card/"):
            first.frames_ready()
        assert axe_complaints(first, axe_script) == [], route
        assert first.run("return document.documentElement.scrollWidth <= innerWidth"), route
    for page in ("print.html", "print-beginner.html"):
        first.browser.get(first.address.replace("index.html", page))
        assert axe_complaints(first, axe_script) == [], page
    assert first.complaints() == []


@pytest.mark.browser
def test_pages_to_print_show_every_card_with_its_hints_open(first: Pages) -> None:
    first.browser.get(first.address.replace("index.html", "print-beginner.html"))
    first.until(lambda: bool(first.run("return document.documentElement.dataset.ready")))
    seen = first.run(
        "const roots = [...document.querySelectorAll('article')].map(a => a.shadowRoot); return {"
        "cards: roots.length, unstyled: roots.filter(r => !r.styleSheets.length).length,"
        "closed: roots.filter(r => r.querySelector('details:not([open])')).length,"
        "broken: roots.flatMap(r => [...r.querySelectorAll('img')]).filter(i => !i.naturalWidth).length,"
        "raw: roots.flatMap(r => [...r.querySelectorAll('.arithmatex')]).filter(e => !e.querySelector('mjx-container svg')).length,"
        "scripts: roots.filter(r => r.querySelector('script')).length, wide: document.documentElement.scrollWidth > innerWidth}"
    )
    assert seen == {
        "cards": 32,
        "unstyled": 0,
        "closed": 0,
        "broken": 0,
        "raw": 0,
        "scripts": 0,
        "wide": False,
    }


@pytest.mark.browser
def test_on_paper_long_lines_of_code_are_broken_and_not_cut(
    browser: Chrome, mathjax: Path, tmp_path: Path
) -> None:
    long = "```python\n" + "call_me(" * 60 + "\n```"
    root = small_bank(tmp_path, **{"b.yaml": questions("two", question("third", answer=long))})
    export(root, tmp_path / "site", mathjax)
    cut = (
        "return [...document.querySelectorAll('article')].flatMap(a => [...a.shadowRoot.querySelectorAll('pre')])"
        ".map(pre => pre.scrollWidth > pre.clientWidth)"
    )
    browser.get((tmp_path / "site" / "print-two.html").as_uri())
    assert browser.execute_script(cut) == [True]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert browser.execute_script(cut) == [False]
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.browser
def test_without_scripts_there_is_something_to_read(pages: Pages) -> None:
    pages.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        pages.browser.get(pages.address)
        pages.browser.find_element(By.LINK_TEXT, "Small bank").click()
        pages.browser.find_element(By.LINK_TEXT, "One").click()
        text = pages.run(
            "return [...document.querySelectorAll('article')].map(a => a.shadowRoot.textContent).join()"
        )
        assert "What is second?" in text
    finally:
        pages.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
