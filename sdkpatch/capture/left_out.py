"""Say what of an edited tree capture leaves out: what is not the SDK's code, and what no patch can say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..tree import Tree

_RULES = {
    ".fernignore": "it says which files Fern keeps",
    ".gitattributes": "it says how git treats files",
}
_HISTORY = (".git", ".hg", ".svn")
_FERNS = ".fern/"
_MOST_NAMED = 3
"""Of more files with the same reason, one is named."""


class LeftOut(NamedTuple):
    """Files, or one kind of them, that are not in both trees alike and not in any patch."""

    path: str
    reason: str


def is_left_out(path: str) -> bool:
    """Tell whether a file's edits are none of the SDK's code: rules for files, and what is Fern's or sdkpatch's own."""
    return path in _RULES or path == "sdkpatch.toml" or path.startswith(_FERNS)


def left_out(
    generated: Tree, edited: Tree, differing: Sequence[str], is_asked: Callable[[str], bool]
) -> tuple[LeftOut, ...]:
    """Return what is left out. ``differing`` are the files that differ and ``is_left_out``, ``is_asked`` is for all."""
    found = [LeftOut(path, f"differs, and is left out: {_RULES[path]}") for path in differing if path in _RULES]
    ferns = [path for path in differing if path.startswith(_FERNS)]
    if ferns:
        count = "1 file differs, and is" if len(ferns) == 1 else f"{len(ferns)} files differ, and are"
        found.append(LeftOut(_FERNS, f"{count} left out: Fern's own"))
    found += _modes(generated, edited, is_asked)
    found += [
        LeftOut(f"{path}/", "is a virtual environment, and is left out")
        for path in edited.environments
        if is_asked(f"{path}/")
    ]
    folders = [path for path in edited.unentered if is_asked(f"{path}/")]
    names = sorted({path.rpartition("/")[2] for path in folders} - set(_HISTORY))
    for name in names:
        number = sum(path.rpartition("/")[2] == name for path in folders)
        found.append(LeftOut(f"{name}/", f"{'1 folder is' if number == 1 else f'{number} folders are'} left out"))
    return tuple(found)


def _modes(generated: Tree, edited: Tree, is_asked: Callable[[str], bool]) -> Iterator[LeftOut]:
    """Yield the files that are executable in one tree alone: no patch can say that."""
    paths = [path for path in edited.files if is_asked(path) and not is_left_out(path)]
    pairs = [
        (path, generated.has(path) and generated.is_executable(path), edited.is_executable(path)) for path in paths
    ]
    for is_new, said in ((True, "executable in TREE alone"), (False, "executable in the generated tree alone")):
        own = [path for path, was, now in pairs if was != now and now is is_new]
        if len(own) > _MOST_NAMED:
            yield LeftOut(own[0], f"and {len(own) - 1} other files are {said}, which is left out: no patch says it")
        else:
            yield from (LeftOut(path, f"is {said}, which is left out: no patch says it") for path in own)
