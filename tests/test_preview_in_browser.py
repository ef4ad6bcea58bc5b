"""The pages of the preview in a real browser: what they show, by mouse and keyboard, for everyone."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from banks import FIRST_BANK, as_yaml, make_bank, question, questions
from preview_pages import FORMS, SIZES, Pages, axe_complaints
from previews import Server, served
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

pytestmark = pytest.mark.browser

HARD_CARDS = Path(__file__).parent / "hard_cards"


@dataclass(frozen=True, slots=True)
class ServedPages(Pages):
    """Pages of a preview that runs."""

    server: Server


def in_all(found: object) -> dict[str, object]:
    """Return what is found when all forms show the same."""
    return dict.fromkeys(FORMS, found)


@pytest.fixture(scope="module")
def first(browser: Chrome, mathjax: Path) -> Iterator[ServedPages]:
    """The preview of the first bank."""
    with served(FIRST_BANK, "--mathjax", str(mathjax)) as server:
        server.checked()
        yield ServedPages(browser, server.address, server)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A small bank to change."""
    items = [
        question("alpha", hint=["one", "two"], answer="long\n\n" * 80, tags=["topic::x"]),
        question(
            "beta",
            answer="$\\frac{1}{2}$ and $\\frac{1}$ and $\\nosuch$\n\n<div>\\(\\sqrt{2\\)</div>",
            facts=[{"id": "gamma", "text": "A {{c1::b}} {{c2::c}}."}],
        ),
    ]
    return make_bank(
        tmp_path, {"a.yaml": questions("one", *items), "b.yaml": questions("two", question("delta"))}
    )


@pytest.fixture
def pages(bank: Path, browser: Chrome, mathjax: Path) -> Iterator[ServedPages]:
    """The preview of that bank."""
    with served(bank, "--mathjax", str(mathjax)) as server:
        server.checked()
        yield ServedPages(browser, server.address, server)


# Looking at cards


@pytest.mark.parametrize("key", ["collaborative-vs-content", "precision-at-k", "why-ab-tests-nine-segments"])
def test_shows_a_card_in_four_forms(first: ServedPages, key: str) -> None:
    if key not in first.server.get("ids").json:
        key = first.server.get("ids", kind="fact").json[0]
    first.card(key)
    dressed = first.in_frames("return [document.documentElement.className, document.body.className]")
    assert tuple(dressed) == FORMS
    for form, (html, body) in dressed.items():
        assert ("night-mode" in html, "nightMode" in body) == (form.endswith("dark"),) * 2
        assert ("mobile" in html) is form.startswith("phone")
        assert body.startswith("card card1")
    widths = first.in_frames("return innerWidth")
    assert widths["phone-light"] == widths["phone-dark"] == 375
    assert widths["desktop-light"] >= 700


def test_cards_look_as_anki_dresses_them(tmp_path: Path, browser: Chrome) -> None:
    """What a style leaves open is Anki's: light text in the dark, links, and no mouse on a phone."""
    kind = {
        "name": "Plain", "requires": ["question"], "fields": [{"id": 1, "name": "Text"}],
        "templates": [{"id": 1, "name": "Card 1", "front": "front.html", "back": "back.html"}],
    }  # fmt: skip
    style = (
        ".card { color: black; background-color: white; } .own.nightMode { background-color: rgb(1, 2, 3); }"
        " #mouse { display: none; } @media (hover: hover) and (pointer: fine) { #mouse { display: inline; } }"
    )
    root = make_bank(
        tmp_path,
        {
            "a.yaml": questions("one", question("plain", note_type="plain")),
            "card_templates/plain/note_type.yaml": as_yaml(kind),
            "card_templates/plain/style.css": style,
            "card_templates/plain/fields/text.html": "[[ question ]]",
            "card_templates/plain/front.html": "{{Text}} <a href=#>link</a> <i id=mouse>H</i>",
            "card_templates/plain/back.html": "{{FrontSide}}<hr id=answer>{{type:Text}}",
        },
    )
    with served(root) as server:
        pages = ServedPages(browser, server.address, server)
        pages.card("plain")
        style_of = "const seen = (e) => getComputedStyle(e || document.body); return "
        light, dark = ["rgb(0, 0, 0)", "rgb(255, 255, 255)"], ["rgb(252, 252, 252)", "rgb(44, 44, 44)"]
        phone = ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
        seen = pages.in_frames(style_of + "[seen().color, seen().backgroundColor]")
        assert seen == dict(zip(FORMS, (light, light, dark, phone), strict=True))
        seen = pages.in_frames(style_of + "seen(document.links[0]).textDecorationLine")
        assert seen == in_all("none")
        seen = pages.in_frames(style_of + "seen(document.getElementById('mouse')).display")
        assert seen == dict(zip(FORMS, ("inline", "none") * 2, strict=True))
        own = "document.body.classList.add('own');" + style_of + "seen().backgroundColor"
        assert pages.in_frames(own)["desktop-dark"] == "rgb(1, 2, 3)", "the style of the note type comes last"


# What is wrong with the side in a frame: what can be seen at once, and what axe finds.
_FAULTS = """
const page = document.scrollingElement, faults = [];
if ([...document.images].some(image => !image.naturalWidth)) faults.push("picture");
if (page.scrollWidth > page.clientWidth) faults.push("sideways");
if (document.querySelectorAll("mjx-container").length !== document.querySelectorAll(".arithmatex").length) faults.push("formula");
return faults.sort();
"""
# A card is a part of a page, and not one by itself: so of axe's rules those that look at texts, pictures and controls.
_AXE_FAULTS = (
    "const done = arguments[0]; axe.run({resultTypes: ['violations'], runOnly: ['color-contrast', 'image-alt', 'button-name',"
    " 'label', 'link-name', 'link-in-text-block', 'list', 'listitem', 'summary-name', 'nested-interactive', 'td-headers-attr']})"
    ".then(found => done(found.violations.map(fault => [fault.id, fault.nodes[0].html.slice(0, 120)])))"
)


def faults(pages: ServedPages, script: str) -> dict[str, list[Any]]:
    """Return by form what is wrong with the side of a card that is shown."""
    found = pages.in_frames(f"{script};{_FAULTS}", _AXE_FAULTS)
    return {form: [*seen, *judged] for form, (seen, judged) in found.items()}


def with_most_of_everything(server: Server) -> list[str]:
    """Return few cards of a bank that have between them all that cards are made of."""
    marks = (
        "<table",
        "<pre",
        "<img",
        "\\\\[",
        "\\\\(",
        "<ol",
        "<details",
        "<blockquote",
        "pitfalls",
        'class="cloze"',
    )
    backs = {
        key: server.get("frame", id=key, ord=0, side="back", device="mac").text
        for key in server.get("ids").json
    }
    left = {mark for mark in marks if any(mark in back for back in backs.values())}
    chosen = []
    while left:
        best = max(backs, key=lambda key: sum(mark in backs[key] for mark in left))
        chosen.append(best)
        left -= {mark for mark in left if mark in backs[best]}
    return chosen


def test_nothing_is_wrong_with_any_side_of_the_hardest_cards(
    browser: Chrome, mathjax: Path, axe_script: str
) -> None:
    with served(HARD_CARDS, "--mathjax", str(mathjax)) as server:
        pages = ServedPages(browser, server.address, server)
        assert_faultless(pages, server.get("ids").json, axe_script)


def test_nothing_is_wrong_with_cards_of_the_first_bank(first: ServedPages, axe_script: str) -> None:
    chosen = with_most_of_everything(first.server)
    assert 1 < len(chosen) < 9
    assert_faultless(first, chosen, axe_script)


def assert_faultless(pages: ServedPages, keys: list[str], script: str) -> None:
    """Hold that formulas, pictures, widths and contrasts are right on both sides, in all four forms."""
    for key in keys:
        pages.card(key)
        for side in ("front", "back"):
            assert faults(pages, script) == {form: [] for form in FORMS}, (key, side)
            codes = pages.run(
                "return [...document.querySelectorAll('.problem p code')].map(e => e.innerText)"
            )
            assert not {"formula", "picture", "script", "sideways", "late"} & set(codes), key
            if side == "front":
                pages.press(Keys.SPACE)
                pages.until(lambda: pages.pressed(".tools [data-key^=step]:last-child"))
                pages.frames_ready()


def test_every_fault_of_a_card_is_seen(
    tmp_path: Path, browser: Chrome, mathjax: Path, axe_script: str
) -> None:
    """What the tests above look for is found where it is; and the page says most of it to the author."""
    faulty = (
        '<div style="width: 3000px">wide</div> <i style="color: #888; background: #999">pale</i>'
        ' <img src="data:image/png,none" alt="x"> <img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="> $\\frac{1$'
    )
    root = make_bank(tmp_path, {"a.yaml": questions("one", question("bad", question=faulty))})
    with served(root, "--mathjax", str(mathjax)) as server:
        pages = ServedPages(browser, server.address, server)
        pages.card("bad")
        for form, found in faults(pages, axe_script).items():
            assert {fault if isinstance(fault, str) else fault[0] for fault in found} >= {
                "picture", "sideways", "formula", "color-contrast", "image-alt",
            }, form  # fmt: skip
        pages.until(lambda: "the card scrolls sideways" in pages.text(".found"))
        assert "is not shown" in pages.text(".found")


def test_says_what_is_wrong_with_a_formula(pages: ServedPages) -> None:
    pages.card("beta")
    assert not pages.text(".problems")
    pages.press(Keys.SPACE)
    pages.until(lambda: r"\nosuch" in pages.text(".problems"))
    said = pages.text(".problems")
    assert r"the formula \frac{1} would not be typeset" in said
    assert r"the formula \(\sqrt{2\) would not be typeset" in said
    assert said.count("would not be typeset") == 3, "each formula is said once for all forms"


def test_opens_hints_step_by_step_in_all_forms(pages: ServedPages) -> None:
    pages.card("alpha")
    opened = "return [...document.querySelectorAll('details')].map(hint => hint.open)"
    assert pages.in_frames(opened) == in_all([False, False])
    for key, state in (("h", [True, False]), ("h", [True, True]), ("h", [False, False])):
        pages.press(key)
        pages.until(lambda state=state: pages.in_frames(opened) == in_all(state))  # type: ignore[misc]
    pages.click("[data-key=step-2]")
    pages.until(lambda: pages.in_frames(opened) == in_all([True, True]))
    # One that is opened in a frame opens in all.
    pages.click("[data-key=step-0]")
    frame = pages.find("figure[data-form=phone-light] iframe")
    pages.browser.switch_to.frame(frame)
    pages.browser.find_element(By.CSS_SELECTOR, "summary").click()
    pages.browser.switch_to.default_content()
    pages.until(lambda: pages.in_frames(opened) == in_all([True, False]))
    assert pages.pressed("[data-key=step-1]")


def test_the_keyboard_is_enough(pages: ServedPages) -> None:
    pages.open()
    pages.press("/")
    assert pages.run("return document.activeElement.id") == "q"
    pages.press("what is alpha")
    pages.until(lambda: len(pages.browser.find_elements(By.CSS_SELECTOR, ".row")) == 1)
    pages.press(Keys.ENTER)
    assert "row" in pages.run("return document.activeElement.className")
    pages.press(Keys.ENTER)
    pages.until(lambda: "What is alpha?" in pages.text("h1"))
    assert "1 of 1" in pages.text(".steps")
    pages.press(Keys.ESCAPE)
    pages.until(lambda: bool(pages.browser.find_elements(By.CSS_SELECTOR, ".row")))
    pages.card("alpha")
    for keys, key in (("j", "beta"), ("3", "gamma"), ("j", "delta"), ("j", "delta"), ("k", "gamma")):
        pages.press(keys)
        pages.until(lambda key=key: pages.text(".facts .key") == key)  # type: ignore[misc]
    pages.frames_ready()
    pages.press(Keys.SPACE)
    pages.until(lambda: pages.pressed("[data-key=step-1]"))
    pages.press("?")
    assert pages.find("dialog[open]").is_displayed()
    pages.press(Keys.ESCAPE)
    pages.until(lambda: not pages.browser.find_elements(By.CSS_SELECTOR, "dialog"))


def test_keys_work_inside_a_frame_too(pages: ServedPages) -> None:
    pages.card("alpha")
    frame = pages.find("figure[data-form=desktop-light] iframe")
    pages.browser.switch_to.frame(frame)
    pages.browser.find_element(By.TAG_NAME, "main").click()
    pages.press("h")
    pages.browser.switch_to.default_content()
    pages.until(lambda: pages.pressed("[data-key=step-1]"))
    pages.browser.switch_to.frame(frame)
    pages.press("?")
    pages.browser.switch_to.default_content()
    assert pages.find("dialog[open]").is_displayed()
    pages.press(Keys.ESCAPE)
    pages.until(lambda: not pages.browser.find_elements(By.CSS_SELECTOR, "dialog"))
    pages.browser.switch_to.frame(frame)
    pages.browser.find_element(By.TAG_NAME, "main").click()
    # Not pressed through the driver: it waits for ever for the answer of a frame that is taken away meanwhile.
    pages.run(
        "setTimeout(() => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', bubbles: true})))"
    )
    pages.browser.switch_to.default_content()
    pages.until(lambda: pages.text(".facts .key") == "beta")


def test_every_control_can_be_reached_and_is_seen_to_be(first: ServedPages) -> None:
    """Tab goes through all links, buttons and fields, and each shows that it has the keyboard."""
    for route in ("?q=tag:topic::fairness", "card/collaborative-vs-content", "practice"):
        first.open(route)
        if route.startswith("card/"):
            first.frames_ready()
        controls = (
            "return [...document.querySelectorAll('a[href], button:not(:disabled), input, select, summary, iframe')]"
            ".filter(element => element.checkVisibility() && !element.matches('.skip'))"
        )
        wanted = {element.id for element in first.run(controls)}
        reached: set[str] = set()
        first.run("document.activeElement.blur()")
        for _ in range(3 * len(wanted)):
            first.press(Keys.TAB)
            element = first.run("return document.activeElement")
            if element.id in wanted and element.tag_name != "iframe":
                style = first.run("return getComputedStyle(arguments[0]).outlineStyle", element)
                assert style != "none", element.get_attribute("outerHTML")
            reached.add(element.id)
            if wanted <= reached:
                break
        missing = [e.get_attribute("outerHTML")[:90] for e in first.run(controls) if e.id not in reached]
        assert missing == [], route


# For everyone


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(first: ServedPages, axe_script: str, size: str, dark: bool) -> None:
    """No page has a fault that axe knows, nor scrolls sideways, nor makes the browser complain."""
    first.complaints()
    routes = [
        "",
        "?level=advanced&tag=topic::fairness",
        "card/precision-at-k",
        "practice",
        "problems",
        "nothing",
    ]
    routes.append(
        "source?path=" + first.server.get("card", id="precision-at-k").json["place"]["path"] + "&line=12"
    )
    for route in routes:
        first.open(route, size=size, dark=dark)
        if route.startswith("card/"):
            first.frames_ready()
        assert axe_complaints(first, axe_script) == [], route
        assert first.run("return document.documentElement.scrollWidth <= innerWidth"), route
        targets = first.run(
            "return [...document.querySelectorAll('button, select, .choices a')].filter(e => e.checkVisibility())"
            ".map(e => [e.getBoundingClientRect().height, e.outerHTML.slice(0, 80)]).filter(([height]) => height < 24)"
        )
        assert targets == [], route
    assert first.complaints() == []


# Following the files


def test_follows_a_file_and_keeps_card_side_and_place(pages: ServedPages, bank: Path) -> None:
    pages.card("alpha")
    pages.press(Keys.SPACE)
    pages.until(lambda: pages.pressed("[data-key=step-3]"))
    pages.frames_ready()
    pages.browser.switch_to.frame(pages.find("figure[data-form=phone-light] iframe"))
    pages.run("scrollTo(0, 700)")
    pages.until(lambda: pages.run("return scrollY") == 700)
    pages.browser.switch_to.default_content()
    pages.run("scrollTo(0, 150)")
    time.sleep(0.3)
    text = (bank / "a.yaml").read_text(encoding="utf-8")
    (bank / "a.yaml").write_text(text.replace("What is alpha?", "What became of alpha?"), encoding="utf-8")
    pages.until(lambda: "became" in pages.text("h1"))
    pages.until(
        lambda: all("became" in t for t in pages.in_frames("return document.body.innerText").values())
    )
    pages.until(lambda: pages.in_frames("return scrollY")["phone-light"] == 700)
    assert pages.run("return scrollY") == 150
    assert pages.pressed("[data-key=step-3]")


def test_shows_errors_and_recovers_when_they_are_mended(pages: ServedPages, bank: Path) -> None:
    pages.card("alpha")
    good = (bank / "a.yaml").read_text(encoding="utf-8")
    (bank / "a.yaml").write_text(good.replace("questions:", "questions: ["), encoding="utf-8")
    pages.until(lambda: "cannot be read" in pages.text("#said"))
    assert "1 error" in pages.text(".bar")
    assert "This is the card as it was" in pages.text()
    assert set(pages.in_frames("return document.body.innerText.includes('What is alpha?')").values()) == {
        True
    }
    pages.click("[data-key=page-problems]")
    pages.until(lambda: "yaml-syntax" in pages.text())
    assert "questions: [" in pages.text(".excerpt")
    (bank / "a.yaml").write_text(good, encoding="utf-8")
    pages.until(lambda: "Nothing is wrong." in pages.text())
    assert "cannot be read" not in pages.text("#said")


def test_keeps_what_is_typed_while_the_bank_changes(pages: ServedPages, bank: Path) -> None:
    pages.open()
    pages.press("/", "de")
    (bank / "c.yaml").write_text(questions("two", question("destiny")), encoding="utf-8")
    pages.until(lambda: "destiny" in pages.text())
    assert pages.run("return [document.activeElement.id, document.activeElement.value]") == ["q", "de"]
    pages.press("lta")
    pages.until(lambda: "destiny" not in pages.text())
    assert "What is delta?" in pages.text()


def test_says_when_the_preview_has_ended(bank: Path, browser: Chrome) -> None:
    with served(bank) as server:
        pages = ServedPages(browser, server.address, server)
        pages.open()
    pages.until(lambda: "The preview has ended" in pages.text("#said"))


# Safety


def test_a_card_can_reach_neither_the_pages_nor_the_network(tmp_path: Path, browser: Chrome) -> None:
    hostile = (
        '<span id="told"></span><script>'
        "var told = [], say = function (what, done) { told.push(what + ':' + done); document.getElementById('told').textContent = told.join(' '); };"
        "try { parent.document.title = 'taken'; say('parent', true); } catch (e) { say('parent', false); }"
        "try { localStorage.setItem('a', 'b'); say('storage', true); } catch (e) { say('storage', false); }"
        "fetch('/status').then(function () { say('fetch', true); }, function () { say('fetch', false); });"
        "try { top.location = 'about:blank#taken'; say('top', true); } catch (e) { say('top', false); }"
        "</script>"
    )
    root = make_bank(tmp_path, {"a.yaml": questions("one", question("evil", question=f"x {hostile}"))})
    with served(root) as server:
        pages = ServedPages(browser, server.address, server)
        pages.card("evil")
        pages.until(
            lambda: all(
                t.count(":") == 4
                for t in pages.in_frames("return document.getElementById('told').textContent").values()
            )
        )
        told = pages.in_frames("return document.getElementById('told').textContent")
        for found in told.values():
            assert sorted(found.split()) == ["fetch:false", "parent:false", "storage:false", "top:false"]
        assert "taken" not in pages.browser.title + pages.browser.current_url


def test_nothing_that_a_card_sends_disturbs_the_pages(tmp_path: Path, browser: Chrome) -> None:
    """Neither what the pages do not expect, nor keys that nobody pressed, nor a card that is never ready."""
    sent = (
        "null, 'text', {type: 'toString'}, {type: 'ready', hints: 1e9, troubles: 7}, {type: 'ready', troubles: [null, {kind: 'x'}]},"
        " {type: 'measured', height: 'high'}, {type: 'measured', height: 1e12}, {type: 'key', key: 'j'}, {type: 'hints', open: -3}"
    )
    items = [
        question(
            "loud",
            question=f"x <script>[{sent}].forEach(function (m) {{ parent.postMessage(m, '*'); }})</script>",
        ),
        question(
            "late",
            question="y <script>Promise.all = function () { return new Promise(function () {}); };</script>",
        ),
    ]
    root = make_bank(tmp_path, {"a.yaml": questions("one", *items)})
    with served(root) as server:
        pages = ServedPages(browser, server.address, server)
        pages.open()
        pages.complaints()
        pages.card("loud")
        time.sleep(0.5)
        assert pages.text(".facts .key") == "loud"
        assert pages.run("return document.querySelectorAll('.tools button').length") < 70
        assert pages.run("return document.documentElement.scrollHeight") < 10_000
        assert pages.complaints() == []
        pages.run("preview.patience = 100; location.hash = '#/card/late'")
        pages.until(lambda: "the card is still not ready" in pages.text(".found"))


# Practising


def test_a_mock_interview(pages: ServedPages) -> None:
    pages.open("practice")
    Select(pages.find("[name=order]")).select_by_value("bank")
    pages.click("[data-key=begin]")
    pages.until(lambda: "Question 1 of 3" in pages.text("h1"))
    pages.frames_ready()
    assert pages.text(".timer").startswith(("1:5", "2:0"))
    pages.until(lambda: bool(pages.browser.find_elements(By.CSS_SELECTOR, "[data-key=hint]")))
    pages.press("h")
    pages.press(Keys.SPACE)
    pages.frames_ready()
    pages.click("[data-key=grade-0]")
    for grade in ("4", "3"):
        pages.until(lambda: bool(pages.browser.find_elements(By.CSS_SELECTOR, "[data-key=flip]")))
        pages.frames_ready()
        pages.press(Keys.SPACE)
        pages.find("[data-key=grade-0]")
        pages.press(grade)
    pages.until(lambda: "How it went" in pages.text("h1"))
    rows = [row.text.split() for row in pages.browser.find_elements(By.CSS_SELECTOR, "tbody tr")]
    assert [row[3:5] for row in rows] == [["Again", "1"], ["Easy", "0"], ["Good", "0"]]
