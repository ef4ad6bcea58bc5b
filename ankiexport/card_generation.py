"""Which cards a note has, by Anki's rules, and what in a template or text keeps cards from being made.

The rules are those of Anki 26.9, found by trying it. Older ones differ in corners: 25.9 takes special fields
for empty when it generates cards and knows no `{{c1,2::...}}`; 25.2 has no `{{CardID}}` either, and looks for
clozes eight deep instead of ten.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from ankiexport.anki_template import (
    BLANKS,
    Node,
    Replacement,
    Section,
    Template,
    TemplateProblem,
    parse_template,
)
from ankiexport.anki_text import MAX_CLOZE_DEPTH, Cloze, cloze_numbers, field_is_empty, find_clozes
from ankiexport.diagnostics import did_you_mean

__all__ = [
    "ClozeProblem",
    "Template",
    "TemplateProblem",
    "anki_refusals",
    "blank_cloze_ords",
    "cloze_ords",
    "cloze_problems",
    "field_is_empty",
    "parse_template",
    "standard_card_ords",
    "template_problems",
    "template_traps",
]

Side = Literal["front", "back"]

MAX_CLOZE_CARDS = 500

_ALWAYS_FILLED = frozenset({"Card", "CardFlag", "CardID", "Deck", "Subdeck", "Type"})
_SPECIAL_FIELDS = _ALWAYS_FILLED | {"Tags", "FrontSide"}

# Filters that show nothing without a field; others (`tts-voices`, an add-on's own) may need none.
_FIELD_FILTERS = frozenset({"", "cloze", "cloze-only", "furigana", "hint", "kana", "kanji", "text", "type"})

_CLOZE_SECTION = re.compile(r"c\+?0*([0-9]{1,10})")
_LAST_CLOZE_SECTION = 2**32 - 1
_LOOKS_LIKE_CLOZE = re.compile(r"\{\{\s*c\s*[0-9][0-9,\s]*:+", re.IGNORECASE)


class ClozeProblem(NamedTuple):
    """One problem with a cloze; the offset counts the characters of the given text."""

    message: str
    advice: str
    offset: int


def standard_card_ords(
    fronts: Sequence[Template], fields: Mapping[str, str], *, tags: Collection[str] = ()
) -> tuple[int, ...]:
    """Return the ords of the cards that Anki generates for a note whose note type is not of kind cloze.

    A card is there when its front shows a field that has content, whatever the filters make of it; text alone
    is nothing. `{{Deck}}` and its like always have content, `{{Tags}}` has it when the note has tags, and
    `{{FrontSide}}` and `{{#c1}}` never do; but a field of the same name goes first. A front with a syntax
    error yields no card. When the result is empty, Anki adds a blank first card, lest the note have none.
    """
    filled = {*_ALWAYS_FILLED, "Tags"} if tags else set(_ALWAYS_FILLED)
    for name, html in fields.items():
        (filled.discard if field_is_empty(html) else filled.add)(unicodedata.normalize("NFC", name))
    return tuple(
        ord_ for ord_, front in enumerate(fronts) if not front.problems and shows_a_field(front, filled)
    )


def cloze_ords(fields: Mapping[str, str]) -> tuple[int, ...]:
    """Return the ords, from 0, of the cards that Anki generates for a note of a cloze note type.

    Every field counts, also one that the template shows without a cloze filter or not at all: Anki does not
    look at the template here (see `blank_cloze_ords`). Numbers above 500 all mean card 500, and 0 means none.
    When the result is empty, Anki adds a blank first card, lest the note have none.
    """
    return tuple(sorted({ord_ for html in fields.values() for ord_ in _cloze_ords_of(html)}))


def blank_cloze_ords(fields: Mapping[str, str], shown: Collection[str]) -> tuple[int, ...]:
    """Return those of `cloze_ords` whose cloze is in no `shown` field: such a card asks nothing.

    `shown` are the names under a cloze filter: the front's `cloze_fields`.
    """
    asked = cloze_ords({name: html for name, html in fields.items() if name in shown})
    return tuple(ord_ for ord_ in cloze_ords(fields) if ord_ not in asked)


def cloze_problems(text: str) -> list[ClozeProblem]:
    """Return what is wrong with the clozes of a text, in the order of the text."""
    clozes = find_clozes(text)
    problems = [problem for cloze in clozes for problem in _problems_of_cloze(text, cloze)]
    openings = {cloze.start for cloze in clozes}
    for match in _LOOKS_LIKE_CLOZE.finditer(text):
        if match.start() not in openings:
            message = f"{match[0]} does not open a cloze, so it would be shown as it is"
            advice = "write {{c1::text}}, with two colons, no blanks and a small number"
            problems.append(ClozeProblem(message, advice, match.start()))
    return sorted(problems, key=lambda problem: problem.offset)


def template_problems(
    text: str, field_names: Collection[str], *, cloze: bool, side: Side
) -> list[TemplateProblem]:
    """Return what is wrong with one side of a card template, in the order of the text.

    Everything that Anki refuses is there (`anki_refusals`), and what it accepts only to disappoint
    (`template_traps`). Two equal fronts in one note type, which Anki refuses as well, take both to see.
    """
    refusals = anki_refusals(text, field_names, cloze=cloze, side=side)
    traps = template_traps(text, field_names, cloze=cloze, side=side)
    return sorted(refusals + traps, key=lambda problem: (problem.line, problem.column))


def anki_refusals(text: str, names: Collection[str], *, cloze: bool, side: Side) -> list[TemplateProblem]:
    """Return the problems for which Anki's editor refuses a template; an import takes it."""
    parsed = parse_template(text)
    known = _stored(names) | _SPECIAL_FIELDS
    problems = list(parsed.problems)
    for node in parsed.walk():
        if node.name and node.name not in known and not is_cloze_section(node):
            message = f'the note type has no field "{node.name}"'
            advice = did_you_mean(node.name.strip(BLANKS), known)
            problems.append(TemplateProblem.at(text, node.offset, "template-unknown-field", message, advice))
    if cloze and not parsed.cloze_fields:
        message = f"the {side} has no cloze filter, and Anki wants one on both sides of a cloze note type"
        problems.append(TemplateProblem.at(text, 0, "template-cloze", message, "write {{cloze:Field}}"))
    elif side == "front" and not _names_something(parsed):
        problems.append(_empty_front("the front shows no field, so it can never yield a card"))
    return problems


def template_traps(text: str, names: Collection[str], *, cloze: bool, side: Side) -> list[TemplateProblem]:
    """Return the problems of a template that Anki accepts.

    - An unclosed `{{`: the learner sees the braces.
    - `{{}}`, or a section on FrontSide: the card shows an error message.
    - `{{hint:}}`, or `{{FrontSide}}` on the front: the tag shows nothing.
    - A front of sections that show no field, or only in sections that contradict each other: no card. One
      that needs `{{Deck}}` or its like: none in older Anki. (Cloze cards depend on no front.)
    - A cloze filter, or a section `{{#c1}}`, without a cloze note type; a cloze filter on a special field.
    """
    parsed = parse_template(text)
    fields = _stored(names)
    problems = []
    if parsed.unclosed is not None:
        message = "the tag that begins here is never closed, so its braces would be shown as text"
        problems.append(TemplateProblem.at(text, parsed.unclosed, "template-syntax", message, "close it"))
    for node in parsed.walk():
        traps = _node_traps(node, fields, cloze=cloze, side=side)
        problems += [TemplateProblem.at(text, node.offset, *trap) for trap in traps]
    if side == "front" and not cloze and not parsed.problems and _names_something(parsed):
        if not _can_show(parsed, dict.fromkeys(_ALWAYS_FILLED - fields, True), fields):
            problems.append(_empty_front("no field on the front can have content, so it yields no card"))
        elif not _can_show(parsed, dict.fromkeys(_SPECIAL_FIELDS - fields, False), fields):
            problems.append(_empty_front("the front needs special fields, which older Anki takes for empty"))
    return problems


def shows_a_field(front: Template, filled: Collection[str]) -> bool:
    """Tell whether a front shows one of the `filled` fields, or a section that has content shows one."""
    pending = list(front.nodes)
    while pending:
        node = pending.pop()
        has_content = node.name in filled
        if isinstance(node, Replacement):
            if has_content:
                return True
        elif has_content is not node.inverted:
            pending.extend(node.children)
    return False


def _can_show(front: Template, given: Mapping[str, bool], fields: Collection[str]) -> bool:
    """Tell whether some note shows a field here, whatever is `given` having content or none.

    A name that is no field may be a misspelt one, which is reported as such, so it counts as one.
    """
    pending = [(front.nodes, given)]
    while pending:
        nodes, assumed = pending.pop()
        for node in nodes:
            is_field = node.name in fields
            never = not is_field and (node.name in {"", "FrontSide"} or is_cloze_section(node))
            has_content = False if never else assumed.get(node.name)
            if isinstance(node, Replacement):
                if has_content is not False:
                    return True
            elif has_content is None:
                pending.append((node.children, {**assumed, node.name: not node.inverted}))
            elif has_content is not node.inverted:
                pending.append((node.children, assumed))
    return False


def _cloze_ords_of(html: str) -> Iterator[int]:
    return (min(number, MAX_CLOZE_CARDS) - 1 for number in cloze_numbers(html) if number > 0)


def _problems_of_cloze(text: str, cloze: Cloze) -> Iterator[ClozeProblem]:
    opening = text[cloze.start : cloze.content]
    if cloze.too_deep:
        message = f"{opening} stands in {MAX_CLOZE_DEPTH} other clozes, and Anki looks no deeper"
        yield ClozeProblem(message, "nest fewer clozes", cloze.start)
        return
    if cloze.end is None:
        message = f"{opening} is never closed, so neither it nor any cloze inside it makes a card"
        yield ClozeProblem(message, "close it with }}", cloze.start)
    elif field_is_empty(text[cloze.content : cloze.end].partition("::")[0].replace("&nbsp;", " ")):
        yield ClozeProblem(
            f"{opening} has no content to ask for", "write the answer after the ::", cloze.start
        )
    if 0 in cloze.numbers:
        yield ClozeProblem(f"{opening} has the number 0, which makes no card", "count from 1", cloze.start)
    if max(cloze.numbers) > MAX_CLOZE_CARDS:
        message = f"{opening} shares card {MAX_CLOZE_CARDS} with every greater number"
        yield ClozeProblem(message, f"use numbers up to {MAX_CLOZE_CARDS}", cloze.start)


def _node_traps(
    node: Node, fields: Collection[str], *, cloze: bool, side: Side
) -> Iterator[tuple[str, str, str]]:
    """Yield the code, message and advice for what is wrong with one node that Anki accepts."""
    name = node.name
    has_cloze_filter = isinstance(node, Replacement) and "cloze" in node.filters
    if has_cloze_filter and not cloze:
        message = "a cloze filter shows nothing when the note type is not of kind cloze"
        yield "template-cloze", message, "remove the filter, or make it a cloze note type"
    if name in fields:
        return
    if isinstance(node, Replacement) and not name and _FIELD_FILTERS.issuperset(node.filters):
        yield "template-unknown-field", "the tag names no field", "write a field's name into it"
    elif isinstance(node, Section) and name == "FrontSide":
        message = "Anki shows an error instead of a section on FrontSide"
        yield "template-unknown-field", message, "show it without a section, on the back"
    elif name == "FrontSide" and side == "front":
        message = "the front cannot show FrontSide, which is the front itself"
        yield "template-unknown-field", message, "use {{FrontSide}} on the back only"
    if is_cloze_section(node) and not cloze:
        message = f'the section "{name}" asks for a cloze, and the note type is not of kind cloze'
        yield "template-cloze", message, "remove the section, or make it a cloze note type"
    if has_cloze_filter and cloze and name in _SPECIAL_FIELDS:
        message = f'a cloze filter finds no cloze in the special field "{name}"'
        yield "template-cloze", message, "use it on a field of the note"


def _stored(field_names: Collection[str]) -> set[str]:
    # Anki stores field names in NFC, and looks them up as the template spells them.
    return {unicodedata.normalize("NFC", name) for name in field_names}


def _names_something(template: Template) -> bool:
    # To Anki even `{{#A}}{{/A}}` is a front with a field; `{{#c1}}{{/c1}}` is not, even with a field c1.
    return not all(is_cloze_section(node) for node in template.walk())


def is_cloze_section(node: Node) -> bool:
    """Tell whether a section such as `{{#c1}}` asks for the number of a cloze instead of a field."""
    match = _CLOZE_SECTION.fullmatch(node.name) if isinstance(node, Section) else None
    return match is not None and int(match[1]) <= _LAST_CLOZE_SECTION


def _empty_front(message: str) -> TemplateProblem:
    return TemplateProblem(
        message, "show a field outside of sections: {{Field}}", 1, 1, "template-empty-front"
    )
