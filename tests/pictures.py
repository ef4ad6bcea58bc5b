"""SVG pictures for tests: what is painted where, and the contrast of texts with what lies behind them.

It knows pictures that are made of rectangles, circles, paths and texts, without transformations; whoever
uses it makes sure of that.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
# A letter is about half as wide as its font is high.
_LETTER_WIDTH = 0.5
_INITIAL = {"fill": "#000", "font-size": "16", "text-anchor": "start"}
_START = re.compile(r"M\s*(-?[\d.]+)[\s,]+(-?[\d.]+).*z\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, by its sides."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Tell whether the two overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: "Box") -> bool:
        """Tell whether all of the other lies in this one."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled shape, and its place in the order in which a picture is painted."""

    order: int
    fill: str
    box: Box


@dataclass(frozen=True, slots=True)
class Lettering:
    """A text with all of its fills, the size of its smallest letters, and about where it stands."""

    order: int
    words: str
    fills: frozenset[str]
    size: float
    box: Box


def picture(path: Path) -> ET.Element:
    """Return the root of a picture, which must be well-formed XML."""
    return ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - our own


def shapes_of(root: ET.Element) -> list[Shape]:
    """Return what can lie behind a text: all that is filled. Of a closed path, only the start counts."""
    return [
        Shape(order, style["fill"], box)
        for order, (element, style) in enumerate(_painted(root, _INITIAL))
        if style["fill"] != "none" and (box := _box(element))
    ]


def letterings_of(root: ET.Element) -> list[Lettering]:
    """Return the texts of a picture."""
    return [
        _lettering(order, element, style)
        for order, (element, style) in enumerate(_painted(root, _INITIAL))
        if element.tag == f"{SVG}text"
    ]


def fills_behind(text: Lettering, shapes: list[Shape]) -> set[str]:
    """Return the fills that lie behind a text; "nothing" is one where a part of it is on no shape."""
    fills = set()
    for shape in reversed(shapes):
        if shape.order < text.order and shape.box.meets(text.box):
            fills.add(shape.fill)
            if shape.box.holds(text.box):
                return fills
    return fills | {"nothing"}


def contrast(one: str, other: str, brightness: float = 1) -> float:
    """Return the contrast of two colors, both dimmed, as the Web Content Accessibility Guidelines define it."""
    dark, light = sorted(_luminance(color, brightness) for color in (one, other))
    return (light + 0.05) / (dark + 0.05)


def _painted(
    element: ET.Element, inherited: Mapping[str, str]
) -> Iterator[tuple[ET.Element, Mapping[str, str]]]:
    """Yield what is painted, in this order, each with its style; a text comes as one."""
    style = {key: element.get(key, value) for key, value in inherited.items()}
    yield element, style
    if element.tag not in {f"{SVG}defs", f"{SVG}text"}:
        for child in element:
            yield from _painted(child, style)


def _box(element: ET.Element) -> Box | None:
    """Return the place of a shape; None when the element is none."""

    def of(key: str) -> float:
        return float(element.get(key, 0))

    if element.tag == f"{SVG}rect":
        return Box(of("x"), of("y"), of("x") + of("width"), of("y") + of("height"))
    if element.tag == f"{SVG}circle":
        return Box(of("cx") - of("r"), of("cy") - of("r"), of("cx") + of("r"), of("cy") + of("r"))
    start = _START.fullmatch(element.get("d", "")) if element.tag == f"{SVG}path" else None
    return Box(float(start[1]), float(start[2]), float(start[1]), float(start[2])) if start else None


def _lettering(order: int, element: ET.Element, style: Mapping[str, str]) -> Lettering:
    styles = [style, *({key: part.get(key, style[key]) for key in style} for part in element)]
    sizes = [float(own["font-size"]) for own in styles]
    words = "".join(element.itertext())
    width = _LETTER_WIDTH * max(sizes) * len(words)
    x, y = float(element.get("x", 0)), float(element.get("y", 0))
    left = x - width * {"start": 0, "middle": 0.5, "end": 1}[style["text-anchor"]]
    box = Box(left, y - 0.75 * max(sizes), left + width, y + 0.25 * max(sizes))
    return Lettering(order, words, frozenset(own["fill"] for own in styles), min(sizes), box)


def _luminance(color: str, brightness: float) -> float:
    digits = re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", color)
    assert digits, f"a color in another form: {color}"
    six = digits[1] if len(digits[1]) == 6 else "".join(digit * 2 for digit in digits[1])
    parts = [int(six[start : start + 2], 16) / 255 * brightness for start in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
