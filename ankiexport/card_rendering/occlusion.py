"""Masks over a picture: clozes whose content is `image-occlusion:rect:left=.1:top=.2:width=.3:height=.4`."""

import re
from collections.abc import Iterator

from ankiexport.card_rendering.text import escaped_attribute

PREFIX = "image-occlusion:"

_SHAPES = frozenset({"rect", "ellipse", "polygon", "text"})
_ATTRIBUTES = {
    **{key: f"data-{key}" for key in ("left", "top", "width", "height", "rx", "ry", "angle", "points")},
    **{key: f"data-{key}" for key in ("text", "scale", "fill")},
    "fs": "data-font-size",
    "oi": "data-occludeInactive",
}
_PROPERTY = re.compile(r":(?P<key>[^=]+)=(?P<value>(?:[^\\:]|\\[\\:])+)(?=:|$)")
_ESCAPE = re.compile(r"\\([\\:])")


def occlusion_html(content: str, ordinals: str, css_class: str) -> str:
    """Return the element that Anki's script turns into a mask; the class tells it how to draw."""
    shape, colon, properties = content.removeprefix(PREFIX).partition(":")
    attributes = [f'data-ordinal="{ordinals}"']
    if colon and shape in _SHAPES:
        attributes.append(f'data-shape="{shape}"')
    attributes += _properties(colon + properties)
    return f'<div class="{css_class}" {" ".join(attributes)} ></div>'


def _properties(text: str) -> Iterator[str]:
    """Yield the attributes of `:key=value:key=value`, up to the first part that is not of this form."""
    at = 0
    while found := _PROPERTY.match(text, at):
        at = found.end()
        value = _ESCAPE.sub(r"\1", found["value"])
        if found["key"] in _ATTRIBUTES:
            shown = escaped_attribute(value) if found["key"] == "text" else value
            yield f'{_ATTRIBUTES[found["key"]]}="{shown}"'
