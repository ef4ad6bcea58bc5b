"""The rooms of the program: a module imports only from rows above its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ankiexport

PACKAGE = Path(ankiexport.__file__).parent

# Each row may import from the rows above it. docs/architecture.md tells what lives where.
ROWS = (
    (
        "_version",
        "errors",
        "collector",
        "codes",
        "deflaters",
        "labels",
        "plural",
        "sequences",
        "sqlite_records",
        "html_text",
        "formulas",
        "block_shortcuts",
        "lexer_shortcuts",
        "tree_shortcuts",
        "emphasis_shortcuts",
        "inline_shortcuts",
        "known_versions",
    ),
    (
        "diagnostics",
        "fields",
        "spool",
        "files",
        "turns",
        "bank_files",
        "markdown_shortcuts",
        "highlight_shortcuts",
    ),
    ("question", "notes", "outcomes", "yaml_syntax"),
    (
        "source_files",
        "yaml_source",
        "markdown_html",
        "media",
        "resources",
        "ids",
        "tags",
        "anki_template",
        "anki_text",
        "import_settings",
    ),
    ("node_reader", "card_generation", "jinja_env", "lock", "search", "cache", "sorting"),
    ("bank_settings", "quality", "plan", "stamped_notes", "card_decks", "card_rendering", "note_types"),
    ("question_nodes", "question_cards", "markdown_questions", "card_templates", "stamp", "pages"),
    (
        "bank",
        "changes",
        "checks",
        "render",
        "packages",
        "formats",
        "retirement",
        "update_rules",
        "plan_report",
    ),
    ("manifest", "fixes", "selection", "suggestions", "tag_counts", "examination", "last_build"),
    ("writing", "repeats", "stats", "checked_bank"),
    ("pipeline", "rebuilding", "starter", "upkeep", "verify"),
    ("history", "proving", "exporting", "importing", "live_bank"),
    ("planning", "comparing", "preview", "picturing", "editing"),
    ("lsp",),
    ("cli",),
    ("__init__", "__main__"),
)
ROW_OF = {room: number for number, rooms in enumerate(ROWS) for room in rooms}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(module: str) -> str:
    """Return the room of a dotted name: its first part below the package."""
    return module.split(".")[1] if "." in module else "__init__"


def imports_of(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (
                f"{node.module}.{alias.name}" if node.module == "ankiexport" else node.module
                for alias in node.names
            )


def test_every_room_has_a_row() -> None:
    """A new module is given its place before it is used."""
    rooms = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in MODULES}
    assert rooms == set(ROW_OF)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_one_way(path: Path) -> None:
    """No module imports from its own row or from one below, except within its own folder."""
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    for name in imports_of(path):
        if name.split(".")[0] != "ankiexport":
            continue
        room = room_of(name)
        if room in {own, "__version__"} or name == "ankiexport.diagnostics" == own:
            continue
        assert ROW_OF[room] < ROW_OF[own], f"{own} must not import {name}"


@pytest.mark.parametrize(
    ("library", "room"),
    [
        ("genanki", "formats"),
        ("weasyprint", "formats"),
        ("pypdf", "formats"),
        ("ziamath", "formats"),
        ("isal", "deflaters"),
        ("click", "cli"),
        ("rich", "cli"),
        ("starlette", "preview"),
        ("uvicorn", "preview"),
        ("selenium", "picturing"),
        ("pygls", "lsp"),
        ("lsprotocol", "lsp"),
        ("anki", "verify"),
        ("aqt", "verify"),
    ],
)
def test_libraries_stay_in_their_room(library: str, room: str) -> None:
    """What a library does for us, it does behind one door."""
    users = {
        path.relative_to(PACKAGE).with_suffix("").parts[0]
        for path in MODULES
        if any(name.split(".")[0] == library for name in imports_of(path))
    }
    assert users <= {room}


def test_modules_are_small() -> None:
    """A module that grows over 300 lines wants another room."""
    long = {path.name for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > 305}
    assert not long
