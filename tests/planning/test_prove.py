"""Verification refuses a plan that does not do what it says, whoever made it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdkpatch.errors import VerificationError
from sdkpatch.model import Plan, Region
from sdkpatch.planning.plan import plan
from sdkpatch.planning.prove import verify
from sdkpatch.tree import scan
from tests.operations.cases import patch_of
from tests.shapes import Shape, write_sdk

PATCH = patch_of("websocket.auth", {"take": {"key": {"header": "x-api-key"}}, "send": {"query": {"api_key": "$key"}}})
RAW = "src/pkg/chat/raw_client.py"


@pytest.fixture
def good(tmp_path: Path) -> Plan:
    return plan(scan(write_sdk(tmp_path, "pkg", Shape())), [PATCH])


def spoiled(good: Plan, old: bytes, new: bytes, *, blind: bool = True) -> Plan:
    """Return the plan with the new bytes of one file changed; ``blind`` widens the regions to the whole file."""
    change = next(change for change in good.changes if change.path == RAW)
    assert change.after is not None and old in change.after
    after = change.after.replace(old, new)
    revision = change.revisions[-1]._replace(after=after)
    if blind:
        whole = Region(start=1, stop=revision.before.count(b"\n") + 1, length=after.count(b"\n"))
        revision = revision._replace(regions=(whole,))
    return good._replace(changes=(change._replace(after=after, revisions=(revision,)),))


def test_the_plan_itself_verifies(good: Plan) -> None:
    verify(good, (PATCH,))


@pytest.mark.parametrize(
    "old, new, blind, message",
    [
        (
            b"import typing\n",
            b"import typing as typing\n",
            False,
            ":1: the planned change failed its verification: lines outside",
        ),
        (
            b"class RawChatClient:",
            b"class RawChatClient",
            True,
            ":21: the planned change failed its verification: it does not compile",
        ),
        (
            b'_key = _sent.get("x-api-key")',
            b"_key = None",
            True,
            ":58: the planned change failed its verification: RawChatClient.connect does not hold what case promises",
        ),
        (
            b'if name.lower() != "x-api-key"}',
            b'if name.lower() != "x-api-keys"}',
            True,
            ":58: the planned change failed its verification: RawChatClient.connect does not hold what case promises",
        ),
        (
            b"        ws_url = _url.geturl()\n",
            b"        _ = _url.geturl()\n",
            True,
            ":58: the planned change failed its verification: RawChatClient.connect does not hold what case promises",
        ),
    ],
)
def test_a_plan_that_lies(good: Plan, old: bytes, new: bytes, blind: bool, message: str) -> None:
    with pytest.raises(VerificationError) as raised:
        verify(spoiled(good, old, new, blind=blind), (PATCH,))
    assert f"{RAW}{message}" in str(raised.value)
    assert str(raised.value).endswith("; nothing was written")


def test_a_handshake_that_the_edit_lost(good: Plan) -> None:
    plan = spoiled(good, b"websockets_client_connect(ws_url, extra_headers=headers)", b"nothing()")
    with pytest.raises(VerificationError, match="2 sites became 1"):
        verify(plan, (PATCH,))
