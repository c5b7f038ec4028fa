"""Steps of one run over each other's results: what they see, what is taken back, and what a second run would find."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdkpatch import toml_source
from sdkpatch.model import Conflict, Patch, Plan, Satisfied
from sdkpatch.operations import OPERATIONS
from sdkpatch.patchfile import PatchText
from sdkpatch.plan import plan
from sdkpatch.tree import scan
from sdkpatch.verify import verify
from tests.sdks import ROOT

CASES = sorted((ROOT / "tests" / "cases" / "steps").glob("*.toml"))


def patches_of(steps: list[str]) -> tuple[Patch, ...]:
    """Return a patch for each text of steps, called a, b and so on."""
    found = []
    for name, text in zip("abcdef", steps, strict=False):
        patch, mistakes, _ = PatchText(f'id = "{name}"\ntitle = "x"\n{text}', f"{name}.toml").bind({}, OPERATIONS)
        assert patch is not None, [str(mistake) for mistake in mistakes]
        found.append(patch)
    return tuple(found)


def run(root: Path, patches: tuple[Patch, ...]) -> Plan:
    """Plan, prove and write."""
    planned = plan(scan(root), patches)
    if not planned.conflicts:
        verify(planned, patches)
        for change in planned.changes:
            path = root / change.path
            if change.after is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(change.after)
    return planned


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_steps_over_each_others_results(path: Path, tmp_path: Path) -> None:
    case = toml_source.parse(path.read_text())
    for name, text in {"src/pkg/__init__.py": "", **case["before"]}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    patches = patches_of(case["patches"])
    planned = run(tmp_path, patches)
    said = [
        "\n".join([each.outcome.reason, *each.outcome.details])
        for each in planned.conflicts
        if isinstance(each.outcome, Conflict)
    ]
    assert said == case.get("conflicts", [])
    if said:
        return
    for name, text in case["after"].items():
        assert (tmp_path / name).read_text() == text
    for name in case.get("gone", []):
        assert not (tmp_path / name).exists()
    again = run(tmp_path, patches)
    assert not again.changes
    assert all(isinstance(result.outcome, Satisfied) for result in again.results), again.conflicts
