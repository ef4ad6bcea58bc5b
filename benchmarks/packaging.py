"""Packaging alone: the same notes, rendered before, put into packages by the program, by genanki, and by hand.

By hand means as little as SQLite and zlib allow: the two tables, `executemany`, and a zip file with the
compression of the program's own.
"""

import pickle
import sqlite3
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import genanki

from ankiexport.deflaters import ZLIB, deflater_for
from ankiexport.notes import PackagePlan
from ankiexport.writing import pack_all

# Of Anki's tables, with the indexes that a package comes with.
_TABLES = """
CREATE TABLE col (id integer primary key, crt integer, mod integer, scm integer, ver integer, dty integer,
  usn integer, ls integer, conf text, models text, decks text, dconf text, tags text);
CREATE TABLE notes (id integer primary key, guid text, mid integer, mod integer, usn integer, tags text,
  flds text, sfld integer, csum integer, flags integer, data text);
CREATE TABLE cards (id integer primary key, nid integer, did integer, ord integer, mod integer, usn integer,
  type integer, queue integer, due integer, ivl integer, factor integer, reps integer, lapses integer,
  left integer, odue integer, odid integer, flags integer, data text);
CREATE INDEX ix_notes_usn on notes (usn);
CREATE INDEX ix_cards_usn on cards (usn);
CREATE INDEX ix_cards_nid on cards (nid);
CREATE INDEX ix_cards_sched on cards (did, queue, due);
CREATE INDEX ix_notes_csum on notes (csum);
"""


def dump(bank: Path, path: Path) -> None:
    """Write the packages of a bank's levels, as they are before packaging, into a file."""
    from ankiexport.packages import plan_packages
    from ankiexport.pipeline import check_bank

    checked = check_bank(bank, jobs=0)
    if checked.outline is None:
        raise ValueError(bank)
    stamped = checked.stamped(1_760_000_000)
    levels = checked.outline.bank.level_keys
    path.write_bytes(
        pickle.dumps(plan_packages(checked.outline.bank, stamped.notes, stamped.note_types, levels))
    )


def ours(plans: list[PackagePlan], out: Path) -> None:
    """Package as the program does where nothing but it is installed."""
    # What cannot be imported is not there.
    sys.modules["isal"] = None  # type: ignore[assignment]
    pack_all(plans, [out / plan.file_name for plan in plans])


def with_extra(plans: list[PackagePlan], out: Path) -> None:
    """Package as the program does where the extra `ankiexport[fast]` is installed."""
    pack_all(plans, [out / plan.file_name for plan in plans], deflater=deflater_for(locked=False))


def with_texts(plan: PackagePlan) -> PackagePlan:
    """Return a package whose fields are lists of texts, which is how others have them."""
    notes = (
        replace(note, content=replace(note.content, fields=list(note.content.fields))) for note in plan.notes
    )
    return replace(plan, notes=tuple(notes))


def with_genanki(plans: list[PackagePlan], out: Path) -> None:
    """Package as genanki does."""
    for plan in plans:
        kind = plan.note_types[0]
        model = genanki.Model(
            kind.id,
            kind.name,
            fields=[{"name": name} for name in kind.field_names],
            templates=[{"name": t.name, "qfmt": t.front, "afmt": t.back} for t in kind.templates],
            css=kind.css,
        )
        deck = genanki.Deck(plan.decks[-1].id, plan.decks[-1].name)
        for note in plan.notes:
            deck.add_note(genanki.Note(model, note.content.fields, tags=note.content.tags, guid=note.guid))
        genanki.Package(deck).write_to_file(out / plan.file_name)


def by_hand(plans: list[PackagePlan], out: Path) -> None:
    """Package with bare `executemany` and the compression of the program's own."""
    for plan in plans:
        path = out / f"{plan.file_name}.db"
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path)
        connection.executescript(_TABLES)
        connection.execute("INSERT INTO col VALUES (1,1,1,1,11,0,0,0,'{}','{}','{}','{}','{}')")
        rows = (
            (
                n.id,
                n.guid,
                1,
                n.mod,
                " ".join(n.content.tags),
                "\x1f".join(n.content.fields),
                n.content.fields[0],
            )
            for n in plan.notes
        )
        connection.executemany("INSERT INTO notes VALUES (?,?,?,?,-1,?,?,?,0,0,'')", rows)
        cards = (
            (card, n.id, 1, ord_, n.mod, n.due)
            for n in plan.notes
            for card, ord_ in zip(n.card_ids, n.content.ords, strict=True)
        )
        connection.executemany("INSERT INTO cards VALUES (?,?,?,?,?,-1,0,0,?,0,0,0,0,0,0,0,0,'')", cards)
        connection.commit()
        connection.close()
        with zipfile.ZipFile(
            out / plan.file_name, "w", zipfile.ZIP_DEFLATED, compresslevel=ZLIB.level
        ) as archive:
            archive.write(path, "collection.anki2")
        path.unlink()


WAYS: dict[str, Callable[[list[PackagePlan], Path], None]] = {
    "ours": ours,
    "with-extra": with_extra,
    "genanki": with_genanki,
    "by-hand": by_hand,
}

if __name__ == "__main__":
    if sys.argv[1] == "dump":
        dump(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        given = pickle.loads(Path(sys.argv[2]).read_bytes())  # noqa: S301 - it is this program's own
        if sys.argv[1] in {"genanki", "by-hand"}:
            given = [with_texts(plan) for plan in given]
        target = Path(sys.argv[3])
        target.mkdir(exist_ok=True)
        start, processor = time.perf_counter(), time.process_time()
        WAYS[sys.argv[1]](given, target)
        print(time.perf_counter() - start, time.process_time() - processor)
