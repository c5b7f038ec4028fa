"""What is remembered between runs saves time alone: outcome and bytes are those of a run without it."""

from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdkpatch.loading.project import from_options, load
from sdkpatch.model import Patch, Plan
from sdkpatch.operations import OPERATIONS
from sdkpatch.running.run import apply
from sdkpatch.writing.cache import LARGEST, Cache

STEPS = (
    'op = "rewrite"\nmatch = "typing.Optional[$T]"\nreplace = "$T | None"\n',
    'op = "rewrite"\nmatch = "old($$$A)"\nreplace = "new($$$A)"\n',
    'op = "annotation.set"\ntarget = "*.b"\nannotation = "int"\n',
    'op = "delete"\nmatch = "gone()"\n',
)
LINES = (
    "class A:\n    a: typing.Optional[int] = None\n    b: str = ''\n",
    "class A:\n    a: int | None = None\n    b: int = 0\n",
    "def f(old, new):\n    old(1)\n    new(2)\n",
    "def g(gone):\n    gone()\n    return 1\n",
    "x = (\n",
)
FILES = st.lists(st.lists(st.sampled_from(LINES[:4]), unique=True).map("".join), min_size=1, max_size=4)


def patches(folder: Path, steps: list[str]) -> tuple[Patch, ...]:
    text = 'id = "p"\ntitle = "t"\nwhy = "w"\n'
    text += "".join(f'\n[[step]]\n{each}files = ["**/*.py"]\nexpect = {{ sites = "any" }}\n' for each in steps)
    (folder / "p.toml").write_text(text)
    return load(from_options([str(folder / "p.toml")], {}), OPERATIONS)


def write(root: Path, files: list[str]) -> Path:
    (root / "pkg").mkdir(parents=True, exist_ok=True)
    (root / "pkg" / "__init__.py").write_text("")
    for number, text in enumerate(files):
        (root / "pkg" / f"m{number}.py").write_text("import typing\n\n\n" + text)
    return root


def outcome(plan: Plan) -> object:
    kinds = [(each[:3], each.site, type(each.outcome), getattr(each.outcome, "reason", "")) for each in plan.results]
    return kinds, [(each.path, each.after) for each in plan.changes], plan.notes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "sdkpatch"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(FILES, min_size=1, max_size=3), steps=st.lists(st.sampled_from(STEPS), min_size=1, unique=True))
def test_runs_with_and_without_it_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, folder: Path, states: list[list[str]], steps: list[str]
) -> None:
    root = tmp_path_factory.mktemp("run")
    plain, remembering = root / "plain", root / "remembering"
    patch = patches(root, steps)
    for files in states:
        for _ in range(2):
            write(plain, files), write(remembering, files)
            for is_written in (False, True, True):
                one = apply(plain, patch, write=is_written)
                other = apply(remembering, patch, write=is_written, remember=True)
                assert outcome(one) == outcome(other)
            for path in sorted(plain.rglob("*.py")):
                assert path.read_bytes() == (remembering / path.relative_to(plain)).read_bytes()


def count_of_parses(monkeypatch: pytest.MonkeyPatch, root: Path, patch: tuple[Patch, ...]) -> int:
    """Return how many modules a run parses."""
    seen: list[str] = []
    real = ast.parse

    def parse(code: Any, path: str = "", *more: Any, **named: Any) -> Any:
        seen.append(path)
        return real(code, path or "<unknown>", *more, **named)

    monkeypatch.setattr(ast, "parse", parse)
    apply(root, patch, write=False, remember=True)
    monkeypatch.setattr(ast, "parse", real)
    return sum(each.endswith(".py") for each in seen)


def test_a_run_over_an_unchanged_tree_parses_nothing(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "sdk", [LINES[0], LINES[1], LINES[2]])
    patch = patches(tmp_path, [STEPS[0]])
    apply(root, patch, remember=True)
    assert count_of_parses(monkeypatch, root, patch) == 1, "what was patched"
    assert count_of_parses(monkeypatch, root, patch) == 0
    (root / "pkg" / "m0.py").write_text("import typing\n\nz: typing.Optional[str] = None\n")
    assert count_of_parses(monkeypatch, root, patch) > 0
    other = patches(tmp_path, [STEPS[1]])
    assert count_of_parses(monkeypatch, root, other) > 0, "of other steps nothing is known"


def test_that_no_client_uses_a_socket_is_looked_up_once(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "sdk", [f"from .m{number} import x\n" for number in range(1, 9)])
    (root / "pkg" / "m8.py").write_text("import websockets\n\n\nasync def x(url):\n    await websockets.connect(url)\n")
    (root / "pkg" / "chat").mkdir()
    (root / "pkg" / "chat" / "client.py").write_text("")
    step = 'op = "websocket.auth"\ntake = { key = { header = "a" } }\nsend = { query = { b = "$key" } }\n'
    (tmp_path / "p.toml").write_text(
        f'id = "p"\ntitle = "t"\nwhy = "w"\n\n[[step]]\n{step}expect = {{ sites = "any" }}\n'
    )
    patch = load(from_options([str(tmp_path / "p.toml")], {}), OPERATIONS)
    first = outcome(apply(root, patch, write=False))
    assert count_of_parses(monkeypatch, root, patch) == 9, "the socket, and all that import it"
    assert count_of_parses(monkeypatch, root, patch) == 1, "the socket"
    assert outcome(apply(root, patch, write=False, remember=True)) == first
    (root / "pkg" / "chat" / "client.py").write_text("x = 1\n")
    assert count_of_parses(monkeypatch, root, patch) == 9, "another module changed"


def test_nothing_but_what_is_held_is_remembered(tmp_path: Path, folder: Path) -> None:
    root = write(tmp_path / "sdk", [LINES[0], LINES[1], LINES[4]])
    patch = patches(tmp_path, [STEPS[0]])
    apply(root, patch, write=False, remember=True)
    (file,) = folder.glob("*.json")
    held = [entry for entry in json.loads(file.read_bytes()).values() if entry]
    assert [[site[2] for site in entry] for entry in held] == [["A"]]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"k": 1}', b"\xff", b"[" * 100_000, b'{"a": [[0, 1, "x", "", "named"]]}', b"null"],
)
def test_what_does_not_parse_is_ignored(tmp_path: Path, folder: Path, content: bytes) -> None:
    root = write(tmp_path / "sdk", [LINES[1]])
    patch = patches(tmp_path, [STEPS[0]])
    expected = outcome(apply(root, patch, write=False, remember=True))
    (file,) = folder.glob("*.json")
    file.write_bytes(content)
    assert outcome(apply(root, patch, write=False, remember=True)) == expected


@pytest.mark.parametrize(
    "entry", [1, [1], [[]], [[9, 1, "A.a", "", "named"]], [[0, 1, 2, "", "named"]], [[0, 1, "x", "", "?"]]]
)
def test_an_entry_that_is_none_is_ignored(tmp_path: Path, folder: Path, entry: object) -> None:
    root = write(tmp_path / "sdk", [LINES[1]])
    patch = patches(tmp_path, [STEPS[0]])
    expected = outcome(apply(root, patch, write=False, remember=True))
    (file,) = folder.glob("*.json")
    file.write_text(json.dumps(dict.fromkeys(json.loads(file.read_bytes()), entry)))
    assert outcome(apply(root, patch, write=False, remember=True)) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes")
@pytest.mark.parametrize("what", ["folder", "file", "link"])
def test_what_others_can_write_to_is_not_read(tmp_path: Path, folder: Path, what: str) -> None:
    cache = Cache(["step"], folder)
    cache.put(["a"], [])
    cache.save()
    assert Cache(["step"], folder).get(["a"]) == []
    (file,) = folder.glob("*.json")
    if what == "link":
        os.rename(file, tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    else:
        (folder if what == "folder" else file).chmod(0o777 if what == "folder" else 0o666)
    assert Cache(["step"], folder).get(["a"]) is None


def test_it_stays_small_and_may_be_deleted(folder: Path) -> None:
    for name in ("one", "two"):
        cache = Cache([name], folder)
        cache.put(["a"], [])
        cache.save()
    for number in range(5):
        (folder / f"{number}.json").write_bytes(b"")
        os.truncate(folder / f"{number}.json", LARGEST // 4)
        os.utime(folder / f"{number}.json", (number, number))
    cache = Cache(["three"], folder)
    cache.put(["a"], [])
    cache.save()
    assert sum(each.stat().st_size for each in folder.iterdir()) <= LARGEST
    assert Cache(["three"], folder).get(["a"]) == []
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()
    assert Cache(["three"], folder).get(["a"]) is None


def test_no_place_for_it_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(["step"], tmp_path / "file" / "sdkpatch")
    cache.put(["a"], [])
    cache.save()
    assert cache.get(["a"]) is None


def test_what_other_files_have_a_part_in_is_judged_afresh(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "sdk", [LINES[1]])
    (root / "pkg" / "__init__.py").write_text('from . import m0\n\n__all__ = ["m0"]\n')
    (tmp_path / "p.toml").write_text(
        'id = "p"\ntitle = "t"\nwhy = "w"\n\n[[step]]\nop = "export.add"\nmodule = "m0"\nname = "m0"\n'
    )
    patch = load(from_options([str(tmp_path / "p.toml")], {}), OPERATIONS)
    plan = apply(root, patch, write=False, remember=True)
    assert not plan.changes and not plan.conflicts, "the file of m0 tells whether m0 is the module itself"
    assert count_of_parses(monkeypatch, root, patch) > 0


def test_a_rename_is_judged_afresh_when_another_module_offers_the_name(tmp_path: Path, folder: Path) -> None:
    root = write(tmp_path / "sdk", ["class A:\n    pass\n", "class A:\n    pass\n", ""])
    user = root / "pkg" / "m2.py"
    user.write_text("from .m1 import A\n\na = A()\n")
    (tmp_path / "p.toml").write_text(
        'id = "p"\ntitle = "t"\nwhy = "w"\n\n[[step]]\nop = "rename"\nmodule = "m0"\nname = "A"\nto = "B"\n'
    )
    patch = load(from_options([str(tmp_path / "p.toml")], {}), OPERATIONS)
    for _ in range(2):
        plan = apply(root, patch, write=False, remember=True)
        assert [each.path for each in plan.changes] == ["pkg/m0.py"] and not plan.conflicts
    (root / "pkg" / "m1.py").write_text('from .m0 import A\n\n__all__ = ["A"]\n')
    plan = apply(root, patch, remember=True)
    assert [each.path for each in plan.changes] == ["pkg/m0.py", "pkg/m1.py", "pkg/m2.py"]
    assert user.read_text() == "from .m1 import B\n\na = B()\n"


def test_it_is_where_the_user_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME" if os.name == "posix" else "LOCALAPPDATA", str(tmp_path))
    cache = Cache(["step"])
    cache.put(["a"], [])
    cache.save()
    assert list((tmp_path / "sdkpatch").glob("*.json"))
