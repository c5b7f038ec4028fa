"""A name that gets another one in the whole package: what a tree says of it, and what names of a scope mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

_PATH = re.compile(r"(?:[\w.-]+\s*=\s*)?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::[A-Za-z_][\w.]*)?)(?:\s*\[[^\]]*\])?")


class NameSurvey(NamedTuple):
    """What a tree says of a name before a run, each path as it will be.

    ``defining`` is the file that has it, ``offers`` are the files that have it, each with the name it has there;
    ``tops`` are the outermost packages by name; ``stems`` is the module's path without its ending, and the new one.
    """

    defining: str
    offers: frozenset[tuple[str, str]]
    tops: tuple[tuple[str, str], ...]
    stems: tuple[str, str]


class Naming(NamedTuple):
    """The old name and the new one, empty where a module alone moves; ``keeps_alias`` tells that both are to be."""

    old: str
    new: str
    survey: NameSurvey
    keeps_alias: bool = False

    @property
    def moves(self) -> bool:
        """Whether the module gets another name."""
        return self.survey.stems[0] != self.survey.stems[1]

    @property
    def module_names(self) -> tuple[str, str]:
        """The last part of the module's name, and its new one."""
        old, new = self.survey.stems
        return old.rpartition("/")[2], new.rpartition("/")[2]

    def settled(self, stem: str) -> tuple[str, bool]:
        """Return where a module will be, and whether that is another place than its name says."""
        old, new = self.survey.stems
        is_moved = old != new and (stem == old or stem.startswith(f"{old}/"))
        return (new + stem[len(old) :], True) if is_moved else (stem, False)

    def has(self, stem: str, name: str) -> bool:
        """Tell whether a module's name means what is renamed."""
        return any((f"{stem}{ending}", name) in self.survey.offers for ending in (".py", "/__init__.py"))

    def stem(self, path: str, module: str) -> str | None:
        """Return where a module is that a file imports; None for one of another package."""
        name = module.lstrip(".")
        level = len(module) - len(name)
        if level:
            base = "/".join(path.split("/")[:-level])
        else:
            first, _, name = name.partition(".")
            folder = dict(self.survey.tops).get(first)
            if folder is None:
                return None
            base = folder
        return "/".join(part for part in (base, *name.split(".")) if part)

    def leads(self, path: str, parts: Sequence[str]) -> bool:
        """Tell whether a dotted path from a top-level package on leads to what is renamed, by its old name."""
        for count in range(1, len(parts) + 1):
            stem = self.stem(path, ".".join(parts[:count]))
            if stem is None:
                return False
            if self.moves and stem == self.survey.stems[0]:
                return True
            name = parts[count] if count < len(parts) else ""
            if self.old and name == self.old and self.has(self.settled(stem)[0], name):
                return True
        return False


def path_parts(text: str) -> list[str]:
    """Return the parts of a dotted path, such as ``acme.types:Parcel.of`` or an entry point; none for other text."""
    found = _PATH.fullmatch(text.strip())
    parts = re.split(r"[.:]", found[1]) if found else []
    return parts if len(parts) > 1 else []


class Clash(Exception):
    """The name cannot be renamed in a file; ``line`` is where, ``reason`` why, ``hint`` what helps."""

    def __init__(
        self, line: int, reason: str, hint: str = "rename the other one in a step before, or choose another name"
    ) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason
        self.hint = hint


def unclear(line: int, name: str) -> Clash:
    """Return the clash of a name that a class body binds in a branch, and reads there or below."""
    reason = f"what {name} means here cannot be told: the class binds it in a branch"
    return Clash(line, reason, f"give what the class binds another name than {name} in a step before")


OLD, NEW, OTHER, UNCLEAR = "old", "new", "", "?"


class Meanings(dict[str, str]):
    """What names mean in a scope: the old name, the new one, another thing, or a module, as ``/`` and its path.

    ``stores`` is what the names mean that the scope binds itself, where that differs: in a class body a name means what
    it means around until the body binds it. ``around`` is what functions inside see: not what a class body binds.
    """

    def __init__(
        self, names: Mapping[str, str], stores: Mapping[str, str] | None = None, around: Meanings | None = None
    ) -> None:
        super().__init__(names)
        self.stores: Mapping[str, str] = {} if stores is None else stores
        self._around = around

    @property
    def around(self) -> Meanings:
        """The names that functions, lambdas and comprehensions inside see."""
        return self if self._around is None else self._around

    def stored(self, name: str) -> str | None:
        """Return what a name means where the scope binds it."""
        return self.stores.get(name, self.get(name))

    def hiding(self, names: Iterable[str]) -> Meanings:
        """Return the meanings with names that mean something else, for functions inside, too."""
        hidden = dict.fromkeys(names, OTHER)
        around = None if self._around is None else Meanings({**self._around, **hidden})
        return Meanings({**self, **hidden}, self.stores, around)


def module_meaning(naming: Naming) -> str:
    return f"/{naming.survey.stems[1]}"


def is_in(stem: str, folder: str) -> bool:
    return stem == folder or stem.startswith(f"{folder}/")
