"""What ``field.add``, ``class.add`` and ``module.add`` are told: the statements, where they go, what they import."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from typing import NamedTuple

from ...schema.fields import KeyPath, Mistakes
from . import block_names
from .structural import python, texts


class Addition(NamedTuple):
    """Statements to add, as text and as trees; the member they go beside, or where else; and their imports.

    ``classes`` are the selectors of the classes that get them, none for a module.
    """

    classes: tuple[str, ...]
    code: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    at: str
    beside: str
    behind: bool
    imports: tuple[str, ...]


def parse(arguments: Mapping[str, object], key: KeyPath, report: Mistakes, what: str) -> Addition:
    """Parse the fields of an operation that adds, with or without ``class`` and ``at``; ``what`` names the code."""
    code = textwrap.dedent(str(arguments["code"])).strip("\n")
    body = python(code, (*key, "code"), report, what)
    if arguments["before"] and arguments["after"]:
        report(key, found="before and after", expected="one of the two")
    return Addition(
        classes=texts(arguments, "class") if "class" in arguments else (),
        code=tuple(block_names.pieces(code, body)),
        body=tuple(body),
        at=str(arguments.get("at") or ""),
        beside=str(arguments["before"] or arguments["after"] or ""),
        behind=not arguments["before"],
        imports=texts(arguments, "imports"),
    )
