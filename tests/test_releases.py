"""Learners of every release that was kept can take the present one: the upgrades rehearsed in real Anki.

After a release its package is copied to golden/releases.
"""

from pathlib import Path

import pytest
from banks import BuiltBank

from ankiexport.verify import DEFAULT, rehearse

RELEASES = sorted((Path(__file__).parent / "golden" / "releases").glob("*.apkg"))


def test_there_is_a_release() -> None:
    assert RELEASES


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_an_upgrade_loses_nothing(release: Path, first_bank: BuiltBank) -> None:
    report = rehearse(release, first_bank.whole.path, options=[DEFAULT])
    assert report.losses == {}
    figures = report.rehearsals[-1].figures
    assert figures.unchanged + figures.updated > 300
