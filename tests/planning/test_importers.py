"""Who imports a module of the tree: found through others, with each module parsed once at most."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from sdkpatch.planning.names.importers import Importer, Importers
from sdkpatch.tree import scan

FILES = {
    "__init__.py": '_dynamic_imports = {"open_one": ".one"}\n',
    "one.py": "def open_one():\n    pass\n",
    "two.py": "def open_two():\n    from . import one\n",
    "client.py": "def f():\n    if x:\n        from .two import open_two\n",
    "typed.py": "import typing\n\nif typing.TYPE_CHECKING:\n    from .two import open_two\n",
    "lazy.py": "x = 1\n\nfrom acme import open_one\n",
}


@pytest.fixture
def importers(tmp_path: Path) -> Importers:
    (tmp_path / "acme").mkdir()
    for name, text in FILES.items():
        (tmp_path / "acme" / name).write_text(text)
    return Importers(scan(tmp_path))


@pytest.mark.parametrize(
    ("path", "wanted", "found"),
    [
        ("acme/one.py", "acme/two.py", Importer("acme/two.py", 2)),
        ("acme/one.py", "acme/client.py", Importer("acme/client.py", 3)),
        ("acme/one.py", "acme/lazy.py", Importer("acme/lazy.py", 3)),
        ("acme/two.py", "acme/typed.py", None),
        ("acme/two.py", "acme/lazy.py", None),
    ],
)
def test_a_user_is_found(importers: Importers, path: str, wanted: str, found: Importer | None) -> None:
    for _ in range(2):
        assert importers.first(path, lambda each: each == wanted) == found


def test_each_module_is_parsed_once_at_most(importers: Importers, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[str] = Counter()
    real = ast.parse

    def parse(code: bytes, path: str) -> ast.Module:
        seen[path] += 1
        return real(code, path)

    monkeypatch.setattr(ast, "parse", parse)
    for path in ("acme/one.py", "acme/two.py", "acme/one.py"):
        importers.first(path, lambda _: False)
    assert set(seen.values()) == {1}, seen
