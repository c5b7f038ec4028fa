"""The half of the proof that imports the SDK: what it finds, what it makes up, and what it does not let out."""

from __future__ import annotations

import ast
import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sdkpatch.wire.child import Child, NoAnswer
from sdkpatch.wire.recorder import Recorder
from tests.sdks import ROOT
from tests.shapes import Shape, write_sdk

DRIVER = ROOT / "sdkpatch" / "wire" / "driver"
TYPES = """
import datetime
import enum
import typing
import uuid

import pydantic
import typing_extensions


class Colour(enum.Enum):
    RED = "red"


class Settings(typing_extensions.TypedDict, total=False):
    voice: typing_extensions.Required[str]
    speed: float


class Inner(pydantic.BaseModel):
    since: datetime.datetime


class Model(pydantic.BaseModel):
    inner: Inner
    named: str = pydantic.Field(alias="theName")
    optional: typing.Optional[int] = None


class Unlikely(pydantic.BaseModel):
    even: int

    @pydantic.field_validator("even")
    @classmethod
    def check(cls, value: int) -> int:
        raise ValueError("never")
"""
CHANNEL = """
from __future__ import annotations

import typing
from contextlib import asynccontextmanager, contextmanager

import websockets.sync.client as websockets_sync_client
from ..core.client_wrapper import AsyncClientWrapper, SyncClientWrapper
from websockets.legacy.client import connect as websockets_client_connect

if typing.TYPE_CHECKING:
    import decimal

    from ..core.request_options import RequestOptions
    from ..types import Colour, Model, Settings, Unlikely


class Kinds:
    def __init__(self, *, client_wrapper: SyncClientWrapper):
        self._client_wrapper = client_wrapper

    @contextmanager
    def listen(
        self,
        first: typing.Literal["one", "two"],
        *,
        colour: Colour,
        model: Model,
        settings: Settings,
        words: typing.Sequence[str],
        either: typing.Union[typing.Callable[[], str], int, str],
        table: typing.Optional[typing.Dict[str, typing.Any]] = None,
        open_kind: typing.Union[typing.Literal["a"], typing.Any] = None,
        unlikely: typing.Optional[Unlikely] = None,
        callback: typing.Optional[typing.Callable[[], None]] = None,
        unknown: typing.Optional[decimal.Decimal] = None,
        api_key: typing.Optional[str] = None,
        request_options: typing.Optional[RequestOptions] = None,
    ) -> typing.Iterator[None]:
        headers = self._client_wrapper.get_headers()
        with websockets_sync_client.connect("wss://chat.invalid/kinds", additional_headers=headers):
            yield

    def helper(self) -> None:
        websockets_sync_client.connect("wss://chat.invalid/never")

    @contextmanager
    def rest(self) -> typing.Iterator[None]:
        yield


class NoChannel:
    @contextmanager
    def listen(self) -> typing.Iterator[None]:
        with websockets_sync_client.connect("wss://chat.invalid/never"):
            yield
"""


ORDER: dict[str, Any] = {"packages": {}, "roots": ["pkg.client"], "distributions": []}
KNOWN = [
    {"module": f"pkg.{module}", "class": kind, "method": method}
    for module, kind, method in (
        ("kinds.client", "Kinds", "listen"),
        ("chat.client", "ChatClient", "connect"),
        ("chat.client", "AsyncChatClient", "connect"),
        ("chat.raw_client", "RawChatClient", "connect"),
        ("chat.raw_client", "AsyncRawChatClient", "connect"),
        ("broken.client", "Broken", "connect"),
    )
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_sdk(tmp_path / "sdk", "pkg", Shape())


def add(tree: Path, name: str, text: str) -> None:
    path = tree / "src" / "pkg" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    (path.parent / "__init__.py").touch()


class Driven:
    """A child with an SDK loaded, and a recorder."""

    def __init__(self, child: Child, recorder: Recorder, loaded: dict[str, Any]) -> None:
        self.child, self.recorder, self.loaded = child, recorder, loaded

    def call(self, module: str, kind: str, method: str, seconds: float = 20, **order: Any) -> dict[str, Any]:
        named = {"module": module, "class": kind, "method": method, "is_async": False, "url": self.recorder.url}
        return self.child.call({**named, **order}, seconds)


@pytest.fixture
def driven(tree: Path) -> Iterator[Any]:
    with Recorder() as recorder, Child(sys.executable) as child:

        def load(*channels: str) -> Driven:
            wanted = [each for each in KNOWN if each["module"] in channels]
            order = {
                "path": [str(tree / "src")],
                "packages": {},
                "roots": ["pkg.client"],
                "distributions": [],
                "channels": wanted,
            }
            return Driven(child, recorder, child.load(order, 60))

        yield load


@pytest.mark.parametrize("path", sorted(DRIVER.glob("*.py")), ids=lambda path: path.name)
def test_it_runs_where_the_sdk_runs(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    modules = {
        (alias.name if isinstance(node, ast.Import) else node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level)
        for alias in node.names
    }
    assert modules <= set(sys.stdlib_module_names), "it has nothing but the SDK's own dependencies"
    for node in ast.walk(tree):  # what annotations may say, code may not: built-in generics came with 3.9
        if isinstance(node, ast.ClassDef):
            assert not any(isinstance(base, ast.Subscript) and _is_builtin(base.value) for base in node.bases)


def _is_builtin(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("dict", "list", "set", "tuple", "type")


def test_what_a_channel_takes_is_told(tree: Path, driven: Any) -> None:
    add(tree, "kinds/client.py", CHANNEL)
    add(tree, "types/__init__.py", TYPES)
    found = driven("pkg.kinds.client", "pkg.chat.client", "pkg.chat.raw_client").loaded
    assert found["problems"] == {}
    assert found["roots"] == ["pkg.client.Client", "pkg.client.AsyncClient"]
    assert [(each["class"], each["method"], each["is_async"]) for each in found["methods"]] == [
        ("Kinds", "listen", False),
        ("ChatClient", "connect", False),
        ("AsyncChatClient", "connect", True),
        ("RawChatClient", "connect", False),
        ("AsyncRawChatClient", "connect", True),
    ]


def test_arguments_are_made_from_annotations(tree: Path, driven: Any) -> None:
    add(tree, "kinds/client.py", CHANNEL)
    add(tree, "types/__init__.py", TYPES)
    sdk = driven("pkg.kinds.client")
    must = sdk.call("pkg.kinds.client", "Kinds", "listen")
    assert must["failure"] is None
    assert list(must["given"]) == ["first", "colour", "model", "settings", "words", "either"]
    assert must["given"]["first"] == "'one'"
    assert must["given"]["colour"] == "<Colour.RED: 'red'>"
    assert re.fullmatch(r"{'voice': 'value\d{7}', 'speed': \d{7}\.5}", must["given"]["settings"])
    assert re.fullmatch(r"\d{7}", must["given"]["either"])
    assert re.search(r"since=datetime.*named='value\d{7}', optional=\d{7}", must["given"]["model"])

    every = sdk.call("pkg.kinds.client", "Kinds", "listen", full=True)
    assert every["failure"] is None
    assert every["given"]["open_kind"] == "'a'"
    (leaf,) = every["leaves"]["table"]
    assert re.fullmatch(r"value\d{7}", leaf)
    leaves = [leaf for found in every["leaves"].values() for leaf in found]
    assert len(set(leaves)) == len(leaves), "each value is told from every other"
    assert every["given"]["api_key"] == repr(every["sentinels"]["argument api_key"])
    assert every["unmade"] == {
        "unlikely": "Unlikely cannot be made: ValidationError",
        "callback": "no value is known for Callable",
        "unknown": "its annotation cannot be resolved",
    }


def test_every_credential_is_another_one_with_all_characters_that_go_wrong(driven: Any) -> None:
    made = driven("pkg.chat.client").call("pkg.chat.client", "ChatClient", "connect", full=True)["sentinels"]
    assert set(made) == {"client api_key", "argument api_key", "argument channel_key"}
    assert len(set(made.values())) == 3
    assert all(set("+/=&% é") <= set(value) for value in made.values())


def test_only_scheme_host_and_port_of_the_url_are_replaced(driven: Any) -> None:
    sdk = driven("pkg.chat.client")
    reply = sdk.call("pkg.chat.client", "ChatClient", "connect", full=True)
    (connection,) = reply["connections"]
    (handshake,) = sdk.recorder.take()
    assert re.match(r"wss://chat.invalid/v1/chat\?model=value\d{7}&api_key=sentinel", connection["url"])
    assert connection["to"] == connection["url"].replace("wss://chat.invalid", sdk.recorder.url)
    assert handshake.target == connection["url"].removeprefix("wss://chat.invalid")


REACHING = """
import socket, sys
import httpx
print("what an SDK prints is no answer")


class Client:
    def __init__(self, *, api_key: str, httpx_client: httpx.Client = None):
        from .core.client_wrapper import SyncClientWrapper
        from .environment import Environment
        self._client_wrapper = SyncClientWrapper(environment=Environment("wss://chat.invalid"), api_key=api_key)
        {body}
"""


@pytest.mark.parametrize(
    "body, host",
    [
        ("socket.create_connection(('192.0.2.1', 80), timeout=1)", "192.0.2.1"),
        ("socket.getaddrinfo('example.com', 80)", "example.com"),
        ("socket.gethostbyname('example.com')", "example.com"),
        ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))", "192.0.2.1"),
        ("socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))", "2001:db8::1"),
        ("socket.socket(socket.AF_UNIX).connect('/run/some.sock')", "a local socket"),
        ("httpx.get('http://192.0.2.1')", "192.0.2.1"),
    ],
)
def test_nothing_leaves_loopback(body: str, host: str, tree: Path, driven: Any) -> None:
    add(tree, "client.py", REACHING.format(body=body))
    reply = driven("pkg.chat.client").call("pkg.chat.client", "ChatClient", "connect")
    assert "no synchronous root client could be made; Client: LeavesLoopback" in reply["problem"]
    assert f"a connection to {host} was refused: only loopback may be reached" in reply["problem"]


@pytest.mark.parametrize("body", ["import subprocess; subprocess.run(['true'])", "import os; os.system('true')"])
def test_no_program_is_started(body: str, tree: Path, driven: Any) -> None:
    add(tree, "client.py", REACHING.format(body=body))
    reply = driven("pkg.chat.client").call("pkg.chat.client", "ChatClient", "connect")
    assert "StartsProcess: a program was not started: what it connects to could not be watched" in reply["problem"]


def test_an_sdk_may_ask_for_the_name_of_the_machine(tree: Path, driven: Any) -> None:
    add(tree, "client.py", REACHING.format(body="import platform; platform.processor(); platform.platform()"))
    assert driven("pkg.chat.client").call("pkg.chat.client", "ChatClient", "connect")["failure"] is None


def test_loopback_may_be_reached(tree: Path, driven: Any) -> None:
    add(tree, "client.py", REACHING.format(body="socket.getaddrinfo('localhost', 80)"))
    assert driven("pkg.chat.client").call("pkg.chat.client", "ChatClient", "connect")["failure"] is None


def test_the_environment_of_the_caller_stays_outside(tree: Path, driven: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_API_KEY", "a real one")
    text = (tree / "src" / "pkg" / "client.py").read_text()
    add(tree, "client.py", text.replace('"wss://chat.invalid"', "f\"wss://{__import__('os').environ}.invalid\""))
    with Recorder() as recorder, Child(sys.executable) as child:
        order = {
            "path": [str(tree / "src")],
            "packages": {},
            "roots": ["pkg.client"],
            "distributions": [],
            "channels": KNOWN[1:3],
        }
        child.load(order, 60)
        named = {"module": "pkg.chat.client", "class": "ChatClient", "method": "connect", "is_async": False}
        reply = child.call({**named, "url": recorder.url}, 20)
    assert "PATH" in reply["connections"][0]["url"], "the SDK does look"
    assert "a real one" not in json.dumps(reply)


@pytest.mark.parametrize(
    "line, said",
    [
        ("import time; time.sleep(30)", "no answer within 0.5 s"),
        ("import os; os._exit(3)", "the process that imported the SDK ended: exit code 3"),
        ("import os, sys; sys.stderr.write('its last words\\n'); os._exit(1)", "ended: its last words"),
    ],
)
def test_a_process_that_does_not_answer_is_started_again(line: str, said: str, tree: Path, driven: Any) -> None:
    client = (tree / "src" / "pkg" / "chat" / "client.py").read_text()
    stuck = client.replace("        try:\n", f"        {line}\n        try:\n", 1)
    add(tree, "chat/client.py", stuck)
    sdk = driven("pkg.chat.client", "pkg.chat.raw_client")
    with pytest.raises(NoAnswer, match=said):
        sdk.call("pkg.chat.client", "ChatClient", "connect", seconds=0.5 if "sleep" in line else 20)
    assert sdk.call("pkg.chat.raw_client", "RawChatClient", "connect")["failure"] is None


def test_a_module_that_cannot_be_imported_is_a_problem_and_no_crash(tree: Path, driven: Any) -> None:
    add(tree, "broken/client.py", "import typing\nraise SystemExit('a bad merge')\n")
    found = driven("pkg.broken.client", "pkg.chat.client").loaded
    assert found["problems"] == {"pkg.broken.client": "SystemExit: a bad merge"}
    assert len(found["methods"]) == 2


def test_the_tree_stays_as_it_is(tree: Path, driven: Any) -> None:
    before = sorted(path.as_posix() for path in tree.rglob("*"))
    driven("pkg.chat.client").call("pkg.chat.client", "ChatClient", "connect")
    assert sorted(path.as_posix() for path in tree.rglob("*")) == before


def test_a_client_of_oauth_is_made_with_its_token(tree: Path, driven: Any) -> None:
    add(
        tree,
        "client.py",
        textwrap.dedent(
            """
            import typing
            import httpx
            from .core.client_wrapper import SyncClientWrapper
            from .environment import Environment


            class Client:
                def __init__(
                    self,
                    *,
                    base_url: str,
                    client_id: typing.Optional[str] = None,
                    client_secret: typing.Optional[str] = None,
                    token: typing.Optional[typing.Callable[[], str]] = None,
                    api_key: typing.Union[str, typing.Callable[[], str], None] = None,
                    httpx_client: typing.Optional[httpx.Client] = None,
                ):
                    assert base_url == "https://sdkpatch.invalid"
                    if client_secret is not None:
                        httpx.post("https://id.example/token")
                    self._client_wrapper = SyncClientWrapper(
                        environment=Environment("wss://chat.invalid"), api_key=api_key
                    )
            """
        ),
    )
    reply = driven("pkg.chat.client").call("pkg.chat.client", "ChatClient", "connect")
    assert reply["generated"]["x-api-key"] == reply["sentinels"]["client api_key"]
