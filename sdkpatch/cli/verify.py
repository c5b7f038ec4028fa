"""``sdkpatch verify``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..bounds.printable import printable
from ..errors import ExitCode, UsageError
from ..loading.project import from_options, load, resolve
from ..model import Patch
from ..operations import OPERATIONS
from ..report.proof import PROOF_REPORTERS
from . import options
from .output import check_outputs, report, save, say

if TYPE_CHECKING:
    from ..wire.asked import Asked
    from ..wire.values import Report

_FORMATS = tuple(sorted(PROOF_REPORTERS.keys() - {"html"}))


@click.command("verify", epilog="Example: sdkpatch verify generated-sdks/python --report verify.html")
@click.argument("tree", required=False, type=click.Path(path_type=Path))
@options.patches
@options.config
@click.option("--python", metavar="EXE", help="The interpreter that imports the SDK; default: sdkpatch's own.")
@click.option("--install", is_flag=True, help="Install the SDK's dependencies into a temporary environment.")
@click.option("--faults", is_flag=True, help="Also try servers that refuse, redirect, send garbage or do not answer.")
@click.option("--pristine", metavar="REV|DIR", help="Freshly generated code, to compare its handshakes with these.")
@click.option(
    "--wheel", "wheels", multiple=True, metavar="FILE", help="Verify this built wheel, and its files, instead."
)
@click.option("--url", metavar="URL", help="Connect one channel to this real server instead, with --credential.")
@click.option("--credential", "credentials", multiple=True, metavar="NAME=env:VAR", help="A credential for --url.")
@click.option("--channel", default="", metavar="GLOB", help="The channel for --url, such as external_session.connect.")
@click.option("--suggest", metavar="WISH", help="Print the patch for a wish such as wss-auth=query:api_key.")
@click.option("--timeout", type=click.FloatRange(0.1), default=20.0, help="Seconds allowed for opening one channel.")
@click.option("--format", "output", type=click.Choice(_FORMATS), default="text", help="The report's format.")
@options.output
@click.option("--report", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write an HTML page as well.")
@options.verbosity("Report what is not proved and the summary only.", "Report everything that was checked.")
@options.color
def command(
    tree: Path | None,
    patches: Sequence[str],
    settings: dict[str, str],
    config: Path | None,
    python: str | None,
    install: bool,
    faults: bool,
    pristine: str | None,
    wheels: Sequence[str],
    url: str | None,
    credentials: Sequence[str],
    channel: str,
    suggest: str | None,
    timeout: float,
    output: str,
    files: Sequence[str],
    page: Path | None,
    quiet: bool,
    verbose: bool,
    color: str,
) -> int:
    """Open every WebSocket channel of the SDK in TREE and prove what goes over the wire.

    The SDK is imported in a separate process and given made-up credentials. Each channel is opened, sync and async,
    through client.py and raw_client.py, against a server on loopback, and what arrives is compared with what the
    patches promise. Without patches, the report shows where the SDK puts its credentials. Nothing is written. Only
    --url connects to a server outside loopback.

    Exit 5 when something is not proved, or was not looked at.
    """
    from ..wire.artefact import wheels as found
    from ..wire.asked import Asked, reports
    from ..wire.stage import Options

    check_outputs(files, PROOF_REPORTERS, page)
    if wheels and tree is not None and tree.suffix == ".whl":  # the shell expanded dist/*.whl
        wheels, tree = (*wheels, str(tree)), None
    root, chosen, package, unseen = _target(tree, patches, settings, config, is_needed=not wheels)
    how = Options(python=python or sys.executable, faults=faults, seconds=timeout, unseen=unseen)
    asked = Asked(root, chosen, how, install, pristine, found(wheels) if wheels else (), page is not None, package)
    asked = asked if quiet else asked._replace(notify=_notify)
    if channel and not url:
        raise UsageError("--channel", found="no --url", expected="--url beside --channel")
    if pristine and wheels:
        raise UsageError("--pristine", found="--wheel beside it", expected="--pristine with a tree")
    if url or credentials:
        return _connect(asked, url or "", credentials, channel)
    proved = tuple(each._replace(verbosity=verbose - quiet) for each in reports(asked))
    if suggest:
        return _suggest(suggest, proved)
    if page is not None:
        save(page, PROOF_REPORTERS["html"](proved))
    report(output, files, lambda name: PROOF_REPORTERS[name](proved), PROOF_REPORTERS, color)
    return ExitCode.OK if all(each.is_proved for each in proved) else ExitCode.VERIFICATION


def _notify(text: str) -> None:
    """Say on stderr what takes long."""
    click.echo(f"{printable(text)} ...", err=True)


def _target(
    tree: Path | None, names: Sequence[str], settings: dict[str, str], config: Path | None, *, is_needed: bool
) -> tuple[Path | None, tuple[Patch, ...], str, tuple[str, ...]]:
    """Return tree, patches, the package as sdkpatch.toml names it, and what may stay unproved.

    For a wheel there may be no tree.
    """
    try:
        run = resolve(tree, names, settings, config, OPERATIONS, needs_patches=False)
    except UsageError:
        if is_needed or tree is not None:
            raise
        return None, load(from_options(names, settings), OPERATIONS), "", ()
    return run.root, run.patches, run.package, run.unseen


def _connect(asked: Asked, url: str, credentials: Sequence[str], channel: str) -> int:
    """Connect to a real server and tell its answer."""
    from ..wire.asked import answer

    if not url or asked.wheels:
        raise UsageError("--url", found="none" if not url else "--wheel beside it", expected="--url and a tree")
    answered = answer(asked, url, credentials, channel)
    for request in answered.requests:
        say(f"GET {printable(request)}\n")
    place = f"{answered.channel.path}:{answered.channel.line}  {answered.channel.name}"
    word = "accepted" if answered.accepted else f"refused: {printable(answered.reason)}"
    say(f"{printable(place)}  {word}\n")
    return ExitCode.OK if answered.accepted else ExitCode.VERIFICATION


def _suggest(wish: str, proved: Sequence[Report]) -> int:
    """Print the patches for a wish."""
    from ..wire.suggest import suggestion

    say(suggestion(wish, [proof for each in proved for proof in each.proofs]))
    return ExitCode.OK
