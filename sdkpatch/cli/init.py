"""``sdkpatch init``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..bounds.printable import printable
from ..errors import ExitCode
from ..loading.project import CONFIG, shown
from ..tree import scan
from .output import say

if TYPE_CHECKING:
    from ..model import Patch
    from ..scaffold.detect import Surroundings
    from ..scaffold.files import Scaffold, Wish


@click.command("init", epilog="Example: sdkpatch init generated-sdks/python --yes")
@click.argument("tree", default=".", type=click.Path(path_type=Path))
@click.option("--header", help="The header that the generated code sends the key in; default: the one it sets.")
@click.option("--query", help="The query parameter that the server reads it from; - for none.")
@click.option("--workflow/--no-workflow", default=None, help="Whether to write a workflow for GitHub Actions.")
@click.option("--take-over", is_flag=True, help="Put the patches into workflows that publish without them.")
@click.option("--tool-source", metavar="SOURCE", help="Where the pipeline gets sdkpatch from; default: the index.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
def command(
    tree: Path,
    header: str | None,
    query: str | None,
    workflow: bool | None,
    take_over: bool,
    tool_source: str | None,
    yes: bool,
) -> int:
    """Set sdkpatch up in the repository of the SDK in TREE.

    It examines the SDK, asks at most three questions, shows what it will write, and writes sdkpatch.toml with the
    fitting recipe, patches/, a workflow, a pre-commit configuration and the block of .fernignore. Existing files stay
    as they are, so a second run changes nothing. --take-over adds a step to workflows that publish the SDK unpatched.

    Where TREE holds several SDKs, they become one workspace: a sdkpatch.toml that names each, and a workflow with a job
    for each.

    The workflow installs the sdkpatch that runs now, if the package index of pip has it. SOURCE is used instead: a
    commit (git+https://HOST/sdkpatch@COMMIT), the address or path of a wheel, or sdkpatch==VERSION.
    """
    from ..fern.sdk_package import chosen
    from ..loading.project import package_of
    from ..scaffold.detect import detect
    from ..scaffold.sdks import sdk_folders

    folders = sdk_folders(scan(tree))
    if len(folders) > 1 and "." not in folders:
        if header is not None or query is not None:
            raise click.UsageError(
                f"--header and --query are for one SDK; there are {len(folders)}: {', '.join(folders)}"
            )
        return _set_up_several(tree, folders, workflow, take_over, tool_source, yes)
    if len(folders) == 1:
        tree = tree / folders[0]
    seen = detect(chosen(scan(tree), package_of(tree)))
    _check_options(seen, header, query)
    say("".join(f"{line}\n" for line in _told(seen, take_over)))
    wish = _wish(seen, header, query, workflow, yes)
    found = _prepared(seen, wish, take_over, tool_source)
    say("".join(f"{line}\n" for each in found for line in _announced(each)))
    place = shown(seen.tree.root)
    next_command = f"sdkpatch capture {place}" if seen.edits and not wish.query else f"sdkpatch apply {place}"
    return _finish(found, yes, next_command)


def _finish(found: Sequence[Scaffold], yes: bool, next_command: str) -> int:
    wanted = [each for each in found if each.is_written]
    if wanted and not yes:
        click.confirm(f"Write {_files(len(wanted))}?", default=True, abort=True)
    _write(wanted)
    say(f"{_files(len(wanted))} written; next: {printable(next_command)}\n")
    return ExitCode.OK


def _set_up_several(
    tree: Path, folders: Sequence[str], workflow: bool | None, take_over: bool, tool_source: str | None, yes: bool
) -> int:
    """Write one workspace for the SDKs below a folder; those with a project file of their own are left out."""
    from ..scaffold.detect import detect
    from ..scaffold.several import Several, is_pinned_anywhere, workspace
    from ..scaffold.source import ToolSource, given, released
    from ..scaffold.told import told, told_publishing

    own = [each for each in folders if (tree / each / CONFIG).exists()]
    seen = [detect(scan(tree / each)) for each in folders if each not in own]
    for folder in own:
        say(f"{printable(folder)} has a {CONFIG} of its own, and is left alone\n")
    if not seen:
        return _finish((), yes, f"sdkpatch apply {own[0]}")
    for each in seen:
        lines = told(each._replace(publishers=(), others=()), take_over, shown(each.tree.root))
        say("".join(f"{printable(line)}\n" for line in (f"SDK        {each.place}", *lines)))
    if not yes:
        click.confirm(f"Write one workspace for {len(seen)} SDKs?", default=True, abort=True)
    if workflow is None:
        workflow = yes or click.confirm("Write a workflow for GitHub Actions?", default=True)
    several = Several(tree.resolve(), seen, [_wish(each, None, None, workflow, True) for each in seen])
    say("".join(f"{printable(line)}\n" for line in told_publishing(several.publishers, several.others, take_over)))
    if tool_source is not None:
        source = given(tool_source, several.repository)
    else:
        is_needed = is_pinned_anywhere(several, workflow, take_over)
        source = released() if is_needed else ToolSource("", "sdkpatch")
    found = workspace(several, workflow, take_over, source)
    say("".join(f"{line}\n" for each in found for line in _announced(each)))
    return _finish(found, yes, "sdkpatch apply")


def _files(count: int) -> str:
    return f"{count} {'file' if count == 1 else 'files'}"


def _write(wanted: Sequence[Scaffold]) -> None:
    from ..writing.commit import create_files, replace_file

    create_files({each.path: each.text for each in wanted if not each.exists})
    for each in wanted:
        if each.exists:
            replace_file(each.path, each.text.encode())


def _check_options(seen: Surroundings, header: str | None, query: str | None) -> None:
    """Refuse a header that the SDK does not send, and a query without one: the recipe would find nothing."""
    from ..scaffold.detect import names_header

    for option, value in (("--header", header), ("--query", query)):
        if value not in (None, "-") and not seen.channels:
            raise click.UsageError(f"{option} is for SDKs that open WebSockets; none was found")
    if header not in (None, "-") and (not header or not names_header(seen.tree, header)):
        sent = ", ".join(each.header for each in seen.credentials) or "none that looks like a key"
        raise click.UsageError(f"the generated code sends no header {header}; it sends {sent}")
    if query not in (None, "-"):
        if not query or any(char.isspace() or char in "&=#?" for char in query):
            raise click.UsageError(f'--query "{query}" is no name of a query parameter')
        if header == "-" or (header is None and not seen.credentials):
            raise click.UsageError("--query needs the header that the key is taken from: give it by --header")


def _prepared(seen: Surroundings, wish: Wish, take_over: bool, tool_source: str | None) -> list[Scaffold]:
    """Return the files to write, and those that are there; nothing is written yet."""
    from ..scaffold.files import handed_over, ignore_file, is_pinned, replay_excludes, scaffolds
    from ..scaffold.source import ToolSource, given, released

    if tool_source is not None:
        source = given(tool_source, seen.repository)
    else:
        source = released() if is_pinned(seen, wish, take_over) else ToolSource("", "sdkpatch")
    found = [*scaffolds(seen, wish, source), *(handed_over(seen, source) if take_over else ())]
    if not source.hook:
        say("no hook for pre-commit is written: it cannot install a wheel of the repository\n")
    patches = _patches(seen, wish)
    replay = replay_excludes(seen, _changed(seen, patches))
    if replay is not None and replay.exists:
        _tell_excludes(seen, replay)
    elif replay is not None:
        found.append(replay)
    ignored = ignore_file(seen, patches, found)
    return [*found, ignored] if ignored else found


def _patches(seen: Surroundings, wish: Wish) -> tuple[Patch, ...]:
    """Return the patches that the project has, or will have."""
    from ..loading.project import from_folder, from_options, load, resolve
    from ..operations import OPERATIONS
    from ..scaffold.files import recipes

    root = seen.tree.root
    if (root / CONFIG).exists():
        return resolve(root, (), {}, None, OPERATIONS, needs_patches=False).patches
    used = [each for name, settings in recipes(wish).items() for each in from_options([name], settings)]
    return load(used or from_folder(root), OPERATIONS, root)


def _changed(seen: Surroundings, patches: Sequence[Patch]) -> list[str]:
    """Return the files of the tree that patches change, where Fern's Replay has to be kept off them."""
    from ..planning.plan import plan

    if not seen.replay:
        return []
    changed = {result.site.path for result in plan(seen.tree, tuple(patches)).results} - {".fernignore"}
    return sorted(path for path in changed if seen.tree.has(path))


def _tell_excludes(seen: Surroundings, replay: Scaffold) -> None:
    there = replay.path.read_text(encoding="utf-8", errors="replace")
    excluded, wanted = (
        [line.strip(" -\"'") for line in text.splitlines() if line.lstrip().startswith("-")]
        for text in (there, replay.text)
    )
    lacking = [path for path in wanted if path not in excluded]
    say("".join(f"{printable(shown(replay.path))} is there: add {printable(path)} to exclude\n" for path in lacking))


def _wish(seen: Surroundings, header: str | None, query: str | None, workflow: bool | None, yes: bool) -> Wish:
    """Return what is wanted: from the options, else from at most three questions, else what was found."""
    from ..scaffold.files import Wish

    usual = next((each for each in seen.credentials if header is None or each.header.lower() == header.lower()), None)
    name = header if header is not None else usual.header if usual else ""
    if seen.channels and header is None and not yes and len(seen.credentials) != 1:
        name = click.prompt("Header that the generated code sends the key in (- for none)", default=name or "-")
        usual = next((each for each in seen.credentials if each.header.lower() == name.lower()), None)
    parameter = query if query is not None else usual.query if usual else ""
    if seen.channels and query is None and not yes and name not in ("", "-"):
        parameter = click.prompt("Query parameter that the server reads it from (- for none)", default=parameter or "-")
    if workflow is None:
        workflow = yes or click.confirm("Write a workflow for GitHub Actions?", default=True)
    if not seen.channels or "-" in (name, parameter):
        parameter = ""
    return Wish(header=name, scheme=usual.scheme if usual else "", query=parameter, workflow=workflow)


def _told(seen: Surroundings, take_over: bool) -> list[str]:
    from ..scaffold.told import told

    return [printable(line) for line in told(seen, take_over, shown(seen.tree.root))]


def _announced(scaffold: Scaffold) -> list[str]:
    path = printable(shown(scaffold.path))
    if scaffold.changes:
        return [f"{path} {scaffold.says}"]
    if scaffold.exists:
        entry = next((line.strip() for line in scaffold.text.splitlines() if "entry:" in line), "")
        lacks = entry and entry not in scaffold.path.read_text(encoding="utf-8", errors="replace")
        more = f"; a hook with {entry} would patch this SDK" if lacks else ""
        return [f"{path} is there and stays as it is{more}"]
    return [f"{path}:", *(f"  | {line}".rstrip() for line in scaffold.text.splitlines())]
