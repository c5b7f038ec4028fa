"""``websocket.query``: add query parameters, fill the path, and build a url that a base with a query survives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ..handshakes.goals import Want
from ..handshakes.operation import HandshakeOperation
from ..handshakes.origins import Origin, Value
from ..handshakes.place import HandshakePlace
from ..handshakes.promises import Adds, Follows, Promise, WholeUrl
from ..handshakes.support import used
from ..handshakes.url import url_parts
from ..handshakes.values import expression, parameter_parts, table
from ..schema.fields import Field, KeyPath, MapOf, Mistakes, String, describe
from .shared.selectors import WITHIN
from .shared.structural import texts

_URL = frozenset({"join_path", "join_query", "query_text"})
_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")


class Query(NamedTuple):
    """The parameters to add, and the path with what fills its placeholders."""

    add: tuple[tuple[str, Origin], ...]
    path: str
    was: str
    fill: tuple[tuple[str, Origin], ...]
    within: tuple[str, ...]


def _path_problem(path: str) -> str:
    if not path.startswith("/") or "?" in path or "#" in path:
        return "a path starts with / and holds no query"
    return "a brace is not closed" if "{" in _PLACEHOLDER.sub("", path) or "}" in _PLACEHOLDER.sub("", path) else ""


class WebSocketQuery(HandshakeOperation[Query]):
    """The operation; see docs/operations/websocket.query.md."""

    name = "websocket.query"
    summary = "Add query parameters, fill the path, and build the url so that no part of it is lost."
    fields = (
        Field("add", MapOf(Value()), "Query parameters to add, by name. One that the url has already stays."),
        Field(
            "path",
            String("a path", problem=_path_problem),
            "The path to use instead of the generated one, such as `/v1/chat/{chat_id}`.",
        ),
        Field(
            "was",
            String("a path", problem=_path_problem),
            "What the generated path must be. Any other path is a conflict.",
        ),
        Field(
            "fill",
            MapOf(Value()),
            "What fills the placeholders of `path`; by default a required argument of that name.",
        ),
        WITHIN,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Query:
        """Check that path and fill agree."""
        add, fill = arguments["add"] or {}, arguments["fill"] or {}
        path = str(arguments["path"] or "")
        assert isinstance(add, Mapping) and isinstance(fill, Mapping)
        names = list(dict.fromkeys(_PLACEHOLDER.findall(path)))
        for name in fill.keys() - set(names):
            report((*key, "fill", name), found=describe(name), expected=f"{{{name}}} in path")
        for name in add:
            if not name or re.search(r"[\x00-\x1f\x7f]", name):
                report((*key, "add", name), found=describe(name), expected="the name of a query parameter")
        if arguments["was"] and not path:
            report((*key, "was"), found="was without path", expected="the path that takes its place")
        usual = {
            name: Origin(parameter=name, code=f"{name}: str", doc=f"Fills {{{name}}} in the path.") for name in names
        }
        return Query(
            add=tuple(add.items()),
            path=path,
            was=str(arguments["was"] or ""),
            fill=tuple((name, fill.get(name, usual[name])) for name in names),
            within=texts(arguments, "within"),
        )

    def want(self, place: HandshakePlace, arguments: Query) -> Want:
        """The support module joins the url; one statement adds the parameters."""
        added = table((name, expression(place, value)) for name, value in arguments.add)
        statements = [f"{place.url} = add_query({place.url}, {added})"] if arguments.add else []
        fill = [(name, expression(place, value)) for name, value in arguments.fill]
        parts = url_parts(place, arguments.path, arguments.was, fill)
        parts += parameter_parts(place, [value for _, value in arguments.fill], is_shared=True)
        parts += parameter_parts(place, [value for _, value in arguments.add])
        return Want(statements=tuple(statements), parts=tuple(parts), functions=frozenset(used(place.function, _URL)))

    def promises(self, arguments: Query) -> tuple[Promise, ...]:
        """The parameters and the path are in the request."""
        path = (Follows(arguments.path, arguments.fill),) if arguments.path else ()
        return (*(Adds("query", name, value) for name, value in arguments.add), *path, WholeUrl())
