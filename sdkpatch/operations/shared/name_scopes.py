"""What the names of a file mean where one of them is renamed: by its imports, and by what each scope binds."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from ...python.import_lines import bound_name
from ...python.offered import BUILTINS
from ...python.source import Source
from ...python.text import Edit
from .name_uses import bound
from .naming import NEW, OLD, OTHER, UNCLEAR, Clash, Meanings, Naming, module_meaning, unclear


class NameScopes:
    """The names of a file by its scopes, and the edits found so far."""

    def __init__(self, source: Source, naming: Naming) -> None:
        self._source, self._naming = source, naming
        self._text = source.text
        self._edits: list[Edit] = []
        self._lines: list[int] = []
        self._places = 0
        self._top = Meanings({})
        self._names_of_all = (naming.old, naming.new, *naming.module_names)

    def _module_meanings(self, body: Sequence[ast.stmt]) -> Meanings:
        naming, path = self._naming, self._source.path
        meanings = self._bound_in(body, Meanings({}))
        for name, kind in ((naming.old, OLD), (naming.new, NEW)):
            is_own = path == naming.survey.defining and meanings.get(name) == OTHER
            if name and (path, name) in naming.survey.offers and (is_own or name not in meanings):
                meanings[name] = kind
        self._top = meanings
        if path == naming.survey.defining and naming.old:
            at = self._line_of_binding(body, meanings)
            self._lines += [at] if at else []
        return meanings

    def _line_of_binding(self, body: Sequence[ast.stmt], meanings: Meanings) -> int:
        for statement in body:
            name = getattr(statement, "name", "")
            if name and meanings.get(name) in (OLD, NEW):
                return statement.lineno
        return 1

    def _bound_in(self, body: Sequence[ast.AST], above: Meanings) -> Meanings:
        """Return what the names of a scope mean: those it binds, and those from around it."""
        inner = Meanings(above.around)
        names = bound(body)
        inner |= dict.fromkeys(names, OTHER)
        imports: dict[str, set[str]] = {}
        for node in _own_imports(body):
            for alias in node.names:
                for name, meaning in self._imported(node, alias):
                    imports.setdefault(name, set()).add(meaning)
        for name, found in imports.items():
            known = found & {OLD, NEW}
            inner[name] = known.pop() if known else sorted(found)[-1]
        self._check_both(body, inner, imports)
        return inner

    def _check_both(self, body: Sequence[ast.AST], inner: Meanings, imports: dict[str, set[str]]) -> None:
        naming = self._naming
        names = bound(body)
        if not naming.old or inner.get(naming.old) != OLD or self._keeps(self._source.path):
            return
        if {naming.old, naming.new} <= names and inner.get(naming.new) != NEW:
            line = next((each.lineno for each in _binding(body, naming.new)), 1)
            raise Clash(line, f"{naming.new} is there already, and is something else")

    def _keeps(self, path: str) -> bool:
        """Tell whether a file is to have both names."""
        return self._naming.keeps_alias and (path == self._naming.survey.defining or path.endswith("__init__.py"))

    def _imported(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> Iterator[tuple[str, str]]:
        naming, path = self._naming, self._source.path
        if isinstance(node, ast.Import):
            name = alias.asname or alias.name.partition(".")[0]
            stem = naming.stem(path, alias.name if alias.asname else name)
            yield name, OTHER if stem is None else f"/{naming.settled(stem)[0]}"
            return
        stem = naming.stem(path, "." * node.level + (node.module or ""))
        if stem is None or alias.name == "*":
            return
        stem = naming.settled(stem)[0]
        meaning = self._member(stem, alias.name)
        is_own = alias.asname in (None, alias.name) or meaning.startswith("/")
        yield bound_name(alias), meaning if is_own else OTHER

    def _member(self, stem: str, name: str) -> str:
        """Return what a name of a module means."""
        naming = self._naming
        if name == naming.old and naming.old and naming.has(stem, name):
            return OLD
        if name == naming.new and naming.old and naming.has(stem, name):
            return NEW
        return f"/{naming.settled(f'{stem}/{name}')[0]}"

    def _use(self, node: ast.Name, name: str, meanings: Meanings) -> None:
        naming, is_load = self._naming, isinstance(node.ctx, ast.Load)
        meaning = meanings.get(name) if is_load else meanings.stored(name)
        if name in BUILTINS and name == naming.new and meaning in (None, NEW) and meanings.get(naming.old) == OLD:
            raise Clash(node.lineno, f"{name} means Python's own here, and would mean what {naming.old} means")
        if meaning == UNCLEAR:
            raise unclear(node.lineno, name)
        if meaning == NEW:
            self._lines.append(node.lineno)
        elif meaning == OLD:
            self._replace(node.lineno, self._text.span(node)[0], name, self._free(node, meanings))
        elif meaning == module_meaning(naming) and name == naming.module_names[0] != naming.module_names[1]:
            self._replace(node.lineno, self._text.span(node)[0], name, self._free_module(node, meanings))

    def _free(self, node: ast.AST, meanings: Meanings) -> str:
        """Return the new name. Raises Clash where it means something else at a place."""
        new, line = self._naming.new, getattr(node, "lineno", 1)
        if new in meanings and meanings[new] != NEW:
            raise Clash(line, f"{new} is something else where {self._naming.old} is used")
        return new

    def _free_module(self, node: ast.AST, meanings: Meanings) -> str:
        """Return the module's new name. Raises Clash where it means something else at a place."""
        old, new = self._naming.module_names
        if new in meanings and meanings[new] != module_meaning(self._naming):
            raise Clash(getattr(node, "lineno", 1), f"{new} is something else where {old} is used")
        return new

    def _replace(self, line: int, start: int, old: str, new: str) -> None:
        if self._text.content[start : start + len(old)] != old:
            raise Clash(line, f"{old} is used where it cannot be located, such as in an f-string")
        self._lines.append(line)
        self._places += 1
        self._edits.append(Edit(start, start + len(old), new))

    def _is_alias(self, node: ast.Assign) -> bool:
        """Tell whether a statement is what keeps the old name: ``Old = New``."""
        naming = self._naming
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Name(id=value)):
                return naming.keeps_alias and (target, value) == (naming.old, naming.new)
            case _:
                return False


def _own_imports(body: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports of one scope."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.expr):
            yield from _own_imports(ast.iter_child_nodes(node))


def _binding(body: Iterable[ast.AST], name: str) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.stmt) and name in bound([node]):
            yield node
