"""What selectors name."""

from __future__ import annotations

import ast

import pytest

from sdkpatch.pattern.selector import enclosing, problem, select, words
from sdkpatch.python.source import Source

CODE = """
OMIT = 1
if TYPE_CHECKING:
    GUARDED: int


class Client:
    name: str

    def __init__(self, *, key: str) -> None:
        def inner(a):
            pass

        value = 1

    class Meta:
        x = 1


class AsyncClient:
    async def send_close(self, message: int) -> int: ...

    async def send_flush(self, message: int) -> int: ...
"""
SOURCE = Source(path="pkg/client.py", code=CODE.encode(), tree=ast.parse(CODE))

SELECTED = [
    ("Client", ["Client"]),
    ("*Client", ["Client", "AsyncClient"]),
    ("*Client.__init__", ["Client.__init__"]),
    ("*.send_{flush,open}", ["AsyncClient.send_flush"]),
    ("*.send_*(message)", ["AsyncClient.send_close(message)", "AsyncClient.send_flush(message)"]),
    ("*Client.*(key)", ["Client.__init__(key)"]),
    ("*Client.send_close(return)", ["AsyncClient.send_close(return)"]),
    ("Client.name", ["Client.name"]),
    ("Client.Meta.x", ["Client.Meta.x"]),
    ("Client.?eta", ["Client.Meta"]),
    ("OMIT", ["OMIT"]),
    ("GUARDED", ["GUARDED"]),
    ("Client.__init__.inner", ["Client.__init__.inner"]),
    ("Client.__init__.value", []),
    ("module", ["module"]),
    ("inner", []),
    ("*(a)", []),
    ("Client(key)", []),
]


@pytest.mark.parametrize(("selector", "names"), SELECTED)
def test_what_a_selector_names(selector: str, names: list[str]) -> None:
    assert [target.name for target in select(SOURCE, [selector])] == names


def test_several_selectors_keep_the_order_of_the_source() -> None:
    assert [target.name for target in select(SOURCE, ["AsyncClient", "OMIT", "Client"])] == [
        "OMIT",
        "Client",
        "AsyncClient",
    ]


def test_what_is_wrong_with_a_selector() -> None:
    grammar = 'write a glob over names such as "*Client.connect", "Settings.agent" or "*Client.send(message)"'
    assert problem("*Client.connect") == ""
    assert problem("a b") == grammar
    assert problem("f(x") == grammar
    assert problem("*.*") == "it selects everything"
    assert problem("a.{b,c") == "a brace is not closed"


def test_words_are_pieces_a_file_must_have() -> None:
    assert words("*SocketClient.send_{flush,close}(message)") == ("SocketClient", "message", "send_")
    assert words("module") == ()


def test_what_is_around_a_line() -> None:
    line = CODE.split("\n").index("            pass") + 1
    assert enclosing(SOURCE, line).name == "Client.__init__.inner"
    assert enclosing(SOURCE, 2).name == "module"
    assert (
        enclosing(
            SOURCE, CODE.split("\n").index("    async def send_flush(self, message: int) -> int: ...") + 1
        ).flavour
        == "async"
    )
