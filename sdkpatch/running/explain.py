"""Explain a patch or an operation from what it declares; the text's form is a template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .. import resources
from ..bounds.printable import printable
from ..errors import UsageError
from ..loading.patchfile import shared_fields
from ..operation import Operation
from ..operations import OPERATIONS
from ..schema import toml_source
from ..schema.fields import Field, ListOf, MapOf, Table, did_you_mean


class Argument(NamedTuple):
    """One argument of an operation or parameter of a recipe, as a person reads it."""

    key: str
    kind: str
    doc: str
    default: str


def explain_operation(operation: Operation[Any]) -> str:
    """Return what an operation does, its arguments, and the example of the first recipe that uses it."""
    return _render(
        title=f"{operation.name}: {operation.summary}",
        why=looks_at(operation),
        label="Arguments",
        arguments=[*arguments(operation.fields), *arguments(shared_fields(operation)[1:])],
        steps=[],
        link="",
        examples=_shown_by(operation.name),
    )


def looks_at(operation: Operation[Any]) -> str:
    """Return one sentence on the files that an operation looks at."""
    if operation.files == ("**",):
        return "Its arguments name the files."
    if not operation.files:
        return "It looks at the files that `files` in the step names."
    files = ", ".join(f"`{each}`" for each in operation.files)
    return f"It looks at {files} unless `files` in the step names others."


def _shown_by(name: str) -> list[str]:
    """Return the first step of a recipe or of the patch book that uses an operation, and what it does."""
    for path in (*resources.recipes().values(), *resources.book().values()):
        text = path.read_text(encoding="utf-8")
        steps = [part for part in _steps(text) if f'\nop = "{name}"\n' in f"{part}\n"]
        if steps:
            return [steps[0], *example_diffs(toml_source.parse(text))]
    return []


def _steps(text: str) -> list[str]:
    """Return the tables ``[[step]]`` of a patch file as they are written, each with the tables inside it."""
    tables = re.split(r"^(?=\[\[(?:step|example)\]\])", text, flags=re.MULTILINE)
    return [part.rstrip() for part in tables if part.startswith("[[step]]")]


def explain_patch(name: str, base: Path) -> str:
    """Return what a recipe or patch file does: why, its parameters, its steps, its examples.

    Raises UsageError for a name that is neither.
    """
    path = resources.recipes().get(name, base / name)
    if not path.is_file():
        known = [*resources.recipes(), *OPERATIONS]
        raise UsageError(
            name,
            found="nothing of that name",
            expected="a recipe, a patch file or an operation",
            hint=did_you_mean(name, known),
        )
    text = path.read_text(encoding="utf-8")
    table = toml_source.parse(text)
    parameters = [
        Argument(
            key=key,
            kind=str(each.get("type", "string")),
            doc=str(each.get("doc", "")),
            default=repr(each["default"]) if "default" in each else "",
        )
        for key, each in table.get("parameters", {}).items()
    ]
    return _render(
        title=f"{table.get('id', name)}: {table.get('title', '')}",
        why=str(table.get("why", "")).strip(),
        label="Parameters",
        arguments=parameters,
        steps=_steps(text),
        link=str(table.get("link", "")),
        examples=list(example_diffs(table)),
    )


def arguments(fields: Sequence[Field], prefix: str = "") -> Iterator[Argument]:
    """Yield declared fields, each followed by the fields of the tables it holds."""
    for field in fields:
        kind = field.kind
        default = json.dumps(field.default) if field.default or field.default is False else ""
        label = kind.label + (" (required)" if field.required else "")
        yield Argument(key=prefix + field.name, kind=label, doc=field.doc, default=default)
        inner = f"{prefix}{field.name}."
        if isinstance(kind, MapOf):
            kind, inner = kind.item, f"{inner}NAME."
        elif isinstance(kind, ListOf):
            kind = kind.item
        if isinstance(kind, Table):
            yield from arguments(kind.fields, inner)


def example_diffs(table: Mapping[str, object]) -> Iterator[str]:
    import difflib

    examples = table.get("example", [])
    for example in examples if isinstance(examples, list) else []:
        before = str(example.get("before", "")).splitlines()
        after = str(example.get("after", example.get("before", ""))).splitlines()
        yield "\n".join(list(difflib.unified_diff(before, after, "before", "after", lineterm="", n=2)))


def _render(**values: object) -> str:
    import jinja2

    # trim_blocks, so that a line that holds only a tag leaves no empty line
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    source = (resources.folder("templates") / "explain.txt.j2").read_text(encoding="utf-8")
    lines = environment.from_string(source).render(values).rstrip().split("\n")
    return "".join(f"{printable(line)}\n" for line in lines)
