"""Refuse strings that ask for a name, or for a module, that is renamed: nobody can tell, or they would stay."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...python.index import dotted
from ...python.source import Source
from ...python.text import comments
from .name_imports import NameImports
from .naming import OLD, OTHER, Clash, Meanings, Naming, path_parts

_BY_STRING = frozenset({"getattr", "hasattr", "setattr", "delattr"})
_BY_TEXT = frozenset({"attrgetter", "methodcaller", "eval", "exec"})
_IMPORTING = frozenset({"import_module", "__import__", "find_spec", "resolve_name", "run_module", "find_loader"})
_NAMESPACES = frozenset({"globals", "vars", "__dict__"})
_OF_KEYS = frozenset({"get", "pop", "setdefault", "__getitem__", "__contains__"})
_STAYS = "change the string in a step before"


class NameStrings(NameImports):
    """The strings of a file."""

    def _check_strings(self) -> None:
        """Raise Clash where a string has the name with its module, as ``mock.patch`` and ``import_module`` take it."""
        if self._naming.keeps_alias or not self._source.path:
            return
        calls = [each for each in self._source.index.of((ast.Call,)) if isinstance(each, ast.Call)]
        importing = [each for each in calls if dotted(each.func).rpartition(".")[2] in _IMPORTING]
        for node in self._source.index.of((ast.Constant,)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not self._is_edited(node):
                value = node.value
                if self._naming.leads(self._source.path, path_parts(value)) or self._is_file(value):
                    raise Clash(node.lineno, f'the string "{value}" means it, and would stay', _STAYS)
                if importing and value.startswith(".") and self._is_relative(value):
                    raise Clash(node.lineno, f'the string "{value}" may mean it, and would stay', _STAYS)
        for call in importing if self._naming.moves else ():
            self._check_import(call)

    def _is_edited(self, node: ast.AST) -> bool:
        start, stop = self._text.span(node)
        return any(each.start < stop and start < each.stop for each in self._edits)

    def _is_relative(self, value: str) -> bool:
        """Tell whether a module with dots in front is the one that moves, or one below it, as seen from the file."""
        is_module = re.fullmatch(r"\.+[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", value)
        stem = self._naming.stem(self._source.path, value) if is_module else None
        return stem is not None and self._naming.settled(stem)[1]

    def _is_file(self, value: str) -> bool:
        """Tell whether a path of two parts or more is the file that moves."""
        if not self._naming.moves or not value.endswith(".py") or "/" not in value:
            return False
        file = f"/{self._naming.survey.stems[0]}.py"
        return file.endswith("/" + value.lstrip("./")) or f"/{value}".endswith("/".join(file.split("/")[-2:]))

    def _check_import(self, call: ast.Call) -> None:
        """Raise Clash where code puts the name of a module together, and a part of it is the name that moves."""
        match call.args:
            case [ast.Constant(value=str(module)), *_] if not module.startswith("."):
                return  # told by the whole string, or of another module
            case [ast.Constant(value=str(module)), ast.Constant(value=str(package))]:
                stem = self._naming.stem(self._source.path, package)
                parts = [*package.split("."), *module.lstrip(".").split(".")]
                if stem is None or module.startswith("..") or not self._naming.leads(self._source.path, parts):
                    return
            case _:
                pass
        for node, text in _texts(call):
            if self._naming.module_names[0] in re.split(r"\W+", text) and not self._is_edited(node):
                raise Clash(call.lineno, f'the string "{text}" may mean it, and nobody can tell', _STAYS)

    def _check_call(self, node: ast.Call, name: str, meanings: Meanings) -> None:
        """Raise Clash where a call asks for a name by a string."""
        old = self._naming.old
        if (name in _BY_STRING or dotted(node.func).endswith("patch.object")) and len(node.args) > 1:
            self._by_string(node, meanings)
        if name in _BY_TEXT and old:
            for each in node.args:
                text = each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else ""
                if old in re.findall(r"\w+", text):
                    raise Clash(node.lineno, f'the string "{text}" may mean the name, and nobody can tell')
        if name in _OF_KEYS and isinstance(node.func, ast.Attribute) and node.args:
            self._by_key(node.func.value, node.args[0])

    def _by_key(self, value: ast.expr, key: ast.expr) -> None:
        """Raise Clash where the names of a module or an object are asked for one by its string."""
        whole = value.func if isinstance(value, ast.Call) else value
        name = whole.attr if isinstance(whole, ast.Attribute) else getattr(whole, "id", "")
        is_old = isinstance(key, ast.Constant) and key.value == self._naming.old != ""
        is_other = name == "globals" and self._top.get(self._naming.old) != OLD
        if is_old and name in _NAMESPACES and not is_other:
            raise Clash(key.lineno, f'the string "{self._naming.old}" may mean the name, and nobody can tell')

    def _by_string(self, node: ast.Call, meanings: Meanings) -> None:
        """Raise Clash where a name may be asked for by a string."""
        first, second = node.args[:2]
        value = second.value if isinstance(second, ast.Constant) and isinstance(second.value, str) else ""
        meaning = meanings.get(first.id, OTHER) if isinstance(first, ast.Name) else OTHER
        if self._naming.moves and f"{meaning}/{value}" == f"/{self._naming.survey.stems[0]}":
            raise Clash(node.lineno, f'the string "{value}" means it, and would stay', _STAYS)
        if not value or value != self._naming.old:
            return
        is_known = isinstance(first, ast.Name) and (first.id in ("self", "cls") or not value[:1].isupper())
        if is_known and not (meaning.startswith("/") and self._member(meaning[1:], value) == OLD):
            return
        raise Clash(node.lineno, f'the string "{value}" may mean the name, and nobody can tell')

    def _check_comments(self) -> None:
        """Raise Clash where a comment is an annotation and has the name."""
        old = self._naming.old
        if not old or self._top.get(old) != OLD or "# type:" not in self._text.content:
            return
        for start, _, text in comments(self._text.content):
            if re.match(r"#\s*type:\s*(?!ignore)", text) and old in re.findall(r"\w+", text.split("#")[1]):
                hint = "write it as an annotation in a step before"
                raise Clash(self._text.line_at(start), f"the comment is an annotation, and has {old}", hint)


def check_strings(source: Source, naming: Naming) -> None:
    """Raise Clash where a string of a file means the module that goes."""
    NameStrings(source, naming)._check_strings()


def _texts(call: ast.Call) -> Iterator[tuple[ast.Constant, str]]:
    """Yield the strings in the arguments of a call."""
    for argument in (*call.args, *call.keywords):
        for each in ast.walk(argument):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each, each.value
