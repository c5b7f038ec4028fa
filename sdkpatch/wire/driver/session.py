"""The SDK as its users have it: root clients made once, channels made from their client wrappers."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import socket
import sys
import urllib.parse
import warnings
from collections.abc import Iterator
from typing import Any

from . import discovery, distributions, guard, redirect
from .annotations import resolve
from .calls import opened, supplied
from .clients import Client, own, variants
from .credentials import Sentinels, is_credential
from .failures import described
from .routes import Routes
from .synthesis import Impossible, Maker

_ADDRESS = "https://sdkpatch.invalid"
"""Where a client points that must be given a base url; every connection is redirected all the same (RFC 6761)."""


class Session:
    """Carries out orders; each method that an order can name returns what goes back as JSON."""

    def __init__(self) -> None:
        self._sentinels = Sentinels()
        self._kinds: list[Any] = []
        self._roots: dict[tuple[Any, ...], Any] = {}
        self._given: dict[int, dict[str, Any]] = {}
        self._routes: dict[int, Routes] = {}
        self._wanted: set[str] = set()
        self._hidden: set[Any] = set()
        """Classes that no attribute of a root client leads to."""

    def load(self, order: dict[str, Any]) -> dict[str, Any]:
        """Import the modules of root clients and channels, and say what is in them."""
        warnings.simplefilter("ignore")
        sys.dont_write_bytecode = True
        sys.path[:0] = order["path"]
        distributions.stand_in(order["distributions"])
        redirect.install()
        for name, folder in order["packages"].items():
            _import_from(name, folder)
        # An import that fails half way leaves modules behind, and may seem to work the second time.
        broken = discovery.unimportable({each.split(".")[0] for each in order["roots"]})
        self._kinds, problems = discovery.roots(order["roots"])
        methods, more = discovery.channels(order["channels"], self._kinds)
        self._wanted = {part for each in order["channels"] for part in each["module"].split(".")[1:]}
        return {
            "methods": methods,
            "credentials": {"sync": self._credentials(False), "async": self._credentials(True)},
            "clients": {"sync": self._variants(False), "async": self._variants(True)},
            "roots": [f"{kind.__module__}.{kind.__qualname__}" for kind in self._kinds],
            "problems": {**broken, **problems, **more},
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
            method, ways = self._method(order, root)
            return {**opened(method, root, order, self._sentinels), "keys": given, **ways}
        finally:
            for name in order.get("environment", {}):
                os.environ.pop(name, None)

    def _root_of(self, order: dict[str, Any]) -> Any:
        """Return a root client of the channel's own package."""
        package = order["module"].split(".")[0]
        client = (str(order.get("credentials")), order.get("only"), json.dumps(order.get("client")))
        key = (package, order["is_async"], bool(order.get("token")), *client)
        if key not in self._roots:
            self._roots[key] = self._root(package, order)
        return self._roots[key]

    def _method(self, order: dict[str, Any], root: Any) -> tuple[Any, dict[str, Any]]:
        """Return the bound method, or the function, that opens the socket, and how the root client leads to it."""
        module = importlib.import_module(order["module"])
        if not order["class"]:
            return getattr(module, order["method"]), {}
        kind = discovery.member(module, order["class"])
        known = discovery.parameters(kind)
        ways: dict[str, Any] = {}
        if isinstance(root, kind):
            owner = root
        elif "client_wrapper" in known:
            owner, ways = self._led(order, root, kind)
            owner = kind(client_wrapper=root._client_wrapper) if owner is None else owner
        else:
            owner = kind(
                **{
                    name: self._needed_by(kind, name, each, root)
                    for name, each in known.items()
                    if each.default is each.empty
                }
            )
        return getattr(owner, order["method"]), ways

    def _led(self, order: dict[str, Any], root: Any, kind: Any) -> tuple[Any, dict[str, Any]]:
        """Return the object of a class that the root client leads to, and how; None where it leads to none."""
        if id(root) not in self._routes:
            self._routes[id(root)] = Routes(root, self._wanted)
        routes = self._routes[id(root)]
        owner, names = routes.to(kind, order["method"])
        if owner is None and kind not in self._hidden:
            routes.everything()
            owner, names = routes.to(kind, order["method"])
            if owner is None:
                self._hidden.add(kind)
        return owner, {"ways": names, "misled": "" if names else routes.misled(order["module"])}

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

    def _variants(self, is_async: bool) -> dict[str, Client]:
        """Return the ways to make a root client of one flavour, beside the plainest."""
        found: dict[str, Client] = {}
        for kind in self._kinds:
            if _is_async(kind) == is_async:
                found.update(variants(kind, bool(self._credentials(is_async))))
        return found

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
        client: Client = order.get("client") or {}
        must = own(client, kind)
        secrets: dict[str, Any] = {}
        for name, parameter in known.items():
            annotation = resolve(parameter.annotation, sys.modules.get(kind.__module__))
            if "credentials" in order:
                if name in order["credentials"]:
                    must[name] = order["credentials"][name]
            elif order.get("only") in (None, name) and _is_secret(kind, name, parameter):
                label = f"client {name} again" if client.get("is_other") else f"client {name}"
                secrets[name] = self._sentinels.of(label, bool(order.get("token")))
            if parameter.default is parameter.empty and name not in {**must, **secrets}:
                try:
                    must[name] = _needed(name, annotation)
                except Impossible as impossible:
                    reasons.append(f"{kind.__name__} needs {name}: {impossible}")
                    return
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
