"""The promise of the tool on SDKs that Fern really generated: every handshake patched, proved on the wire."""

from __future__ import annotations

import compileall
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import report, sdkpatch, snapshot
from tests.drive import KEY
from tests.sdks import ROOT, SDKS, Sdk, copy, first_of, is_quick


def handshakes_by_search(tree: Path) -> int:
    """Count the generated handshakes with a plain text search that shares nothing with the recogniser."""
    pattern = re.compile(r"^\s+(?:async )?with websockets\w*(?:\.connect)?\(ws_url, ", re.MULTILINE)
    files = [path for path in tree.rglob("*.py") if path.name in ("client.py", "raw_client.py")]
    return sum(len(pattern.findall(path.read_text())) for path in files)


def drive(tree: Path, sdk: Sdk, sites: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Open every site's channel in a process that imports the SDK from the tree."""
    order = json.dumps({"tree": str(tree), "package": sdk.package, "sites": sites})
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "tests" / "drive.py")]
    done = subprocess.run(
        command, input=order, capture_output=True, encoding="utf-8", env=environment, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    arrived = json.loads(done.stdout)
    assert isinstance(arrived, list)
    return arrived


def values(pairs: list[list[str]], name: str) -> list[str]:
    return [value for key, value in pairs if key.lower() == name.lower()]


def holds_key(headers: list[list[str]]) -> bool:
    """Tell whether any header holds the key, by its ASCII part: header encodings differ between releases."""
    return any(KEY.split(" ")[0] in value for _, value in headers)


@pytest.mark.parametrize("sdk", first_of(SDKS, is_quick), ids=lambda sdk: sdk.requirement)
def test_every_handshake_of_a_real_sdk_sends_the_key_in_the_query(sdk: Sdk, tmp_path: Path) -> None:
    tree = copy(sdk.requirement, tmp_path / "sdk")
    assert handshakes_by_search(tree) == sdk.sites
    pristine = report(tree, *sdk.settings, "--check")["sites"]
    before = drive(tree, sdk, pristine)
    document = report(tree, *sdk.settings)
    assert [site["outcome"] for site in document["sites"]] == ["applied"] * sdk.sites
    assert compileall.compile_dir(tree / sdk.package, quiet=2, force=True)

    after = drive(tree, sdk, document["sites"])

    assert len(before) == len(after) == sdk.sites
    for old, new in zip(before, after, strict=True):
        assert values(old["query"], sdk.query) == [], "unpatched, the key is not in the query"
        assert holds_key(old["headers"])
        assert values(new["query"], sdk.query) == [KEY]
        assert values(new["headers"], sdk.header) == []
        assert not holds_key(new["headers"])
        assert new["path"] == old["path"]
        kept = [pair for pair in old["query"] if pair[0] != sdk.query]
        assert [pair for pair in new["query"] if pair[0] != sdk.query] == kept
        assert values(new["headers"], "X-Fern-SDK-Name") == values(old["headers"], "X-Fern-SDK-Name") != []
        assert {key.lower() for key, _ in old["headers"]} - {key.lower() for key, _ in new["headers"]} == {
            sdk.header.lower()
        }


@pytest.mark.parametrize("sdk", first_of(SDKS, is_quick), ids=lambda sdk: sdk.requirement)
def test_second_run_on_a_real_sdk_writes_nothing(sdk: Sdk, tmp_path: Path) -> None:
    tree = copy(sdk.requirement, tmp_path / "sdk")
    original = snapshot(tree)
    assert sdkpatch("apply", tree, *sdk.settings).returncode == 0
    patched = snapshot(tree)
    changed = {path for path in patched if patched[path] != original.get(path)}
    assert len(changed) == sdk.sites // 2
    assert all(path.endswith("client.py") for path in changed)

    done = sdkpatch("apply", tree, *sdk.settings)

    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == (
        f"{sdk.sites} sites: 0 to apply, {sdk.sites} satisfied, 0 conflicts; nothing to do"
    )
    assert snapshot(tree) == patched


@pytest.mark.parametrize("sdk", first_of(SDKS, is_quick), ids=lambda sdk: sdk.requirement)
def test_ruff_finds_nothing_in_a_patched_sdk_that_it_did_not_find_before(sdk: Sdk, tmp_path: Path) -> None:
    tree = copy(sdk.requirement, tmp_path / "sdk")
    before = ruff(tree)
    assert sdkpatch("apply", tree, *sdk.settings).returncode == 0
    assert ruff(tree) == before


def ruff(tree: Path) -> tuple[list[str], list[str]]:
    """Return ruff's lint findings, without positions, and the files it would format."""
    options = ["--no-cache", "--isolated", "--line-length", "120"]
    base = [sys.executable, "-m", "ruff"]
    lint = subprocess.run(
        [*base, "check", *options, "--select", "E,F,I", "--output-format", "json", "--quiet", "."],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    findings = sorted(
        f"{Path(each['filename']).name} {each['code']} {each['message']}" for each in json.loads(lint.stdout)
    )
    layout = subprocess.run(
        [*base, "format", *options, "--check", "."], cwd=tree, capture_output=True, text=True, check=False
    )
    return findings, sorted(layout.stdout.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("requirement", ["sarvamai==0.1.39"])
def test_mypy_finds_nothing_in_a_patched_sdk_that_it_did_not_find_before(requirement: str, tmp_path: Path) -> None:
    sdk = next(sdk for sdk in SDKS if sdk.requirement == requirement)
    tree = copy(sdk.requirement, tmp_path / "sdk")
    before = mypy(tree, sdk.package)
    assert sdkpatch("apply", tree, *sdk.settings).returncode == 0
    assert mypy(tree, sdk.package) == before


def mypy(tree: Path, package: str) -> list[str]:
    """Return mypy's findings without their lines."""
    files = sorted(str(path.relative_to(tree)) for path in tree.rglob("*client.py") if "streaming" in path.parent.name)
    command = [sys.executable, "-m", "mypy", "--config-file=", "--python-version", "3.10", "--cache-dir=/dev/null"]
    done = subprocess.run([*command, *files], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return sorted(re.sub(r":\d+:", ":", line) for line in done.stdout.splitlines())


def test_nothing_of_a_large_sdk_without_sockets_is_touched(tmp_path: Path) -> None:
    tree = copy("squareup==46.0.0.20260916", tmp_path / "sdk")
    before = snapshot(tree)
    settings = ("--set", "header=Authorization", "--set", "scheme=Bearer")
    done = sdkpatch("apply", tree, "--patch", "websocket-auth-query", *settings)
    assert done.returncode == 4
    assert "recipe:websocket-auth-query:15  websocket.auth  conflict: expected >=1 site, found 0" in done.stdout
    assert snapshot(tree) == before
