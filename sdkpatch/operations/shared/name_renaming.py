"""A name that gets another one in the whole package: what a file says of it, told by its imports and scopes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...python import lists, offered
from ...python.annotations import reads_types
from ...python.import_lines import bound_name
from ...python.index import children
from ...python.source import Function, Source
from ...python.text import Edit
from .name_uses import bound, outer


class Survey(NamedTuple):
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
    survey: Survey
    keeps_alias: bool = False

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
    """The name cannot be renamed in a file; ``line`` is where, ``reason`` why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class Found(NamedTuple):
    """What a file says: edits that rename, the first line that has the name by its old or new name, 0 for none."""

    edits: tuple[Edit, ...]
    line: int
    places: int


_OLD, _NEW, _OTHER = "old", "new", ""
_Meanings = dict[str, str]
"""What names mean in a scope: the old name, the new one, another thing, or a module, as ``/`` and its path."""


def find(source: Source, naming: Naming) -> Found:
    """Find what a file says of a name. Raises Clash."""
    return _Finder(source, naming).found()


class _Finder:
    """One walk over a module."""

    def __init__(self, source: Source, naming: Naming) -> None:
        self._source, self._naming = source, naming
        self._text = source.text
        self._edits: list[Edit] = []
        self._lines: list[int] = []
        self._places = 0

    def found(self) -> Found:
        body = self._source.tree.body
        meanings = self._module_meanings(body)
        self._statements(body, meanings)
        if self._naming.old:
            self._offered(meanings)
        self._lazy()
        first = min(self._lines, default=0)
        return Found(tuple(dict.fromkeys(self._edits)), first, self._places)

    # What names mean

    def _module_meanings(self, body: Sequence[ast.stmt]) -> _Meanings:
        naming, path = self._naming, self._source.path
        meanings = self._bound_in(body, {})
        for name, kind in ((naming.old, _OLD), (naming.new, _NEW)):
            if name and (path, name) in naming.survey.offers and meanings.get(name, "*") in (_OTHER, "*"):
                if path == naming.survey.defining or name not in meanings:
                    meanings[name] = kind
        if path == naming.survey.defining and naming.old:
            at = self._line_of_binding(body, meanings)
            self._lines += [at] if at else []
        return meanings

    def _line_of_binding(self, body: Sequence[ast.stmt], meanings: _Meanings) -> int:
        for statement in body:
            name = getattr(statement, "name", "")
            if name and meanings.get(name) in (_OLD, _NEW):
                return statement.lineno
        return 1

    def _bound_in(self, body: Sequence[ast.AST], above: _Meanings) -> _Meanings:
        """Return what the names of a scope mean: those it binds, and those from around it."""
        inner = dict(above)
        names = bound(body)
        inner |= dict.fromkeys(names, _OTHER)
        imports: dict[str, set[str]] = {}
        for node in _own_imports(body):
            for alias in node.names:
                for name, meaning in self._imported(node, alias):
                    imports.setdefault(name, set()).add(meaning)
        for name, found in imports.items():
            known = found & {_OLD, _NEW}
            inner[name] = known.pop() if known else sorted(found)[-1]
        self._check_both(body, inner, imports)
        return inner

    def _check_both(self, body: Sequence[ast.AST], inner: _Meanings, imports: dict[str, set[str]]) -> None:
        naming = self._naming
        if not naming.old or inner.get(naming.old) != _OLD or self._keeps(self._source.path):
            return
        if naming.new in bound(body) and inner.get(naming.new) != _NEW:
            line = next((each.lineno for each in _binding(body, naming.new)), 1)
            raise Clash(line, f"{naming.new} is there already, and is something else")

    def _keeps(self, path: str) -> bool:
        """Tell whether a file is to have both names."""
        return self._naming.keeps_alias and (
            path == self._naming.survey.defining or path.endswith("__init__.py")
        )

    def _imported(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> Iterator[tuple[str, str]]:
        naming, path = self._naming, self._source.path
        if isinstance(node, ast.Import):
            name = alias.asname or alias.name.partition(".")[0]
            stem = naming.stem(path, alias.name if alias.asname else name)
            yield name, _OTHER if stem is None else f"/{naming.settled(stem)[0]}"
            return
        stem = naming.stem(path, "." * node.level + (node.module or ""))
        if stem is None or alias.name == "*":
            return
        stem = naming.settled(stem)[0]
        yield bound_name(alias), self._member(stem, alias.name)

    def _member(self, stem: str, name: str) -> str:
        """Return what a name of a module means."""
        naming = self._naming
        if name == naming.old and naming.old and naming.has(stem, name):
            return _OLD
        if name == naming.new and naming.old and naming.has(stem, name):
            return _NEW
        return f"/{naming.settled(f'{stem}/{name}')[0]}"

    # Statements and expressions

    def _statements(self, body: Iterable[ast.AST], meanings: _Meanings) -> None:
        for each in body:
            self._visit(each, meanings, is_type=False)

    def _visit(self, node: ast.AST | None, meanings: _Meanings, *, is_type: bool) -> None:
        match node:
            case None:
                return
            case ast.Name(id=name):
                self._use(node, name, meanings)
            case ast.Attribute():
                self._attribute(node, meanings)
            case ast.Import() | ast.ImportFrom():
                self._import(node, meanings)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._defined(node, node.name, meanings)
                self._function(node, meanings)
            case ast.ClassDef():
                self._defined(node, node.name, meanings)
                self._class(node, meanings)
            case ast.Lambda():
                inner = dict(meanings) | dict.fromkeys(_parameters(node.args), _OTHER)
                self._all(node.args.defaults + [each for each in node.args.kw_defaults if each], meanings)
                self._visit(node.body, inner, is_type=False)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                names = [
                    each.id
                    for part in node.generators
                    for each in ast.walk(part.target)
                    if isinstance(each, ast.Name)
                ]
                inner = dict(meanings) | dict.fromkeys(names, _OTHER)
                self._visit(node.generators[0].iter, meanings, is_type=False)
                for each in children(node):
                    self._visit(each, inner, is_type=False)
            case ast.AnnAssign():
                self._visit(node.target, meanings, is_type=False)
                self._visit(node.annotation, meanings, is_type=True)
                self._visit(node.value, meanings, is_type=False)
            case ast.Assign() if self._is_alias(node, meanings):
                self._lines.append(node.lineno)
            case ast.Subscript():
                self._visit(node.value, meanings, is_type=is_type)
                for part, is_inner in reads_types(node, within=is_type):
                    self._visit(part, meanings, is_type=is_inner)
            case ast.Call():
                self._call(node, meanings)
            case ast.Constant(value=str()):
                if is_type:
                    self._quoted(node, meanings)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                if self._naming.old in names and meanings.get(self._naming.old) == _OLD:
                    raise Clash(node.lineno, f"{self._naming.old} is declared global")
            case _:
                keeps = isinstance(node, ast.BinOp | ast.Tuple | ast.List | ast.Starred)
                for each in children(node):
                    self._visit(each, meanings, is_type=is_type and keeps)

    def _all(self, nodes: Iterable[ast.AST], meanings: _Meanings) -> None:
        for each in nodes:
            self._visit(each, meanings, is_type=False)

    def _is_alias(self, node: ast.Assign, meanings: _Meanings) -> bool:
        """Tell whether a statement is what keeps the old name: ``Old = New``."""
        naming = self._naming
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Name(id=value)):
                return naming.keeps_alias and (target, value) == (naming.old, naming.new)
            case _:
                return False

    def _use(self, node: ast.Name, name: str, meanings: _Meanings) -> None:
        meaning = meanings.get(name, _OTHER)
        if meaning == _NEW:
            self._lines.append(node.lineno)
        elif meaning == _OLD:
            self._replace(node.lineno, self._text.span(node)[0], name, self._free(node, meanings))
        elif meaning == _module(self._naming) and name == self._naming.module_names[0] != self._naming.module_names[1]:
            self._replace(node.lineno, self._text.span(node)[0], name, self._naming.module_names[1])

    def _free(self, node: ast.AST, meanings: _Meanings) -> str:
        """Return the new name. Raises Clash where it means something else at a place."""
        new, line = self._naming.new, getattr(node, "lineno", 1)
        if new in meanings and meanings[new] != _NEW:
            raise Clash(line, f"{new} is something else where {self._naming.old} is used")
        return new

    def _replace(self, line: int, start: int, old: str, new: str) -> None:
        if self._text.content[start : start + len(old)] != old:
            raise Clash(line, f"{old} is used where it cannot be located, such as in an f-string")
        self._lines.append(line)
        self._places += 1
        self._edits.append(Edit(start, start + len(old), new))

    def _attribute(self, node: ast.Attribute, meanings: _Meanings) -> None:
        chain: list[ast.Attribute] = []
        value: ast.expr = node
        while isinstance(value, ast.Attribute):
            chain.append(value)
            value = value.value
        if not isinstance(value, ast.Name):
            self._visit(value, meanings, is_type=False)
            return
        self._use(value, value.id, meanings)
        self._along(meanings.get(value.id, _OTHER), list(reversed(chain)))

    def _along(self, meaning: str, chain: Sequence[ast.Attribute]) -> None:
        """Follow attributes from a module on, as far as they lead to modules."""
        naming = self._naming
        for each in chain:
            if not meaning.startswith("/"):
                return
            stop = self._text.span(each)[1]
            raw = f"{meaning[1:]}/{each.attr}"
            is_moved = naming.settled(raw) != (raw, False) and raw == naming.survey.stems[0]
            meaning = self._member(meaning[1:], each.attr)
            if meaning == _OLD:
                self._replace(each.lineno, stop - len(each.attr), each.attr, naming.new)
            elif meaning == _NEW or meaning == _module(naming):
                self._lines.append(each.lineno)
            if is_moved and meaning != _OLD:
                self._replace(each.lineno, stop - len(each.attr), each.attr, naming.module_names[1])

    def _defined(self, node: ast.ClassDef | Function, name: str, meanings: _Meanings) -> None:
        if meanings.get(name) == _OLD:
            line = node.lineno
            start = self._text.offset(line, node.col_offset)
            found = re.compile(r"(?:async\s+def|def|class)\s+").match(self._text.content, start)
            if found is None:
                raise Clash(line, f"the name of {name} cannot be located")
            self._replace(line, found.end(), name, self._free(node, meanings))
            if self._naming.keeps_alias and self._source.path == self._naming.survey.defining:
                self._alias(node)
        elif meanings.get(name) == _NEW:
            self._lines.append(node.lineno)

    def _alias(self, node: ast.ClassDef | Function) -> None:
        """Put ``Old = New`` below the definition."""
        stop = self._text.start_of((node.end_lineno or node.lineno) + 1)
        text = f"\n\n{self._naming.old} = {self._naming.new}\n"
        last = self._text.content[stop - 1 : stop] == "\n"
        self._edits.append(Edit(stop, stop, text if last else "\n" + text))

    def _function(self, node: Function, meanings: _Meanings) -> None:
        from .name_docstrings import entries

        self._all(node.decorator_list, meanings)
        arguments = node.args
        for each in _arguments(arguments):
            self._visit(each.annotation, meanings, is_type=True)
        self._all([*arguments.defaults, *(each for each in arguments.kw_defaults if each)], meanings)
        self._visit(node.returns, meanings, is_type=True)
        inner = dict(meanings) | dict.fromkeys(_parameters(arguments), _OTHER)
        kept = outer(node.body)
        within = self._bound_in(node.body, inner)
        within |= {name: meanings.get(name, _OTHER) for name in kept}
        self._documented(entries(self._source, node.body, self._is_meant(meanings), self._naming.old))
        self._statements(node.body, within)

    def _class(self, node: ast.ClassDef, meanings: _Meanings) -> None:
        from .name_docstrings import entries

        self._all([*node.decorator_list, *node.bases, *(each.value for each in node.keywords)], meanings)
        self._documented(entries(self._source, node.body, self._is_meant(meanings), self._naming.old))
        own = bound(node.body)
        inner = self._bound_in(node.body, meanings)
        for each in node.body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                self._all(each.decorator_list, inner)
                self._function_of_class(each, meanings, inner)
            elif isinstance(each, ast.ClassDef):
                self._visit(each, inner if each.name not in own else {**inner, each.name: _OTHER}, is_type=False)
            else:
                self._visit(each, inner, is_type=False)

    def _function_of_class(self, node: Function, outer_meanings: _Meanings, inner: _Meanings) -> None:
        """Visit a method: its body does not see the names of the class, its annotations and defaults do."""
        from .name_docstrings import entries

        for each in _arguments(node.args):
            self._visit(each.annotation, inner, is_type=True)
        self._all([*node.args.defaults, *(each for each in node.args.kw_defaults if each)], inner)
        self._visit(node.returns, inner, is_type=True)
        within = dict(outer_meanings) | dict.fromkeys(_parameters(node.args), _OTHER)
        within = self._bound_in(node.body, within)
        within |= {name: outer_meanings.get(name, _OTHER) for name in outer(node.body)}
        is_meant = self._is_meant(outer_meanings)
        self._documented(entries(self._source, node.body, is_meant, self._naming.old))
        self._statements(node.body, within)

    def _is_meant(self, meanings: _Meanings) -> bool:
        return bool(self._naming.old) and meanings.get(self._naming.old) == _OLD

    def _documented(self, spans: Iterable[tuple[int, int]]) -> None:
        for line, start in spans:
            self._replace(line, start, self._naming.old, self._naming.new)

    # Imports

    def _import(self, node: ast.Import | ast.ImportFrom, meanings: _Meanings) -> None:
        naming, path = self._naming, self._source.path
        if isinstance(node, ast.Import):
            for alias in node.names:
                stem = naming.stem(path, alias.name)
                self._module_part(alias.lineno, self._text.span(alias)[0], alias.name, stem)
            return
        module = "." * node.level + (node.module or "")
        stem = naming.stem(path, module)
        if stem is None:
            return
        if node.module:
            start = self._text.content.index(node.module, self._text.span(node)[0] + len("from "))
            self._module_part(node.lineno, start - node.level, module, stem)
        stem = naming.settled(stem)[0]
        self._names(node, stem, meanings)

    def _module_part(self, line: int, start: int, module: str, stem: str | None) -> None:
        """Rename the part of a dotted module that is another one now; ``start`` is where the module begins."""
        naming = self._naming
        if stem is None:
            return
        if naming.survey.stems[1] in (stem, *_above(stem)) and not naming.old:
            self._lines.append(line)
        settled, is_moved = naming.settled(stem)
        if not is_moved:
            return
        old, new = naming.module_names
        behind = stem[len(naming.survey.stems[0]) :].count("/")
        parts = module.split(".")
        at = len(parts) - 1 - behind
        if at < 0 or parts[at] != old:
            raise Clash(line, f"the module {module} is imported in a way that cannot be edited")
        self._replace(line, start + sum(len(each) + 1 for each in parts[:at]), old, new)

    def _names(self, node: ast.ImportFrom, stem: str, meanings: _Meanings) -> None:
        naming = self._naming
        old_module, new_module = naming.module_names
        changes: dict[int, tuple[str, str]] = {}
        for index, alias in enumerate(node.names):
            meaning = self._member(stem, alias.name)
            is_module = f"{stem}/{alias.name}" == naming.survey.stems[0] != naming.survey.stems[1]
            if meaning == _NEW or (not naming.old and meaning == _module(naming)):
                self._lines.append(alias.lineno)
            if meaning == _OLD:
                self._free(alias, meanings)
                changes[index] = naming.old, naming.new
            elif is_module and meaning == _module(naming):
                if not alias.asname and meanings.get(new_module, _OTHER) not in (_OTHER, _module(naming)):
                    raise Clash(alias.lineno, f"{new_module} is something else here")
                changes[index] = old_module, new_module
        if changes and self._keeps(self._source.path) and naming.old:
            self._lines.append(node.lineno)
            self._add_beside(node, changes)
        elif changes:
            self._rename_aliases(node, changes)

    def _add_beside(self, node: ast.ImportFrom, changes: dict[int, tuple[str, str]]) -> None:
        """Import the new name beside the old one."""
        there = [each.name for each in node.names]
        if self._naming.new in there or any(node.names[index].asname for index in changes):
            return
        place = next((at for at, each in enumerate(there) if each > self._naming.new), len(there))
        elements = lists.elements_of(self._source, node)
        added = lists.insert_each(self._source, elements, [(place, self._naming.new)])
        self._places += 1
        self._edits += lists.in_brackets(elements, added)

    def _rename_aliases(self, node: ast.ImportFrom, changes: dict[int, tuple[str, str]]) -> None:
        names = [each.name for each in node.names]
        for index, (old, new) in changes.items():
            alias = node.names[index]
            text = new if not alias.asname else f"{new} as {new if alias.asname == old else alias.asname}"
            self._lines.append(alias.lineno)
            self._places += 1
            span = self._text.span(alias)
            self._edits += moved(self._source, node, names, index, new, text, span)

    # What a package offers

    def _offered(self, meanings: _Meanings) -> None:
        naming = self._naming
        if meanings.get(naming.old) not in (_OLD, _NEW) and (self._source.path, naming.old) not in naming.survey.offers:
            return
        for display in offered.listings(self._source.tree):
            for part in ast.walk(display):
                if isinstance(part, ast.List | ast.Tuple | ast.Set):
                    self._listed(part, part.elts)

    def _listed(self, display: ast.expr, elements: Sequence[ast.expr | None]) -> None:
        names = [each.value if isinstance(each, ast.Constant) else "" for each in elements]
        old, new = self._naming.old, self._naming.new
        if old not in names:
            return
        self._in_display(display, elements, names, names.index(old), old, new, f'"{new}"')

    def _in_display(
        self,
        display: ast.expr,
        elements: Sequence[ast.expr | None],
        names: Sequence[object],
        index: int,
        old: str,
        new: str,
        code: str,
    ) -> None:
        element = elements[index]
        assert element is not None
        self._lines.append(element.lineno)
        there = [str(each) for each in names]
        if self._keeps(self._source.path) and self._naming.old:
            if new not in there:
                place = next((at for at, each in enumerate(there) if each > new), len(there))
                listed = lists.elements_of(self._source, display)
                self._places += 1
                self._edits += lists.insert_each(self._source, listed, [(place, code)])
            return
        if new in there:
            raise Clash(element.lineno, f'"{new}" is in the list already, beside "{old}"')
        self._places += 1
        listed = lists.elements_of(self._source, display)
        span = listed.spans[index] if len(listed.spans) == len(there) else self._text.span(element)
        self._edits += moved(self._source, display, there, index, new, code, span)

    def _lazy(self) -> None:
        """Rename in the dict of lazy imports: the names, and the modules that they come from."""
        naming = self._naming
        for display in _lazy_dicts(self._source.tree):
            keys = [each.value if isinstance(each, ast.Constant) else "" for each in display.keys]
            for index, (key, value) in enumerate(zip(display.keys, display.values, strict=True)):
                if not (isinstance(key, ast.Constant) and isinstance(value, ast.Constant)):
                    continue
                module, name = str(value.value), str(key.value)
                stem = naming.stem(self._source.path, module)
                if stem is None:
                    continue
                settled, is_moved = naming.settled(stem)
                meaning = self._member(settled, name)
                entry = f'"{self._moved_module(module, stem)}"' if is_moved else self._text.segment(value)
                is_itself = not naming.old and name == naming.module_names[0] and settled == naming.survey.stems[1]
                if meaning == _OLD or (is_itself and is_moved):
                    new = naming.new or naming.module_names[1]
                    self._in_display(display, display.keys, keys, index, name, new, f'"{new}": {entry}')
                    if is_itself:
                        for listing in offered.listings(self._source.tree):
                            self._module_listed(listing)
                elif is_moved:
                    start, stop = self._text.span(value)
                    self._lines.append(value.lineno)
                    self._places += 1
                    self._edits.append(Edit(start, stop, entry))
                elif meaning == _NEW or (not naming.old and _is_in(settled, naming.survey.stems[1])):
                    self._lines.append(key.lineno)

    def _module_listed(self, listing: ast.expr) -> None:
        old, new = self._naming.module_names
        for part in ast.walk(listing):
            if isinstance(part, ast.List | ast.Tuple | ast.Set):
                names = [each.value if isinstance(each, ast.Constant) else "" for each in part.elts]
                if old in names:
                    self._in_display(part, part.elts, names, names.index(old), old, new, f'"{new}"')

    def _moved_module(self, module: str, stem: str) -> str:
        behind = stem[len(self._naming.survey.stems[0]) :].count("/")
        parts = module.split(".")
        parts[len(parts) - 1 - behind] = self._naming.module_names[1]
        return ".".join(parts)

    # Strings

    def _quoted(self, node: ast.Constant, meanings: _Meanings) -> None:
        """Rename in an annotation that is written as a string."""
        old, value = self._naming.old, str(node.value)
        name = old or self._naming.module_names[0]
        if not name or not re.search(rf"\b{re.escape(name)}\b", value):
            self._note_quoted(value, node, meanings)
            return
        try:
            code = ast.parse(f"({value})", mode="eval").body
        except (SyntaxError, ValueError):
            return
        segment = self._text.segment(node)
        at = segment.find(value)
        inner = _Finder(Source("", f"({value})".encode(), ast.Module(body=[], type_ignores=[])), self._naming)
        inner._visit(code, meanings, is_type=True)
        if not inner._edits:
            return
        if at < 0 or segment.count(value) != 1 or not value.isascii():
            raise Clash(node.lineno, f"{name} stands in a string that cannot be edited")
        start = self._text.span(node)[0] + at - 1
        for each in inner._edits:
            self._replace(node.lineno, start + each.start, self._text.content[start + each.start : start + each.stop],
                          each.text)

    def _note_quoted(self, value: str, node: ast.Constant, meanings: _Meanings) -> None:
        new = self._naming.new
        if new and meanings.get(new) == _NEW and re.search(rf"\b{re.escape(new)}\b", value):
            self._lines.append(node.lineno)

    def _call(self, node: ast.Call, meanings: _Meanings) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        is_cast = name == "cast" and len(node.args) == 2
        self._visit(node.func, meanings, is_type=False)
        for at, each in enumerate(node.args):
            self._visit(each, meanings, is_type=(is_cast and at == 0) or (name in ("ForwardRef", "TypeVar")))
        for keyword in node.keywords:
            self._visit(keyword.value, meanings, is_type=name == "TypeVar" and keyword.arg == "bound")
            is_own = isinstance(keyword.value, ast.Name) and meanings.get(keyword.value.id) == _OLD
            if name == "update_forward_refs" and is_own and keyword.arg == self._naming.old:
                self._replace(keyword.lineno, self._text.span(keyword)[0], self._naming.old, self._naming.new)
        if name in _BY_STRING and len(node.args) > 1:
            self._by_string(node, meanings)

    def _by_string(self, node: ast.Call, meanings: _Meanings) -> None:
        """Raise Clash where a name may be asked for by a string."""
        match node.args[1]:
            case ast.Constant(value=str(value)) if value and value == self._naming.old:
                pass
            case _:
                return
        first = node.args[0]
        if isinstance(first, ast.Name) and (first.id in ("self", "cls") or not value[:1].isupper()):
            meaning = meanings.get(first.id, _OTHER)
            if not meaning.startswith("/") or self._member(meaning[1:], value) != _OLD:
                return
        raise Clash(node.lineno, f'the string "{value}" may mean the name, and nobody can tell')


_BY_STRING = ("getattr", "hasattr", "setattr", "delattr")


def moved(
    source: Source, holder: ast.AST, names: Sequence[str], index: int, new: str, text: str, span: tuple[int, int]
) -> list[Edit]:
    """Return the edits that give an element of a list another text, at its place in the order of names if they had one.

    Raises EditRefused.
    """
    left = [each for at, each in enumerate(names) if at != index]
    place = next((at for at, each in enumerate(left) if each > new), len(left))
    if list(names) != sorted(names) or place == index:
        return [Edit(*span, text)]
    elements = lists.elements_of(source, holder)
    if len(elements.spans) != len(names):
        raise EditRefused("the elements of the list cannot be told apart")
    # Every element between the two places moves by one: so no comma and no bracket is touched.
    content = source.text.content
    order = [content[start:stop] for start, stop in elements.spans]
    order.pop(index)
    order.insert(place, text)
    first, last = sorted((index, place))
    edits = [Edit(*elements.spans[at], order[at]) for at in range(first, last + 1)]
    return [each for each in edits if content[each.start : each.stop] != each.text]


def _module(naming: Naming) -> str:
    return f"/{naming.survey.stems[1]}"


def _is_in(stem: str, folder: str) -> bool:
    return stem == folder or stem.startswith(f"{folder}/")


def _above(stem: str) -> Iterator[str]:
    while "/" in stem:
        stem = stem.rpartition("/")[0]
        yield stem


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [each for each in every if each is not None]


def _parameters(arguments: ast.arguments) -> list[str]:
    return [each.arg for each in _arguments(arguments)]


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


def _lazy_dicts(tree: ast.Module) -> Iterator[ast.Dict]:
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=offered.LAZY)], value=ast.Dict() as value)
                | ast.AnnAssign(target=ast.Name(id=offered.LAZY), value=ast.Dict() as value)
            ):
                yield value
            case _:
                pass
