"""``sdkpatch.toml``: find it, read it, and work out which tree and patches a run is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ConfigError, Mistake, TreeError, UsageError
from ..model import Note, Patch
from ..operation import Operation
from ..schema import toml_source
from ..schema.fields import JsonSchema, KeyPath, Mistakes, schema_document, show_key
from .project_tables import PROJECT
from .selected import Selected as Selected
from .selected import from_folder as from_folder
from .selected import from_options as from_options
from .selected import load as load
from .selected import open_patch as open_patch
from .selected import shown as shown
from .selected import text_of

CONFIG = "sdkpatch.toml"
_PYPROJECT = "pyproject.toml"


class Member(NamedTuple):
    """An SDK of a workspace: a ``[[sdk]]`` table. ``place`` is its path as written, ``patches`` are all that it gets.

    ``number`` is that of its table.
    """

    number: int
    name: str
    place: str
    patches: tuple[Selected, ...] | None
    package: str
    unseen: tuple[str, ...]


class Project(NamedTuple):
    """A project file. ``sdk`` is absolute; ``patches`` is None when the file names none, ``package`` empty likewise.

    ``unseen`` are globs over what may open a socket without being proved. ``members`` are the SDKs of a workspace;
    ``key`` is where the tree is named, ``name`` what a workspace calls it.
    """

    path: Path
    sdk: Path | None
    patches: tuple[Selected, ...] | None
    package: str = ""
    unseen: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    key: KeyPath = ("sdk",)
    name: str = ""

    @property
    def everywhere(self) -> tuple[Selected, ...] | None:
        """The patches of all SDKs, each table once; None when the file names none."""
        tables = [each for member in self.members for each in member.patches or ()]
        return tuple({each.key: each for each in tables}.values()) or self.patches

    def of(self, member: Member) -> Project:
        """Return the project as it is about one SDK of a workspace."""
        return self._replace(
            sdk=self.path.parent / member.place,
            patches=member.patches,
            package=member.package,
            unseen=member.unseen,
            members=(),
            key=("sdk", member.number, "path"),
            name=member.name,
        )

    def about(self, tree: Path | None) -> Project:
        """Return the project as it is about one tree. Raises UsageError where a workspace does not tell which."""
        if not self.members:
            return self
        listed = ", ".join(shown(self.path.parent / each.place) for each in self.members)
        if tree is None and len(self.members) > 1:
            found = f"{len(self.members)} SDKs in {shown(self.path)}"
            raise UsageError("TREE", found=found, expected=f"one of them: {listed}")
        wanted = tree.resolve() if tree is not None else None
        for each in self.members:
            if wanted in (None, (self.path.parent / each.place).resolve()):
                return self.of(each)
        raise UsageError(
            str(tree), found=f"no SDK of {shown(self.path)}", expected=f"one of them: {listed}", hint="add an [[sdk]]"
        )


def find_config(start: Path) -> Path | None:
    """Return the nearest ``sdkpatch.toml`` in ``start`` or a directory above it.

    Raises ConfigError where a pyproject.toml on the way has a table for sdkpatch, which would not be read.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        _refuse_table(folder / _PYPROJECT)
        candidate = folder / CONFIG
        if candidate.is_file():
            return candidate
    return None


def _refuse_table(path: Path) -> None:
    """Raise ConfigError for ``[tool.sdkpatch]``: Fern writes the SDK's pyproject.toml anew, the table would go."""
    try:
        raw = path.read_bytes()
    except OSError:
        return
    if b"sdkpatch" not in raw:
        return
    text = raw.decode("utf-8", "replace")
    try:
        tools = toml_source.parse(text).get("tool")
    except ValueError:
        return
    if isinstance(tools, dict) and "sdkpatch" in tools:
        line = toml_source.line_of(toml_source.key_lines(text), ("tool", "sdkpatch"))
        hint = f"move it to {CONFIG} beside {_PYPROJECT}, without tool.sdkpatch: Fern overwrites {_PYPROJECT}"
        mistake = Mistake(
            file=shown(path), line=line, key="tool.sdkpatch", found="a table", expected=f"a file {CONFIG}", hint=hint
        )
        raise ConfigError((mistake,))


def read_project(path: Path) -> Project:
    """Read a project file. Raises ConfigError with every mistake, TreeError when it cannot be read."""
    text = text_of(path)
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

    checked = PROJECT.check(table, (), report)
    assert isinstance(checked, dict)
    if isinstance(checked["sdk"], list):
        _check_members(checked, report)
    if mistakes:
        raise ConfigError(tuple(sorted(mistakes, key=lambda mistake: mistake.line)))
    return _project(path, checked, lines)


def _project(path: Path, checked: Mapping[str, Any], lines: Mapping[tuple[str | int, ...], int]) -> Project:
    shared = _selected(path, checked["patch"], ("patch",), lines) if checked["patch"] is not None else None
    unseen = tuple(checked["verify"].get("unseen", ()))
    tables = checked["sdk"] if isinstance(checked["sdk"], list) else []
    is_named = shared is not None or any(each["patch"] for each in tables)
    members = tuple(
        Member(
            number=index,
            name=_member_name(each),
            place=each["path"],
            patches=(*(shared or ()), *_selected(path, each["patch"], ("sdk", index, "patch"), lines))
            if is_named
            else None,
            package=each["package"],
            unseen=(*unseen, *each["verify"].get("unseen", ())),
        )
        for index, each in enumerate(tables)
    )
    sdk = checked["sdk"] if isinstance(checked["sdk"], str) else None
    return Project(
        path=path,
        sdk=(path.parent / sdk) if sdk else None,
        patches=shared,
        package=str(checked["package"]),
        unseen=unseen,
        members=members,
    )


def _selected(
    path: Path, tables: Sequence[Mapping[str, Any]], key: KeyPath, lines: Mapping[tuple[str | int, ...], int]
) -> tuple[Selected, ...]:
    return tuple(
        Selected(
            uses=entry["uses"],
            given=entry["with"],
            file=shown(path),
            line=toml_source.line_of(lines, (*key, index)),
            key=(*key, index, "with"),
            base=path.parent,
            lines=lines,
            leave=tuple(entry["leave"] or ()),
        )
        for index, entry in enumerate(tables)
    )


def _check_members(checked: Mapping[str, Any], report: Mistakes) -> None:
    """Report SDKs that are there twice or within each other, and what a workspace says in the wrong place."""
    if checked["package"]:
        report(("package",), found="a package beside [[sdk]] tables", expected="it in the [[sdk]] that it is about")
    names: dict[str, int] = {}
    places: dict[str, int] = {}
    for index, each in enumerate(checked["sdk"]):
        path, name = each.get("path"), each.get("name")
        if not isinstance(path, str) or not isinstance(name, str):
            continue
        place = _normal(path)
        for other in places:
            if place == other or f"{place}/".startswith(f"{other}/") or f"{other}/".startswith(f"{place}/"):
                found = f'"{path}", and "{other}" in sdk[{places[other]}]'
                report(("sdk", index, "path"), found=found, expected="SDKs beside each other, each once")
        name = _member_name(each)
        if name in names and place not in places:
            found = f'"{name}", as in sdk[{names[name]}]'
            report(("sdk", index, "name"), found=found, expected="a name of its own", hint='for example: name = "beta"')
        names.setdefault(name, index)
        places.setdefault(place, index)


def _normal(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _member_name(table: Mapping[str, Any]) -> str:
    """Return the name of an SDK: the given one, else its path with ``-`` between folders."""
    name: str = table["name"]
    return name or re.sub(r"[^A-Za-z0-9_]+", "-", _normal(table["path"])).strip("-") or "sdk"


class WorkingSet(NamedTuple):
    """What a command works on: the tree's root, the patches to plan; ``package`` and ``unseen`` of a project file.

    ``name`` is what a workspace calls the SDK. ``notes`` are for the report. ``selected`` are the patches to load.
    """

    root: Path
    patches: tuple[Patch, ...]
    package: str = ""
    unseen: tuple[str, ...] = ()
    name: str = ""
    notes: tuple[Note, ...] = ()
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
    project = read_project(found).about(tree) if found else None
    place = root(tree, project)
    selected = from_options(names, settings)
    if not selected and project:
        selected = from_folder(project.path.parent) if project.patches is None else project.patches
    elif not selected:
        selected = from_folder(Path.cwd())
    notes: tuple[Note, ...] = ()
    if not selected and needs_patches:
        notes = (_nothing_yet(project),)
    if settings and not names:
        raise UsageError("--set", found="no --patch", expected="--patch beside --set")
    package = _package(project, place) if project else package_of(place)
    unseen = project.unseen if project else ()
    patches = load(selected, operations, place)
    name = project.name if project else ""
    return WorkingSet(place, patches, package, unseen, name, notes, tuple(selected))


def _nothing_yet(project: Project | None) -> Note:
    """Return what to say of a project that has no patches yet.

    Raises UsageError where none were meant to be: without a project file, and where the folder ``patches``, which such
    a project keeps, is gone.
    """
    folder = project.path.parent / "patches" if project else Path()
    if project is None or (project.patches is None and not folder.is_dir()):
        hint = "for example: --patch websocket-auth-query --set header=x-api-key --set query=api_key"
        where = f"no [[patch]] in {shown(project.path)}" if project else f"no {CONFIG}, no --patch, no patches/*.toml"
        raise UsageError("which patches", found=where, expected="at least one", hint=hint)
    text = "there are no patches yet: sdkpatch capture makes them of hand edits; sdkpatch list shows the recipes"
    unused = len(from_folder(project.path.parent))
    if unused:
        count = f"{unused} {'file' if unused == 1 else 'files'}"
        verb = "is" if unused == 1 else "are"
        text = f"no [[patch]] is about this SDK, and so {count} in {shown(folder)} {verb} not used"
    return Note(path=shown(project.path), line=1, text=text, is_warning=True)


def package_of(root: Path) -> str:
    """Return the SDK's package as the nearest project file names it, if that file is about this tree.

    Whatever else is wrong with the file is no matter here.
    """
    try:
        found = find_config(root) if root.is_dir() else None
        project = read_project(found).about(root) if found else None
    except (ConfigError, TreeError, UsageError):
        return ""
    return _package(project, root) if project else ""


def _package(project: Project, root: Path) -> str:
    is_about = project.sdk is None or project.sdk.resolve() == root.resolve()
    return project.package if is_about else ""


def root_of(tree: Path | None, config: Path | None) -> Path:
    """Return the tree that the command line names, or else the project file. Raises UsageError or ConfigError."""
    found = None if tree is not None else config or _nearest(tree)
    return root(tree, read_project(found).about(None) if found else None)


def _nearest(tree: Path | None) -> Path | None:
    return find_config(tree if tree is not None and tree.is_dir() else Path.cwd())


_MARKS = (_PYPROJECT, "setup.py", ".fern", "__init__.py", "*/__init__.py", "src/*/__init__.py")
"""What the folder of an SDK has, as globs."""


def root(tree: Path | None, project: Project | None) -> Path:
    """Return the tree: the one that is named, else the project's, else the folder of the project file.

    Raises UsageError where there is none, ConfigError where the project file names one that cannot be.
    """
    found = tree or (project.sdk if project else None)
    if found is None and project and any(any(project.path.parent.glob(mark)) for mark in _MARKS):
        found = project.path.parent
    if found is None:
        where = f"{shown(project.path)} without the key sdk" if project else f"no tree and no {CONFIG}"
        hint = "give it as TREE, such as generated-sdks/python, or as sdk in sdkpatch.toml"
        raise UsageError("what to patch", found=where, expected="the directory of an SDK", hint=hint)
    if project and project.sdk is not None and found == project.sdk:
        _check_place(project, found)
    return found


def _check_place(project: Project, root: Path) -> None:
    """Raise ConfigError where the tree that a project file names is not there, or has a project file of its own."""
    found = expected = hint = ""
    if not root.is_dir():
        found, expected = f"no directory {shown(root)}", "the SDK tree"
    elif project.name and (root / CONFIG).is_file():
        found, expected = f"{shown(root / CONFIG)} for this SDK as well", "one project file for each SDK"
        hint = "move its patches to the [[sdk.patch]] tables of this SDK, and remove it"
    if found:
        line = toml_source.line_of(toml_source.key_lines(text_of(project.path)), project.key)
        mistake = Mistake(
            file=shown(project.path), line=line, key=show_key(project.key), found=found, expected=expected, hint=hint
        )
        raise ConfigError((mistake,))


def json_schema() -> JsonSchema:
    """Return the JSON Schema of ``sdkpatch.toml``."""
    return schema_document("project", PROJECT.schema())
