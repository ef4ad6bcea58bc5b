"""A headless Chromium for tests, MathJax as Anki's reviewer loads it, and axe, which judges pages."""

import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

# The version that desktop Anki 26.9 carries.
MATHJAX = "3.2.2"
MATHJAX_SHA256 = "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09"

AXE = "4.14.1"
AXE_SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    # A mouse: without a screen there would be none.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
)


class MissingError(Exception):
    """A program that the tests of looks need is not there."""

    def skip(self) -> NoReturn:
        """Skip the test, except on continuous integration, which must have everything."""
        if os.environ.get("CI"):
            pytest.fail(str(self))
        pytest.skip(str(self))


@contextmanager
def chromium(*, bars: bool = False, files_see_files: bool = True) -> Iterator[Chrome]:
    """Start a Chromium with a profile of its own, with scroll bars or without.

    With `files_see_files` a page from a file may load fonts and pictures from other files.

    Raises `MissingError`.
    """
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    driver = shutil.which("chromedriver") or shutil.which(
        "chromedriver", path=os.environ.get("CHROMEWEBDRIVER")
    )
    if browser is None or driver is None:
        message = "Chromium or its chromedriver is not installed"
        raise MissingError(message)
    with TemporaryDirectory(prefix="card-looks-", ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = browser
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        if files_see_files:
            options.add_argument("--allow-file-access-from-files")
        if not bars:
            options.add_argument("--hide-scrollbars")
        # Given a driver, selenium looks for none on the net.
        session = Chrome(options=options, service=Service(driver))
        try:
            yield session
        finally:
            session.quit()


def mathjax_folder() -> Path:
    """Return a folder with MathJax, fetched once from npm's registry.

    Raises `MissingError`.
    """
    return _npm_folder("mathjax", MATHJAX, MATHJAX_SHA256, "es5")


def axe() -> str:
    """Return the script of axe, which judges how accessible a page is, fetched once from npm's registry.

    Raises `MissingError`.
    """
    return (_npm_folder("axe-core", AXE, AXE_SHA256, "") / "axe.min.js").read_text(encoding="utf-8")


def _npm_folder(name: str, version: str, sha256: str, inside: str) -> Path:
    """Return a folder of a package of npm's; a second call finds it where the first one put it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ankiexport-tests"
    folder = cache / f"{name}-{version}"
    if folder.is_dir():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        message = f"npm, which fetches {name}, is not installed"
        raise MissingError(message)
    cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=cache) as scratch:
        command = [npm, "pack", f"{name}@{version}", "--pack-destination", scratch]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        archive = Path(scratch, f"{name}-{version}.tgz")
        if done.returncode or not archive.is_file():
            message = f"npm could not fetch {name} {version}: {done.stderr.strip()[-200:]}"
            raise MissingError(message)
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        assert found == sha256, f"npm's {name} {version} is not the one that was looked at: {found}"
        with tarfile.open(archive) as package:
            package.extractall(scratch, filter="data")
        try:
            # Whole or not at all: another process may be at it, too.
            Path(scratch, "package", inside).rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder
