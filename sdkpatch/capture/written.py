"""Write code as patterns: diffs, anchors, and statements with what does not matter left open."""

from __future__ import annotations

import ast
import copy
import difflib
import re
from collections.abc import Sequence

from .side import DEFINITIONS, BlockItem, Side

_RUN = "SDKPATCH_RUN_"
_ONE = "SDKPATCH_ONE_"
_RELEASE = re.compile(r"""(["'](?:[\w.-]+/)?)(\d+\.\d+(?:\.\d+)?[\w.+-]*)(["'])""")
_VARIABLE = re.compile(r"\$(\$\$|[A-Z_])")
_SINGLE = re.compile(r"'([^'\"\\\n]*)'")


def is_plain(*codes: str) -> bool:
    """Tell whether code can stand in a pattern: none of it would be read as a metavariable."""
    return not any(map(_VARIABLE.search, codes))


def released(code: str) -> str:
    """Return code with the version of a release left open: the next release has another."""
    return _RELEASE.sub(lambda found: f"{found[1]}$VERSION{found[3]}", code, count=1)


def is_release(old: str, new: str) -> bool:
    """Tell whether two pieces of code differ in the version of a release alone."""
    return bool(_RELEASE.search(old)) and released(old) == released(new)


def diff(old: str, new: str, above: Sequence[str] = (), below: Sequence[str] = ()) -> str:
    """Return code before and after as one diff, with the context that stays."""
    left, right = (each.split("\n") if each else [] for each in (old, new))
    lines = [_marked(" ", line) for each in above for line in each.split("\n")]
    for tag, a, b, c, d in difflib.SequenceMatcher(a=left, b=right, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [_marked(" ", line) for line in left[a:b]]
        else:
            lines += [_marked("-", line) for line in left[a:b]]
            lines += [_marked("+", line) for line in right[c:d]]
    lines += [_marked(" ", line) for each in below for line in each.split("\n")]
    return "\n".join(lines) + "\n"


def _marked(mark: str, line: str) -> str:
    return f"{mark} {line}" if line else mark.strip()


def block(code: str) -> str:
    """Return code as an argument: several lines end with a line feed."""
    return f"{code}\n" if "\n" in code else code


class Opened:
    """Writes statements as context: their blocks, and arguments over several lines, are left open."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._number = 0
        self._letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    def anchor(self, item: BlockItem) -> str:
        """Return a statement as short as it can be and still be told by its own words; empty where it is no pattern."""
        head = item.head
        if not is_plain(self._side.code([item])):
            return ""
        code = self._side.source.text.segment(head)
        is_list = isinstance(head, ast.ImportFrom) and len(head.names) > 2
        if "\n" not in code and not hasattr(head, "body") and not is_list:
            return code
        return self.opened(head)

    def opened(self, statement: ast.stmt) -> str:
        """Return a statement with its blocks and its long calls left open."""
        node = copy.deepcopy(statement)
        if isinstance(node, DEFINITIONS):
            node.decorator_list = []
        if isinstance(node, ast.ImportFrom):
            node.names = [ast.alias(self._run())]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.args, node.returns = ast.arguments([], [ast.arg(self._run())], None, [], [], None, []), None
        if hasattr(node, "body"):
            self._open_blocks(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and (
            node.value is not None and not isinstance(node.value, ast.Call)
        ):
            node.value = ast.Name(f"{_ONE}{self._run()}")
        else:
            _Calls(self).visit(node)
        text = ast.unparse(ast.fix_missing_locations(node))
        text = _SINGLE.sub(r'"\1"', text)
        text = re.sub(rf"{_ONE}{_RUN}\d+", lambda _: f"${next(self._letters, 'Z')}", text)
        return re.sub(rf"\**{_RUN}\d+", lambda _: f"$$${next(self._letters, 'Z')}", text)

    def _open_blocks(self, node: ast.AST) -> None:
        for name in ("body", "orelse", "finalbody"):
            if getattr(node, name, None):
                setattr(node, name, [ast.Expr(ast.Name(self._run()))])
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            self._open_blocks(part)

    def _run(self) -> str:
        self._number += 1
        return f"{_RUN}{self._number}"

    def call(self, node: ast.Call) -> ast.Call:
        """Return a call with its arguments left open."""
        return ast.Call(node.func, [ast.Name(self._run())], [])


class _Calls(ast.NodeTransformer):
    """Leaves the arguments of calls over several lines open."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Open a call's arguments where they take more than a line."""
        if node.end_lineno != node.lineno and (node.args or node.keywords):
            return self._opened.call(node)
        return self.generic_visit(node)
