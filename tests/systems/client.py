"""Open channels of an SDK as a user's program would, and print what came of it, as JSON.

Run as a script, in a process of its own, with the SDK's folder; orders come on standard input. Needs nothing but the
SDK's own dependencies, so that any release of websockets can be tried. Knows nothing of any SDK but Fern's conventions.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import logging
import sys
import traceback
import warnings
from contextlib import AbstractContextManager
from typing import Any


class Environment:
    """Stands for any environment: every address of it is the server's."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __getattr__(self, name: str) -> str:
        return self._url


def wrapper(order: dict[str, Any]) -> Any:
    """Make the SDK's own client wrapper with the credential."""
    module = importlib.import_module(f"{order['package']}.core.client_wrapper")
    kind = getattr(module, "AsyncClientWrapper" if order["is_async"] else "SyncClientWrapper")
    httpx = importlib.import_module("httpx")
    values: dict[str, Any] = {
        "environment": Environment(order["url"]),
        "base_url": order["url"],
        "httpx_client": httpx.AsyncClient() if order["is_async"] else httpx.Client(),
    }
    accepted = inspect.signature(kind).parameters
    secrets = [name for name in accepted if name.endswith(("key", "token")) and name != "async_token"]
    values |= dict.fromkeys(secrets, order["key"])
    values |= order.get("wrapper", {})
    return kind(**{name: value for name, value in values.items() if name in accepted})


class Conversation:
    """What is said on an open socket, step by step; ``log`` is what came back."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.log: list[Any] = []

    def note(self, message: Any) -> None:
        text = message if isinstance(message, str) else repr(message)
        self.log.append([text[:200], len(text)])

    def run(self, socket: Any) -> None:
        connection = getattr(socket, "_websocket", socket)
        for step, *values in self.order["talk"]:
            if step == "send":
                connection.send(*values)
            elif step == "recv":
                self.note(connection.recv())
            elif step == "iterate":
                for message in socket:
                    self.note(message)
            elif step == "send_model":
                socket._send_model(*values)
            elif step == "recv_model":
                self.note(socket.recv())
            elif step == "raise":
                raise inner_error()
        self.log.append(getattr(connection, "subprotocol", None))

    async def run_async(self, socket: Any) -> None:
        connection = getattr(socket, "_websocket", socket)
        for step, *values in self.order["talk"]:
            if step == "send":
                await connection.send(*values)
            elif step == "recv":
                self.note(await connection.recv())
            elif step == "iterate":
                async for message in socket:
                    self.note(message)
            elif step == "send_model":
                await socket._send_model(*values)
            elif step == "recv_model":
                self.note(await socket.recv())
            elif step == "raise":
                raise inner_error()
        self.log.append(getattr(connection, "subprotocol", None))


def inner_error() -> Exception:
    """Return what another, refused handshake raises: the caller's own business."""
    error: Exception = importlib.import_module("websockets.exceptions").InvalidStatusCode(418, {})
    return error


def carry_out(order: dict[str, Any]) -> dict[str, Any]:
    """Open one channel and talk; return what was said and what went wrong."""
    channel = getattr(importlib.import_module(order["module"]), order["class"])
    client = channel(client_wrapper=wrapper(order))
    method = getattr(client, order["method"])
    parameters = inspect.signature(method).parameters
    given: dict[str, Any] = {name: "x" for name, each in parameters.items() if each.default is each.empty}
    given |= {name: value for name, value in order.get("arguments", {}).items() if name in parameters}
    if order.get("headers"):
        given["request_options"] = {"additional_headers": order["headers"]}
    talk = Conversation(order)
    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("websockets.client")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    error: dict[str, Any] | None = None
    try:
        if order.get("rest"):
            asyncio.run(request(order)) if order["is_async"] else request_twice(wrapper(order), order["url"])
            return {"said": [], "error": None, "logs": ""}
        opened = method(**given)
        if isinstance(opened, AbstractContextManager):
            with opened as socket:
                talk.run(socket)
        else:
            asyncio.run(run_async(opened, talk))
    except Exception as exc:
        error = {
            "type": type(exc).__name__,
            "kinds": [kind.__name__ for kind in type(exc).__mro__],
            "status": getattr(exc, "status_code", None),
            "text": "".join(traceback.format_exception(exc)) + repr(vars(exc)),
        }
    logger.removeHandler(handler)
    return {"said": talk.log, "error": error, "logs": "\n".join(records)}


def request_twice(made: Any, url: str) -> list[Any]:
    """Let the client wrapper's own HTTP client send two requests; return what to wait for."""
    return [made.httpx_client.request("x", base_url=url, method="GET") for _ in range(2)]


async def request(order: dict[str, Any]) -> None:
    """Send two requests with the asynchronous HTTP client."""
    await asyncio.gather(*request_twice(wrapper(order), order["url"]))


async def run_async(opened: Any, talk: Conversation) -> None:
    """Talk on an asynchronous channel."""
    async with opened as socket:
        await talk.run_async(socket)


def main() -> None:
    """Carry out the orders given on standard input, one list of them per line."""
    warnings.simplefilter("ignore")
    sys.path.insert(0, sys.argv[1])
    for line in sys.stdin:
        print(json.dumps([carry_out(order) for order in json.loads(line)]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
