"""What genanki says of collections: their tables, their settings, and the shape of note types and decks.

Importing genanki takes longer than packing a small bank, so what it says is kept in `genanki_shapes.json`. After
an update of genanki, `python -m ankiexport.formats.genanki_shapes` writes that file anew; a test compares.
"""

import json
import sqlite3
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

SHAPES_FILE = Path(__file__).with_name("genanki_shapes.json")

Shape = dict[str, object]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The tables and indexes as SQL, the row of settings by its columns, and what each object begins as."""

    tables: list[str]
    indexes: list[str]
    settings: Shape
    note_type: Shape
    field: Shape
    card_template: Shape
    deck: Shape


@cache
def known_shapes() -> Shapes:
    """Return the shapes as they are kept."""
    return Shapes(**json.loads(SHAPES_FILE.read_text(encoding="utf-8")))


def shapes_of_genanki() -> Shapes:
    """Return the shapes as the installed genanki gives them."""
    import genanki

    connection = sqlite3.connect(":memory:")
    try:
        genanki.Package([]).write_to_db(connection.cursor(), 0, iter(()))
        made = connection.execute(
            "SELECT type, sql FROM sqlite_master WHERE sql != '' ORDER BY rowid"
        ).fetchall()
        rows = connection.execute("SELECT * FROM col")
        settings = dict(zip((column[0] for column in rows.description), next(rows), strict=True))
    finally:
        connection.close()
    front = {"name": "", "qfmt": "{{Front}}", "afmt": ""}
    note_type = genanki.Model(0, "", fields=[{"name": "Front"}], templates=[front]).to_json(0, 0)
    (field,), (card_template,) = note_type.pop("flds"), note_type.pop("tmpls")
    return Shapes(
        tables=[sql for kind, sql in made if kind == "table"],
        indexes=[sql for kind, sql in made if kind == "index"],
        settings=settings,
        note_type=note_type,
        field=field,
        card_template=card_template,
        deck=genanki.Deck(0, "").to_json(),
    )


def main() -> None:
    """Write the file from the installed genanki."""
    text = json.dumps(asdict(shapes_of_genanki()), indent=2, ensure_ascii=False)
    SHAPES_FILE.write_text(f"{text}\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
