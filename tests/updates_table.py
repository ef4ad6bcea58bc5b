"""The table of docs/updates.md: what learners see of each kind of edit, measured in real Anki.

The same edit of the same content is built twice: by `ankiexport build` with its lock, and by plain genanki.
Run as `python tests/updates_table.py` to write the table anew; `test_updates.py` compares.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from banks import REPOSITORY, SMALL_BANK, make_bank, questions
from naive_genanki import BACK, FIELDS, NaiveNote, write_naive

from ankiexport.pipeline import build_bank
from ankiexport.verify import ALL, DEFAULT, Figures, OptionSet, rehearse

PAGE = REPOSITORY / "docs" / "updates.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"

# When the first package was built, and when the second.
FIRST = 1_760_000_000
LATER = FIRST + 30 * 86_400

_TEMPLATES = REPOSITORY / "card_templates" / "question"
_LEVELS = {level["key"]: level["deck"] for level in SMALL_BANK["levels"]}
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>{}</title></svg>'


@dataclass(frozen=True, slots=True)
class Item:
    """A question as its author thinks of it; `keys` are those that only a bank understands."""

    id: str
    question: str
    answer: str
    level: str = "one"
    tags: tuple[str, ...] = ("topic::x",)
    keys: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Material:
    """What an author has, whatever the tool: questions, one picture, and the look of the cards."""

    items: tuple[Item, ...]
    picture: str = "old"
    css: str = ""
    back: str = ""
    more_fields: tuple[str, ...] = ()
    schema_version: int = 1


BEFORE = Material(
    (
        *(Item(f"q-{number}", f"What is {number}?", f"It is {number}.") for number in range(1, 8)),
        Item("pictured", "What does it look like?", "![this](media/picture.svg)"),
    )
)


def _with(number: int, **changed: object) -> Callable[[Material], Material]:
    """Return an edit that changes one question."""

    def edit(material: Material) -> Material:
        items = list(material.items)
        items[number] = replace(items[number], **changed)  # type: ignore[arg-type]
        return replace(material, items=tuple(items))

    return edit


REVISED = {"revised": "2026-11", "what_changed": "The old answer was wrong."}
MORE = Item("q-new", "What is new?", "This is.")

# What authors do, and how.
EDITS: dict[str, Callable[[Material], Material]] = {
    "nothing, only built again": lambda it: it,
    "a typo in a question": _with(0, question="What is one?"),
    "an answer rewritten": _with(0, answer="Something else.", keys=REVISED),
    "a tag added": _with(0, tags=("topic::x", "topic::y")),
    "a question moved to another level": _with(0, level="two"),
    "questions in another order": lambda it: replace(it, items=it.items[::-1]),
    "a new question": lambda it: replace(it, items=(*it.items, MORE)),
    "a question removed": lambda it: replace(it, items=it.items[1:]),
    "a question's id renamed": _with(0, id="q-one", keys={"previous_ids": ["q-1"]}),
    "a picture replaced": lambda it: replace(it, picture="new"),
    "CSS of the cards": lambda it: replace(it, css="\n.card { letter-spacing: 0.01em; }\n"),
    "text in a card template": lambda it: replace(it, back="\n<p>Did you know?</p>\n"),
    "a new field": lambda it: replace(it, more_fields=("More",)),
    "a new field, and `schema_version` raised": lambda it: replace(
        it, more_fields=("More",), schema_version=2
    ),
}
# An edit that learners are told to import with other options, and those.
MERGE_ALWAYS = next(options for options in ALL if options.name == "merge-always")
ADVISED = "a new field, imported as the build then advises"

Build = Callable[[Material, Path, int], Path | str]


def ours(material: Material, folder: Path, at: int) -> Path | str:
    """Build with ankiexport; return the package, or the code of the error for which it refuses."""
    files: dict[str, str | bytes] = {"media/picture.svg": _SVG.format(material.picture)}
    for level in _LEVELS:
        items = [_question(item) for item in material.items if item.level == level]
        files[f"{level}.yaml"] = questions(level, *items)
    if material.css:
        files["card_templates/question/style.css"] = _shipped("style.css") + material.css
    if material.back:
        files["card_templates/question/back.html"] = _shipped("back.html") + material.back
    if material.more_fields:
        head, rest = _shipped("note_type.yaml").split("templates:")
        lines = [
            f"  - {{id: {900 + number}, name: {name}, source: empty.html}}\n"
            for number, name in enumerate(material.more_fields)
        ]
        text = f"{head}{''.join(lines)}templates:{rest}"
        text = text.replace("schema_version: 1", f"schema_version: {material.schema_version}")
        files["card_templates/question/note_type.yaml"] = text
    out = folder / f"ours-{at}"
    result = build_bank(make_bank(folder, files), out, now=at)
    if result.has_errors:
        return next(problem.code for problem in result.diagnostics if problem.is_error)
    return out / str(result.packages[0]["file"])


def _question(item: Item) -> dict[str, object]:
    own = {"id": item.id, "question": item.question, "answer": item.answer, "tags": list(item.tags)}
    return {**own, **item.keys}


def _shipped(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def genanki_by_id(material: Material, folder: Path, at: int) -> Path:
    """Build with plain genanki, GUIDs from the questions' ids."""
    return _genanki(material, folder / f"by-id-{at}", at, guids_from_fields=False)


def genanki_as_it_comes(material: Material, folder: Path, at: int) -> Path:
    """Build with plain genanki and its own GUIDs, which come from the fields."""
    return _genanki(material, folder / f"as-it-comes-{at}", at, guids_from_fields=True)


def _genanki(material: Material, folder: Path, at: int, *, guids_from_fields: bool) -> Path:
    folder.mkdir()
    picture = folder / "picture.svg"
    picture.write_text(_SVG.format(material.picture), encoding="utf-8")
    notes = [
        NaiveNote(
            item.id,
            f"{SMALL_BANK['title']}::{_LEVELS[item.level]}",
            item.question,
            item.answer.replace("![this](media/picture.svg)", '<img src="picture.svg">'),
            item.tags,
        )
        for item in material.items
    ]
    return write_naive(
        folder / "naive.apkg",
        notes,
        at,
        fields=(*FIELDS, *material.more_fields),
        back=BACK + material.back,
        css=material.css,
        media=[picture],
        guids_from_fields=guids_from_fields,
    )


COLUMNS: dict[str, Build] = {
    "`ankiexport build`": ours,
    "genanki, GUIDs from ids": genanki_by_id,
    "genanki, its own GUIDs": genanki_as_it_comes,
}


def table() -> str:
    """Return the table in Markdown."""
    rows = [f"| Edit | {' | '.join(COLUMNS)} |", f"|---|{'---|' * len(COLUMNS)}"]
    for name, edit in EDITS.items():
        rows.append(f"| {name} | {' | '.join(outcome(edit, build) for build in COLUMNS.values())} |")
    advised = (outcome(edit, build, MERGE_ALWAYS) for build in COLUMNS.values())
    rows.append(f"| {ADVISED} | {' | '.join(advised)} |")
    return "\n".join(rows) + "\n"


def outcome(edit: Callable[[Material], Material], build: Build, options: OptionSet = DEFAULT) -> str:
    """Return in a few words what learners see of an edit, by default under Anki's default options."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old = build(BEFORE, folder, FIRST)
        assert isinstance(old, Path), old
        new = build(edit(BEFORE), folder, LATER)
        if isinstance(new, str):
            return f"not built: `{new}`"
        return in_words(rehearse(old, new, options=[options]).rehearsals[-1].figures)


def in_words(figures: Figures) -> str:
    """Return what figures say, the good first."""
    updated = figures.updated - figures.retired
    fresh = figures.added - figures.returned - figures.duplicated
    lost = "**own edits and tags lost**"
    if figures.edits_overwritten or figures.tags_overwritten:
        lost = "**own edits and tags lost on unchanged notes too**"
    if figures.unchanged or updated == 1:
        updates = f"{_notes(updated)} updated"
    else:
        others = figures.duplicated or figures.retired or figures.unmarked
        updates = f"every {'other ' if others else ''}note overwritten"
    is_lost = figures.edits_lost or figures.tags_lost
    is_replaced = (figures.edits_overwritten or figures.tags_overwritten) and not is_lost
    said = [
        (fresh, f"{_notes(fresh)} added"),
        (figures.retired, f"{_notes(figures.retired)} marked as retired"),
        (updated, updates),
        (figures.looks_updated, "the new look comes"),
        (figures.cards_left, "cards stay in their deck"),
        (figures.cards_moved, "cards move"),
        (is_replaced, "own edits and tags on it replaced"),
        (is_lost, lost),
        (figures.scheduling_lost, "**progress lost**"),
        (figures.duplicated, f"**{_notes(figures.duplicated)} there twice, without progress**"),
        (figures.unmarked - figures.duplicated > 0, "the old note stays without a word"),
        (figures.conflicting, "**a second note type, and no note is updated any more**"),
        (figures.updates_missed, f"**{_notes(figures.updates_missed)} kept as before**"),
        (figures.media_stale, "**the old picture stays**"),
        (figures.media_missing, "**pictures missing**"),
        (figures.looks_missed, "**the old look stays**"),
        (figures.import_errors, "**the import fails**"),
        (figures.full_syncs, "a full sync"),
    ]
    return "; ".join(words for holds, words in said if holds) or "nothing changes"


def _notes(count: int) -> str:
    return f"{count} note{'s' if count != 1 else ''}"


def page_with(new_table: str) -> str:
    """Return the page with this table in its place."""
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, tail = rest.split(END)
    return f"{head}{BEGIN}{new_table}{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(page_with(table()), encoding="utf-8", newline="\n")
