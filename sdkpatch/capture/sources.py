"""Find the generated tree in git: the newest commit by which the generator wrote the SDK, and the commits since."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import UsageError
from ..running.generations import Commit, generated, log
from ..writing import git
from .compose import Reason
from .replay import Replayed

_MANY_FILES, _MOST_TRIED = 10, 20
"""From how many differing files on another generation is looked for, and how many generations are."""


def generation(root: Path) -> Commit:
    """Return the newest commit by which the generator wrote the tree at ``root``. Raises UsageError for none."""
    found = next(generated(root), None)
    if found is None:
        known = list(log(root, "HEAD"))
        where = f"no commit by Fern among the last {len(known)}" if known else "no git repository with commits"
        hint = "for example: sdkpatch capture --generated 1a2b3c4, or --generated ../fresh-generation"
        raise UsageError(
            "--generated", found=where, expected="the revision, or the folder, that holds the generated code", hint=hint
        )
    return found


def since(root: Path, revision: str) -> list[Commit]:
    """Return the commits since a revision that touch the tree, oldest first, those by the generator left out."""
    return [each for each in reversed(list(log(root, f"{revision}..HEAD", "--first-parent"))) if not each.is_generated]


class BetterFit(NamedTuple):
    """A generation that the tree differs less from than from the given one, with the files that differ from either."""

    commit: Commit
    differing: int
    given: int


def better(root: Path, revision: str) -> BetterFit | None:
    """Return the generation that fits the tree best, where the given one is older or newer than the edits' base."""
    given = _differing(root, revision)
    if given < _MANY_FILES:
        return None
    others = [each for each in log(root, "HEAD") if each.is_generated and not each.id.startswith(revision)]
    fits = [(_differing(root, each.id), at, each) for at, each in enumerate(others[:_MOST_TRIED])]
    fewest, _, commit = min(fits, default=(given, 0, None), key=lambda each: each[:2])
    return BetterFit(commit, fewest, given) if commit is not None and 2 * fewest < given else None


def _differing(root: Path, revision: str) -> int:
    """Return how many files of the tree are not as in a revision."""
    done = git.run(root, "diff", "--name-only", "--relative", "-z", revision, "--", ".")
    return done.stdout.count(b"\0")


def touched(root: Path, commit: str) -> frozenset[str]:
    """Return the files of the tree that a commit changed."""
    done = git.run(root, "show", "--first-parent", "--format=", "--name-only", "--relative", "-z", commit, "--", ".")
    return frozenset(name for name in done.stdout.decode("utf-8", "surrogateescape").split("\0") if name.strip())


def reasons(root: Path, revision: str) -> dict[str, list[Reason]]:
    """Return for each file of the tree the commits since a revision that changed it, as reasons."""
    found: dict[str, list[Reason]] = {}
    for commit in since(root, revision):
        reason = reason_of(commit.subject, commit.body)
        for path in touched(root, commit.id):
            found.setdefault(path, []).append(reason)
    return found


def reason_of(subject: str, body: str) -> Reason:
    """Return a commit's message as the title and reason of a patch."""
    return Reason(title=_title(subject), why=_why(body))


def replayed(found: Sequence[Replayed]) -> dict[str, list[Reason]]:
    """Return for each file the customizations of Replay that change it, as reasons."""
    by_file: dict[str, list[Reason]] = {}
    for each in found:
        subject, _, body = each.message.partition("\n")
        for path in each.files:
            by_file.setdefault(path, []).append(reason_of(subject, body))
    return by_file


def _title(subject: str) -> str:
    """Return a commit's subject without its type and the number of its pull request."""
    text = re.sub(r"\s*\(#\d+\)$", "", subject.strip())
    text = re.sub(r"^(feat|fix|chore|docs|refactor|test|build|ci|perf|style)(\([^)]*\))?!?:\s*", "", text)
    return text[:1].upper() + text[1:] if text else "Hand edits"


def _why(body: str) -> str:
    """Return a commit's body without its trailers."""
    lines = [line.rstrip() for line in body.strip().split("\n")]
    kept = [line for line in lines if not re.match(r"^[A-Z][A-Za-z-]+: .*(<.+@.+>|https?://)", line)]
    return "\n".join(kept).strip()
