"""A step that writes the SDK's own version is warned of, in every format; one that reads it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sdkpatch
from sdkpatch.operations import OPERATIONS
from sdkpatch.report import REPORTERS, Run

PATCH = """\
id = "agent"
title = "Name the agent"
%s
[[step]]
op = "rewrite"
%s
"""
WRAPPER = 'headers = {"X-Fern-SDK-Version": "2.3.4", "User-Agent": "acme/2.3.4"}\n'
WRITTEN = "match = '\"acme/$V\"'\nreplace = '\"acme-sdk/2.3.4\"'"
BOUND = "match = '\"acme/$V\"'\nreplace = '\"acme-sdk/$V\"'"
CHANGE = "change = '''\n- \"acme/$V\"\n+ \"acme-sdk/v2.3.4\"\n'''"
BEFORE = "change = '''\n- \"acme/2.3.4\"\n+ \"acme-sdk\"\n'''"
OTHER = "match = '\"acme/$V\"'\nreplace = '\"acme-sdk/2.3.40, 12.3.4\"'"
READ = '[parameters]\nversion = { from = "pyproject.toml:project.version" }\n'
FROM_A_FILE = "match = '\"acme/$V\"'\nreplace = '\"acme-sdk/{{ version }}\"'"


def plan(root: Path, head: str, step: str, pyproject: str = 'version = "2.3.4"') -> sdkpatch.Plan:
    sdk = root / "sdk"
    (sdk / "acme/core").mkdir(parents=True)
    (sdk / "acme/__init__.py").write_text("")
    (sdk / "acme/core/client_wrapper.py").write_text(WRAPPER)
    (sdk / "pyproject.toml").write_text(f'[project]\nname = "acme"\n{pyproject}\n')
    (root / "agent.toml").write_text(PATCH % (head, step))
    target = sdkpatch.resolve(sdk, [str(root / "agent.toml")], {}, None, OPERATIONS)
    return sdkpatch.apply(sdk, target.patches, write=False)


@pytest.mark.parametrize("step", [WRITTEN, CHANGE])
def test_a_version_that_is_written(step: str, tmp_path: Path) -> None:
    planned = plan(tmp_path, "", step)
    (note,) = planned.notes
    assert not planned.conflicts and planned.changes
    assert (Path(note.path).name, note.line, note.is_warning) == ("agent.toml", 4, True)
    assert note.text.startswith("step 1 (rewrite) writes 2.3.4, the SDK's version now, into every later release: ")


@pytest.mark.parametrize(("head", "step"), [("", BOUND), ("", BEFORE), ("", OTHER), (READ, FROM_A_FILE)])
def test_a_version_that_is_not(head: str, step: str, tmp_path: Path) -> None:
    assert plan(tmp_path, head, step).notes == ()


@pytest.mark.parametrize("name", sorted(REPORTERS))
def test_every_format_has_it(name: str, tmp_path: Path) -> None:
    run = Run(plan(tmp_path, "", WRITTEN), mode="check", written=False, tree="sdk", verbosity=0, base="sdk")
    said = REPORTERS[name](run)
    assert "writes 2.3.4, the SDK" in said.replace("\\", "")
    if name == "sarif":
        (found,) = [each for each in json.loads(said)["runs"][0]["results"] if each["ruleId"] == "note"]
        assert found["level"] == "warning"
