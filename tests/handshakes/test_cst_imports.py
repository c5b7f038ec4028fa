"""Where ``import urllib.parse`` goes, checked against ruff's own import sorter."""

from __future__ import annotations

import ast
import itertools
import re
import subprocess
import sys
from pathlib import Path

import libcst
import pytest

from sdkpatch.handshakes.cst_imports import add_import
from sdkpatch.model import Revision

HEADS = ("", "# Comment.\n\n", '"""Docstring."""\n\n', "# Comment.\n\nfrom __future__ import annotations\n\n")
STANDARD = (
    "",
    "import typing\n",
    "import uuid\n",
    "import typing\nimport uuid\n",
    "# why\nimport uuid\n",
    "from contextlib import suppress\n",
    "import typing\nfrom contextlib import suppress\n",
    "import os\n\n",
)
OTHERS = (
    "",
    "import httpx\n",
    "import websockets.sync.client as sync_client\nfrom ..core import x\n",
    "from .x import y\n",
)
BODIES = ("", "x = 1\n", "\n\ndef f():\n    pass\n", "\n\n@decorated\nclass A:\n    pass\n")


def modules() -> list[str]:
    found = []
    for head, standard, other, body in itertools.product(HEADS, STANDARD, OTHERS, BODIES):
        imports = standard.rstrip("\n") + "\n\n" + other if standard and other else standard or other
        found.append(head + imports + ("\n" if body == "x = 1\n" and imports else "") + body)
    return found


def add(code: str) -> tuple[str, Revision]:
    lines = sorted(
        {min([each.lineno, *(d.lineno for d in getattr(each, "decorator_list", []))]) for each in ast.parse(code).body}
    )
    module, region = add_import(libcst.parse_module(code.encode()), "urllib.parse", lines)
    return module.code, Revision(before=code.encode(), after=module.bytes, regions=(region,))


@pytest.mark.parametrize("head", HEADS)
def test_ruff_would_put_it_there_and_nothing_else_changes(head: str, tmp_path: Path) -> None:
    names = {}
    for number, code in enumerate(modules()):
        if not code.startswith(head) or not re.search("^(import|from) (?!__future__)", code, re.MULTILINE):
            continue  # a module without imports opens no socket
        after, revision = add(code)
        assert revision.stray_line is None, code
        assert after.count("import urllib.parse\n") == 1
        compile(after, "after", "exec")
        before_path, after_path = tmp_path / f"before{number}.py", tmp_path / f"after{number}.py"
        before_path.write_text(code)
        after_path.write_text(after)
        names[after_path.name] = (before_path.name, after)
    found = unsorted(tmp_path)
    wrong = [after for name, (before, after) in names.items() if name in found and before not in found]
    assert len(names) > 50
    assert wrong == []


def unsorted(folder: Path) -> set[str]:
    """Return the names of the files whose imports ruff would sort, Fern's sections given."""
    sections = 'lint.isort.section-order = ["future", "standard-library", "third-party", "first-party"]'
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "I"]
    command += ["--config", sections, "--config", 'lint.isort.default-section = "third-party"']
    command += ["--output-format", "concise", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return {line.split(":")[0] for line in done.stdout.splitlines() if ": I001" in line}
