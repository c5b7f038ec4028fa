"""A rename changes the whole tree at once: files that move, what exports them, what uses them; and real SDKs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sdkpatch.model import Applied, Conflict, Plan, Satisfied
from sdkpatch.operations.rename import snake
from sdkpatch.tree import scan
from tests.operations.cases import patch_of, run
from tests.sdks import copy
from tests.test_patch_book import findings

LAZY = """\
import typing
from importlib import import_module

if typing.TYPE_CHECKING:
    from .{package} import Parcel, Size
_dynamic_imports: typing.Dict[str, str] = {{"Parcel": ".{parcel}", "Size": ".{size}"}}


def __getattr__(attr_name: str) -> typing.Any:
    return getattr(import_module(_dynamic_imports[attr_name], __package__), attr_name)


__all__ = ["Parcel", "Size"]
"""
SDK = {
    "src/acme/__init__.py": LAZY.format(package="types", parcel="types", size="types"),
    "src/acme/types/__init__.py": "from .parcel import Parcel\nfrom .size import Size\n\n"
    "__all__ = ['Parcel', 'Size']\n",
    "src/acme/types/parcel.py": "class Parcel:\n    def twin(self) -> 'Parcel':\n        return Parcel()\n",
    "src/acme/types/size.py": "from . import parcel\n\n\nclass Size:\n    of: 'parcel.Parcel'\n",
    "src/acme/core/client_wrapper.py": "import typing\n",
    "src/acme/own.py": "from acme import *\n\nmade = Parcel()\n",
    "tests/test_parcel.py": "import acme.types\nfrom acme.types.parcel import Parcel\n\n"
    "assert acme.types.Parcel is Parcel\n",
}
STEP = {"module": "types.parcel", "name": "Parcel", "to": "Shipment"}


def made(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def there(root: Path) -> dict[str, str]:
    return {path: (root / path).read_text() for path in scan(root).files}


def renamed(root: Path, step: dict[str, Any]) -> dict[str, str]:
    """Return the files after a run; a second one finds the same sites and nothing to do."""
    patch = patch_of("rename", step)
    planned = run(root, patch)
    assert not planned.conflicts
    second = run(root, patch)
    assert not second.changes
    assert all(isinstance(each.outcome, Satisfied) for each in second.results)
    assert len(second.results) == len(planned.results)
    return there(root)


def reasons(planned: Plan) -> list[tuple[str, int, str]]:
    return [
        (each.site.path, each.site.line, each.outcome.reason)
        for each in planned.results
        if isinstance(each.outcome, Conflict)
    ]


def test_a_class_and_its_file(tmp_path: Path) -> None:
    after = renamed(made(tmp_path, SDK), STEP)
    assert "src/acme/types/parcel.py" not in after
    assert after["src/acme/types/shipment.py"] == SDK["src/acme/types/parcel.py"].replace("Parcel", "Shipment")
    assert not [path for path, text in after.items() if re.search(r"\b[Pp]arcel\b", text)]
    assert after["src/acme/types/size.py"] == SDK["src/acme/types/size.py"].replace(
        "parcel.Parcel", "shipment.Shipment"
    ).replace("import parcel", "import shipment")
    assert '__all__ = ["Shipment", "Size"]' in after["src/acme/__init__.py"]
    command = [sys.executable, "-c", "import acme.own, acme; acme.Shipment().twin()"]
    subprocess.run(command, cwd=tmp_path / "src", check=True)


def test_what_moved_is_said(tmp_path: Path) -> None:
    planned = run(made(tmp_path, SDK), patch_of("rename", STEP))
    said = {each.site.path: each.outcome.detail for each in planned.results if isinstance(each.outcome, Applied)}
    assert said["src/acme/types/shipment.py"] == "moved from src/acme/types/parcel.py"
    assert said["src/acme/own.py"] == "1 place"


def test_a_file_that_keeps_its_name(tmp_path: Path) -> None:
    after = renamed(made(tmp_path, SDK), {**STEP, "file": "keep"})
    assert "class Shipment" in after["src/acme/types/parcel.py"]
    assert not [path for path, text in after.items() if "Parcel" in text]


def test_an_alias_stays_importable(tmp_path: Path) -> None:
    after = renamed(made(tmp_path, SDK), {**STEP, "keep": "alias"})
    assert after["src/acme/types/parcel.py"].endswith("\n\n\nParcel = Shipment\n")
    assert "from acme.types.parcel import Shipment" in after["tests/test_parcel.py"]
    code = "import acme, acme.types\nassert acme.Parcel is acme.Shipment is acme.types.Parcel"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "src", check=True)


def test_a_folder(tmp_path: Path) -> None:
    after = renamed(made(tmp_path, SDK), {"module": "types", "to": "models"})
    assert not [path for path in after if path.startswith("src/acme/types")]
    assert after["src/acme/models/parcel.py"] == SDK["src/acme/types/parcel.py"]
    assert '{"Parcel": ".models", "Size": ".models"}' in after["src/acme/__init__.py"]
    assert "from acme.models.parcel import Parcel\n\nassert acme.models.Parcel" in after["tests/test_parcel.py"]


def test_a_module_that_its_package_lists(tmp_path: Path) -> None:
    there = {
        "src/acme/types/__init__.py": "from . import parcel, size\nfrom .parcel import Parcel\n\n"
        "__all__ = ['Parcel', 'parcel', 'size']\n"
    }
    after = renamed(made(tmp_path / "one", {**SDK, **there}), {"module": "types.parcel", "to": "shipment"})
    assert after["src/acme/types/__init__.py"].endswith("""__all__ = ['Parcel', "shipment", 'size']\n""")
    after = renamed(made(tmp_path / "two", {**SDK, **there}), STEP)
    assert after["src/acme/types/__init__.py"] == (
        'from . import shipment, size\nfrom .shipment import Shipment\n\n__all__ = ["Shipment", "shipment", \'size\']\n'
    )


def test_an_import_that_has_the_name_twice(tmp_path: Path) -> None:
    root = made(tmp_path, {**SDK, "src/acme/own.py": "from acme import Parcel as Box, Parcel\n\nboth = Box, Parcel\n"})
    after = renamed(root, STEP)["src/acme/own.py"]
    assert after == "from acme import Shipment as Box, Shipment\n\nboth = Box, Shipment\n"


def test_a_merge_that_brings_one_use_back(tmp_path: Path) -> None:
    renamed(made(tmp_path, SDK), STEP)
    made(tmp_path, {"src/acme/late.py": "from .types import Parcel\n\nmade = Parcel()\n"})
    assert renamed(tmp_path, STEP)["src/acme/late.py"] == "from .types import Shipment\n\nmade = Shipment()\n"


@pytest.mark.parametrize(
    ("files", "conflict"),
    [
        (
            {"src/acme/types/shipment.py": "class Shipment: ...\n"},
            (
                "src/acme/types/shipment.py",
                1,
                "src/acme/types/shipment.py is there already, so src/acme/types/parcel.py cannot have its name",
            ),
        ),
        (
            {
                "src/acme/own.py": "from acme import Parcel\n\n\ndef f(Shipment: int) -> object:\n"
                "    return Parcel, Shipment\n"
            },
            ("src/acme/own.py", 5, "Shipment is something else where Parcel is used"),
        ),
        (
            {"src/acme/own.py": "import acme\n\nmade = getattr(acme, 'Parcel')\n"},
            ("src/acme/own.py", 3, 'the string "Parcel" may mean the name, and nobody can tell'),
        ),
    ],
    ids=["file", "parameter", "string"],
)
def test_refused(files: dict[str, str], conflict: tuple[str, int, str], tmp_path: Path) -> None:
    root = made(tmp_path, {**SDK, **files})
    before = there(root)
    assert reasons(run(root, patch_of("rename", STEP))) == [conflict]
    assert there(root) == before


SETTINGS = {
    "script": (
        "pyproject.toml",
        '[project.scripts]\nacme = "acme.types.parcel:Parcel"\n',
        2,
        '"acme.types.parcel:Parcel"',
    ),
    "plugin": (
        "pyproject.toml",
        "[tool.poetry.plugins.x]\n# acme.types.parcel\nacme = 'acme.types:Parcel.of [cli]'\n",
        3,
        '"acme.types:Parcel.of [cli]"',
    ),
    "setup": (
        "setup.cfg",
        "[options]\nconsole_scripts =\n    acme = acme.types.parcel:of\n",
        3,
        '"acme.types.parcel:of"',
    ),
    "stub": ("src/acme/own.pyi", "import os\n\nfrom .types import Parcel\n", 3, "Parcel"),
    "broken stub": ("src/acme/own.pyi", "class Parcel(:\n", 1, "Parcel, and does not parse"),
    "stub beside": ("src/acme/types/parcel.pyi", "class Parcel: ...\n", 1, "Parcel"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_named_where_no_step_renames(name: str, tmp_path: Path) -> None:
    path, text, line, shown = SETTINGS[name]
    root = made(tmp_path, {**SDK, path: text})
    before = there(root)
    path = path.replace("parcel.pyi", "shipment.pyi")
    assert reasons(run(root, patch_of("rename", STEP))) == [
        ("case.toml", 1, f"{path}:{line} has {shown}, and would stay")
    ]
    assert there(root) == before


def test_settings_about_something_else(tmp_path: Path) -> None:
    text = '[project]\nname = "parcel"\nscripts = { a = "acme.types.parcels:f", b = "acme.types:Size" }\n'
    assert renamed(made(tmp_path, {**SDK, "pyproject.toml": text}), STEP)["pyproject.toml"] == text


def test_a_link_in_a_folder_that_moves(tmp_path: Path) -> None:
    root = made(tmp_path, SDK)
    (root / "src/acme/types/other.py").symlink_to("size.py")
    reason = "it is a symbolic link, which cannot be moved"
    planned = run(root, patch_of("rename", {"module": "types", "to": "models"}))
    assert ("src/acme/types/other.py", 1, reason) in reasons(planned)


@pytest.mark.parametrize("to", ["class", "None", "two words", "Parcel"])
def test_a_name_that_cannot_be(to: str) -> None:
    with pytest.raises(AssertionError, match=r"no name|another name"):
        patch_of("rename", {**STEP, "to": to})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sdk", "package", "step"),
    [
        (
            "deepgram-sdk==7.17.0",
            "deepgram",
            {"module": "core.request_options", "name": "RequestOptions", "to": "CallOptions"},
        ),
        (
            "deepgram-sdk==7.17.0",
            "deepgram",
            {"module": "core.unchecked_base_model", "name": "UncheckedBaseModel", "to": "OpenModel"},
        ),
        ("deepgram-sdk==7.17.0", "deepgram", {"module": "types.deepgram", "name": "Deepgram", "to": "Provider"}),
    ],
    ids=["request-options", "base-model", "exported-type"],
)
def test_on_a_real_sdk(sdk: str, package: str, step: dict[str, str], tmp_path: Path) -> None:
    tree = copy(sdk, tmp_path / "sdk")
    old, new = step["name"], step["to"]
    said = findings(tree)
    after = renamed(tree, step)
    assert not [
        path for path, text in after.items() if re.search(rf"^[^#\n]*import [^\n]*\b{old}\b", text, re.MULTILINE)
    ]
    known = {re.sub(rf"\b{old}\b", new, each.replace(f"{snake(old)}.py", f"{snake(new)}.py")) for each in said}
    assert findings(tree) - known == set()
    code = (
        "import importlib, pkgutil, sys\n"
        f"import {package}\n"
        f"for each in pkgutil.walk_packages({package}.__path__, '{package}.'):\n"
        "    importlib.import_module(each.name)\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
