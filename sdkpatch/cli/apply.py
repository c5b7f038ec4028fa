"""``sdkpatch apply``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..errors import ExitCode
from ..loading.project import WorkingSet, shown
from ..loading.workspace import resolve_all
from ..model import Note
from ..operations import OPERATIONS
from ..operations.shared.paths import in_repository
from ..report import REPORTERS, Run
from ..report.workspace import NamedRun, rendered
from ..running.run import TreeRun, apply_all
from . import options
from .output import check_outputs, report
from .progress import Progress


@click.command(
    "apply",
    epilog="Example: sdkpatch apply generated-sdks/python --patch websocket-auth-query"
    " --set header=x-network-api-key --set query=network_api_key",
)
@click.argument("trees", nargs=-1, metavar="[TREE]...", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when changes are needed.")
@click.option("--diff", is_flag=True, help="Write nothing; print the changes, exit 1 when there are any.")
@click.option("--allow-dirty", is_flag=True, help="Also overwrite edits that are neither committed nor staged.")
@options.patches
@options.config
@click.option("--pristine", metavar="REV|DIR", help="Freshly generated code: report patches it makes unnecessary.")
@click.option("--format", "output", type=click.Choice(sorted(REPORTERS)), default="text", help="The report's format.")
@options.output
@click.option(
    "--jobs", type=click.IntRange(0), default=0, help="Processes, at most four per core; 0 chooses automatically."
)
@click.option("--no-cache", is_flag=True, help="Judge every file afresh, and remember nothing.")
@options.verbosity("Report conflicts and the summary only.", "Report the patch and step of every site.")
@options.color
def command(
    trees: Sequence[Path],
    check: bool,
    diff: bool,
    allow_dirty: bool,
    patches: Sequence[str],
    settings: dict[str, str],
    config: Path | None,
    pristine: str | None,
    output: str,
    files: Sequence[str],
    jobs: int,
    no_cache: bool,
    quiet: bool,
    verbose: bool,
    color: str,
) -> int:
    """Apply the patches to the SDK in TREE.

    TREE is the directory that Fern generated; by default the one that sdkpatch.toml names, or all that it names. All
    files are written or none: a conflict in one file (exit 4) leaves every file as it was, in every TREE.
    """
    check_outputs(files, REPORTERS)
    targets = resolve_all(trees, patches, settings, config, OPERATIONS)
    mode = "diff" if diff else "check" if check else "apply"
    with Progress() as progress:
        plans = apply_all(
            [TreeRun(root=each.root, patches=each.patches, package=each.package) for each in targets],
            write=mode == "apply",
            allow_dirty=allow_dirty,
            jobs=jobs,
            progress=progress,
            remember=not no_cache,
        )
    stopped = any(plan.conflicts for plan in plans)
    runs = []
    for target, plan in zip(targets, plans, strict=True):
        needless = _obsolete(target, pristine) if pristine is not None else ()
        run = Run(
            plan=plan._replace(notes=(*target.notes, *plan.notes, *needless)),
            mode=mode,
            written=mode == "apply" and bool(plan.changes) and not stopped,
            tree=shown(target.root),
            verbosity=verbose - quiet,
            base=in_repository(target.root),
        )
        runs.append(NamedRun(target.name, run))
    report(output, files, lambda name: rendered(name, runs), REPORTERS, color)
    if stopped:
        return ExitCode.CONFLICT
    return ExitCode.CHANGES_NEEDED if mode != "apply" and any(plan.changes for plan in plans) else ExitCode.OK


def _obsolete(target: WorkingSet, pristine: str) -> Sequence[Note]:
    from ..running.pristine import obsolete

    return obsolete(target.root, target.patches, pristine, target.package)
