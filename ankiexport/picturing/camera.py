"""A headless Chromium that photographs cards; driven by selenium, which is imported nowhere else."""

import base64
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

from ankiexport.errors import AnkiExportError

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless=new",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--force-color-profile=srgb",
    # What a stranger's card refers to elsewhere is not fetched.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_WIDTH = 1120
_SHARPNESS = 1.5
_SECONDS = 60


class NoBrowserError(AnkiExportError):
    """There is no browser that could photograph cards, or it has failed."""

    def __init__(self, reason: str) -> None:
        """Name the reason, and say what goes without a browser."""
        super().__init__(
            f"no pictures can be made: {reason}. --no-pictures shows the cards as HTML in Markdown, without a browser"
        )


def photograph(page: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Return a picture (PNG) of each section of a page, by the names given, in their order.

    Raises `NoBrowserError`.
    """
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    driver = shutil.which("chromedriver") or shutil.which(
        "chromedriver", path=os.environ.get("CHROMEWEBDRIVER")
    )
    if browser is None or driver is None:
        missing = "Chromium (or Chrome)" if browser is None else "chromedriver"
        raise NoBrowserError(f"{missing} is not installed")  # noqa: EM102, TRY003
    with TemporaryDirectory(prefix="ankiexport-browser-", ignore_cleanup_errors=True) as profile:
        try:
            session = Chrome(options=_options(browser, profile), service=Service(driver))
        except WebDriverException as error:
            raise NoBrowserError((error.msg or "it does not start").splitlines()[0]) from error
        try:
            return _photographed(session, page, names)
        except WebDriverException as error:
            raise NoBrowserError((error.msg or "it has failed").splitlines()[0]) from error
        finally:
            session.quit()


def _options(browser: str, profile: str) -> ChromeOptions:
    options = ChromeOptions()
    options.binary_location = browser
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    # Its own sandbox does not work for root, as in most containers.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    return options


def _photographed(session: Chrome, page: Path, names: Sequence[str]) -> dict[str, bytes]:
    size = {"width": _WIDTH, "height": 800, "deviceScaleFactor": _SHARPNESS, "mobile": False}
    session.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    session.set_page_load_timeout(_SECONDS)
    session.get(page.as_uri())
    WebDriverWait(session, _SECONDS).until(
        lambda driver: driver.execute_script("return document.documentElement.dataset.ready === 'yes'")
    )
    pictures = {}
    for number, name in enumerate(names):
        # One at a time: a page with all of them may be higher than a picture can be.
        box = session.execute_script(
            "const all = document.querySelectorAll('section');"
            "all.forEach((one, number) => { one.hidden = number !== arguments[0]; });"
            "const box = all[arguments[0]].getBoundingClientRect();"
            "return {x: 0, y: 0, width: box.right, height: box.bottom, scale: 1};",
            number,
        )
        taken = session.execute_cdp_cmd(
            "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": box}
        )
        pictures[name] = base64.b64decode(taken["data"])
    return pictures
