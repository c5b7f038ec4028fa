"""Changes around the methods that open: the client wrapper, the root clients, the helpers of core, the environments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from reliability.mutants.changes import Mutant, Source
from reliability.mutants.points import points
from reliability.mutants.sdks import Subject

HELPERS = ("query_encoder", "remove_none_from_dict", "jsonable_encoder", "serialization", "websocket_compat")
_KEY_LINE = re.compile(r"^( +)headers\[(\"[\w-]*(?:[kK]ey|uthorization)\")\] = (.*)$", re.MULTILINE)
_PASSED = re.compile(r"^( +)(\w*api\w*key)=(\w+),$", re.MULTILINE)


def around(subject: Subject, root: Path) -> Iterator[Mutant]:
    """Yield the mutants of what stands around the openings."""
    package = f"{subject.folder}/{subject.package}".removeprefix("./")
    for path in (f"{package}/client.py", f"{package}/base_client.py"):
        if (root / path).exists():
            source = Source(root, path)
            yield from _small("root", source, r"^__init__$|^external_session$|^_apply")
            yield from _keys_passed(source)
    wrapper = Source(root, f"{package}/core/client_wrapper.py")
    yield from _small("wrapper", wrapper, r"^(__init__|get_headers|get_custom_headers|get_environment|get_base_url)$")
    yield from _key_lines(wrapper)
    for name in HELPERS:
        path = f"{package}/core/{name}.py"
        if (root / path).exists():
            yield from _small("helper", Source(root, path), "")
    yield from _environments(Source(root, f"{package}/environment.py"))


def _small(where: str, source: Source, wanted: str) -> Iterator[Mutant]:
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and re.search(wanted, node.name):
            for point in points(source, node):
                text = source.edited(point.edits)
                yield Mutant(f"{where}: {point.kind}", f"{point.label} {node.name}", {source.path: text})


def _changed(kind: str, label: str, source: Source, start: int, end: int, new: str) -> Mutant:
    return Mutant(kind, f"{source.path} {label}", {source.path: source.text[:start] + new + source.text[end:]})


def _key_lines(source: Source) -> Iterator[Mutant]:
    """Change the line that puts the key into a header."""
    for found in _KEY_LINE.finditer(source.text):
        indent, name, value = found.groups()
        line = found[0].strip()
        bare = "self.api_key" if "self." not in value else value[value.index("self.") :].rstrip('}"')
        ways = {
            "key: fixed": f'headers[{name}] = "fixed"',
            "key: pass": "pass",
            "key: with a scheme": f'headers[{name}] = f"Bearer {{{bare}}}"',
            "key: cut": f"headers[{name}] = {value}[:-1]",
            "key: reversed": f"headers[{name}] = {value}[::-1]",
            "key: upper case": f"headers[{name}] = {value}.upper()",
            "key: lower case": f"headers[{name}] = {value}.lower()",
            "key: quoted": f"headers[{name}] = __import__('urllib.parse').parse.quote({value})",
            "key: in another header as well": f"{line}\n{indent}headers['X-Other'] = {bare}",
            "key: in another header instead": f"headers['X-Other'] = {value}",
            "key: in two cases": f"{line}\n{indent}headers[{name}.swapcase()] = {value}",
            "key: header in another case": f"headers[{name}.swapcase()] = {value}",
            "key: in a cookie as well": f'{line}\n{indent}headers["Cookie"] = "key=" + {bare}',
            "key: encoded in another header": (
                f"{line}\n{indent}headers['X-Other'] = __import__('urllib.parse').parse.quote({bare})"
            ),
            "key: of the environment": f"headers[{name}] = __import__('os').environ.get('KEY', 'none')",
            "key: by update": f"headers.update({{{name}: {value}}})",
            "key: by a local": f"_value = {value}\n{indent}headers[{name}] = _value",
        }
        for kind, new in ways.items():
            yield _changed(kind, line, source, *found.span(), f"{indent}{new}")


def _keys_passed(source: Source) -> Iterator[Mutant]:
    """Change what a root client hands to the wrapper."""
    for found in _PASSED.finditer(source.text):
        indent, name, value = found.groups()
        label = f"{found[0].strip()} at {found.start()}"
        ways = {
            "root: key fixed": f'{name}="fixed",',
            "root: key left out": "",
            "root: key changed": f"{name}={value} and {value} + 'x',",
            "root: key cut": f"{name}={value} and {value}[1:],",
            "root: key by another name": f"{name}=({value}),",
        }
        for kind, new in ways.items():
            yield _changed(kind, label, source, *found.span(), f"{indent}{new}")


def _environments(source: Source) -> Iterator[Mutant]:
    for found in re.finditer(r'(\w+)="(\w+)://([^/"]+)([^"]*)"', source.text):
        name, scheme, host, path = found.groups()
        ways = {
            "environment: host changed": f'{name}="{scheme}://other.{host}{path}"',
            "environment: path changed": f'{name}="{scheme}://{host}{path}/other"',
            "environment: port added": f'{name}="{scheme}://{host}:8443{path}"',
            "environment: no TLS": f'{name}="{scheme.rstrip("s") if scheme == "wss" else scheme}://{host}{path}"',
            "environment: by concatenation": f'{name}="{scheme}://" + "{host}{path}"',
        }
        for kind, new in ways.items():
            yield _changed(kind, f"{name} at {found.start()}", source, *found.span(), new)
