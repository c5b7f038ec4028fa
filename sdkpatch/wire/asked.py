"""Carry out what a person asked of ``sdkpatch verify``: a tree or wheels, an interpreter, freshly generated code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from ..fern.sdk_package import chosen
from ..loading.project import shown
from ..model import Patch
from ..operations.shared.paths import in_repository
from ..planning.plan import plan
from ..running.pristine import generated
from ..tree import Tree, scan
from . import environments
from .artefact import prove_wheel, title
from .live import Answered, connect, secrets
from .prove import prove
from .stage import Options
from .values import Report


class Asked(NamedTuple):
    """``tree`` may be None for wheels only; ``install`` asks for an environment of the SDK's own.

    ``changes`` asks for what each patch makes of freshly generated files, as a page shows it. ``package`` is the SDK's
    package as sdkpatch.toml names it; ``notify`` is told what takes long.
    """

    tree: Path | None
    patches: tuple[Patch, ...]
    options: Options
    install: bool = False
    pristine: str | None = None
    wheels: Sequence[Path] = ()
    changes: bool = False
    package: str = ""
    notify: Callable[[str], None] = lambda _: None


def reports(asked: Asked) -> tuple[Report, ...]:
    """Prove the tree, or each wheel. Raises UsageError or TreeError."""
    source = chosen(scan(asked.tree), asked.package) if asked.tree is not None else None
    if asked.wheels:
        return tuple(_of_wheel(wheel, source, asked) for wheel in asked.wheels)
    assert asked.tree is not None and source is not None
    with ExitStack() as stack:
        options = _options(asked, stack)
        fresh = None
        if asked.pristine is not None:
            fresh = chosen(scan(stack.enter_context(generated(asked.tree, asked.pristine))), asked.package)
        report = prove(source, asked.patches, options, fresh)
        report = report._replace(tree=shown(source.root), base=in_repository(source.root), sdk=title(source))
        if asked.changes:
            made = {patch.id: plan(fresh or source, [patch]).changes for patch in asked.patches}
            report = report._replace(changes=made)
        return (report,)


def _of_wheel(wheel: Path, source: Tree | None, asked: Asked) -> Report:
    asked.notify(f"installing {shown(wheel)} and its dependencies into a temporary environment")
    report = prove_wheel(wheel, source, asked.patches, asked.options)
    return report._replace(base=in_repository(source.root)) if source is not None else report


def answer(asked: Asked, url: str, credentials: Sequence[str], channel: str) -> Answered:
    """Connect one channel to a real server. Raises UsageError or TreeError."""
    assert asked.tree is not None
    given = secrets(credentials)
    with ExitStack() as stack:
        tree = chosen(scan(asked.tree), asked.package)
        return connect(tree, asked.patches, _options(asked, stack), url, given, channel)


def _options(asked: Asked, stack: ExitStack) -> Options:
    """Return the options with the interpreter of an environment that was asked for."""
    if not asked.install or asked.tree is None:
        return asked.options
    asked.notify(f"installing {shown(asked.tree)} and its dependencies into a temporary environment")
    python = stack.enter_context(environments.for_tree(scan(asked.tree), asked.options.python))
    return asked.options._replace(python=python)
