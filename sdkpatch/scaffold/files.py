"""The files that ``sdkpatch init`` writes: rendered from templates, never over one that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .. import resources
from ..ignoring.check import synced
from ..loading.project import CONFIG
from ..model import Patch
from ..operations.fernignore_protect import FERNIGNORE
from .detect import Surroundings
from .publishing import Publisher, taken_over
from .source import ToolSource

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
    """A file to write. ``path`` is absolute; ``exists`` tells that there is one already.

    One that is there stays as it is, unless ``changes`` says that this is its new text: ``says`` then tells what of.
    """

    path: Path
    text: str
    exists: bool
    changes: bool = False
    says: str = ""

    @property
    def is_written(self) -> bool:
        """Whether the file is to be written."""
        return self.changes or not self.exists


def is_pinned(seen: Surroundings, wish: Wish, take_over: bool) -> bool:
    """Tell whether a file that will be written names the sdkpatch to install."""
    root = seen.repository
    is_new = wish.workflow and not (root / _workflow(seen)).exists()
    over = take_over and any(each.line and not each.is_patched for each in seen.publishers)
    return is_new or over or not (root / HOOKS).exists()


HOOKS = ".pre-commit-config.yaml"


def _name(seen: Surroundings) -> str:
    return "sdkpatch" if seen.place == "." else f"sdkpatch-{re.sub(r'[^A-Za-z0-9]+', '-', seen.place).strip('-')}"


def _workflow(seen: Surroundings) -> str:
    return f".github/workflows/{_name(seen)}.yml"


def scaffolds(seen: Surroundings, wish: Wish, source: ToolSource) -> tuple[Scaffold, ...]:
    """Return the files for a wish, those that are there already among them."""
    root, tree = seen.repository, seen.tree.root
    shared = {"tree": _quoted(seen.place), "package": seen.package, "pins": PINS}
    texts = {
        tree / CONFIG: rendered("sdkpatch.toml", patches=_patches(wish)),
        tree / "patches" / "README.md": rendered("patches.md"),
    }
    if wish.workflow:
        texts[root / _workflow(seen)] = rendered(
            "workflow.yml",
            **shared,
            requirement=source.requirement,
            name=_name(seen),
            tests=seen.has_tests,
            branch=seen.branch,
            publishes=not seen.publishers,
            proves=bool(seen.channels),
        )
    if source.hook:
        texts[root / HOOKS] = rendered("pre-commit.yaml", **shared, hook=source.hook)
    return tuple(Scaffold(path, text, path.exists()) for path, text in texts.items())


def handed_over(seen: Surroundings, source: ToolSource) -> tuple[Scaffold, ...]:
    """Return the workflows that publish unpatched, each with steps that patch before it builds."""
    steps = [(each, step(each, seen.place, source)) for each in seen.publishers]
    return with_steps(seen.repository, steps)


def step(publisher: Publisher, place: str, source: ToolSource, option: str = "") -> str:
    """Return the step that patches what lies at a place of the repository; ``option`` stands in front of that."""
    folder = "/".join(part for part in (publisher.checkout, place) if part not in ("", "."))
    tree = f'"$GITHUB_WORKSPACE{f"/{folder}" if folder else ""}"'
    return rendered("step.yml", requirement=source.requirement, tree=f"{option} {tree}".strip())


def with_steps(repository: Path, steps: Sequence[tuple[Publisher, str]]) -> tuple[Scaffold, ...]:
    """Return the workflows with the steps of those that can have one."""
    found: dict[str, list[tuple[Publisher, str]]] = {}
    for each, text in steps:
        if each.line and not each.is_patched:
            found.setdefault(each.path, []).append((each, text))
    return tuple(_with_steps(repository / path, own) for path, own in found.items())


def _with_steps(path: Path, steps: Sequence[tuple[Publisher, str]]) -> Scaffold:
    with path.open(encoding="utf-8", newline="") as file:
        text = taken_over(file.read(), steps)
    count = len({each.line for each, _ in steps})
    says = "a step that patches" if count == 1 else f"{count} steps that patch"
    return Scaffold(path, text, exists=True, changes=True, says=f"gets {says} before it builds")


REPLAY = ".fern/replay.yml"
"""Where Replay reads patterns of files that it leaves alone: the key ``exclude`` (read in Fern's CLI 5.131)."""


def replay_excludes(seen: Surroundings, paths: Sequence[str]) -> Scaffold | None:
    """Return the file that keeps Replay off what patches change, None where Replay is off or there is nothing.

    Replay would store a patched file as a customization of the team's, and merge it line by line.
    """
    if not seen.replay or not paths:
        return None
    path = seen.tree.root / REPLAY
    return Scaffold(path, rendered("replay.yml", paths=sorted(paths)), path.exists())


def ignore_file(seen: Surroundings, patches: Sequence[Patch], written: Sequence[Scaffold]) -> Scaffold | None:
    """Return ``.fernignore`` with a block that keeps what is written into the tree, None where it has that already.

    Raises TreeError where it cannot be read.
    """
    root = seen.tree.root
    coming = {
        each.path.relative_to(root).as_posix(): each.text.encode()
        for each in written
        if each.is_written and each.path.is_relative_to(root)
    }
    before = seen.tree.read(FERNIGNORE) if seen.tree.has(FERNIGNORE) else b""
    after = synced(seen.tree, patches, coming)
    if after == before:
        return None
    says = "gets a block that makes Fern keep these files"
    return Scaffold(root / FERNIGNORE, after.decode(), bool(before), changes=True, says=says)


class Used(NamedTuple):
    """A ``[[patch]]`` table."""

    uses: str
    settings: Sequence[tuple[str, str]]


def _patches(wish: Wish) -> list[Used]:
    return [Used(name, tuple(settings.items())) for name, settings in recipes(wish).items()]


def recipes(wish: Wish) -> Mapping[str, Mapping[str, str]]:
    """Return the recipes for a wish, with the values of their parameters."""
    if not wish.query:
        return {}
    scheme = {"scheme": wish.scheme} if wish.scheme else {}
    return {"websocket-auth-query": {"header": wish.header, **scheme, "query": wish.query}}


def rendered(template: str, /, **values: object) -> str:
    """Return a template of ``templates/init`` with these values."""
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
