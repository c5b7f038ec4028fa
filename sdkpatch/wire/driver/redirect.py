"""Send every connection of the ``websockets`` library to one address: scheme, host and port are replaced, no more.

The library's own connect functions are wrapped before the SDK imports them, so that names bound by ``from … import``
are the wrapped ones too. What each was given is kept.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import ssl
import sys
import urllib.parse
from typing import Any

# https://websockets.readthedocs.io/en/stable/reference/index.html; websockets.connect is resolved from these
_MODULES = ("websockets.sync.client", "websockets.legacy.client", "websockets.asyncio.client")
_TLS = ("ssl", "ssl_context", "server_hostname", "proxy", "proxy_ssl", "sock")
_FOLDER = os.path.dirname(os.path.abspath(__file__))
_DEEPEST = 200

opened: list[dict[str, Any]] = []
"""The url and the keyword arguments of each connection, as the SDK gave them, and the code that led there."""

target = {"url": "", "path": ""}
"""Where to connect to, and the path to use instead of the SDK's, empty to keep it."""

limits: dict[str, float] = {}
"""Timeouts in seconds that are lowered to these, where a server that does not answer is tried."""


def install() -> None:
    """Wrap the connect functions of the installed release, and read certificates once for all clients that are made."""
    ssl.create_default_context = _once(ssl.create_default_context)
    for name in _MODULES:
        try:
            module = importlib.import_module(name)
        except ImportError:  # the new asyncio client came with 13
            continue
        original = module.connect
        wrapped = _wrapped_class(original) if inspect.isclass(original) else _wrapped_function(original)
        for alias in ("connect", "Connect"):
            if getattr(module, alias, None) is original:
                setattr(module, alias, wrapped)


def _once(original: Any) -> Any:
    """Return a function that gives the same TLS context for the same arguments: each reads a file of certificates."""
    made: dict[str, Any] = {}

    @functools.wraps(original)
    def create(*args: Any, **kwargs: Any) -> Any:
        key = repr((args, sorted(kwargs.items())))
        if key not in made:
            made[key] = original(*args, **kwargs)
        return made[key]

    return create


def _wrapped_function(original: Any) -> Any:
    @functools.wraps(original)
    def connect(uri: str, *args: Any, **kwargs: Any) -> Any:
        return original(_redirected(original, uri, kwargs), *args, **kwargs)

    return connect


def _wrapped_class(original: Any) -> Any:
    class Connect(original):  # type: ignore[misc]
        @functools.wraps(original.__init__)  # type: ignore[misc]
        def __init__(self, uri: str, *args: Any, **kwargs: Any) -> None:
            super().__init__(_redirected(original, uri, kwargs), *args, **kwargs)

    Connect.__name__ = original.__name__
    Connect.__qualname__ = original.__qualname__
    Connect.__module__ = original.__module__
    return Connect


def _redirected(original: Any, uri: str, kwargs: dict[str, Any]) -> str:
    """Return the url to connect to instead, and take what does not fit it out of the arguments."""
    accepted = inspect.signature(original).parameters
    given = {name: repr(value) for name, value in kwargs.items() if not name.endswith("_headers")}
    there = urllib.parse.urlsplit(target["url"])
    if there.scheme == "ws":
        for name in _TLS:
            kwargs.pop(name, None)
    for name, seconds in limits.items():
        if name in accepted:
            own = kwargs.get(name)
            kwargs[name] = min(seconds, own) if isinstance(own, (int, float)) else seconds
    here = urllib.parse.urlsplit(uri)
    changed = here._replace(scheme=there.scheme, netloc=there.netloc)
    changed = changed._replace(path=target["path"]) if target["path"] else changed
    to = changed.geturl() if _can_be_opened(uri) else uri  # the library refuses it, as it would without a redirection
    opened.append({"url": uri, "to": to, "arguments": given, "accepts": list(accepted), "stack": _stack()})
    return to


def _can_be_opened(uri: str) -> bool:
    """Tell whether the library takes scheme, host and port of an address: what is not replaced it judges by itself.

    Our own host stands for what a caller gives, who knows which scheme the SDK wants.
    """
    here = urllib.parse.urlsplit(uri)
    schemes = ("ws", "wss", "http", "https") if (here.hostname or "").endswith("sdkpatch.invalid") else ("ws", "wss")
    try:
        return here.scheme in schemes and bool(here.hostname) and here.port != 0
    except ValueError:  # a port that is no number, or too large
        return False


class Watch:
    """Keeps the code that runs while it is installed: functions that hand on an opener are not on its stack."""

    def __init__(self) -> None:
        self._ran: set[Any] = set()

    def __enter__(self) -> Watch:
        sys.setprofile(self._event)
        return self

    def __exit__(self, *error: Any) -> None:
        sys.setprofile(None)

    def _event(self, frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            self._ran.add(frame.f_code)

    def below(self, folder: str) -> list[tuple[str, int]]:
        """Return file and first line of what ran of the files below a folder."""
        places = {(_real(each.co_filename), each.co_firstlineno) for each in self._ran}
        return sorted(each for each in places if each[0].startswith(_real(folder) + os.sep))


@functools.lru_cache(maxsize=None)
def _real(path: str) -> str:
    """Return a path without links; asked once a file, as each asks the disk for every folder above it."""
    return os.path.realpath(path)


def _stack() -> list[tuple[str, int, int]]:
    """Return file, first line and current line of every function that is being run, less those of the driver."""
    found: list[tuple[str, int, int]] = []
    frame: Any = sys._getframe(2)
    while frame is not None and len(found) < _DEEPEST:
        code = frame.f_code
        if os.path.dirname(code.co_filename) != _FOLDER:
            found.append((_real(code.co_filename), code.co_firstlineno, frame.f_lineno))
        frame = frame.f_back
    return found
