"""Where an SDK tree has channels and root clients, and how its packages are imported."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..fern.sdk_package import import_name
from ..handshakes.prefilter import opens_sockets
from ..resources import is_support
from ..tree import ITSELF, Tree
from .reach import Opening, Reach, Reaching
from .values import Channel

_ROOT = re.compile(rb"\bhttpx_client\s*:")
_DERIVED = re.compile(rb"^class \w*Client\b|^class \w+\(\w*Client\w*\)", re.MULTILINE)
"""A client that a person derived from the generated one, beside it, and that passes on what it is given."""


class Packages(NamedTuple):
    """How to import what a tree holds: folders for ``sys.path``, and packages whose folder has no importable name."""

    path: tuple[str, ...]
    aliases: Mapping[str, str]


class SocketCode(NamedTuple):
    """What can open a socket by the code's own account, and the modules to import.

    ``modules`` are those of channels as Fern makes them, which must be importable; ``others`` open sockets in no
    package; ``broken`` are places of files that do not parse. ``reaching`` is all code that can end in a connect;
    ``silent`` are copies of channels that cannot, although they should.
    """

    openings: Mapping[tuple[str, str], Opening]
    others: tuple[tuple[str, str], ...]
    broken: tuple[str, ...]
    roots: tuple[str, ...]
    modules: Mapping[str, str]
    packages: Packages
    reaching: Mapping[tuple[str, str], Reaching]
    silent: tuple[Opening, ...] = ()

    @property
    def channels(self) -> list[Channel]:
        """The public methods and functions that can open a socket, in the order of files and lines."""
        return sorted(channel_of(each) for each in self.openings.values() if each.is_public)


def channel_of(opening: Opening, is_async: bool | None = None) -> Channel:
    """Return what can open a socket as a channel; ``is_async`` is what its object says, where that is known."""
    is_async = opening.is_async if is_async is None else is_async
    return Channel(opening.path, opening.line, opening.full, is_async, opening.module)


def look(tree: Tree) -> SocketCode:
    """Find everything in a tree that can open a socket, and its root clients."""
    others: list[tuple[str, str]] = []
    sources: dict[str, tuple[str, bytes]] = {}
    folders: dict[str, str] = {}
    aliases: dict[str, str] = {}
    roots: list[str] = []
    for path in tree.files:
        if not path.endswith(".py") or is_support(path) or not _may_matter(path):
            continue
        code = tree.read(path)
        folder, module = _module(tree, path, aliases)
        if not module:
            others += [(path, "is in no package")] if opens_sockets(code) else []
            continue
        sources[module] = (path, code)
        folders[module] = folder
        if _is_root(tree, path, code):
            roots.append(module)
    reach = Reach(sources)
    openings = {(each.module, each.full): each for each in reach.openings()}
    every = {module for module, _ in openings}
    # A module that knows no client wrapper is not Fern's: what importing it needs, users may not have.
    modules = {module: sources[module][0] for module in sorted(every) if b"client_wrapper" in sources[module][1]}
    wanted = {module.split(".")[0] for module in every}
    return SocketCode(
        openings=openings,
        others=tuple(others),
        broken=tuple(reach.broken),
        roots=tuple(sorted((each for each in roots if each.split(".")[0] in wanted), key=lambda name: name.count("."))),
        modules=modules,
        packages=Packages(
            tuple(sorted({str(tree.root / folders[each]) for each in every if folders[each] != "//"})), aliases
        ),
        reaching=reach.units,
        silent=tuple(
            _silent(
                reach, [channel_of(each) for each in openings.values() if each.is_public and each.module in modules]
            )
        ),
    )


def _silent(reach: Reach, channels: Sequence[Channel]) -> Iterator[Opening]:
    """Yield the methods that are copies of a channel by package, class and name, and cannot open a socket."""
    known = {each.copies for each in channels}
    for package, _, method in sorted(known):
        for each in reach.silent(package, method):
            if channel_of(each).copies in known:
                yield each


def _is_root(tree: Tree, path: str, code: bytes) -> bool:
    package = tree.package_of(path)
    is_top = (path.rpartition("/")[0] or ITSELF) == package
    if "core" in path.split("/")[:-1]:  # the wrapper itself takes one, and is no root
        return False
    return bool(_ROOT.search(code) or (is_top and _DERIVED.search(code)))


def _may_matter(path: str) -> bool:
    """Tests and examples beside the package are no part of the SDK."""
    return path.split("/")[0] not in ("tests", "test", "examples")


def _module(tree: Tree, path: str, aliases: dict[str, str]) -> tuple[str, str]:
    """Return the folder that must be on the path, ``//`` for an alias, and the importable name, empty for none."""
    package = tree.package_of(path)
    inner = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if tree.is_package:
        name = import_name(tree)
        aliases[name] = str(tree.root)
        return "//", f"{name}.{inner}" if inner != "__init__" else name
    if not package:
        return "", ""
    above = package.rpartition("/")[0]
    return above, path.removesuffix(".py").removesuffix("/__init__")[len(above) + bool(above) :].replace("/", ".")
