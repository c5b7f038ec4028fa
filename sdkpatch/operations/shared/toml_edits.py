"""What the ``toml.*`` operations share: a key of a TOML file, read as plain values, edited with tomlkit."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, MutableMapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ...errors import EditRefused
from ...model import Conflict, Region, Site
from ...operation import A, Held, Judgement, Style, ToDo
from ...schema import toml_source
from ...schema.fields import Field, String
from ...tree import Tree
from . import text_file
from .whole_file import WholeFile

_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_KEY = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))*")
MISSING = object()


def _key_problem(text: str) -> str:
    return "" if _KEY.fullmatch(text) else 'write a dotted key such as tool.poetry.version or tool.ruff."line-length"'


KEY = Field("key", String("a dotted key", problem=_key_problem), "The key, such as `tool.poetry.version`.", True)


class KeyChange(NamedTuple):
    """A key, a value for it, and what was there when the patch was written (``MISSING`` for no matter what)."""

    key: tuple[str, ...]
    value: object
    was: object = MISSING
    replace: bool = False


def parts(key: str) -> tuple[str, ...]:
    """Split a dotted key."""
    return tuple(part.strip("\"'") for part in _PART.findall(key))


def at(document: object, key: Sequence[str]) -> object:
    """Return the value of a key, or MISSING; a value on the way that is no table is returned as MISSING too."""
    for part in key:
        if not isinstance(document, Mapping) or part not in document:
            return MISSING
        document = document[part]
    return document


class TomlOperation(WholeFile[A], ABC):
    """Edits a TOML file. Subclasses judge the parsed document and change tomlkit's."""

    files: tuple[str, ...] = ("pyproject.toml",)
    fields: tuple[Field, ...] = ()

    @abstractmethod
    def place(self, document: Mapping[str, object], change: A) -> tuple[str, ...]:
        """Return the key that the change is about, whose line is the site's."""

    @abstractmethod
    def shown(self, change: A) -> str:
        """Return the name of the site."""

    @abstractmethod
    def verdict(self, document: Mapping[str, object], change: A) -> Held | ToDo | Conflict:
        """Judge the document."""

    @abstractmethod
    def apply(self, document: MutableMapping[str, Any], change: A) -> None:
        """Change the document."""

    def judge_file(self, path: str, content: bytes | None, arguments: A, tree: Tree | None) -> tuple[Judgement, ...]:
        """Judge one file."""
        text = text_file.read(content or b"")
        site = Site(path=path, line=1, name=self.shown(arguments))
        if isinstance(text, Conflict):
            return (Judgement(site=site, verdict=text),)
        try:
            document = toml_source.parse(text.content)
        except ValueError as error:
            line = toml_source.error_line(error)
            verdict = Conflict(reason=f"the file is no TOML: {toml_source.error_reason(error)}")
            return (Judgement(site=site._replace(line=line), verdict=verdict),)
        line = toml_source.line_of(toml_source.key_lines(text.content), self.place(document, arguments))
        return (Judgement(site=site._replace(line=line), verdict=self.verdict(document, arguments)),)

    def edit_file(
        self, path: str, content: bytes | None, arguments: A, style: Style
    ) -> tuple[bytes, tuple[Region, ...]]:
        """Return the file with the key changed; comments and layout stay."""
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        text = text_file.read(content or b"")
        if isinstance(text, Conflict):
            raise EditRefused(text.reason)
        try:
            document = tomlkit.parse(text.content)
            self.apply(document, arguments)
            written = _set_apart(text.content, tomlkit.dumps(document))
            if not text.content.endswith("\n"):
                written = written.removesuffix("\n")
            after = text.encoded(written)
        except (TOMLKitError, TypeError) as error:
            raise EditRefused(f"tomlkit cannot change this key: {error}") from error
        return after, text_file.regions(content or b"", after)


class KeyOperation(TomlOperation[KeyChange]):
    """Edits the key that the step names."""

    def place(self, document: Mapping[str, object], change: KeyChange) -> tuple[str, ...]:
        """Return the key."""
        return change.key

    def shown(self, change: KeyChange) -> str:
        """Return the dotted key."""
        return ".".join(change.key)


def _set_apart(before: str, after: str) -> str:
    """Put a blank line above the header that follows a table which was added: tomlkit leaves none."""
    old = set(pairwise(before.split("\n")))
    lines = after.split("\n")
    out = lines[:1]
    for above, line in pairwise(lines):
        if line.startswith("[") and above.strip() and not above.startswith("#") and (above, line) not in old:
            out.append("")
        out.append(line)
    return "\n".join(out)


def table_at(document: MutableMapping[str, Any], key: Sequence[str]) -> MutableMapping[str, Any]:
    """Return the table of a key in tomlkit's document, made where it is missing."""
    import tomlkit

    table = document
    for index, part in enumerate(key):
        if part not in table:
            is_last = index + 1 == len(key)
            table[part] = tomlkit.table(is_super_table=not is_last)
        found = table[part]
        if not isinstance(found, MutableMapping):
            raise EditRefused(f"{'.'.join(key[: index + 1])} is no table")
        table = found
    return table


def array_at(document: MutableMapping[str, Any], key: Sequence[str]) -> Any:
    """Return the array of a key in tomlkit's document, made where it is missing."""
    table = table_at(document, key[:-1])
    if key[-1] not in table:
        table[key[-1]] = []
    return table[key[-1]]


def item(value: object) -> Any:
    """Return a value as tomlkit writes it: a table on one line."""
    import tomlkit

    if not isinstance(value, Mapping):
        return value
    inline = tomlkit.inline_table()
    inline.update({key: item(each) for key, each in value.items()})
    return inline


def anchored(document: Mapping[str, object], key: Sequence[str]) -> Conflict | None:
    """Return why a missing key must not be made: the tool or section it belongs to is not there at all."""
    depth = 2 if key[0] == "tool" else 1
    section = key[: min(depth, len(key) - 1)]
    if section and not isinstance(at(document, section), Mapping):
        reason = f"there is no [{'.'.join(section)}]"
        return Conflict(reason=reason, hint="the project's layout changed: poetry, PEP 621, or another tool")
    for end in range(1, len(key)):
        found = at(document, key[:end])
        if found is not MISSING and not isinstance(found, Mapping):
            return Conflict(reason=f"{'.'.join(key[:end])} is {kind(found)}, not a table")
    return None


def are_equal(left: object, right: object) -> bool:
    """Tell whether two values are the same in TOML: ``true``, ``1`` and ``1.0`` are three, and ``nan`` is ``nan``."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(are_equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(are_equal, left, right))
    return kind(left) == kind(right) and (left == right or (left != left and right != right))


def kind(value: object) -> str:
    """Name the type of a TOML value."""
    names: Sequence[tuple[type | tuple[type, ...], str]] = (
        (bool, "a boolean"), (int, "an integer"), (float, "a float"), (str, "a string"), (list, "an array"),
        (Mapping, "a table"),
    )  # fmt: skip
    return next((name for known, name in names if isinstance(value, known)), "a date or time")


def shown(value: object) -> str:
    """Return a value as TOML, cut to a line's length."""
    import tomlkit

    text = tomlkit.item(value).as_string() if not isinstance(value, Mapping) else "a table"
    return text if len(text) <= 60 else text[:57] + "..."
