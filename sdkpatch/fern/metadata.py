"""The versions of the generator, in ``.fern/metadata.json``, and of the SDK, mostly in its pyproject.toml."""

from __future__ import annotations

from ..errors import TreeError
from ..schema import toml_source
from ..tree import Tree

METADATA = ".fern/metadata.json"
_PROJECT = "pyproject.toml"


def generator_version(tree: Tree) -> str | None:
    """Return the version of the generator that made the tree, None when it is not recorded or not readable."""
    return _recorded(tree, "generatorVersion")


def sdk_version(tree: Tree) -> str | None:
    """Return the version of the SDK: of its pyproject.toml, or else as Fern records it (key ``sdkVersion``)."""
    return _of_project(tree, "version") or _recorded(tree, "sdkVersion")


def sdk_name(tree: Tree) -> str | None:
    """Return the name of the SDK's distribution, as its pyproject.toml has it."""
    return _of_project(tree, "name")


def _of_project(tree: Tree, key: str) -> str | None:
    """Return a text of the project's table: Fern writes the name into both, the version into Poetry's."""
    try:
        table: object = toml_source.parse(tree.read(_PROJECT).decode()) if tree.has(_PROJECT) else None
    except (ValueError, TreeError):
        return None
    for keys in (("project", key), ("tool", "poetry", key)):
        found = table
        for each in keys:
            found = found.get(each) if isinstance(found, dict) else None
        if isinstance(found, str):
            return found
    return None


def _recorded(tree: Tree, key: str) -> str | None:
    if not tree.has(METADATA):
        return None
    import json

    try:
        table = json.loads(tree.read(METADATA))
    except (ValueError, TreeError, RecursionError):
        return None
    version = table.get(key) if isinstance(table, dict) else None
    return version if isinstance(version, str) else None


def is_wanted(version: str | None, specifier: str) -> bool:
    """Tell whether a patch with ``[when] generator = specifier`` applies; an unknown version always does.

    A version that PEP 440 does not know counts as unknown. Pre-releases are compared like any other version.
    """
    if version is None or not specifier:
        return True
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True
