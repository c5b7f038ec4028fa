"""Read ``.fern/replay.lock``: the customizations that Fern's Replay keeps as text diffs, with their messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import UsageError

LOCK = ".fern/replay.lock"
_ENTRY = re.compile(r"^  - id: *(?P<id>\S+)", re.MULTILINE)
_SECTION = re.compile(r"^patches:\s*$", re.MULTILINE)


class Replayed(NamedTuple):
    """One customization: its commit, its message, the files it changes, and its state where Replay notes one."""

    id: str
    commit: str
    message: str
    files: tuple[str, ...]
    status: str

    @property
    def is_conflicted(self) -> bool:
        """Tell whether Replay could not apply it any more."""
        return self.status in ("unresolved", "conflict", "conflicted", "failed")


def read(root: Path) -> tuple[Replayed, ...]:
    """Return what Replay keeps for the tree at ``root``. Raises UsageError where there is no such file."""
    path = root / LOCK
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        hint = "leave --from-replay out: capture compares the trees themselves"
        raise UsageError(
            "--from-replay",
            found=f"no {LOCK} in TREE",
            expected="a tree that Replay keeps customizations of",
            hint=hint,
        ) from None
    return tuple(_entries(text))


def _entries(text: str) -> Iterator[Replayed]:
    section = _SECTION.search(text)
    body = text[section.end() :] if section else ""
    starts = [found.start() for found in _ENTRY.finditer(body)]
    for start, stop in zip(starts, [*starts[1:], len(body)], strict=True):
        entry = body[start:stop]
        found = _ENTRY.match(entry)
        assert found is not None
        yield Replayed(
            id=found["id"],
            commit=_scalar(entry, "original_commit"),
            message=_scalar(entry, "original_message"),
            files=tuple(_listed(entry, "files")),
            status=_scalar(entry, "status"),
        )


def _scalar(entry: str, key: str) -> str:
    """Return a value of an entry: plain, quoted, or a block of lines."""
    found = re.search(rf"^    {key}: *(?P<value>.*)$", entry, re.MULTILINE)
    if found is None:
        return ""
    value = found["value"].strip()
    if value[:1] in ("|", ">"):
        lines = []
        for line in entry[found.end() + 1 :].split("\n"):
            if line.strip() and not line.startswith("      "):
                break
            lines.append(line[6:])
        return "\n".join(lines).strip()
    if value.startswith('"') and value.endswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value.strip('"')
    return value.strip("'")


def _listed(entry: str, key: str) -> Sequence[str]:
    found = re.search(rf"^    {key}:\s*\n((?:      - .*\n?)*)", entry, re.MULTILINE)
    lines = found[1].splitlines() if found else []
    return [line.strip()[2:].strip("'\"") for line in lines]
