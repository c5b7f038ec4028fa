"""``dependency.set``: a dependency of the SDK, written where the builder of its wheel reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from ..model import Conflict
from ..operation import Held, ToDo
from ..schema.fields import Field, KeyPath, ListOf, Mistakes, String
from .shared import requirements, toml_edits
from .shared.requirements import Dependency
from .shared.toml_edits import MISSING, TomlOperation

_ELSEWHERE = ("git", "path", "url", "file")

_REQUIRED = Conflict(reason="every user gets it already, with the extra or without", hint="leave out extra")


def _version_problem(text: str) -> str:
    return "" if requirements.standard(text) is not None else 'write a version such as ">=3.9,<4", "^3.9" or "*"'


def _markers_problem(text: str) -> str:
    from packaging.markers import InvalidMarker, Marker

    try:
        Marker(text)
    except InvalidMarker:
        return "write a marker such as python_version < '3.11'"
    return ""


def _name_problem(text: str) -> str:
    return "" if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", text) else "write the package's name alone"


class DependencySet(TomlOperation[Dependency]):
    """The operation; see docs/operations/dependency.set.md."""

    name = "dependency.set"
    summary = "Have a dependency of the SDK in pyproject.toml, in poetry's form or the standard one."
    fields = (
        Field(
            "name", String("a package's name", problem=_name_problem, empty=False), "The package to depend on.", True
        ),
        Field(
            "version",
            String("a version", problem=_version_problem, empty=False),
            "The versions allowed, in poetry's form or that of PEP 440. Without it, what is there stays; a new one is"
            " `*`.",
        ),
        Field("extras", ListOf(String("the name of an extra", empty=False), least=1), "Extras of the package."),
        Field(
            "markers",
            String("a marker", problem=_markers_problem, empty=False),
            "Where the dependency is needed, as PEP 508 says it.",
        ),
        Field("extra", String("the name of an extra", empty=False), "The extra of the SDK that brings the dependency."),
        Field("group", String("the name of a group", empty=False), "The group of developers' dependencies."),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Dependency | None:
        """Return the dependency."""
        if arguments["extra"] and arguments["group"]:
            report((*key, "group"), found="extra and group", expected="one of the two")
            return None
        extras = arguments["extras"]
        return Dependency(
            name=str(arguments["name"]),
            version=str(arguments["version"] or ""),
            extras=tuple(map(str, extras)) if isinstance(extras, list) else (),
            markers=str(arguments["markers"] or ""),
            extra=str(arguments["extra"] or ""),
            group=str(arguments["group"] or ""),
        )

    def place(self, document: Mapping[str, object], change: Dependency) -> tuple[str, ...]:
        """Return the dependency's key in poetry's table, or the key of the list."""
        key = requirements.place(document, change)
        now = toml_edits.at(document, key)
        entry = _entry(now, change) if isinstance(now, Mapping) else None
        return (*key, entry) if entry else key

    def shown(self, change: Dependency) -> str:
        """Return the package's name."""
        return change.name

    def verdict(self, document: Mapping[str, object], change: Dependency) -> Held | ToDo | Conflict:
        """Judge the table or the list."""
        key = requirements.place(document, change)
        has_section = key[0] == "dependency-groups" or toml_edits.at(document, key[: 2 if key[0] == "tool" else 1])
        if has_section is MISSING:
            reason = "the file has neither [project] nor [tool.poetry]"
            return Conflict(reason=reason, hint="the project's layout changed: look at the file")
        now = toml_edits.at(document, key)
        if _is_table(key):
            return self._in_table(document, {} if now is MISSING else now, change)
        main = toml_edits.at(document, ("project", "dependencies"))
        if change.extra and isinstance(main, list) and any(_package(each) == _name(change) for each in main):
            return _REQUIRED
        if now is MISSING:
            return ToDo()
        if not isinstance(now, list):
            return Conflict(reason=f"{'.'.join(key)} is {toml_edits.kind(now)}, not an array")
        return _in_list(now, change)

    def _in_table(self, document: Mapping[str, object], table: object, change: Dependency) -> Held | ToDo | Conflict:
        if not isinstance(table, Mapping):
            return Conflict(reason=f"poetry's dependencies are {toml_edits.kind(table)}, not a table")
        entry = _entry(table, change)
        now = table[entry] if entry else None
        if isinstance(now, list):
            return Conflict(reason="it is there with several constraints", hint="toml.set sets all of them")
        if isinstance(now, Mapping) and (source := next((each for each in _ELSEWHERE if each in now), None)):
            return Conflict(reason=f"it comes from a {source}, not from a package index", hint="toml.set replaces it")
        is_optional = isinstance(now, Mapping) and now.get("optional") is True
        if entry and change.extra and not is_optional:
            return _REQUIRED
        if entry and is_optional and not change.extra and not change.group:
            return Conflict(reason="it is optional: only an extra brings it", hint="name the extra of the SDK in extra")
        listed = toml_edits.at(document, _extra_of(change))
        is_listed = not change.extra or (
            isinstance(listed, list) and any(requirements.canonical(each) == _name(change) for each in listed)
        )
        return Held() if entry and is_listed and _table_form(now, change) == now else ToDo()

    def apply(self, document: MutableMapping[str, Any], change: Dependency) -> None:
        """Write the dependency, and in poetry's form the extra that brings it."""
        key = requirements.place(document, change)
        if not _is_table(key):
            array = toml_edits.array_at(document, key)
            index = next((at for at, each in enumerate(array) if _package(each) == _name(change)), None)
            if index is None:
                array.append(_list_form(None, change))
            else:
                array[index] = _list_form(str(array[index]), change)
            return
        table = toml_edits.table_at(document, key)
        entry = _entry(table, change)
        now: Any = table[entry] if entry else None
        form = _table_form(now.unwrap() if now is not None else None, change)
        if isinstance(now, MutableMapping) and isinstance(form, Mapping):
            for name, value in form.items():
                if name not in now or now[name] != value:
                    now[name] = value
        elif entry is None or now != form:
            table[entry or change.name] = toml_edits.item(form)
        if change.extra:
            array = toml_edits.array_at(document, _extra_of(change))
            if all(requirements.canonical(each) != _name(change) for each in array):
                array.append(entry or change.name)


def _is_table(key: tuple[str, ...]) -> bool:
    return key[0] == "tool"


def _extra_of(change: Dependency) -> tuple[str, ...]:
    return ("tool", "poetry", "extras", change.extra)


def _name(change: Dependency) -> str:
    return requirements.canonical(change.name)


def _entry(table: Mapping[str, object], change: Dependency) -> str | None:
    """Return the key by which poetry's table has the dependency."""
    return next((str(key) for key in table if requirements.canonical(key) == _name(change)), None)


def _table_form(now: object, change: Dependency) -> object:
    """Return the value of poetry's key: what is there with what is wanted put over it, in a table only if needed."""
    table: dict[str, object] = dict(now) if isinstance(now, Mapping) else {}
    written = str(table.get("version", "")) if isinstance(now, Mapping) else str(now or "")
    is_same = not change.version or (written and requirements.same_version(written, change.version))
    version = written if is_same else change.version
    further: dict[str, object] = {}
    extras = table.get("extras")
    has = list(map(str, extras)) if isinstance(extras, list) else []
    if missing := [each for each in change.extras if each not in has]:
        further["extras"] = [*has, *missing]
    if change.markers and not _same_marker(table.get("markers"), change.markers):
        further["markers"] = change.markers
    if change.extra:
        further["optional"] = True
    if not isinstance(now, Mapping) and not further:
        return version or "*"
    return {**table, "version": version or "*", **further}


def _same_marker(left: object, right: str) -> bool:
    from packaging.markers import Marker

    return isinstance(left, str) and str(Marker(left)) == str(Marker(right))


def _in_list(array: list[object], change: Dependency) -> Held | ToDo | Conflict:
    own = [str(each) for each in array if _package(each) == _name(change)]
    if len(own) > 1:
        return Conflict(reason="it is there with several constraints", hint="toml.remove and toml.add change them")
    if own and " @ " in own[0]:
        return Conflict(reason=f"it is {toml_edits.shown(own[0])}", hint="toml.remove removes it")
    return Held() if own and _list_form(own[0], change) == own[0] else ToDo()


def _package(value: object) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return requirements.canonical(Requirement(value).name) if isinstance(value, str) else ""
    except InvalidRequirement:
        return ""


def _list_form(now: str | None, change: Dependency) -> str:
    """Return the requirement as PEP 508 has it; what is there stays as written where it says what is wanted."""
    from packaging.requirements import Requirement

    there = Requirement(now or change.name)
    wanted = requirements.standard(change.version) or ""
    is_same = not change.version or requirements.same_version(str(there.specifier), wanted)
    extras = there.extras | set(change.extras)
    written = (now or "").partition(";")[2].strip()
    markers = change.markers if change.markers and not _same_marker(written or None, change.markers) else written
    if now is not None and is_same and extras == there.extras and markers == written:
        return now
    version = str(there.specifier) if is_same else wanted
    shown = f"[{','.join(sorted(extras))}]" if extras else ""
    return f"{there.name}{shown}{version}" + (f"; {markers}" if markers else "")
