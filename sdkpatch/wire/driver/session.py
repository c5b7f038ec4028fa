"""The SDK as its users have it: root clients made once, channels made from their client wrappers."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import socket
import sys
import urllib.parse
import warnings
from collections.abc import Iterator
from typing import Any

from . import discovery, guard, redirect
from .annotations import resolve
from .calls import described, opened, supplied
from .credentials import Sentinels, is_credential
from .synthesis import Impossible, Maker
from .ways import Way, way

_ADDRESS = "https://sdkpatch.invalid"
"""Where a client points that must be given a base url; every connection is redirected all the same (RFC 6761)."""


class Session:
    """Carries out orders; each method that an order can name returns what goes back as JSON."""

    def __init__(self) -> None:
        self._sentinels = Sentinels()
        self._kinds: list[Any] = []
        self._roots: dict[tuple[Any, ...], Any] = {}
        self._given: dict[int, dict[str, Any]] = {}
        self._ways: dict[tuple[int, Any], Way] = {}

    def load(self, order: dict[str, Any]) -> dict[str, Any]:
        """Import the modules of root clients and channels, and say what is in them."""
        warnings.simplefilter("ignore")
        sys.dont_write_bytecode = True
        sys.path[:0] = order["path"]
        redirect.install()
        for name, folder in order["packages"].items():
            _import_from(name, folder)
        # An import that fails half way leaves modules behind, and may seem to work the second time.
        unimportable = discovery.problems({each.split(".")[0] for each in order["roots"]})
        self._kinds, problems = discovery.roots(order["roots"])
        methods, more = discovery.channels(order["channels"], self._kinds)
        return {
            "methods": methods,
            "credentials": {"sync": self._credentials(False), "async": self._credentials(True)},
            "headers": {"sync": self._takes_headers(False), "async": self._takes_headers(True)},
            "roots": [f"{kind.__module__}.{kind.__qualname__}" for kind in self._kinds],
            "problems": {**unimportable, **problems, **more},
            "python": platform.python_version(),
            "websockets": _release(),
            "refused": list(guard.refused),
        }

    def call(self, order: dict[str, Any]) -> dict[str, Any]:
        """Open one channel."""
        for host in order.get("hosts", ()):
            _allow(host, order["url"])
        os.environ.update(order.get("environment", {}))
        try:
            root = self._root_of(order)
            given = {name: each for name, each in self._given[id(root)].items() if isinstance(each, str)}
            method, path = self._method(order, root)
            return {**opened(method, root, order, self._sentinels), "keys": given, "way": path}
        finally:
            for name in order.get("environment", {}):
                os.environ.pop(name, None)

    def _root_of(self, order: dict[str, Any]) -> Any:
        """Return a root client of the channel's own package."""
        package = order["module"].split(".")[0]
        given = (str(order.get("credentials")), order.get("only"), str(order.get("client_headers")))
        key = (package, order["is_async"], bool(order.get("token")), *given)
        if key not in self._roots:
            self._roots[key] = self._root(package, order)
        return self._roots[key]

    def _method(self, order: dict[str, Any], root: Any) -> tuple[Any, str]:
        """Return the bound method, or the function, that opens the socket, and the root client's way to its object."""
        module = importlib.import_module(order["module"])
        if not order["class"]:
            return getattr(module, order["method"]), ""
        kind = discovery.member(module, order["class"])
        known = discovery.parameters(kind)
        path = ""
        if isinstance(root, kind):
            owner = root
        elif "client_wrapper" in known:
            if (id(root), kind) not in self._ways:
                self._ways[id(root), kind] = way(root, kind)
            owner, path, broken = self._ways[id(root), kind]
            if broken:
                raise LookupError(f"the client does not lead there: {broken}")
            owner = kind(client_wrapper=root._client_wrapper) if owner is None else owner
        else:
            owner = kind(
                **{
                    name: self._needed_by(kind, name, each, root)
                    for name, each in known.items()
                    if each.default is each.empty
                }
            )
        return getattr(owner, order["method"]), path

    def _needed_by(self, kind: Any, name: str, parameter: Any, root: Any) -> Any:
        """Return an argument for a class that Fern did not generate: the client or its wrapper where it takes one."""
        annotation = resolve(parameter.annotation, sys.modules.get(kind.__module__))
        return supplied(name, annotation, root) or _needed(name, annotation)

    def _credentials(self, is_async: bool) -> list[str]:
        """Return the credentials that the root clients of one flavour take."""
        kinds = [kind for kind in self._kinds if _is_async(kind) == is_async]
        return sorted(
            {
                name
                for kind in kinds
                for name, parameter in discovery.parameters(kind).items()
                if _is_secret(kind, name, parameter)
            }
        )

    def _takes_headers(self, is_async: bool) -> bool:
        """Tell whether the root clients of one flavour take headers to send with every request."""
        kinds = [kind for kind in self._kinds if _is_async(kind) == is_async]
        return any("headers" in discovery.parameters(kind) for kind in kinds)

    def _root(self, package: str, order: dict[str, Any]) -> Any:
        reasons: list[str] = []
        for kind in self._kinds:
            if kind.__module__.split(".")[0] != package or _is_async(kind) != order["is_async"]:
                continue
            for given in self._attempts(kind, order, reasons):
                try:
                    made = kind(**given)
                    made._client_wrapper.get_headers()
                    self._given[id(made)] = {name: each for name, each in given.items() if is_credential(name)}
                    return made
                except Exception as error:
                    reasons.append(f"{kind.__name__}: {described(error)}")
        flavour = "asynchronous" if order["is_async"] else "synchronous"
        raise LookupError(f"no {flavour} root client could be made" + "".join(f"; {each}" for each in reasons[-3:]))

    def _attempts(self, kind: Any, order: dict[str, Any], reasons: list[str]) -> Iterator[dict[str, Any]]:
        """Yield arguments for a root client: with all credentials, without those of OAuth, with what it must have."""
        known = discovery.parameters(kind)
        must: dict[str, Any] = {}
        secrets: dict[str, Any] = {}
        for name, parameter in known.items():
            annotation = resolve(parameter.annotation, sys.modules.get(kind.__module__))
            if "credentials" in order:
                if name in order["credentials"]:
                    must[name] = order["credentials"][name]
            elif order.get("only") in (None, name) and _is_secret(kind, name, parameter):
                secrets[name] = self._sentinels.of(f"client {name}", bool(order.get("token")))
            if parameter.default is parameter.empty and name not in {**must, **secrets}:
                try:
                    must[name] = _needed(name, annotation)
                except Impossible as impossible:
                    reasons.append(f"{kind.__name__} needs {name}: {impossible}")
                    return
        if "headers" in known and "client_headers" in order:
            must["headers"] = order["client_headers"]
        yield {**must, **secrets}
        if order.get("only") is not None:
            return
        yield {**must, **{name: each for name, each in secrets.items() if not name.startswith("client_")}}
        yield must


def _is_secret(kind: Any, name: str, parameter: Any) -> bool:
    annotation = resolve(parameter.annotation, sys.modules.get(kind.__module__)) or parameter.annotation
    return is_credential(name) and discovery.admits_text(annotation)


def _needed(name: str, annotation: Any) -> Any:
    if name in ("base_url", "url"):
        return _ADDRESS
    own = [each for each in vars(annotation).values() if isinstance(each, annotation)] if _is_class(annotation) else []
    return own[0] if own else Maker().make(annotation)


def _is_class(annotation: Any) -> bool:
    return isinstance(annotation, type) and annotation.__module__ != "builtins"


def _is_async(kind: Any) -> bool:
    """Tell whether a root client is asynchronous: by the httpx client that it takes, else by its name."""
    annotation = str(discovery.parameters(kind)["httpx_client"].annotation)
    return "AsyncClient" in annotation if "Client" in annotation else kind.__name__.startswith("Async")


def _import_from(name: str, folder: str) -> None:
    """Import a package whose folder has a name that cannot be imported, under another one."""
    path = os.path.join(folder, "__init__.py")
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[folder])
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def _allow(host: str, url: str) -> None:
    """Let one host be reached, and the addresses it has now."""
    parts = urllib.parse.urlsplit(url)
    guard.allowed.add(host)
    for found in socket.getaddrinfo(host, parts.port or (443 if parts.scheme == "wss" else 80)):
        guard.allowed.add(str(found[4][0]))


def _release() -> str | None:
    try:
        return str(importlib.import_module("websockets.version").version)
    except (ImportError, AttributeError):
        return None
