"""The first bank's pictures: safe to open anywhere, legible on a phone and in the dark, and described.

A picture brings its own light panel, so its colors are the same on every card; at night, cards dim it.
"""

import re
from pathlib import Path

import pytest
from banks import FIRST_BANK, REPOSITORY, BuiltBank
from pictures import SVG, Box, contrast, fills_behind, letterings_of, picture, shapes_of

from ankiexport.bank import load_bank
from ankiexport.quality.texts import texts_of

PICTURES = sorted((FIRST_BANK / "media").iterdir())
NAMES = [path.name for path in PICTURES]
STYLE = REPOSITORY / "card_templates" / "shared" / "style.css"

MAX_WIDTH = 400
MIN_FONT_SIZE = 12
MIN_CONTRAST = 4.5

# All that pictures may be made of. Nothing here runs, loads anything, or brings a font or a style sheet,
# and the contrast is computed of exactly these.
ATTRIBUTES = {
    "svg": "width height viewBox role aria-labelledby font-family font-size fill text-anchor",
    "title": "id",
    "defs": "",
    "marker": "id viewBox refX refY markerWidth markerHeight markerUnits orient",
    "g": "fill stroke stroke-width stroke-dasharray stroke-linecap font-size font-weight text-anchor marker-end",
    "rect": "x y width height rx fill stroke stroke-width",
    "circle": "cx cy r fill stroke stroke-width",
    "path": "d fill stroke stroke-width stroke-dasharray stroke-linecap marker-end",
    "text": "x y fill font-size font-weight text-anchor",
    "tspan": "fill font-size font-weight",
}


def brightnesses() -> set[float]:
    """Return by which factors cards dim pictures; another filter would need another computation."""
    filters = re.findall(r"\bimg\b[^{}]*\{[^}]*?\bfilter:\s*([^;}]+)", STYLE.read_text(encoding="utf-8"))
    factors = [re.fullmatch(r"brightness\((0?\.\d+|1)\)", text.strip()) for text in filters]
    assert None not in factors, filters
    return {1.0} | {float(factor[1]) for factor in factors if factor}


@pytest.mark.parametrize("path", PICTURES, ids=NAMES)
def test_a_picture_runs_nothing_and_loads_nothing(path: Path) -> None:
    """No script, event, style, font, entity or address: only the elements and attributes above."""
    assert not re.search(r"<\?(?!xml )|<!(?!--)", path.read_text(encoding="utf-8"))
    for element in picture(path).iter():
        name = element.tag.removeprefix(SVG)
        assert name in ATTRIBUTES
        assert set(element.attrib) <= set(ATTRIBUTES[name].split()), name
        for value in element.attrib.values():
            assert re.fullmatch(r"url\(#[\w-]+\)|[^:(]*", value), value


@pytest.mark.parametrize("path", PICTURES, ids=NAMES)
def test_a_picture_fits_a_phone_and_names_itself(path: Path) -> None:
    root = picture(path)
    assert root.tag == f"{SVG}svg"
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    assert (left, top) == (0, 0)
    assert 0 < width <= MAX_WIDTH
    # Drawn larger than its units, and never smaller, or its letters would be smaller than they say.
    assert float(root.attrib["width"]) / width == float(root.attrib["height"]) / height >= 1
    assert root.get("role") == "img"
    (title,) = root.findall(f"{SVG}title")
    assert (title.text or "").strip()
    assert shapes_of(root)[0].box == Box(0, 0, width, height), "the panel comes first and fills the picture"


@pytest.mark.parametrize("path", PICTURES, ids=NAMES)
def test_the_texts_of_a_picture_can_be_read_by_day_and_night(path: Path) -> None:
    """Letters are large enough, and differ from all that they stand on."""
    shapes, texts = shapes_of(picture(path)), letterings_of(picture(path))
    assert texts
    assert [text.words for text in texts if text.size < MIN_FONT_SIZE] == []
    for text in texts:
        above = [shape for shape in shapes if shape.order > text.order and shape.box.meets(text.box)]
        assert not above, f'"{text.words}" is painted over'
        fills = fills_behind(text, shapes)
        assert "nothing" not in fills, f'"{text.words}" leaves the panel'
        found = {
            (own, fill, brightness): contrast(own, fill, brightness)
            for own in text.fills
            for fill in fills
            for brightness in brightnesses()
        }
        assert min(found.values()) >= MIN_CONTRAST, f'"{text.words}": {found}'


def test_contrast_is_that_of_the_guidelines() -> None:
    """The grays are the last that fails on white and the first that passes."""
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#767676", "#fff", 0.9) < contrast("#767676", "#fff")


def test_every_picture_is_on_a_card_with_words_for_those_who_cannot_see_it(first_bank: BuiltBank) -> None:
    loaded, _ = load_bank(FIRST_BANK)
    assert loaded is not None
    written = "\n".join(text.value for question in loaded.questions for text in texts_of(question))
    assert sorted(re.findall(r"!\[[^\]]*\]\(media/(.+?)\)", written)) == NAMES
    fields = [field for note in first_bank.whole.notes for field in note.fields.values()]
    shown = re.findall(r"<img\b[^>]*>", "".join(fields))
    assert len(shown) == len(first_bank.whole.media) == len(NAMES)
    for tag in shown:
        alternative = re.search(r'\balt="([^"]*)"', tag)
        assert alternative, tag
        assert len(alternative[1].split()) >= 5, tag
