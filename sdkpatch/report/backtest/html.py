"""The page of a backtest: one file that needs nothing else, with the matrix of patches and generations."""

from __future__ import annotations

from typing import NamedTuple

from ... import resources
from ...bounds.printable import printable
from ...running.backtest import Cell, Generation
from ...version import __version__
from . import BacktestReport, absorbed, cell_text, counts, left_out, short, summary

_LOOKS = {
    "applied": ("good", "✓"),
    "satisfied": ("good", "✓"),
    "obsolete": ("warn", "○"),
    "skipped": ("warn", "–"),
    "no site": ("warn", "–"),
    "conflict": ("bad", "✗"),
}
"""How a cell looks: the colour, and a sign for those who do not tell colours apart."""


class Square(NamedTuple):
    """A cell of the matrix: how it looks, where it leads to, and what it says."""

    look: str
    sign: str
    target: int
    title: str


def render(report: BacktestReport) -> str:
    """Return the page."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    source = (resources.folder("templates") / "backtest.html.j2").read_text(encoding="utf-8")
    found = report.found
    return environment.from_string(source).render(
        report=report,
        found=found,
        newest=list(reversed(list(enumerate(found.generations, 1)))),
        matrix=_matrix(found.generations),
        said=summary(found),
        told=[printable(each) for each in (*map(absorbed, found.absorbed), *left_out(found))],
        looks=_LOOKS,
        version=__version__,
        printable=printable,
        short=short,
        counts=counts,
        cell_text=cell_text,
    )


def _matrix(rows: tuple[Generation, ...]) -> list[tuple[str, list[Square]]]:
    """Return for each patch a square for each generation, the newest first."""
    names = dict.fromkeys(cell.patch for row in rows for cell in row.cells)
    numbered = list(reversed(list(enumerate(rows, 1))))
    return [(name, [_square(row, number, name) for number, row in numbered]) for name in names]


def _square(row: Generation, number: int, patch: str) -> Square:
    cell = next((each for each in row.cells if each.patch == patch), None)
    when = f"{row.date} {short(row.commit)}".strip()
    if cell is None:
        word = row.verdict if not row.has_sdk else "not planned"
        return Square("none" if not row.has_sdk else "bad", " " if not row.has_sdk else "✗", number, f"{when}: {word}")
    look, sign = _LOOKS[cell.word]
    return Square(look, sign, number, f"{when}: {_said(cell)}")


def _said(cell: Cell) -> str:
    return printable(f"{cell_text(cell)}: {cell.reason}" if cell.reason else cell_text(cell))
