"""The unit of planning: one step of one patch, and what planning one file gives."""

from __future__ import annotations

import ast
import warnings
from typing import NamedTuple

from .model import Conflict, Outcome, Region, Result, Revision, Site, Step
from .source import Source


class Task(NamedTuple):
    """One step of one patch, with what identifies it in results; ``origin`` is the patch file as shown."""

    patch: str
    number: int
    step: Step
    origin: str

    def result(self, site: Site, outcome: Outcome) -> Result:
        """Return what the step means for a site."""
        return Result(patch=self.patch, step=self.number, operation=self.step.operation, site=site, outcome=outcome)

    def owns(self, result: Result) -> bool:
        """Tell whether a result is of this step."""
        return result.patch == self.patch and result.step == self.number


class FileResult:
    """What planning one file gave: results, and the revisions that lead to its new bytes.

    ``made`` names the step of each revision: its patch, number and operation. ``unused`` are the names, each with its
    scope, whose imports went because nothing uses them any more: in the revisions from ``before_pruning`` on.
    """

    def __init__(self, path: str, before: bytes | None, package: str = "") -> None:
        self.path = path
        self.before = before
        self.package = package
        self.after = before
        self.results: list[Result] = []
        self.revisions: list[Revision] = []
        self.made: list[tuple[str, int, str]] = []
        self.unused: frozenset[tuple[str, str]] = frozenset()
        self.before_pruning = 0

    def revise(self, after: bytes | None, regions: tuple[Region, ...]) -> None:
        """Note what a step made of the file; None when it removed it."""
        self.revisions.append(Revision(before=self.after or b"", after=after or b"", regions=regions))
        self.after = after

    def keep_unused(self) -> None:
        """Bring back the imports that went because nothing uses them."""
        self.after = self.revisions[self.before_pruning].before
        del self.revisions[self.before_pruning :], self.made[self.before_pruning :]
        self.unused = frozenset()


def file_site(path: str, line: int = 1) -> Site:
    return Site(path=path, line=line, name="(file)")


def parse(path: str, code: bytes, package: str = "") -> Source | Conflict:
    """Parse a module for judging. ``ast`` refuses the nesting that would kill the process inside libcst."""
    try:
        _decode(code)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Source(path=path, code=code, tree=ast.parse(code, path), package=package)
    except SyntaxError as error:
        reason = f"the file does not parse: {error.msg}"
        return Conflict(reason=reason + (f" (line {error.lineno})" if error.lineno else ""))
    except LookupError:
        return Conflict(reason="the file does not parse: its encoding is none of text that Python knows")
    except UnicodeDecodeError as error:
        line = code.count(b"\n", 0, error.start) + 1
        return Conflict(reason=f"the file is not valid {error.encoding} (line {line})")
    except ValueError as error:
        return Conflict(reason=f"the file does not parse: {error}")
    except (RecursionError, MemoryError):
        return Conflict(reason="the file does not parse: it is nested too deeply")


def _decode(code: bytes) -> None:
    """Raise UnicodeDecodeError for bytes the file's encoding does not know; ast looks away where they are comments."""
    encoding = "utf-8"
    if b"coding" in b"".join(code.split(b"\n", 2)[:2]):
        import io
        import tokenize

        encoding, _ = tokenize.detect_encoding(io.BytesIO(code).readline)
    code.decode(encoding)
