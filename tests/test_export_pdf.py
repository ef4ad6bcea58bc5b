"""Printable PDF: nothing is lost, backs lie behind their fronts, and what cannot be printed as it is, is named."""

import re
import sys
from pathlib import Path

import pytest
from banks import FIRST_BANK, make_bank, question, questions
from click.testing import CliRunner
from printed_pages import fonts_of, has_curves, letters_of, pages_of, places_of, text_of_pdf

from ankiexport.cli.app import cli
from ankiexport.exporting import ExportResult, export_bank, shipment_of
from ankiexport.formats.export_format import Paper
from ankiexport.formats.pdf.content import Printer
from ankiexport.formats.pdf.formulas import FormulaError, typeset
from ankiexport.formats.pdf.grid import grids
from ankiexport.formats.study_cards import study_cards
from ankiexport.html_text import html_to_text
from ankiexport.pipeline import check_bank

LONG = "\n\n".join(
    f"Paragraph {number} of a long answer. " + "It goes on and on. " * 20 for number in range(30)
)


def printed(bank: Path, form: str, out: Path, paper: Paper = Paper.A4) -> tuple[bytes, ExportResult]:
    """Export a bank without errors, and return the one file with what was said."""
    result = export_bank(bank, form, out, paper=paper)
    assert not result.has_errors, result.diagnostics
    (name,) = result.files
    return (out / name).read_bytes(), result


def words(text: str) -> str:
    """Return a text without white space and hyphens, which lines put in."""
    return re.sub(r"[\s\u2010-]+", "", text)


def flat(data: bytes) -> list[str]:
    """Return the words of each page."""
    return [words(text) for text in text_of_pdf(data)]


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank of eleven small cards and two that are not."""
    small = [question(f"q{number:02}", hint="A hint.") for number in range(10)]
    picture = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='900' height='400'><text y='40'>DRAWN</text></svg>"
    )
    return make_bank(
        tmp_path,
        {
            "q.yaml": questions(
                "one", *small, question("long", answer=LONG), question("picture", answer="![x](media/p.svg)")
            ),
            "r.yaml": questions("two", question("last", facts=[{"id": "f", "text": "A {{c1::fact}}."}])),
            "media/p.svg": picture,
        },
    )


@pytest.mark.parametrize("form", ["pdf-cards", "pdf-booklet"])
@pytest.mark.parametrize("paper", Paper)
def test_everything_is_in_the_pages(form: str, paper: Paper, bank: Path, tmp_path: Path) -> None:
    """Each question, hint and answer is there to the last word, on paper of the size that was asked for, in fonts that are inside."""
    data, _result = printed(bank, form, tmp_path / "out", paper)
    text = "".join(flat(data))
    for number in range(10):
        assert f"Whatisq{number:02}?" in text
        assert f"Itisq{number:02}." in text
    assert all(f"Paragraph{number}ofalonganswer." in text for number in range(30))
    # A page may end within one of them.
    assert len(re.findall("Itgoes|goeson", text)) >= 600
    assert {"DRAWN", "Ahint."} <= {word for word in ("DRAWN", "Ahint.") if word in text}
    size = {Paper.A4: (595, 842), Paper.LETTER: (612, 792)}[paper]
    assert {
        (round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pages_of(data)
    } == {size}
    assert fonts_of(data)
    assert all(fonts_of(data).values()), fonts_of(data)


def test_backs_lie_behind_their_fronts(bank: Path, tmp_path: Path) -> None:
    """On the page behind, each answer is mirrored at the middle of the sheet, and no card is without a back."""
    data, _result = printed(bank, "pdf-cards", tmp_path / "out")
    pages = pages_of(data)
    assert len(pages) % 2 == 0
    middle = float(pages[0].mediabox.width) / 2
    for number in range(10):
        ((front, left, bottom),) = places_of(data, f"What is q{number:02}?")
        ((back, back_left, back_bottom),) = places_of(data, f"It is q{number:02}.")
        assert (front % 2, back) == (0, front + 1)
        assert (left < middle) != (back_left < middle), number
        assert abs(bottom - back_bottom) < 60, number


@pytest.mark.parametrize("paper", Paper)
def test_places_are_mirrored_and_fill_the_sheet(paper: Paper) -> None:
    """The place of a back is that of its front, seen from behind; no card leaves the sheet or covers another."""
    for grid in grids(paper):
        width, height = grid.sheet
        card_width, card_height = grid.card
        places = [grid.place(number, is_back=False) for number in range(grid.count)]
        assert len(set(places)) == grid.count
        for number, (left, top) in enumerate(places):
            back_left, back_top = grid.place(number, is_back=True)
            assert back_top == top
            assert back_left == pytest.approx(width - left - card_width)
            assert 0 <= left <= width - card_width
            assert 0 <= top <= height - card_height


def test_what_does_not_fit_is_named_and_goes_over_several_cards(bank: Path, tmp_path: Path) -> None:
    """Only that card is named; its parts say which they are."""
    data, result = printed(bank, "pdf-cards", tmp_path / "out")
    overflows = [problem for problem in result.diagnostics if problem.code == "card-overflow"]
    (problem,) = overflows
    match = re.search(
        r'"long" \(card 11\) does not fit its card: it is set smaller, on (\d+) cards', problem.message
    )
    assert match, problem.message
    assert problem.position.path.endswith("q.yaml")
    text = "".join(flat(data))
    assert all(f"{part}/{match[1]}" in text for part in range(2, int(match[1]) + 1))


WIDE = [
    "| " + " | ".join(f"internationalization{number}" for number in range(9)) + " |\n|" + "---|" * 9,
    "https://example.com/" + "a" * 300,
    "```\n" + "x" * 300 + "\n```",
    "![x](media/wide.svg)",
    "$$" + " + ".join(f"x_{{{number}}}" for number in range(80)) + "$$",
    "`" + "y" * 200 + "`",
    "<table>" + "<tr><td>cell</td></tr>" * 80 + "</table>",
    "<pre>" + "line\n" * 200 + "</pre>",
    "<p style='white-space: nowrap; margin-left: 50cm; font-size: 90pt'>" + "word " * 60 + "</p>",
    "- " * 30 + "deep",
]


@pytest.mark.parametrize("form", ["pdf-cards", "pdf-booklet"])
def test_nothing_leaves_its_card_or_page(form: str, tmp_path: Path) -> None:
    """Whatever is too wide or too long is broken or made smaller; no letter stands outside of where it may."""
    items = [question(f"w{number}", answer=text) for number, text in enumerate(WIDE)]
    items += [question(f"v{number}", question=text) for number, text in enumerate(WIDE)]
    picture = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='3000' height='5000'><text y='4900'>End</text></svg>"
    )
    bank = make_bank(tmp_path, {"q.yaml": questions("one", *items), "media/wide.svg": picture})
    data, _result = printed(bank, form, tmp_path / "out")
    text = "".join(flat(data))
    assert text.count("End") == 2
    assert text.count("line") >= 400
    assert text.count("cell") >= 160
    lefts = [8, 105] if form == "pdf-cards" else [20]
    wide = 97 if form == "pdf-cards" else 170
    inner = [(left * 72 / 25.4 - 1, (left + wide) * 72 / 25.4 + 1) for left in lefts]
    outside = [
        letter
        for letter in letters_of(data)
        if not any(left <= letter[2] and letter[4] <= right for left, right in inner)
        or not 0 < letter[3] < 842
    ]
    assert outside == []


def test_the_booklet_has_contents_and_bookmarks(bank: Path, tmp_path: Path) -> None:
    """Chapters and questions are bookmarked, and the contents name the pages that they are on."""
    import io

    from pypdf import PdfReader

    data, _result = printed(bank, "pdf-booklet", tmp_path / "out")
    reader = PdfReader(io.BytesIO(data))
    outline = reader.outline
    titles = [entry.title for entry in outline if not isinstance(entry, list)]
    assert titles == ["Contents", "1 One", "2 Two"]
    below = [entry.title for entry in outline[2]]
    assert below[:2] == ["1.1 What is q00?", "1.2 What is q01?"]
    pages = flat(data)
    (first,) = [entry for entry in outline if not isinstance(entry, list) and entry.title == "2 Two"]
    number = reader.get_destination_page_number(first) + 1
    assert any(f"2Two{number}" in page for page in pages[1:3])
    assert "Smallbank" in pages[number - 1]
    assert reader.metadata
    assert reader.metadata.title == "Small bank"


def test_a_formula_that_cannot_be_typeset_is_named(tmp_path: Path) -> None:
    """It stands as TeX, and the others are drawn."""
    answers = {"good": "$x_1$", "bad": r"$\ce{H2O}$", "glyph": r"$\text{中}$"}
    bank = make_bank(
        tmp_path, {"q.yaml": questions("one", *(question(key, answer=text) for key, text in answers.items()))}
    )
    for form in ("pdf-cards", "pdf-booklet"):
        data, result = printed(bank, form, tmp_path / form)
        assert has_curves(data)
        assert r"\ce{H2O}" in "".join(flat(data))
        assert [problem.message for problem in result.diagnostics if problem.code == "formula-as-text"] == [
            r'the formula "\ce{H2O}" of "bad" stands as TeX: \ce is not known',
            r'the formula "\text{中}" of "glyph" stands as TeX: there is no "中" in the font of formulas',
        ]


@pytest.mark.parametrize(
    ("tex", "same"),
    [("(-1, 2)", "({-}1, 2)"), (r"a = -b", r"a = {-}b"), (r"\log_2 x", r"\log_2\, x"), (r"\mathrm{DCG@}k", r"\text{DCG@}k")],
)  # fmt: skip
def test_signs_and_functions_have_the_space_that_tex_gives_them(tex: str, same: str) -> None:
    """A minus without a left side is no operator between two things, and a function stands apart from its argument."""
    assert typeset(tex, displayed=False).svg == typeset(same, displayed=False).svg
    assert typeset("a - b", displayed=False).svg != typeset("a {-} b", displayed=False).svg


@pytest.mark.parametrize("tex", [r"\unknown", r"\frac{a}", r"\cite{a}", ""])
def test_formulas_are_refused_where_they_would_be_wrong(tex: str) -> None:
    """What is passed over without a word would print something else."""
    with pytest.raises(FormulaError):
        typeset(tex, displayed=True)


def test_nothing_reaches_out_of_a_card(tmp_path: Path) -> None:
    """HTML that ends what it did not begin, styles and scripts change nothing around them, and no address is asked."""
    wild = (
        "</div></section></body><style>* { display: none }</style><script>x</script>"
        "<p style='position: fixed; top: -100mm'>Kept.</p><img src='data:image/png;base64,AAAA'>"
        "<link rel='stylesheet' href='http://127.0.0.1:9/x.css'>"
    )
    bank = make_bank(tmp_path, {"q.yaml": questions("one", question("a", answer=wild), question("b"))})
    for form in ("pdf-cards", "pdf-booklet"):
        text = "".join(flat(printed(bank, form, tmp_path / form)[0]))
        assert "Kept." in text
        assert "Itisb." in text


def test_paper_goes_with_what_is_printed(bank: Path, tmp_path: Path) -> None:
    """Another format has no use for it, and says so."""
    result = CliRunner().invoke(
        cli, ["export", "json", str(bank), "--out", str(tmp_path / "out"), "--paper", "letter"]
    )
    assert result.exit_code == 2
    assert "--paper is for formats that are printed (pdf-cards, pdf-booklet)" in result.output


def test_every_formula_of_the_first_bank_is_typeset() -> None:
    """None of them stands as TeX."""
    shipment = shipment_of(check_bank(FIRST_BANK))
    printer = Printer({})
    for card in study_cards(shipment):
        printer.printed(f"{card.front}{card.hints}{card.back}")
    assert printer.failed == {}


def test_the_booklet_of_the_first_bank_has_every_question(tmp_path: Path) -> None:
    """To the last word of each, with no formula among them that is drawn."""
    data, result = printed(FIRST_BANK, "pdf-booklet", tmp_path)
    assert not [problem for problem in result.diagnostics if problem.code == "formula-as-text"]
    text = "".join(flat(data))
    cards = list(study_cards(shipment_of(check_bank(FIRST_BANK))))
    asked = [html_to_text(card.front) for card in cards if not card.note.content.is_fact]
    assert len(asked) == 50
    assert [question for question in asked if words(question) not in text] == []


@pytest.mark.parametrize(
    ("form", "library", "answer"),
    [
        ("pdf-cards", "weasyprint", "No formula."),
        ("pdf-cards", "pypdf", "No formula."),
        ("pdf-cards", "ziamath", "$y^{17}$"),
        ("pdf-booklet", "weasyprint", "No formula."),
        ("pdf-booklet", "ziamath", "$y^{17}$"),
    ],
)
def test_what_is_not_installed_is_named(
    form: str, library: str, answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra, the command says how to get it."""
    bank = make_bank(tmp_path, {"q.yaml": questions("one", question("a", answer=answer))})
    monkeypatch.setitem(sys.modules, library, None)
    result = CliRunner().invoke(cli, ["export", form, str(bank), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert (
        f'{library} is not installed, which this command needs: pip install "ankiexport[pdf]"'
        in result.output
    )
    assert not (tmp_path / "out").exists()
