"""The generator version that Fern records in ``.fern/metadata.json`` (key ``generatorVersion``)."""

from __future__ import annotations

from ..errors import TreeError
from ..tree import Tree

METADATA = ".fern/metadata.json"


def generator_version(tree: Tree) -> str | None:
    """Return the version of the generator that made the tree, None when it is not recorded or not readable."""
    if not tree.has(METADATA):
        return None
    import json

    try:
        table = json.loads(tree.read(METADATA))
    except (ValueError, TreeError, RecursionError):
        return None
    version = table.get("generatorVersion") if isinstance(table, dict) else None
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
