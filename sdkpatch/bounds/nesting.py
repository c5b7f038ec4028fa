"""Tell nesting that libcst would not survive, before libcst sees the file.

libcst keeps ``a or b or c``, and each dot of a name, as nodes within nodes: twenty thousand of them overflow the stack
of its native part and end the process, where ``ast`` keeps a list. What ``ast`` itself accepts differs between releases
of Python. (Measured with libcst 1.8 and 1.9.)
"""

from __future__ import annotations

import ast

DEEPEST = 1000
"""Levels that every supported libcst survives, ten times what its visitors do."""


def is_too_deep(tree: ast.AST, deepest: int = DEEPEST) -> bool:
    """Tell whether libcst would nest what ``tree`` holds more than ``deepest`` levels deep."""
    pending: list[tuple[ast.AST, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        depth += _levels(node)
        if depth > deepest:
            return True
        pending += [(child, depth) for child in ast.iter_child_nodes(node)]
    return False


def _levels(node: ast.AST) -> int:
    match node:
        case ast.BoolOp(values=values):
            return len(values)
        case ast.alias(name=name):
            return name.count(".") + 1
        case ast.ImportFrom(module=str(module)):
            return module.count(".") + 1
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return len(node.generators)
        case _:
            return 1
