"""Find a name that is renamed in files that no rename edits: entry points and settings, and stubs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ...errors import TreeError
from ...model import Conflict
from ...python.parsing import parse
from ...python.scopes import scopes_of
from ...python.source import Source
from ...tree import PlannedFiles, Tree
from .name_finder import find
from .name_strings import check_strings
from .naming import Clash, Naming, path_parts

_SETTINGS = ("pyproject.toml", "setup.cfg", "tox.ini", "mypy.ini", "pytest.ini")
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")


def elsewhere(naming: Naming, paths: Iterable[str], files: PlannedFiles) -> Conflict | None:
    """Return the conflict of the first place, in files as they will be, that means what is renamed by its old name."""
    for path in (*paths, f"{naming.survey.stems[1]}.pyi"):
        is_stub = path.endswith(".pyi")
        if not (is_stub or path in _SETTINGS) or path not in files:
            continue
        try:
            content = files.read(path)
        except TreeError as error:
            return Conflict(reason=f"{error}: nobody can tell whether it has the name")
        line, text = _in_stub(path, content, naming) if is_stub else _in_settings(path, content, naming)
        if line:
            hint = "change the stub by hand, or remove it" if is_stub else "change it in a step of this patch: toml.set"
            hint = hint if is_stub or path.endswith(".toml") else "change it in a step of this patch: text.replace"
            return Conflict(reason=f"{path}:{line} has {text}, and would stay", hint=hint)
    return None


def strings_elsewhere(naming: Naming, tree: Tree, files: PlannedFiles) -> Conflict | None:
    """Return the conflict of the first string, in code or settings as they will be, that means a module by its name."""
    word = naming.module_names[0].encode()
    for path in tree.files:
        if not path.endswith(".py") or path not in files:
            continue
        try:
            content = files.read(path)
        except TreeError:
            continue
        source = parse(path, content) if word in content else None
        if not isinstance(source, Source):
            continue
        try:
            check_strings(source, naming)
        except Clash as clash:
            hint = "change it in a step before, or keep the module"
            return Conflict(reason=f"{path}:{clash.line}: {clash.reason}", hint=hint)
    return elsewhere(naming, (path for path in tree.files if path in _SETTINGS), files)


def _in_stub(path: str, content: bytes, naming: Naming) -> tuple[int, str]:
    source = parse(path, content)
    if not isinstance(source, Source):
        name = naming.old or naming.module_names[0]
        return (1, f"{name}, and does not parse") if name.encode() in content else (0, "")
    if path == f"{naming.survey.stems[1]}.pyi" and naming.old in source.once(scopes_of).bound:
        return 1, naming.old
    try:
        found = find(source, naming)
    except Clash as clash:
        return clash.line, naming.old or naming.module_names[0]
    return (found.line, naming.old or naming.module_names[0]) if found.edits else (0, "")


def _in_settings(path: str, content: bytes, naming: Naming) -> tuple[int, str]:
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        for text in _values(line, is_toml=path.endswith(".toml")):
            if naming.leads(path, path_parts(text)):
                return number, f'"{text}"'
    return 0, ""


def _values(line: str, *, is_toml: bool) -> Iterator[str]:
    """Yield the values of a line that may be the name of a module."""
    if line.lstrip().startswith(("#", ";")):
        return
    if is_toml:
        yield from (first or second for first, second in _QUOTED.findall(line))
    else:
        yield from (each.strip() for each in re.split(r"[=,\s]+", line))
