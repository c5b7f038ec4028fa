"""The report of a backtest for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from ...bounds.printable import printable
from ...running.backtest import Generation
from . import BacktestReport, absorbed, cell_text, counts, left_out, short, summary

_COLOURS = {"held": "green", "conflict": "red", "no SDK here": "yellow"}


def render(report: BacktestReport) -> str:
    """Return a row for each generation, the reason below those that do not hold, and one summary line."""
    found = report.found
    lines: list[str] = []
    columns = _widths([_columns(row) for row in found.generations])
    for row in found.generations:
        if report.verbosity >= 0 or row.stop is not None:
            lines += _row(row, columns, is_verbose=report.verbosity > 0)
    lines += [printable(each) for each in (*map(absorbed, found.absorbed), *left_out(found))]
    said = click.style(summary(found), fg="red" if found.broken else "green", bold=True)
    return "\n".join([*lines, said]) + "\n"


def _columns(row: Generation) -> tuple[str, ...]:
    sdk = f"SDK {row.sdk}" if row.sdk else ""
    generator = f"generator {row.generator}" if row.generator else ""
    return tuple(printable(each) for each in (row.date, short(row.commit), sdk, generator, row.verdict))


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _row(row: Generation, widths: Sequence[int], *, is_verbose: bool) -> Iterator[str]:
    texts = [text.ljust(width) for text, width in zip(_columns(row), widths, strict=True) if width]
    texts[-1] = click.style(texts[-1], fg=_COLOURS[row.verdict])
    told = f"{counts(row)}  {row.seconds:.2f} s" if row.has_sdk else ""
    yield "  ".join([*texts, told]).rstrip()
    if row.stop is not None:
        step = f"  [{row.stop.patch} step {row.stop.step}]" if row.stop.patch else ""
        yield f"    {printable(row.stop.where)}: {printable(row.stop.reason)}{printable(step)}"
        if row.stop.hint:
            yield f"    hint: {printable(row.stop.hint)}"
    if is_verbose:
        yield f"    {printable(row.subject)}"
        yield from (f"    {printable(cell.patch)}: {cell_text(cell)}" for cell in row.cells)
