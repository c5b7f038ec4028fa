"""The page of ``sdkpatch backtest --format html`` in headless Chromium: dark and light, narrow and wide."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.browser.pages import check_alone, check_readable, shown
from tests.command import process
from tests.running.test_backtest import DRIFTED, NEW, OLD, OTHER, PATCH, generate, git

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of twelve generations: one drifts, and the last absorb a patch."""
    root = tmp_path_factory.mktemp("backtest")
    git(root, "init", "-q", "-b", "main")
    (root / "patches").mkdir()
    (root / "patches" / "timeout.toml").write_text(PATCH)
    (root / "patches" / "language.toml").write_text(OTHER)
    (root / "sdkpatch.toml").write_text('sdk = "sdk"\n')
    for at, line in enumerate((OLD, OLD, OLD, OLD, DRIFTED, OLD, OLD, OLD, OLD, NEW, NEW, NEW), 1):
        generate(root, line, str(at))
    done = process("backtest", "--output", "html=backtest.html", cwd=root)
    assert done.returncode == 4, done.stderr
    return root / "backtest.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 768, 1280])
def test_it_can_be_read(browser: webdriver.Chrome, page: Path, width: int, scheme: str) -> None:
    check_readable(browser, page, width, scheme)


def test_the_matrix_is_readable_without_colour_and_leads_to_the_generation(
    browser: webdriver.Chrome, page: Path
) -> None:
    shown(browser, page, 1280, "light")
    assert browser.title == "Needs a decision: sdkpatch backtest"
    assert browser.find_element(By.ID, "summary").text == (
        "would have held in 11 of 12 generations; 1 needs a decision"
    )
    rows = browser.find_elements(By.CLASS_NAME, "patch")
    signs = {row.text.split("\n")[0]: "".join(row.text.split("\n")[1:]) for row in rows}
    assert signs == {"language": "✓✓✓✓✓✓✓✓✓✓✓✓", "timeout": "○○○✓✓✓✓✗✓✓✓✓"}, "newest first"
    bad = rows[1].find_element(By.CSS_SELECTOR, "a.bad")
    assert "expected >=1 site, found 0" in str(bad.get_attribute("title"))
    bad.click()
    target = browser.find_element(By.CSS_SELECTOR, "tr:target")
    assert target.text.startswith("✗ conflict 2026-05-01")
    assert "patches/timeout.toml:4: expected >=1 site, found 0 (timeout step 1)" in target.text


def test_it_loads_nothing_and_says_nothing_on_the_console(browser: webdriver.Chrome, page: Path) -> None:
    check_alone(browser, page)
