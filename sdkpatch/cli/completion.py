"""What the shell offers behind <TAB>: names of recipes and operations, and files beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def patches(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the recipes that begin so; where there is none, leave it to the shell to offer files."""
    from .. import resources

    return _matching(resources.recipes(), incomplete)


def explained(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the recipes and operations that begin so."""
    from .. import resources
    from ..operations import OPERATIONS

    return _matching([*resources.recipes(), *OPERATIONS], incomplete)


def operations(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the operations that begin so."""
    from ..operations import OPERATIONS

    return _matching(OPERATIONS, incomplete)


def _matching(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    found = sorted(name for name in names if name.startswith(incomplete))
    return [CompletionItem(name) for name in found] or [CompletionItem(incomplete, type="file")]
