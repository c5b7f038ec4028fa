"""``make site``: lay out the pages of docs/, the patch book and README.md as one site, for zensical to build."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from sdkpatch.operations import OPERATIONS
from sdkpatch.running.explain import example_diffs
from sdkpatch.schema import toml_source

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("zensical.toml")

_PLACES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "examples/patch-book/README.md": "patch-book/index.md",
    "docs/operations": "operations/index.md",
}
"""Where files of the repository stand in the site; what is in docs/ stands at its own path below it."""

_LINK = re.compile(r"(?<!!)\[([^\]\n]*)\]\(([^)\s]+)\)")
_ROW = re.compile(r"^\| (?P<kind>[^|]*) \| \[(?P<name>[^\]]+)\]\([^)]+\.toml\) \|", re.MULTILINE)


def lay_out(folder: Path) -> None:
    """Write the sources of the site into a folder: the configuration, and every page below ``docs``."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = {**_copied(), **_book(), "operations/index.md": _operations()}
    for path, text in pages.items():
        target = folder / "docs" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    shutil.copy(CONFIG, folder / CONFIG.name)


def _place(path: str) -> str:
    """Return where a file of the repository stands in the site, an empty string for one that does not."""
    if path in _PLACES:
        return _PLACES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    book = re.fullmatch(r"examples/patch-book/([\w-]+)\.toml", path)
    return f"patch-book/{book[1]}.md" if book else ""


def _copied() -> dict[str, str]:
    """Return the pages that stand in the repository, by their place in the site, with links that lead there."""
    sources = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").glob("*.json"), *map(ROOT.joinpath, _PLACES)]
    found: dict[str, str] = {}
    for source in sorted(each for each in sources if each.is_file()):
        path = source.relative_to(ROOT).as_posix()
        found[_place(path)] = _LINK.sub(_moved(path), source.read_text(encoding="utf-8"))
    return found


def _moved(path: str) -> Callable[[re.Match[str]], str]:
    """Return what turns the links of a file of the repository into those of its page."""
    here = posixpath.dirname(_place(path))

    def link(found: re.Match[str]) -> str:
        text, target = found[1], found[2]
        if re.match(r"[a-z]+:|#", target):
            return found[0]
        file, _, anchor = target.partition("#")
        place = _place(posixpath.normpath(posixpath.join(posixpath.dirname(path), file)))
        if not place:  # of the repository alone, such as a folder of code
            return text
        return f"[{text}]({posixpath.relpath(place, here or '.')}{'#' if anchor else ''}{anchor})"

    return link


def _operations() -> str:
    lines = [f"- [`{name}`]({name}.md): {operation.summary}" for name, operation in sorted(OPERATIONS.items())]
    return "# Operations\n\nThe kinds of step that a patch file has.\n\n" + "\n".join(lines) + "\n"


def _book() -> dict[str, str]:
    """Return a page for each patch of the book: the kind of edit, the patch, its code before and after."""
    rows = (ROOT / "examples" / "patch-book" / "README.md").read_text(encoding="utf-8")
    kind, found = "", {}
    for row in _ROW.finditer(rows):
        kind = row["kind"].strip() or kind
        found[f"patch-book/{row['name']}.md"] = _patch_page(row["name"], kind)
    return found


def _patch_page(name: str, kind: str) -> str:
    text = (ROOT / "examples" / "patch-book" / f"{name}.toml").read_text(encoding="utf-8")
    table = toml_source.parse(text)
    patch = text.partition("\n[[example]]")[0].rstrip()
    parts = [
        f"# {table['title']}",
        f"**Kind of edit:** {kind[0].upper()}{kind[1:]}.",
        str(table.get("why", "")).strip(),
        f"## The patch\n\n{_fenced('toml', patch)}",
        "## Before and after",
        *(_fenced("diff", diff) for diff in example_diffs(table)),
        "[All patches of the book](index.md)",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _fenced(language: str, code: str) -> str:
    return f"````{language}\n{code}\n````"
