"""The long proofs, in short; docs/reliability.md shows what the long ones saw."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from fuzz.targets import TARGETS
from reliability import crashes, disks, ignoring, races
from reliability.__main__ import PARTS
from reliability.mutants.__main__ import shown
from reliability.mutants.making import chosen, mutants
from reliability.mutants.sdks import AUI
from reliability.mutants.trial import Trial
from tests.sdks import ROOT, first_of

SHORT: dict[str, Callable[[], Iterator[str]]] = {
    "calls": partial(crashes.at_every_call, 6),
    "times": partial(crashes.at_random, 6, 60),
    "disks": partial(disks.every, 60),
    "races": partial(races.two_at_once, 2, 60),
    "ignore files": partial(ignoring.predicted, 120),
}

WRONG = """
method: call left out
copy: additional query dropped
copy: argument dropped
copy: key in a header as well
copy: parameter renamed
copy: path changed
key: fixed
key: pass
root: key fixed
added: class in a new module, as generated
added: function, as generated
added: subclass with a connect of its own, as generated
structure: all asynchronous openings in core, as generated
structure: getattr, as generated
structure: helper class, as generated
structure: method renamed, with a helper, as generated
structure: mixin in a module of its own, as generated
structure: partial, as generated
""".strip().splitlines()
RIGHT = """
added: class in a new module, patched
environment: by concatenation
same: block in a function
same: doubled split
same: opening in a local
same: quote for urlencode
same: the query first
structure: dict, patched
structure: mixin in the module, patched
structure: opened(url, **kw) in core, patched
""".strip().splitlines()


@pytest.mark.parametrize("name", first_of(SHORT, lambda name: name in ("disks", "races")))
def test_it_holds(name: str) -> None:
    assert list(SHORT[name]())


@pytest.mark.slow
@pytest.mark.parametrize(("kinds", "outcome"), [(WRONG, "caught"), (["unmutated", *RIGHT], "equal")])
def test_verify_is_right_about_mutants(kinds: list[str], outcome: str, tmp_path: Path) -> None:
    with Trial(AUI, tmp_path) as trial:
        every = list(mutants(AUI, trial.tree, trial.generated))
        assert not trial.unread
        results = [trial.unmutated()] if "unmutated" in kinds else []
        for kind in kinds[len(results) :]:
            (mutant,) = chosen(every, 1, seed=1, only=kind)
            results.append(trial.tried(mutant, also_beside=False))
    assert len(results) == len(kinds)
    assert not [shown(result) for result in results if result.outcome != outcome]


def test_the_oracle_shares_no_code_with_sdkpatch() -> None:
    paths = sorted((ROOT / "reliability" / "mutants").glob("*.py"))
    assert "verifier.py" in {path.name for path in paths} and len(paths) > 2
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        froms = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        names = froms | {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
        assert path.name == "verifier.py" or not any(name.split(".")[0] == "sdkpatch" for name in names), path.name


def test_the_page_shows_every_part() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text().partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+?) \| .* \| \d+ \|$", page, re.MULTILINE)
    assert [row for row in rows if row] == [*(name for name, _ in PARTS), *(f"fuzz `{name}`" for name in TARGETS)]
    assert "FAILED" not in page
