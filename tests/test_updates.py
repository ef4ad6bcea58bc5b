"""The page on updates says what is measured."""

import pytest
from updates_table import ADVISED, BEGIN, COLUMNS, EDITS, END, PAGE, in_words, page_with, table

from ankiexport.verify import ALL, Figures
from ankiexport.verify.report import counts, is_loss, label_of


def test_the_table_is_what_anki_does() -> None:
    """Each cell is measured anew; run `python tests/updates_table.py` after a change."""
    assert PAGE.read_text(encoding="utf-8") == page_with(table())


def test_our_own_column_has_no_loss() -> None:
    """What the page promises learners: of all edits, only the announced one costs them anything."""
    text = PAGE.read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.split(BEGIN)[1].split(END)[0].splitlines()[2:]]
    assert len(rows) == len(EDITS) + 1
    assert {len(row) for row in rows} == {1 + len(COLUMNS)}
    ours = {row[0].strip("| "): row[1] for row in rows}
    assert [name for name, words in ours.items() if "**" in words and "field" not in name] == []
    assert ours["nothing, only built again"] == "nothing changes"
    assert "a full sync" in ours[ADVISED]


def test_the_page_names_every_figure_and_option() -> None:
    text = PAGE.read_text(encoding="utf-8")
    losses = text.split("### Losses")[1].split("###")[0]
    others = text.split("### What else is counted")[1].split("###")[0]
    for name, _ in counts(Figures()):
        assert f"\n- {label_of(name)}\n" in (losses if is_loss(name) else others), name
    for options in ALL:
        assert f"| `{options.name}` | {options.chosen} |" in text


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        (Figures(unchanged=3), "nothing changes"),
        (Figures(added=2, returned=1), "1 note added"),
        (Figures(updated=1, edits_overwritten=1), "1 note updated; own edits and tags on it replaced"),
        (Figures(updated=3, tags_lost=1), "every note overwritten; **own edits and tags lost**"),
        (Figures(updated=1, retired=1, unchanged=3), "1 note marked as retired"),
        (Figures(import_errors=1), "**the import fails**"),
        (Figures(unmarked=1), "the old note stays without a word"),
    ],
)
def test_figures_in_words(figures: Figures, words: str) -> None:
    assert in_words(figures) == words
