"""What a client, or a package, says of a resource below it: imports, attributes, properties and exports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...python import blocks, lists
from ...python.import_lines import bound_name, module_of
from ...python.source import Block, Source
from ...python.text import Edit
from .exports import Init


class ResourcePlace(NamedTuple):
    """The folder that goes, the SDK's package, and the names that each ``__init__.py`` above has from there."""

    folder: str
    package: str
    exports: Mapping[str, tuple[str, ...]]


def exported(source: Source, folder: str, origins: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the names that a package takes from a folder; ``origins`` are packages that have some, with these."""
    init = Init(source)
    found: set[str] = set()
    for node in init.imports:
        for alias in node.names:
            if _is_from(_stem(source.path, module_of(node), source.sdk), alias.name, folder, origins):
                found.add(bound_name(alias))
    keys = zip(init.lazy.keys, init.lazy.values, strict=True) if isinstance(init.lazy, ast.Dict) else ()
    for key, value in keys:
        pair = [each.value for each in (key, value) if isinstance(each, ast.Constant)]
        if len(pair) == 2 and _is_from(_stem(source.path, str(pair[1])), str(pair[0]), folder, origins):
            found.add(str(pair[0]))
    return found


def _is_from(stem: str, name: str, folder: str, origins: Mapping[str, Sequence[str]]) -> bool:
    return _is_in(stem, folder) or f"{stem}/{name}" == folder or name in origins.get(stem, ())


def _is_in(stem: str, folder: str) -> bool:
    return stem == folder or stem.startswith(f"{folder}/")


def _stem(path: str, module: str, package: str = "") -> str:
    """Return where a module is; an empty string for one of another package."""
    first, _, rest = module.partition(".")
    if package and first == package.rpartition("/")[2]:
        return f"{package}/{rest.replace('.', '/')}".rstrip("/")
    name = module.lstrip(".")
    level = len(module) - len(name)
    return "/".join([*path.split("/")[:-level], *(name.split(".") if name else [])]) if level else ""


class _Statement(NamedTuple):
    """A statement that goes with the resource; ``names`` are those of an import that go, none for all of it."""

    block: Block
    place: int
    names: tuple[int, ...] = ()


def mentions(source: Source, wanted: ResourcePlace) -> list[int]:
    """Return the lines that say something of a resource."""
    if source.path.endswith("__init__.py"):
        names = _left(source, wanted)
        return [1] if names else []
    return [each.block[each.place].lineno for each in _statements(source, wanted)]


def removal(source: Source, wanted: ResourcePlace) -> list[Edit]:
    """Return the edits that take the resource out of a file. Raises EditRefused."""
    if source.path.endswith("__init__.py"):
        return Init(source).removal(_left(source, wanted))
    whole: dict[int, tuple[Block, list[int]]] = {}
    edits: list[Edit] = []
    for each in _statements(source, wanted):
        if each.names:
            edits += lists.remove_each(source, lists.elements_of(source, each.block[each.place]), each.names)
        else:
            whole.setdefault(id(each.block), (each.block, []))[1].append(each.place)
    for block, places in whole.values():
        edits += blocks.remove_each(source, block, places, top=block is source.tree.body)
    return edits


def _left(source: Source, wanted: ResourcePlace) -> list[str]:
    """Return the names that a package still exports."""
    init = Init(source)
    names = wanted.exports.get(source.path, ())
    found = [name for name in names if init.imported(name) or init.lazily(name)]
    return found + [name for name in names if name not in found and init.has_all and init.listed(name)]


def _statements(source: Source, wanted: ResourcePlace) -> list[_Statement]:
    """Return what goes of a client: imports, the attribute in ``__init__``, the property."""
    imports = list(_imports(source, wanted))
    names = {bound_name(alias) for each in imports for alias in _aliases(each)}
    found: list[_Statement] = []
    for owner in (each for each in source.tree.body if isinstance(each, ast.ClassDef)):
        for place, statement in enumerate(owner.body):
            if _is_property(statement) and _uses(statement, names):
                found.append(_Statement(owner.body, place))
            elif isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
                found += _attributes(statement.body, names)
    gone = [_lines(each.block[each.place]) for each in found]
    for each in imports:
        line = each.block[each.place].lineno
        if not any(first <= line <= last for first, last in gone):
            found.append(each)
    return found


def _imports(source: Source, wanted: ResourcePlace) -> Iterator[_Statement]:
    for block in source.blocks:
        for place, node in enumerate(block):
            if not isinstance(node, ast.ImportFrom):
                continue
            stem = _stem(source.path, module_of(node), wanted.package)
            doomed = [at for at, alias in enumerate(node.names) if _is_from(stem, alias.name, wanted.folder, {})]
            if doomed:
                yield _Statement(block, place, tuple(doomed) if len(doomed) < len(node.names) else ())


def _aliases(found: _Statement) -> list[ast.alias]:
    node = found.block[found.place]
    assert isinstance(node, ast.ImportFrom)
    return [node.names[at] for at in found.names] if found.names else node.names


def _is_property(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.FunctionDef):
        return False
    return any(getattr(each, "id", getattr(each, "attr", "")) in _PROPERTIES for each in statement.decorator_list)


_PROPERTIES = ("property", "cached_property")


def _attributes(body: Block, names: set[str]) -> Iterator[_Statement]:
    """Yield the statements that set an attribute of the client to the resource's client, or annotate it so."""
    for place, statement in enumerate(body):
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if all(isinstance(each, ast.Attribute) for each in targets) and _uses(statement, names):
            yield _Statement(body, place)


def _uses(node: ast.AST, names: set[str]) -> bool:
    """Tell whether code has one of the names, in an annotation that is a string too."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id in names:
            return True
        text = each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else ""
        if "\n" not in text and names.intersection(re.findall(r"\w+", text)):
            return True
    return False


def _lines(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.end_lineno or node.lineno
