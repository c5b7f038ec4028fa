"""Narrowing chooses sites: what is written at a site is the same, however the step came to it."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest

from sdkpatch.model import Applied, Conflict, Expectation, Patch, Plan, Satisfied
from sdkpatch.operations.websocket_auth.arguments import Arguments
from sdkpatch.planning.plan import plan
from sdkpatch.tree import scan
from tests.operations.cases import patch_of, run
from tests.sdks import ROOT, SDKS, Sdk, unpacked

EXAMPLE = ROOT / "examples" / "aui-python" / "src"
KEY = {"key": {"header": "x-network-api-key"}}
MODULE = "aui/core/sdkpatch_websocket.py"
STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "header into query": ("websocket.auth", {"take": KEY, "send": {"query": {"token": "$key"}}}),
    "no other header": ("websocket.auth", {"take": KEY, "send": {"query": {"token": "$key"}}, "headers": "drop"}),
    "header into header": ("websocket.auth", {"take": KEY, "send": {"header": {"Authorization": "Token $key"}}}),
    "attribute into query": (
        "websocket.auth",
        {"take": {"key": {"attribute": "api_key"}}, "send": {"query": {"token": "$key"}}},
    ),
    "query": ("websocket.query", {"add": {"v": "1"}}),
    "headers": ("websocket.headers", {"unique": True, "add": {"X-A": "1"}}),
    "plain arguments": ("websocket.connect", {"arguments": {"max_size": "none"}}),
    "retries": ("websocket.connect", {"retry": {"attempts": 3}}),
    "errors": ("websocket.errors", {}),
    "transport": ("websocket.transport", {"client": "asyncio"}),
    "first message": ("websocket.messages", {"first": {"type": "welcome"}}),
}


def planned(root: Path, patch: Patch) -> Plan:
    found = plan(scan(root), [patch])
    assert not found.conflicts
    return found


def written(found: Plan) -> dict[str, bytes | None]:
    return {each.path: each.after for each in found.changes}


def methods(code: bytes) -> dict[str, bytes]:
    """Return the text of each method by its qualified name."""
    lines = code.splitlines(keepends=True)
    return {
        f"{owner.name}.{each.name}": b"".join(lines[each.lineno - 1 : each.end_lineno])
        for owner in ast.parse(code).body
        for each in (owner.body if isinstance(owner, ast.ClassDef) else ())
        if isinstance(owner, ast.ClassDef) and isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def hold(root: Path, operation: str, arguments: dict[str, Any]) -> None:
    """Hold the law for all sites of a tree, and for the asynchronous half of them."""
    whole = planned(root, patch_of(operation, arguments))
    after = written(whole)
    sites = sorted({each.site.name for each in whole.results if "." in each.site.name})
    assert sites
    assert written(planned(root, patch_of(operation, {**arguments, "within": sites}))) == after
    half = [each for each in sites if each.startswith("Async")]
    narrow = written(planned(root, patch_of(operation, {**arguments, "within": half})))
    assert narrow.keys() <= after.keys()
    for path, code in after.items():
        assert code is not None
        if not (root / path).exists():
            assert narrow.get(path, code) == code
            continue
        before = (root / path).read_bytes()
        wanted, found = methods(before), methods(narrow.get(path) or before)
        wanted |= {name: text for name, text in methods(code).items() if name in half}
        assert found == wanted, path


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_names_its_sites_writes_the_same(step: str) -> None:
    hold(EXAMPLE, *STEPS[step])


@pytest.mark.slow
@pytest.mark.parametrize("sdk", (SDKS[2], SDKS[4]), ids=lambda sdk: sdk.requirement)
def test_so_it_is_where_fern_wrote_the_code(sdk: Sdk) -> None:
    take = {"key": {"header": sdk.header, **({"scheme": sdk.scheme} if sdk.scheme else {})}}
    hold(unpacked(sdk.requirement), "websocket.auth", {"take": take, "send": {"query": {sdk.query: "$key"}}})


@pytest.mark.parametrize("step", ["header into query", "header into header"])
def test_files_twins_and_what_is_expected_change_no_code(step: str) -> None:
    patch = patch_of(*STEPS[step])
    after = written(planned(EXAMPLE, patch))
    (whole,) = patch.steps
    checked = whole._replace(twins=True, expect=Expectation(relation="=", sites=4))
    assert written(planned(EXAMPLE, patch._replace(steps=(checked,)))) == after
    plain = whole._replace(files=("**/external_session/client.py",), leave=("**/raw_client.py",))
    found = written(planned(EXAMPLE, patch._replace(steps=(plain,))))
    assert found == {path: code for path, code in after.items() if not path.endswith("raw_client.py")}


def other_form(patch: Patch) -> Patch:
    """Return a patch that makes the support module do what the code at the sites could."""
    (step,) = patch.steps
    assert isinstance(step.arguments, Arguments)
    return patch._replace(steps=(step._replace(arguments=step.arguments.sending),))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "sdk"))


def query(**more: object) -> Patch:
    operation, arguments = STEPS["header into query"]
    return patch_of(operation, {**arguments, **more})


@pytest.mark.parametrize("within", [{}, {"within": "*Client.connect"}], ids=["all", "named"])
def test_a_tree_that_the_support_module_was_used_in_is_satisfied(within: dict[str, object], tree: Path) -> None:
    assert len(run(tree, other_form(query(within="*Client.connect"))).changes) == 3
    again = run(tree, query(**within))
    assert not again.changes
    assert len(again.results) == 5
    assert all(isinstance(each.outcome, Satisfied) for each in again.results)


def test_the_support_module_comes_back_where_frozen_code_imports_it(tree: Path) -> None:
    run(tree, other_form(query()))
    text = (tree / MODULE).read_bytes()
    (tree / MODULE).unlink()
    shutil.copy(EXAMPLE / "aui" / "external_session" / "raw_client.py", tree / "aui" / "external_session")
    again = run(tree, query())
    assert {each.path for each in again.changes} == {MODULE, "aui/external_session/raw_client.py"}
    assert (tree / MODULE).read_bytes() == text
    assert b"sdkpatch_websocket" not in (tree / "aui" / "external_session" / "raw_client.py").read_bytes()
    assert sum(isinstance(each.outcome, Satisfied) for each in again.results) == 2
    assert not run(tree, query()).changes


def test_a_step_that_is_not_about_handshakes_leaves_the_module_alone(tree: Path) -> None:
    run(tree, other_form(query()))
    (tree / MODULE).write_text("# of another release\n")
    files = ["aui/external_session/client.py"]
    added = run(tree, patch_of("module.add", {"files": files, "code": "MORE = 1"}))
    assert {each.path for each in added.changes} == set(files)


def test_a_module_that_no_code_imports_is_not_added(tree: Path) -> None:
    assert MODULE not in written(run(tree, patch_of(*STEPS["plain arguments"])))
    assert MODULE in written(run(tree, patch_of(*STEPS["errors"])))


def test_of_two_steps_the_one_that_needs_the_module_owns_it(tree: Path) -> None:
    first, second = query(), patch_of(*STEPS["errors"])._replace(id="errors")
    found = plan(scan(tree), [first, second])
    assert [each.patch for each in found.results if each.site.path == MODULE] == ["errors"]


def test_each_site_is_judged_by_the_step_that_names_it(tree: Path) -> None:
    """The asynchronous half holds one goal, the other half another one in the other form."""
    sync = "{Raw,}ExternalSessionClient.*"
    run(tree, query(within="Async*.*"))
    found = run(tree, patch_of("websocket.auth", {**STEPS["header into header"][1], "within": sync}))
    assert all(isinstance(each.outcome, Applied) for each in found.results)
    for within, wanted in (("Async*.*", Satisfied), (sync, Conflict)):
        again = [each for each in plan(scan(tree), [query(within=within)]).results if "." in each.site.name]
        assert len(again) == 2
        assert all(isinstance(each.outcome, wanted) for each in again)
