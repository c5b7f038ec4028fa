"""Look at an SDK repository: what Fern generated there, where its key goes, what is there already."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from ..fern.metadata import generator_version
from ..fern.sdk_package import import_name
from ..schema import toml_source
from ..tree import Tree
from ..wire.channels import look
from .edits import EditsSince, hand_edits
from .publishing import Publisher, publishers

_SET = re.compile(rb"headers\[\"([A-Za-z0-9-]+)\"\]\s*=\s*(?:f\"(\w+) \{)?")
_CREDENTIAL = re.compile(r"key|token|auth|secret", re.IGNORECASE)


class HeaderCredential(NamedTuple):
    """A header that the client wrapper sends a credential in, and the scheme before it, empty for none."""

    header: str
    scheme: str

    @property
    def query(self) -> str:
        """The query parameter that a server would name after the header: ``x-network-api-key``, ``network_api_key``."""
        name = re.sub(r"^x-", "", self.header.lower())
        return "token" if name == "authorization" else name.replace("-", "_")


class Surroundings(NamedTuple):
    """What there is.

    ``repository`` is the root of the git repository, or the tree itself; ``place`` is the tree's path below it, ``.``
    where they are one. ``builder`` names the build backend, ``channels`` the WebSocket channels. ``replay`` tells that
    Fern's Replay is switched on: it keeps ``.fern/replay.lock``. ``others`` are publishers of another package in the
    repository. ``edits`` are hand edits since the newest generation.
    """

    tree: Tree
    repository: Path
    place: str
    package: str
    generator: str
    builder: str
    channels: tuple[str, ...]
    credentials: tuple[HeaderCredential, ...]
    has_tests: bool
    branch: str
    replay: bool
    publishers: tuple[Publisher, ...]
    others: tuple[Publisher, ...]
    edits: EditsSince | None


def detect(tree: Tree) -> Surroundings:
    """Look at the tree at ``tree.root`` and at the repository it is in. Raises TreeError when it cannot be read."""
    repository = _git(tree.root, "rev-parse", "--show-toplevel")
    root = Path(repository).resolve() if repository else tree.root
    found = look(tree)
    channels = [channel for channel in found.channels if channel.file in ("client.py", "raw_client.py")]
    place = tree.root.relative_to(root).as_posix() if tree.root.is_relative_to(root) else "."
    published = publishers(root)
    others = tuple(each for each in published if _is_another(root, each.folder, place))
    packages = sorted({import_name(tree)} - {""} or {channel.module.split(".")[0] for channel in channels} or {""})
    return Surroundings(
        tree=tree,
        repository=root,
        place=place,
        package=packages[0],
        generator=generator_version(tree) or "",
        builder=_builder(tree),
        channels=tuple(sorted({f"{channel.folder}.{channel.method}" for channel in channels})),
        credentials=_credentials(tree),
        has_tests=any(re.fullmatch(r"tests/(.*/)?test_[^/]+\.py", path) for path in tree.files),
        replay=tree.has(".fern/replay.lock"),
        publishers=tuple(each for each in published if each not in others),
        others=others,
        edits=hand_edits(tree),
        branch=_git(root, "symbolic-ref", "--short", "HEAD") or "main",
    )


def _is_another(root: Path, folder: str, place: str) -> bool:
    """Tell whether what is built in a folder is another package than the SDK: it has a project file of its own."""
    if folder in (".", place) or folder.startswith(".."):
        return False
    return any((root / folder / name).is_file() for name in ("pyproject.toml", "setup.py"))


def _credentials(tree: Tree) -> tuple[HeaderCredential, ...]:
    """Return the headers of the client wrapper that are named like a credential, in the order of the code."""
    found: dict[str, HeaderCredential] = {}
    for path in tree.files:
        if path.endswith("core/client_wrapper.py"):
            for name, scheme in _SET.findall(tree.read(path)):
                header = name.decode()
                if _CREDENTIAL.search(header) and not header.lower().startswith("x-fern-"):
                    found.setdefault(header.lower(), HeaderCredential(header, scheme.decode()))
    return tuple(found.values())


def names_header(tree: Tree, header: str) -> bool:
    """Tell whether the generated code has a header's name in a string, in the client wrapper or where sockets open."""
    wanted = re.compile(rb"[\"']" + re.escape(header.encode()) + rb"[\"']", re.IGNORECASE)
    files = [path for path in tree.files if path.endswith(("core/client_wrapper.py", "client.py"))]
    return any(wanted.search(tree.read(path)) for path in files)


def _builder(tree: Tree) -> str:
    if not tree.has("pyproject.toml"):
        return ""
    try:
        table = toml_source.parse(tree.read("pyproject.toml").decode("utf-8", "replace"))
    except ValueError:
        return ""
    system = table.get("build-system")
    backend = system.get("build-backend") if isinstance(system, dict) else None
    return str(backend).partition(".")[0] if backend else ""


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
