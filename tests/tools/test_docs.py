"""The tables in docs/ say what the operations declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sdks import ROOT
from tools import docs

PAGES = docs.pages()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_as_make_docs_writes_it(path: str) -> None:
    written = docs.renewed(ROOT, path, PAGES[path])
    assert (ROOT / path).read_text() == written, f"{path} is stale: run make docs"


def test_a_page_keeps_all_that_stands_around_the_part(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{docs.BEGIN}\nold\n{docs.END}\n\nMore.\n")
    assert docs.renewed(tmp_path, "page.md", "new\n") == f"# Title\n\n{docs.BEGIN}\n\nnew\n\n{docs.END}\n\nMore.\n"


def test_a_page_without_the_comments_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Title\n")
    with pytest.raises(ValueError, match=r'^page\.md has no line "<!-- make docs writes this part -->"'):
        docs.renewed(tmp_path, "page.md", "new\n")
