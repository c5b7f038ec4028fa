"""The files that ``sdkpatch init`` writes: rendered from templates, never over one that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .. import resources
from ..loading.project import CONFIG
from ..version import __version__
from .detect import Surroundings
from .publishing import taken_over

PINS: Mapping[str, str] = {
    "checkout": "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "python": "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0",
    "upload": "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1",
    "download": "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
    "publish": "pypa/gh-action-pypi-publish@dc37677b2e1c63e2034f94d8a5b11f265b73ba33 # v1.14.2",
}
"""The actions of the workflow, each at a commit."""


class Wish(NamedTuple):
    """What is asked for: the header to take the key from and the query parameter to send it in, empty for no recipe."""

    header: str = ""
    scheme: str = ""
    query: str = ""
    workflow: bool = True


class Scaffold(NamedTuple):
    """A file to write. ``path`` is absolute; ``exists`` tells that there is one already, which stays as it is."""

    path: Path
    text: str
    exists: bool


def scaffolds(seen: Surroundings, wish: Wish) -> tuple[Scaffold, ...]:
    """Return the files for a wish, those that are there already among them."""
    root, tree = seen.repository, seen.tree.root
    name = "sdkpatch" if seen.place == "." else f"sdkpatch-{re.sub(r'[^A-Za-z0-9]+', '-', seen.place).strip('-')}"
    shared = {"version": __version__, "tree": _quoted(seen.place), "package": seen.package, "pins": PINS}
    texts = {
        tree / CONFIG: _rendered("sdkpatch.toml", patches=_patches(wish)),
        tree / "patches" / "README.md": _rendered("patches.md"),
    }
    if wish.workflow:
        workflow = _rendered(
            "workflow.yml",
            **shared,
            name=name,
            tests=seen.has_tests,
            branch=seen.branch,
            publishes=not seen.publishers,
        )
        texts[root / ".github" / "workflows" / f"{name}.yml"] = workflow
    texts[root / ".pre-commit-config.yaml"] = _rendered("pre-commit.yaml", **shared)
    return tuple(Scaffold(path, text, path.exists()) for path, text in texts.items())


def handed_over(seen: Surroundings) -> tuple[Scaffold, ...]:
    """Return the workflows that publish unpatched, each with a step that patches before it builds."""
    below = "" if seen.place == "." else f"/{seen.place}"
    step = _rendered("step.yml", version=__version__, below=below)
    found = []
    for each in seen.publishers:
        path = seen.repository / each.path
        if each.line and not each.is_patched:
            with path.open(encoding="utf-8", newline="") as file:
                found.append(Scaffold(path, taken_over(file.read(), each, step), exists=True))
    return tuple(found)


REPLAY = ".fern/replay.yml"
"""Where Replay reads patterns of files that it leaves alone: the key ``exclude`` (read in Fern's CLI 5.131)."""


def replay_excludes(seen: Surroundings, paths: Sequence[str]) -> Scaffold | None:
    """Return the file that keeps Replay off what patches change, None where Replay is off.

    Replay would store a patched file as a customization of the team's, and merge it line by line.
    """
    if not seen.replay:
        return None
    path = seen.tree.root / REPLAY
    return Scaffold(path, _rendered("replay.yml", paths=sorted(paths)), path.exists())


class Used(NamedTuple):
    """A ``[[patch]]`` table."""

    uses: str
    settings: Sequence[tuple[str, str]]


def _patches(wish: Wish) -> list[Used]:
    if not wish.query:
        return []
    scheme = [("scheme", wish.scheme)] if wish.scheme else []
    return [Used("websocket-auth-query", [("header", wish.header), *scheme, ("query", wish.query)])]


def _rendered(template: str, /, **values: object) -> str:
    import jinja2

    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    source = (resources.folder("templates") / "init" / f"{template}.j2").read_text(encoding="utf-8")
    text = environment.from_string(source).render(values)
    return re.sub(r"\n{3,}", "\n\n", text)


def _quoted(path: str) -> str:
    import shlex

    return shlex.quote(path)
