"""A side of a card that stands on a page with others: without scripts, in a shadow root, with all its hints open."""

import re

_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE)
_MAIN = re.compile(r"<(/?)main\b", re.IGNORECASE)
_DETAILS = re.compile(r"<details\b(?![^>]*\bopen\b)", re.IGNORECASE)


def still(side: str) -> str:
    """Return the HTML of a side for such a page."""
    html = _DETAILS.sub("<details open", _SCRIPT.sub("", side))
    # A card may call itself the main part, of which a page has one.
    return _MAIN.sub(r"<\1div", html)


def in_shadow(head: str, html: str, ord_: int) -> str:
    """Return a still card in a template that becomes a shadow root; `head` brings its styles."""
    return f'<template shadowrootmode="open">{head}<div class="card card{ord_ + 1}">{html}</div></template>'
