"""Re-apply a team's own changes to a Fern-generated Python SDK, from declarative patches, and prove each of them.

The public API: everything in ``__all__``, imported when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it: what is imported here keeps Ctrl-C waiting at start-up
if TYPE_CHECKING:
    from .errors import ConfigError, ExitCode, SdkPatchError, TreeError, UsageError, VerificationError
    from .loading.project import resolve
    from .model import Applied, Conflict, Patch, Plan, Result, Satisfied, Site
    from .running.run import apply
    from .running.selftest import example_failures
    from .version import __version__

_HOMES = {
    "Applied": "model",
    "ConfigError": "errors",
    "Conflict": "model",
    "ExitCode": "errors",
    "Patch": "model",
    "Plan": "model",
    "Result": "model",
    "Satisfied": "model",
    "SdkPatchError": "errors",
    "Site": "model",
    "TreeError": "errors",
    "UsageError": "errors",
    "VerificationError": "errors",
    "__version__": "version",
    "apply": "running.run",
    "example_failures": "running.selftest",
    "resolve": "loading.project",
}

__all__ = [
    "Applied",
    "ConfigError",
    "Conflict",
    "ExitCode",
    "Patch",
    "Plan",
    "Result",
    "Satisfied",
    "SdkPatchError",
    "Site",
    "TreeError",
    "UsageError",
    "VerificationError",
    "__version__",
    "apply",
    "example_failures",
    "resolve",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
