"""The ways to make a root client: with other credentials, with headers of its own, in each environment, at a url."""

from __future__ import annotations

import inspect
import sys
from typing import Any, Dict

from . import discovery
from .annotations import resolve

Client = Dict[str, Any]
"""``is_other`` for other credentials, ``headers``, the name of an ``environment``, ``base_url``; JSON."""

_HEADERS = {"X-Sdkpatch-Client": "extra60+/=&% 60"}
_BASE = "https://sdkpatch.invalid/base"


def variants(kind: Any, has_credentials: bool) -> dict[str, Client]:
    """Return by name the ways in which a root client can be made, beside the plainest."""
    known = discovery.parameters(kind)
    found: dict[str, Client] = {"other key": {"is_other": True}} if has_credentials else {}
    if "headers" in known:
        found["client headers"] = {"headers": _HEADERS}
    if "base_url" in known:
        found["base url"] = {"base_url": _BASE}
    for name, each in _environments(kind).items():
        if each is not known["environment"].default:
            found[f"environment {name}"] = {"environment": name}
    return found


def own(client: Client, kind: Any) -> dict[str, Any]:
    """Return the arguments of a root client that make it one of these ways, as far as it takes them."""
    known = discovery.parameters(kind)
    found: dict[str, Any] = {name: client[name] for name in ("headers", "base_url") if name in client and name in known}
    environments = _environments(kind)
    if client.get("environment") in environments:
        found["environment"] = environments[client["environment"]]
    return found


def _environments(kind: Any) -> dict[str, Any]:
    """Return the environments that a root client can be made with: the attributes of the class which are one."""
    parameter = discovery.parameters(kind).get("environment")
    if parameter is None:
        return {}
    annotation = resolve(parameter.annotation, sys.modules.get(kind.__module__))
    if not inspect.isclass(annotation) or annotation.__module__ == "builtins":
        annotation = type(parameter.default)
    members = getattr(annotation, "__members__", None) or vars(annotation)
    return {name: each for name, each in members.items() if isinstance(each, annotation)}
