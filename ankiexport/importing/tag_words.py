"""Tags as Anki takes them over."""

import re
from collections.abc import Iterator


def clean_tags(text: str) -> Iterator[str]:
    """Yield the tags of a text once each: parts that are empty get a name, control characters go."""
    seen = set()
    for word in re.split(r"[ \u3000]+", text):
        tag = "".join(char for char in word if char.isprintable() and not char.isspace())
        tag = "::".join(part or "blank" for part in tag.split("::")) if tag else ""
        if tag and tag.casefold() not in seen:
            seen.add(tag.casefold())
            yield tag
