"""Open one channel, and note all that came of it: what was given, what was raised, what was logged."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import sys
import typing
from typing import Any

from . import guard, redirect
from .annotations import resolve
from .credentials import Sentinels, is_credential
from .discovery import admits_text, read_names
from .failures import failure_of
from .synthesis import Impossible, Maker

OPTIONS = "request_options"


class MadeArguments:
    """The arguments of one call: values by name, what of each can be found again, and what could not be made."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.leaves: dict[str, list[str]] = {}
        self.unmade: dict[str, str] = {}


def supplied(name: str, annotation: Any, root: Any) -> Any:
    """Return the root client, or its client wrapper, where an argument is for one of them."""
    for each, names in ((root._client_wrapper, ("client_wrapper", "wrapper")), (root, ("client", "root"))):
        is_kind = annotation is not object and any(kind is annotation for kind in type(each).__mro__)
        if name.strip("_") in names or is_kind:
            return each
    return None


def arguments(method: Any, root: Any, order: dict[str, Any], sentinels: Sentinels) -> MadeArguments:
    """Return arguments for a method: those it must have, those of ``order["also"]``, or all where ``order["full"]``.

    Each argument is made by a maker of its own: the same name gets the same value in every copy of a channel.
    """
    function = inspect.unwrap(getattr(method, "__func__", method))
    module = inspect.getmodule(function)
    result = MadeArguments()
    signature = inspect.signature(method)
    for name, parameter in signature.parameters.items():
        maker = Maker(name, parameter.default, is_empty=bool(order.get("empty")))
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or name == OPTIONS:
            continue
        annotation = parameter.annotation
        annotation = resolve(annotation, module) if annotation is not parameter.empty else annotation
        is_wanted = parameter.default is parameter.empty or order.get("full") or name in order.get("also", ())
        try:
            if name in order.get("given", {}):
                result.values[name] = order["given"][name]
                maker.leaves.append(str(order["given"][name]))
            elif name in order.get("secrets", ()) or (is_wanted and _is_secret(name, parameter, annotation)):
                result.values[name] = sentinels.of(f"argument {name}", bool(order.get("token")))
                maker.leaves.append(result.values[name])
            elif is_wanted and (found := supplied(name, annotation, root)) is not None:
                result.values[name] = found
            elif is_wanted:
                result.values[name] = maker.make(annotation, module)
        except Impossible as impossible:
            result.unmade[name] = str(impossible)
        result.leaves[name] = maker.leaves
    options = {"additional_headers": order.get("headers"), "additional_query_parameters": order.get("query")}
    options = {name: value for name, value in options.items() if value}
    if options and OPTIONS in signature.parameters:
        result.values[OPTIONS] = options
    return result


def _is_secret(name: str, parameter: inspect.Parameter, annotation: Any) -> bool:
    written = parameter.annotation if annotation is None else annotation
    return is_credential(name) and admits_text(written)


class Log(logging.Handler):
    """Keeps what is logged at DEBUG while it is installed."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.lines.append(self.format(record))
        except Exception:  # a record that cannot be formatted is not printed by others either
            self.lines.append(repr(record.msg))

    def __enter__(self) -> Log:
        for name in ("", "websockets", "websockets.client"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *error: Any) -> None:
        logging.getLogger().removeHandler(self)
        logging.getLogger().setLevel(logging.WARNING)


def opened(method: Any, root: Any, order: dict[str, Any], sentinels: Sentinels) -> dict[str, Any]:
    """Open a channel and close it again; return what happened."""
    wrapper = root._client_wrapper
    made = arguments(method, root, order, sentinels)
    redirect.opened.clear()
    guard.refused.clear()
    redirect.target.update(url=order["url"], path=order.get("path", ""))
    redirect.limits.clear()
    redirect.limits.update(order.get("limits", {}))
    headers: dict[str, Any] = {}
    failure: dict[str, Any] | None = None
    with Log() as log, redirect.Watch() as watch:
        try:
            if order["is_async"]:
                asyncio.run(_open_async(method, made.values, wrapper, headers))
            else:
                headers.update(wrapper.get_headers())
                _enter(method(**made.values))
        except (Exception, asyncio.CancelledError) as error:
            failure = failure_of(error)
    return {
        "connections": list(redirect.opened),
        "ran": watch.below(_folder_of(order["module"])),
        "refused": list(guard.refused),
        "generated": {str(name): str(value) for name, value in headers.items()},
        "attributes": {name: _attribute(wrapper, name) for name in order.get("attributes", ())},
        "given": {name: repr(value) for name, value in made.values.items()},
        "leaves": made.leaves,
        "unmade": made.unmade,
        "unread": sorted(set(made.values) - _read_by(method)),
        "sentinels": dict(sentinels.values),
        "failure": failure,
        "log": "\n".join(log.lines),
    }


def _folder_of(module: str) -> str:
    package = sys.modules[module.split(".")[0]]
    return os.path.dirname(getattr(package, "__file__", None) or next(iter(package.__path__)) + os.sep)


async def _open_async(method: Any, given: dict[str, Any], wrapper: Any, headers: dict[str, Any]) -> None:
    supply = getattr(wrapper, "async_get_headers", None)
    headers.update(await supply() if supply is not None else wrapper.get_headers())
    await _enter_async(method(**given))


def _enter(thing: Any) -> None:
    """Open what a method returned, in the way it is made to be opened, and close it."""
    if hasattr(thing, "__enter__"):
        with thing:
            return
    if inspect.isgenerator(thing):
        next(thing, None)
    if hasattr(thing, "close"):
        thing.close()


async def _enter_async(thing: Any) -> None:
    """Open what an asynchronous method returned, and close it."""
    if inspect.iscoroutine(thing):
        thing = await thing
    if hasattr(thing, "__aenter__"):
        async with thing:
            return
    if inspect.isawaitable(thing):
        thing = await thing
    if inspect.isasyncgen(thing):
        async for _ in thing:
            break
        await thing.aclose()
    elif hasattr(thing, "close"):
        closed = thing.close()
        if inspect.isawaitable(closed):
            await closed
    else:
        _enter(thing)


def _read_by(method: Any) -> typing.AbstractSet[str]:
    function = inspect.unwrap(getattr(method, "__func__", method))
    return read_names(function.__code__) if inspect.isfunction(function) else set(inspect.signature(method).parameters)


def _attribute(wrapper: Any, name: str) -> str | None:
    value = getattr(wrapper, name, None)
    try:
        value = value() if callable(value) else value
        value = asyncio.run(_awaited(value)) if inspect.isawaitable(value) else value
    except Exception:  # a supplier that fails: its value is not known, and what arrives is judged without it
        return None
    return value if isinstance(value, str) else None


async def _awaited(value: Any) -> Any:
    return await value
