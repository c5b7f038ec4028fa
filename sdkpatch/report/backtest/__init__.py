"""Render what a backtest found: one module per format, listed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple

from ...running.backtest import NEXT, Absorbed, Backtested, Cell, Generation


class BacktestReport(NamedTuple):
    """A backtest as it is told: ``tree`` is the directory as shown to people, ``verbosity`` -1 (quiet), 0 or 1."""

    found: Backtested
    tree: str
    verbosity: int = 0


def short(commit: str) -> str:
    """Return a commit as people write it."""
    return commit[:10]


def counted(row: Generation, word: str) -> int:
    """Return a row's number of sites that are applied or satisfied, in conflict, or of patches that are obsolete."""
    if word == "obsolete":
        return sum(cell.word == "obsolete" for cell in row.cells)
    if word == "conflicts":
        return sum(cell.conflicts for cell in row.cells) or int(row.stop is not None)
    return sum(cell.applied if word == "applied" else cell.satisfied for cell in row.cells)


def counts(row: Generation) -> str:
    """Return what became of the sites of a generation."""
    told = ", ".join(f"{counted(row, word)} {word}" for word in ("applied", "satisfied", "conflicts", "obsolete"))
    return told.replace(" 1 conflicts", " 1 conflict")


def cell_text(cell: Cell) -> str:
    """Return what became of one patch in one generation."""
    if cell.word == "conflict":
        return f"{cell.conflicts} {'conflict' if cell.conflicts == 1 else 'conflicts'}"
    if cell.word == "applied":
        return f"{cell.applied} applied" + (f", {cell.satisfied} satisfied" if cell.satisfied else "")
    if cell.word == "satisfied":
        return f"{cell.satisfied} satisfied"
    return cell.word


def absorbed(each: Absorbed) -> str:
    """Say since when a patch has had nothing to do."""
    when = f"{each.date} {short(each.commit)}" + (f" (SDK {each.sdk})" if each.sdk else "")
    if each.commit == NEXT:
        return f"{each.patch} has nothing to do in the next generation: every site is satisfied there"
    if each.ever:
        return f"{each.patch} is obsolete since {when}: generated code does it, so this patch can be deleted"
    return f"{each.patch} has nothing to do in any of these generations: every site is satisfied since {when}"


def left_out(found: Backtested) -> list[str]:
    """Say which generations were not looked at."""
    told = []
    if found.passed:
        total = found.passed + len(found.generations)
        told.append(f"{_generations(found.passed)} before these were left out: --last {total} looks at all")
    missing = len(found.generations) - len(found.judged)
    if missing:
        told.append(f"{_generations(missing)} without an SDK here: not counted")
    if found.elsewhere:
        one = found.elsewhere == 1
        told.append(
            f"{found.elsewhere} more {'commit' if one else 'commits'} of the generator"
            f" {'has' if one else 'have'} no folder of this name: not looked at"
        )
    return told


def summary(found: Backtested) -> str:
    """Return the one sentence that ends every report."""
    total, broken = len(found.judged), len(found.broken)
    if [each.commit for each in found.generations] == [NEXT]:
        return "does not hold in the next generation: it needs a decision" if broken else "holds in the next generation"
    said = f"would have held in {total - broken} of {_generations(total)}"
    return f"{said}; {broken} {'needs' if broken == 1 else 'need'} a decision" if broken else said


def _generations(count: int) -> str:
    return f"{count} {'generation' if count == 1 else 'generations'}"


def _module(name: str) -> Callable[[BacktestReport], str]:
    """Return what renders a format; its module is imported when it is first asked for."""

    def render(report: BacktestReport) -> str:
        text: str = import_module(f".{name}", __name__).render(report)
        return text

    return render


BACKTEST_REPORTERS: Mapping[str, Callable[[BacktestReport], str]] = {
    name: _module(name) for name in ("html", "json", "markdown", "text")
}
