"""The patches that a run selects: by ``--patch``, by a project file or by their folder; found, read and loaded."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from .. import resources
from ..errors import ConfigError, Mistake, TreeError
from ..model import Patch
from ..operation import Operation
from ..schema import toml_source
from ..schema.fields import KeyPath, did_you_mean, show_key
from ..tree import Tree
from .patchfile import PatchText

_RECIPE = "recipe:"


class Selected(NamedTuple):
    """A patch to load: what it was called, the values given, and where that stands (for mistakes).

    ``lines`` are the lines of the keys of ``file``, empty for the command line. ``leave`` are globs of files with
    sockets that no step of the patch is about.
    """

    uses: str
    given: Mapping[str, object]
    file: str
    line: int
    key: KeyPath
    base: Path
    lines: Mapping[tuple[str | int, ...], int]
    leave: tuple[str, ...] = ()


def shown(path: Path) -> str:
    """Return a path as a person knows it: relative to the current directory where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return relative if len(relative) < len(str(path)) else str(path)


def from_options(names: Sequence[str], settings: Mapping[str, str]) -> tuple[Selected, ...]:
    """Return the patches of ``--patch`` with the values of ``--set``."""
    return tuple(
        Selected(uses=name, given=dict(settings), file="--patch", line=0, key=("--set",), base=Path(), lines={})
        for name in names
    )


def from_folder(folder: Path) -> tuple[Selected, ...]:
    """Return the patch files of a folder ``patches``, sorted by name."""
    return tuple(
        Selected(uses=f"./{path.name}", given={}, file=shown(path), line=1, key=(), base=path.parent, lines={})
        for path in sorted((folder / "patches").glob("*.toml"))
    )


def load(
    selected: Sequence[Selected], operations: Mapping[str, Operation[Any]], root: Path | Tree | None = None
) -> tuple[Patch, ...]:
    """Load and check every patch. Raises ConfigError with the mistakes of all of them.

    ``root`` is the SDK tree, from whose files parameters may take their values.
    """
    mistakes: list[Mistake] = []
    patches: list[Patch] = []
    texts = [(each, _open(each, mistakes)) for each in selected]
    declared = {name for _, text in texts if text for name in text.parameter_names()}
    if all(text is not None and text.is_toml for _, text in texts):
        mistakes += _unknown_settings(selected, declared)
    for each, text in texts:
        if text is None:
            continue
        given = dict(each.given)
        if each.key == ("--set",):
            given = {name: value for name, value in given.items() if name in text.parameter_names()}
        if root is not None:
            given = text.read_from(root, given)
        patch, own, outside = text.bind(given, operations, each.key or ("parameters",))
        mistakes += own
        mistakes += [_outside(each, *mistake) for mistake in outside]
        if patch is not None and patch.origin.startswith(_RECIPE) and each.lines:
            patch = patch._replace(used=(each.file, toml_source.line_of(each.lines, (*each.key[:-1], "uses"))))
        if patch is not None:
            steps = tuple(step._replace(leave=(*step.leave, *each.leave)) for step in patch.steps)
            patches.append(patch._replace(steps=steps))
    if mistakes:
        raise ConfigError(tuple(mistakes))
    return _told_apart(patches)


def _outside(each: Selected, key: KeyPath, found: str, expected: str, hint: str) -> Mistake:
    """Place a mistake that stands where the patch is used, not in the patch: a project file or the command line."""
    line = toml_source.line_of(each.lines, key) if each.lines else each.line
    return Mistake(file=each.file, line=line, key=show_key(key), found=found, expected=expected, hint=hint)


def _unknown_settings(selected: Sequence[Selected], declared: set[str]) -> list[Mistake]:
    settings = {name for each in selected if each.key == ("--set",) for name in each.given}
    hint_of = {name: did_you_mean(name, declared) or "the patches declare no parameters" for name in settings}
    return [
        Mistake(
            file="--set",
            line=0,
            key=name,
            found="an unknown parameter",
            expected="one that a patch declares",
            hint=hint_of[name],
        )
        for name in sorted(settings - declared)
    ]


def _told_apart(patches: Sequence[Patch]) -> tuple[Patch, ...]:
    """Number the ids of a recipe that is used more than once: results are told apart by id."""
    count: dict[str, int] = {}
    numbered: list[Patch] = []
    for patch in patches:
        count[patch.id] = count.get(patch.id, 0) + 1
        numbered.append(patch._replace(id=f"{patch.id}-{count[patch.id]}") if count[patch.id] > 1 else patch)
    return tuple(numbered)


def open_patch(each: Selected) -> tuple[PatchText, Path | None]:
    """Return the text of a patch and its file, None for a recipe. Raises ConfigError when there is none."""
    mistakes: list[Mistake] = []
    text = _open(each, mistakes)
    if text is None:
        raise ConfigError(tuple(mistakes))
    return text, None if text.origin.startswith(_RECIPE) else each.base / each.uses


def _open(each: Selected, mistakes: list[Mistake]) -> PatchText | None:
    path = each.base / each.uses
    if each.uses.endswith(".toml") or "/" in each.uses or os.sep in each.uses:
        if path.is_file():
            return PatchText(text_of(path), shown(path), partial(_beside, path.parent))
        found, expected, hint = f'no file "{each.uses}"', "a patch file", f"looked at {shown(path)}"
    else:
        recipe = resources.recipes().get(each.uses)
        if recipe is not None:
            return PatchText(text_of(recipe), f"{_RECIPE}{each.uses}", partial(_beside, recipe.parent))
        found, expected = f'the unknown recipe "{each.uses}"', "the id of a recipe, or the path of a patch file"
        hint = did_you_mean(each.uses, resources.recipes())
    key = show_key((*each.key[:-1], "uses")) if each.file != "--patch" else ""
    mistakes.append(Mistake(file=each.file, line=each.line, key=key, found=found, expected=expected, hint=hint))
    return None


def _beside(folder: Path, name: str) -> str:
    """Read a file beside a patch. Raises ValueError with the reason when it cannot, or must not."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError("it must stay in the folder of the patch")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from error


def text_of(path: Path) -> str:
    """Read a project or patch file. Raises ConfigError where it is not UTF-8, TreeError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        mistake = Mistake(file=shown(path), line=line, key="", found="bytes that are not UTF-8", expected="TOML")
        raise ConfigError((mistake,)) from error
    except OSError as error:
        raise TreeError(shown(path), f"cannot be read: {error.strerror}") from error
