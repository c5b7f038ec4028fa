"""Where the written pipeline gets sdkpatch from: a version that the index has, or what ``--tool-source`` says."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from ..errors import UsageError
from ..version import __version__

_VCS = re.compile(r"git\+(?:https|ssh)://[\w.~/%+-]+(?:@[\w.-]+[/:][\w.~/%+-]+)?@[0-9a-f]{40}")
_WHEEL = re.compile(r"https://[\w.~/%+-]+/sdkpatch-[\w.+!%-]+\.whl(?:#sha256=[0-9a-f]{64})?")
_RELEASE = re.compile(r"sdkpatch==[0-9][\w.!+]*")
_EXPECTED = "git+https://HOST/sdkpatch@COMMIT (40 digits), a wheel's https address or path, or sdkpatch==VERSION"
_SECONDS = 60


class ToolSource(NamedTuple):
    """``requirement`` is for pip in a workflow, ``hook`` for pre-commit: empty where pre-commit cannot install it."""

    requirement: str
    hook: str


def given(source: str, repository: Path) -> ToolSource:
    """Return what ``--tool-source`` names. Raises UsageError where that is not pinned, or not there."""
    if re.match(r"[\w+.-]+://[^/@]*:[^/@]*@", source):
        raise UsageError("--tool-source", found="an address with a password", expected="one without", hint=_EXPECTED)
    if _VCS.fullmatch(source) or _WHEEL.fullmatch(source):
        return ToolSource(f"sdkpatch @ {source}", f"sdkpatch @ {source}")
    if _RELEASE.fullmatch(source):
        return ToolSource(source, source)
    path = Path(source).resolve()
    if re.fullmatch(r"sdkpatch-[\w.+!-]+\.whl", path.name) and path.is_file():
        if not path.is_relative_to(repository):
            raise UsageError(
                "--tool-source", found="a wheel outside the repository", expected="one that is committed in it"
            )
        return ToolSource(f"$GITHUB_WORKSPACE/{path.relative_to(repository).as_posix()}", "")
    raise UsageError("--tool-source", found=f'"{source}"', expected=_EXPECTED)


def released() -> ToolSource:
    """Return this version of sdkpatch, which the package index has. Raises UsageError where it has not."""
    problem = _problem(f"sdkpatch=={__version__}")
    if problem:
        installed = _installed_from()
        source = installed or "git+https://HOST/sdkpatch@COMMIT, or the path of a wheel in the repository"
        hint = f"nothing was written; name another source: sdkpatch init --tool-source {source}"
        raise UsageError("sdkpatch for the workflow", found=problem, expected=f"sdkpatch {__version__}", hint=hint)
    return ToolSource(f"sdkpatch=={__version__}", f"sdkpatch=={__version__}")


def _problem(requirement: str) -> str:
    """Ask pip, with its own configuration, whether the package index has a release; return why not, empty for yes.

    What pip prints is not shown: the address of an index may hold a password. It tells of a connection that broke only
    where it tries again.
    """
    options = ["--disable-pip-version-check", "--no-input", "--timeout", "10", "--retries", "1"]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", *options, "--no-deps", "--only-binary=:all:"]
        try:
            done = subprocess.run(
                [*command, "--dest", folder, requirement], capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return "no answer from the package index"
    if done.returncode == 0:
        return ""
    if "No module named pip" in done.stderr:
        return "no pip in this environment to ask the package index with"
    if "No matching distribution" in done.stderr and not re.search(r"connection|timed out", done.stderr, re.IGNORECASE):
        return "no such version in the package index"
    return "no answer from the package index"


def _installed_from() -> str:
    """Return the pinned reference that sdkpatch itself was installed from, empty where it was another way.

    https://packaging.python.org/en/latest/specifications/direct-url/
    """
    import json
    from importlib import metadata

    try:
        text = metadata.distribution("sdkpatch").read_text("direct_url.json")
        found = json.loads(text) if text else {}
        source = f"git+{found['url']}@{found['vcs_info']['commit_id']}"
    except (metadata.PackageNotFoundError, KeyError, TypeError, ValueError):
        return ""
    return source if _VCS.fullmatch(source) else ""
