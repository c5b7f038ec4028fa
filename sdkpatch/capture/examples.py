"""Cut an example out of a patch's smallest site: the code there before and after, as ``sdkpatch test`` runs it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from ..errors import TreeError
from ..model import Conflict, Example
from ..python.parsing import parse
from ..python.source import first_line
from ..running.examples import run_examples
from ..tree import Tree
from .compose import Composed
from .side import IMPORTS, Side
from .steps import StepTable

_LONGEST = 60
"""Lines of an example."""
_TRIES = 12


def shown(composed: Composed, tree: Tree) -> Sequence[StepTable]:
    """Return one example for a patch, none where no short one holds."""
    tried = 0
    for path, before in _cut(composed, tree):
        tried += 1
        if tried > _TRIES:
            break
        example = Example(before=before, after="", path=path)
        result = run_examples(composed.patch._replace(examples=(example,)))[0]
        if result.problem not in ("", "the code after is not it") or result.after in ("", before):
            continue
        told = example._replace(after=result.after)
        if not run_examples(composed.patch._replace(examples=(told,)))[0].problem:
            return ({"path": path, "before": before, "after": result.after},)
    return ()


def _cut(composed: Composed, tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield pieces of the files that the patch changes, shortest first."""
    found: list[tuple[int, str, str]] = []
    said = [one for group in composed.draft.groups for one in group.said]
    for path in composed.draft.paths:
        if not tree.has(path):
            continue
        try:
            code = tree.read(path)
            text = code.decode("utf-8").replace("\r\n", "\n")
        except (TreeError, UnicodeDecodeError):
            continue
        if path.endswith(".py"):
            source = parse(path, code)
            if isinstance(source, Conflict):
                continue
            side = Side(source)
            for scope in dict.fromkeys(one.scope for one in said if one.path == path):
                found += [(piece.count("\n"), path, piece) for piece in _pieces(side, scope)]
        steps = [step for one in said if one.path == path for step in one.steps]
        found += [(piece.count("\n"), path, piece) for piece in _passages(text, steps)]
        if path.endswith(".py") and text.count("\n") <= _LONGEST:
            found.append((text.count("\n") + _LONGEST, path, text))
    for _, path, piece in sorted(found):
        if piece.count("\n") <= _LONGEST:
            yield path, piece


def _passages(text: str, steps: Sequence[StepTable]) -> Iterator[str]:
    """Yield passages of a text: the table of a TOML key with that key, what a step on text replaces."""
    for step in steps:
        if step["op"].startswith("toml."):
            *tables, name = [part.strip("\"'") for part in step["key"].split(".")]
            table = re.search(rf"^\[{re.escape('.'.join(tables))}\]\n(?:(?!\[).*\n)*", text, re.MULTILINE)
            line = re.search(rf"^{re.escape(name)} *=.*\n", table[0], re.MULTILINE) if table else None
            if table:
                yield f"[{'.'.join(tables)}]\n" + (line[0] if line else "")
                yield table[0]
        elif step["op"] == "text.replace" and step.get("find"):
            yield f"{step['find']}\n".replace("\n\n", "\n", 1) if step["find"].endswith("\n") else f"{step['find']}\n"
        elif step["op"] == "text.insert":
            pattern = step.get("before") or step.get("after") or ""
            found = re.search(rf"^(?:{pattern})\n", text, re.MULTILINE) if pattern else None
            if found:
                yield found[0]


def _pieces(side: Side, scope: str) -> Iterator[str]:
    """Yield the definition that a selector names with those around it, without and with the imports of its module."""
    node = next((each for each in ast.walk(side.source.tree) if side.selectors.get(id(each)) == scope), None)
    if node is None or not isinstance(node, ast.stmt):
        return
    text = side.source.text
    lines = [text.line(line) for line in range(first_line(node), (node.end_lineno or node.lineno) + 1)]
    around: list[str] = []
    for each in ast.walk(side.source.tree):
        if isinstance(each, ast.ClassDef) and each is not node and _holds(each, node):
            around += [text.line(line) for line in range(each.lineno, side.source.header_end(each) + 1)]
    body = "\n".join([*around, *lines]) + "\n"
    yield body
    imports = [text.segment(each) for each in side.source.tree.body if isinstance(each, IMPORTS)]
    if imports:
        gap = "\n\n\n" if not isinstance(node, ast.Assign | ast.AnnAssign) or around else "\n\n"
        yield "\n".join(imports) + gap + body


def _holds(outer: ast.stmt, inner: ast.stmt) -> bool:
    return outer.lineno <= inner.lineno and (outer.end_lineno or 0) >= (inner.end_lineno or 0)
