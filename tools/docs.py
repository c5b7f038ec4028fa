"""``make docs``: write the tables in docs/ that follow from what the operations declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sdkpatch.loading.patchfile import shared_fields
from sdkpatch.operation import Operation
from sdkpatch.operations import OPERATIONS
from sdkpatch.running.explain import arguments, looks_at

ROOT = Path(__file__).resolve().parents[1]
BEGIN = "<!-- make docs writes this part -->"
END = "<!-- up to here -->"
INDEX = "docs/patch-format.md"


def pages() -> dict[str, str]:
    """Return the part that is written of each page, by the page's path relative to the repository."""
    parts = {f"docs/operations/{name}.md": _arguments(OPERATIONS[name]) for name in OPERATIONS}
    return {INDEX: _index(), **parts}


def renewed(root: Path, path: str, part: str) -> str:
    """Return a page with its part written anew. Raises ValueError for a page without the two comments."""
    text = (root / path).read_text(encoding="utf-8")
    found = re.fullmatch(f"(.*^{BEGIN}\n).*(^{END}$.*)", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise ValueError(f'{path} has no line "{BEGIN}" with a line "{END}" below it')
    return f"{found[1]}\n{part}\n{found[2]}"


def write(root: Path) -> Iterator[str]:
    """Write the pages that are stale, and yield their paths. Raises ValueError as ``renewed`` does."""
    for path, part in pages().items():
        text = renewed(root, path, part)
        if text != (root / path).read_text(encoding="utf-8"):
            (root / path).write_text(text, encoding="utf-8")
            yield path


def _index() -> str:
    rows = [("operation", "what it does"), ("---", "---")]
    rows += [(f"[{name}](operations/{name}.md)", OPERATIONS[name].summary) for name in sorted(OPERATIONS)]
    return "".join(f"| {name} | {_cell(summary)} |\n" for name, summary in rows)


def _arguments(operation: Operation[Any]) -> str:
    rows = [("argument", "value", "what it says"), ("---", "---", "---")]
    for each in arguments(operation.fields):
        default = f"; default `{each.default}`" if each.default else ""
        rows.append((f"`{each.key}`", each.kind + default, each.doc))
    table = "".join("|".join(["", *(f" {_cell(cell)} " for cell in row), "\n"]) for row in rows)
    *names, last = (f"`{field.name}`" for field in shared_fields(operation) if field.name not in ("op", "files"))
    shared = f"The step also takes {', '.join(names)} and {last}: [patch-format.md](../patch-format.md)."
    return f"{table}\n{looks_at(operation)} {shared}\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for changed in write(ROOT):
        print(changed)
