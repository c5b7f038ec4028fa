"""The interpreter that imports the SDK: what it lacks, what to type, and one made for the purpose."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import TreeError, UsageError
from ..loading.project import shown
from ..schema import toml_source
from ..tree import Tree
from .channels import SocketCode

_MISSING = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
_ASKED = re.compile(rb"""\bversion\(\s*["']([\w.-]+)["']\s*\)""")
_USUAL = ("httpx", "pydantic", "typing_extensions", "websockets")
"""What every SDK of Fern's depends on."""


def check(loaded: Mapping[str, Any], tree: Tree, found: SocketCode, python: str) -> None:
    """Raise UsageError when the SDK was not imported because its interpreter, or a dependency, is not there."""
    if "problem" in loaded:
        raise UsageError(python, found=str(loaded["problem"]), expected="an interpreter that imports the SDK")
    own = {module.split(".")[0] for module in found.modules}
    needed = {*found.modules, *own, *([] if loaded["roots"] else found.roots)}
    problems = [problem for module, problem in loaded["problems"].items() if module in needed]
    names_of = {name for problem in problems for name in _MISSING.findall(problem)}
    missing = sorted(name for name in names_of if name.split(".")[0] not in own)
    if missing or (found.modules and not loaded["websockets"]):
        names = ", ".join(missing or ["websockets"])
        command = " ".join(_quoted(part) for part in (python, "-m", "pip", "install", *requirements(tree, missing)))
        raise UsageError(
            f"the SDK cannot be imported with {python}",
            found=f"no module {names}",
            expected="the SDK's dependencies",
            hint=f"{command}\n  or let sdkpatch verify --install make an environment for the purpose",
        )


def requirements(tree: Tree, missing: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what pip has to install so that the SDK can be imported."""
    root = shown(tree.root)
    if tree.has("pyproject.toml") or tree.has("setup.py"):
        return (root if root.startswith((".", "/")) or ":" in root else f"./{root}",)
    if tree.has("requirements.txt"):
        return ("-r", f"{root}/requirements.txt")
    for path in tree.files:
        if re.fullmatch(r"[^/]+\.dist-info/METADATA", path):  # a wheel, unpacked
            return tuple(_declared(tree.root / path.rpartition("/")[0]))
    return tuple(dict.fromkeys((*_USUAL, *(name.split(".")[0] for name in missing))))


def distributions(tree: Tree, found: SocketCode) -> list[str]:
    """Return the names under which the SDK of a tree may ask for its own version.

    Those of its packages, that of its project, and what the ``version.py`` that Fern generates asks for.
    """
    names = {root.split(".")[0] for root in found.roots}
    if tree.has("pyproject.toml"):
        with suppress(ValueError, TreeError):
            table = toml_source.parse(tree.read("pyproject.toml").decode())
            tool = table.get("tool")
            projects = (table.get("project"), tool.get("poetry") if isinstance(tool, dict) else None)
            names |= {str(each["name"]) for each in projects if isinstance(each, dict) and "name" in each}
    for path in tree.files:
        if path.endswith("/version.py"):
            names |= {name.decode() for name in _ASKED.findall(tree.read(path))}
    return sorted(names)


def _declared(folder: Path) -> Iterator[str]:
    """Yield the requirements of an installed or unpacked distribution, extras left out."""
    from importlib.metadata import PathDistribution

    from packaging.requirements import Requirement

    for text in PathDistribution(folder).requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            requirement.marker = None
            yield str(requirement)


@contextmanager
def temporary(base: str, *wanted: str) -> Iterator[str]:
    """Give the interpreter of a new virtual environment of ``base`` with these requirements. Raises TreeError."""
    with tempfile.TemporaryDirectory(prefix="sdkpatch-venv-") as folder:
        run([base, "-m", "venv", folder], "no virtual environment could be made")
        python = str(Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python")
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
        run(command, f"pip could not install {' '.join(map(_quoted, wanted))}")
        yield python


@contextmanager
def for_tree(tree: Tree, base: str) -> Iterator[str]:
    """Give the interpreter of a new environment of ``base`` that can import the SDK of a tree.

    What a build backend writes goes to a copy: the tree stays as it is.
    """
    wanted = requirements(tree)
    if len(wanted) != 1:
        with temporary(base, *wanted) as python:
            yield python
        return
    with tempfile.TemporaryDirectory(prefix="sdkpatch-sdk-") as folder:
        copied = Path(folder) / "sdk"
        skipped = shutil.ignore_patterns(".git", ".venv", "venv", "node_modules", "__pycache__")
        shutil.copytree(tree.root, copied, symlinks=True, ignore=skipped)
        with temporary(base, str(copied)) as python:
            yield python


def run(command: Sequence[str], problem: str) -> None:
    """Run a command to its end. Raises TreeError with the last line it printed."""
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    except OSError as error:
        raise TreeError(command[0], f"{problem}: {error.strerror}") from error
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise TreeError(command[0], f"{problem}: {lines[-1].strip() if lines else f'exit code {done.returncode}'}")


def _quoted(part: str) -> str:
    import shlex

    return shlex.quote(part)
