"""Prove a built wheel: install it by itself, open its channels, and compare its files with the plan."""

from __future__ import annotations

import ast
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ..errors import UsageError
from ..fern.metadata import sdk_name, sdk_version
from ..loading.project import shown
from ..model import Conflict, Patch, Plan
from ..operations import FILE_OPERATIONS
from ..planning.plan import plan
from ..tree import ITSELF, Tree, scan
from . import environments
from .prove import prove
from .stage import Options
from .values import Check, Report, Verdict

_UNCOMPARED = Check(Verdict.UNCHECKED, "the files of the wheel are those of the plan", "no SDK tree to compare with")


def prove_wheel(wheel: Path, source: Tree | None, patches: Sequence[Patch], options: Options) -> Report:
    """Install a wheel into an environment of its own and prove it.

    ``source`` is the tree that the wheel was built from; without it, its files are compared with nothing. Raises
    UsageError for what is no wheel, TreeError when it cannot be installed.
    """
    with tempfile.TemporaryDirectory(prefix="sdkpatch-wheel-") as folder:
        _unpack(wheel, Path(folder))
        tree = scan(Path(folder))
        with environments.temporary(options.python, str(wheel.resolve())) as python:
            report = prove(tree, _of_python(patches), options._replace(python=python, is_installed=True))
        compared = _compared(tree, source, patches) if source is not None else [_UNCOMPARED]
        sources = _sources(report, tree, source) if source is not None else {}
        checks = (*report.checks, *compared)
        return report._replace(tree=shown(wheel), checks=checks, sdk=title(tree), sources=sources)


def title(tree: Tree) -> str:
    """Return the name and the version of an SDK as its project, or its wheel, says; empty where neither does."""
    for path in tree.files:
        if re.fullmatch(r"[^/]+\.dist-info/METADATA", path):
            text = tree.read(path).decode("utf-8", "replace")
            fields = dict(re.findall(r"^(Name|Version): ([^\r\n]+)", text, re.MULTILINE))
            return f"{fields.get('Name', '')} {fields.get('Version', '')}".strip()
    return " ".join(filter(None, (sdk_name(tree), sdk_version(tree))))


def _sources(report: Report, tree: Tree, source: Tree) -> dict[tuple[str, int], tuple[str, int]]:
    """Return where in the source tree the channels of a wheel are: the same line, or that of the method by its name."""
    paths = {_packed(source, path): path for path in source.files if path.endswith(".py")}
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for channel in (proof.channel for proof in report.proofs):
        path = paths.get(channel.path)
        if path is None:
            continue
        code = source.read(path)
        line = channel.line if tree.read(channel.path) == code else _line_of(code, channel.name)
        found[channel.path, channel.line] = (path, line)
    return found


def _line_of(code: bytes, name: str) -> int:
    """Return the line of a method by its qualified name, 1 where the code has none."""
    kind, _, method = name.rpartition(".")
    with suppress(SyntaxError, ValueError):
        for node in ast.parse(code).body:
            if isinstance(node, ast.ClassDef) and node.name == kind:
                return next((each.lineno for each in node.body if getattr(each, "name", "") == method), node.lineno)
    return 1


def wheels(names: Sequence[str]) -> list[Path]:
    """Return the wheels that names or globs stand for. Raises UsageError when there is none."""
    found: list[Path] = []
    for name in names:
        path = Path(name)
        matches = [path] if path.is_file() else sorted(path.parent.glob(path.name)) if path.name else []
        found += [each for each in matches if each.suffix == ".whl"]
    if not found:
        raise UsageError("--wheel", found=f"no wheel at {', '.join(names)}", expected="a file that ends with .whl")
    return list(dict.fromkeys(found))


def _unpack(wheel: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)  # names that lead out of the folder are made to stay in it
    except (zipfile.BadZipFile, OSError) as error:
        raise UsageError(shown(wheel), found=f"no wheel ({error})", expected="a wheel built from the SDK") from error


def _of_python(patches: Sequence[Patch]) -> list[Patch]:
    """Return the patches with the steps that a wheel can hold: those on Python modules."""
    kept = [
        patch._replace(steps=tuple(step for step in patch.steps if step.operation not in FILE_OPERATIONS))
        for patch in patches
    ]
    return [patch for patch in kept if patch.steps]


def _compared(tree: Tree, source: Tree, patches: Sequence[Patch]) -> Iterator[Check]:
    """Yield a check for every patched file: the wheel has it, with exactly the planned bytes."""
    planned = plan(source, patches) if patches else Plan((), (), (), ())
    after = {change.path: change.after for change in planned.changes}
    paths = sorted({*after, *(result.site.path for result in planned.results if source.has(result.site.path))})
    for conflict in planned.conflicts:
        assert isinstance(conflict.outcome, Conflict)
        what = f"{conflict.site.path}:{conflict.site.line} {conflict.site.name} is as the patch makes it"
        where = (conflict.site.path, conflict.site.line)
        yield Check(Verdict.FAILED, what, conflict.outcome.reason, conflict.patch, conflict.step, *where)
    for path in paths:
        what = f"{path} is in the wheel as it was planned"
        content = after[path] if path in after else source.read(path)
        packed = _packed(source, path)
        if not packed and path in after:
            reason = "the tree does not have the patch: run sdkpatch apply, then build"
            yield Check(Verdict.FAILED, what, reason, path=path)
        elif not packed:
            yield Check(Verdict.UNCHECKED, what, "it is outside every package, so no wheel contains it")
        elif content is None:
            lacks = not tree.has(packed)
            yield Check(Verdict.PROVED if lacks else Verdict.FAILED, what, "" if lacks else "it should be gone")
        elif not tree.has(packed):
            yield Check(Verdict.FAILED, what, f"the wheel has no {packed}", path=path)
        elif tree.read(packed) != content:
            line = _first_difference(tree.read(packed), content)
            reason = f"it has other bytes from line {line} on: built before sdkpatch apply, or from another tree"
            yield Check(Verdict.FAILED, what, reason, path=path, line=line)
        else:
            yield Check(Verdict.PROVED, what)


def _packed(source: Tree, path: str) -> str:
    """Return a file's name in a wheel, an empty string when it is in no package."""
    package = source.package_of(path)
    above = package.rpartition("/")[0]
    return path[len(above) + bool(above) :] if package not in ("", ITSELF) else ""


def _first_difference(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one.splitlines(), other.splitlines(), strict=False), 1)
    return next((line for line, (left, right) in pairs if left != right), min(one.count(b"\n"), other.count(b"\n")) + 1)
