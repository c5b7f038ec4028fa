"""Turn the text of a patch file into a Patch, or into every mistake in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..bounds import globs
from ..errors import Mistake
from ..model import Example, Expectation, Patch, Step
from ..operation import Operation
from ..schema import toml_source
from ..schema.fields import (
    Boolean,
    Field,
    JsonSchema,
    KeyPath,
    ListOf,
    MapOf,
    Scalar,
    String,
    Table,
    describe,
    did_you_mean,
    schema_document,
    show_key,
)
from ..tree import Tree
from . import parameters, read_values, release_literals

_EXPECT = re.compile(r"(>=|<=|=)\s*(\d{1,9})")


def _expect_problem(text: str) -> str:
    return "" if text == "any" or _EXPECT.fullmatch(text) else 'write "=4", ">=2", "<=10" or "any"'


def _place_problem(text: str) -> str:
    files, colon, wanted = text.partition(":")
    if colon and not re.fullmatch(r"[A-Za-z_*?{][\w*?{},.#@-]*(\([\w*?{},]+\))?", wanted):
        return 'write a selector behind the colon, such as "src/acme/client.py:Client.get"'
    return globs.problem(files)


def _generator_problem(text: str) -> str:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return 'write a version specifier such as ">=4.5" or ">=4.5,<5"'
    return ""


EXPECT = Table(
    (
        Field(
            "sites",
            String('a count such as ">=1"', problem=_expect_problem),
            "How many sites the step must find; by default `>=1`.",
        ),
        Field(
            "at",
            ListOf(String("FILES or FILES:SELECTOR", problem=_place_problem, empty=False), least=1),
            "Count only sites in these places. Each place must hold one.",
        ),
        Field(
            "credential",
            String('"set" or "any"', choices=("set", "any")),
            "Whether the SDK's own code must set the credential that the step takes; by default `set`.",
        ),
    )
)
STEP_FIELDS = (
    Field("op", String("the name of an operation"), "The operation.", required=True),
    Field(
        "files",
        ListOf(String("a glob", problem=globs.problem), least=1),
        "The files the step looks at: globs relative to the SDK tree.",
    ),
    Field("expect", EXPECT, "What the step must find. Otherwise the generator has changed, which is a conflict."),
    Field(
        "twins", Boolean(), "Whether a site without its sync, async, plain or raw twin is a conflict.", default=False
    ),
)
LEAVE = Field(
    "leave",
    ListOf(String("a glob", problem=globs.problem), least=1),
    "Globs of files outside `files` whose sockets stay as they are.",
)
EXAMPLE = Table(
    (
        Field("before", String(), "Generated code; absent means that there is no such file."),
        Field("after", String(), "The same code patched; absent means it must not change."),
        Field("path", String(), "The path the code is taken to stand at; default src/example/client.py."),
    )
)
PATCH_FIELDS = (
    Field("id", String("a short name", empty=False), "The patch's name: letters, digits, - and _.", required=True),
    Field("title", String("one line", empty=False), "What the patch does, in one line.", required=True),
    Field("why", String(), "Why the generated code does not do."),
    Field("link", String(), "An issue or specification."),
    Field("freeze", Boolean(), "Also list the patched files in .fernignore.", default=False),
    Field(
        "when",
        Table(
            (
                Field(
                    "generator",
                    String("a version specifier", problem=_generator_problem),
                    "The versions of the generator, as a PEP 440 specifier.",
                ),
            )
        ),
        "When the patch applies; otherwise it is skipped.",
    ),
)


def shared_fields(operation: Operation[Any]) -> tuple[Field, ...]:
    """Return the keys of an operation's steps that are not its own arguments."""
    return (*STEP_FIELDS, *((LEAVE,) if operation.strays else ()))


def _step_fields(operation: Operation[Any]) -> tuple[Field, ...]:
    return (*shared_fields(operation), *operation.fields)


class _Mistakes:
    """Collects the mistakes of one file, each with the line of its key."""

    def __init__(self, text: str, origin: str) -> None:
        self._text = text
        self._origin = origin
        self.found: list[Mistake] = []

    @cached_property
    def _lines(self) -> dict[tuple[str | int, ...], int]:
        return toml_source.key_lines(self._text)

    def line(self, key: KeyPath) -> int:
        return toml_source.line_of(self._lines, key)

    def report(self, key: KeyPath, *, found: str, expected: str, hint: str = "") -> None:
        mistake = Mistake(
            file=self._origin, line=self.line(key), key=show_key(key), found=found, expected=expected, hint=hint
        )
        self.found.append(mistake)

    def in_order(self) -> tuple[Mistake, ...]:
        return tuple(sorted(self.found, key=lambda mistake: (mistake.line, mistake.key)))


Reader = Callable[[str], str]


class PatchText:
    """A patch file that parsed as TOML; ``bind`` makes the Patch.

    ``read`` returns the text of a file beside it, or raises ValueError with the reason why it cannot.
    """

    def __init__(self, text: str, origin: str, read: Reader | None = None) -> None:
        self._mistakes = _Mistakes(text, origin)
        self._read = read
        self.origin = origin
        self.table: Mapping[str, object] = {}
        try:
            self.table = toml_source.parse(text)
        except ValueError as error:
            reason = toml_source.error_reason(error)
            mistake = Mistake(file=origin, line=toml_source.error_line(error), key="", found=reason, expected="TOML")
            self._mistakes.found.append(mistake)
        self.is_toml = not self._mistakes.found

    @property
    def title(self) -> str:
        """The title, or an empty string when the file has none."""
        title = self.table.get("title", "")
        return title if isinstance(title, str) else ""

    @property
    def id(self) -> str:
        """The id, or an empty string when the file has none."""
        name = self.table.get("id", "")
        return name if isinstance(name, str) else ""

    def parameter_names(self) -> tuple[str, ...]:
        """Return the names of the declared parameters."""
        table = self.table.get("parameters")
        return tuple(table) if isinstance(table, Mapping) else ()

    def read_from(self, root: Path | Tree, given: Mapping[str, object]) -> dict[str, object]:
        """Return ``given`` with the values that parameters take from files of the SDK at ``root`` put to it."""
        declared = parameters.declared(self.table.get("parameters", {}), lambda *_, **__: None)
        return read_values.filled(declared, root, given, self._mistakes.report)

    def bind(
        self, given: Mapping[str, object], operations: Mapping[str, Operation[Any]], origin: KeyPath = ("--set",)
    ) -> tuple[Patch | None, tuple[Mistake, ...], tuple[tuple[KeyPath, str, str, str], ...]]:
        """Return the patch with its parameters bound, or None, and the mistakes.

        The third part holds mistakes in ``given``, which stand in another file: ``origin`` is the key path there.
        """
        if not self.is_toml:
            return None, self._mistakes.in_order(), ()
        try:
            return self._bound(given, operations, origin)
        except RecursionError:
            self._mistakes.report((), found="tables or code that are nested too deeply", expected="a patch")
            return None, self._mistakes.in_order(), ()

    def _bound(
        self, given: Mapping[str, object], operations: Mapping[str, Operation[Any]], origin: KeyPath
    ) -> tuple[Patch | None, tuple[Mistake, ...], tuple[tuple[KeyPath, str, str, str], ...]]:
        outside: list[tuple[KeyPath, str, str, str]] = []

        def report_given(key: KeyPath, *, found: str, expected: str, hint: str = "") -> None:
            outside.append((key, found, expected, hint))

        report = self._mistakes.report
        declared = parameters.declared(self.table.get("parameters", {}), report)
        values = parameters.bind(declared, given, report_given, origin)
        # A value that is missing was reported already; what it goes into must not look wrong as well.
        known = {name: _stand_in(each) for name, each in declared.items()} | values
        renderer = parameters.Renderer(known, report)
        body = {key: value for key, value in self.table.items() if key != "parameters"}
        rendered = renderer.render(body, ()) if declared else body
        if isinstance(rendered, dict):
            rendered["step"] = self._with_files(rendered.get("step"), operations, renderer)
        for name in sorted(declared.keys() - renderer.used):
            report(("parameters", name), found="a parameter that nothing uses", expected="{{ " + name + " }} somewhere")
        bindable = not outside
        patch = self._build(rendered if isinstance(rendered, Mapping) else {}, operations, values, bindable)
        mistakes = self._mistakes.in_order()
        return (patch if not mistakes and bindable else None), mistakes, tuple(outside)

    def _with_files(
        self, steps: object, operations: Mapping[str, Operation[Any]], renderer: parameters.Renderer
    ) -> object:
        """Return the steps with the files they name read and rendered: a template is one with parameters or without."""
        if not isinstance(steps, list):
            return steps
        read: list[object] = []
        for index, step in enumerate(steps):
            name = step.get("op") if isinstance(step, Mapping) else None
            operation = operations.get(name) if isinstance(name, str) else None
            table = dict(step) if isinstance(step, Mapping) else step
            for argument in operation.reads if operation else ():
                key: KeyPath = ("step", index, argument)
                if isinstance(table, dict) and isinstance(table.get(argument), str):
                    table[argument] = str(renderer.render_template(self._file(table[argument], key), key))
            read.append(table)
        return read

    def _file(self, name: str, key: KeyPath) -> str:
        try:
            if self._read is None:
                raise ValueError("the patch is not a file, so no file can be beside it")
            return self._read(name)
        except ValueError as error:
            self._mistakes.report(key, found=describe(name), expected="a text file beside the patch", hint=str(error))
            return ""

    def _build(
        self,
        table: Mapping[str, object],
        operations: Mapping[str, Operation[Any]],
        values: Mapping[str, parameters.Value],
        bindable: bool,
    ) -> Patch:
        report = self._mistakes.report
        top = Table(PATCH_FIELDS, also=("step", "example", "parameters")).check(table, (), report)
        assert isinstance(top, dict)
        name = top["id"]
        if isinstance(name, str) and name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
            report(("id",), found=describe(name), expected="letters, digits, - and _")
        steps = table.get("step", [])
        if not isinstance(steps, list) or not steps:
            report(("step",), found=describe(steps) if "step" in table else "nothing", expected="one [[step]] or more")
            steps = []
        built = [self._step(step, ("step", index), operations, bindable) for index, step in enumerate(steps)]
        examples = ListOf(EXAMPLE).check(table.get("example", []), ("example",), report)
        assert isinstance(examples, list)
        for index, example in enumerate(examples):
            if isinstance(example, Mapping) and example.get("before") is None and example.get("after") is None:
                report(("example", index), found="neither before nor after", expected="one of the two")
        return Patch(
            id=str(name),
            title=str(top["title"]),
            why=str(top["why"] or "").strip(),
            link=str(top["link"] or ""),
            origin=self.origin,
            generator=str((top["when"] or {}).get("generator") or ""),
            freeze=bool(top["freeze"]),
            steps=tuple(step for step in built if step is not None),
            examples=tuple(_example(example) for example in examples),
            parameters=dict(values),
        )

    def _step(
        self, table: object, key: KeyPath, operations: Mapping[str, Operation[Any]], bindable: bool
    ) -> Step | None:
        report = self._mistakes.report
        if not isinstance(table, Mapping):
            report(key, found=describe(table), expected="a table")
            return None
        name = table.get("op")
        operation = operations.get(name) if isinstance(name, str) else None
        if operation is None:
            if isinstance(name, str):
                hint = did_you_mean(name, operations)
                report((*key, "op"), found=describe(name), expected="the name of an operation", hint=hint)
            else:
                report((*key, "op"), found=describe(name) if name is not None else "nothing", expected="an operation")
            return None
        before = len(self._mistakes.found)
        checked = Table(_step_fields(operation)).check(table, key, report)
        assert isinstance(checked, dict)
        if len(self._mistakes.found) > before or not bindable:
            return None
        compiled = operation.compile(checked, key, report)
        usual = operation.files_for(compiled) if compiled is not None else operation.files
        files = tuple(checked["files"] or usual)
        expect = _expectation(checked["expect"] or {})
        return Step(
            operation=operation.name,
            files=files,
            arguments=compiled,
            expect=expect,
            line=self._mistakes.line(key),
            twins=bool(checked["twins"]),
            leave=tuple(checked.get("leave") or ()),
            text=repr(table),
            literals=release_literals.literals(self.table, key[1]),
        )


def _stand_in(declaration: Mapping[str, object]) -> parameters.Value:
    default = declaration.get("default", "x")
    return default if isinstance(default, str | int) else "x"


def _expectation(table: Mapping[str, object]) -> Expectation:
    sites = str(table.get("sites") or ">=1")
    credential = table.get("credential") != "any"
    places = table.get("at")
    at = tuple(map(str, places)) if isinstance(places, list) else ()
    if found := _EXPECT.fullmatch(sites):
        return Expectation(relation=found[1], sites=int(found[2]), credential=credential, at=at)
    return Expectation(relation="any", sites=0, credential=credential, at=at)


def _example(table: object) -> Example:
    if not isinstance(table, Mapping):
        return Example(before=None, after=None, path="")
    before, after = table.get("before"), table.get("after")
    return Example(
        before=None if before is None else str(before),
        after=None if after is None else str(after),
        path=str(table.get("path") or "src/example/client.py"),
    )


def json_schema(operations: Mapping[str, Operation[Any]]) -> JsonSchema:
    """Return the JSON Schema (draft 2020-12) of a patch file, one alternative per operation."""
    steps: list[JsonSchema] = []
    for operation in sorted(operations.values(), key=lambda operation: operation.name):
        step = Table(_step_fields(operation)).schema()
        properties = step["properties"]
        assert isinstance(properties, dict)
        properties["op"] = {"const": operation.name, "description": operation.summary}
        steps.append(step)
    parameter = {
        "type": "object",
        "properties": {
            "type": {"enum": list(parameters.TYPES)},
            "default": Scalar().schema(),
            "doc": {"type": "string"},
            "from": {"anyOf": [{"type": "string"}, ListOf(String(), least=1).schema()]},
            "choices": ListOf(Scalar()).schema(),
        },
        "additionalProperties": False,
    }
    schema = Table(
        (
            *PATCH_FIELDS,
            Field("step", ListOf(MapOf(String())), "The steps, in order.", required=True),
            Field("example", ListOf(EXAMPLE), "Executable documentation."),
            Field("parameters", MapOf(String()), "Makes the patch a recipe."),
        )
    ).schema()
    properties = schema["properties"]
    assert isinstance(properties, dict)
    properties["step"] = {"type": "array", "minItems": 1, "items": {"oneOf": steps}}
    properties["parameters"] = {"type": "object", "additionalProperties": parameter}
    return schema_document("patch", schema)
