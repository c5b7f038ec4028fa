"""The site has every page, every patch of the book, and no link that leads nowhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sdkpatch.operations import OPERATIONS
from sdkpatch.resources import book
from tests.sdks import ROOT
from tools import site


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    site.lay_out(folder)
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(folder / "zensical.toml")]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def test_every_page_is_there_and_loads_nothing_from_elsewhere(built: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    pages |= {f"operations/{name}" for name in OPERATIONS} | {f"patch-book/{name}" for name in book()}
    for name in (*pages, "patch-book", "operations", "contributing", "changelog", "."):
        text = (built / "html" / name / "index.html").read_text()
        assert not re.search(r"<(script|img|link)[^>]+(src|href)=[\"']?https?:", text), name
    assert "Keep your own changes alive" in (built / "html" / "search.json").read_text()


def test_a_patch_of_the_book_is_shown_with_its_kind_its_text_and_what_it_does(built: Path) -> None:
    text = (built / "docs" / "patch-book" / "optional-control-message.md").read_text()
    assert text.startswith("# Send control messages without an argument\n\n**Kind of edit:** Parameter or field made")
    assert '````toml\nid = "optional-control-message"\n' in text
    assert "[[example]]" not in text
    assert "\n+    async def send_flush(self, message: typing.Optional[Flush] = None) -> None:\n" in text


def test_a_link_that_leads_nowhere_ends_the_build(built: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "site"))
    page = folder / "docs" / "glossary.md"
    page.write_text(page.read_text() + "\n[gone](nowhere.md)\n")
    assert build(folder).returncode != 0


def test_links_of_the_repository_lead_to_pages(built: Path) -> None:
    start = (built / "docs" / "index.md").read_text()
    assert "[docs/capture.md](capture.md)" in start
    assert "[patch book](patch-book/index.md)" in start
    assert "(docs/" not in start
