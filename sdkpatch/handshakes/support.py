"""The support module that patched code imports from: its files in the SDK, and the import of what a module uses."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ..errors import EditRefused
from ..fern.sdk_package import inside
from ..python import import_lines
from ..python.source import Source
from ..python.text import Edit
from ..resources import SUPPORT_FOLDER


def module_path(source: Source, name: str) -> str:
    """Return how a module of the SDK names a support module, such as ``..core.sdkpatch_websocket``.

    The module's own imports from the core show where that is: an SDK may be a package within others. Raises
    EditRefused for a file outside every package.
    """
    if source.path.split("/")[-2:-1] == [SUPPORT_FOLDER]:
        return f".{name}"
    for node in import_lines.at_top(source):
        if isinstance(node, ast.ImportFrom) and node.level and (node.module or "").split(".")[0] == SUPPORT_FOLDER:
            return "." * node.level + f"{SUPPORT_FOLDER}.{name}"
    within = inside(source.package, source.path)
    if within is None:
        raise EditRefused("the file is in no package, so it can import nothing from the SDK's core")
    return "." * len(within.split("/")) + f"{SUPPORT_FOLDER}.{name}"


def used(tree: ast.AST, names: Iterable[str]) -> set[str]:
    """Return which of some names code uses."""
    wanted = set(names)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in wanted}


def foreign(source: Source, names: Iterable[str], module: str) -> str:
    """Return a name that the file binds to something else than the support module's, or an empty string."""
    wanted = set(names)
    for node in ast.walk(source.tree):
        match node:
            case ast.ImportFrom():
                own = import_lines.module_of(node) == module
                found = {import_lines.bound_name(alias) for alias in node.names} if not own else set()
            case ast.Import():
                found = {import_lines.bound_name(alias).split(".")[0] for alias in node.names}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found = {name} if node in source.tree.body else set()
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                found = {name}
            case _:
                continue
        if clash := found & wanted:
            return min(clash)
    return ""


def missing(source: Source, names: Iterable[str], module: str) -> set[str]:
    """Return the names that the file does not import from a support module."""
    return set(names) - {alias.name for node in _own(source, module) for alias in node.names if alias.asname is None}


def _own(source: Source, module: str) -> list[ast.ImportFrom]:
    return [
        node
        for node in import_lines.at_top(source)
        if isinstance(node, ast.ImportFrom) and import_lines.module_of(node) == module
    ]


def is_untidy(source: Source, module: str) -> bool:
    """Tell whether a merge doubled the import of a support module, or a name in it."""
    own = _own(source, module)
    listed = [alias.name for node in own for alias in node.names]
    return len(own) > 1 or len(listed) != len(set(listed))


def imports(source: Source, names: Iterable[str], module: str) -> list[Edit]:
    """Return the edits that import names from a support module, all in one sorted import."""
    own = _own(source, module)
    lacking = missing(source, names, module)
    if not lacking and not is_untidy(source, module):
        return []
    known = {alias.name for node in own for alias in node.names}
    ordered = sorted(known | lacking, key=import_lines.member_key)
    listed = ", ".join(ordered)
    # In brackets: the layout takes them off again where one line has room.
    statement = f"from {module} import ({listed})" if len(ordered) > 1 else f"from {module} import {listed}"
    if own:
        start, stop = source.text.span(own[0])
        text = source.text
        spare = [(text.start_of(each.lineno), text.start_of((each.end_lineno or each.lineno) + 1)) for each in own[1:]]
        return [Edit(start, stop, statement), *(Edit(first, last, "") for first, last in spare)]
    single = f"from {module} import {ordered[0]}"
    return [edit._replace(text=edit.text.replace(single, statement)) for edit in import_lines.add(source, [single])]


def unused_imports(source: Source, modules: Iterable[str]) -> list[Edit]:
    """Return the edits that drop names imported from these modules (by the end of their path) that nothing uses."""
    wanted = tuple(modules)
    every = {node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
    edits: list[Edit] = []
    for node in import_lines.at_top(source):
        if isinstance(node, ast.ImportFrom):
            if not (node.module or "").endswith(wanted):
                continue
            kept = [alias for alias in node.names if import_lines.bound_name(alias) in every]
        else:
            kept = [
                alias
                for alias in node.names
                if alias.name not in wanted or import_lines.bound_name(alias).split(".")[0] in every
            ]
        if len(kept) == len(node.names):
            continue
        text = source.text
        start, stop = text.span(node)
        if kept:
            node_text = text.content[start:stop].split("import")[0] + "import " + ", ".join(map(ast.unparse, kept))
            edits.append(Edit(start, stop, node_text))
        else:
            first, last = node.lineno, node.end_lineno or node.lineno
            edits.append(Edit(text.start_of(first), text.start_of(last + 1), ""))
    return edits
