"""The command line: the group, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module

import click

from ..bounds.printable import printable
from ..errors import ExitCode, SdkPatchError
from ..stopping import Terminated
from ..version import __version__
from .output import wished_color

COMMANDS: Mapping[str, str] = {
    "apply": "Apply the patches to an SDK tree.",
    "backtest": "Apply the patches to earlier generations: would they have held?",
    "capture": "Turn hand edits into patches.",
    "fernignore": "Check and update .fernignore; simulate the next generation.",
    "doctor": "Show what sdkpatch finds of an SDK, and what is wrong.",
    "explain": "Explain a patch, a recipe or an operation.",
    "init": "Set sdkpatch up in the repository of an SDK.",
    "list": "List the recipes and the project's patches.",
    "matrix": "Print the SDKs of a workspace for a matrix of jobs.",
    "new": "Begin a patch file.",
    "recover": "Finish or undo a run that was interrupted while it wrote.",
    "schema": "Print the JSON Schema of a patch or project file.",
    "test": "Run the examples of patch files.",
    "verify": "Prove on the wire what an SDK sends when it opens a WebSocket.",
}


class _Commands(click.Group):
    """Imports a command's module only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f".{cmd_name}", __name__).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from ..schema.fields import did_you_mean

            hint = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"No such command '{printable(args[0])}'." + (f"\nhint: {hint}" if hint else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="Example: sdkpatch apply generated-sdks/python --check",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def group() -> None:
    """Re-apply a team's own changes to a Fern-generated Python SDK, or say exactly why that is not possible."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; the only place that turns exceptions into messages."""
    try:
        result = group.main(args=arguments, prog_name="sdkpatch", standalone_mode=False)
        return result if isinstance(result, int) else ExitCode.OK
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return ExitCode.USAGE
    except SdkPatchError as error:
        _complain(f"{click.style('error', fg='red')}: {error}")
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as stopped:
        is_terminated = isinstance(stopped, Terminated) or isinstance(stopped.__cause__, Terminated)
        _complain("terminated" if is_terminated else "interrupted")
        return ExitCode.TERMINATED if is_terminated else ExitCode.INTERRUPTED
    except SystemExit as ended:  # of click: after shell completion, and with 1 once nobody reads the help
        return ExitCode.IO if ended.code else ExitCode.OK
    except OSError as error:
        what = "I/O" if _has_directory() else "the current directory"
        _complain(f"{click.style('error', fg='red')}: {printable(str(error.filename or what))}: {error.strerror}")
        return ExitCode.IO
    except Exception as error:
        _complain(f"a bug in sdkpatch: {type(error).__name__}; please attach {_crash_log()}")
        return ExitCode.BUG


def _has_directory() -> bool:
    """Tell whether the current directory is still there."""
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _complain(message: str) -> None:
    """Say on stderr why the command ends; where that cannot be written the exit code says it alone."""
    with suppress(OSError):
        click.echo(message, err=True, color=wished_color())


def _crash_log() -> str:
    """Write the traceback to a file of its own and return the path. A traceback holds code, no values."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="sdkpatch-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write(f"sdkpatch {__version__}, Python {sys.version}\n")
        frames = traceback.extract_tb(sys.exc_info()[2])
        log.writelines(traceback.format_list(frames))
        log.write(f"{type(sys.exc_info()[1]).__name__}\n")
    return log.name
