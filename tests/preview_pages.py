"""The pages of a preview or of a site, opened in a browser."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
FORMS = ("desktop-light", "phone-light", "desktop-dark", "phone-dark")
_PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Pages:
    """The browser, and where the pages are."""

    browser: Chrome
    address: str

    def open(self, route: str = "", *, size: str = "wide", dark: bool = False) -> None:
        """Open a page anew, in a window of a size and in the light or the dark."""
        width, height = SIZES[size]
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        motion = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, motion]})
        self.browser.get("about:blank")
        self.browser.get(f"{self.address}#/{route}")
        self.until(lambda: bool(self.text("h1")))

    def card(self, key: str, **how: Any) -> None:
        """Open a card, and wait until all its frames are ready."""
        self.open(f"card/{key}", **how)
        self.frames_ready()

    def frames_ready(self) -> None:
        """Wait until what the frames show is what they should, formulas and pictures included."""
        unready = (
            "return document.querySelectorAll('iframe.loading').length || !document.querySelector('iframe')"
        )
        self.until(lambda: not self.run(unready))

    def run(self, script: str, *arguments: object) -> Any:
        """Run a script in the page."""
        return self.browser.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        """Wait for an element, and return it."""
        self.until(lambda: bool(self.browser.find_elements(By.CSS_SELECTOR, selector)))
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def click(self, selector: str) -> None:
        """Click on an element, which may be replaced by its like meanwhile."""

        def clicked() -> bool:
            try:
                self.find(selector).click()
            except StaleElementReferenceException:
                return False
            return True

        self.until(clicked)

    def pressed(self, selector: str) -> bool:
        """Tell whether a button that stays down is down."""
        return bool(self.run("return document.querySelector(arguments[0])?.ariaPressed === 'true'", selector))

    def text(self, selector: str = "main") -> str:
        """Return the text that is seen in an element."""
        found: str = self.run("return document.querySelector(arguments[0])?.innerText || ''", selector)
        return found

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        ActionChains(self.browser).send_keys(*keys).perform()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        ends = time.monotonic() + _PATIENCE_SECONDS
        while not true():
            assert time.monotonic() < ends, f"it never came so far: {self.text('body')[:500]}"
            time.sleep(0.02)

    def in_frames(self, script: str, then: str | None = None) -> dict[str, Any]:
        """Run a script in the frame of each form, and return what they give, by form.

        With `then`, another script that takes its time, it is what the two of them give.
        """
        found = {}
        for figure in self.browser.find_elements(By.CSS_SELECTOR, "figure.form:not([hidden])"):
            form = figure.get_attribute("data-form")
            self.browser.switch_to.frame(figure.find_element(By.CSS_SELECTOR, "iframe:not(.loading)"))
            found[str(form)] = self.run(script)
            if then:
                told = self.browser.execute_async_script(then)
                found[str(form)] = [found[str(form)], told]
            self.browser.switch_to.default_content()
        return found

    def complaints(self) -> list[str]:
        """Return what the browser has complained of since it was asked last."""
        return [str(entry["message"]) for entry in self.browser.get_log("browser")]  # type: ignore[no-untyped-call]


def axe_complaints(pages: Pages, script: str) -> list[str]:
    """Return what axe finds wrong with the open page; cards are judged by tests of their own."""
    pages.run(script)
    found = pages.browser.execute_async_script(
        "const done = arguments[0]; axe.run({exclude: [['article']]}, {iframes: false, preload: false, resultTypes: ['violations']})"
        ".then(result => done(result.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160))])))"
    )
    return [json.dumps(item) for item in found]
