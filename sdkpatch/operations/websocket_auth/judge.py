"""Judge every handshake of a module: does the credential go where the step wants it, and nowhere else?

Standard library ``ast`` only; shares no code with the editing half.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cached_property
from itertools import takewhile

from ...handshakes.blocks import block_order, blocks, drops
from ...handshakes.call import (
    Unclear,
    headers_argument,
    mapping_assignment,
    mappings,
    refuse_pairs,
    segment,
    url_argument,
)
from ...handshakes.recognise import SUPPORT_MODULE, Function, Handshake, Path, find, named
from ...handshakes.route import (
    REGENERATE,
    Located,
    all_names,
    assigned_values,
    bound_names,
    executed,
    free_name,
    handler_names,
    insertion_level,
    module_names,
    parameter_names,
    refuse_undefined,
    request_options,
)
from ...handshakes.shapes import recognise
from ...model import Conflict
from ...operation import Held, Judgement, ToDo
from ...python.source import Source
from .arguments import Arguments
from .flow import Flow
from .refuse import HandEdits, refuse_loops, refuse_lost_names, refuse_pieces_elsewhere, refuse_unseen
from .work import Hoist, OnTree, Work


def judge(source: Source, arguments: Arguments) -> tuple[Judgement, ...]:
    """Judge the handshakes of a module that the step is about, in source order."""
    handshakes = find(source.tree, source.code)
    judgements: list[Judgement] = []
    for handshake in named(source, handshakes, arguments.within):
        verdict: Held | ToDo | Conflict
        try:
            verdict = _SiteJudge(source, handshake, handshakes, arguments).verdict()
        except Unclear as unclear:
            verdict = Conflict(reason=unclear.reason, hint=unclear.hint)
        judgements.append(Judgement(site=handshake.site(source.path), verdict=verdict))
    return tuple(judgements)


def imports_urllib_parse(module: ast.Module) -> bool:
    """Tell whether ``urllib.parse`` can be used by that name: a plain import at the top level of the module."""
    for statement in module.body:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                if alias.name == "urllib.parse" and alias.asname is None:
                    return True
    return False


class _SiteJudge:
    """Judges one handshake against the arguments of one step."""

    def __init__(
        self, source: Source, handshake: Handshake, siblings: Sequence[Handshake], arguments: Arguments
    ) -> None:
        self._source = source
        self._handshake = handshake
        self._siblings = siblings
        self._arguments = arguments
        if handshake.problem:
            raise Unclear(handshake.problem, "change the code that opens the socket by hand, or leave the file out")
        if handshake.function is None or handshake.call is None:
            raise Unclear("the socket is opened outside a function")
        if handshake.within in ("lambda", "comprehension"):
            raise Unclear(f"the socket is opened inside a {handshake.within}, which may run any number of times")
        self._function: Function = handshake.function
        self._call: ast.Call = handshake.call
        self._statements = list(executed(self._function, handshake))
        refuse_pieces_elsewhere(self._function, siblings)
        for other in siblings:
            if any(other is not handshake and other.path[: len(where)] == where for where, _ in self._statements):
                raise Unclear(f"line {other.line} opens a socket before, which may leave no credential for this one")
        self._blocks = blocks(self._statements)
        self._level = insertion_level(self._statements, handshake)
        self._locals = bound_names(self._function, self._statements)
        self._url_keyword, self._url_expression = url_argument(self._call)
        self._headers_keyword, self._headers_expression = headers_argument(self._call)

    def verdict(self) -> Held | ToDo | Conflict:
        """Return what holds at the site; raises Unclear when that cannot be told."""
        url, headers = self._local(self._url_expression), self._local(self._headers_expression)
        ours = [group for group in self._blocks if self._is_ours(group)]
        if not ours and self._is_held_by_support():
            return Held()
        rest = [located for located in self._statements if not any(located in group for group in ours)]
        hand = HandEdits(self._function, self._handshake, self._siblings, self._arguments)
        hand.refuse([self._url_expression, self._headers_expression, *_only(rest)], headers)
        known = module_names(self._source.tree) | bound_names(self._function, self._statements)
        roots = [*_only(rest), self._call]
        refuse_undefined(self._source.tree, self._function, roots, known)
        refuse_unseen(self._function, self._handshake, self._siblings, {url, headers} - {""})
        if url and headers:
            refuse_loops(self._function, self._handshake, self._statements, (url, headers))
            imported = imports_urllib_parse(self._source.tree)
            if (
                len(ours) == 1
                and drops(ours[0]) == self._arguments.drop_headers
                and self._holds(Flow(headers, url).run(_only(self._statements)))
            ):
                return Held() if imported else self._restore_import(url, headers, rest)
            # Blocks of other steps may have to come after this one's.
            end, _ = self._insertion([], [located for group in ours for located in group])
            flow = Flow(headers, url).run(_only([*takewhile(lambda located: located[0] != end, rest)]))
            if flow.headers().caller_only:
                raise Unclear("nothing the client set is left in the headers that reach the call", REGENERATE)
            if flow.headers().removed & self._arguments.headers or {q for q, _ in flow.url().added} & self._queries:
                raise Unclear("other code already moves this credential, in a way that is not understood", REGENERATE)
        detail = "repaired what was left half patched" if ours else ""
        work = self._work(url, headers, [located for group in ours for located in group], rest)
        return ToDo(work=OnTree(work), detail=detail)

    def _is_held_by_support(self) -> bool:
        """Tell whether the support module does all of it, as in a tree that another form of the step was run on."""
        if self._arguments.drop_headers or SUPPORT_MODULE.encode() not in self._source.code:
            return False
        from .sender import holds

        return holds(self._source, self._handshake, self._siblings, self._arguments.sending)

    def _restore_import(self, url: str, headers: str, rest: Sequence[Located]) -> ToDo:
        work = self._work(url, headers, [], rest)._replace(needs_code=False)
        return ToDo(work=OnTree(work), detail="import restored")

    @cached_property
    def _queries(self) -> set[str]:
        return {parameter for parameter, _ in self._arguments.query}

    def _local(self, expression: ast.expr) -> str:
        """Return the name of the local an argument is, or an empty string when it must be made one."""
        if not isinstance(expression, ast.Name) or expression.id not in self._locals:
            return ""
        if expression is not self._headers_expression:
            return expression.id
        values = assigned_values(self._statements, expression.id)
        for value in values:
            refuse_pairs(value)
        # The caller's own mapping is not ours to rebuild before it is copied.
        return expression.id if values or expression.id not in parameter_names(self._function) else ""

    def _headers_local(self) -> str:
        """Return the local that a hoisted headers argument is put into, or an empty string for a new one.

        Where a handler around the call reads a local that the argument is made of, it is that one: what a handler
        puts into ``ApiError`` must not hold the credential either.
        """
        used = mappings(self._headers_expression) & self._locals
        read = used & handler_names(self._function, self._handshake)
        if len(read) > 1:
            raise Unclear(f"the handlers around the call read {' and '.join(sorted(read))}, which hold the headers")
        if isinstance(self._headers_expression, ast.Name) and not read:
            read = used & parameter_names(self._function)
        return next(iter(read), "")

    def _is_ours(self, group: list[Located]) -> bool:
        """Tell whether a block moves this step's credential, or is a piece that moves none.

        Raises Unclear for a block that moves this step's and another's.
        """
        headers, queries = set(), set()
        for _, statement in group:
            _, bound = recognise(statement) or ("", {})
            headers |= {bound["HEADER"]} if "HEADER" in bound else set()
            queries |= {bound["QUERY"]} if "QUERY" in bound else set()
        mine = bool(headers & self._arguments.headers or queries & self._queries)
        if mine and (headers - self._arguments.headers or queries - self._queries):
            line = group[0][1].lineno
            shown = ", ".join(sorted(headers)) or "a header"
            target = ", ".join(sorted(queries)) or "nowhere"
            raise Unclear(
                f"line {line} already sends {shown} as the query parameter {target}",
                "two patches want this credential, or the patch changed: regenerate the SDK and apply again",
            )
        return mine or not (headers or queries)

    def _holds(self, flow: Flow) -> bool:
        """Prove that no taken header reaches the call and that each parameter carries its credential."""
        headers, added = flow.headers(), flow.url().added
        if not self._arguments.headers <= headers.removed or headers.caller_only < self._arguments.drop_headers:
            return False
        takes = {credential.name: credential for credential in self._arguments.take}
        for parameter, name in self._arguments.query:
            carried = [taken for query, taken in added if query == parameter]
            wanted = takes[name]
            if len(carried) != 1 or carried[0].header != wanted.header.lower():
                return False
            if carried[0].scheme != wanted.scheme.lower() or carried[0].version != headers.version:
                return False
            if carried[0].request != self._request_options:
                return False
        return True

    @cached_property
    def _request_options(self) -> str:
        """Return the name of the request options whose additional_headers are merged in, or an empty string."""
        roots: list[ast.AST] = [statement for _, statement in self._statements if recognise(statement) is None]
        return request_options([*roots, self._headers_expression])

    def _work(self, url: str, headers: str, remove: Sequence[Located], rest: Sequence[Located]) -> Work:
        refuse_lost_names(remove, rest, self._blocks, (url, headers))
        taken = all_names(self._function, skip={id(statement) for _, statement in self._own_statements})
        hoists: list[Hoist] = []
        if not url:
            url = free_name("ws_url", taken)
            code = segment(self._source.code, self._url_expression)
            hoists.append(Hoist(local=url, code=f"{url} = {code}", keyword=self._url_keyword))
            taken = taken | {url}
        if not headers:
            headers = self._headers_local() or free_name("headers", taken)
            code = mapping_assignment(self._source.code, headers, self._headers_expression)
            hoists.append(Hoist(local=headers, code=code, keyword=self._headers_keyword))
            taken = taken | {headers}
        if hoists and self._handshake.within:
            raise Unclear(f"the socket is opened inside a {self._handshake.within}, and its arguments are no locals")
        path, statement = self._insertion(hoists, remove)
        self._refuse_shared_line(path, statement)
        request = self._request_options
        if self._arguments.drop_headers and not request and _has_update(rest, headers):
            raise Unclear("the caller's headers are merged in a way that is not understood, so none can be kept")
        if "urllib" in self._locals:
            raise Unclear("the name urllib is a local here")
        return Work(
            insert_at=path,
            insert_line=statement.lineno,
            before_block=recognise(statement) is not None,
            remove=tuple((where, gone.lineno, gone.end_lineno or gone.lineno) for where, gone in remove),
            call=self._handshake.path,
            call_lines=(self._call.lineno, self._call.end_lineno or self._call.lineno),
            url=url,
            headers=headers,
            request_options=request,
            hoists=tuple(hoists),
            taken_names=frozenset(taken),
            indent=statement.col_offset,
            needs_import=not imports_urllib_parse(self._source.tree),
        )

    @property
    def _own_statements(self) -> list[Located]:
        return [located for group in self._blocks for located in group]

    def _insertion(self, hoists: Sequence[Hoist], remove: Sequence[Located]) -> Located:
        """Return the statement the code goes before: the try around the call, or among the blocks of other steps."""
        path, statement = self._level
        removed = {id(gone) for _, gone in remove}
        before = [group for group in self._blocks if group[-1][0][:-1] == path[:-1]]
        before = [group for group in before if id(group[0][1]) not in removed]
        mine = (self._arguments.drop_headers, sorted(self._arguments.headers))
        if hoists:
            return path, statement
        next_index = path[-1][1]
        for group in reversed(before):
            if group[-1][0][-1][1] + 1 != next_index or block_order(group) < mine:
                break
            path, statement = group[0]
            next_index = path[-1][1]
        return path, statement

    def _refuse_shared_line(self, path: Path, statement: ast.stmt) -> None:
        line = self._source.code.splitlines()[statement.lineno - 1]
        if line[: statement.col_offset].strip():
            raise Unclear(f"line {statement.lineno} holds more than one statement", "put each on its own line")


def _only(located: Sequence[Located]) -> list[ast.stmt]:
    return [statement for _, statement in located]


def _has_update(statements: Sequence[Located], headers: str) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "update"
        and isinstance(node.value, ast.Name)
        and node.value.id == headers
        for _, statement in statements
        for node in ast.walk(statement)
    )
