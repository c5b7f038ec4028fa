"""A name that gets another one in the whole package: what a tree says of it, and what names of a scope mean."""

from __future__ import annotations

from typing import NamedTuple


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


class Clash(Exception):
    """The name cannot be renamed in a file; ``line`` is where, ``reason`` why, ``hint`` what helps."""

    def __init__(
        self, line: int, reason: str, hint: str = "rename the other one in a step before, or choose another name"
    ) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason
        self.hint = hint


OLD, NEW, OTHER = "old", "new", ""
Meanings = dict[str, str]
"""What names mean in a scope: the old name, the new one, another thing, or a module, as ``/`` and its path."""


def module_meaning(naming: Naming) -> str:
    return f"/{naming.survey.stems[1]}"


def is_in(stem: str, folder: str) -> bool:
    return stem == folder or stem.startswith(f"{folder}/")
