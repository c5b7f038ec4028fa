"""The laws every case of the operations on structure, files, TOML and text obeys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from sdkpatch.model import Conflict, Satisfied
from sdkpatch.operations import OPERATIONS
from sdkpatch.resources import SUPPORT_MODULES, support
from tests.operations.cases import RARE_ENCODINGS, Case, before_and_after, cases, patch_of, ruff, run
from tests.sdks import ROOT

NAMES = sorted(set(OPERATIONS) - {"websocket.auth", "fernignore.protect"})
ALL = [case for name in NAMES for case in cases(name)] + cases("websocket.auth", "websocket.auth.sending")
CHANGING = [case for case in ALL if case.after is not None or case.gone]
VARIANTS: dict[str, Callable[[str], bytes]] = {
    "lf": lambda text: text.encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "no final newline": lambda text: text.removesuffix("\n").encode(),
}


def name_of(case: Case) -> str:
    return f"{case.operation}: {case.name}"


def write(root: Path, case: Case, encode: Callable[[str], bytes]) -> Path:
    usual = {"pkg/__init__.py": "", **{f"pkg/core/{name}.py": support(name) for name in SUPPORT_MODULES}}
    if case.operation.startswith(("websocket", "secrets")):  # they build on the SDK's core
        error = ROOT / "examples" / "aui-python" / "src" / "aui" / "core" / "api_error.py"
        usual |= {"pkg/core/api_error.py": error.read_text(), "pkg/core/__init__.py": "", "pkg/chat/__init__.py": ""}
    for name, text in {**usual, **case.others}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    path = root / case.path
    if case.before is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(case.before))
    elif path.exists():
        path.unlink()
    return path


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def in_variants(case: Case) -> Iterator[ParameterSet]:
    """Yield a case in each encoding; what is refused for its size takes long, and is refused in all of them alike."""
    is_long = case.conflict.startswith("the pattern has too many ways")
    for variant in ["lf"] if is_long else VARIANTS:
        marks = [pytest.mark.slow] if is_long else [pytest.mark.encodings] if variant in RARE_ENCODINGS else []
        yield pytest.param(case, variant, id=f"{name_of(case)}-{variant}", marks=marks)


@pytest.mark.parametrize(("case", "variant"), [each for case in ALL for each in in_variants(case)])
def test_case(case: Case, variant: str, tmp_path: Path) -> None:
    is_whole = not case.before or case.operation == "file.add"  # what is written is no edit of what was there
    encode = VARIANTS["lf"] if is_whole else VARIANTS[variant]
    path = write(tmp_path, case, encode)
    before = content(path)
    others = {name: (tmp_path / name).read_bytes() for name in case.others}
    patch = patch_of(case.operation, case.arguments)
    planned = run(tmp_path, patch)
    assert {name: (tmp_path / name).read_bytes() for name in case.others} == others
    if case.conflict:
        reasons = [result.outcome.reason for result in planned.results if isinstance(result.outcome, Conflict)]
        assert any(_is_reason(case.conflict, reason) for reason in reasons), reasons
        assert content(path) == before
        return
    assert not planned.conflicts
    if case.after is None and not case.gone:
        assert not planned.changes
        assert content(path) == before
        assert all(isinstance(result.outcome, Satisfied) for result in planned.results)
        return
    if case.gone:
        assert content(path) is None
    else:
        assert case.after is not None
        assert content(path) == encode(case.after)
        if case.path.endswith(".py"):
            compile(path.read_bytes(), str(path), "exec")
    second = run(tmp_path, patch)
    assert not second.changes
    assert second.results
    assert all(isinstance(result.outcome, Satisfied) for result in second.results)


def _is_reason(wanted: str, reason: str) -> bool:
    return reason.startswith(wanted[:-1]) if wanted.endswith("…") else reason == wanted


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_has_cases_that_change_that_do_not_and_that_conflict(name: str) -> None:
    own = cases(name)
    assert [case for case in own if case.after is not None or case.gone]
    assert [case for case in own if case.after is None and not case.gone and not case.conflict]
    assert name == "import.deduplicate" or [case for case in own if case.conflict]


def test_two_cases_in_five_stay_as_they_are() -> None:
    assert 3 * (len(ALL) - len(CHANGING)) >= 2 * len(CHANGING)


LAID_OUT = [
    case
    for case in CHANGING
    if case.path.endswith(".py") and case.after is not None and not case.name.startswith("unsorted")
]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What ruff says of the code before and after, of all cases at once."""
    return ruff(before_and_after(LAID_OUT), tmp_path_factory.mktemp("ruff"))


@pytest.mark.parametrize("at", range(len(LAID_OUT)), ids=[name_of(case) for case in LAID_OUT])
def test_the_result_is_laid_out_as_ruff_would(at: int, findings: dict[str, list[str]]) -> None:
    assert findings.get(f"before_{at}", []) == []
    assert findings[f"after_{at}"] == []
