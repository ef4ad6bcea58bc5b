"""The SQL on the first bank's cards does what the cards say, on SQLite and on a few rows.

A check brings tables with the columns that a block's comments name, rows with the faults that the card
speaks of, and looks at what the query makes of them. Each block has a check.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
import yaml
from banks import FIRST_BANK

from ankiexport.bank import load_bank
from ankiexport.quality.texts import texts_of

Table = tuple[str, Sequence[tuple[object, ...]]]

_BLOCK = re.compile(r"^```(sql|yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _blocks(language: str) -> dict[str, str]:
    loaded, _ = load_bank(FIRST_BANK)
    assert loaded is not None
    return {
        f"{question.id}-{number}": code
        for question in loaded.questions
        for number, code in enumerate(
            code
            for text in texts_of(question)
            for found, code in _BLOCK.findall(text.value)
            if found == language
        )
    }


QUERIES = _blocks("sql")


@contextmanager
def tables(**content: Table) -> Iterator[sqlite3.Connection]:
    """Open a database with these tables: for each, the names of its columns and its rows."""
    database = sqlite3.connect(":memory:")
    try:
        for name, (columns, rows) in content.items():
            names = columns.split()
            database.execute(f"CREATE TABLE {name} ({', '.join(names)})")
            marks = ", ".join("?" * len(names))
            database.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        yield database
    finally:
        database.close()


def result(query: str, **content: Table) -> list[tuple[object, ...]]:
    """Return the rows of a query over tables, which must be those that its comments name."""
    named = set(re.findall(r"\w+", "\n".join(re.findall(r"--(.*)", query))))
    assert {word for name, (columns, _) in content.items() for word in (name, *columns.split())} <= named
    with tables(**content) as database:
        return database.execute(query).fetchall()


# Event pipeline: three days are recomputed by event time, and the first copy of each event is kept

PIPELINE_COLUMNS = "event_id user_id video_id slot event_time arrived_at"
# The slot tells copies apart: only the last rows of "retried" and of "at midnight" came first.
PIPELINE_EVENTS = [
    ("plain", "ana", "v1", 1, "2025-03-02 10:00", "2025-03-02 10:01"),
    ("retried", "ana", "v2", 8, "2025-03-02 11:00", "2025-03-02 11:09"),
    ("retried", "ana", "v2", 9, "2025-03-02 11:00", "2025-03-02 11:05"),
    ("retried", "ana", "v2", 2, "2025-03-02 11:00", "2025-03-02 11:01"),
    ("at midnight", "ben", "v1", 9, "2025-03-02 23:59", "2025-03-03 00:01"),
    ("at midnight", "ben", "v1", 3, "2025-03-02 23:59", "2025-03-02 23:59"),
    ("late", "ben", "v3", 4, "2025-03-01 00:00", "2025-03-03 22:00"),
    ("of the days before", "ben", "v3", 5, "2025-02-28 23:59", "2025-03-02 10:00"),
]
PIPELINE_KEPT = [
    ("at midnight", "ben", "v1", 3, "2025-03-02 23:59"),
    ("late", "ben", "v3", 4, "2025-03-01 00:00"),
    ("plain", "ana", "v1", 1, "2025-03-02 10:00"),
    ("retried", "ana", "v2", 2, "2025-03-02 11:00"),
]


def check_event_pipeline(query: str) -> None:
    """Copies are gone, late events are there, and so are events that are not of these days."""
    raw_events = (PIPELINE_COLUMNS, PIPELINE_EVENTS)
    assert sorted(result(query, raw_events=raw_events)) == PIPELINE_KEPT
    # The pitfall: within each day of arrival alone, a copy that arrives after midnight survives.
    daily = query.replace("BY event_id", "BY event_id, DATE(arrived_at)")
    assert daily != query
    assert len(result(daily, raw_events=raw_events)) == len(PIPELINE_KEPT) + 1


# dbt layout: staging keeps one row per event

DBT_COLUMNS = "event_id impression_id user_id item_id event_name event_at received_at"
DBT_EVENTS = [
    ("e1", "i1", "ana", "a", "impression", "10:00", "10:01"),
    ("e2", "i1", "ana", "a", "click", "10:02", "12:00"),
    ("e2", "i1", "ana", "a", "click", "10:02", "10:02"),
    ("e3", "i1", "ana", "a", "click", "10:03", "10:03"),
    ("e4", "i1", "ana", "a", "click", "10:04", "10:04"),
    ("e5", "i2", "ben", "b", "impression", "11:00", "11:00"),
    # A phone without a clock: the copy that arrived first counts.
    ("e5", "i2", "ben", "b", "impression", "00:00", "11:05"),
]


def check_dbt_layout(query: str) -> None:
    """One row is left of each event, the one that was received first."""
    raw_events = (DBT_COLUMNS, DBT_EVENTS)
    first = [row[:-1] for number, row in enumerate(DBT_EVENTS) if number not in {1, 6}]
    assert sorted(result(query, raw_events=raw_events)) == first
    with tables(raw_events=raw_events) as database:
        # The first pitfall: copies of a resent event differ in their arrival, so both are distinct.
        distinct = database.execute("SELECT DISTINCT * FROM raw_events").fetchall()
        assert len(distinct) == len(DBT_EVENTS)
        # The second: an impression with three clicks becomes three rows.
        database.execute(f"CREATE TABLE stg_events AS {query}")
        joined = database.execute(
            "SELECT impression_id, COUNT(*) FROM stg_events AS i JOIN stg_events AS c USING (impression_id)"
            " WHERE i.event_name = 'impression' AND c.event_name = 'click' GROUP BY impression_id"
        ).fetchall()
        assert joined == [("i1", 3)]


# Corrupted events: clicks are compared with what the server says it showed, by day and version

CLICK_COLUMNS = "day version request_id position item_id"
IMPRESSION_COLUMNS = "request_id position item_id"


def _clicks(version: str, wrong: int, unmatched: int, count: int) -> Iterator[tuple[object, ...]]:
    """Yield clicks at position 1: of wrong items, of requests that nobody logged, and good ones."""
    for number in range(count):
        request = f"{'unlogged' if number < unmatched else 'logged'} {version} {number}"
        yield "2025-03-02", version, request, 1, "second" if unmatched <= number < wrong else "first"


def check_corrupted_events(query: str) -> None:
    """The faulty version shows 75% and all others 0.2%; a click without an impression counts as bad."""
    before = ("2025-03-01", "8.1", "logged before", 2, "second")
    clicks = [
        *_clicks("8.2", wrong=1500, unmatched=10, count=2000),
        *_clicks("8.1", wrong=3, unmatched=1, count=1500),
        *_clicks("8.0", wrong=3, unmatched=0, count=1500),
        before,
    ]
    requests = [str(click[2]) for click in clicks if str(click[2]).startswith("logged")]
    shown = [(request, *slot) for request in requests for slot in ((1, "first"), (2, "second"))]
    rows = result(query, clicks=(CLICK_COLUMNS, clicks), impressions=(IMPRESSION_COLUMNS, shown))
    assert rows == [
        ("2025-03-01", "8.1", 1, 0.0),
        ("2025-03-02", "8.0", 1500, 0.2),
        ("2025-03-02", "8.1", 1500, 0.2),
        ("2025-03-02", "8.2", 2000, 75.0),
    ]


CHECKS: dict[str, Callable[[str], None]] = {
    "event-pipeline-0": check_event_pipeline,
    "corrupted-events-0": check_corrupted_events,
    "dbt-layout-0": check_dbt_layout,
}


def test_every_block_has_a_check() -> None:
    """A new block of SQL comes with rows to try it on."""
    assert set(QUERIES) == set(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_a_query_does_what_its_card_says(name: str) -> None:
    CHECKS[name](QUERIES[name])


# The data tests that the dbt card declares, as dbt asks the database: each counts what is wrong

DATA_TESTS = {
    "unique": "SELECT COUNT({column}) - COUNT(DISTINCT {column}) FROM {model}",
    "not_null": "SELECT COUNT(*) FROM {model} WHERE {column} IS NULL",
    "relationships": "SELECT COUNT(*) FROM {model} WHERE {column} NOT IN (SELECT {field} FROM {to})",
}
IMPRESSIONS: list[tuple[object, ...]] = [("i1", "a"), ("i2", "a"), ("i3", "b")]


def _failing(impressions: list[tuple[object, ...]]) -> list[str]:
    """Return the declared data tests that fail on these impressions of the items a and b."""
    (model,) = yaml.safe_load(_blocks("yaml")["dbt-layout-0"])["models"]
    failing = []
    items: Table = ("item_id", [("a",), ("b",)])
    with tables(stg_items=items, **{model["name"]: ("impression_id item_id", impressions)}) as database:
        for column in model["columns"]:
            for declared in column["data_tests"]:
                name, settings = (declared, {}) if isinstance(declared, str) else next(iter(declared.items()))
                values = {
                    key: re.sub(r"ref\('(\w+)'\)", r"\1", text)
                    for key, text in settings.get("arguments", {}).items()
                }
                query = DATA_TESTS[name].format(model=model["name"], column=column["name"], **values)
                if database.execute(query).fetchone() != (0,):
                    failing.append(name)
    return failing


def test_the_data_tests_of_the_dbt_card_guard_grain_and_links() -> None:
    """Good rows pass, and each fault is found by the one data test that is there for it."""
    assert _failing(IMPRESSIONS) == []
    assert _failing([*IMPRESSIONS, ("i1", "b")]) == ["unique"]
    assert _failing([*IMPRESSIONS, (None, "b")]) == ["not_null"]
    assert _failing([*IMPRESSIONS, ("i4", "gone")]) == ["relationships"]
