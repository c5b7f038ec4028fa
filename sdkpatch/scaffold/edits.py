"""Hand edits on top of the generator's newest commit: what ``sdkpatch capture`` would turn into patches."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ..capture.sources import generation
from ..errors import UsageError
from ..fern import fernignore
from ..operations.fernignore_protect import FERNIGNORE
from ..tree import Tree
from ..writing import git

_KINDS = (".py", ".pyi", ".toml", ".md")


class EditsSince(NamedTuple):
    """How many generated files people changed since a commit of the generator's, and that commit."""

    files: int
    commit: str
    subject: str


def hand_edits(tree: Tree) -> EditsSince | None:
    """Return what people changed on top of the newest generation, None where git tells of nothing."""
    try:
        commit = generation(Path(tree.root))
    except UsageError:
        return None
    done = git.run(tree.root, "diff", "--name-only", "--relative", "--diff-filter=MD", "-z", commit.id, "--", ".")
    text = tree.read(FERNIGNORE).decode("utf-8", "replace") if tree.has(FERNIGNORE) else ""
    ignore = fernignore.read(text)
    paths = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    changed = [path for path in paths if path.endswith(_KINDS) and not ignore.protects(path)]
    return EditsSince(len(changed), commit.id, commit.subject) if changed else None
