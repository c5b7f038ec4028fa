"""``secrets.redact``: mask credentials in ``ApiError``, in errors about urls and in the DEBUG logs of websockets."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..handshakes import support
from ..handshakes.goals import Want, parsed
from ..handshakes.operation import HandshakeOperation, JudgedHandshakes
from ..handshakes.origins import HEADER, literal
from ..handshakes.place import HandshakePlace
from ..handshakes.prefilter import opens_sockets
from ..handshakes.promises import Promise, Redacts, Refusals
from ..handshakes.recognise import SUPPORT_MODULE
from ..model import Conflict, Site
from ..operation import Held, Judgement, ToDo
from ..python import blocks as block_edits
from ..python.source import Block, Source, same
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, ListOf, Mistakes
from .shared.structural import texts

_MODULE = "sdkpatch_redact"
ALWAYS = ("Authorization", "Cookie", "Proxy-Authorization", "Sec-WebSocket-Protocol")
"""Headers that hold credentials by their definition (RFC 9110, RFC 6265, RFC 6455)."""


class Redaction(NamedTuple):
    """The names whose values are masked, sorted. Errors and logs are those of all handshakes: ``within`` is empty."""

    names: tuple[str, ...]
    within: tuple[str, ...] = ()


class SecretsRedact(HandshakeOperation[Redaction]):
    """The operation; see docs/operations/secrets.redact.md."""

    name = "secrets.redact"
    summary = "Mask the values of credentials in errors and logs."
    files = ("**/core/api_error.py", "**/client.py", "**/raw_client.py")
    fields = (Field("names", ListOf(HEADER), "Headers, query parameters and keys of messages that hold secrets."),)

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Redaction:
        """Return the names with those that are always secret."""
        return Redaction(names=tuple(sorted({*ALWAYS, *texts(arguments, "names")}, key=str.lower)))

    def needs(self, arguments: Redaction) -> tuple[str, ...]:
        """Return both support modules."""
        return (_MODULE, SUPPORT_MODULE)

    def may_matter(self, code: bytes, arguments: Redaction) -> bool:
        """The error class itself, or what opens a socket."""
        return b"class ApiError" in code or opens_sockets(code)

    def want(self, place: HandshakePlace, arguments: Redaction) -> Want:
        """The support module opens the socket: its errors hold no query."""
        return Want(opened=True)

    def judge(self, source: Source, arguments: Redaction) -> tuple[Judgement, ...]:
        """Judge the error class, or every handshake."""
        error = _error_class(source)
        if error is None:
            return super().judge(source, arguments)
        site = Site(path=source.path, line=error.lineno, name="ApiError")
        return (Judgement(site=site, verdict=_verdict(source, error, arguments)),)

    def edits(self, source: Source, todo: Sequence[ToDo], arguments: Redaction) -> Sequence[Edit]:
        """Return the edits of the error class, or those of handshakes."""
        if _error_class(source) is None:
            return super().edits(source, todo, arguments)
        return [edit for each in todo for edit in each.work()]

    def found(self, source: Source, arguments: Redaction) -> JudgedHandshakes:
        """Judge every handshake."""
        return (
            JudgedHandshakes([], frozenset()) if _error_class(source) is not None else super().found(source, arguments)
        )

    def promises(self, arguments: Redaction) -> tuple[Promise, ...]:
        """No credential shows in errors and logs."""
        return (Redacts(arguments.names), Refusals())


def _error_class(source: Source) -> ast.ClassDef | None:
    found = (node for node in source.tree.body if isinstance(node, ast.ClassDef) and node.name == "ApiError")
    return next(found, None) if source.path.endswith("core/api_error.py") else None


def _verdict(source: Source, error: ast.ClassDef, wanted: Redaction) -> Held | ToDo | Conflict:
    names = ", ".join(map(literal, wanted.names))
    setting = f"_REDACTED = ({names})" if len(wanted.names) > 1 else f"_REDACTED = ({names},)"
    edits: list[Edit] = []
    methods = {each.name: each for each in error.body if isinstance(each, ast.FunctionDef)}
    kept = [each for each in getattr(methods.get("__init__"), "body", []) if _target(each) == "self.headers"]
    shown = methods["__str__"].body[-1] if "__str__" in methods else None
    known = {each.arg for each in methods["__init__"].args.kwonlyargs} if "__init__" in methods else {"headers"}
    if len(kept) != ("headers" in known):  # errors of older generators have none
        return Conflict(reason="ApiError does not keep its headers in a way that is understood")
    if not isinstance(shown, ast.Return) or shown.value is None:
        return Conflict(reason="ApiError has no __str__ that returns its text")
    masked = [(each.value, "redact_headers") for each in kept if isinstance(each, ast.Assign)]
    for value, function in (*masked, (shown.value, "redact_text")):
        if not (isinstance(value, ast.Call) and ast.unparse(value.func) == function):
            start, stop = source.text.span(value)
            edits += [Edit(start, start, f"{function}("), Edit(stop, stop, ", _REDACTED)")]
    block: Block = source.tree.body
    module = support.module_path(source, _MODULE)
    functions = ("redact_headers", "redact_logs", "redact_text")
    edits += support.imports(source, functions, module)
    index = block.index(error)
    for code, name in ((setting, "_REDACTED"), ("redact_logs(_REDACTED)", "redact_logs")):
        there = [each for each in block if name in _starts(each)]
        if len(there) > 1:
            hint = "a merge doubled it: remove one of the two"
            return Conflict(reason=f"line {there[1].lineno} masks names again", hint=hint)
        if there and not same(there[0], parsed(code)):
            hint = "two patches want different code here, or the patch changed: regenerate the SDK and apply again"
            return Conflict(reason=f"line {there[0].lineno} already masks other names", hint=hint)
    codes = (setting, "redact_logs(_REDACTED)")
    missing = [code for code in codes if not any(same(each, parsed(code)) for each in block)]
    if missing:
        edits += block_edits.insert(source, block, index, "\n".join(missing), top=True)
    return ToDo(work=lambda: edits) if edits else Held()


def _target(statement: ast.stmt) -> str:
    return ast.unparse(statement.targets[0]) if isinstance(statement, ast.Assign) else ""


def _starts(statement: ast.stmt) -> set[str]:
    """Return what a statement assigns to or calls."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return {ast.unparse(statement.value.func)}
    return {_target(statement)}
