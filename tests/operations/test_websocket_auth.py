"""The laws every case of ``websocket.auth`` obeys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sdkpatch.model import Applied, Conflict, Satisfied
from tests.operations.cases import RARE_ENCODINGS, Case, before_and_after, cases, patch_of, ruff, run

ALL = cases("websocket.auth")
CHANGING = [case for case in ALL if case.after is not None]
VARIANTS: dict[str, Callable[[str], bytes]] = {
    "lf": lambda text: text.encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "latin-1": lambda text: ("# -*- coding: latin-1 -*-\n# é\n" + text).encode("latin-1"),
    "lone cr": lambda text: text.rstrip("\n").replace("\n", "\r").encode(),
    "no final newline": lambda text: text.rstrip("\n").encode(),
}


def write(root: Path, data: bytes) -> Path:
    path = root / "pkg" / "client.py"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "variant",
    [pytest.param(each, marks=[pytest.mark.encodings] if each in RARE_ENCODINGS else []) for each in VARIANTS],
)
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_case(case: Case, variant: str, tmp_path: Path) -> None:
    encode = VARIANTS[variant]
    assert case.before is not None
    path = write(tmp_path, encode(case.before))
    patch = patch_of("websocket.auth", case.arguments)
    planned = run(tmp_path, patch)
    if case.conflict:
        shift = 2 if variant == "latin-1" else 0
        reasons = [result.outcome.reason for result in planned.results if isinstance(result.outcome, Conflict)]
        assert case.conflict in [_shifted(reason, -shift) for reason in reasons]
        assert path.read_bytes() == encode(case.before)
        return
    assert not planned.conflicts
    if case.after is None:
        assert not planned.changes
        assert path.read_bytes() == encode(case.before)
        return
    assert path.read_bytes() == encode(case.after)
    compile(path.read_bytes(), str(path), "exec")
    second = run(tmp_path, patch)
    assert not second.changes
    assert second.results
    assert all(isinstance(result.outcome, Satisfied) for result in second.results)


def _shifted(reason: str, by: int) -> str:
    """Move the line number in a reason: a variant may have lines above the case."""
    words = reason.split(" ")
    if words[0] == "line":
        words[1] = str(int(words[1]) + by)
    return " ".join(words)


def test_two_cases_in_five_stay_as_they_are() -> None:
    assert len(ALL) >= 50
    assert 3 * len([case for case in ALL if case.after is None]) >= 2 * len(CHANGING)


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What ruff says of the code before and after, of all cases at once."""
    return ruff(before_and_after(CHANGING), tmp_path_factory.mktemp("ruff"))


@pytest.mark.parametrize("at", range(len(CHANGING)), ids=[case.name for case in CHANGING])
def test_the_result_is_laid_out_as_ruff_would(at: int, findings: dict[str, list[str]]) -> None:
    if CHANGING[at].name == "tabs":
        assert findings[f"before_{at}"]  # Fern never wrote it
        return
    assert findings[f"before_{at}"] == []
    assert findings[f"after_{at}"] == []


def test_every_site_is_reported_with_its_name_line_and_flavour(tmp_path: Path) -> None:
    case = next(case for case in ALL if case.name == "shape-encode-query")
    assert case.before is not None
    write(tmp_path, case.before.encode())
    planned = run(tmp_path, patch_of("websocket.auth", case.arguments))
    shown = [(r.site.path, r.site.line, r.site.name, r.site.flavour) for r in planned.results]
    assert shown == [
        ("pkg/client.py", 49, "ChatClient.connect", "sync"),
        ("pkg/client.py", 87, "AsyncChatClient.connect", "async"),
    ]
    assert all(isinstance(result.outcome, Applied) for result in planned.results)
