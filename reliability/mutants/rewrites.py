"""Rewrites that send the same requests, and must not be refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from reliability.mutants.changes import Copy, Mutant
from reliability.mutants.sdks import Subject
from reliability.mutants.single import replaced


def rewrites(subject: Subject, copy: Copy) -> Iterator[Mutant]:
    """Yield other ways to write a method."""
    text = copy.source.block(copy.method)
    for kind, (old, new) in _ways(subject, text).items():
        changed = re.sub(old, new, text)
        if changed != text:
            yield replaced(copy, f"same: {kind}", copy.method.name, changed)
    yield from _other_order(copy)
    yield from _extracted(copy)


def _ways(subject: Subject, text: str) -> dict[str, tuple[str, str]]:
    name = subject.query
    encoded = re.escape(f'urllib.parse.urlencode({{"{name}": _key}})')
    call = r"(websockets_sync_client\.connect|websockets_client_connect)\(ws_url, (\w+)=headers\)"
    merged = r'_url = _url\._replace\(query=f"\{_url\.query\}&\{_query\}" if _url\.query else _query\)'
    return {
        "quote for urlencode": (encoded, f'"{name}=" + urllib.parse.quote(_key, safe="")'),
        "quote_plus in an f-string": (encoded, f'f"{name}={{urllib.parse.quote_plus(_key)}}"'),
        "urlencode of pairs": (encoded, f'urllib.parse.urlencode([("{name}", _key)])'),
        "urlencode by keyword": (encoded, f"urllib.parse.urlencode(query=dict({name}=_key), doseq=True)"),
        "local renamed": (r"(?<!\w)_key(?!\w)", "_credential"),
        "another local renamed": (r"(?<!\w)ws_url(?!\w)", "address"),
        "url renamed": (r"(?<!\w)_url(?!\w)", "_parts"),
        "headers renamed": (r"(?<![\w.\"])headers(?= =|\[|\.|\))", "sent_headers")
        if "headers=dict" not in text
        else (r"(?<!\w)_sent(?!\w)", "_all"),
        "comment gone": (r" +# sdkpatch: .*\n", ""),
        "comment added": (r"( +)(_url = urllib\.parse\.urlsplit)", r"\1# the key goes here\n\1\2"),
        "f-string for a sum": (r'ws_url \+ "\?" \+ (urllib.*)', r'f"{ws_url}?{\1}"'),
        "sum for an f-string": (r'ws_url \+ f"\?\{query_params\}"', r'ws_url + "?" + str(query_params)'),
        "join for a sum": (r'(ws_url = )(.*) \+ ("/[^"]*")', r'\1"".join((\2, \3))'),
        "f-string for the path": (r'(ws_url = )(.*) \+ "(/[^"]*)"', r'\1f"{\2}\3"'),
        "doubled split": (r"( +)(_url = urllib\.parse\.urlsplit\(ws_url\)\n)", r"\1\2\1\2"),
        "doubled look-up": (r"( +)(_sent = .*\n)", r"\1\2\1\2"),
        "doubled address": (r"( +)(ws_url = _url\.geturl\(\)\n)", r"\1\2\1\2"),
        "harmless line": (r"( +)(_url = urllib\.parse\.urlsplit)", r"\1_ = len(headers)\n\1\2"),
        "urlunsplit for geturl": (r"_url\.geturl\(\)", "urllib.parse.urlunsplit(_url)"),
        "the query first": (merged, '_url = _url._replace(query=f"{_query}&{_url.query}" if _url.query else _query)'),
        "filter for a condition": (merged, '_url = _url._replace(query="&".join(filter(None, (_url.query, _query))))'),
        "a loop for a comprehension": (
            r"( +)headers = (\{name: value for name, value in headers\.items\(\) if name\.lower\(\) != (\"[\w-]+\")\})",
            r"\1_kept = {}\n\1for name, value in headers.items():\n\1    if name.lower() != \3:\n"
            r"\1        _kept[name] = value\n\1headers = _kept",
        ),
        "casefold for lower": (r"name\.lower\(\)", "name.casefold()"),
        "not equal the other way": (r"name\.lower\(\) != (\"[\w-]+\")", r"not \1 == name.lower()"),
        "headers copied": (r"(headers = .*get_headers\(\))", r"\1.copy()"),
        "headers by dict": (r"headers = (.*get_headers\(\))", r"headers = dict(\1)"),
        "typed local": (r"( +)(_key)( = _sent)", r"\1\2: typing.Optional[str]\3"),
        "parentheses": (r"(ws_url = )(_url\.geturl\(\))", r"\1(\2)"),
        "opening in a local": (
            rf"( +)((?:async )?with) {call} as",
            r"\1_opening = \3(ws_url, \4=headers)\n\1\2 _opening as",
        ),
        "other order of keywords": (call, r"\1(\2=headers, uri=ws_url)"),
        "headers as a list": (call, r"\1(ws_url, \2=list(headers.items()))"),
        "keywords in a dict": (call, r'\1(ws_url, **{"\2": headers})'),
        "usual size limit": (call, r"\1(ws_url, \2=headers, max_size=2**20)"),
        "a guard that is true": (r"if _key is not None and", "if True and _key is not None and"),
        "nested conditions": (r"if _key is not None and (.*):\n( +)", r"if _key is not None and bool(\1):\n\2"),
        "in for a get": (r"_sent\.get\((\"[\w-]+\")\)", r"(_sent[\1] if \1 in _sent else None)"),
        "or for a branch": (r"if request_options and", "if (request_options or {}) and"),
        "a function in the method": (
            r"( +)(_url = urllib\.parse\.urlsplit)\(ws_url\)",
            r"\1def _split(given):\n\1    return urllib.parse.urlsplit(given)\n\n\1_url = _split(ws_url)",
        ),
    }


def _other_order(copy: Copy) -> Iterator[Mutant]:
    """Swap entries of the query, and statements that add to it."""
    source = copy.source
    for one, other in pairwise(copy.method.body):
        texts = source.code(one), source.code(other)
        if all(re.match(r"if \w+ is not None:\n +query_params = ", text) for text in texts):
            edits = ((*source.span(one), texts[1]), (*source.span(other), texts[0]))
            yield Mutant("same: other order", f"{copy.name} {one.lineno}", {source.path: source.edited(edits)})
    for node in ast.walk(copy.method):
        if isinstance(node, ast.Dict) and len(node.values) > 1 and "additional_query_parameters" in source.code(node):
            entries = [
                f"**{source.code(value)}" if key is None else f"{source.code(key)}: {source.code(value)}"
                for key, value in zip(node.keys, node.values, strict=True)
            ]
            for place in range(len(entries) - 2):
                swapped = [*entries[:place], entries[place + 1], entries[place], *entries[place + 2 :]]
                text = source.edited([(*source.span(node), "{" + ", ".join(swapped) + "}")])
                yield Mutant("same: other order", f"{copy.name} {node.lineno} {place}", {source.path: text})


def _extracted(copy: Copy) -> Iterator[Mutant]:
    """Put the patched block into a function of the module."""
    source, text = copy.source, copy.source.block(copy.method)
    found = re.search(r"( +)_caller_headers = (?:.*\n)+?( +)ws_url = _url\.geturl\(\)\n", text)
    if found is None:
        return
    indent = found[1]
    block = "".join(line[len(indent) - 4 :] for line in found[0].splitlines(keepends=True))
    function = f"def _into_query(ws_url, headers, request_options):\n{block}    return ws_url, headers\n\n\n"
    call = f"{indent}ws_url, headers = _into_query(ws_url, headers, request_options)\n"
    first = next(each for each in source.tree.body if isinstance(each, ast.ClassDef))
    start, _ = source.lines(first)
    method = (*source.lines(copy.method), text.replace(found[0], call))
    edited = source.edited([(start, start, function), method])
    yield Mutant("same: block in a function", copy.name, {source.path: edited})
