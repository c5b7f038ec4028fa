"""What the tests of pages share: how a page is shown, and what every page must be."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from selenium import webdriver

from tests.sdks import ROOT

SCREENSHOTS = ROOT / ".cache" / "screenshots"
NEVER = ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync")
QUIET = ("disable-background-networking", "disable-component-update", "hide-scrollbars")


def found(*names: str) -> str:
    """Return the first of some programs that is installed."""
    paths = [path for name in names if (path := shutil.which(name))]
    assert paths, f"install {names[0]}: on Debian, apt-get install chromium chromium-driver"
    return paths[0]


def shown(browser: webdriver.Chrome, page: Path, width: int, scheme: str) -> None:
    """Open the page as a reader with such a screen has it."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    screen = {"width": width, "height": 1400, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.get(page.as_uri())


def luminance(colour: str) -> float:
    """Return the relative luminance of ``rgb(r, g, b)`` (WCAG 2.2)."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


CONTRASTS = """
const ground = (element) => {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (!colour.endsWith(", 0)")) return colour;
  }
};
return [...document.querySelectorAll("body *")]
  .filter((each) => each.innerText && each.children.length === 0 && each.offsetParent)
  .map((each) => [getComputedStyle(each).color, ground(each), each.innerText.slice(0, 40)]);
"""


def check_readable(browser: webdriver.Chrome, page: Path, width: int, scheme: str) -> None:
    """Assert that a page fits the screen, has contrast (WCAG 2.2, AA), and heeds the scheme; keep a screenshot."""
    shown(browser, page, width, scheme)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    assert browser.save_screenshot(str(SCREENSHOTS / f"{page.stem}-{scheme}-{width}.png"))
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width, "nothing is wider than the screen"
    for ink, ground, text in browser.execute_script(CONTRASTS):
        light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text}: {ink} on {ground}"
    is_dark = luminance(browser.execute_script("return getComputedStyle(document.body).backgroundColor")) < 0.1
    assert is_dark is (scheme == "dark")


def check_alone(browser: webdriver.Chrome, page: Path) -> None:
    """Assert that a page loads nothing and says nothing on the console."""
    shown(browser, page, 1280, "light")
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    logged = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert logged == []
