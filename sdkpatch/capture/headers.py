"""Propose steps for what changed in the header of a definition or statement, and in its docstring."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from . import documented
from .differences import CodeDifference, Comparison, EditedPart
from .expressions import changes
from .side import Side, docstring
from .steps import Candidate, Rung
from .written import Opened, diff, is_plain

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class _Declared(NamedTuple):
    """A parameter: where it stands, and its source."""

    name: str
    stars: str
    kind: str
    annotation: str
    default: str

    @property
    def code(self) -> str:
        """The parameter as it is written."""
        spaced = " = " if self.annotation else "="
        annotation = f": {self.annotation}" if self.annotation else ""
        return f"{self.stars}{self.name}{annotation}{spaced + self.default if self.default else ''}"


class Headers:
    """The ladder of one difference of a header or a docstring."""

    def __init__(self, comparison: Comparison, difference: CodeDifference, place: Mapping[str, Any]) -> None:
        self._old, self._new = comparison.old, comparison.new
        self._difference = difference
        self._files = dict(place)
        self._scope = difference.scope

    def ladder(self) -> Iterator[Candidate]:
        """Yield what may say the difference, most meaningful first."""
        old, new = self._difference.owner, self._difference.owner_after
        part = self._difference.part
        if part is EditedPart.DOCSTRING:
            yield from self._docstring()
        elif part is EditedPart.HEADER and isinstance(old, ast.stmt) and isinstance(new, ast.stmt):
            yield from self._compound(old, new)
        elif part is EditedPart.BASES and isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
            yield self._header([], _bases(self._old, old), [], _bases(self._new, new))
        elif part is EditedPart.DECORATORS:
            yield from self._decorators(old, new)
        elif isinstance(old, _Function) and isinstance(new, _Function):
            yield from self._return(old, new) if part is EditedPart.RETURN else self._parameters(old, new)

    def _docstring(self) -> Iterator[Candidate]:
        old, new = self._difference.owner, self._difference.owner_after
        texts = [docstring(node) for node in (old, new) if isinstance(node, ast.Module | ast.ClassDef | _Function)]
        if len(texts) == 2 and texts[0] and not texts[1] and isinstance(old, ast.ClassDef | _Function):
            yield from self._undocumented(old)
        if len(texts) < 2 or not texts[1]:
            return
        if texts[0] and self._scope != "module" and _is_spread(old):
            yield from documented.parts({"op": "rewrite", **self._files, "within": self._scope}, texts[0], texts[1])
        was = {"was": _as_given(texts[0])} if texts[0] else {}
        text = _as_given(texts[1])
        step = {"op": "docstring.set", **self._files, "target": self._scope, "text": text, **was}
        yield Candidate(Rung.OPERATION, (step,))

    def _undocumented(self, old: ast.ClassDef | _Function) -> Iterator[Candidate]:
        """Yield the step that removes a docstring."""
        code = self._old.source.text.segment(old.body[0])
        if is_plain(code):
            step = {"op": "delete", **self._files, "within": self._scope, "as": "statements", "match": code}
            yield Candidate(Rung.OPERATION, (step,))

    def _compound(self, old: ast.stmt, new: ast.stmt) -> Iterator[Candidate]:
        within = {"within": self._scope} if self._scope else {}
        narrow = changes(self._old, self._new, _without_blocks(old), _without_blocks(new), 0)
        for each in narrow or ():
            if len(narrow or ()) == 1 and "(" in each.match:
                kind = {"as": each.kind} if each.kind else {}
                step = {"op": "rewrite", **self._files, **within, **kind, "match": each.match, "replace": each.replace}
                yield Candidate(Rung.REWRITE, (step,))
                yield from self._commented(step, old, new)
        sides = Opened(self._old).opened(old), Opened(self._new).opened(new)
        if is_plain(*(side.segment(node) for side, node in ((self._old, old), (self._new, new)))):
            yield Candidate(Rung.REWRITE, ({"op": "rewrite", **self._files, **within, "change": diff(*sides)},))

    def _commented(self, step: Mapping[str, Any], old: ast.stmt, new: ast.stmt) -> Iterator[Candidate]:
        """Yield a step with one that puts the comment behind the new header."""
        said = [
            side.commented(node.lineno, side.source.header_end(node))
            for side, node in ((self._old, old), (self._new, new))
        ]
        if said[0] or len(said[1]) != 1:
            return
        comment = said[1][0].text.lstrip("#").strip()
        within = {"within": self._scope} if self._scope else {}
        beside = {"op": "comment.add", **self._files, **within, "match": step["replace"], "comment": comment}
        yield Candidate(Rung.REWRITE, (step, beside))

    def _header(self, above: Sequence[str], old: str, new_above: Sequence[str], new: str) -> Candidate:
        """Return the rewrite of a header, its block left open."""
        change = diff("\n".join((*above, old)), "\n".join((*new_above, new)), below=["    $$$BODY"])
        return Candidate(Rung.REWRITE, ({"op": "rewrite", **self._files, "within": self._scope, "change": change},))

    def _decorators(self, old: object, new: object) -> Iterator[Candidate]:
        if not isinstance(old, ast.ClassDef | _Function) or not isinstance(new, ast.ClassDef | _Function):
            return
        lists = [
            [f"@{side.segment(each)}" for each in node.decorator_list]
            for side, node in ((self._old, old), (self._new, new))
        ]
        word = "class" if isinstance(old, ast.ClassDef) else "def"
        header = f"{word} {old.name}($$$A):"
        if not any(lists[0]) or not any(lists[1]):
            yield self._header(lists[0], header, lists[1], header)
            return
        common = [each for each in lists[0] if each in lists[1]]
        gone = [each for each in lists[0] if each not in common]
        come = [each for each in lists[1] if each not in common]
        if [each for each in lists[1] if each in common] == common:
            yield self._header(gone, header, come, header)
        yield self._header(lists[0], header, lists[1], header)

    def _return(self, old: _Function, new: _Function) -> Iterator[Candidate]:
        texts = [
            side.segment(node.returns) if node.returns else "" for side, node in ((self._old, old), (self._new, new))
        ]
        if all(texts):
            step = {"op": "annotation.set", **self._files, "target": f"{self._scope}(return)", "annotation": texts[1]}
            yield Candidate(Rung.OPERATION, ({**step, "was": texts[0]},))
        shown = [f"def {old.name}($$$A){f' -> {text}' if text else ''}:" for text in texts]
        yield self._header([], shown[0], [], shown[1])
        yield from self._whole(old, new)

    def _parameters(self, old: _Function, new: _Function) -> Iterator[Candidate]:
        if type(old) is type(new):
            yield from self._renamed(old, new)
            yield from self._set(old, new)
            yield from self._resized(old, new)
        yield from self._narrowed(old, new)
        yield from self._whole(old, new)

    def _narrowed(self, old: _Function, new: _Function) -> Iterator[Candidate]:
        """Yield the change of the parameters that differ, with those beside them, the others left open."""
        left, right = _declared(self._old, old), _declared(self._new, new)
        start = 0
        while start < min(len(left), len(right)) and left[start] == right[start]:
            start += 1
        end = 0
        while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
            end += 1
        is_async = [isinstance(each, ast.AsyncFunctionDef) for each in (old, new)]
        if is_async[0] != is_async[1] or (start + end == len(left) == len(right)):
            return
        for width in (0, 1):
            first, last = max(start - width, 0), max(end - width, 0)
            texts = []
            for declared in (left, right):
                shown = _starred(declared[first : len(declared) - last], bool(first))
                tail = ["$$$B"] if last else []
                texts.append(f"def {old.name}({', '.join([*(['$$$A'] if first else []), *shown, *tail])}):")
            yield self._header([], texts[0], [], texts[1])

    def _renamed(self, old: _Function, new: _Function) -> Iterator[Candidate]:
        """Yield the steps that rename parameters, and change what else is another in their places."""
        left, right = _declared(self._old, old), _declared(self._new, new)
        if len(left) != len(right):
            return
        pairs = [(one, other) for one, other in zip(left, right, strict=True) if one != other]
        names = {each.name for each in left}, {each.name for each in right}
        renamed = [
            (one, other)
            for one, other in pairs
            if one.kind == other.kind and one.name not in names[1] and other.name not in names[0]
        ]
        if not renamed:
            return
        steps: list[dict[str, Any]] = []
        for one, other in renamed:
            step = {
                "op": "parameter.rename",
                **self._files,
                "function": self._scope,
                "parameter": one.name,
                "to": other.name,
            }
            steps.append(step)
        for one, other in pairs:
            if (one.annotation, one.default) != (other.annotation, other.default):
                set_: dict[str, Any] = {
                    "op": "parameter.set",
                    **self._files,
                    "parameter": f"{self._scope}({other.name})",
                }
                set_ |= {"annotation": other.annotation} if other.annotation != one.annotation else {}
                set_ |= {"default": other.default} if other.default != one.default else {}
                steps.append(set_)
        yield Candidate(Rung.OPERATION, tuple(steps))

    def _set(self, old: _Function, new: _Function) -> Iterator[Candidate]:
        """Yield the steps that change parameters in their places."""
        left, right = _declared(self._old, old), _declared(self._new, new)
        if [(each.name, each.kind) for each in left] != [(each.name, each.kind) for each in right]:
            return
        steps: list[dict[str, Any]] = []
        for one, other in zip(left, right, strict=True):
            if one == other:
                continue
            target = f"{self._scope}({one.name})"
            if one.default == other.default and one.annotation and other.annotation:
                step = {"op": "annotation.set", **self._files, "target": target, "annotation": other.annotation}
                steps.append({**step, "was": one.annotation})
                continue
            set_: dict[str, Any] = {"op": "parameter.set", **self._files, "parameter": target}
            is_optional = other.annotation == f"typing.Optional[{one.annotation}]" and other.default == "None"
            if is_optional and not one.default:
                steps.append({**set_, "optional": True})
                continue
            set_ |= {"annotation": other.annotation} if other.annotation != one.annotation else {}
            set_ |= {"default": other.default} if other.default != one.default else {}
            steps.append({**set_, "was": one.code})
        if steps:
            yield Candidate(Rung.OPERATION, tuple(steps))

    def _resized(self, old: _Function, new: _Function) -> Iterator[Candidate]:
        """Yield the steps that add parameters, or take some away."""
        left, right = _declared(self._old, old), _declared(self._new, new)
        come = [each for each in right if each not in left]
        gone = [each for each in left if each not in right]
        if come and not gone and [each for each in right if each in left] == left:
            for ways in (0, 1):
                steps = [self._adding(each, right, new, ways) for each in come]
                if all(steps):
                    yield Candidate(Rung.OPERATION, tuple(step for step in steps if step))
            for at in (1, 2):
                yield self._header([], *self._around(left, right, come, old.name, at))
        if gone and not come:
            names = [f"{self._scope}({each.name})" for each in gone]
            name = names[0] if len(names) == 1 else names
            yield Candidate(Rung.OPERATION, ({"op": "delete", **self._files, "name": name},))

    def _adding(self, each: _Declared, right: Sequence[_Declared], new: _Function, ways: int) -> dict[str, Any] | None:
        """Return the step that adds a parameter and passes it on as the edited code does."""
        step: dict[str, Any] = {"op": "parameter.add", **self._files, "function": self._scope, "parameter": each.code}
        at = right.index(each)
        if ways and at:
            step["after"] = right[at - 1].name
        elif ways and at + 1 < len(right):
            step["before"] = right[at + 1].name
        calls, kept = _uses(self._new, new, each.name)
        step |= {"pass_to": calls} if calls else {"store": kept} if kept else {}
        return step if calls or kept else None

    def _around(
        self, left: Sequence[_Declared], right: Sequence[_Declared], come: Sequence[_Declared], name: str, width: int
    ) -> tuple[str, Sequence[str], str]:
        """Return headers that name what is added and the parameters beside it."""
        first, last = right.index(come[0]), right.index(come[-1])
        start, stop = max(first - width, 0), min(last + width, len(right) - 1)
        after = list(right[start : stop + 1])
        before = [each for each in after if each not in come]
        head = ["$$$A"] if start else []
        tail = ["$$$B"] if stop < len(right) - 1 else []
        texts = [f"def {name}({', '.join([*head, *_starred(each, bool(head)), *tail])}):" for each in (before, after)]
        return texts[0], (), texts[1]

    def _whole(self, old: _Function, new: _Function) -> Iterator[Candidate]:
        """Yield the change of the whole header, line by line as it is laid out."""
        codes = []
        for side, node in ((self._old, old), (self._new, new)):
            text = side.source.text
            lines = [
                text.line(line)[node.col_offset :] for line in range(node.lineno, side.source.header_end(node) + 1)
            ]
            codes.append("\n".join(lines))
        if is_plain(*codes) and all(each.rstrip().endswith(":") for each in codes):
            yield self._header([], codes[0], [], codes[1])


def _declared(side: Side, node: _Function) -> list[_Declared]:
    """Return the parameters of a function: plain ones, those given by name alone, and what takes the rest."""
    arguments = node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    listed: list[tuple[str, ast.arg, ast.expr | None]] = [
        ("plain", each, default) for each, default in zip(plain, [*defaults, *arguments.defaults], strict=True)
    ]
    listed += [("rest", arguments.vararg, None)] if arguments.vararg else []
    listed += [
        ("named", each, default) for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    listed += [("keywords", arguments.kwarg, None)] if arguments.kwarg else []
    return [
        _Declared(
            name=each.arg,
            stars={"rest": "*", "keywords": "**"}.get(kind, ""),
            kind=kind,
            annotation=side.segment(each.annotation) if each.annotation is not None else "",
            default=side.segment(default) if default is not None else "",
        )
        for kind, each, default in listed
    ]


def _as_given(text: str) -> str:
    """Return a docstring as the argument of a step: below an empty line where its first line counts for its indent."""
    above = "" if inspect.cleandoc(text) == text else "\n"
    return f"{above}{text}\n" if "\n" in text else text


def _is_spread(node: ast.AST | None) -> bool:
    """Tell whether a docstring has its quotes on lines of their own: it keeps them where it is not written anew."""
    first = node.body[0] if isinstance(node, ast.Module | ast.ClassDef | _Function) else None
    return first is not None and first.lineno != first.end_lineno


def _without_blocks(statement: ast.stmt) -> ast.stmt:
    """Return a statement without its blocks, the positions of its header as they are."""
    made = copy.copy(statement)
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        if hasattr(made, name):
            setattr(made, name, [])
    return made


def _starred(declared: Sequence[_Declared], is_open: bool) -> list[str]:
    """Return parameters as a header has them: a bare star in front of the first that is given by name."""
    texts: list[str] = []
    is_behind = is_open
    for each in declared:
        is_behind = is_behind or bool(each.stars)
        if each.kind == "named" and not is_behind:
            texts.append("*")
            is_behind = True
        texts.append(each.code)
    return texts


def _uses(side: Side, node: _Function, name: str) -> tuple[list[str], str]:
    """Return the calls that a function passes a parameter to by its name, and the attribute it is kept in."""
    calls: list[str] = []
    kept = ""
    for each in ast.walk(node):
        match each:
            case ast.Call(func=func, keywords=keywords):
                passed = any(
                    one.arg == name and isinstance(one.value, ast.Name) and one.value.id == name for one in keywords
                )
                text = side.segment(func)
                calls += [text] if passed and text not in calls else []
            case ast.Assign(targets=[ast.Attribute() as target], value=ast.Name(id=value)) if value == name:
                kept = side.segment(target)
            case _:
                pass
    return calls, kept


def _bases(side: Side, node: ast.ClassDef) -> str:
    listed = ", ".join(side.segment(each) for each in (*node.bases, *node.keywords))
    return f"class {node.name}({listed}):" if listed else f"class {node.name}:"
