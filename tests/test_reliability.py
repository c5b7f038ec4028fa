"""The long proofs, in short; docs/reliability.md shows what the long ones saw."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from fuzz.targets import TARGETS
from reliability import crashes, disks, ignoring, races
from reliability.__main__ import PARTS
from tests.sdks import ROOT

SHORT: dict[str, Callable[[], Iterator[str]]] = {
    "calls": partial(crashes.at_every_call, 6),
    "times": partial(crashes.at_random, 6, 60),
    "disks": partial(disks.every, 60),
    "races": partial(races.two_at_once, 2, 60),
    "ignore files": partial(ignoring.predicted, 120),
}


@pytest.mark.parametrize("name", SHORT)
def test_it_holds(name: str) -> None:
    assert list(SHORT[name]())


def test_the_page_shows_every_part() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text()
    rows = re.findall(r"^\| ([^|]+?) \| .* \| \d+ \|$", page, re.MULTILINE)
    assert [row for row in rows if row] == [*(name for name, _ in PARTS), *(f"fuzz `{name}`" for name in TARGETS)]
    assert "FAILED" not in page
