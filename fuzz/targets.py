"""What is fuzzed: each target takes bytes, and raises where sdkpatch does anything but what its documents say.

Errors of sdkpatch's own hierarchy, mistakes and conflicts are answers. Any other exception is a crash.
"""

from __future__ import annotations

import ast
import posixpath
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache

from fuzz import small
from sdkpatch import resources
from sdkpatch.fern import fernignore
from sdkpatch.handshakes import recognise as handshake
from sdkpatch.ignoring.readers import local_entry
from sdkpatch.loading.patchfile import PatchText
from sdkpatch.model import Conflict, Patch
from sdkpatch.operations import OPERATIONS
from sdkpatch.pattern.find import find
from sdkpatch.pattern.match import TooExpensive
from sdkpatch.pattern.syntax import PatternProblem
from sdkpatch.pattern.syntax import parse as parse_pattern
from sdkpatch.python.parsing import parse
from sdkpatch.python.source import Source
from tests import laws, sdks


def toml_loader(data: bytes) -> None:
    """A patch file is a patch or a list of mistakes, each with a line that the file has."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    patch, mistakes, outside = PatchText(text, "fuzz.toml").bind({}, OPERATIONS)
    assert (patch is None) == bool(mistakes or outside)
    lines = text.count("\n") + 1
    for mistake in mistakes:
        assert 1 <= mistake.line <= lines, mistake
        assert str(mistake).isprintable() or "\n  hint: " in str(mistake)


def pattern_compiler(data: bytes) -> None:
    """A pattern compiles or is a PatternProblem; what one finds in code lies in that code."""
    try:
        text = data.decode()
        pattern = parse_pattern(text)
    except (UnicodeDecodeError, PatternProblem):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = _material()
        try:
            found = find(source, pattern)
        except TooExpensive:
            return
        finally:
            source.budget.steps = 0
    for match in found:
        start, stop = match.span
        assert 0 <= start <= stop <= len(source.text.content)


@lru_cache(maxsize=1)
def _material() -> Source:
    code = b"import typing\n\nclass A:\n    def f(self, a: int = 1, *b, **c) -> None:\n        return g(a, *b, k=c)\n"
    return Source(path="pkg/a.py", code=code, tree=ast.parse(code), package="pkg")


def handshake_recogniser(data: bytes) -> None:
    """A module is recognised, or refused with a reason and a line that it has; nothing is guessed."""
    source = parse("pkg/chat/client.py", _mutated(data), "pkg")
    if isinstance(source, Conflict):
        assert source.reason
        return
    for each in handshake.find(source.tree, source.code):
        assert 1 <= each.line <= source.code.count(b"\n") + 1


def ignore_file(data: bytes) -> None:
    """Lines outside the block stay byte for byte, the block is read as it was written, and twice is once."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    known = fernignore.read(text)
    assert "".join(known.lines) == text
    for line in text.splitlines():
        entry = local_entry(line)
        assert "#" not in entry and entry == entry.strip()
        if fernignore.path_problem(entry) == "":
            assert not posixpath.isabs(entry) and posixpath.normpath(entry).split("/")[0] != ".."
            assert not fernignore.aborts(entry)
    if known.broken is not None:
        return
    start, stop = known.block or (len(known.lines), len(known.lines))
    entries = {path: tuple(reasons) for path, reasons in known.entries.items()}
    block = fernignore.write_block(entries, known.newline)
    written = "".join((*known.lines[:start], *block, *known.lines[stop:]))
    if start and not known.lines[start - 1].endswith("\n"):
        return
    again = fernignore.read(written)
    kept = {path: tuple(map(fernignore.one_line, reasons)) for path, reasons in entries.items()}
    assert again.broken is None and dict(again.entries) == kept
    assert again.lines[: again.block[0] if again.block else 0] == known.lines[:start]


def apply(data: bytes) -> None:
    """A mutated module of thirty lines: a conflict, or a change that keeps the four laws."""
    patch = small.patches()[data[0] % len(small.patches())] if data else small.patches()[0]
    laws.hold("pkg/chat/client.py", _edited(small.MODULE.splitlines(keepends=True), data), (patch,))


def apply_real(data: bytes) -> None:
    """A mutated file of a real SDK, and the recipes: a conflict, or a change that keeps the four laws."""
    content = _mutated(data)
    laws.hold("pkg/chat/client.py", content, _patches()[data[0] % len(_patches())] if data else _patches()[0])


@lru_cache(maxsize=1)
def _patches() -> tuple[tuple[Patch, ...], ...]:
    """Return the recipes about handshakes, one by one and some together."""
    values: Mapping[str, Mapping[str, object]] = {
        "websocket-auth-query": {"header": "authorization", "query": "token"},
    }
    found: list[Patch] = []
    for name, path in resources.recipes().items():
        text = PatchText(path.read_text(encoding="utf-8"), f"recipe:{name}", lambda other: "")
        if not name.startswith("websocket-"):
            continue
        patch, _, _ = text.bind(values.get(name, {}), OPERATIONS)
        if patch is not None:
            found.append(patch)
    main = next(patch for patch in found if patch.id == "websocket-auth-query")
    return ((main,), *((each,) for each in found), (main, *(each for each in found if each.id == "websocket-errors")))


REAL = (
    ("deepgram-sdk==5.0.0", "deepgram/agent/v1/raw_client.py"),
    ("deepgram-sdk==7.17.0", "deepgram/agent/v1/raw_client.py"),
    ("hume==0.13.0", "hume/expression_measurement/stream/stream/raw_client.py"),
    ("sarvamai==0.1.13", "sarvamai/text_to_speech_streaming/raw_client.py"),
    ("sarvamai==0.1.39", "sarvamai/voice_cloning_streaming/raw_client.py"),
)
"""Files of real SDKs, small ones: the rest of a module makes a run slower and no richer."""


@lru_cache(maxsize=1)
def _files() -> tuple[tuple[bytes, ...], ...]:
    """Return the imports of each file with one of its classes, as lines: one handshake each."""
    found: list[tuple[bytes, ...]] = []
    for requirement, path in REAL:
        head, *classes = re.split(rb"(?m)^(?=class )", (sdks.unpacked(requirement) / path).read_bytes())
        found += [tuple((head + each).splitlines(keepends=True)) for each in classes]
    return tuple(found)


SNIPPETS = (
    b"        headers = dict(headers)\n",
    b'        headers.pop("Authorization", None)\n',
    b"        if headers:\n",
    b"        else:\n",
    b"        try:\n",
    b"            pass\n",
    b"        ws_url = ws_url + '?a=b'\n",
    b"        for _ in range(3):\n",
    b"    @property\n",
    b"        # sdkpatch: the credential goes into the query, not into a header\n",
    b"        headers, ws_url = ws_url, headers\n",
    b"        del headers\n",
    b"import urllib.parse as other\n",
    b"        async with x as y:\n",
    b"        return\n",
    b"        global headers\n",
    b"\x0c\n",
    b"        '''\n",
)


def _mutated(data: bytes) -> bytes:
    """Return a real file with edits that the data stand for: lines lost, doubled, moved, changed, or foreign."""
    files = _files()
    return _edited(list(files[data[0] // 16 % len(files)]) if data else list(files[0]), data)


def _edited(lines: list[bytes], data: bytes) -> bytes:
    """Return the lines with the edits that all but the first of the data stand for; the last may make it CRLF."""
    for at in range(1, len(data) - 3, 4):
        kind, first, second, third = data[at : at + 4]
        place = (first << 8 | second) % max(len(lines), 1)
        _edit(lines, kind % 10, place, third)
    content = b"".join(lines)
    return content.replace(b"\n", b"\r\n") if data and data[-1] % 13 == 0 else content


WORDS = (b"headers", b"ws_url", b"connect", b"self", b"await ", b"request_options", b"websockets", b"None")


def _edit(lines: list[bytes], kind: int, place: int, value: int) -> None:
    """Make one edit; ``value`` chooses among its forms."""
    if not lines:
        return
    line = lines[place]
    other, at = (place + value) % len(lines), value % max(len(line), 1)
    block = lines[place : place + value % 12]
    new: list[list[bytes]] = [
        [],
        [line, line],
        [lines[other]],
        [SNIPPETS[value % len(SNIPPETS)], line],
        [b"    " + line],
        [line.removeprefix(b"    ")],
        [*block, *block],
        [line.replace(WORDS[value % 8], WORDS[value // 8 % 8], 1)],
        [line[:at] + bytes([32 + value % 95]) + line[at + 1 :]],
    ]
    if kind == 9:  # a whole block is lost
        lines[place : place + value % 12] = []
    else:
        lines[place : place + 1] = new[kind]


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "toml_loader": toml_loader,
    "pattern_compiler": pattern_compiler,
    "handshake_recogniser": handshake_recogniser,
    "ignore_file": ignore_file,
    "apply": apply,
    "apply_real": apply_real,
}
