"""Where an SDK tree has channels and root clients, and how its packages are imported."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..fern.handshake import Handshake, find
from ..handshakes.prefilter import opens_sockets
from ..resources import is_support
from ..sdk_package import import_name
from ..tree import ITSELF, Tree
from .values import Channel

_ROOT = re.compile(rb"\bhttpx_client\s*:")
_DERIVED = re.compile(rb"^class \w*Client\b|^class \w+\(\w*Client\w*\)", re.MULTILINE)
"""A client that a person derived from the generated one, beside it, and that passes on what it is given."""


class Packages(NamedTuple):
    """How to import what a tree holds: folders for ``sys.path``, and packages whose folder has no importable name."""

    path: tuple[str, ...]
    aliases: Mapping[str, str]


class Found(NamedTuple):
    """The channels by the code's own account, and the modules to import; ``others`` open sockets outside a class.

    ``broken`` are places of files that do not parse.
    """

    channels: tuple[Channel, ...]
    others: tuple[tuple[str, str], ...]
    broken: tuple[str, ...]
    roots: tuple[str, ...]
    modules: Mapping[str, str]
    packages: Packages


def look(tree: Tree) -> Found:
    """Find every handshake of a tree, in the order of files and lines."""
    channels: list[Channel] = []
    others: list[tuple[str, str]] = []
    broken: list[str] = []
    modules: dict[str, str] = {}
    folders: set[str] = set()
    aliases: dict[str, str] = {}
    roots: list[str] = []
    for path in tree.files:
        if not path.endswith(".py") or is_support(path) or not _may_matter(path):
            continue
        code = tree.read(path)
        is_socket, is_root = opens_sockets(code), _is_root(tree, path, code)
        if not (is_socket or is_root):
            continue
        folder, module = _module(tree, path, aliases)
        if not module:
            others += [(path, "is in no package")] if is_socket else []
            continue
        if is_socket:
            for handshake in _handshakes(code, path, others, broken):
                channels.append(Channel(path, handshake.line, handshake.name, handshake.is_async, module))
                # Without one it is no generated channel, and nobody knows what importing it does.
                if b"client_wrapper" in code:
                    modules[module] = path
                    folders.add(folder)
        if is_root:
            roots.append(module)
    wanted = {module.split(".")[0] for module in modules}
    return Found(
        channels=tuple(channels),
        others=tuple(others),
        broken=tuple(broken),
        roots=tuple(sorted((each for each in roots if each.split(".")[0] in wanted), key=lambda name: name.count("."))),
        modules=modules,
        packages=Packages(tuple(sorted(str(tree.root / folder) for folder in folders if folder != "//")), aliases),
    )


def _is_root(tree: Tree, path: str, code: bytes) -> bool:
    package = tree.package_of(path)
    is_top = (path.rpartition("/")[0] or ITSELF) == package
    if "core" in path.split("/")[:-1]:  # the wrapper itself takes one, and is no root
        return False
    return bool(_ROOT.search(code) or (is_top and _DERIVED.search(code)))


def _may_matter(path: str) -> bool:
    """Tests and examples beside the package are no part of the SDK."""
    return path.split("/")[0] not in ("tests", "test", "examples")


def _handshakes(code: bytes, path: str, others: list[tuple[str, str]], broken: list[str]) -> Iterator[Handshake]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(code, path)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        broken.append(f"{path}:{getattr(error, 'lineno', 1) or 1}")
        return
    for handshake in find(module, code):
        if handshake.call is None or "." not in handshake.name:
            reason = handshake.problem or "it is in no method of a class"
            others.append((f"{path}:{handshake.line}", reason))
        else:
            yield handshake


def _module(tree: Tree, path: str, aliases: dict[str, str]) -> tuple[str, str]:
    """Return the folder that must be on the path, ``//`` for an alias, and the importable name, empty for none."""
    package = tree.package_of(path)
    inner = path.removesuffix(".py").replace("/", ".")
    if tree.is_package:
        name = import_name(tree)
        aliases[name] = str(tree.root)
        return "//", f"{name}.{inner}"
    if not package:
        return "", ""
    above = package.rpartition("/")[0]
    return above, path.removesuffix(".py")[len(above) + bool(above) :].replace("/", ".")
