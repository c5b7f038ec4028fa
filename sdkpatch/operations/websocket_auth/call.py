"""The url and the headers among the arguments of a connect call."""

from __future__ import annotations

import ast


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
    if isinstance(value, ast.List | ast.Tuple | ast.ListComp | ast.GeneratorExp):
        raise Unclear("the headers are a list of pairs, not a mapping")
    return found[0].arg or "", value
