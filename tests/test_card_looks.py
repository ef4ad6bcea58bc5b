"""What every card of the bank, and some that are hard to lay out, look like in a browser."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from browser import MissingError, chromium, mathjax_folder
from card_pages import Side, sides_of, write_page
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from ankiexport.pipeline import build_bank

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
WIDTHS = {"desktop": 760, "phone": 375}
# The mobile apps show dark cards on our own paper, desktop Anki on its gray.
THEMES = {
    "light": "desktop",
    "dark on desktop": "desktop nightMode night_mode",
    "dark on a phone": "nightMode night_mode",
}

# What may be wider than the window, because it scrolls in itself.
SCROLLERS = "pre, .scroll, .arithmatex, mjx-container"

PROBES = (
    f"const SCROLLERS = {json.dumps(SCROLLERS)};"
    r"""
const side = node => node.parentElement.closest('article').dataset.side;
const shown = element => element.getClientRects().length > 0 && getComputedStyle(element).visibility === 'visible';
const scrolls = element => element.matches(SCROLLERS) && /auto|scroll/.test(getComputedStyle(element).overflowX);

function inScroller(element) {
  for (let up = element.parentElement; up; up = up.parentElement) if (scrolls(up)) return true;
  return false;
}

function tooWide() {
  const found = [];
  if (document.scrollingElement.scrollWidth > innerWidth) found.push('the page scrolls sideways');
  for (const element of document.querySelectorAll('article *')) {
    const box = element.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1) && !inScroller(element))
      found.push(side(element) + ': ' + element.outerHTML.slice(0, 90));
  }
  return found;
}

// A short formula that scrolls, one in a table, which scrolls itself, or one whose top or bottom is cut.
function badFormulaBoxes() {
  const found = [];
  for (const box of document.querySelectorAll('mjx-container')) {
    if (!shown(box)) continue;
    const room = box.closest('p, li, td, dd, section, div').clientWidth;
    const inTable = box.closest('td, th') !== null;
    const needless = box.scrollWidth > box.clientWidth + 1 && (inTable || box.clientWidth < 0.9 * room);
    if (needless || box.scrollHeight > box.clientHeight + 1)
      found.push([side(box), box.textContent.slice(0, 40), box.clientWidth, box.scrollWidth, box.clientHeight,
        box.scrollHeight].join(' | '));
  }
  return found;
}

// Punctuation that stands in the line below its formula, and how much there is in all.
function tornMarks() {
  const marks = [...document.querySelectorAll('mjx-container:not([display])')]
    .filter(box => shown(box) && box.nextSibling?.data?.trim());
  const torn = marks.filter(box => {
    const range = document.createRange();
    range.selectNode(box.nextSibling);
    return range.getBoundingClientRect().top > box.getBoundingClientRect().bottom - 4;
  });
  return [marks.length, torn.map(box => side(box) + ': ' + box.textContent)];
}

function brokenImages() {
  return [...document.images].filter(image => !(image.complete && image.naturalWidth)).map(i => side(i) + ': ' + i.src);
}

// How high the bar is with which an element scrolls sideways.
function barHeights(selector) {
  return [...document.querySelectorAll(selector)].filter(shown)
    .map(box => [side(box), box.textContent.slice(0, 40), box.offsetHeight - box.clientHeight]);
}

// Pictures that the page blows up, because they name no size of their own.
function blownUp() {
  return [...document.images].filter(image => image.clientWidth > image.naturalWidth).map(i => side(i) + ': ' + i.src);
}

function rgba(color) {
  const parts = color.match(/[\d.]+/g).map(Number);
  return parts.length > 3 ? parts : [...parts, 1];
}

function over(top, below) {
  return [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
}

function luminance(color) {
  const [r, g, b] = color.slice(0, 3).map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function behind(element, known) {
  if (!element) return [255, 255, 255, 1];
  if (!known.has(element)) {
    const style = getComputedStyle(element);
    if (style.backgroundImage !== 'none' || style.opacity !== '1') throw new Error('cannot judge ' + element.outerHTML);
    known.set(element, over(rgba(style.backgroundColor), behind(element.parentElement, known)));
  }
  return known.get(element);
}

function weakTexts(least) {
  const found = new Set(), known = new Map();
  let seen = 0;
  const judge = (element, color, text) => {
    seen += 1;
    const back = behind(element, known);
    const [high, low] = [luminance(over(rgba(color), back)), luminance(back)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < least) found.add(`${contrast.toFixed(2)} ${element.tagName}.${element.className}: ${text.slice(0, 30)}`);
  };
  const texts = document.createTreeWalker(document.getElementById('qa'), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement, text = texts.currentNode.data.trim();
    if (text && shown(element) && !element.closest('script, svg')) judge(element, getComputedStyle(element).color, text);
  }
  for (const element of document.querySelectorAll('article *')) {
    if (!shown(element)) continue;
    if (element.localName === 'mjx-c') judge(element, getComputedStyle(element).color, 'a formula');
    for (const pseudo of ['::before', '::after']) {
      const style = getComputedStyle(element, pseudo);
      if (/"[^"]+"/.test(style.content) && element.localName !== 'mjx-c') judge(element, style.color, style.content);
    }
  }
  return [seen, [...found]];
}

function hintState(button) {
  const hint = button.parentElement, visible = element => element.checkVisibility();
  const all = [...hint.closest('article').querySelectorAll('summary')];
  return {
    open: hint.open,
    height: visible(button) ? button.getBoundingClientRect().height : 0,
    text: visible(hint.querySelector('.hint-text')),
    later: all.slice(all.indexOf(button) + 1).map(visible),
  };
}

// What each hint's button does, one after the other.
function walkHints() {
  return [...document.querySelectorAll('details.hint > summary')].map(button => {
    const before = hintState(button);
    button.click();
    return [side(button), before, hintState(button)];
  });
}

// Boxes that hold neither text nor picture, but for a heading.
function hollow() {
  const boxes = 'main, section, aside, header, footer, details, div, p, ul, ol, li, h2, hr, span';
  const empty = node => node.nodeType !== Node.ELEMENT_NODE ? !node.textContent.trim()
    : !node.matches('img, svg, video') && [...node.childNodes].every(child => child.localName === 'h2' || empty(child));
  return [...document.querySelectorAll('article *')].filter(element => element.matches(boxes)
    && shown(element) && element.id !== 'answer' && !element.closest('.highlight, .arithmatex') && empty(element))
    .map(element => side(element) + ': ' + element.outerHTML.slice(0, 90));
}
"""
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of all sides of one note type."""

    path: Path
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Looks:
    """The browser, and the pages that it can open."""

    browser: Chrome
    folder: Path
    sides: tuple[Side, ...] = field(repr=False)
    pages: tuple[Page, ...] = field(repr=False)

    def open(self, path: Path) -> None:
        """Open a page at the desktop's width, its formulas typeset."""
        self.resize("desktop")
        self.browser.get(path.as_uri())
        if self.run("return 'MathJax' in window"):
            self.browser.execute_async_script(
                "const done = arguments[0]; MathJax.startup.promise.then(() => MathJax.typesetPromise())"
                ".then(() => document.fonts.ready).then(() => done(null), error => done(String(error)));"
            )

    def resize(self, device: str, *, finger: bool = True) -> None:
        """Give the window the width of a device; a phone is touched by a finger and so has no scroll bars."""
        metrics = {
            "width": WIDTHS[device],
            "height": 800,
            "deviceScaleFactor": 1,
            "mobile": device == "phone" and finger,
        }
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def set_theme(self, theme: str) -> None:
        """Give the body the classes that Anki gives it."""
        self.run("document.body.className = 'card card1 isLin ' + arguments[0]", THEMES[theme])

    def open_hints(self, *, opened: bool = True) -> None:
        """Open or close all hints at once, as nobody can."""
        self.run(
            "document.querySelectorAll('details').forEach(hint => { hint.open = arguments[0]; })", opened
        )

    def probe(self, call: str, *arguments: object) -> Any:
        """Return what one of the probes finds."""
        return self.run(f"{PROBES}\nreturn {call};", *arguments)

    def run(self, script: str, *arguments: object) -> Any:
        """Run a script in the page."""
        return self.browser.execute_script(script, *arguments)

    def states(self) -> Iterator[str]:
        """Bring the open page into each combination of width, theme and hints, and name it."""
        for device in WIDTHS:
            self.resize(device)
            for theme in THEMES:
                self.set_theme(theme)
                for opened in (False, True):
                    self.open_hints(opened=opened)
                    yield f"{device}, {theme}, hints {'open' if opened else 'closed'}"

    def hint_pages(self) -> list[tuple[Path, int]]:
        """Write pages of the sides with hints, without MathJax, and return how many hints each holds."""
        found = []
        for number, page in enumerate(self.pages):
            sides = [side for side in page.sides if side.hints]
            if sides:
                path = write_page(self.folder / f"hints-{number}.html", sides)
                found.append((path, sum(side.hints for side in sides)))
        assert sum(count for _, count in found) > 20
        return found

    def some_hints(self) -> Iterator[WebElement]:
        """Open pages on a phone, one after the other, and give the buttons of the hints of their first cards."""
        for path, _ in self.hint_pages():
            self.open(path)
            self.resize("phone")
            first = self.browser.find_element(By.XPATH, "//article[.//details]")
            yield from first.find_elements(By.CSS_SELECTOR, "details.hint > summary")

    def single(self, name: str) -> Path:
        """Return a page with one side only."""
        (side,) = [side for side in self.sides if side.name == name]
        return write_page(self.folder / "single.html", [side])


@pytest.fixture(scope="module")
def mathjax() -> Path | MissingError:
    """Return MathJax, or why there is none."""
    try:
        return mathjax_folder()
    except MissingError as reason:
        return reason


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory, browser: Chrome, mathjax: Path | MissingError) -> Looks:
    """Build, import and render the bank and the hard cards."""
    folder = tmp_path_factory.mktemp("looks")
    packages = []
    for bank in (ROOT / "bank", ROOT / "tests" / "hard_cards"):
        copy = Path(shutil.copytree(bank, folder / "banks" / bank.name))
        built = build_bank(copy, folder / bank.name)
        assert not built.has_errors, built.diagnostics
        packages += [built.out / str(package["file"]) for package in built.packages]
    sides = sorted(sides_of(packages, folder / "anki"), key=attrgetter("note_type"))
    media = folder / "anki" / "collection.media"
    pages: list[Page] = []
    for _, group in groupby(sides, key=attrgetter("note_type")):
        together = tuple(group)
        math = mathjax if isinstance(mathjax, Path) else None
        pages.append(Page(write_page(media / f"page-{len(pages)}.html", together, math), together))
    return Looks(browser, media, tuple(sides), tuple(pages))


def test_all_cards_of_the_bank_are_looked_at(looks: Looks) -> None:
    """Both sides of each card stand on a page."""
    assert len(looks.pages) == 4
    assert sum(len(page.sides) for page in looks.pages) == len(looks.sides) >= 200


def test_nothing_is_wider_than_the_window(looks: Looks) -> None:
    """The page never scrolls sideways; what is wide scrolls in itself."""
    for page in looks.pages:
        looks.open(page.path)
        for state in looks.states():
            assert looks.probe("tooWide()") == [], state
            assert looks.probe("badFormulaBoxes()") == [], state


def test_a_comma_stays_with_its_formula(looks: Looks, mathjax: Path | MissingError) -> None:
    """Punctuation behind a formula begins no line, however wide the card is."""
    if not isinstance(mathjax, Path):
        mathjax.skip()
    marks = 0
    for page in looks.pages:
        looks.open(page.path)
        for width in range(300, 400, 2):
            looks.run("document.getElementById('qa').style.width = arguments[0] + 'px'", width)
            seen, torn = looks.probe("tornMarks()")
            assert torn == [], width
        marks += seen
    assert marks > 20


def test_every_text_is_easy_to_tell_from_what_lies_behind(looks: Looks) -> None:
    """The contrast is at least 4.5 to 1, in light and dark, hints and marks included."""
    for page in looks.pages:
        looks.open(page.path)
        for state in looks.states():
            seen, weak = looks.probe("weakTexts(4.5)")
            assert seen > len(page.sides), state
            assert weak == [], state


def test_every_picture_loads(looks: Looks) -> None:
    """No picture is missing from the package."""
    pictures = 0
    for page in looks.pages:
        looks.open(page.path)
        pictures += looks.run("return document.images.length")
        assert looks.probe("brokenImages()") == []
    assert pictures


def test_no_picture_is_blown_up(looks: Looks) -> None:
    """A drawing made for a phone does not fill a desktop's window."""
    for page in looks.pages:
        looks.open(page.path)
        assert looks.probe("blownUp()") == []


def test_bars_are_thin_and_none_stands_in_a_line(looks: Looks, mathjax: Path | MissingError) -> None:
    """What scrolls has the card's own bar and not Anki's; a formula in a line has none."""
    if not isinstance(mathjax, Path):
        mathjax.skip()
    seen: set[int] = set()
    with chromium(bars=True) as session:
        barred = replace(looks, browser=session)
        for page in looks.pages:
            barred.open(page.path)
            for device in WIDTHS:
                barred.resize(device, finger=False)
                barred.open_hints()
                heights = barred.probe("barHeights('pre, .scroll, mjx-container')")
                seen.update(height for _, _, height in heights)
                assert [bar for bar in heights if bar[2] not in {0, 7}] == [], device
                in_lines = barred.probe("barHeights('mjx-container:not([display])')")
                assert [bar for bar in in_lines if bar[2]] == [], device
    assert seen == {0, 7}


def test_no_empty_box_shows(looks: Looks) -> None:
    """A part that a question lacks leaves nothing behind."""
    for page in looks.pages:
        looks.open(page.path)
        looks.open_hints()
        assert looks.probe("hollow()") == []


def test_a_bare_question_shows_nothing_else(looks: Looks) -> None:
    """Without optional parts the front is the level and the question."""
    looks.browser.get(looks.single("bare, card 1, front").as_uri())
    assert looks.run("return document.querySelector('main').innerText").split() == ["ONLY", "Why?"]


def test_formulas_are_typeset(looks: Looks, mathjax: Path | MissingError) -> None:
    """MathJax typesets every formula of every card, and none of them is wrong."""
    if not isinstance(mathjax, Path):
        mathjax.skip()
    for page in looks.pages:
        looks.open(page.path)
        wrong = "return [...document.querySelectorAll('mjx-merror, [data-mjx-error]')].map(e => e.outerHTML)"
        assert looks.run(wrong) == []
        count = "return document.querySelectorAll(arguments[0]).length"
        formulas = sum(side.formulas for side in page.sides)
        assert looks.run(count, ".arithmatex") == formulas
        assert looks.run(count, "mjx-container") == formulas
        assert looks.run(count, ".arithmatex > mjx-container") == formulas
    assert sum(side.formulas for side in looks.sides) > 20


def test_hints_are_closed_at_first_and_come_one_by_one(looks: Looks) -> None:
    """On a phone each hint's button is tall enough, and a hint shows only when the one before is open."""
    for path, count in looks.hint_pages():
        looks.open(path)
        looks.resize("phone")
        hints = looks.probe("walkHints()")
        assert len(hints) == count
        for side, before, after in hints:
            assert_opened(side, before, after)


def test_hints_open_by_key(looks: Looks) -> None:
    """Enter on a button opens its hint."""
    for button in looks.some_hints():
        before = looks.probe("hintState(arguments[0])", button)
        button.send_keys(Keys.ENTER)
        assert_opened("by key", before, looks.probe("hintState(arguments[0])", button))


def test_hints_open_by_click_without_scripts(looks: Looks) -> None:
    """Where scripts do not run, the hints work all the same."""
    looks.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        for button in looks.some_hints():
            # The driver's own scripts do run.
            assert looks.run("return window.ankiexportKeys === undefined")
            before = looks.probe("hintState(arguments[0])", button)
            button.click()
            assert_opened("by click", before, looks.probe("hintState(arguments[0])", button))
    finally:
        looks.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def assert_opened(side: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Assert that a hint was closed, as were all after it, and now shows its text and the next hint's button."""
    assert before["height"] >= 44, f"{side}: too small for a finger, or shown too late"
    assert before == {**before, "open": False, "text": False, "later": [False] * len(before["later"])}, side
    assert after["open"], side
    assert after["text"], side
    assert after["later"] == [True, False, False][: len(after["later"])], side


def test_the_key_h_opens_one_hint_after_the_other(looks: Looks) -> None:
    """H opens the next hint, and closes them when all are open; with a modifier it is somebody else's key."""
    looks.browser.get(looks.single("everything, card 1, front").as_uri())

    def press(*keys: str) -> list[bool]:
        actions = ActionChains(looks.browser)
        for modifier in keys[:-1]:
            actions.key_down(modifier)
        actions.send_keys(keys[-1])
        for modifier in keys[:-1]:
            actions.key_up(modifier)
        actions.perform()
        opened: list[bool] = looks.run(
            "return [...document.querySelectorAll('details')].map(hint => hint.open)"
        )
        return opened

    assert press("x") == [False, False, False]
    assert press(Keys.CONTROL, "h") == [False, False, False]
    assert press("h") == [True, False, False]
    assert press(Keys.SHIFT, "h") == [True, True, False]
    assert press("h") == [True, True, True]
    assert press("h") == [False, False, False]
