"""Find all that a file says of a name that is renamed: one walk over its statements and expressions."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from ...python.annotations import reads_types
from ...python.index import children
from ...python.source import Function, Source
from ...python.text import Edit
from . import import_order
from .name_docstrings import entries, modules_imported
from .name_imports import NameImports
from .name_uses import bound, outer
from .naming import NEW, OLD, OTHER, Clash, Meanings, Naming, module_meaning


class Mentions(NamedTuple):
    """What a file says: edits that rename, the first line that has the name by its old or new name, 0 for none."""

    edits: tuple[Edit, ...]
    line: int
    places: int


def find(source: Source, naming: Naming) -> Mentions:
    """Find what a file says of a name. Raises Clash."""
    return _Finder(source, naming).found()


class _Finder(NameImports):
    """One walk over a module."""

    def found(self) -> Mentions:
        body = self._source.tree.body
        meanings = self._module_meanings(body)
        self._statements(body, meanings)
        is_lazy = self._lazy()
        if self._naming.old and (is_lazy or self._is_offered(meanings)):
            self._offered()
        self._dotted_strings()
        first = min(self._lines, default=0)
        edits = import_order.sorted_again(self._source, list(dict.fromkeys(self._edits)))
        return Mentions(tuple(edits), first, self._places)

    def _dotted_strings(self) -> None:
        """Raise Clash where a string has the name with its module, as ``mock.patch`` and ``import_module`` take it."""
        if self._naming.keeps_alias or not self._source.path:
            return
        for node in self._source.index.of((ast.Constant,)):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and _DOTTED.fullmatch(value) and self._is_path(value.split(".")):
                start, stop = self._text.span(node)
                if not any(start <= each.start and each.stop <= stop for each in self._edits):
                    hint = "change the string in a step before"
                    raise Clash(getattr(node, "lineno", 1), f'the string "{value}" means it, and would stay', hint)

    def _is_path(self, parts: Sequence[str]) -> bool:
        """Tell whether a dotted path from a top-level package on leads to what is renamed, by its old name."""
        naming = self._naming
        for count in range(1, len(parts) + 1):
            stem = naming.stem(self._source.path, ".".join(parts[:count]))
            if stem is None:
                return False
            if naming.moves and stem == naming.survey.stems[0]:
                return True
            name = parts[count] if count < len(parts) else ""
            if naming.old and name == naming.old and self._member(naming.settled(stem)[0], name) == OLD:
                return True
        return False

    def _statements(self, body: Iterable[ast.AST], meanings: Meanings) -> None:
        for each in body:
            self._visit(each, meanings, is_type=False)

    def _visit(self, node: ast.AST | None, meanings: Meanings, *, is_type: bool) -> None:
        if node is None:
            return
        visitor = _VISITORS.get(type(node))
        if visitor is not None:
            visitor(self, node, meanings, is_type)
        else:
            keeps = isinstance(node, ast.BinOp | ast.Tuple | ast.List | ast.Starred)
            for each in children(node):
                self._visit(each, meanings, is_type=is_type and keeps)

    def _name(self, node: ast.Name, meanings: Meanings, is_type: bool) -> None:
        self._use(node, node.id, meanings)

    def _lambda(self, node: ast.Lambda, meanings: Meanings, is_type: bool) -> None:
        inner = dict(meanings) | dict.fromkeys(_parameters(node.args), OTHER)
        self._all([*node.args.defaults, *(each for each in node.args.kw_defaults if each)], meanings)
        self._visit(node.body, inner, is_type=False)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, meanings: Meanings, is_type: bool
    ) -> None:
        targets = [each for part in node.generators for each in ast.walk(part.target)]
        inner = dict(meanings) | {each.id: OTHER for each in targets if isinstance(each, ast.Name)}
        self._visit(node.generators[0].iter, meanings, is_type=False)
        for each in children(node):
            for part in children(each) if isinstance(each, ast.comprehension) else [each]:
                if part is not node.generators[0].iter:
                    self._visit(part, inner, is_type=False)

    def _annotated(self, node: ast.AnnAssign, meanings: Meanings, is_type: bool) -> None:
        self._visit(node.target, meanings, is_type=False)
        self._visit(node.annotation, meanings, is_type=True)
        self._visit(node.value, meanings, is_type=False)

    def _assigned(self, node: ast.Assign, meanings: Meanings, is_type: bool) -> None:
        if self._is_alias(node):
            self._lines.append(node.lineno)
        else:
            self._all([*node.targets, node.value], meanings)

    def _subscript(self, node: ast.Subscript, meanings: Meanings, is_type: bool) -> None:
        self._by_key(node)
        self._visit(node.value, meanings, is_type=False)
        for part, is_inner in reads_types(node, within=is_type):
            self._visit(part, meanings, is_type=is_inner)

    def _string(self, node: ast.Constant, meanings: Meanings, is_type: bool) -> None:
        if is_type and isinstance(node.value, str):
            self._quoted(node, meanings)

    def _imports(self, node: ast.Import | ast.ImportFrom, meanings: Meanings, is_type: bool) -> None:
        self._import(node, meanings)

    def _declared(self, node: ast.Global | ast.Nonlocal, meanings: Meanings, is_type: bool) -> None:
        if self._naming.old in node.names and meanings.get(self._naming.old) == OLD:
            raise Clash(node.lineno, f"{self._naming.old} is declared global")

    def _all(self, nodes: Iterable[ast.AST], meanings: Meanings) -> None:
        for each in nodes:
            self._visit(each, meanings, is_type=False)

    def _attribute(self, node: ast.Attribute, meanings: Meanings, is_type: bool) -> None:
        chain: list[ast.Attribute] = []
        value: ast.expr = node
        while isinstance(value, ast.Attribute):
            chain.append(value)
            value = value.value
        if not isinstance(value, ast.Name):
            self._visit(value, meanings, is_type=False)
            return
        self._use(value, value.id, meanings)
        self._along(meanings.get(value.id, OTHER), list(reversed(chain)))

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
            if meaning == OLD:
                self._replace(each.lineno, stop - len(each.attr), each.attr, naming.new)
            elif meaning == NEW or meaning == module_meaning(naming):
                self._lines.append(each.lineno)
            if is_moved and meaning != OLD:
                self._replace(each.lineno, stop - len(each.attr), each.attr, naming.module_names[1])

    def _defined(self, node: ast.ClassDef | Function, name: str, meanings: Meanings) -> None:
        if meanings.get(name) == OLD:
            line = node.lineno
            start = self._text.offset(line, node.col_offset)
            found = re.compile(r"(?:async\s+def|def|class)\s+").match(self._text.content, start)
            if found is None:
                raise Clash(line, f"the name of {name} cannot be located")
            self._replace(line, found.end(), name, self._free(node, meanings))
            if self._naming.keeps_alias and self._source.path == self._naming.survey.defining:
                self._alias(node)
        elif meanings.get(name) == NEW:
            self._lines.append(node.lineno)

    def _alias(self, node: ast.ClassDef | Function) -> None:
        """Put ``Old = New`` below the definition."""
        stop = self._text.start_of((node.end_lineno or node.lineno) + 1)
        text = f"\n\n{self._naming.old} = {self._naming.new}\n"
        last = self._text.content[stop - 1 : stop] == "\n"
        self._edits.append(Edit(stop, stop, text if last else "\n" + text))

    def _function(self, node: Function, meanings: Meanings, is_type: bool) -> None:
        self._defined(node, node.name, meanings)
        self._all(node.decorator_list, meanings)
        self._function_of_class(node, meanings, meanings)

    def _class(self, node: ast.ClassDef, meanings: Meanings, is_type: bool) -> None:
        self._defined(node, node.name, meanings)
        self._all([*node.decorator_list, *node.bases, *(each.value for each in node.keywords)], meanings)
        self._documented(node.body, meanings)
        own = bound(node.body)
        inner = self._bound_in(node.body, meanings)
        for each in node.body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                self._all(each.decorator_list, inner)
                self._function_of_class(each, meanings, inner)
            elif isinstance(each, ast.ClassDef):
                self._visit(each, inner if each.name not in own else {**inner, each.name: OTHER}, is_type=False)
            else:
                self._visit(each, inner, is_type=False)

    def _function_of_class(self, node: Function, outer_meanings: Meanings, inner: Meanings) -> None:
        """Visit a function: the body of a method does not see the names of the class, annotations and defaults do."""
        for each in _arguments(node.args):
            self._visit(each.annotation, inner, is_type=True)
        self._all([*node.args.defaults, *(each for each in node.args.kw_defaults if each)], inner)
        self._visit(node.returns, inner, is_type=True)
        within = dict(outer_meanings) | dict.fromkeys(_parameters(node.args), OTHER)
        within = self._bound_in(node.body, within)
        within |= {name: outer_meanings.get(name, OTHER) for name in outer(node.body)}
        self._documented(node.body, outer_meanings)
        self._statements(node.body, within)

    def _documented(self, body: Sequence[ast.stmt], meanings: Meanings) -> None:
        """Rename in a docstring, and note where it has the new name."""
        naming = self._naming
        for line, start, module in modules_imported(self._source, body) if naming.moves else ():
            self._module_part(line, start, module, naming.stem(self._source.path, module))
        if not naming.old:
            return
        for name, meaning in ((naming.old, OLD), (naming.new, NEW)):
            is_meant = meanings.get(name) == meaning
            for line, start in entries(self._source, body, is_meant, name, partial(self._is_of, name, meaning)):
                if name == naming.new:
                    self._lines.append(line)
                else:
                    self._replace(line, start, naming.old, naming.new)

    def _is_of(self, name: str, meaning: str, module: str) -> bool:
        stem = self._naming.stem(self._source.path, module)
        return stem is not None and self._member(self._naming.settled(stem)[0], name) == meaning

    def _quoted(self, node: ast.Constant, meanings: Meanings) -> None:
        """Rename in an annotation that is written as a string."""
        value = str(node.value)
        if not any(name and name in value for name in self._names_of_all):
            return
        try:
            code = ast.parse(f"({value})", mode="eval").body
        except (SyntaxError, ValueError):
            return
        inner = _Finder(Source("", f"({value})".encode(), ast.Module(body=[], type_ignores=[])), self._naming)
        inner._visit(code, meanings, is_type=True)
        self._lines += [node.lineno] if inner._lines else []
        if not inner._edits:
            return
        segment = self._text.segment(node)
        if segment.count(value) != 1 or not value.isascii():
            raise Clash(node.lineno, "the name stands in a string that cannot be edited")
        start = self._text.span(node)[0] + segment.index(value) - 1
        for each in inner._edits:
            span = slice(start + each.start, start + each.stop)
            self._replace(node.lineno, span.start, self._text.content[span], each.text)

    def _call(self, node: ast.Call, meanings: Meanings, is_type: bool) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        is_cast = name == "cast" and len(node.args) == 2
        self._visit(node.func, meanings, is_type=False)
        for at, each in enumerate(node.args):
            self._visit(each, meanings, is_type=(is_cast and at == 0) or (name in ("ForwardRef", "TypeVar")))
        for keyword in node.keywords:
            self._visit(keyword.value, meanings, is_type=name == "TypeVar" and keyword.arg == "bound")
            is_own = isinstance(keyword.value, ast.Name) and meanings.get(keyword.value.id) == OLD
            if name == "update_forward_refs" and is_own and keyword.arg == self._naming.old:
                self._replace(keyword.lineno, self._text.span(keyword)[0], self._naming.old, self._naming.new)
        if name in _BY_STRING and len(node.args) > 1:
            self._by_string(node, meanings)
        if name in ("attrgetter", "eval", "exec") and self._naming.old:
            for each in node.args:
                text = each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else ""
                if self._naming.old in re.findall(r"\w+", text):
                    raise Clash(node.lineno, f'the string "{text}" may mean the name, and nobody can tell')

    def _by_key(self, node: ast.Subscript) -> None:
        """Raise Clash where the names of a module or an object are asked for one by its string."""
        whole = node.value.func if isinstance(node.value, ast.Call) else node.value
        name = whole.attr if isinstance(whole, ast.Attribute) else getattr(whole, "id", "")
        is_old = isinstance(node.slice, ast.Constant) and node.slice.value == self._naming.old != ""
        if is_old and name in ("globals", "vars", "__dict__"):
            raise Clash(node.lineno, f'the string "{self._naming.old}" may mean the name, and nobody can tell')

    def _by_string(self, node: ast.Call, meanings: Meanings) -> None:
        """Raise Clash where a name may be asked for by a string."""
        match node.args[1]:
            case ast.Constant(value=str(value)) if value and value == self._naming.old:
                pass
            case _:
                return
        first = node.args[0]
        if isinstance(first, ast.Name) and (first.id in ("self", "cls") or not value[:1].isupper()):
            meaning = meanings.get(first.id, OTHER)
            if not meaning.startswith("/") or self._member(meaning[1:], value) != OLD:
                return
        raise Clash(node.lineno, f'the string "{value}" may mean the name, and nobody can tell')


_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_BY_STRING = ("getattr", "hasattr", "setattr", "delattr")


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [each for each in every if each is not None]


def _parameters(arguments: ast.arguments) -> list[str]:
    return [each.arg for each in _arguments(arguments)]


_VISITORS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: _Finder._name,
    ast.Attribute: _Finder._attribute,
    ast.Import: _Finder._imports,
    ast.ImportFrom: _Finder._imports,
    ast.FunctionDef: _Finder._function,
    ast.AsyncFunctionDef: _Finder._function,
    ast.ClassDef: _Finder._class,
    ast.Lambda: _Finder._lambda,
    ast.ListComp: _Finder._comprehension,
    ast.SetComp: _Finder._comprehension,
    ast.DictComp: _Finder._comprehension,
    ast.GeneratorExp: _Finder._comprehension,
    ast.AnnAssign: _Finder._annotated,
    ast.Assign: _Finder._assigned,
    ast.Subscript: _Finder._subscript,
    ast.Call: _Finder._call,
    ast.Constant: _Finder._string,
    ast.Global: _Finder._declared,
    ast.Nonlocal: _Finder._declared,
}
