"""Every patch of the book does on real SDKs what it says, unchanged over versions of the generator."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sdkpatch
from sdkpatch.model import Applied, Satisfied
from sdkpatch.operations import OPERATIONS
from tests.sdks import ROOT, copy

BOOK = ROOT / "examples" / "patch-book"
TABLE = (BOOK / "README.md").read_text()
PATCHES = sorted(path.stem for path in BOOK.glob("*.toml"))


def rows() -> Iterator[tuple[str, str]]:
    """Yield each patch and pinned SDK that the table names."""
    for name, tried in re.findall(r"^\|[^|]*\| \[([\w-]+)\]\(\1\.toml\) \|[^|]*\| ([^|]+) \|$", TABLE, re.MULTILINE):
        for sdk in tried.split("; "):
            package, versions = sdk.split(" ", 1)
            for version in versions.split(", "):
                yield name, f"{package}=={version.strip()}"


ROWS = list(rows())
SDKS = sorted({sdk for _, sdk in ROWS})


def patches(tree: Path, *names: str) -> tuple[sdkpatch.Patch, ...]:
    return sdkpatch.resolve(tree, [str(BOOK / f"{name}.toml") for name in names], {}, None, OPERATIONS).patches


def test_the_table_has_every_patch_on_two_versions_or_more() -> None:
    assert sorted({name for name, _ in ROWS}) == PATCHES
    for name in PATCHES:
        assert len([sdk for patch, sdk in ROWS if patch == name]) >= 2, name


@pytest.mark.parametrize("name", PATCHES)
def test_every_patch_has_an_example_that_holds(name: str) -> None:
    assert "[[example]]\n" in (BOOK / f"{name}.toml").read_text()
    assert sdkpatch.example_failures(BOOK / f"{name}.toml") == ()


FIRST = dict(reversed(ROWS))


@pytest.mark.parametrize(
    ("name", "sdk"),
    [pytest.param(*row, marks=() if FIRST[row[0]] == row[1] else pytest.mark.slow) for row in ROWS],
    ids=[f"{name}-{sdk}" for name, sdk in ROWS],
)
def test_patch_on_a_real_sdk(name: str, sdk: str, tmp_path: Path) -> None:
    tree = copy(sdk, tmp_path / "sdk", source=True)
    loaded = patches(tree, name)
    planned = sdkpatch.apply(tree, loaded)
    assert not planned.conflicts
    applied = [result for result in planned.results if isinstance(result.outcome, Applied)]
    assert applied or (name == "broken-import" or (name, sdk) == ("hide-export", "hume==0.14.1"))
    second = sdkpatch.apply(tree, loaded, write=False)
    assert not second.changes
    if name != "removed-resource":  # a folder that is gone is one site, whatever was in it
        assert len(second.results) == len(planned.results)
    assert all(isinstance(result.outcome, Satisfied) for result in second.results)


@pytest.mark.slow
@pytest.mark.parametrize("sdk", SDKS)
def test_all_patches_of_an_sdk_at_once(sdk: str, tmp_path: Path) -> None:
    """The result imports, gives mypy nothing new to say, and is laid out as ruff would where it was before."""
    tree = copy(sdk, tmp_path / "sdk", source=True)
    source = tree / "src"
    said, unformatted = findings(source), reformatted(source)
    names = [name for name, tried in ROWS if tried == sdk]
    planned = sdkpatch.apply(tree, patches(tree, *names), jobs=0)
    assert planned.changes and not planned.conflicts
    assert findings(source) - said == set()
    assert reformatted(source) - unformatted == set()
    modules = [
        change.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for change in planned.changes
        if change.path.startswith("src/") and change.path.endswith(".py") and change.after is not None
    ]
    installed = source / f"{sdk.replace('==', '-')}.dist-info"
    installed.mkdir()
    (tree / "PKG-INFO").rename(installed / "METADATA")  # the SDK asks for its own version
    code = "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(name)\n"
    command = [sys.executable, "-W", "ignore", "-c", code, *modules]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def reformatted(source: Path) -> set[str]:
    """Return the files that ruff, configured as Fern configures it, would format or sort otherwise."""
    options = ["--no-cache", "--isolated", "--line-length", "120"]
    ferns = 'lint.isort.section-order = ["future", "standard-library", "third-party", "first-party"]'
    sorting = ["--select", "I", "--config", ferns, "--config", 'lint.isort.default-section = "third-party"']
    found: set[str] = set()
    for command in (["format", *options, "--diff"], ["check", *options, *sorting, "--output-format=concise"]):
        whole = [sys.executable, "-m", "ruff", *command, "."]
        done = subprocess.run(whole, cwd=source, capture_output=True, text=True, check=False)
        found |= set(re.findall(r"^(?:--- )?([^:\s]+\.py)", done.stdout, re.MULTILINE))
    return found


def findings(source: Path) -> set[str]:
    """Return mypy's findings without their lines: a patch may move what was there."""
    options = ["--no-incremental", "--cache-dir=/dev/null", "--ignore-missing-imports", "--no-error-summary"]
    command = [sys.executable, "-m", "mypy", *options, "--config-file=", "--explicit-package-bases", "."]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return {re.sub(r":\d+:", ":", line) for line in done.stdout.splitlines() if " error: " in line}
