"""The files of sdkpatch's own that must be listed, the files that must not be, and the block that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..fern import fernignore
from ..loading.project import CONFIG
from ..model import Patch, Plan
from ..operations.fernignore_protect import FERNIGNORE, Protection
from ..tree import Tree
from .lines import Problem
from .readers import READERS, Index, LineReading, readings

REASON = "sdkpatch: configuration, patches and pipeline"


_NONE: Mapping[str, bytes] = {}


def required(tree: Tree, patches: Sequence[Patch], coming: Mapping[str, bytes] = _NONE) -> tuple[str, ...]:
    """Return the paths without which the next generation would leave no sdkpatch in the tree: folders where they do.

    ``coming`` are files that are about to be written into the tree.
    """
    files = sorted({*tree.files, *coming})
    found = {CONFIG} if CONFIG in files else set()
    if any(path.startswith("patches/") for path in files):
        found.add("patches")
    for patch in patches:
        file = Path(patch.origin).resolve()
        if not patch.origin.startswith("recipe:") and file.is_relative_to(tree.root):
            path = file.relative_to(tree.root).as_posix()
            found |= {path} if not path.startswith("patches/") else set()
    for path in files:
        is_pipeline = path.startswith(".github/workflows/") or path in (".pre-commit-config.yaml", ".gitlab-ci.yml")
        if is_pipeline and b"sdkpatch" in (coming[path] if path in coming else tree.read(path)):
            found.add(path)
    return tuple(sorted(found))


def unprotected(tree: Tree, patches: Sequence[Patch], ignore: fernignore.IgnoreFile, index: Index) -> Iterator[Problem]:
    """Yield each own file that a reader does not take as protected."""
    lines = [line.strip() for line in ignore.lines]
    found = [reading for line in lines for reading in readings(line, index)]
    for path in required(tree, patches):
        below = {each for each in index.files if each == path or each.startswith(f"{path}/")}
        lacking = [name for name in READERS if not below <= _protected(found, name)]
        if lacking and below:
            reason = f"the next generation deletes it: not protected for {', '.join(lacking)}"
            yield Problem(0, path, reason, fix=(path,))


def _protected(found: Sequence[LineReading], reader: str) -> set[str]:
    return {path for reading in found if reading.reader == reader for path in reading.protects}


def frozen(
    plan: Plan | None, patches: Sequence[Patch], ignore: fernignore.IgnoreFile, index: Index
) -> Iterator[Problem]:
    """Yield each line that freezes a file which a patch changes at every run: what the generator changes is lost."""
    keeping = {patch.id for patch in patches if patch.freeze}
    patched = {
        result.site.path: result.patch
        for result in (plan.results if plan is not None else ())
        if result.patch not in keeping and result.site.path != FERNIGNORE and result.site.path in index.files
    }
    for number, raw in enumerate(ignore.lines, 1):
        covered = sorted({path for each in readings(raw.strip(), index) for path in each.protects} & patched.keys())
        if covered:
            more = f" and {len(covered) - 1} more" if len(covered) > 1 else ""
            reason = f"it freezes {covered[0]}{more}, which {patched[covered[0]]} patches at every run: it goes stale"
            yield Problem(number, raw.strip(), reason)


def synced(tree: Tree, patches: Sequence[Patch], coming: Mapping[str, bytes] = _NONE) -> bytes:
    """Return ``.fernignore`` with sdkpatch's block brought up to date; the bytes outside the block stay.

    What patches list stays listed; own files are added, those that are ``coming`` too; what the block lists and the
    tree no longer has goes. Raises ValueError when the file is not UTF-8 or its block is broken.
    """
    raw = tree.read(FERNIGNORE) if tree.has(FERNIGNORE) else b""
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    ignore = fernignore.read(raw.decode("utf-8-sig"))
    if ignore.broken is not None:
        raise ValueError(f"line {ignore.broken}: one of the two markers of sdkpatch's block is missing or doubled")
    wanted = {path for patch in patches for step in patch.steps for path in _listed(step.arguments)}
    entries = {
        path: reasons
        for path, reasons in ignore.entries.items()
        if path in wanted or any(each == path or each.startswith(f"{path}/") for each in (*tree.files, *coming))
    }
    for path in required(tree, patches, coming):
        if not ignore.protects(path):
            entries[path] = entries.get(path) or (REASON,)
    start, stop = ignore.block or (len(ignore.lines), len(ignore.lines))
    block = fernignore.write_block(entries, ignore.newline) if entries else []
    before = list(ignore.lines[:start])
    if block and ignore.block is None and before:
        before[-1] = before[-1] if before[-1].endswith("\n") else before[-1] + ignore.newline
        before.append(ignore.newline)
    return mark + "".join([*before, *block, *ignore.lines[stop:]]).encode()


def _listed(arguments: object) -> tuple[str, ...]:
    return arguments.paths if isinstance(arguments, Protection) else ()
