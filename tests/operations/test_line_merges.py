"""Whatever a line merge leaves of a patched handshake: repaired or refused, never reported as fine.

The oracle is the code itself, run with a stand-in for the connect function that notes what it is given.
"""

from __future__ import annotations

import ast
import tempfile
import typing
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from sdkpatch.model import Applied, Satisfied
from tests.operations.cases import patch_of, run
from tests.shapes import Shape, module

PATCH = patch_of("websocket.auth", {"take": {"key": {"header": "x-api-key"}}, "send": {"query": {"api_key": "$key"}}})
KEY = "k+/=& é"


def patched(code: str) -> tuple[str, bool]:
    """Return the code after a run, and whether the run found no conflict."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "client.py"
        path.write_text(code)
        planned = run(Path(folder), PATCH)
        assert all(isinstance(each.outcome, Applied | Satisfied) for each in planned.results) is not bool(
            planned.conflicts
        )
        return path.read_text(), not planned.conflicts


def handshake(code: str) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Run the sync method and return the query and the headers that reach the connect function."""
    tree = ast.parse(code)
    (method,) = (
        item
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == "RawChatClient"
        for item in node.body
        if isinstance(item, ast.FunctionDef) and item.name == "connect"
    )
    seen: list[tuple[str, dict[str, str]]] = []

    @contextmanager
    def connect(url: str, *, additional_headers: dict[str, str]) -> Iterator[None]:
        seen.append((url, additional_headers))
        yield None

    scope: dict[str, typing.Any] = {
        "typing": typing,
        "urllib": urllib,
        "contextmanager": contextmanager,
        "RequestOptions": dict,
        "SocketClient": lambda websocket: None,
        "InvalidWebSocketStatus": OSError,
        "encode_query": lambda query: [pair for pair in query.items() if pair[1] is not None],
        "websockets_sync_client": SimpleNamespace(connect=connect),
    }
    exec(compile(ast.Module([method], []), "method", "exec"), scope)
    wrapper = SimpleNamespace(
        get_environment=lambda: SimpleNamespace(production="wss://h"),
        get_headers=lambda: {"X-Api-Key": KEY, "X-Fern-Language": "Python"},
    )
    with scope["connect"](SimpleNamespace(_client_wrapper=wrapper), model="m"):
        pass
    (url, headers) = seen[0]
    return urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query), dict(headers)


GENERATED = module(Shape(query=2), raw=True)
DONE, _ = patched(GENERATED)
LINES = DONE.splitlines(keepends=True)
FIRST = next(number for number, line in enumerate(LINES) if "# sdkpatch:" in line)
LAST = next(number for number, line in enumerate(LINES) if "ws_url = _url.geturl()" in line)
BLOCK = LINES[FIRST : LAST + 1]
INDENTS = {number: len(line) - len(line.lstrip()) for number, line in enumerate(BLOCK)}


def test_the_oracle_tells_generated_from_patched_code() -> None:
    query, headers = handshake(GENERATED)
    assert query == [("model", "m")]
    assert headers["X-Api-Key"] == KEY
    query, headers = handshake(DONE)
    assert query == [("model", "m"), ("api_key", KEY)]
    assert headers == {"X-Fern-Language": "Python"}


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(range(len(BLOCK))), max_size=len(BLOCK) + 4))
@example(list(range(len(BLOCK))))
def test_any_lines_of_the_block_in_any_order(numbers: list[int]) -> None:
    check("".join(LINES[:FIRST] + [BLOCK[number] for number in numbers] + LINES[LAST + 1 :]))


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.sampled_from(range(len(BLOCK))), max_size=3), st.booleans(), st.integers(-6, 6))
@example(set(), False, 0)
def test_lines_lost_doubled_and_moved(lost: set[int], is_doubled: bool, moved: int) -> None:
    block = [line for number, line in enumerate(BLOCK) if number not in lost]
    rest = LINES[:FIRST] + LINES[LAST + 1 :]
    at = min(max(FIRST + moved, 0), len(rest))
    check("".join(rest[:at] + block * (1 + is_doubled) + rest[at:]))


def check(code: str) -> None:
    """A run on the code ends in a conflict, or in a handshake that does what the patch promises."""
    try:
        ast.parse(code)
    except SyntaxError:
        event("does not parse")
        return
    result, is_fine = patched(code)
    if not is_fine:
        event("refused")
        assert result == code
        assert code != DONE
        return
    event("unchanged" if result == code else "repaired")
    query, headers = handshake(result)
    assert query == [("model", "m"), ("api_key", KEY)]
    assert headers == {"X-Fern-Language": "Python"}
    again, is_fine = patched(result)
    assert is_fine
    assert again == result


BY_HAND = (
    'headers.update({"X-More": "1"})',
    'headers["X-Api-Key"] = "other"',
    'headers = {**headers, "x-api-KEY": "third"}',
    'del headers["X-Fern-Language"]',
    "headers = dict(headers)",
    "headers, _ = headers, 1",
    "headers: typing.Dict[str, str] = dict(headers)",
    "copy = headers",
    'copy["X-Api-Key"] = "by another name"',
    'ws_url += "?a=1"',
    'ws_url = ws_url + "#part"',
    "ws_url, headers = ws_url, headers",
    "ws_url = urllib.parse.urlsplit(ws_url).geturl()",
    "_url = urllib.parse.urlsplit(ws_url)",
    "ws_url = _url.geturl()",
    "_key = _sent = _query = 1",
    'if model:\n            headers["x-api-key"] = "z"',
    'for name in ("a", "b"):\n            headers[name] = "c"',
    'try:\n            headers["T"] = "1"\n        finally:\n            pass',
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([0, 2]), st.lists(st.tuples(st.sampled_from(BY_HAND), st.integers(0, 20)), max_size=5))
@example(0, [])
@example(2, [])
def test_code_around_the_handshake_changes_nothing_but_the_key(query: int, edits: list[tuple[str, int]]) -> None:
    code = module(Shape(query=query), raw=True)
    for text, where in edits:
        lines = code.splitlines(keepends=True)
        starts = [
            statement.lineno - 1
            for node in ast.walk(ast.parse(code))
            if isinstance(node, ast.FunctionDef) and node.name == "connect"
            for statement in node.body
        ]
        at = starts[min(where, len(starts) - 1)]
        code = "".join([*lines[:at], f"        {text}\n", *lines[at:]])
    try:
        query_before, headers_before = handshake(code)
    except (NameError, KeyError, AttributeError):
        event("did not run before")
        return
    result, is_fine = patched(code)
    if not is_fine:
        event("refused")
        assert edits, "generated code is never refused"
        return
    event("patched")
    query_after, headers_after = handshake(result)
    keys = [value for name, value in headers_before.items() if name.lower() == "x-api-key"]
    others = {name: value for name, value in headers_before.items() if name.lower() != "x-api-key"}
    assert headers_after == others
    assert query_after[: len(query_before)] == query_before
    sent = query_after[len(query_before) :]
    assert len(sent) == 1 and sent[0][0] == "api_key"
    assert sent[0][1] in keys
