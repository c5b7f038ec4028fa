"""What runs in the interpreter of the SDK: open every copy of every channel in every way, and tell what arrived.

It knows nothing of sdkpatch and imports nothing of it. ``python -m reliability.mutants.driver`` waits for orders.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import websockets.legacy.client
import websockets.sync.client
from pydantic import BaseModel

from reliability.mutants import forking
from reliability.mutants.arguments import CREDENTIALS, OPTIONS, parameters, values
from reliability.mutants.recorder import Recorder

KEY = "K3y k&=%+/?#:1"
OTHER = "0ther k&=%+/?#:2"
SECONDS = 10


class Probe(NamedTuple):
    """One opening: its name, the method to call, the keyword arguments."""

    name: str
    method: Callable[..., Any]
    arguments: dict[str, Any]


def drive(order: dict[str, Any]) -> dict[str, Any]:
    """Import the SDK of ``order`` and return, for the name of each probe, the requests and the error.

    ``signatures`` are the parameters of each copy as the unmutated SDK has them; without them they are returned.
    """
    sys.dont_write_bytecode = not order["keeps_bytecode"]
    sys.path.insert(0, order["path"])
    uuid.uuid4 = lambda: uuid.UUID(int=7)
    recorder = Recorder()
    sdk = _Sdk(order)
    found: dict[str, Any] = {}
    for probe in sdk.probes(is_async=False):
        found[probe.name] = _opened(probe, recorder)
    asyncio.run(_all_opened(list(sdk.probes(is_async=True)), recorder, found))
    return {"probes": found, "signatures": sdk.signatures}


class _Sdk:
    """The probes of an SDK."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self.signatures: dict[str, list[tuple[str, bool]]] = order.get("signatures") or {}
        self._package = importlib.import_module(order["package"])

    def probes(self, *, is_async: bool) -> Iterator[Probe]:
        """Yield what is to be opened, synchronously or not."""
        flavour = "async" if is_async else "sync"
        kind = getattr(self._package, self._order["roots"][is_async])
        root = _tried(kind, **{self._order["key"]: KEY})
        for place, method in self._copies(root, flavour):
            yield from self._of(place, method)
        for variant, arguments in self._variants():
            for place, method in self._copies(_tried(kind, **arguments), flavour):
                needed = [each for each, must in self.signatures.get(place, ()) if must]
                yield Probe(f"{place}|{variant}", method, _values(method, needed))
        for number, (expression, is_awaited) in enumerate(self._order["opens"]):
            if is_awaited == is_async:
                yield from self._added(f"added|{number}|{flavour}", expression, root)

    def _copies(self, root: Any, flavour: str) -> Iterator[tuple[str, Any]]:
        for channel in self._order["channels"]:
            for copy in ("client", "raw"):
                yield f"{channel}|{copy}|{flavour}", _tried(_method, root, channel, copy, flavour)

    @staticmethod
    def _added(place: str, expression: str, root: Any) -> Iterator[Probe]:
        """Yield the openings of what a mutation added."""
        wrapper = getattr(root, "_client_wrapper", None)
        method = _tried(eval, expression, {"root": root, "wrapper": wrapper, "module": importlib.import_module})
        named = [] if isinstance(method, Exception) else parameters(method)
        needed = [each for each, must in named if must]
        yield Probe(f"{place}|plain", method, _values(method, needed))
        known = [each for each, _ in named if each not in CREDENTIALS]
        yield Probe(f"{place}|all", method, _values(method, known))

    def _of(self, place: str, method: Callable[..., Any]) -> Iterator[Probe]:
        if place not in self.signatures:
            if isinstance(method, Exception):
                raise method
            self.signatures[place] = parameters(method)
        named = self.signatures[place]
        needed = _values(method, [each for each, must in named if must])
        known = [each for each, _ in named if each not in CREDENTIALS]
        yield Probe(f"{place}|plain", method, needed)
        if len(known) > len(needed):
            yield Probe(f"{place}|all", method, _values(method, known))
        if known:
            yield Probe(f"{place}|flipped", method, _values(method, known, flipped=True))
        query = {"oracle q": "1&2=3", "more": "x"}
        options = {"additional_headers": {"X-Oracle": "o"}, "additional_query_parameters": query}
        yield Probe(f"{place}|options", method, {**needed, OPTIONS: options})
        own = {"additional_headers": {self._order["header"].upper(): f"{self._order['scheme']} {OTHER}".strip()}}
        yield Probe(f"{place}|own header", method, {**needed, OPTIONS: own})
        own = {"additional_query_parameters": {self._order["query"]: OTHER}}
        yield Probe(f"{place}|own query", method, {**needed, OPTIONS: own})
        for each, _ in named:
            if each in CREDENTIALS:
                yield Probe(f"{place}|{each}", method, {**needed, each: OTHER})

    def _variants(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield other ways to make a root client."""
        name = self._order["key"]
        yield "second key", {name: OTHER}
        yield "headers", {name: KEY, "headers": {"X-Constructor": "c"}}
        for other in self._order["other_keys"]:
            yield f"by {other}", {other: KEY}
            yield f"both, {other}", {name: KEY, other: OTHER}
        if self._order["is_optional"]:
            yield "no key", {}
        environments = getattr(self._package, self._order["environment"])
        for each in self._order["environments"]:
            yield f"environment {each}", {name: KEY, "environment": getattr(environments, each)}


def _tried(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Return what a call returns, or the error it raises, which is told where the result is used."""
    for each in (call, *arguments):
        if isinstance(each, Exception):
            return each
    try:
        return call(*arguments, **named)
    except Exception as error:
        return error


def _method(root: Any, channel: str, copy: str, flavour: str) -> Any:
    """Return the method of a copy; a channel that no root client leads to is ``module:Class``."""
    module, _, name = channel.rpartition(":")
    if module:
        kind = getattr(importlib.import_module(module), ("Async" if flavour == "async" else "") + name)
        found = kind(client_wrapper=root._client_wrapper)
    else:
        found = root
        for part in name.split("."):
            found = getattr(found, part)
    return (found.with_raw_response if copy == "raw" else found).connect


def _values(method: Any, names: list[str], *, flipped: bool = False) -> dict[str, Any]:
    return {} if isinstance(method, Exception) else values(method, names, flipped=flipped)


def _opened(probe: Probe, recorder: Recorder) -> dict[str, Any]:
    error = ""
    try:
        if isinstance(probe.method, Exception):
            raise probe.method
        with probe.method(**probe.arguments):
            pass
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"[:300]
    return {"requests": recorder.taken(), "error": error}


async def _all_opened(probes: list[Probe], recorder: Recorder, found: dict[str, Any]) -> None:
    for probe in probes:
        error = ""
        try:
            if isinstance(probe.method, Exception):
                raise probe.method
            await asyncio.wait_for(_entered(probe), SECONDS)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"[:300]
        found[probe.name] = {"requests": recorder.taken(), "error": error}


async def _entered(probe: Probe) -> None:
    opening = probe.method(**probe.arguments)
    if inspect.isawaitable(opening):
        opening = await opening
    async with opening:
        pass


def _warm() -> None:
    """Load what loads itself at its first use, before the forks."""

    class Model(BaseModel):
        number: int = 0

    Model(number=1)
    httpx.Client(trust_env=False).close()
    for module in (websockets.sync.client, websockets.legacy.client):
        inspect.getmembers(module)


if __name__ == "__main__":
    _warm()
    forking.serve(drive)
