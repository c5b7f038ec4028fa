"""The values that pass between the stages of capture: steps as tables, and what a hand edit became."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple, TypeAlias

StepTable: TypeAlias = Mapping[str, Any]
"""A ``[[step]]`` as it stands in a patch file: ``op`` first, then its arguments in the order they are read."""


class Rung(IntEnum):
    """How a hand edit is said, most meaningful first."""

    OPERATION = 1
    REWRITE = 2
    BODY = 3
    TEXT = 4
    WHOLE_FILE = 5

    @property
    def word(self) -> str:
        """The rung as a report names it."""
        return ("operation", "rewrite", "body", "text", "whole file")[self - 1]


class Candidate(NamedTuple):
    """Steps that may say a difference."""

    rung: Rung
    steps: tuple[StepTable, ...]


class Said(NamedTuple):
    """A hand edit and the steps that say it; ``scope`` is where it is, ``line`` its line in the generated file."""

    path: str
    scope: str
    line: int
    rung: Rung
    steps: tuple[StepTable, ...]
    key: str = ""


class Unsaid(NamedTuple):
    """A hand edit that no step can say, with the reason."""

    path: str
    reason: str
