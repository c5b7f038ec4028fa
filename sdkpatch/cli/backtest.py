"""``sdkpatch backtest``."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import ExitCode
from ..loading.per_tree import for_trees
from ..loading.project import resolve, shown
from ..operations import OPERATIONS
from ..report.backtest import BACKTEST_REPORTERS, BacktestReport
from . import options
from .output import check_outputs, report
from .progress import Progress

if TYPE_CHECKING:
    from ..running.backtest import Backtested, DryRun

_USUAL = 50
_OBJECTS_PER_COLLECTION = 1_000_000


@click.command("backtest", epilog="Example: sdkpatch backtest generated-sdks/python --last 20")
@click.argument("tree", required=False, type=click.Path(path_type=Path))
@click.option(
    "--last", type=click.IntRange(1), help=f"So many generations, the newest; default: {_USUAL}, or all --since REV."
)
@click.option("--since", metavar="REV", help="The generations after this revision.")
@click.option("--generated-by", "by", metavar="TEXT", help="What author or subject of generator commits hold.")
@click.option(
    "--next", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Instead: generated code that is in DIR."
)
@options.patches
@options.config
@click.option(
    "--format", "output", type=click.Choice(sorted(BACKTEST_REPORTERS)), default="text", help="The report's format."
)
@options.output
@click.option(
    "--jobs", type=click.IntRange(0), default=0, help="Processes, at most four per core; 0 chooses automatically."
)
@options.verbosity(
    "Report generations with conflicts and the summary only.", "Report the subject and each patch of every generation."
)
@options.color
def command(
    tree: Path | None,
    last: int | None,
    since: str | None,
    by: str | None,
    folder: Path | None,
    patches: Sequence[str],
    settings: dict[str, str],
    config: Path | None,
    output: str,
    files: Sequence[str],
    jobs: int,
    quiet: bool,
    verbose: bool,
    color: str,
) -> int:
    """Apply the patches to earlier generations of the SDK in TREE: would they have held?

    The generations are the commits by which Fern wrote TREE. Each is read from git and patched in memory: nothing is
    checked out, nothing is written. A conflict in one of them is exit 4.
    """
    from ..running.backtest import DryRun

    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    if folder is not None and (last, since, by) != (None, None, None):
        raise click.UsageError("--next is about one tree: give it without --last, --since and --generated-by")
    check_outputs(files, BACKTEST_REPORTERS)
    target = resolve(tree, patches, settings, config, OPERATIONS)
    wish = DryRun(root=target.root, package=target.package, patches=for_trees(target, OPERATIONS))
    found = _history(wish, last, since or "", by or "", jobs) if folder is None else _next(wish, folder)
    told = BacktestReport(found=found, tree=shown(target.root), verbosity=verbose - quiet)
    report(output, files, lambda name: BACKTEST_REPORTERS[name](told), BACKTEST_REPORTERS, color)
    return ExitCode.CONFLICT if found.broken else ExitCode.OK


def _history(wish: DryRun, last: int | None, since: str, by: str, jobs: int) -> Backtested:
    from ..running.backtest import backtest
    from ..running.history import history

    chosen = history(wish.root, last=last or (None if since else _USUAL), since=since, by=by)
    with Progress("generations") as progress:
        return backtest(wish, chosen, progress, jobs)


def _next(wish: DryRun, folder: Path) -> Backtested:
    from ..running.backtest import backtest_next

    with Progress() as progress:
        return backtest_next(wish, folder, progress)
