"""A built wheel works in a fresh environment outside the repository."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from sdkpatch.schema import toml_source
from sdkpatch.version import __version__
from tests.sdks import ROOT
from tests.shapes import Shape, write_sdk


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_package_the_recipes_and_the_templates_and_no_more(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "sdkpatch").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    extra = {f"sdkpatch/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "patches").iterdir()}
    extra |= {
        f"sdkpatch/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    book = [path for path in (ROOT / "examples" / "patch-book").rglob("*") if path.is_file()]
    extra |= {f"sdkpatch/patch-book/{path.relative_to(ROOT / 'examples' / 'patch-book').as_posix()}" for path in book}
    assert names == package | extra
    assert wheel.name == f"sdkpatch-{__version__}-py3-none-any.whl"


def test_two_builds_are_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_wheel_asks_for_few_packages_and_each_has_a_tested_lower_bound(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"sdkpatch-{__version__}.dist-info/METADATA").decode()
    asked = [line.removeprefix("Requires-Dist: ") for line in metadata.splitlines() if "Requires-Dist" in line]
    direct = [requirement for requirement in asked if "extra ==" not in requirement]
    bounds = dict(requirement.split(">=") for requirement in direct)
    assert sorted(bounds) == ["click", "jinja2", "libcst", "packaging", "platformdirs", "pyyaml", "tomlkit", "wcmatch"]
    lowest = re.findall(r"^([a-z0-9]+)==(\S+)", (ROOT / "requirements" / "lowest.txt").read_text(), re.MULTILINE)
    assert {name: Version(version) for name, version in lowest} == {
        name: Version(bound) for name, bound in bounds.items()
    }


def test_every_locked_package_has_its_hashes_and_no_index() -> None:
    paths = sorted((ROOT / "requirements").glob("*.txt"))
    assert [path.name for path in paths] == ["dev.txt", "lowest.txt", "reliability.txt"]
    for path in paths:
        text = path.read_text().replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        assert lines and all("==" in line and "--hash=sha256:" in line for line in lines), path
        assert "://" not in text and "--index" not in text, path


def test_the_lock_knows_what_the_project_asks_for() -> None:
    """A requirement that is added and not locked would be missing on a fresh machine."""
    project = toml_source.parse((ROOT / "pyproject.toml").read_text())["project"]
    for lock, wanted in {
        "dev": [*project["dependencies"], *project["optional-dependencies"]["dev"]],
        "lowest": project["dependencies"],
        "reliability": [*project["dependencies"], *project["optional-dependencies"]["reliability"]],
    }.items():
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)
        locked = {canonicalize_name(name): version for name, version in found}
        for each in map(Requirement, wanted):
            name = canonicalize_name(each.name)
            assert name in locked and each.specifier.contains(locked[name], prereleases=True), (lock, str(each))


@pytest.mark.slow
def test_the_wheel_applies_a_recipe_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    scripts = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    install = [str(scripts / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    tree = write_sdk(tmp_path / "sdk", "pkg", Shape())

    def run(*arguments: str) -> str:
        command = [str(scripts / "sdkpatch"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env={"PATH": ""})
        return done.stdout

    options = ["apply", "sdk", "--patch", "websocket-auth-query", "--set", "header=x-api-key"]
    assert run(*options).splitlines()[-1] == "4 sites: 4 applied, 0 satisfied, 0 conflicts; 2 files changed"
    assert '_key = _sent.get("x-api-key")' in (tree / "src/pkg/chat/client.py").read_text()
    assert "Parameters:" in run("explain", "websocket-auth-query")
    proved = run("verify", *options[1:], "--python", sys.executable, "--report", "verify.html")
    assert proved.splitlines()[-1].startswith("4 channels opened: 4 proved, 0 not proved; python 3.")
    assert (tmp_path / "verify.html").read_text().count("<details") == 4
    assert 'op = "parameter.add"' in run("explain", "parameter.add")
    assert run("--version") == f"sdkpatch {__version__}\n"
