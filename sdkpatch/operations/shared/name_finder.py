"""Find all that a file says of a name that is renamed: one walk over its statements and expressions."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from ...python.annotations import reads_types
from ...python.index import children, dotted
from ...python.source import Function, Source
from ...python.text import Edit
from . import import_order
from .name_docstrings import entries, modules_imported
from .name_strings import NameStrings
from .name_uses import bound, own_nodes
from .naming import NEW, OLD, OTHER, UNCLEAR, Clash, Meanings, Naming, module_meaning, unclear

_RESOLVING = frozenset({"model_rebuild", "update_forward_refs", "get_type_hints", "rebuild", "rebuild_dataclass"})
_NAMING_ITSELF = frozenset({
    "NewType", "TypeVar", "TypeVarTuple", "ParamSpec", "TypeAliasType", "TypedDict", "NamedTuple", "namedtuple", "Enum",
    "IntEnum", "StrEnum", "Flag", "IntFlag", "create_model", "make_dataclass",
})  # fmt: skip


class Mentions(NamedTuple):
    """What a file says: edits that rename, the first line that has the name by its old or new name, 0 for none."""

    edits: tuple[Edit, ...]
    line: int
    places: int


def find(source: Source, naming: Naming) -> Mentions:
    """Find what a file says of a name. Raises Clash."""
    return _Finder(source, naming).found()


class _Finder(NameStrings):
    """One walk over a module."""

    def found(self) -> Mentions:
        body = self._source.tree.body
        meanings = self._module_meanings(body)
        self._statements(body, meanings)
        is_lazy = self._lazy()
        if self._naming.old and (is_lazy or self._is_offered(meanings)):
            self._offered()
        self._module_offered()
        self._check_strings()
        self._check_comments()
        first = min(self._lines, default=0)
        edits = import_order.sorted_again(self._source, list(dict.fromkeys(self._edits)))
        return Mentions(tuple(edits), first, self._places)

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
        inner = meanings.around.hiding(_parameters(node.args))
        self._all([*node.args.defaults, *(each for each in node.args.kw_defaults if each)], meanings)
        self._visit(node.body, inner, is_type=False)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, meanings: Meanings, is_type: bool
    ) -> None:
        targets = [each for part in node.generators for each in ast.walk(part.target)]
        inner = meanings.around.hiding(each.id for each in targets if isinstance(each, ast.Name))
        self._visit(node.generators[0].iter, meanings, is_type=False)
        for each in children(node):
            for part in children(each) if isinstance(each, ast.comprehension) else [each]:
                if part is not node.generators[0].iter:
                    self._visit(part, inner, is_type=False)

    def _annotated(self, node: ast.AnnAssign, meanings: Meanings, is_type: bool) -> None:
        self._check_annotation(node, meanings)
        self._visit(node.target, meanings, is_type=False)
        self._visit(node.annotation, meanings, is_type=True)
        is_alias = dotted(node.annotation).rpartition(".")[2] == "TypeAlias"
        self._visit(node.value, meanings, is_type=is_alias)

    def _check_annotation(self, node: ast.AnnAssign, meanings: Meanings) -> None:
        """Raise Clash where a field with a value has the name, and its annotation too: who reads it decides."""
        name = node.target.id if isinstance(node.target, ast.Name) else ""
        is_own = name in meanings.stores and name in self._names_of_all and meanings.get(name) != OTHER
        if is_own and node.value is not None and name in re.findall(r"\w+", self._text.segment(node.annotation)):
            hint = f"give the field {name} another name in a step before, with field.rename"
            raise Clash(node.lineno, f"the annotation of {name} may mean the value of {name} itself", hint)

    def _namespace(self, node: ast.Dict, meanings: Meanings) -> None:
        """Rename in a dict that says what names in annotations mean."""
        for key, value in zip(node.keys, node.values, strict=True):
            is_own = isinstance(value, ast.Name) and meanings.get(value.id) == OLD
            if is_own and isinstance(key, ast.Constant) and key.value == self._naming.old:
                self._replace(key.lineno, self._text.span(key)[0] + 1, self._naming.old, self._naming.new)

    def _says_its_name(self, node: ast.Assign, meanings: Meanings) -> None:
        """Rename in ``Parcel = typing.NewType("Parcel", …)``: type checkers want the two to be the same."""
        match node:
            case ast.Assign(
                targets=[ast.Name(id=target)],
                value=ast.Call(func=made, args=[ast.Constant(value=str(text)) as first, *_]),
            ) if target == text == self._naming.old and meanings.stored(target) == OLD:
                if dotted(made).rpartition(".")[2] in _NAMING_ITSELF:
                    self._replace(first.lineno, self._text.span(first)[0] + 1, self._naming.old, self._naming.new)
            case _:
                pass

    def _assigned(self, node: ast.Assign, meanings: Meanings, is_type: bool) -> None:
        if self._is_alias(node):
            self._lines.append(node.lineno)
        else:
            self._says_its_name(node, meanings)
            self._all([*node.targets, node.value], meanings)

    def _subscript(self, node: ast.Subscript, meanings: Meanings, is_type: bool) -> None:
        self._by_key(node.value, node.slice)
        self._visit(node.value, meanings, is_type=False)
        for part, is_inner in reads_types(node, within=is_type):
            self._visit(part, meanings, is_type=is_inner)

    def _string(self, node: ast.Constant, meanings: Meanings, is_type: bool) -> None:
        if is_type and isinstance(node.value, str):
            self._quoted(node, meanings)

    def _imports(self, node: ast.Import | ast.ImportFrom, meanings: Meanings, is_type: bool) -> None:
        self._import(node, meanings)

    def _declared(self, node: ast.Global | ast.Nonlocal, meanings: Meanings, is_type: bool) -> None:
        for name, new in ((self._naming.old, self._naming.new), self._naming.module_names):
            is_meant = meanings.get(name) in (OLD, module_meaning(self._naming))
            if name and name != new and is_meant and name in node.names:
                start, stop = self._text.span(node)
                found = re.compile(rf"\b{re.escape(name)}\b").search(self._text.content, start, stop)
                if found is None:
                    raise Clash(node.lineno, f"the name of {name} cannot be located")
                self._replace(node.lineno, found.start(), name, new)

    def _bound_as_text(self, node: ast.AST, meanings: Meanings, is_type: bool) -> None:
        """Raise Clash where a handler or a pattern binds the name itself."""
        name = str(getattr(node, "name", None) or getattr(node, "rest", None) or "")
        if name in self._names_of_all and meanings.stored(name) in (OLD, module_meaning(self._naming)):
            raise Clash(getattr(node, "lineno", 1), f"except, or a pattern, binds {name} again")
        self._all(children(node), meanings)

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
        if meanings.stored(name) == OLD:
            line = node.lineno
            start = self._text.offset(line, node.col_offset)
            found = re.compile(r"(?:async\s+def|def|class)\s+").match(self._text.content, start)
            if found is None:
                raise Clash(line, f"the name of {name} cannot be located")
            self._replace(line, found.end(), name, self._free(node, meanings))
            if self._naming.keeps_alias and self._source.path == self._naming.survey.defining:
                self._alias(node)
        elif meanings.stored(name) == NEW:
            self._lines.append(node.lineno)

    def _alias(self, node: ast.ClassDef | Function) -> None:
        """Put ``Old = New`` below the definition."""
        stop = self._text.start_of((node.end_lineno or node.lineno) + 1)
        text = f"\n\n{self._naming.old} = {self._naming.new}\n"
        last = self._text.content[stop - 1 : stop] == "\n"
        self._edits.append(Edit(stop, stop, text if last else "\n" + text))

    def _function(self, node: Function, meanings: Meanings, is_type: bool) -> None:
        """Visit a function: its body sees what functions here see, its annotations and defaults what code here sees."""
        self._defined(node, node.name, meanings)
        self._all(node.decorator_list, meanings)
        self._all([*node.args.defaults, *(each for each in node.args.kw_defaults if each)], meanings)
        meanings = self._typed(node, meanings)
        for each in _arguments(node.args):
            self._visit(each.annotation, meanings, is_type=True)
        self._visit(node.returns, meanings, is_type=True)
        above = meanings.around
        within = self._bound_in(node.body, above.hiding(_parameters(node.args)))
        for declared in _declarations(node.body):
            outside = self._top if isinstance(declared, ast.Global) else above
            within.update({name: outside[name] for name in declared.names if name in outside})
        self._documented(node.body, above)
        self._statements(node.body, within)

    def _class(self, node: ast.ClassDef, meanings: Meanings, is_type: bool) -> None:
        self._defined(node, node.name, meanings)
        self._all(node.decorator_list, meanings)
        meanings = self._typed(node, meanings)
        self._all([*node.bases, *(each.value for each in node.keywords)], meanings)
        self._documented(node.body, meanings)
        stores = self._bound_in(node.body, meanings)
        own = bound(node.body)
        before = {**meanings.around, **{name: self._top.get(name, OTHER) for name in own if name in meanings.around}}
        inner = Meanings(before, {name: stores[name] for name in own}, meanings.around)
        for each in node.body:
            self._visit(each, inner, is_type=False)
            is_declared = isinstance(each, ast.AnnAssign) and each.value is None
            for name in () if is_declared else own & bound([each]):
                inner[name] = stores[name] if _is_straight(each) else self._after_branch(each, name, inner)

    def _after_branch(self, node: ast.stmt, name: str, inner: Meanings) -> str:
        """Return what a name means below a branch of a class that binds it. Raises Clash where it is read there."""
        if inner.get(name) == inner.stores[name] or name not in self._names_of_all:
            return inner.stores[name]
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load):
                raise unclear(each.lineno, name)
        return UNCLEAR

    def _typed(self, node: ast.AST, meanings: Meanings) -> Meanings:
        """Return the meanings with the type parameters of a definition, and visit their bounds."""
        declared: list[ast.AST] = getattr(node, "type_params", [])
        inner = meanings.hiding(str(getattr(each, "name", "")) for each in declared) if declared else meanings
        for each in declared:
            for part in children(each):
                self._visit(part, inner, is_type=True)
        return inner

    def _type_alias(self, node: ast.AST, meanings: Meanings, is_type: bool) -> None:
        self._visit(getattr(node, "name", None), meanings, is_type=False)
        self._visit(getattr(node, "value", None), self._typed(node, meanings), is_type=True)

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
            if name in _RESOLVING and isinstance(keyword.value, ast.Dict):
                self._namespace(keyword.value, meanings)
        self._check_call(node, name, meanings)


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [each for each in every if each is not None]


def _declarations(body: Iterable[ast.AST]) -> Iterator[ast.Global | ast.Nonlocal]:
    """Yield the statements of one scope that declare names to be those of a scope outside."""
    return (each for each in own_nodes(body) if isinstance(each, ast.Global | ast.Nonlocal))


def _is_straight(node: ast.stmt) -> bool:
    """Tell whether a statement of a class is carried out in any case, once."""
    return isinstance(node, ast.ClassDef | Function) or not (hasattr(node, "body") or hasattr(node, "cases"))


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
    ast.ExceptHandler: _Finder._bound_as_text,
    ast.MatchAs: _Finder._bound_as_text,
    ast.MatchStar: _Finder._bound_as_text,
    ast.MatchMapping: _Finder._bound_as_text,
    ast.Global: _Finder._declared,
    ast.Nonlocal: _Finder._declared,
}
if hasattr(ast, "TypeAlias"):
    _VISITORS[ast.TypeAlias] = _Finder._type_alias
