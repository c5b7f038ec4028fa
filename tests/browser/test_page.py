"""The page of ``sdkpatch verify --report`` in headless Chromium: dark and light, narrow and wide (make browser)."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.browser.pages import check_alone, check_readable, shown
from tests.command import process
from tests.sdks import SDKS, copy, unpacked

pytestmark = pytest.mark.browser


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_it_can_be_read(browser: webdriver.Chrome, page: Path, width: int, scheme: str) -> None:
    check_readable(browser, page, width, scheme)


def test_it_loads_nothing_and_says_nothing_on_the_console(browser: webdriver.Chrome, page: Path) -> None:
    check_alone(browser, page)


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
