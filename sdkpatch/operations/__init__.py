"""The operations a step can name: one module each, listed here by how they work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

from ..operation import CstOperation, FileOperation, Operation, PythonOperation, SpliceOperation

_Kind = TypeVar("_Kind", bound=Operation[Any])


class _Table(Mapping[str, _Kind]):
    """Operations by name; a module is imported when its operation is first asked for."""

    def __init__(self, classes: Mapping[str, str]) -> None:
        self._classes = classes
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> _Kind:
        if name not in self._classes:
            raise KeyError(name)
        if name not in self._made:
            module = import_module(f".{name.replace('.', '_')}", __name__)
            self._made[name] = getattr(module, self._classes[name])()
        made: _Kind = self._made[name]
        return made

    def __contains__(self, name: object) -> bool:
        return name in self._classes

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)


_CST = {"websocket.auth": "WebSocketAuth"}
_SPLICE = {
    "annotation.set": "AnnotationSet",
    "class.add": "ClassAdd",
    "comment.add": "CommentAdd",
    "comment.remove": "CommentRemove",
    "comment.set": "CommentSet",
    "delete": "Delete",
    "docstring.set": "DocstringSet",
    "export.add": "ExportAdd",
    "export.remove": "ExportRemove",
    "field.add": "FieldAdd",
    "field.rename": "FieldRename",
    "field.set": "FieldSet",
    "function.replace_body": "FunctionReplaceBody",
    "http.headers": "HttpHeaders",
    "import.deduplicate": "ImportDeduplicate",
    "import.remove": "ImportRemove",
    "import.set": "ImportSet",
    "insert": "Insert",
    "literal.add": "LiteralAdd",
    "module.add": "ModuleAdd",
    "parameter.add": "ParameterAdd",
    "parameter.rename": "ParameterRename",
    "parameter.set": "ParameterSet",
    "rename": "RenameOperation",
    "rewrite": "RewriteOperation",
    "secrets.redact": "SecretsRedact",
    "websocket.connect": "WebSocketConnect",
    "websocket.errors": "WebSocketErrors",
    "websocket.headers": "WebSocketHeaders",
    "websocket.messages": "WebSocketMessages",
    "websocket.query": "WebSocketQuery",
    "websocket.transport": "WebSocketTransport",
}
_FILE = {
    "alias.add": "AliasAdd",
    "fernignore.protect": "FernignoreProtect",
    "file.add": "FileAdd",
    "file.remove": "FileRemove",
    "resource.remove": "ResourceRemove",
    "text.insert": "TextInsert",
    "text.replace": "TextReplace",
    "dependency.set": "DependencySet",
    "toml.add": "TomlAdd",
    "toml.remove": "TomlRemove",
    "toml.set": "TomlSet",
}

CST_OPERATIONS: Mapping[str, CstOperation[Any]] = _Table(_CST)
SPLICE_OPERATIONS: Mapping[str, SpliceOperation[Any]] = _Table({**_SPLICE, **_CST})
PYTHON_OPERATIONS: Mapping[str, PythonOperation[Any]] = _Table({**_CST, **_SPLICE})
FILE_OPERATIONS: Mapping[str, FileOperation[Any]] = _Table(_FILE)
OPERATIONS: Mapping[str, Operation[Any]] = _Table({**_CST, **_SPLICE, **_FILE})
