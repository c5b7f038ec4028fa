"""Resources of a real SDK go in one step, and the rest is as sound as before."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sdkpatch.model import Conflict, Satisfied
from tests.operations.cases import patch_of, run
from tests.sdks import copy
from tests.test_patch_book import findings

SDK = "elevenlabs==2.78.0"
IMPORT_ALL = """\
import importlib, pkgutil, elevenlabs
for each in pkgutil.walk_packages(elevenlabs.__path__, "elevenlabs."):
    importlib.import_module(each.name)
for name in ("ElevenLabs", "AsyncElevenLabs"):
    client = getattr(elevenlabs, name)(api_key="k")
    assert not hasattr(client, "studio") and client.history
assert not set(elevenlabs.__all__) - set(dir(elevenlabs))
"""


@pytest.mark.slow
def test_a_resource_of_a_real_sdk(tmp_path: Path) -> None:
    tree = copy(SDK, tmp_path / "sdk")
    said = findings(tree)
    patch = patch_of("resource.remove", {"resource": "studio"})
    assert not run(tree, patch).conflicts
    second = run(tree, patch)
    assert not second.changes
    assert all(isinstance(each.outcome, Satisfied) for each in second.results)
    assert not list((tree / "elevenlabs" / "studio").rglob("*.py"))
    for name in ("__init__.py", "base_client.py"):
        assert not re.search(r"\bstudio\b", (tree / "elevenlabs" / name).read_text())
    assert findings(tree) - said == set()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_ALL], cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_folder_that_others_import_from(tmp_path: Path) -> None:
    for path, text in {
        "pkg/__init__.py": "",
        "pkg/core/client_wrapper.py": "",
        "pkg/client.py": "from .samples.client import SamplesClient\n\n\nclass Client:\n    def __init__(self):\n"
        "        self.samples = SamplesClient()\n        self.first = self.samples.first\n",
        "pkg/samples/__init__.py": "",
        "pkg/samples/client.py": "class SamplesClient:\n    first = 1\n",
        "pkg/own.py": "from pkg.samples.client import SamplesClient\n\nmade = SamplesClient()\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    planned = run(tmp_path, patch_of("resource.remove", {"resource": "samples"}))
    found = {(each.site.path, each.site.line) for each in planned.results if isinstance(each.outcome, Conflict)}
    assert ("pkg/own.py", 1) in found
    assert (tmp_path / "pkg/samples/client.py").exists()


PACKAGE = {
    "pkg/__init__.py": "",
    "pkg/core/client_wrapper.py": "",
    "pkg/client.py": "from .voices.client import VoicesClient\n\n\nclass Client:\n    def __init__(self):\n"
    "        self.voices = VoicesClient()\n",
    "pkg/voices/__init__.py": "",
    "pkg/voices/client.py": "class VoicesClient: ...\n",
    "pkg/tts/client.py": "",
    "pkg/tts/__init__.py": "",
}


def made(root: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.mark.parametrize("name", ["voises", "vocies", "voice_s", "Voices", "voics", "voiices"])
def test_a_misspelt_resource(name: str, tmp_path: Path) -> None:
    expect = {"relation": ">=", "sites": 1}
    root = made(tmp_path, PACKAGE)
    planned = run(root, patch_of("resource.remove", {"resource": name}, **expect))
    assert [each.outcome for each in planned.conflicts] == [
        Conflict(
            reason=f"there is no resource {name}, and voices looks like it",
            hint=f'did you mean "voices"? If {name} is gone, say so: expect = {{ sites = "any" }}',
        )
    ]
    assert not run(root, patch_of("resource.remove", {"resource": name})).conflicts


@pytest.mark.parametrize("name", ["voice", "stt", "history", "voices2"])
def test_a_resource_that_is_gone(name: str, tmp_path: Path) -> None:
    planned = run(made(tmp_path, PACKAGE), patch_of("resource.remove", {"resource": name}, relation=">=", sites=1))
    assert not planned.conflicts
    assert not planned.changes


def test_a_second_run_beside_a_resource_of_nearly_the_name(tmp_path: Path) -> None:
    root = made(tmp_path, {**PACKAGE, "pkg/voice/__init__.py": "", "pkg/voice/client.py": ""})
    patch = patch_of("resource.remove", {"resource": "voice"}, relation=">=", sites=1)
    assert {each.path for each in run(root, patch).changes} == {"pkg/voice/__init__.py", "pkg/voice/client.py"}
    assert not run(root, patch).conflicts


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        (
            "tests/own.py",
            "from importlib import import_module\n\nmade = import_module('pkg.voices.client')\n",
            'tests/own.py:3: the string "pkg.voices.client" means it, and would stay',
        ),
        (
            "pkg/own.py",
            "from importlib import import_module\n\nmade = import_module('.voices', __package__)\n",
            'pkg/own.py:3: the string ".voices" may mean it, and would stay',
        ),
        (
            "pyproject.toml",
            '[project.scripts]\nvoices = "pkg.voices.client:main"\n',
            'pyproject.toml:2 has "pkg.voices.client:main", and would stay',
        ),
    ],
    ids=["whole", "relative", "script"],
)
def test_a_string_that_names_it(path: str, text: str, reason: str, tmp_path: Path) -> None:
    root = made(tmp_path, {**PACKAGE, path: text})
    planned = run(root, patch_of("resource.remove", {"resource": "voices"}))
    assert [each.outcome.reason for each in planned.conflicts if isinstance(each.outcome, Conflict)] == [reason]
    assert (root / "pkg/voices/client.py").exists()
