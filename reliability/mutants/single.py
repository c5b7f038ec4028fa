"""Changes of one copy of a channel: something is lost, renamed, swapped or added, and the others keep it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from reliability.mutants.changes import Copy, Mutant
from reliability.mutants.points import points
from reliability.mutants.sdks import Subject

_ADDS = re.compile(r'(\.add\(|\n\s+|\{)"([\w-]+)"(: |, )([\w.()]+)')
_OPENS = re.compile(r"(websockets_sync_client\.connect|websockets_client_connect)\(ws_url, (\w+)=headers\)")


def within(subject: Subject, copy: Copy) -> Iterator[Mutant]:
    """Yield every small change of a method that opens."""
    for point in points(copy.source, copy.method):
        label = f"{point.label} {copy.method.name}"
        yield Mutant(f"method: {point.kind}", label, {copy.source.path: copy.source.edited(point.edits)})


def single(subject: Subject, copy: Copy) -> Iterator[Mutant]:
    """Yield the changes of one copy that a careless merge makes."""
    yield from _arguments(copy)
    yield from _removed(copy)
    yield from _texts(subject, copy)


def schemes(copies: Sequence[Copy]) -> Iterator[Mutant]:
    """Yield the SDK whose key keeps its scheme everywhere: as patched without knowing of it, and by a wrong edit."""
    taken_off = r" +if _key is not None and _key\.lower\(\)\.startswith.*\n +_key = _key\[len.*\n"
    texts = {each.source.path: re.sub(taken_off, "", each.source.text) for each in copies}
    if any(each.source.text != texts[each.source.path] for each in copies):
        yield Mutant("scheme: left out of the patch", "all copies", texts, has_scheme=False)
        yield Mutant("scheme: not taken off", "all copies", texts)


def replaced(copy: Copy, kind: str, label: str, text: str) -> Mutant:
    """Return a mutant that has another text for the method, whole lines with decorators."""
    edited = copy.source.edited([(*copy.source.lines(copy.method), text)])
    return Mutant(kind, f"{copy.name}: {label}", {copy.source.path: edited})


def _arguments(copy: Copy) -> Iterator[Mutant]:
    """Change how each argument gets into the query."""
    text = copy.source.block(copy.method)
    names = [each.arg for each in copy.method.args.kwonlyargs]
    for found in _ADDS.finditer(text):
        before, name, between, value = found.groups()
        if value not in names:
            continue
        other = names[(names.index(value) + 1) % len(names)]
        ways = {
            "argument renamed in the query": f'{before}"{name}_"{between}{value}',
            "argument swapped with another": f'{before}"{name}"{between}{other}',
            "argument fixed": f'{before}"{name}"{between}"fixed"',
            "argument changed": f'{before}"{name}"{between}({value} and str({value}) + "x")',
            "argument by the name of another": f'{before}"{other}"{between}{value}',
            "argument in parentheses": f'{before}"{name}"{between}({value})',
        }
        for kind, new in ways.items():
            changed = text[: found.start()] + new + text[found.end() :]
            yield replaced(copy, f"copy: {kind}", value, changed)
    body = text.index("    ws_url = ")
    for name in names:
        if name != "request_options":
            new = re.sub(rf'(?<!["\w]){name}(?!["\w])', f"{name}_", text[:body])
            used = re.sub(rf'(?<!["\w.]){name}(?!["\w])', f"{name}_", text[body:])
            yield replaced(copy, "copy: parameter renamed", name, new + used)


def _removed(copy: Copy) -> Iterator[Mutant]:
    """Take out a statement that carries an argument, or what the caller adds."""
    source, names = copy.source, {each.arg for each in copy.method.args.kwonlyargs}
    for node in copy.method.body:
        code = source.code(node)
        found = re.match(r"if (\w+)( is not None)?( and |:)", code)
        if isinstance(node, ast.If) and found and found[1] in names:
            kind = "copy: additional headers dropped" if "additional_headers" in code else "copy: argument dropped"
            kind = "copy: model argument dropped" if "flattened" in code or "encode" in code else kind
            text = source.edited([(*source.span(node), "pass")])
            yield Mutant(kind, f"{copy.name}: {found[1]}", {source.path: text})
    for inner in ast.walk(copy.method):
        if isinstance(inner, ast.Dict):
            for key, value in zip(inner.keys, inner.values, strict=True):
                code = source.code(value)
                if key is None and "additional_query_parameters" in code:
                    text = source.edited([(*source.span(value), "{}")])
                    kind = "copy: additional query dropped"
                    yield Mutant(kind, copy.name, {source.path: text})
                elif isinstance(key, ast.Constant) and names & {
                    e.id for e in ast.walk(value) if isinstance(e, ast.Name)
                }:
                    text = source.edited([(*source.span(value), "None")])
                    is_model = not isinstance(value, ast.Name)
                    kind = "copy: model argument dropped" if is_model else "copy: argument dropped"
                    yield Mutant(kind, f"{copy.name}: {source.code(key)}", {source.path: text})


def _texts(subject: Subject, copy: Copy) -> Iterator[Mutant]:
    """Change path, key, and what the opening is given, by text."""
    text = copy.source.block(copy.method)
    query = f'"{subject.query}"'
    encoded = f"urllib.parse.urlencode({{{query}: _key}})"
    path = re.search(r'(ws_url = .* \+ )"([^"]+)"', text)
    assert path is not None, copy.name
    opening = _OPENS.search(text)
    assert opening is not None, copy.name
    call, name = opening.groups()
    ways = {
        "copy: path changed": (path[0], f'{path[1]}"{path[2]}s"'),
        "copy: path without its end": (path[0], f'{path[1]}"{path[2][:-2]}"'),
        "copy: slash after the path": (path[0], f'{path[1]}"{path[2]}//"'),
        "copy: key by another name": (query, f'"{subject.query}_"'),
        "copy: key by a name in capitals": (query, f'"{subject.query.upper()}"'),
        "copy: key not encoded": (encoded, f'f"{subject.query}={{_key}}"'),
        "copy: key encoded twice": (encoded, f"urllib.parse.urlencode({{{query}: urllib.parse.quote(_key)}})"),
        "copy: key twice": (encoded, f"urllib.parse.urlencode([({query}, _key), ({query}, _key)])"),
        "copy: key in the fragment": (encoded, f'"#" + {encoded}'),
        "copy: key under a second name": (encoded, f'urllib.parse.urlencode({{{query}: _key, "other": _key}})'),
        "copy: key with a scheme": ("_key})", '"Bearer " + _key})'),
        "copy: key in a header as well": (opening[0], f'{call}(ws_url, {name}={{**headers, "X-Key": _key or ""}})'),
        "copy: key as a cookie as well": (opening[0], f'{call}(ws_url, {name}={{**headers, "Cookie": f"k={{_key}}"}})'),
        "copy: subprotocol added": (opening[0], f'{call}(ws_url, {name}=headers, subprotocols=["key"])'),
        "copy: header added": (opening[0], f'{call}(ws_url, {name}={{**headers, "X-Added": "1"}})'),
        "copy: headers dropped": (opening[0], f"{call}(ws_url, {name}={{}})"),
        "copy: headers not given": (opening[0], f"{call}(ws_url)"),
        "copy: origin added": (opening[0], f'{call}(ws_url, {name}=headers, origin="https://a.b")'),
        "copy: opened at another host": (opening[0], f'{call}(ws_url.replace("://", "://x."), {name}=headers)'),
        "copy: opened without TLS": (opening[0], f'{call}(ws_url.replace("wss:", "ws:"), {name}=headers)'),
        "copy: opened without the query": (opening[0], f'{call}(ws_url.split("?")[0], {name}=headers)'),
        "copy: query added": (opening[0], f'{call}(ws_url + "&added=1", {name}=headers)'),
    }
    for kind, (old, new) in ways.items():
        if old in text:
            yield replaced(copy, kind, copy.method.name, text.replace(old, new))
