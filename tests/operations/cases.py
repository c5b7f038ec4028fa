"""Case files: one TOML per case, with the step's arguments, the code before, and the code after or the conflict."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from sdkpatch import toml_source
from sdkpatch.model import Expectation, Patch, Plan, Step
from sdkpatch.operations import OPERATIONS
from sdkpatch.plan import plan
from sdkpatch.tree import scan
from sdkpatch.verify import verify

CASES = Path(__file__).parent.parent / "cases"


class Case(NamedTuple):
    """A case; ``after`` None means that nothing changes, ``conflict`` is the reason when it cannot."""

    name: str
    arguments: dict[str, Any]
    before: str
    after: str | None
    conflict: str


def cases(operation: str) -> list[Case]:
    """Return the cases of an operation, sorted by name."""
    found = []
    for path in sorted((CASES / operation).glob("*.toml")):
        table = toml_source.parse(path.read_text())
        assert set(table) <= {"step", "before", "after", "conflict"}, path.name
        case = Case(
            name=path.stem,
            arguments=table["step"],
            before=table["before"],
            after=table.get("after"),
            conflict=table.get("conflict", ""),
        )
        found.append(case)
    return found


def patch_of(operation: str, arguments: dict[str, Any], **expect: Any) -> Patch:
    """Return a patch of one step, its arguments checked as the loader does."""
    mistakes: list[object] = []

    def report(key: object, *, found: str, expected: str, hint: str = "") -> None:
        mistakes.append((key, found, expected, hint))

    from sdkpatch.fields import Table

    checked = Table(OPERATIONS[operation].fields).check(arguments, ("step", 0), report)
    assert isinstance(checked, dict)
    compiled = OPERATIONS[operation].compile(checked, ("step", 0), report)
    assert not mistakes, mistakes
    step = Step(
        operation=operation,
        files=OPERATIONS[operation].files,
        arguments=compiled,
        expect=Expectation(**{"relation": "any", **expect}),
        line=1,
    )
    return Patch(
        id="case",
        title="case",
        why="",
        link="",
        origin="case.toml",
        generator="",
        freeze=False,
        steps=(step,),
        examples=(),
        parameters={},
    )


def run(root: Path, patch: Patch) -> Plan:
    """Plan and verify, and write what the plan says."""
    tree = scan(root)
    planned = plan(tree, [patch])
    if not planned.conflicts:
        verify(planned, (patch,))
        for change in planned.changes:
            (root / change.path).write_bytes(change.after)
    return planned
