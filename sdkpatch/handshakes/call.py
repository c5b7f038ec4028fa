"""The url and the headers among the arguments of a connect call, and their code as a local's value."""

from __future__ import annotations

import ast
import io
import tokenize


class Unclear(Exception):
    """A site that cannot be judged, with the reason and a hint."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason, hint)
        self.reason = reason
        self.hint = hint


def url_argument(call: ast.Call) -> tuple[str, ast.expr]:
    if call.args:
        if isinstance(call.args[0], ast.Starred):
            raise Unclear("the url is inside *arguments")
        return "", call.args[0]
    for keyword in call.keywords:
        if keyword.arg == "uri":
            return "uri", keyword.value
    raise Unclear("the call has no url argument")


def headers_argument(call: ast.Call) -> tuple[str, ast.expr]:
    found = [keyword for keyword in call.keywords if keyword.arg in ("additional_headers", "extra_headers")]
    if len(found) > 1:
        raise Unclear("the call has both additional_headers and extra_headers")
    if not found:
        if any(keyword.arg is None for keyword in call.keywords):
            raise Unclear("the headers may be inside **arguments")
        raise Unclear("the socket is opened without headers, so there is no header to take a credential from")
    value = found[0].value
    if isinstance(value, ast.Constant):
        raise Unclear("the socket is opened without headers, so there is no header to take a credential from")
    refuse_pairs(value)
    return found[0].arg or "", value


def refuse_pairs(value: ast.expr) -> None:
    """Raise Unclear for headers that are a list of pairs, which the library takes as well."""
    is_call = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in ("list", "tuple")
    if is_call or isinstance(value, ast.List | ast.Tuple | ast.ListComp | ast.GeneratorExp):
        raise Unclear("the headers are a list of pairs, not a mapping")


def segment(code: bytes, expression: ast.expr) -> str:
    """Return an expression's source, its further lines moved left as far as its first line is indented."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(code).readline)
    text = ast.get_source_segment(b"\n".join(code.splitlines()).decode(encoding), expression) or ""
    if "\n" not in text:
        return text
    for node in ast.walk(expression):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno != node.lineno:
            raise Unclear(f"line {expression.lineno} holds a text of several lines in an argument of the call")
    first = code.splitlines()[expression.lineno - 1]
    depth = len(first) - len(first.lstrip())
    lines = text.split("\n")
    return "\n".join([lines[0], *(line[min(depth, len(line) - len(line.lstrip())) :] for line in lines[1:])])


def mappings(expression: ast.expr) -> set[str]:
    """Return the names in a headers argument that stand for a mapping: no ``self`` in ``self.get_headers()``."""
    others: set[int] = set()
    for node in ast.walk(expression):
        if isinstance(node, ast.Attribute) and node.attr not in ("copy", "items"):
            others.add(id(node.value))
        elif isinstance(node, ast.Call):
            others.add(id(node.func))
    return {each.id for each in ast.walk(expression) if isinstance(each, ast.Name) and id(each) not in others}


def mapping_assignment(code: bytes, local: str, expression: ast.expr) -> str:
    """Return code that puts a headers argument into a local, as a mapping of its own; None becomes an empty one."""
    text = segment(code, expression)
    if isinstance(expression, ast.Dict | ast.DictComp):
        return f"{local} = {text}"
    if isinstance(expression, ast.Call) and ast.unparse(expression.func).endswith((".get_headers", "dict")):
        return f"{local} = {text}"
    if "\n" in text:
        return f"{local} = {text}\n{local} = dict({local} or {{}})"
    is_atom = isinstance(expression, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
    return f"{local} = dict({text if is_atom else f'({text})'} or {{}})"
