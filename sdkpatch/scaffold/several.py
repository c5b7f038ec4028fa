"""The files that ``sdkpatch init`` writes at the root of a repository with several SDKs: one workspace."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..loading.project import CONFIG
from .detect import Surroundings
from .files import HOOKS, PINS, Scaffold, Used, Wish, recipes, rendered, step, with_steps
from .publishing import Publisher
from .source import ToolSource

_WORKFLOW = ".github/workflows/sdkpatch.yml"


class Listed(NamedTuple):
    """An ``[[sdk]]`` table."""

    path: str
    patches: Sequence[Used]


class Several(NamedTuple):
    """The SDKs below a folder, which is given as an absolute path, with the wish for each."""

    root: Path
    seen: Sequence[Surroundings]
    wishes: Sequence[Wish]

    @property
    def repository(self) -> Path:
        """The root of the repository."""
        return self.seen[0].repository

    @property
    def config(self) -> str:
        """The project file's path in the repository."""
        return (self.root / CONFIG).relative_to(self.repository).as_posix()

    @property
    def publishers(self) -> tuple[Publisher, ...]:
        """The steps that publish one of the SDKs."""
        return tuple(dict.fromkeys(each for seen in self.seen for each in seen.publishers))

    @property
    def others(self) -> tuple[Publisher, ...]:
        """The steps that publish another package than one of the SDKs."""
        return tuple(each for each in self.seen[0].others if each not in self.publishers)


def is_pinned_anywhere(several: Several, workflow: bool, take_over: bool) -> bool:
    """Tell whether a file that will be written names the sdkpatch to install."""
    root = several.repository
    return take_over or (workflow and not (root / _WORKFLOW).exists()) or not (root / HOOKS).exists()


def workspace(several: Several, workflow: bool, take_over: bool, source: ToolSource) -> list[Scaffold]:
    """Return the files of a workspace, those that are there already among them."""
    root = several.repository
    tables = [
        Listed(
            each.tree.root.relative_to(several.root).as_posix(),
            [Used(name, tuple(settings.items())) for name, settings in recipes(wish).items()],
        )
        for each, wish in zip(several.seen, several.wishes, strict=True)
    ]
    texts = {
        several.root / CONFIG: rendered("workspace.toml", sdks=tables),
        several.root / "patches" / "README.md": rendered("patches.md"),
    }
    if workflow:
        texts[root / _WORKFLOW] = rendered(
            "workspace.yml",
            requirement=source.requirement,
            config=several.config,
            branch=several.seen[0].branch,
            pins=PINS,
            publishes=not several.publishers,
            proved=[each.place for each in several.seen if each.channels],
        )
    if source.hook:
        tree = "." if several.config == CONFIG else f"--config {several.config}"
        texts[root / HOOKS] = rendered("pre-commit.yaml", tree=tree, hook=source.hook)
    found = [Scaffold(path, text, path.exists()) for path, text in texts.items()]
    return [*found, *(_over(several, source) if take_over else ())]


def _over(several: Several, source: ToolSource) -> tuple[Scaffold, ...]:
    """Return the workflows that publish: each step patches the SDK that is built, or all where that is not told."""
    places = {each.place for each in several.seen}
    steps = []
    for each in several.publishers:
        folder = posixpath.normpath(each.folder)
        text = step(each, folder, source) if folder in places else step(each, several.config, source, option="--config")
        steps.append((each, text))
    return with_steps(several.repository, steps)
