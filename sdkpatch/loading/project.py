"""``sdkpatch.toml``: find it, read it, and load the patches a run uses."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from .. import resources
from ..errors import ConfigError, Mistake, TreeError, UsageError
from ..model import Patch
from ..operation import Operation
from ..schema import toml_source
from ..schema.fields import Field, JsonSchema, KeyPath, ListOf, MapOf, Scalar, String, Table, did_you_mean, show_key
from ..tree import Tree
from .patchfile import LEAVE, PatchText

CONFIG = "sdkpatch.toml"
_RECIPE = "recipe:"


def _uses_problem(text: str) -> str:
    parts = text.replace("\\", "/").split("/")
    if ".." in parts or text.startswith("/") or ":" in parts[0]:
        return "a patch file stands below the project file: no .. and no absolute path"
    return ""


def _package_problem(text: str) -> str:
    parts = text.replace("\\", "/").split("/")
    return "a path below the SDK tree, such as src/acme" if ".." in parts or text.startswith("/") else ""


_PATCH = Table(
    (
        Field(
            "uses",
            String("a recipe or a path", problem=_uses_problem, empty=False),
            "A recipe's id, or a patch file's path.",
            required=True,
        ),
        Field("with", MapOf(Scalar()), "Values of the patch's parameters.", default={}),
        LEAVE,
    )
)
_VERIFY = Table(
    (
        Field(
            "unseen",
            ListOf(
                String(
                    "a name such as legacy.*",
                    problem=lambda text: "" if text.strip("*.?") else "it matches everything",
                    empty=False,
                )
            ),
            "Names of functions and classes that may open a socket unwatched: module and name, less the package.",
            default=[],
        ),
    )
)
_PROJECT = Table(
    (
        Field("sdk", String("a path", empty=False), "The SDK tree, relative to this file.", default=None),
        Field(
            "package",
            String("the folder of a package", problem=_package_problem, empty=False),
            "The SDK's package, where the tree has several: its folder in the tree, . for the tree itself.",
            default="",
        ),
        Field("patch", ListOf(_PATCH), "The patches, in order.", default=None),
        Field("verify", _VERIFY, "What sdkpatch verify leaves alone.", default={}),
    )
)


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


class Project(NamedTuple):
    """A project file. ``sdk`` is absolute; ``patches`` is None when the file names none, ``package`` empty likewise.

    ``unseen`` are globs over what may open a socket without being proved.
    """

    path: Path
    sdk: Path | None
    patches: tuple[Selected, ...] | None
    package: str = ""
    unseen: tuple[str, ...] = ()


def find_config(start: Path) -> Path | None:
    """Return the nearest ``sdkpatch.toml`` in ``start`` or a directory above it."""
    start = start.resolve()
    for folder in (start, *start.parents):
        candidate = folder / CONFIG
        if candidate.is_file():
            return candidate
    return None


def shown(path: Path) -> str:
    """Return a path as a person knows it: relative to the current directory where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return relative if len(relative) < len(str(path)) else str(path)


def read_project(path: Path) -> Project:
    """Read a project file. Raises ConfigError with every mistake, TreeError when it cannot be read."""
    text = _text(path)
    name = shown(path)
    try:
        table = toml_source.parse(text)
    except ValueError as error:
        reason, line = toml_source.error_reason(error), toml_source.error_line(error)
        raise ConfigError((Mistake(file=name, line=line, key="", found=reason, expected="TOML"),)) from error
    lines = toml_source.key_lines(text)
    mistakes: list[Mistake] = []

    def report(key: KeyPath, *, found: str, expected: str, hint: str = "") -> None:
        line = toml_source.line_of(lines, key)
        mistakes.append(Mistake(file=name, line=line, key=show_key(key), found=found, expected=expected, hint=hint))

    checked = _PROJECT.check(table, (), report)
    if mistakes:
        raise ConfigError(tuple(sorted(mistakes, key=lambda mistake: mistake.line)))
    assert isinstance(checked, dict)
    patches = checked["patch"]
    selected = None
    if patches is not None:
        selected = tuple(
            Selected(
                uses=entry["uses"],
                given=entry["with"],
                file=name,
                line=toml_source.line_of(lines, ("patch", index)),
                key=("patch", index, "with"),
                base=path.parent,
                lines=lines,
                leave=tuple(entry["leave"] or ()),
            )
            for index, entry in enumerate(patches)
        )
    return Project(
        path=path,
        sdk=(path.parent / checked["sdk"]) if checked["sdk"] else None,
        patches=selected,
        package=str(checked["package"]),
        unseen=tuple(checked["verify"].get("unseen", ())),
    )


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
            return PatchText(_text(path), shown(path), partial(_beside, path.parent))
        found, expected, hint = f'no file "{each.uses}"', "a patch file", f"looked at {shown(path)}"
    else:
        recipe = resources.recipes().get(each.uses)
        if recipe is not None:
            return PatchText(_text(recipe), f"{_RECIPE}{each.uses}", partial(_beside, recipe.parent))
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        mistake = Mistake(file=shown(path), line=line, key="", found="bytes that are not UTF-8", expected="TOML")
        raise ConfigError((mistake,)) from error
    except OSError as error:
        raise TreeError(shown(path), f"cannot be read: {error.strerror}") from error


class WorkingSet(NamedTuple):
    """What a command works on: the tree's root, the patches to plan; ``package`` and ``unseen`` of a project file."""

    root: Path
    patches: tuple[Patch, ...]
    package: str = ""
    unseen: tuple[str, ...] = ()
    selected: tuple[Selected, ...] = ()


def resolve(
    tree: Path | None,
    names: Sequence[str],
    settings: Mapping[str, str],
    config: Path | None,
    operations: Mapping[str, Operation[Any]],
    *,
    needs_patches: bool = True,
) -> WorkingSet:
    """Work out tree and patches from the command line and the project file.

    ``--patch`` replaces the project's patches. Without either, ``patches/*.toml`` beside the project file, or in the
    current directory, are taken; ``needs_patches`` says whether there must be any. Raises UsageError, ConfigError or
    TreeError.
    """
    found = config
    if found is None and not (tree and names):  # a run that names both needs no project file, nor its mistakes
        found = _nearest(tree)
    project = read_project(found) if found else None
    root = _root(tree, project)
    selected = from_options(names, settings)
    if not selected and project:
        selected = from_folder(project.path.parent) if project.patches is None else project.patches
    elif not selected:
        selected = from_folder(Path.cwd())
    if not selected and needs_patches:
        hint = "for example: --patch websocket-auth-query --set header=x-api-key --set query=api_key"
        where = f"no [[patch]] in {shown(project.path)}" if project else f"no {CONFIG}, no --patch, no patches/*.toml"
        raise UsageError("which patches", found=where, expected="at least one", hint=hint)
    if settings and not names:
        raise UsageError("--set", found="no --patch", expected="--patch beside --set")
    package = _package(project, root) if project else package_of(root)
    unseen = project.unseen if project else ()
    return WorkingSet(root, load(selected, operations, root), package, unseen, tuple(selected))


def package_of(root: Path) -> str:
    """Return the SDK's package as the nearest project file names it, if that file is about this tree.

    Whatever else is wrong with the file is no matter here.
    """
    found = find_config(root) if root.is_dir() else None
    try:
        project = read_project(found) if found else None
    except (ConfigError, TreeError):
        return ""
    return _package(project, root) if project else ""


def _package(project: Project, root: Path) -> str:
    is_about = project.sdk is None or project.sdk.resolve() == root.resolve()
    return project.package if is_about else ""


def root_of(tree: Path | None, config: Path | None) -> Path:
    """Return the tree that the command line names, or else the project file. Raises UsageError or ConfigError."""
    found = None if tree is not None else config or _nearest(tree)
    return _root(tree, read_project(found) if found else None)


def _nearest(tree: Path | None) -> Path | None:
    return find_config(tree if tree is not None and tree.is_dir() else Path.cwd())


def _root(tree: Path | None, project: Project | None) -> Path:
    root = tree or (project.sdk if project else None)
    if root is None:
        where = f"{shown(project.path)} without the key sdk" if project else f"no tree and no {CONFIG}"
        hint = "for example: sdkpatch apply generated-sdks/python"
        raise UsageError("what to patch", found=where, expected="the directory of an SDK", hint=hint)
    if tree is None and project and not root.is_dir():
        mistake = Mistake(
            file=shown(project.path), line=1, key="sdk", found=f"no directory {shown(root)}", expected="the SDK tree"
        )
        raise ConfigError((mistake,))
    return root


def json_schema() -> JsonSchema:
    """Return the JSON Schema of ``sdkpatch.toml``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sdkpatch project file",
        **_PROJECT.schema(),
    }
