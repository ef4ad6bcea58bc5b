"""Snippets: questions, facts and files to fill in, as editors insert them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ankiexport import resources
from ankiexport.bank_settings import BANK_FILE

# Below which keys a snippet can stand, by its prefix.
_PLACES: dict[str, tuple[str, ...]] = {
    "anki-file": (),
    "anki-question": ("questions",),
    "anki-question-full": ("questions",),
    "anki-cloze": ("questions",),
    "anki-fact": ("questions", "facts"),
    "anki-level": ("levels",),
    "anki-tag": ("tags",),
}

# Those that add keys to a question or fact.
_WITHIN = {"anki-revised": {("questions",), ("questions", "facts")}}


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text with places to fill in, in the notation of the Language Server Protocol."""

    name: str
    prefix: str
    description: str
    body: str


@cache
def all_snippets() -> dict[str, tuple[Snippet, ...]]:
    """Return the snippets of each language: `yaml` and `markdown`."""
    data = json.loads(resources.snippets().read_text(encoding="utf-8"))
    found: dict[str, list[Snippet]] = {"yaml": [], "markdown": []}
    for name, entry in data.items():
        body = "\n".join(entry["body"])
        found[entry["scope"]].append(Snippet(name, entry["prefix"], entry["description"], body))
    return {scope: tuple(snippets) for scope, snippets in found.items()}


def yaml_snippets(path: Path, where: tuple[str, ...], *, within: bool) -> list[Snippet]:
    """Return the snippets that can stand below some keys; `within` a mapping that has keys already."""
    snippets = all_snippets()["yaml"]
    if within:
        return [one for one in snippets if where in _WITHIN.get(one.prefix, ())]
    if path.name == BANK_FILE and not where:
        return [one for one in snippets if one.prefix == "anki-bank"]
    return [one for one in snippets if _PLACES.get(one.prefix) == where]


def markdown_snippets(*, is_new: bool) -> list[Snippet]:
    """Return the snippets of Markdown files: those that begin one, or those that go on with it."""
    return [one for one in all_snippets()["markdown"] if (one.prefix == "anki-file") is is_new]
