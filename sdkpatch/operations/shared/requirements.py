"""Where a project file says its dependencies, and how versions are written there: poetry's table or a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ...model import Conflict
from .toml_edits import MISSING, at

_TERM = re.compile(r"(\^|~(?!=))?\s*(\d+(?:\.\d+)*)")
_BARE = re.compile(r"\d+(\.\d+)*(\.\*)?((a|b|rc)\d+)?")


class Dependency(NamedTuple):
    """A dependency to have; an empty ``version``, ``extras`` or ``markers`` leaves what is written there.

    ``extra`` is an extra of the SDK that the dependency belongs to, ``group`` a group for developers; empty means that
    every user gets it.
    """

    name: str
    version: str = ""
    extras: tuple[str, ...] = ()
    markers: str = ""
    extra: str = ""
    group: str = ""


def standard(version: str) -> str | None:
    """Return poetry's way of writing a version as PEP 440 has it, None where it has none.

    ``^1.2`` is ``>=1.2,<2``, ``~1.2`` is ``>=1.2,<1.3``, ``*`` any, ``1.2`` alone ``==1.2``:
    https://python-poetry.org/docs/dependency-specification/#version-constraints.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    terms = [term.strip() for term in version.split(",")]
    written = ",".join(_standard(term) for term in terms if term not in ("", "*"))
    try:
        SpecifierSet(written)
    except InvalidSpecifier:
        return None
    return written


def _standard(term: str) -> str:
    if found := _TERM.fullmatch(term):
        sign, number = found.groups()
        parts = [int(part) for part in number.split(".")]
        if sign is None:
            return f"=={number}"
        if sign == "^":
            keep = next((index for index, part in enumerate(parts) if part), len(parts) - 1)
        else:
            keep = min(1, len(parts) - 1)
        upper = ".".join(map(str, [*parts[:keep], parts[keep] + 1]))
        return f">={number},<{upper}"
    return f"=={term}" if _BARE.fullmatch(term) else term.replace(" ", "")


def same_version(left: str, right: str) -> bool:
    """Tell whether two versions allow the same releases, as far as their terms tell."""
    from packaging.specifiers import SpecifierSet

    one, other = standard(left), standard(right)
    if one is None or other is None:
        return left.strip() == right.strip()
    return SpecifierSet(one) == SpecifierSet(other)


def canonical(name: object) -> str:
    """Return a package's normalised name: https://packaging.python.org/en/latest/specifications/name-normalization/."""
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(str(name)))


def builds_with_poetry(document: Mapping[str, object]) -> bool:
    """Tell whether poetry builds the package: it alone looks at ``tool.poetry``."""
    backend = at(document, ("build-system", "build-backend"))
    if isinstance(backend, str):
        return backend.startswith("poetry.")
    return isinstance(at(document, ("tool", "poetry")), Mapping)


def reads_table(document: Mapping[str, object]) -> bool:
    """Tell whether the wheel's dependencies come from ``tool.poetry.dependencies``.

    Once ``[project]`` lists dependencies or optional ones, poetry takes these alone, unless ``dynamic`` has
    ``dependencies``, too: https://python-poetry.org/docs/dependency-specification/#projectdependencies-and-toolpoetrydependencies.
    """
    if not builds_with_poetry(document):
        return False
    lists = [at(document, ("project", key)) for key in ("dependencies", "optional-dependencies")]
    dynamic = at(document, ("project", "dynamic"))
    return not any(each for each in lists if each is not MISSING) or (
        isinstance(dynamic, list) and "dependencies" in dynamic
    )


def place(document: Mapping[str, object], wanted: Dependency) -> tuple[str, ...]:
    """Return the key of the list or table where the wheel's builder, or the developers' tool, reads a dependency."""
    table = reads_table(document)
    if wanted.group:
        listed = ("dependency-groups", wanted.group)
        if not builds_with_poetry(document) or at(document, listed) is not MISSING:
            return listed
        old = ("tool", "poetry", "dev-dependencies")
        grouped = ("tool", "poetry", "group", wanted.group, "dependencies")
        is_old = wanted.group == "dev" and at(document, grouped) is MISSING and at(document, old) is not MISSING
        return old if is_old else grouped
    if table:
        return ("tool", "poetry", "dependencies")
    return ("project", "optional-dependencies", wanted.extra) if wanted.extra else ("project", "dependencies")


def hides(document: Mapping[str, object], key: tuple[str, ...], value: object) -> Conflict | None:
    """Return why a first list under ``[project]`` must not be made: poetry would no longer read its own table.

    ``value`` is what the key is to hold; an empty list or table hides nothing.
    """
    if (
        not value
        or key[:2] not in (("project", "dependencies"), ("project", "optional-dependencies"))
        or not reads_table(document)
    ):
        return None
    table = at(document, ("tool", "poetry", "dependencies"))
    lost = [name for name in table if name != "python"] if isinstance(table, Mapping) else []
    dynamic = at(document, ("project", "dynamic"))
    if not lost or (isinstance(dynamic, list) and "dependencies" in dynamic):
        return None
    shown = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
    reason = f"poetry would read this list instead of tool.poetry.dependencies, and the wheel would lose {shown}"
    return Conflict(reason=reason, hint="dependency.set writes a dependency where poetry reads it")
