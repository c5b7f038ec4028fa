"""Inserted code keeps ruff's layout, whatever the names and the line length."""

from __future__ import annotations

import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sdkpatch.operations.websocket_auth.arguments import Arguments, Credential
from sdkpatch.operations.websocket_auth.snippet import LocalNames, render

HEADS = {4: "def f():\n", 8: "class A:\n    def f():\n", 12: "class A:\n    def f():\n        if x:\n"}


def code(chance: random.Random, width: int) -> str:
    """Return a function with the code for names of random length, at a random depth."""
    credentials = [
        Credential(
            name="key",
            header="x" * chance.randint(1, width),
            scheme=chance.choice(["", "Bearer", "AWS4-HMAC-SHA256"]),
        )
    ]
    query = [("q" * chance.randint(1, width), "key")]
    if chance.random() < 0.3:
        credentials.append(Credential(name="organisation", header="y-header", scheme=""))
        query.append(("é" * chance.randint(1, 20), "organisation"))
    arguments = Arguments(take=tuple(credentials), query=tuple(query), drop_headers=chance.random() < 0.4)
    names = LocalNames(
        url=chance.choice(["ws_url", "url"]),
        headers="headers",
        request_options=chance.choice(["request_options", ""]),
        caller="_caller_headers",
        sent="_sent",
        split="_url",
        pair="_query",
        credentials=(("key", "_key"), ("organisation", "_organisation")),
    )
    indent = chance.choice(list(HEADS))
    return HEADS[indent] + textwrap.indent(render(arguments, names, width - indent), " " * indent)


@pytest.mark.parametrize("width", [60, 72, 79, 80, 88, 99, 100, 110, 119, 120, 121, 140, 160])
def test_ruff_would_lay_it_out_the_same(width: int, tmp_path: Path) -> None:
    chance = random.Random(width)
    path = tmp_path / "code.py"
    path.write_text("\n\n".join(code(chance, width) for _ in range(120)))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--line-length", str(width)]
    done = subprocess.run([*command, "--diff", str(path)], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "url, expected",
    [
        ("wss://h/p", "wss://h/p?api_key=a%2Bb%2Fc%3D%26d+%C3%A9"),
        ("wss://h/p?", "wss://h/p?api_key=a%2Bb%2Fc%3D%26d+%C3%A9"),
        ("wss://h", "wss://h?api_key=a%2Bb%2Fc%3D%26d+%C3%A9"),
        ("wss://h/p?a=1&b", "wss://h/p?a=1&b&api_key=a%2Bb%2Fc%3D%26d+%C3%A9"),
        ("wss://h/p#part", "wss://h/p?api_key=a%2Bb%2Fc%3D%26d+%C3%A9#part"),
        ("wss://h/p?a=%20#part", "wss://h/p?a=%20&api_key=a%2Bb%2Fc%3D%26d+%C3%A9#part"),
        ("wss://h/p?api_key=", "wss://h/p?api_key="),
        ("wss://h/p?xapi_key=1", "wss://h/p?xapi_key=1&api_key=a%2Bb%2Fc%3D%26d+%C3%A9"),
        ("wss://[::1]:80/p;x?q=a;b", "wss://[::1]:80/p;x?q=a;b&api_key=a%2Bb%2Fc%3D%26d+%C3%A9"),
    ],
)
def test_the_parameter_joins_any_url(url: str, expected: str) -> None:
    arguments = Arguments(
        take=(Credential(name="key", header="X-Key", scheme=""),), query=(("api_key", "key"),), drop_headers=False
    )
    names = LocalNames(
        url="ws_url",
        headers="headers",
        request_options="",
        caller="_c",
        sent="_s",
        split="_u",
        pair="_q",
        credentials=(("key", "_k"),),
    )
    scope: dict[str, object] = {"ws_url": url, "headers": {"x-KEY": "a+b/c=&d é", "Other": "1"}}
    exec("import urllib.parse\n" + render(arguments, names, 100), scope)
    assert scope["ws_url"] == expected
    assert scope["headers"] == {"Other": "1"}
