"""Case files: one TOML per case, with the step's arguments, the code before, and the code after or the conflict."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sdkpatch.loading.patchfile import STEP_FIELDS
from sdkpatch.model import Expectation, Patch, Plan, Step
from sdkpatch.operations import OPERATIONS
from sdkpatch.planning.plan import plan
from sdkpatch.planning.prove import verify
from sdkpatch.schema import toml_source
from sdkpatch.schema.fields import Table
from sdkpatch.tree import scan

RARE_ENCODINGS = {"bom", "latin-1", "lone cr", "no final newline"}
"""What few files of an SDK have; make quick leaves them to make test."""

CASES = Path(__file__).parent.parent / "cases"


class Case(NamedTuple):
    """A case; ``after`` None means that nothing changes, ``conflict`` is the reason when it cannot.

    A reason that ends with … is cut there: what follows is Python's own wording, which differs between versions.

    ``before`` None means that there is no such file, ``gone`` that there is none afterwards; ``others`` are further
    files of the tree.
    """

    operation: str
    name: str
    arguments: dict[str, Any]
    before: str | None
    after: str | None
    conflict: str
    path: str
    gone: bool
    others: dict[str, str]


def cases(operation: str, folder: str = "") -> list[Case]:
    """Return the cases of an operation, sorted by name; ``folder`` is where they are if it has another name."""
    found = []
    for path in sorted((CASES / (folder or operation)).glob("*.toml")):
        table = toml_source.parse(path.read_text())
        assert set(table) <= {"step", "before", "after", "conflict", "path", "gone", "others"}, path.name
        case = Case(
            operation=operation,
            name=path.stem,
            arguments=table["step"],
            before=table.get("before"),
            after=table.get("after"),
            conflict=table.get("conflict", ""),
            path=table.get("path", "pkg/client.py"),
            gone=table.get("gone", False),
            others=table.get("others", {}),
        )
        found.append(case)
    return found


def patch_of(operation: str, arguments: dict[str, Any], **expect: Any) -> Patch:
    """Return a patch of one step, its arguments checked as the loader does."""
    mistakes: list[object] = []

    def report(key: object, *, found: str, expected: str, hint: str = "") -> None:
        mistakes.append((key, found, expected, hint))

    checked = Table((*STEP_FIELDS, *OPERATIONS[operation].fields)).check(
        {"op": operation, **arguments}, ("step", 0), report
    )
    assert isinstance(checked, dict)
    compiled = OPERATIONS[operation].compile(checked, ("step", 0), report)
    assert not mistakes, mistakes
    step = Step(
        operation=operation,
        files=tuple(checked["files"] or OPERATIONS[operation].files_for(compiled)),
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
            if change.after is None:
                (root / change.path).unlink()
            else:
                (root / change.path).parent.mkdir(parents=True, exist_ok=True)
                (root / change.path).write_bytes(change.after)
    return planned


def before_and_after(cases: Sequence[Case]) -> dict[str, str]:
    """Return the code of cases, named by what it is and by the case's place among them."""
    codes = {f"before_{at}": case.before for at, case in enumerate(cases)}
    codes |= {f"after_{at}": case.after for at, case in enumerate(cases)}
    return {name: code for name, code in codes.items() if code is not None}


def ruff(codes: Mapping[str, str], folder: Path) -> dict[str, list[str]]:
    """Return what ruff, configured as Fern configures it, would change in the layout and the imports of each code."""
    for name, code in codes.items():
        (folder / f"{name}.py").write_text(code)
    options = ["--no-cache", "--isolated", "--line-length", "120"]
    ferns = 'lint.isort.section-order = ["future", "standard-library", "third-party", "first-party"]'
    sorting = ["--select", "I", "--config", ferns, "--config", 'lint.isort.default-section = "third-party"']
    found: dict[str, list[str]] = {name: [] for name in codes}
    for command in (
        ["format", "--diff", *options],
        ["check", "--quiet", "--output-format=concise", *options, *sorting],
    ):
        whole = [sys.executable, "-m", "ruff", *command, "."]
        done = subprocess.run(whole, cwd=folder, capture_output=True, text=True, check=False)
        assert "error:" not in done.stderr, done.stderr
        name = ""
        for line in done.stdout.splitlines():
            at = re.match(r"(?:--- |\+\+\+ )?(\w+)\.py(?::|$)", line)
            name = at[1] if at else name
            found[name] += [line] if line else []
    return found
