"""Fixtures for all tests; banks to test with are made by the functions of `banks`."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from banks import FIRST_BANK, BuiltBank, built

from ankiexport.pipeline import build_bank
from ankiexport.question import Question
from ankiexport.render import Renderer

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

# A shell's background jobs ignore Ctrl+C, and so would programs that tests start to see how they end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test measures time: machines may be slow.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

# So that their assertions tell what they compared.
pytest.register_assert_rewrite("card_numbers", "number_checks")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests, and the programs that they start, away from the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANKIEXPORT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _garbage_is_collected() -> Iterator[None]:
    """Let no command freeze the garbage collector of the tests' own process, which outlasts it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ankiexport.collector.collect_seldom", lambda: None)
        yield


@pytest.fixture(scope="session")
def first_bank(tmp_path_factory: pytest.TempPathFactory) -> BuiltBank:
    """The first bank, built once."""
    folder = tmp_path_factory.mktemp("first-bank")
    result = build_bank(FIRST_BANK, folder, locked=True)
    assert not result.has_errors, result.diagnostics
    return built(FIRST_BANK, folder)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the questions that a test renders, as often as it does."""
    ids: list[str] = []
    usual = Renderer.notes_of

    def noting(self: Renderer, asked: Question) -> object:
        ids.append(asked.id)
        return usual(self, asked)

    monkeypatch.setattr(Renderer, "notes_of", noting)
    return ids


@pytest.fixture(scope="module")
def files_see_files() -> bool:
    """Whether a page from a file may load more than elsewhere; a module may have another opinion."""
    return True


@pytest.fixture(scope="module")
def browser(files_see_files: bool) -> Iterator["Chrome"]:
    """One browser for all tests of a module."""
    from browser import MissingError, chromium

    try:
        with chromium(files_see_files=files_see_files) as session:
            yield session
    except MissingError as reason:
        reason.skip()


@pytest.fixture(scope="module")
def mathjax() -> Path:
    """The folder of MathJax."""
    from browser import MissingError, mathjax_folder

    try:
        return mathjax_folder()
    except MissingError as reason:
        reason.skip()


@pytest.fixture(scope="module")
def axe_script() -> str:
    """What judges pages."""
    from browser import MissingError, axe

    try:
        return axe()
    except MissingError as reason:
        reason.skip()
