"""The code that ``websocket.auth`` inserts, wrapped as ruff would wrap it.

Each statement comes in the layouts ruff chooses from, widest first; the first that fits is taken.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from .arguments import Arguments, Credential

COMMENT = "# sdkpatch: the credential goes into the query, not into a header"


class LocalNames(NamedTuple):
    """The local names the code uses. ``request_options`` is empty where the caller passes no headers."""

    url: str
    headers: str
    request_options: str
    caller: str
    sent: str
    split: str
    pair: str
    credentials: tuple[tuple[str, str], ...]


def render(arguments: Arguments, names: LocalNames, width: int) -> str:
    """Return the statements, each ending in a newline, for a block that is ``width`` columns wide."""
    local = dict(names.credentials)
    used: list[list[str]] = []
    pairs = f"{names.headers}.items()"
    if names.request_options:
        used.append(_caller(names))
        used.append(_sent_with_caller(names))
    else:
        used.append(_comprehension(f"{names.sent} = ", "name.lower(): value", pairs, ""))
    for credential in arguments.take:
        used += _take(credential, local[credential.name], names)
    if arguments.drop_headers:
        condition = f"name in {names.caller}"
        if names.request_options:
            used.append(_comprehension(f"{names.headers} = ", "name: value", pairs, condition))
        else:
            used.append([f"{names.headers} = {{}}"])
    used.append(_call(f"{names.split} = urllib.parse.urlsplit", names.url))
    lines = [COMMENT, *(line for layouts in used for line in _choose(layouts, width).split("\n"))]
    for parameter, name in arguments.query:
        lines += _choose(_missing(names, parameter, local[name], width), width).split("\n")
        for layouts in _append(names, parameter, local[name]):
            lines += ["    " + line for line in _choose(layouts, width - 4).split("\n")]
    lines.append(f"{names.url} = {names.split}.geturl()")
    return "".join(line + "\n" for line in lines)


def columns(line: str) -> int:
    """Return the width of a line as ruff counts it: wide East Asian characters take two columns."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def _choose(layouts: list[str], width: int) -> str:
    """Return the first layout that fits, the narrowest where a name is longer than a line."""
    fitting = (layout for layout in layouts if all(columns(line) <= width for line in layout.split("\n")))
    return next(fitting, layouts[-1])


def _call(function: str, argument: str) -> list[str]:
    return [f"{function}({argument})", f"{function}(\n    {argument}\n)"]


def _comprehension(target: str, element: str, pairs: str, condition: str) -> list[str]:
    clause = f" if {condition}" if condition else ""
    wide = f"{target}{{{element} for name, value in {pairs}{clause}}}"
    line = f"\n    if {condition}" if condition else ""
    layouts = [
        wide,
        f"{target}{{\n    {element} for name, value in {pairs}{clause}\n}}",
        f"{target}{{\n    {element}\n    for name, value in {pairs}{line}\n}}",
    ]
    if " != " in condition:
        left, right = condition.split(" != ")
        layouts.append(f"{target}{{\n    {element}\n    for name, value in {pairs}\n    if {left}\n    != {right}\n}}")
    return layouts


def _caller(names: LocalNames) -> list[str]:
    return [
        f'{names.caller} = ({names.request_options} or {{}}).get("additional_headers") or {{}}',
        f'{names.caller} = ({names.request_options} or {{}}).get(\n    "additional_headers"\n) or {{}}',
    ]


def _sent_with_caller(names: LocalNames) -> list[str]:
    own, caller = f"*{names.headers}.items()", f"*{names.caller}.items()"
    layouts = _comprehension(f"{names.sent} = ", "name.lower(): value", f"[{own}, {caller}]", "")
    split = f"[\n        {own},\n        {caller},\n    ]"
    return [*layouts, f"{names.sent} = {{\n    name.lower(): value\n    for name, value in {split}\n}}"]


def _take(credential: Credential, local: str, names: LocalNames) -> list[list[str]]:
    header = f'"{credential.header.lower()}"'
    taken = [_call(f"{local} = {names.sent}.get", header)]
    if credential.scheme:
        prefix = f'"{credential.scheme.lower()} "'
        lowered = f"{local} is not None and {local}.lower().startswith"
        strip = f"    {local} = {local}[len({prefix}) :]"
        long_strip = f"    {local} = {local}[\n        len({prefix}) :\n    ]"
        heads = [
            f"if {lowered}({prefix}):",
            f"if {lowered}(\n    {prefix}\n):",
            f"if (\n    {local} is not None\n    and {local}.lower().startswith({prefix})\n):",
        ]
        taken.append([f"{head}\n{body}" for head in heads for body in (strip, long_strip)])
    kept = _comprehension(f"{names.headers} = ", "name: value", f"{names.headers}.items()", f"name.lower() != {header}")
    return [*taken, kept]


def _missing(names: LocalNames, parameter: str, local: str, width: int) -> list[str]:
    present = f"urllib.parse.parse_qs({names.split}.query, keep_blank_values=True)"
    present_split = f"urllib.parse.parse_qs(\n        {names.split}.query, keep_blank_values=True\n    )"
    opened = f'if {local} is not None and "{parameter}" not in urllib.parse.parse_qs('
    layouts = [
        f'if {local} is not None and "{parameter}" not in {present}:',
        f"{opened}\n    {names.split}.query, keep_blank_values=True\n):",
        f'if (\n    {local} is not None\n    and "{parameter}" not in {present}\n):',
        f'if (\n    {local} is not None\n    and "{parameter}"\n    not in {present}\n):',
        f'if (\n    {local} is not None\n    and "{parameter}"\n    not in {present_split}\n):',
    ]
    # A parameter that is too long anyway is no reason to split what fits on its own line.
    return layouts[:-1] if columns(f"    not in {present}") <= width else layouts


def _indented(parts: list[str]) -> str:
    return "\n    ".join(parts)


def _append(names: LocalNames, parameter: str, local: str) -> list[list[str]]:
    pair = f'"{parameter}": {local}'
    encoded = f"{names.pair} = urllib.parse.urlencode("
    joined = [f'f"{{{names.split}.query}}&{{{names.pair}}}"', f"if {names.split}.query", f"else {names.pair}"]
    return [
        [
            f"{encoded}{{{pair}}})",
            f"{encoded}\n    {{{pair}}}\n)",
            f"{encoded}\n    {{\n        {pair}\n    }}\n)",
        ],
        [
            f"{names.split} = {names.split}._replace(query={' '.join(joined)})",
            f"{names.split} = {names.split}._replace(\n    query={' '.join(joined)}\n)",
            f"{names.split} = {names.split}._replace(\n    query={_indented(joined)}\n)",
        ],
    ]
