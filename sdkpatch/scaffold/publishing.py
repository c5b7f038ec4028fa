"""Workflows that publish an SDK: how they do it, and where the patches have to come in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_WAYS = (
    ("poetry", r"\bpoetry\b(?:[ \t]+-\S+)*[ \t]+publish\b"),
    ("uv", r"\buv[ \t]+publish\b"),
    ("twine", r"\btwine[ \t]+upload\b"),
    ("flit", r"\bflit\b(?:[ \t]+-\S+)*[ \t]+publish\b"),
    ("hatch", r"\bhatch\b(?:[ \t]+-\S+)*[ \t]+publish\b"),
    ("pdm", r"\bpdm\b(?:[ \t]+-\S+)*[ \t]+publish\b"),
    ("trusted publishing", r"\bpypa/gh-action-pypi-publish@"),
)
"""The ways of publishing to a package index. Fern writes ``poetry --no-interaction -v publish --build``, a build and
``pypa/gh-action-pypi-publish``, or ``uv publish``, depending on its release and on the settings of the SDK."""

_BUILD = re.compile(
    r"\b(?:(?:poetry|uv|flit|hatch|pdm)\b(?:[ \t]+-\S+)*[ \t]+build\b|python[\d.]*[ \t]+-m[ \t]+build\b"
    r"|pyproject-build\b|setup\.py\b.*\b(?:sdist|bdist_wheel)\b)"
)
_PUBLISH = tuple((how, re.compile(pattern)) for how, pattern in _WAYS)
_STEP = re.compile(r"(?P<indent>[ \t]*)-[ \t]+(?:name|run|uses|id|if|env|with|shell|working-directory)[ \t]*:")


WRITTEN = "# Written by sdkpatch init;"
"""What a workflow of ``sdkpatch init`` begins with."""


class Publisher(NamedTuple):
    """A workflow that publishes; ``is_patched`` tells that it calls sdkpatch.

    ``before`` is the command that the patches have to stand before, ``line`` the 1-based line where its step begins;
    0 where no step was recognised.
    """

    path: str
    how: str
    before: str
    line: int
    is_patched: bool


def publishers(root: Path) -> tuple[Publisher, ...]:
    """Return the workflows of a repository that publish a Python package, those of ``sdkpatch init`` left out."""
    found: list[Publisher] = []
    for path in sorted((root / ".github" / "workflows").glob("*.y*ml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if WRITTEN not in text and (each := _publisher(path.relative_to(root).as_posix(), text)) is not None:
            found.append(each)
    return tuple(found)


def _publisher(path: str, text: str) -> Publisher | None:
    lines = [re.sub(r"(^|\s)#.*", "", line) for line in text.splitlines()]
    publish = next((at for at, line in enumerate(lines) if _way(line)), None)
    if publish is None:
        return None
    builds = [] if "--build" in lines[publish] else [at for at in range(publish + 1) if _BUILD.search(lines[at])]
    build = builds[-1] if builds else publish
    command = _BUILD.search(lines[build]) or _way(lines[build])
    assert command is not None
    how = next(name for name, pattern in _PUBLISH if pattern.search(lines[publish]))
    step = next((at for at in range(build, -1, -1) if _STEP.match(lines[at])), -1)
    return Publisher(path, how, " ".join(command[0].removesuffix("@").split()), step + 1, "sdkpatch" in text)


def _way(line: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.search(line) for _, pattern in _PUBLISH)), None)


def taken_over(text: str, publisher: Publisher, step: str) -> str:
    """Return a workflow with a step in front of the one that builds; ``step`` is written without an indent."""
    lines = text.splitlines(keepends=True)
    place = _STEP.match(lines[publisher.line - 1])
    assert place is not None
    newline = "\r\n" if lines[0].endswith("\r\n") else "\n"
    added = [f"{place['indent']}{line}".rstrip() + newline for line in step.splitlines()]
    return "".join([*lines[: publisher.line - 1], *added, *lines[publisher.line - 1 :]])
