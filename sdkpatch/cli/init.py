"""``sdkpatch init``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..bounds.printable import printable
from ..errors import ExitCode
from ..loading.project import shown
from ..tree import scan
from .output import say

if TYPE_CHECKING:
    from ..loading.project import WorkingSet
    from ..scaffold.detect import Surroundings
    from ..scaffold.files import Scaffold, Wish


@click.command("init", epilog="Example: sdkpatch init generated-sdks/python --yes")
@click.argument("tree", default=".", type=click.Path(path_type=Path))
@click.option("--header", help="The header that the generated code sends the key in; default: the one it sets.")
@click.option("--query", help="The query parameter that the server reads it from; - for none.")
@click.option("--workflow/--no-workflow", default=None, help="Whether to write a workflow for GitHub Actions.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
def command(tree: Path, header: str | None, query: str | None, workflow: bool | None, yes: bool) -> int:
    """Set sdkpatch up in the repository of the SDK in TREE.

    It examines the SDK, asks at most three questions, shows what it will write, and writes sdkpatch.toml with the
    fitting recipe, patches/, a workflow, a pre-commit configuration and the block of .fernignore. Existing files stay
    as they are, so a second run changes nothing.
    """
    from ..fern.sdk_package import chosen
    from ..ignoring.check import sync
    from ..loading.project import package_of, resolve
    from ..scaffold.detect import detect
    from ..scaffold.files import scaffolds
    from ..writing.commit import create_files

    seen = detect(chosen(scan(tree), package_of(tree)))
    say("".join(f"{line}\n" for line in _told(seen)))
    found = scaffolds(seen, _wish(seen, header, query, workflow, yes))
    say("".join(f"{line}\n" for each in found for line in _announced(each)))
    say(".fernignore: a block that makes Fern keep these files\n")
    wanted = {each.path: each.text for each in found if not each.exists}
    if wanted and not yes:
        click.confirm(f"Write {len(wanted)} files?", default=True, abort=True)
    create_files(wanted)
    from ..operations import OPERATIONS

    run = resolve(seen.tree.root, (), {}, None, OPERATIONS, needs_patches=False)
    written = len(wanted) + sync(run.root, run.patches) + _keep_replay_off(seen, run)
    say(f"{written} {'file' if written == 1 else 'files'} written; next: sdkpatch apply {shown(seen.tree.root)}\n")
    return ExitCode.OK


def _keep_replay_off(seen: Surroundings, run: WorkingSet) -> int:
    """Exclude what the patches change from Fern's Replay; return the number of files written."""
    from ..fern.sdk_package import chosen
    from ..planning.plan import plan
    from ..scaffold.files import replay_excludes
    from ..writing.commit import create_files

    changed = {result.site.path for result in plan(chosen(scan(run.root), run.package), run.patches).results} - {
        ".fernignore"
    }
    paths = sorted(path for path in changed if seen.tree.has(path))
    found = replay_excludes(seen, paths)
    if found is None or not paths:
        return 0
    if found.exists:
        there = found.path.read_text(encoding="utf-8", errors="replace")
        excluded = {line.strip(" -\"'") for line in there.splitlines()}
        lacking = [path for path in paths if path not in excluded]
        say("".join(f"{shown(found.path)} is there: add {path} to exclude\n" for path in lacking))
        return 0
    say("".join(f"{line}\n" for line in _announced(found)))
    create_files({found.path: found.text})
    return 1


def _wish(seen: Surroundings, header: str | None, query: str | None, workflow: bool | None, yes: bool) -> Wish:
    """Return what is wanted: from the options, else from at most three questions, else what was found."""
    from ..scaffold.files import Wish

    usual = next((each for each in seen.credentials if header in (None, each.header)), None)
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


def _told(seen: Surroundings) -> list[str]:
    lines = [f"package    {seen.package or 'not found'}"]
    lines += [f"generator  {seen.generator}"] if seen.generator else []
    lines += [f"build      {seen.builder}"] if seen.builder else []
    lines += [f"channel    {channel}" for channel in seen.channels] or ["channel    no WebSocket found"]
    lines += [f"key in     {each.header}{f': {each.scheme} …' if each.scheme else ''}" for each in seen.credentials]
    lines += [
        f"{each.path} publishes with {each.how}: add a step with sdkpatch apply before {each.before}"
        for each in seen.publishers
    ]
    return [printable(line) for line in lines]


def _announced(scaffold: Scaffold) -> list[str]:
    if scaffold.exists:
        entry = next((line.strip() for line in scaffold.text.splitlines() if "entry:" in line), "")
        lacks = entry and entry not in scaffold.path.read_text(encoding="utf-8", errors="replace")
        more = f"; a hook with {entry} would patch this SDK" if lacks else ""
        return [f"{printable(shown(scaffold.path))} is there and stays as it is{more}"]
    return [f"{printable(shown(scaffold.path))}:", *(f"  | {line}".rstrip() for line in scaffold.text.splitlines())]
