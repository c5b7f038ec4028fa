"""Whether a directory is the one of a Fern-generated Python SDK, as far as its files tell."""

from __future__ import annotations

from ..tree import Tree

_WRAPPER = "core/client_wrapper.py"
"""What every client of a generated SDK is built on: all SDKs of tests/requirements-sdks.txt have it."""
_PROJECT = ("pyproject.toml", "setup.py", ".fern/metadata.json")
_SHOWN = 3


def doubt(tree: Tree) -> str:
    """Return why the tree may be the wrong one: no SDK in it, or several; an empty string where it is one SDK."""
    wrappers = [path for path in tree.files if path == _WRAPPER or path.endswith(f"/{_WRAPPER}")]
    if not wrappers:
        return f"this may not be the directory of a Fern-generated Python SDK: it holds no {_WRAPPER}"
    around = {_project(tree, path) for path in wrappers}
    projects = sorted(each for each in around if each)
    if len(projects) < 2 or "" in around:
        return ""
    named = ", ".join(projects[:_SHOWN]) + (", …" if len(projects) > _SHOWN else "")
    return f"this directory holds {len(projects)} SDKs ({named}): give the directory of one of them"


def _project(tree: Tree, path: str) -> str | None:
    """Return the folder of the project a file is in, None where no folder around it is one."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        if any(tree.has(f"{folder}/{name}" if folder else name) for name in _PROJECT):
            return folder
    return None
