"""Open every WebSocket channel of an SDK against a recorder on loopback, and print what arrived, as JSON.

Run as a script, in a process of its own, with the SDK's folder and the sites to open. Knows nothing of any SDK but
Fern's conventions: a channel class takes ``client_wrapper``, the wrapper's classes stand in ``core/client_wrapper.py``.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys
import warnings
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

from tests.server import Recorder

KEY = "k+e/y=&d é"


class Environment:
    """Stands for any environment: every address of it is the recorder's."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __getattr__(self, name: str) -> str:
        return self._url


def wrapper(package: str, url: str, *, is_async: bool) -> object:
    """Make the SDK's own client wrapper with every credential set to the key."""
    module = importlib.import_module(f"{package}.core.client_wrapper")
    kind = getattr(module, "AsyncClientWrapper" if is_async else "SyncClientWrapper")
    httpx = importlib.import_module("httpx")
    values: dict[str, Any] = {
        "environment": Environment(url),
        "base_url": url,
        "httpx_client": httpx.AsyncClient() if is_async else httpx.Client(),
    }
    accepted = inspect.signature(kind).parameters
    values |= {name: KEY for name in accepted if "key" in name or "token" in name}
    return kind(**{name: value for name, value in values.items() if name in accepted})


def required(method: Any) -> dict[str, str]:
    """Return a value for every argument the method cannot do without."""
    parameters = inspect.signature(method).parameters.values()
    return {each.name: "x" for each in parameters if each.default is each.empty}


def drive(package: str, site: dict[str, str], url: str) -> None:
    """Open the channel of one site and close it again."""
    name = site["path"].removesuffix(".py").replace("/", ".")
    class_name, method_name = site["name"].rsplit(".", 1)
    channel = getattr(importlib.import_module(name), class_name)
    is_async = site["flavour"] == "async"
    client = channel(client_wrapper=wrapper(package, url, is_async=is_async))
    method = getattr(client, method_name)
    opened = method(**required(method))
    if isinstance(opened, AbstractContextManager):
        with opened:
            return
    assert isinstance(opened, AbstractAsyncContextManager)

    async def run() -> None:
        async with opened:
            pass

    asyncio.run(run())


def main() -> None:
    """Drive the sites given on standard input."""
    warnings.simplefilter("ignore")
    order = json.load(sys.stdin)
    sys.path.insert(0, order["tree"])
    arrived = []
    for site in order["sites"]:
        with Recorder() as recorder:
            drive(order["package"], site, recorder.url)
        (handshake,) = recorder.handshakes
        arrived.append({"site": site, "query": handshake.query, "headers": handshake.headers, "path": handshake.path})
    sys.stdout.write(json.dumps(arrived))


if __name__ == "__main__":
    main()
