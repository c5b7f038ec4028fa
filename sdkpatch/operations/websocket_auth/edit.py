"""Change the handshakes that are to do, with libcst: the half that edits and proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import cast

import libcst as cst

from ...errors import EditRefused
from ...handshakes.cst import Statements, blank_lines, change_at
from ...handshakes.cst_imports import add_import
from ...model import Region
from ...operation import Style
from .arguments import Arguments
from .snippet import COMMENT, LocalNames, render
from .work import Work


def edit(
    module: cst.Module, works: Sequence[Work], arguments: Arguments, style: Style, lines: Sequence[int]
) -> tuple[cst.Module, tuple[Region, ...]]:
    """Return the module with every site changed, and the regions in lines of the old text.

    ``lines`` holds the first line of every top-level statement. Raises EditRefused.
    """
    regions: list[Region] = []
    # From the bottom up, so that no change moves what a later path leads to.
    for work in sorted(works, key=lambda work: work.call, reverse=True):
        if work.needs_code:
            module = _change_site(module, work, arguments, style, regions)
    if any(work.needs_import for work in works):
        module, region = add_import(module, "urllib.parse", lines)
        regions.append(region)
    return module, tuple(sorted(regions, key=lambda region: (region.start, region.stop)))


def _change_site(
    module: cst.Module, work: Work, arguments: Arguments, style: Style, regions: list[Region]
) -> cst.Module:
    if work.hoists:
        module = change_at(module, work.call, partial(_replace_arguments, work=work, regions=regions))
    code = _code(work, arguments, style)
    inserted = _parsed(code, module.default_indent, module.default_newline)

    def insert(block: Statements, place: int) -> Statements:
        target = block[place]
        above = list(blank_lines(target))
        start = work.insert_line - len(above)
        orphan = next((index for index, line in enumerate(above) if _is_own(line)), None)
        if orphan is None or work.before_block:
            regions.append(Region(start=start, stop=start, length=code.count("\n")))
        else:  # the comment of a block that is gone
            length = code.count("\n") + orphan
            regions.append(Region(start=start, stop=start + orphan + 1, length=length))
            target = target.with_changes(leading_lines=above[:orphan] + above[orphan + 1 :])
        return (*block[:place], *inserted, target, *block[place + 1 :])

    actions = [(work.insert_at, True), *((path, False) for path, _, _ in work.remove)]
    spans = {path: (first, last) for path, first, last in work.remove}
    for path, is_insert in sorted(actions, reverse=True):
        if is_insert:
            module = change_at(module, path, insert)
        else:
            module = change_at(module, path, partial(_remove, span=spans[path], regions=regions))
    return module


def _code(work: Work, arguments: Arguments, style: Style) -> str:
    """Return the code to insert, for a block that starts in the first column."""
    taken = set(work.taken_names)

    def local(name: str) -> str:
        candidates = [name, *(f"{name}_{number}" for number in range(2, len(taken) + 3))]
        return next(candidate for candidate in candidates if candidate not in taken)

    names = LocalNames(
        url=work.url,
        headers=work.headers,
        request_options=work.request_options,
        caller=local("_caller_headers"),
        sent=local("_sent"),
        split=local("_url"),
        pair=local("_query"),
        credentials=tuple((credential.name, local(f"_{credential.name}")) for credential in arguments.take),
    )
    code = "".join(hoist.code + "\n" for hoist in work.hoists)
    return code + render(arguments, names, style.line_length - work.indent)


@lru_cache(maxsize=64)  # all sites of an SDK mostly take the same code
def _parsed(code: str, indent: str, newline: str) -> tuple[cst.BaseStatement, ...]:
    """Parse the code; libcst indents it when it is rendered inside its block."""
    config = cst.PartialParserConfig(default_indent=indent, default_newline=newline)
    parsed = cst.parse_module(code.replace("\n", newline), config)
    body = [cast("cst.BaseStatement", statement) for statement in parsed.body]
    if parsed.header:  # a comment above the first statement of a module belongs to the module
        body[0] = body[0].with_changes(leading_lines=[*parsed.header, *blank_lines(body[0])])
    return tuple(body)


def _is_own(line: cst.EmptyLine) -> bool:
    return line.comment is not None and line.comment.value == COMMENT


def _remove(block: Statements, place: int, span: tuple[int, int], regions: list[Region]) -> Statements:
    """Take out one statement; comments above it that are not ours stay, above the next statement."""
    gone = block[place]
    if isinstance(gone, cst.SimpleStatementLine) and len(gone.body) > 1:
        raise EditRefused("a line holds more than one statement")
    above = list(blank_lines(gone))
    own = bool(above) and _is_own(above[-1])
    kept = above[:-1] if own else above
    regions.append(Region(start=span[0] - own, stop=span[1] + 1, length=0))
    rest = list(block[place + 1 :])
    if kept and not rest:
        raise EditRefused("a comment would be left without its statement")
    if kept:
        rest[0] = rest[0].with_changes(leading_lines=[*kept, *blank_lines(rest[0])])
    return (*block[:place], *rest)


class _ReplaceArguments(cst.CSTTransformer):
    """Puts locals in the place of arguments in the one call that has them."""

    def __init__(self, work: Work) -> None:
        self._hoists = {hoist.keyword: hoist.local for hoist in work.hoists}
        self._keywords = ("additional_headers", "extra_headers", "uri")
        self.changed = 0

    def visit_IndentedBlock(self, node: cst.IndentedBlock) -> bool:
        return False  # only the statement's own expressions

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        named = {argument.keyword.value for argument in original_node.args if argument.keyword}
        if not named & set(self._keywords):
            return updated_node
        arguments = []
        for index, argument in enumerate(updated_node.args):
            keyword = argument.keyword.value if argument.keyword else "" if index == 0 else None
            if keyword is not None and keyword in self._hoists:
                self.changed += 1
                argument = argument.with_changes(value=cst.Name(self._hoists[keyword]))
            arguments.append(argument)
        return updated_node.with_changes(args=arguments)


def _replace_arguments(block: Statements, place: int, work: Work, regions: list[Region]) -> Statements:
    replacer = _ReplaceArguments(work)
    old = block[place]
    new = old.visit(replacer)
    if replacer.changed != len(work.hoists) or not isinstance(new, cst.BaseStatement):
        raise EditRefused("the statement opens more than one socket")
    empty = cst.Module([])
    first, last = work.call_lines
    old_lines, new_lines = (empty.code_for_node(each).encode().splitlines() for each in (old, new))
    fewer = len(old_lines) - len(new_lines)
    regions.append(Region(start=first, stop=last + 1, length=last + 1 - first - fewer))
    return (*block[:place], new, *block[place + 1 :])
