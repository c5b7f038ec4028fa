"""Stand in for the metadata of an SDK that is not installed: it may ask for its own version while it is imported.

Fern generates ``version.py`` with ``__version__ = metadata.version("NAME")``, which an ``__init__.py`` that imports all
at once runs. A checkout that was not installed has no such metadata.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any

VERSION = "0.0.0"


class _Missing(metadata.Distribution):
    """A distribution that has a name, and a version."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read_text(self, filename: str) -> str | None:
        if filename not in ("METADATA", "PKG-INFO"):
            return None
        return f"Metadata-Version: 2.1\nName: {self._name}\nVersion: {VERSION}\n"

    def locate_file(self, path: Any) -> Any:
        raise FileNotFoundError(path)


class _Finder(metadata.DistributionFinder):
    def __init__(self, names: list[str]) -> None:
        self._names = {_normal(name) for name in names}

    def find_spec(self, *_: Any, **__: Any) -> None:
        """Find no module."""

    def find_distributions(self, context: Any = None) -> Iterator[_Missing]:
        if context is not None and context.name is not None and _normal(context.name) in self._names:
            yield _Missing(context.name)


def stand_in(names: list[str]) -> None:
    """Answer for distributions of these names that are not installed; asked last, so that one that is goes first."""
    sys.meta_path.append(_Finder(names))


def _normal(name: str) -> str:
    """Return a name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
