"""Cards before and after as Markdown for a job summary: each to be opened, in a table of two columns.

Pictures cannot be in it: GitHub takes out the ones that are not on a web server.
"""

from collections import Counter
from collections.abc import Sequence

from ankiexport.picturing.changes import CardChange, Face, Kind
from ankiexport.picturing.github_html import github_html
from ankiexport.plural import plural

# GitHub drops a summary of more than 1 MiB; the plan stands in it, too.
MAX_CHARACTERS = 400_000

_NONE = "<em>no such card</em>"


def as_markdown(cards: Sequence[CardChange], revision: str, *, max_characters: int = MAX_CHARACTERS) -> str:
    """Return the cards that differ from a revision; those for which there is no room are counted."""
    before = f"<code>{_text(revision)}</code>"
    out = ["### Cards before and after", ""]
    if not cards:
        return "\n".join([*out, f"No card differs from {before}.", ""])
    counts = Counter(card.kind for card in cards)
    said = ", ".join(f"{counts[kind]:,} {kind}" for kind in Kind if counts[kind])
    out.append(f"{plural(len(cards), 'card differs', 'cards differ')} from {before}: {said}.")
    restyled = [card for card in cards if card.kind is Kind.RESTYLED]
    if restyled:
        out += ["", "Restyled cards say the same as before; their card templates or styles changed."]
    room = max_characters - sum(len(line) + 1 for line in out)
    left_out = 0
    for card in cards:
        # Without styles, they would look the same.
        if card.kind is Kind.RESTYLED:
            continue
        block = _block(card)
        if len(block.encode()) + 2 > room:
            left_out += 1
            continue
        room -= len(block.encode()) + 2
        out += ["", block]
    if left_out:
        out += ["", f"Left out, for there was no room: {left_out:,} more."]
    return "\n".join([*out, ""])


def _block(card: CardChange) -> str:
    head = f"<code>{_text(card.key)}</code> {_text(card.asked)} ({_text(card.name)}, {card.kind})"
    sides = "".join(f"<td>{_face(face)}</td>" for face in (card.before, card.after))
    # In one line: a blank one would end the HTML, and what follows would be read as Markdown.
    return (
        f"<details><summary>{head}</summary><table><thead><tr><th>Before</th><th>After</th></tr></thead>"
        f"<tbody><tr>{sides}</tr></tbody></table></details>"
    )


def _face(face: Face | None) -> str:
    return github_html(face.html) if face else _NONE


def _text(text: str) -> str:
    return github_html(text.replace("&", "&amp;").replace("<", "&lt;"))
