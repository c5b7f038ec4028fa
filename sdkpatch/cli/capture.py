"""``sdkpatch capture``."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..bounds.printable import printable
from ..errors import ExitCode
from ..loading.project import find_config, resolve, root_of, shown
from ..operations import OPERATIONS
from . import options
from .output import say
from .progress import Progress

if TYPE_CHECKING:
    from ..capture.compose import Reason
    from ..capture.run import Captured, CaptureWish, Uncaptured
    from ..capture.writing import PatchTarget
    from ..loading.project import WorkingSet
    from ..model import Patch

_OBJECTS_PER_COLLECTION = 1_000_000


@click.command("capture", epilog="Example: sdkpatch capture generated-sdks/python --generated HEAD~3")
@click.argument("tree", required=False, type=click.Path(path_type=Path))
@click.option("--generated", metavar="REV|DIR", help="The generated code; default: the generator's newest commit.")
@click.option("--into", type=click.Path(path_type=Path), help="The folder of the patches; default: patches.")
@click.option("--only", multiple=True, metavar="GLOB", help="Capture only these files.")
@click.option("--from-replay", is_flag=True, help="Take titles and reasons from .fern/replay.lock.")
@click.option(
    "--split", type=click.Choice(["commits", "intent", "one"]), default="intent", help="What makes one patch."
)
@click.option(
    "--whole-files", type=click.Choice(["never", "last"]), default="never", help="Whether a file may be replaced whole."
)
@click.option("--format-too", is_flag=True, help="Say what differs in layout alone, too, as text.")
@click.option("--unfreeze", is_flag=True, help="Remove the lines of .fernignore that are not needed any more.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when TREE has edits that no patch holds.")
@click.option("-n", "--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@click.option("--diff", is_flag=True, help="Write nothing; print the patch files.")
@options.config
@click.option(
    "--format", "form", type=click.Choice(["json", "markdown", "text"]), default="text", help="How to report."
)
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes, four a core at most; 0 chooses.")
def command(
    tree: Path | None,
    generated: str | None,
    into: Path | None,
    only: Sequence[str],
    from_replay: bool,
    split: str,
    whole_files: str,
    format_too: bool,
    unfreeze: bool,
    check: bool,
    dry_run: bool,
    diff: bool,
    config: Path | None,
    form: str,
    jobs: int,
) -> int:
    """Turn the hand edits in TREE into patches.

    TREE is the edited SDK. What people changed since it was generated becomes patch files that lead from the generated
    tree to TREE; that is proved before one is written. An edit that no patch can say is exit 4, and nothing is written.
    """
    from ..capture.run import CaptureWish, capture, differing
    from ..capture.table import render
    from ..capture.writing import target

    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    root = root_of(tree, config)
    where = target(root, into, config)
    run = _project(root, where)
    with _source(root, generated) as (fresh, name):
        revision = name.split(" ")[0]
        wish = CaptureWish(
            only=only,
            besides=_inside(root, where.folder),
            reasons=_replayed(root) if from_replay else _reasons(root, revision),
            as_one=split == "one",
            whole_files=whole_files == "last",
            format_too=format_too,
            package=run.package,
            first=where.first,
            jobs=jobs,
        )
        if check:
            return _checked(differing(fresh, root, run.patches, wish))
        captured = _by_commit(fresh, root, run.patches, wish, revision) if split == "commits" else None
        if captured is None:
            with Progress() as progress:
                captured = capture(fresh, root, run.patches, wish, progress)
    say("" if diff and form == "text" else render(form, captured, name))
    if captured.unsaid:
        return ExitCode.CONFLICT
    if captured.proof is not None and not captured.proof.holds:
        return ExitCode.VERIFICATION
    if diff:
        say("".join(_as_diff(where, captured)))
    elif captured.composed and not dry_run:
        _write(where, root, captured, quiet=form != "text")
    if unfreeze and captured.thawed and not (diff or dry_run):
        _unfreeze(root, captured)
    return ExitCode.OK


def _project(root: Path, where: PatchTarget) -> WorkingSet:
    """Return the project's patches, none where no project file governs the tree."""
    found = where.config if where.exists else find_config(root)
    if found is None or not where.exists:
        return resolve(root, (), {}, None, OPERATIONS, needs_patches=False) if found else _alone(root)
    return resolve(root, (), {}, where.config, OPERATIONS, needs_patches=False)


def _alone(root: Path) -> WorkingSet:
    from ..loading.project import WorkingSet

    return WorkingSet(root=root, patches=())


@contextmanager
def _source(root: Path, given: str | None) -> Iterator[tuple[Path, str]]:
    """Give the folder of the generated tree and where it is from."""
    from ..running.pristine import generated

    name = given
    if given is None:
        from ..capture.sources import generation

        commit = generation(root)
        given, name = commit.id, f"{commit.id[:12]} {commit.subject}"
    with generated(root, given, "--generated") as folder:
        if not Path(given).is_dir():
            _warn(root, given)
        yield folder, str(name)


def _warn(root: Path, given: str) -> None:
    """Say on stderr which generation fits better, where the given one is older or newer than what was edited."""
    from ..capture.sources import better

    found = better(root, given)
    if found is not None:
        commit = f"{found.commit.id[:12]} ({printable(found.commit.subject)})"
        said = f"{found.given} files differ from it, {found.differing} from {commit}"
        click.echo(f"--generated {printable(given[:40])}: {said}; that fits better", err=True)


def _inside(root: Path, folder: Path) -> tuple[str, ...]:
    """Return the patches folder as a path below the tree, nothing where it is elsewhere."""
    base = root.resolve()
    return (folder.relative_to(base).as_posix(),) if folder != base and folder.is_relative_to(base) else ()


def _reasons(root: Path, given: str) -> Mapping[str, Sequence[Reason]]:
    """Return the commits since the generation by the files they changed, where git tells."""
    from ..capture.sources import reasons

    if Path(given).is_dir():
        return {}
    return reasons(root, given)


def _replayed(root: Path) -> Mapping[str, Sequence[Reason]]:
    """Return what Replay keeps as reasons, and say on stderr which of it is conflicted, and how to leave Replay."""
    from ..capture.replay import LOCK, read
    from ..capture.sources import replayed

    found = read(root)
    for each in found:
        if each.is_conflicted:
            said = each.message.partition("\n")[0]
            click.echo(f"{LOCK}: {printable(each.id)} ({printable(said)}) is conflicted in Replay", err=True)
    click.echo(f"once the patches are in use, remove {LOCK} and .fern/replay.yml: Replay would apply both", err=True)
    return replayed(found)


def _by_commit(fresh: Path, root: Path, patches: Sequence[Patch], wish: CaptureWish, revision: str) -> Captured | None:
    """Return a patch for each commit since the generation; None, and why on stderr, where that cannot be."""
    from ..capture.run import capture_each
    from ..capture.sources import reason_of, since
    from ..running.pristine import generated

    commits = [] if Path(revision).is_dir() else since(root, revision)
    if not commits:
        click.echo("--split commits: no commit since the generation; patches are split by intent", err=True)
        return None
    with ExitStack() as open_folders:
        states: list[tuple[Reason | None, Path]] = [
            (reason_of(each.subject, each.body), open_folders.enter_context(generated(root, each.id)))
            for each in commits
        ]
        captured = capture_each(fresh, root, patches, wish, iter([*states, (None, root)]))
    if captured is None:
        click.echo("--split commits: the commits change each other's edits; patches are split by intent", err=True)
    return captured


def _checked(found: Uncaptured) -> int:
    from ..capture.table import given

    paths = found.paths
    say("".join(f"{printable(path)}: has edits that no patch holds\n" for path in paths))
    say("".join(f"{printable(each.path)}: {each.reason}\n" for each in found.left_out))
    count = f"{len(paths)} {'file has' if len(paths) == 1 else 'files have'} edits that no patch holds"
    held = f"no hand edit: the generated tree and the patches give {given(found)}\n"
    say(f"{count}; run sdkpatch capture\n" if paths else held)
    return ExitCode.CHANGES_NEEDED if paths else ExitCode.OK


def _as_diff(where: PatchTarget, captured: Captured) -> Iterator[str]:
    for each in captured.composed:
        lines = each.text.splitlines()
        yield f"--- /dev/null\n+++ {printable(shown(where.folder / each.name))}\n@@ -0,0 +1,{len(lines)} @@\n"
        yield from (f"+{printable(line)}\n" for line in lines)


def _write(where: PatchTarget, root: Path, captured: Captured, *, quiet: bool) -> None:
    from ..capture.writing import project_text, texts
    from ..writing.commit import create_files, replace_file

    files = texts(where, root, captured.composed)
    project = project_text(where, root, captured.composed)
    if not where.exists:
        files[where.config] = project
    create_files(files)
    if where.config not in files:
        replace_file(where.config, project.encode())
    if not quiet:
        say("".join(f"wrote {printable(shown(path))}\n" for path in sorted({*files, where.config})))
        if _inside(root, where.folder):
            say("they lie in TREE: sdkpatch fernignore sync lists them in .fernignore, so that Fern keeps them\n")


def _unfreeze(root: Path, captured: Captured) -> None:
    from ..capture.run import thaw
    from ..writing.commit import replace_file

    path = root / ".fernignore"
    replace_file(path, thaw(path.read_text(encoding="utf-8"), captured.thawed).encode())
