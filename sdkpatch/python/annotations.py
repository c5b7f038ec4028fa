"""What of a module is for type checkers: strings that are annotations, guards, annotations that are not evaluated."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_GENERICS = (
    "AbstractSet Annotated AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator Awaitable "
    "Callable ChainMap ClassVar Collection Container ContextManager Coroutine Counter DefaultDict Deque "
    "Dict Final FrozenSet Generator Generic Iterable Iterator List Mapping MutableMapping MutableSequence "
    "MutableSet NotRequired Optional OrderedDict ReadOnly Required Sequence Set Tuple Type TypeGuard "
    "TypeIs Union Unpack ValuesView dict frozenset list set tuple type"
)
"""Names of ``typing`` and builtins whose brackets hold types: https://docs.python.org/3/library/typing.html."""


def parsed(node: ast.Constant) -> ast.expr | None:
    """Return the code that a string holds, on the string's line; None when it holds none."""
    try:
        code = ast.parse(f"({node.value!s})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for each in ast.walk(code):
        if isinstance(each, ast.expr):
            each.lineno = node.lineno
    return code


def reads_types(node: ast.Subscript, *, within: bool) -> Iterator[tuple[ast.expr, bool]]:
    """Yield what stands in the brackets, and whether strings there are types; ``within`` is so of an annotation."""
    base = node.value
    name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
    if name == "Annotated" and isinstance(node.slice, ast.Tuple) and node.slice.elts:
        yield node.slice.elts[0], True
        for each in node.slice.elts[1:]:
            yield each, False
        return
    yield node.slice, name != "Literal" and (within or name in _GENERICS.split())


def is_type_checking(test: ast.expr) -> bool:
    """Tell whether a condition holds for type checkers only."""
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def is_future(statement: ast.stmt) -> bool:
    """Tell whether a statement is ``from __future__ import annotations``: no annotation is evaluated then."""
    is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
    return is_future and any(each.name == "annotations" for each in getattr(statement, "names", ()))
