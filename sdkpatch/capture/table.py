"""Show what became of hand edits: a table for a terminal, JSON, or Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..bounds.printable import printable
from .engine import changed_sites
from .run import Captured, Uncaptured

FORMATS = ("json", "markdown", "text")


def rows(captured: Captured) -> list[Mapping[str, Any]]:
    """Return a row for each hand edit: where it is, what it became, how many sites the step has."""
    found: list[Mapping[str, Any]] = []
    for each in captured.composed:
        for number, group in enumerate(each.draft.groups, 1):
            sites = changed_sites(captured.proof.plan, each.patch.id, number)[1] if captured.proof else 0
            for one in group.said:
                found.append(
                    {
                        "path": one.path,
                        "line": one.line,
                        "scope": one.scope,
                        "became": one.rung.word,
                        "operation": group.step["op"],
                        "patch": each.name,
                        "step": number,
                        "sites": sites,
                        "wider": group.note,
                    }
                )
    return sorted(found, key=lambda row: (row["path"], row["line"], row["patch"], row["step"]))


def last_line(captured: Captured) -> str:
    """Return the line that ends a report: the proof, or why there is none."""
    listed = rows(captured)
    edits = len({(row["path"], row["line"], row["scope"]) for row in listed})
    files = len({row["path"] for row in listed})
    if captured.unsaid:
        count = len(captured.unsaid)
        return f"{_count(count, 'hand edit')} cannot be said by a patch; nothing was written"
    if not listed:
        return f"no hand edit: the generated tree and the project's patches give {given(captured)}"
    if captured.proof is None or not captured.proof.holds:
        return "the proof failed: what was proposed does not lead to TREE; nothing was written"
    patches = _count(len(captured.composed), "patch", "patches")
    said = f"{_count(edits, 'hand edit')} in {_count(files, 'file')} -> {patches}"
    return f"{said}; applied to the generated tree they give {given(captured, ', byte for byte')}"


def given(found: Captured | Uncaptured, how: str = "") -> str:
    """Return what patches give: the tree, or what was asked for of it, ``how``, and what is not in that."""
    besides = [f"the layout of {_count(len(found.layout), 'file')}"] if found.layout else []
    besides += [f"{_count(len(found.kept), 'file')} that .fernignore keeps"] if found.kept else []
    besides += ["what is left out"] if found.left_out else []
    exact = f"{how}, but for {' and '.join(besides)}" if besides else how
    return f"{'the files of TREE that --only names' if found.is_part else 'TREE'}{exact}"


def _count(number: int, word: str, plural: str = "") -> str:
    return f"{number} {word if number == 1 else plural or word + 's'}"


def render(form: str, captured: Captured, source: str) -> str:
    """Return the report in one of ``FORMATS``; ``source`` says where the generated tree is from."""
    if form == "json":
        return json.dumps(_document(captured, source), indent=2) + "\n"
    return "".join(f"{line}\n" for line in (_markdown if form == "markdown" else _text)(captured, source))


def _document(captured: Captured, source: str) -> Mapping[str, Any]:
    return {
        "generated": source,
        "edits": rows(captured),
        "unsaid": [each._asdict() for each in captured.unsaid],
        "layout": list(captured.layout),
        "kept": list(captured.kept),
        "left_out": [each._asdict() for each in captured.left_out],
        "thawed": list(captured.thawed),
        "patches": [each.name for each in captured.composed],
        "proved": captured.proof is not None and captured.proof.holds,
        "summary": last_line(captured),
    }


def _text(captured: Captured, source: str) -> Iterator[str]:
    yield printable(f"generated tree: {source}")
    listed = [_cells(row) for row in rows(captured)]
    widths = [max((len(cells[at]) for cells in listed), default=0) for at in range(5)]
    for cells in listed:
        yield "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
    yield from _notes(captured)
    yield last_line(captured)


def _markdown(captured: Captured, source: str) -> Iterator[str]:
    yield f"Generated tree: {_cell(source)}"
    yield ""
    yield "| hand edit | where | became | sites | patch |"
    yield "|---|---|---|---|---|"
    for row in rows(captured):
        yield "| " + " | ".join(map(_cell, _cells(row))) + " |"
    yield ""
    yield from (f"- {_cell(note)}" for note in _notes(captured))
    yield ""
    yield last_line(captured)


def _cell(text: str) -> str:
    return printable(text).replace("|", "\\|").replace("<", "&lt;")


def _cells(row: Mapping[str, Any]) -> Sequence[str]:
    became = row["became"] if row["became"] == row["operation"] else f"{row['became']} {row['operation']}"
    sites = f"{row['sites']} {'site' if row['sites'] == 1 else 'sites'}"
    return tuple(map(printable, (f"{row['path']}:{row['line']}", row["scope"] or "-", became, sites, row["patch"])))


def _notes(captured: Captured) -> Iterator[str]:
    for row in {(row["patch"], row["step"], row["wider"]) for row in rows(captured) if row["wider"]}:
        yield f"{row[0]} step {row[1]}: {printable(row[2])}"
    for path in captured.layout:
        yield f"{printable(path)}: differs in layout too, which is left out"
    for path in captured.kept:
        yield f"{printable(path)}: is not generated, and .fernignore keeps it"
    for left in captured.left_out:
        yield f"{printable(left.path)}: {left.reason}"
    for path in captured.thawed:
        yield f"{printable(path)}: its edits are patches now; its line in .fernignore may go (--unfreeze removes it)"
    for each in captured.unsaid:
        yield f"{printable(each.path)}: cannot be said: {printable(each.reason)}"
