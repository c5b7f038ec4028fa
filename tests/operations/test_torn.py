"""What a line merge leaves of the handshake family: the same code again, or a conflict, never another as fine."""

from __future__ import annotations

import ast
import difflib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sdkpatch.model import Patch
from sdkpatch.resources import SUPPORT_MODULES, support
from tests.operations.cases import cases, patch_of, run
from tests.sdks import ROOT
from tests.shapes import Shape, module

STEPS: dict[str, dict[str, Any]] = {
    "websocket.errors": {},
    "websocket.query": {"add": {"fast": True}},
    "websocket.headers": {"set": {"X-App": "console"}, "unique": True},
    "websocket.connect": {"arguments": {"max_size": "none", "ping_interval": 20}, "retry": {"attempts": 2}},
    "websocket.auth": {
        "take": {"key": {"header": "X-Api-Key"}},
        "send": {"header": {"Authorization": "Token $key"}, "text": "$key", "reply": {"success": "ok"}},
    },
}
CLIENT = module(Shape(query=2), raw=True)
SOCKET = next(case for case in cases("websocket.messages") if case.name == "socket-client")


def together() -> Patch:
    """Return one patch with all the steps."""
    patches = [patch_of(name, arguments) for name, arguments in STEPS.items()]
    return patches[0]._replace(steps=tuple(step for patch in patches for step in patch.steps))


def after_a_run(folder: Path, patch: Patch, name: str, code: str) -> str | None:
    """Return the code after a run, None when there is a conflict."""
    path = folder / "pkg" / "chat" / name
    path.write_text(code)
    return None if run(folder, patch).conflicts else path.read_text()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A package that the module can stand in."""
    with tempfile.TemporaryDirectory() as name:
        core = Path(name) / "pkg" / "core"
        core.mkdir(parents=True)
        error = ROOT / "examples" / "aui-python" / "src" / "aui" / "core" / "api_error.py"
        files = {
            "api_error.py": error.read_text(),
            "__init__.py": "",
            **{f"{each}.py": support(each) for each in SUPPORT_MODULES},
        }
        for file, text in files.items():
            (core / file).write_text(text)
        (core.parent / "__init__.py").touch()
        (core.parent / "chat").mkdir()
        (core.parent / "chat" / "__init__.py").touch()
        yield Path(name)


def variants(before: str, after: str) -> Iterator[str]:
    """Yield the patched code with one change taken back, with one of its lines lost, and with one twice."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    steps = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for index, (tag, first, stop, start, end) in enumerate(steps):
        if tag == "equal":
            continue
        pieces = [old[a:b] if number == index else new[c:d] for number, (_, a, b, c, d) in enumerate(steps)]
        yield "".join(line for piece in pieces for line in piece)
        yield "".join([*new[:end], *new[start:end], *new[end:]])
        assert stop >= first
        for line in range(start, end):
            yield "".join([*new[:line], *new[line + 1 :]])
            yield "".join([*new[:line], new[line], *new[line:]])


def essence(code: str) -> list[str]:
    """Return what matters of code: no layout, no docstrings, no statement twice in a row."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                kept = [
                    each for each in block if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
                ]
                distinct = [each for at, each in enumerate(kept) if not at or ast.dump(each) != ast.dump(kept[at - 1])]
                setattr(node, field, distinct or block[:1])
    return ast.unparse(tree).splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["client.py", "socket_client.py"])
def test_what_a_merge_tore_is_mended_or_refused(name: str, folder: Path) -> None:
    patch = together() if name == "client.py" else patch_of("websocket.messages", SOCKET.arguments)
    before = CLIENT if name == "client.py" else SOCKET.before
    assert before is not None
    done = after_a_run(folder, patch, name, before)
    assert done is not None and done != before
    judged = mended = 0
    for torn in variants(before, done):
        try:
            compile(torn, name, "exec")
        except SyntaxError:
            continue
        judged += 1
        result = after_a_run(folder, patch, name, torn)
        if result is not None:
            mended += 1
            assert essence(result) == essence(done), "\n".join(difflib.unified_diff(essence(done), essence(result)))
    assert judged > 50 and 10 < mended < judged
