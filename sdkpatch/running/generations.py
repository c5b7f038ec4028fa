"""Find the generator's commits: those by which Fern wrote an SDK, as its bots and subjects tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..writing import git

_SUBJECT = re.compile(r"^(\[fern-generated\]|sdk regeneration\b|🌿|:herb:)", re.IGNORECASE)
"""How commits of Fern's generator begin, as they are found in public SDKs."""
_AUTHOR = re.compile(
    r"^(fern-api(\[bot\])?|fern-support|fern)$|fern-api\[bot\]@|^support@buildwithfern\.com$", re.IGNORECASE
)
_REPLAY = ".fern/replay.lock"
_REPLAYED = re.compile(r"^\[fern-(replay|autoversion)", re.IGNORECASE)
_CURRENT = re.compile(r"^current_generation:\s*['\"]?([0-9a-f]{40})", re.MULTILINE)
_MOST_COMMITS = 5000


class Commit(NamedTuple):
    """A commit of the repository that a tree is in; ``date`` is the day on which it was committed."""

    id: str
    author: str
    email: str
    date: str
    subject: str
    body: str

    @property
    def is_generated(self) -> bool:
        """Tell whether the generator made it, as far as its author and subject say."""
        if _REPLAYED.match(self.subject):
            return False
        return bool(_SUBJECT.match(self.subject) or _AUTHOR.search(self.author) or _AUTHOR.search(self.email))


def generated(root: Path, reach: str = "HEAD", below: str = ".") -> Iterator[Commit]:
    """Return the commits by which the generator wrote what is ``below`` the tree at ``root``, newest first."""
    named = replay_generation(root)
    return (each for each in log(root, reach, below=below) if each.id == named or each.is_generated)


def replay_generation(root: Path) -> str:
    """Return the commit that Fern's Replay names as the current generation, an empty string for none."""
    path = root / _REPLAY
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return ""
    found = _CURRENT.search(text)
    return found[1] if found else ""


def log(root: Path, *arguments: str, below: str = ".") -> Iterator[Commit]:
    """Yield the commits that changed what is ``below``, newest first; none where git cannot tell."""
    try:
        done = git.run(
            root,
            "log",
            f"--max-count={_MOST_COMMITS}",
            "--format=%H%x00%an%x00%ae%x00%cs%x00%s%x00%b%x1e",
            *arguments,
            "--",
            below,
        )
    except OSError:
        return
    if done.returncode:
        return
    for record in done.stdout.decode("utf-8", "replace").split("\x1e"):
        fields = record.lstrip("\n").split("\0")
        if len(fields) == 6:
            yield Commit(*fields)
