"""What is wrong with a formula: told without MathJax, and held against MathJax."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from banks import make_bank, question, questions
from browser import MissingError, chromium, mathjax_folder
from selenium.webdriver import Chrome

from ankiexport.formulas import formula_problems
from ankiexport.pipeline import check_bank

GOOD = (
    "x", r"\frac{1}{2}", r"\{ x \}", r"\left( \frac{a}{b} \right)", r"\left\{ x \right.", r"\leftarrow \rightarrow",
    r"\begin{cases} a & b \\ c & d \end{cases}", r"\left[ \begin{pmatrix} 1 \\ 2 \end{pmatrix} \right]", r"50\%",
    r"\text{a \{ b}", r"\sqrt[3]{x}", r"{a}_{b}^{c}",
)  # fmt: skip
BAD = {
    r"\frac{1}{2": (8, "the { is never closed"),
    "x}": (1, "} ends what did not begin: there is no { before it"),
    r"a \left( b": (2, r"the \left is never closed"),
    r"a \right)": (2, r"\right ends what did not begin: there is no \left before it"),
    r"\begin{cases} a": (0, r"the \begin{cases} is never closed"),
    r"a \end{cases}": (2, r"\end{cases} ends what did not begin: there is no \begin{cases} before it"),
    r"\begin{a}\end{b}": (9, r"\end{b} ends what did not begin: the \begin{a} before it is still open"),
    r"{ \left( } \right)": (9, r"} ends what did not begin: the \left before it is still open"),
    r"\left( { \right) }": (9, r"\right ends what did not begin: the { before it is still open"),
}
PIECES = (
    "{", "}", "{", "}", r"\left(", r"\right)", r"\left.", r"\right]", r"\begin{matrix}", r"\end{matrix}", r"\begin{cases}",
    r"\end{cases}", "x", "+", r"\{", r"\}", r"\alpha", r"\\", r"\leftarrow ", "1", " ",
)  # fmt: skip


@pytest.mark.parametrize("tex", GOOD)
def test_finds_nothing_wrong_with_a_good_formula(tex: str) -> None:
    assert formula_problems(tex) == []


@pytest.mark.parametrize(("tex", "problem"), BAD.items())
def test_says_what_does_not_pair(tex: str, problem: tuple[int, str]) -> None:
    (found,) = formula_problems(tex)
    assert (found.offset, found.message) == problem
    assert found.advice


def test_says_what_is_lost_behind_a_percent_sign() -> None:
    (found,) = formula_problems("5% of x")
    assert (found.offset, found.advice) == (1, r"write \%")
    assert formula_problems("a % { \n b") == formula_problems("a % { \n b")
    assert len(formula_problems("a % { \n b % c")) == 2


def test_clozes_in_formulas_are_no_problem(tmp_path: Path) -> None:
    fact = {"id": "f", "text": r"It is $\frac{ {{c1::a}} }{b}$ and $x = {{c2::y}}$."}
    bank = make_bank(tmp_path, {"a.yaml": questions("one", question("a", facts=[fact]))})
    assert not [problem for problem in check_bank(bank).diagnostics if problem.code == "formula"]


@pytest.fixture(scope="module")
def typesetter() -> Iterator[Chrome]:
    """A browser whose page has MathJax as Anki has it."""
    try:
        script = (mathjax_folder() / "tex-svg-full.js").read_text(encoding="utf-8")
        with chromium() as browser:
            browser.get("data:text/html,<div id=qa></div>")
            browser.execute_script(
                "MathJax = {tex: {displayMath: [['\\\\[', '\\\\]']], processEscapes: false, processEnvironments: false,"
                " processRefs: false, packages: {'[-]': ['noerrors', 'noundefined']}}, startup: {typeset: false},"
                " options: {enableMenu: false}};"
            )
            browser.execute_script(script)
            yield browser
    except MissingError as reason:
        reason.skip()


def typeset(browser: Chrome, formulas: list[str]) -> list[bool]:
    """Tell for each formula whether MathJax typesets it."""
    browser.set_script_timeout(120)
    found: list[bool] = browser.execute_async_script(
        "const done = arguments[1], box = document.getElementById('qa');"
        "box.replaceChildren(...arguments[0].map(tex => Object.assign(document.createElement('p'), {textContent: '\\\\(' + tex + '\\\\)'})));"
        "MathJax.startup.promise.then(() => MathJax.typesetPromise([box])).then(() => done([...box.children].map("
        "p => Boolean(p.querySelector('mjx-container')) && !p.querySelector('[data-mjx-error], mjx-merror, g[data-mml-node=merror]'))))",
        formulas,
    )
    return found


@pytest.mark.browser
def test_reports_only_what_mathjax_does_not_typeset(typesetter: Chrome) -> None:
    """Whatever is reported fails in MathJax, and of what is not, pairs are never the reason."""
    dice = random.Random(3)
    made = ["".join(dice.choice(PIECES) for _ in range(dice.randint(1, 9))) for _ in range(1500)]
    formulas = [*GOOD, *BAD, *made]
    works = dict(zip(formulas, typeset(typesetter, formulas), strict=True))
    assert all(works[tex] for tex in GOOD)
    reported = [tex for tex in formulas if formula_problems(tex)]
    assert len(reported) > 300
    assert [tex for tex in reported if works[tex]] == []
    missed = [tex for tex in formulas if not formula_problems(tex) and not works[tex]]
    assert missed == []
