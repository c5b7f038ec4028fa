"""``docstring.set``: give modules, classes, functions or fields another docstring."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import Target, select
from ..python import blocks as block_edits
from ..python.source import Block, Source, docstring_text, first_line, is_docstring
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared.structural import Selectors, Structural, judged, texts


class Docstring(NamedTuple):
    """The text wanted, and the one before; both without indent."""

    targets: tuple[str, ...]
    text: str
    was: str | None


class DocstringSet(Structural[Docstring]):
    """The operation; see docs/operations/docstring.set.md."""

    name = "docstring.set"
    summary = "Set the docstring of modules, classes, functions or fields."
    kinds = ("class", "function", "field")
    fields = (
        Field(
            "target",
            Selectors(),
            "What gets the docstring: a class, function or field, or `module` for the module itself.",
            True,
        ),
        Field("text", String("a text", empty=False), "The docstring, without quotes.", True),
        Field("was", String("a text"), "What it must be before the change. Any other docstring is a conflict."),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Docstring:
        """Take the indent off the texts."""
        if "module" in texts(arguments, "target") and not arguments.get("files"):
            report(key, found='"module" without files', expected="files that say which modules")
        was = arguments["was"]
        return Docstring(
            targets=texts(arguments, "target"),
            text=_plain(str(arguments["text"])),
            was=_plain(was) if isinstance(was, str) else None,
        )

    def selectors(self, arguments: Docstring) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.targets

    def sites(self, source: Source, arguments: Docstring) -> list[Judgement]:
        """Judge everything the selector names."""
        return [judged(source, each, _verdict(source, arguments, each)) for each in select(source, arguments.targets)]


def _verdict(source: Source, arguments: Docstring, target: Target) -> Held | ToDo | Conflict:
    if target.kind in ("parameter", "return"):
        return Conflict(reason=f"a {target.kind} has no docstring", hint="set that of the function")
    block, place = _place(target)
    there = place < len(block) and is_docstring(block[place])
    now = docstring_text(block[place]) if there else ""
    if there and place + 1 < len(block) and is_docstring(block[place + 1]):
        reason = f"two strings follow each other on line {block[place].lineno}"
        return Conflict(reason=reason, hint="a merge left both: remove one of the two")
    if there and now == arguments.text:
        return Held()
    if arguments.was is not None and now != arguments.was:
        reason = "its docstring is neither the one that the step sets nor the one in was"
        return Conflict(
            reason=reason, hint="the generator changed it: bring was up to date", details=tuple(now.split("\n")[:8])
        )
    return ToDo(work=partial(_edits, source, target, block, place, there, arguments.text))


def _place(target: Target) -> tuple[Block, int]:
    """Return where the docstring is or would be: in a body, or below a field."""
    if isinstance(target.node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return target.node.body, 0
    place = next(index for index, each in enumerate(target.block) if each is target.node)
    return target.block, place + 1


def _plain(text: str) -> str:
    """Return a text as it stands in a docstring: without its indent and without blanks at line ends."""
    return "\n".join(line.rstrip() for line in inspect.cleandoc(text.replace("\r\n", "\n")).split("\n"))


def _quoted(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if "\n" not in text and not text.startswith('"') and not text.endswith('"'):
        return f'"""{text}"""'
    return f'"""\n{text}\n"""'


def _edits(source: Source, target: Target, block: Block, place: int, there: bool, text: str) -> list[Edit]:
    if there:
        return block_edits.replace(source, [block[place]], _quoted(text))
    if target.kind == "field":  # directly below, whatever the usual gap is
        at = source.text.start_of((getattr(target.node, "end_lineno", 1)) + 1)
        indent = block_edits.block_indent(source, block)
        return [Edit(at, at, block_edits.reindent(_quoted(text), indent) + "\n")]
    if target.kind == "function":
        at = source.text.start_of(first_line(block[0]))
        return [Edit(at, at, block_edits.reindent(_quoted(text), block_edits.block_indent(source, block)) + "\n")]
    return block_edits.insert(source, block, 0, _quoted(text), top=target.kind == "module")
