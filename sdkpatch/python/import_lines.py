"""Find and add the imports of a module, where isort as Fern configures it would have them.

Fern's ruff.lint.isort has the sections future, standard-library and third-party; relative imports, furthest first,
share the last one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence

from . import lists
from .source import Source, first_line, last_line
from .text import Edit


def parsed(statement: str) -> ast.Import | ast.ImportFrom:
    """Parse one import of one name."""
    node = ast.parse(statement).body[0]
    assert isinstance(node, ast.Import | ast.ImportFrom)
    return node


def singles(statement: str) -> list[str]:
    """Return an import of several names as imports of one name each, in the order of the names."""
    node = parsed(statement)
    if len(node.names) == 1:
        return [statement.strip()]
    start = f"from {module_of(node)} import" if isinstance(node, ast.ImportFrom) else "import"
    return [f"{start} {ast.unparse(alias)}" for alias in node.names]


def module_of(node: ast.ImportFrom) -> str:
    """Return the module of a from-import as it is written."""
    return "." * node.level + (node.module or "")


def bound_name(alias: ast.alias) -> str:
    """Return the name that an alias binds."""
    return alias.asname or alias.name


def at_top(source: Source) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports of the module's own block."""
    for statement in source.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement


def has(source: Source, wanted: ast.Import | ast.ImportFrom) -> bool:
    """Tell whether the module imports this name from this module under this name, at its top level."""
    alias = wanted.names[0]
    return any(
        type(node) is type(wanted)
        and (not isinstance(node, ast.ImportFrom) or module_of(node) == module_name(wanted))
        and any((each.name, each.asname) == (alias.name, alias.asname) for each in node.names)
        for node in at_top(source)
    )


def missing(source: Source, statements: Sequence[str]) -> list[str]:
    """Return the imports that the module does not have."""
    return [statement for statement in statements if not has(source, parsed(statement))]


def add(source: Source, statements: Sequence[str]) -> list[Edit]:
    """Return the edits that add those imports the module does not have; names of one module share a statement."""
    edits: list[Edit] = []
    new: dict[int, list[tuple[tuple[object, ...], str]]] = {}
    names: dict[str, list[ast.alias]] = {}
    for statement in missing(source, statements):
        wanted = parsed(statement)
        if isinstance(wanted, ast.ImportFrom):
            names.setdefault(module_of(wanted), []).append(wanted.names[0])
        else:
            new.setdefault(_line_for(source, wanted), []).append((sort_key(wanted), statement))
    for module, aliases in names.items():
        ordered = sorted((ast.unparse(each) for each in aliases), key=member_key)
        wanted = parsed(f"from {module} import {', '.join(ordered)}")
        joined = _joined(source, wanted)
        if joined is not None:
            edits += _into(source, joined, ordered)
        else:
            new.setdefault(_line_for(source, wanted), []).append((sort_key(wanted), ast.unparse(wanted)))
    late = [each for line in new for each in new[line] if module_name(parsed(each[1])) in source.late]
    for _, statement in late:
        edits += below(source, statement)
    new = {line: [each for each in some if each not in late] for line, some in new.items()}
    for line, wanted_here in new.items():
        if not wanted_here:
            continue
        edits += _lines(source, line, sorted(wanted_here))
    return edits


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def below(source: Source, statement: str) -> list[Edit]:
    """Return the edit that puts an import of ``source.late`` below all imports and what binds the names it waits for.

    A comment keeps isort, and ruff, from sorting it back: https://docs.astral.sh/ruff/rules/unsorted-imports/.
    """
    text = source.text
    names = source.late[module_name(parsed(statement))]
    above = [each for each in source.tree.body if isinstance(each, ast.Import | ast.ImportFrom) or names & _bound(each)]
    line = last_line(above[-1]) + 1
    at = text.start_of(line)
    split = "\n# isort: split\n" if isinstance(above[-1], ast.ImportFrom) else "\n"
    split = "" if "isort: skip_file" in text.content and split != "\n" else split
    lead = "\n" if at == len(text.content) and not text.content.endswith("\n") else ""
    stop = at
    if isinstance(above[-1], _DEFINITIONS):
        split = "\n\n"
        after = source.tree.body[source.tree.body.index(above[-1]) + 1 :]
        is_wide = text.content.startswith("\n\n", at) and after and not isinstance(after[0], _DEFINITIONS)
        stop = at + 1 if is_wide else at  # one blank line is enough between an import and what is no definition
    return [Edit(at, stop, f"{lead}{split}{statement}\n")]


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement may bind in its block."""
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.alias):
            found.add(bound_name(node))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, _DEFINITIONS):
            found.add(node.name)
    return found


def module_name(node: ast.Import | ast.ImportFrom) -> str:
    return module_of(node) if isinstance(node, ast.ImportFrom) else node.names[0].name


def _joined(source: Source, wanted: ast.Import | ast.ImportFrom) -> ast.ImportFrom | None:
    """Return the from-import of the same module that the name goes into."""
    if isinstance(wanted, ast.Import):
        return None
    for node in at_top(source):
        is_same_module = isinstance(node, ast.ImportFrom) and module_of(node) == module_of(wanted)
        if is_same_module and isinstance(node, ast.ImportFrom) and node.names[0].name != "*":
            return node
    return None


def _into(source: Source, node: ast.ImportFrom, names: Sequence[str]) -> list[Edit]:
    listed = lists.elements_of(source, node)
    there = [member_key(alias.name) for alias in node.names]
    edits = lists.insert_each(source, listed, [(sum(key < member_key(name) for key in there), name) for name in names])
    return lists.in_brackets(listed, edits)


def member_key(name: str) -> tuple[int, str, str]:
    """Sort names as isort's force_sort_within_sections = false, order_by_type = true does: CONSTANTS, Classes, rest."""
    plain = name.split(" as ")[0]
    kind = 0 if plain.isupper() and len(plain) > 1 else 1 if plain[:1].isupper() else 2
    return kind, plain.lower(), plain


def _section(node: ast.Import | ast.ImportFrom) -> int:
    module = module_name(node)
    if module == "__future__":
        return 0
    return 1 if not module.startswith(".") and module.split(".")[0] in sys.stdlib_module_names else 2


def sort_key(node: ast.Import | ast.ImportFrom) -> tuple[object, ...]:
    is_from = isinstance(node, ast.ImportFrom)
    level = -node.level if isinstance(node, ast.ImportFrom) else 0
    return _section(node), is_from, level, module_name(node).lstrip(".").lower(), module_name(node)


def _line_for(source: Source, wanted: ast.Import | ast.ImportFrom) -> int:
    """Return the line to insert above: in sorted order among the imports, or below the docstring."""
    body = source.tree.body
    imports: list[ast.Import | ast.ImportFrom] = []
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports.append(statement)
        elif imports:
            break
    own = [each for each in imports if _section(each) == _section(wanted)]
    smaller = [each for each in own if sort_key(each) < sort_key(wanted)]
    if smaller:
        return last_line(smaller[-1]) + 1
    later = own or [each for each in imports if _section(each) > _section(wanted)]
    if later:
        return first_line(later[0])
    if imports:
        return last_line(imports[-1]) + 1
    has_docstring = bool(body) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    if has_docstring:
        return last_line(body[0]) + 1
    return first_line(body[0]) if body else source.text.lines + 1


def _lines(source: Source, line: int, wanted: Sequence[tuple[tuple[object, ...], str]]) -> list[Edit]:
    text = source.text
    above = [node for node in at_top(source) if last_line(node) < line]
    below = [node for node in at_top(source) if first_line(node) >= line]
    code = "".join(statement + "\n" for _, statement in wanted)
    sections = {key[0] for key, _ in wanted}
    before = after = ""
    if above and first_line(above[-1]) and _section(above[-1]) not in sections:
        before = "\n" if text.line(line - 1).strip() else ""
    if not above and line > 1 and text.line(line - 1).strip():
        before = "\n"
    if below and first_line(below[0]) == line:
        after = "\n" if _section(below[0]) not in sections else ""
    elif line <= text.lines and text.line(line).strip():
        definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        below_it = next((each for each in source.tree.body if first_line(each) >= line), None)
        after = "\n\n" if isinstance(below_it, definitions) else "\n"
    at = text.start_of(line)
    lead = "\n" if at == len(text.content) and at and not text.content.endswith("\n") else ""
    return [Edit(at, at, lead + before + code + after)]
