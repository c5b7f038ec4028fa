"""Warn of steps that write the SDK's own version: the next release would get the old one again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..errors import TreeError
from ..model import Note, Patch
from ..tree import Tree

_IN_PYPROJECT = re.compile(r"""^version\s*=\s*["']([^"']+)["']""", re.MULTILINE)
_IN_WRAPPER = re.compile(r'"X-Fern-SDK-Version":\s*"([^"]+)"')
"""Fern writes this header into the client wrapper of every SDK."""


def frozen(tree: Tree, patches: Sequence[Patch]) -> Iterator[Note]:
    """Yield a warning for each step that writes the version which the SDK has now."""
    steps = [(patch, number, step) for patch in patches for number, step in enumerate(patch.steps, 1) if step.literals]
    versions = _versions(tree) if steps else set()
    for patch, number, step in steps:
        for version in step.literals:
            if version in versions:
                text = (
                    f"step {number} ({step.operation}) writes {version}, the SDK's version now, into every later "
                    'release: bind it with "$VERSION", or read it: [parameters] version = '
                    '{ from = "pyproject.toml:project.version" }'
                )
                yield Note(path=patch.origin, line=step.line, text=text, is_warning=True)


def _versions(tree: Tree) -> set[str]:
    found: set[str] = set()
    places = [path for path in tree.files if path.endswith("core/client_wrapper.py")]
    for path, pattern in (("pyproject.toml", _IN_PYPROJECT), *((each, _IN_WRAPPER) for each in places)):
        if tree.has(path):
            try:
                found |= set(pattern.findall(tree.read(path).decode("utf-8", "replace")))
            except TreeError:
                continue
    return found
