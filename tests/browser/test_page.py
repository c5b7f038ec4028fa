"""The page of ``sdkpatch verify --report`` in headless Chromium: dark and light, narrow and wide (make browser)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from tests.command import process
from tests.sdks import ROOT, SDKS, copy, unpacked

pytestmark = pytest.mark.browser
SCREENSHOTS = ROOT / ".cache" / "screenshots"
NEVER = ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync")
QUIET = ("disable-background-networking", "disable-component-update", "hide-scrollbars")


def found(*names: str) -> str:
    """Return the first of some programs that is installed."""
    paths = [path for name in names if (path := shutil.which(name))]
    assert paths, f"install {names[0]}: on Debian, apt-get install chromium chromium-driver"
    return paths[0]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = found("chromium", "chromium-browser", "google-chrome")
    for name in (*NEVER, *QUIET, f"user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(f"--{name}")
    driver = webdriver.Chrome(options=options, service=Service(found("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a real SDK of which two copies of one channel are not patched."""
    folder = tmp_path_factory.mktemp("page")
    sdk = next(each for each in SDKS if each.requirement == "hume==0.14.1")
    tree = copy(sdk.requirement, folder / "sdk")
    assert process("apply", tree, *sdk.settings).returncode == 0
    raw = Path("hume/tts/stream_input/raw_client.py")
    shutil.copy(unpacked(sdk.requirement) / raw, tree / raw)
    fresh = ("--pristine", unpacked(sdk.requirement))
    done = process("verify", tree, *sdk.settings, *fresh, "--report", folder / "verify.html")
    assert done.returncode == 5, done.stderr
    return folder / "verify.html"


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_it_can_be_read(browser: webdriver.Chrome, page: Path, width: int, scheme: str) -> None:
    shown(browser, page, width, scheme)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    assert browser.save_screenshot(str(SCREENSHOTS / f"verify-{scheme}-{width}.png"))
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width, "nothing is wider than the screen"
    for ink, ground, text in browser.execute_script(CONTRASTS):
        light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text}: {ink} on {ground}"
    is_dark = luminance(browser.execute_script("return getComputedStyle(document.body).backgroundColor")) < 0.1
    assert is_dark is (scheme == "dark")


def test_it_loads_nothing_and_says_nothing_on_the_console(browser: webdriver.Chrome, page: Path) -> None:
    shown(browser, page, 1280, "light")
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    logged = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert logged == []


def test_what_failed_is_open_and_the_table_leads_to_each_site(browser: webdriver.Chrome, page: Path) -> None:
    shown(browser, page, 1280, "light")
    assert re.fullmatch(r"Not proved: hume 0\.14\.1, \d{4}-\d\d-\d\d, sdkpatch verify", browser.title), browser.title
    rows = browser.find_elements(By.CSS_SELECTOR, "tbody tr")
    assert len(rows) == 12
    sites = browser.find_elements(By.CSS_SELECTOR, "details[id^=site-]")
    opened = [number for number, site in enumerate(sites) if site.get_attribute("open")]
    bad = [number for number, row in enumerate(rows) if row.text.startswith("not proved")]
    assert len(bad) == 2
    assert opened == sorted({0, *bad})
    for number in bad:
        removed = sites[number].find_elements(By.CSS_SELECTOR, ".removed")
        assert removed == [], "before and after are the same: it is as it was generated"
    first = sites[0].find_elements(By.CSS_SELECTOR, ".removed, .added")
    assert [line.text.split(" ")[0] for line in first] == ["GET", "X-Hume-Api-Key:", "GET"]
    link = rows[5].find_element(By.TAG_NAME, "a")
    assert link.get_attribute("href").endswith("#site-6")  # type: ignore[union-attr]


def test_a_closed_site_opens_with_the_keyboard(browser: webdriver.Chrome, page: Path) -> None:
    shown(browser, page, 1280, "light")
    site = browser.find_element(By.ID, "site-2")
    assert not site.get_attribute("open")
    site.find_element(By.TAG_NAME, "summary").send_keys("\n")
    assert site.get_attribute("open")
    assert "the credential goes in query hume_key, once and intact" in site.text
