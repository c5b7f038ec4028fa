"""Find the SDKs below a folder: each folder that Fern generated a client into."""

from __future__ import annotations

import posixpath

from ..tree import Tree

_CLIENT = "core/client_wrapper.py"
_MARKS = ("pyproject.toml", "setup.py", ".fern/metadata.json")
_NOT_SDKS = frozenset(("tests", "test", "testdata", "fixtures"))


def sdk_folders(tree: Tree) -> tuple[str, ...]:
    """Return the folders of the SDKs in a tree, ``.`` for the tree itself, sorted.

    Fern emits ``core/client_wrapper.py`` into every SDK. The SDK's folder is the nearest one above it with a
    pyproject.toml, setup.py or ``.fern``, else the one that its package, or the package's ``src``, lies in.
    """
    found = set()
    for path in tree.files:
        parts = path.split("/")
        if (path == _CLIENT or path.endswith(f"/{_CLIENT}")) and not _NOT_SDKS & set(parts):
            found.add(_home(tree, posixpath.dirname(posixpath.dirname(path)) or "."))
    return tuple(sorted(found))


def _home(tree: Tree, package: str) -> str:
    folder = package
    while folder not in (".", ""):
        if any(tree.has(f"{folder}/{mark}") for mark in _MARKS):
            return folder
        folder = posixpath.dirname(folder)
    if any(tree.has(mark) for mark in _MARKS):
        return "."
    while package not in (".", "") and tree.has(f"{package}/__init__.py"):
        package = posixpath.dirname(package)
    return (posixpath.dirname(package) if posixpath.basename(package) == "src" else package) or "."
