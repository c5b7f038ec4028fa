"""``http.headers``: headers the client wrapper sends with every request and handshake, fresh or fixed per client."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..handshakes.origins import header_problem, literal
from ..handshakes.promises import Matches, Promise
from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import Target, select
from ..python import blocks as block_edits
from ..python.source import Function, Source, is_docstring, same
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, MapOf, Mistakes, String, Table
from .shared.structural import Structural, judged


class _Header(NamedTuple):
    """One header: the expression for its value, and the wrapper's attribute that keeps it, empty for a fresh one."""

    name: str
    code: str
    attribute: str
    prefix: str


class HttpHeaderSet(NamedTuple):
    """The headers in their order."""

    headers: tuple[_Header, ...]
    imports: tuple[str, ...]


_HEADER = Table(
    (
        Field(
            "value",
            String("a text, or uuid4", empty=False),
            "The value; `uuid4` stands for 32 random hexadecimal digits.",
            True,
        ),
        Field("prefix", String("a text"), "A text in front of the value, such as `telemetry_`.", default=""),
        Field(
            "per",
            String('"request" or "client"', choices=("request", "client")),
            "Whether the value is made for each request, or once for each client.",
            default="request",
        ),
        Field(
            "attribute",
            String("a name"),
            'With `per = "client"`: the attribute of the client wrapper that keeps the value; by default `_` '
            "and the name of the header.",
            default="",
        ),
    )
)


class HttpHeaders(Structural[HttpHeaderSet]):
    """The operation; see docs/operations/http.headers.md."""

    name = "http.headers"
    summary = "Send further headers with every request and handshake, fresh each time or fixed per client."
    files = ("**/core/client_wrapper.py",)
    fields = (Field("headers", MapOf(_HEADER, least=1), "The headers to send, by name.", True),)

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> HttpHeaderSet:
        """Return the headers with the code for their values."""
        given = arguments["headers"]
        assert isinstance(given, Mapping)
        headers = [_header(name, table, (*key, "headers", name), report) for name, table in given.items()]
        uses_uuid = any("uuid.uuid4()" in each.code for each in headers)
        return HttpHeaderSet(headers=tuple(headers), imports=("import uuid",) if uses_uuid else ())

    def imports(self, arguments: HttpHeaderSet) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def words(self, arguments: HttpHeaderSet) -> Sequence[str]:
        """The method that all headers come from."""
        return ("def get_headers",)

    def sites(self, source: Source, arguments: HttpHeaderSet) -> list[Judgement]:
        """Judge ``get_headers`` of every client wrapper, with the ``__init__`` beside it."""
        found: list[Judgement] = []
        for target in select(source, ("*.get_headers",)):
            if isinstance(target.node, ast.FunctionDef):
                found.append(judged(source, target, _verdict(source, arguments, target, target.node)))
        return found

    def promises(self, arguments: HttpHeaderSet) -> tuple[Promise, ...]:
        """The headers go with every handshake, too."""
        return tuple(Matches(each.name, each.prefix) for each in arguments.headers)


def _header(name: str, table: Mapping[str, object], key: KeyPath, report: Mistakes) -> _Header:
    if wrong := header_problem(name):
        report(key, found=f'"{name}"', expected="the name of a header", hint=wrong)
    value, prefix, attribute = str(table["value"]), str(table["prefix"] or ""), str(table["attribute"] or "")
    if attribute and (table["per"] != "client" or not attribute.isidentifier()):
        report((*key, "attribute"), found=f'"{attribute}"', expected='a name, with per = "client"')
    code = literal(prefix + value)
    if value == "uuid4":
        code = f"{literal(prefix)} + uuid.uuid4().hex" if prefix else "uuid.uuid4().hex"
    usual = "_" + name.lower().replace("-", "_")
    kept = (attribute or usual) if table["per"] == "client" else ""
    return _Header(name=name, code=code, attribute=kept, prefix=prefix if value == "uuid4" else prefix + value)


def _verdict(source: Source, wanted: HttpHeaderSet, target: Target, function: Function) -> Held | ToDo | Conflict:
    last = function.body[-1]
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Name):
        return Conflict(reason="get_headers does not end with the return of a local", hint="the generator changed it")
    headers = last.value.id
    if any(isinstance(node, ast.Return) and node is not last for node in ast.walk(function)):
        return Conflict(reason="get_headers returns early, so that not every request would have the headers")
    owner = next(node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef) and function in node.body)
    starts = [each for each in owner.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    work: list[partial[list[Edit]]] = []
    sent: list[str] = []
    kept: list[str] = []
    for header in wanted.headers:
        value = f"self.{header.attribute}" if header.attribute else header.code
        sent.append(f"{headers}.setdefault({literal(header.name)}, {value})")
        if header.attribute:
            kept.append(f"self.{header.attribute} = {header.code}")
    if kept and len(starts) != 1:
        return Conflict(reason="the client wrapper has no __init__ that could keep a value")
    blocks = [(function.body, len(function.body) - 1, sent)]
    blocks += [(starts[0].body, len(starts[0].body), kept)] if kept else []
    for block, index, codes in blocks:
        lacking = [code for code in codes if not any(same(each, ast.parse(code).body[0]) for each in block)]
        twice = _twice(block, codes)
        if twice:
            return Conflict(reason=f"line {twice} sets it again", hint="a merge doubled it: remove one of the two")
        clash = _clash(block, lacking, codes)
        if clash:
            hint = "two patches want different code here, or the patch changed: regenerate the SDK and apply again"
            return Conflict(reason=f"line {clash} already sets it in another way", hint=hint)
        if lacking:
            work.append(partial(block_edits.insert, source, block, index, "\n".join(lacking), top=False))
    return ToDo(work=lambda: [edit for part in work for edit in part()]) if work else Held()


def _twice(block: Sequence[ast.stmt], codes: Sequence[str]) -> int:
    """Return the line on which one of the statements stands for the second time, or 0."""
    for code in codes:
        there = [each for each in block if same(each, ast.parse(code).body[0])]
        if len(there) > 1:
            return there[1].lineno
    return 0


def _clash(block: Sequence[ast.stmt], lacking: Sequence[str], wanted: Sequence[str]) -> int:
    """Return the line of a statement that sets the same header or attribute to something else, or 0."""
    for code in lacking:
        subject = _subject(ast.parse(code).body[0])
        for each in block:
            if is_docstring(each) or any(same(each, ast.parse(own).body[0]) for own in wanted):
                continue
            if _subject(each) == subject:
                return each.lineno
    return 0


def _subject(statement: ast.stmt) -> str:
    """Return what a statement sets: the name of a header in lower case, or an attribute; empty for anything else."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="setdefault"), args=[ast.Constant(value=str(name)), _])):
            return name.lower()
        case ast.Assign(targets=[ast.Attribute() as target]):
            return ast.unparse(target)
        case _:
            return ""
