"""The recogniser finds what opens a socket by what is called, under any name."""

from __future__ import annotations

import ast

import pytest

from sdkpatch.handshakes.recognise import find


def found(code: str) -> list[tuple[str, int, bool, str]]:
    handshakes = find(ast.parse(code), code.encode())
    return [(each.name, each.line, each.is_async, each.within or each.problem[:20]) for each in handshakes]


@pytest.mark.parametrize(
    "imports, call, is_async",
    [
        ("import websockets", "websockets.connect(u)", True),
        ("import websockets.sync.client", "websockets.sync.client.connect(u)", False),
        ("import websockets.sync.client as c", "c.connect(u)", False),
        ("import websockets as w", "w.sync.client.connect(u)", False),
        ("from websockets import connect", "connect(u)", True),
        ("from websockets import *", "connect(u)", True),
        ("from websockets.client import connect", "connect(u)", True),
        ("from websockets.legacy.client import Connect as C", "C(u)", True),
        ("from websockets.asyncio.client import connect as open_it", "open_it(u)", True),
        ("from websockets.sync import client", "client.connect(u)", False),
        ("from websockets.sync.client import connect\nopen_it = connect", "open_it(u)", False),
        (
            "try:\n    from websockets.legacy.client import connect\nexcept ImportError:\n    connect = None",
            "connect(u)",
            True,
        ),
        ("import typing\nif typing.TYPE_CHECKING:\n    import websockets", "websockets.connect(u)", True),
    ],
)
def test_every_way_to_name_the_connect_function(imports: str, call: str, is_async: bool) -> None:
    code = f"{imports}\n\nclass A:\n    async def m(self, u):\n        return {call}\n"
    assert found(code) == [("A.m", len(code.splitlines()), is_async, "")]


@pytest.mark.parametrize(
    "code",
    [
        "from .websockets import connect\ndef m(u):\n    connect(u)\n",
        "from . import websockets\ndef m(u):\n    websockets.connect(u)\n",
        "from pkg.websockets import connect\ndef m(u):\n    connect(u)\n",
        "import websockets\ndef m(websockets):\n    websockets.connect()\n",
        "import websockets\ndef m():\n    websockets = make()\n    websockets.connect()\n",
        "import websockets\ndef m():\n    websockets.exceptions.connect\n    websockets.serve()\n",
        "import websockets\nfrom .x import websockets\ndef m():\n    websockets.connect()\n",
        "import websocket\ndef m(websockets: 'websockets.connect'):\n    websocket.connect()\n",
        "import websockets\ndef connect():\n    pass\ndef m():\n    connect()\n",
        'import websockets\ndef m():\n    """websockets.connect(u)"""\n',
    ],
)
def test_what_is_not_the_library(code: str) -> None:
    assert found(code) == []


def test_every_place_a_call_can_stand_in() -> None:
    code = """
import websockets as w
class A:
    def a(self):
        if x:
            pass
        elif y:
            for z in q:
                try:
                    pass
                except E:
                    w.connect(1)
                else:
                    w.connect(2)
                finally:
                    w.connect(3)
            else:
                w.connect(4)
        match x:
            case 1:
                w.connect(5)
        async def inner():
            async with a as b, w.connect(6):
                pass
        return [w.connect(7) for _ in x], lambda: w.connect(8), f(w.connect, 9)
w.connect(10)
"""
    assert [(name, within) for name, _, _, within in found(code)] == [
        *[("A.a", "")] * 5,
        ("A.a.inner", ""),
        ("A.a", "the connect function"),
        ("A.a", "lambda"),
        ("A.a", "comprehension"),
        ("module", ""),
    ]


@pytest.mark.parametrize(
    "imports, call, is_async",
    [
        ("import websockets.sync.client as c", 'getattr(c, "connect")(u)', False),
        ("import websockets", 'getattr(websockets, "con" + "nect")(u)', True),
        ("from websockets.sync import client", 'vars(client)["connect"](u)', False),
        ("import websockets.sync.client", "open_with(websockets.sync.client, u)", False),
        ("import importlib", 'importlib.import_module("websockets.legacy.client").connect(u)', True),
        ("", '__import__("websockets").connect(u)', True),
    ],
)
def test_a_module_of_websockets_that_is_passed_on_is_not_understood(imports: str, call: str, is_async: bool) -> None:
    code = f"{imports}\nclass A:\n    def m(self, u):\n        return {call}\n"
    assert found(code) == [("A.m", 4, is_async, "the websockets modul")]


@pytest.mark.parametrize(
    "imports, statement",
    [
        ("import websockets", "isinstance(u, websockets.WebSocketClientProtocol)"),
        ("import websockets.exceptions", "raise websockets.exceptions.InvalidStatus(u)"),
        ("import websockets.sync.connection as websockets_sync_connection", "websockets_sync_connection.Connection"),
        ("from . import websockets", "use(websockets)"),
        ("import importlib", 'importlib.import_module("json").loads(u)'),
    ],
)
def test_what_opens_no_socket_is_no_handshake(imports: str, statement: str) -> None:
    assert found(f"{imports}\nclass A:\n    def m(self, u):\n        {statement}\n") == []
