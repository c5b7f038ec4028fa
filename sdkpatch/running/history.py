"""Choose the generations that a backtest looks at, and say what keeps git from telling them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ..errors import UsageError
from ..writing import git
from .generations import Commit, generated, log
from .snapshots import Snapshots

_BY_FERN = "a commit by fern-api[bot] or Fern Support, or with a subject such as SDK regeneration or [fern-generated]"
_ONE_TREE = "for one tree without its history: sdkpatch backtest --next ../fresh-generation"


class History(NamedTuple):
    """The commits to look at, oldest first, and how many older ones were left out.

    ``passed`` are more than were asked for, ``elsewhere`` are those that have no folder at the tree's path.
    """

    commits: tuple[Commit, ...]
    passed: int
    elsewhere: int


def history(root: Path, *, last: int | None, since: str = "", by: str = "") -> History:
    """Return the newest ``last`` generations, or all, of the tree at ``root`` after the revision ``since``.

    ``by`` is what the author or the subject of a generator's commit holds, where Fern's own marks are not the ones.
    Raises UsageError when there is no repository or no generation, and when the clone or the history does not reach
    back as far as was asked for.
    """
    is_shallow = _is_shallow(root)
    reach = f"{_ancestor(root, since)}..HEAD" if since else "HEAD"
    found = _by(root, by, reach) if by else list(generated(root, reach))
    if is_shallow and (last is None or len(found) < last):
        raise UsageError(
            str(root),
            found=f"a shallow clone with {_count(len(found))}",
            expected=f"the history of the last {_count(last)}" if last else f"the history since {since}",
            hint="git fetch --unshallow gets it; in GitHub Actions: actions/checkout with fetch-depth: 0",
        )
    if not found:
        raise _nothing(root, reach, since, by)
    kept = found[:last]
    elsewhere = 0 if since or len(kept) < len(found) else _elsewhere(root, found, by)
    return History(tuple(reversed(kept)), len(found) - len(kept), elsewhere)


def _is_shallow(root: Path) -> bool:
    """Tell whether the clone's history is cut off. Raises UsageError when there is no history at all."""
    if not root.is_dir():
        raise UsageError(str(root), found="no such folder", expected="the directory of a Fern-generated Python SDK")
    try:
        done = git.run(root, "rev-parse", "--is-shallow-repository", "--verify", "--quiet", "HEAD^{commit}")
        told = git.run(root, "rev-parse", "--is-shallow-repository")
    except OSError as error:
        raise UsageError("git", found="it is not installed", expected="git", hint=_ONE_TREE) from error
    if told.returncode:
        reason = next(iter(told.stderr.decode("utf-8", "replace").strip().splitlines()), "no git repository")
        expected = "a folder of the repository that Fern generates the SDK into"
        raise UsageError(str(root), found=reason, expected=expected, hint=_ONE_TREE)
    if done.returncode:
        raise UsageError(str(root), found="a repository without commits", expected="generations", hint=_ONE_TREE)
    return told.stdout.strip() == b"true"


def _ancestor(root: Path, revision: str) -> str:
    """Return the id of a revision that HEAD comes from. Raises UsageError."""
    asked = git.run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    found = asked.stdout.decode().strip()
    if asked.returncode or not found:
        hint = "for example: --since v1.4.0, or --since HEAD~200"
        raise UsageError("--since", found=f'"{revision}"', expected="a revision of the repository", hint=hint)
    if git.run(root, "merge-base", "--is-ancestor", found, "HEAD").returncode:
        where = f'"{revision}", which is not in the history of HEAD: it was rewritten, or this is another branch'
        hint = f"git merge-base {found[:12]} HEAD names the last commit that both have"
        raise UsageError("--since", found=where, expected="a commit that HEAD comes from", hint=hint)
    return found


def _by(root: Path, text: str, reach: str, below: str = ".") -> list[Commit]:
    """Return the commits whose author or subject holds a text, upper and lower case alike."""
    wanted = text.casefold()
    told = ((each, f"{each.author}\n{each.email}\n{each.subject}".casefold()) for each in log(root, reach, below=below))
    return [each for each, words in told if wanted in words]


def _nothing(root: Path, reach: str, since: str, by: str) -> UsageError:
    seen = len(list(log(root, reach)))
    after = f" since {since}" if since else ""
    if not seen:
        hint = "commit the generated SDK, or look further back" if since else _ONE_TREE
        return UsageError(str(root), found=f"no commit{after} that changes it", expected="generations", hint=hint)
    whose = f'whose author or subject holds "{by}"' if by else "by Fern"
    among = f"the {seen} commits" if seen > 1 else "the only commit"
    hint = "say what generator commits have in common in author or subject, such as --generated-by 'regenerate sdk'"
    expected = "one that its author or subject tells" if by else _BY_FERN
    return UsageError(str(root), found=f"no commit {whose} among {among}{after}", expected=expected, hint=hint)


def _elsewhere(root: Path, found: list[Commit], by: str) -> int:
    """Return how many generator's commits of the repository are older than the tree's folder."""
    everywhere = _by(root, by, "HEAD", ":/") if by else generated(root, "HEAD", ":/")
    known = {each.id for each in found}
    others = [each.id for each in everywhere if each.id not in known]
    return Snapshots(root).states(others).count(False)


def _count(generations: int) -> str:
    return f"{generations} {'generation' if generations == 1 else 'generations'}"
