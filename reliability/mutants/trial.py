"""One work tree in which mutants are tried: oracle and ``sdkpatch verify`` look at the same files."""

from __future__ import annotations

import difflib
import shutil
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from reliability.mutants.changes import Mutant
from reliability.mutants.oracle import Oracle
from reliability.mutants.process import Forking
from reliability.mutants.sdks import Subject, generated, patch

SECONDS = 120
REFUSED = (4, 5)
"""The exit codes that say no: a conflict, or not proved."""


class Result(NamedTuple):
    """What became of a mutant: ``caught``, ``equal``, ``false proof``, ``false alarm`` or ``crash``."""

    subject: str
    mutant: Mutant
    outcome: str
    reason: str
    code: int
    shown: str
    diff: str
    beside: bool

    @property
    def is_false(self) -> bool:
        """Whether sdkpatch was wrong."""
        return self.outcome not in ("caught", "equal")


class Trial:
    """A context manager over a patched SDK, its generated code, and the two processes that look at it."""

    def __init__(self, subject: Subject, folder: Path) -> None:
        self.subject = subject
        self.tree, self.generated = folder / subject.package, folder / "generated"

    def __enter__(self) -> Trial:
        for target in (self.tree, self.generated):
            shutil.rmtree(target, ignore_errors=True)
            generated(self.subject, target)
        patch(self.subject, self.tree)
        with ExitStack() as stack:
            driver, self._verifier = (
                stack.enter_context(Forking([sys.executable, "-B", "-m", f"reliability.mutants.{name}"]))
                for name in ("driver", "verifier")
            )
            self._oracle = Oracle(self.subject, driver)
            self.unread = self._oracle.learn(self.tree)
            self._processes = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._processes.close()

    def unmutated(self) -> Result:
        """Try the patched SDK as it is."""
        return self.tried(Mutant("unmutated", "nothing", {}))

    def tried(self, mutant: Mutant, *, also_beside: bool = True) -> Result:
        """Judge a mutant, let sdkpatch prove it, and take it back.

        Where only what was generated tells that a mutant is wrong, sdkpatch is given that with ``--pristine``. An equal
        one is also proved so, with ``also_beside``.
        """
        before = self._written(mutant.files)
        try:
            verdict = self._oracle.judge(self.tree, mutant.opens)
            code, shown = self._verified(mutant, beside=verdict.word == "other")
            beside = verdict.word == "other"
            if verdict.word == "equal" and code == 0 and also_beside:
                beside = True
                code, shown = self._verified(mutant, beside=True)
        finally:
            self._restored(mutant.files, before)
        if code not in (0, *REFUSED):
            outcome = "crash"
        elif verdict.word == "equal":
            outcome = "equal" if code == 0 else "false alarm"
        else:
            outcome = "false proof" if code == 0 else "caught"
        diff = "".join(_diff(path, before[path] or "", new) for path, new in mutant.files.items())
        return Result(self.subject.name, mutant, outcome, verdict.reason, code, shown, diff, beside)

    def _verified(self, mutant: Mutant, *, beside: bool) -> tuple[int, str]:
        subject = self.subject if mutant.has_scheme else self.subject._replace(scheme="")
        arguments = ["verify", str(self.tree), *subject.settings]
        arguments += ["--pristine", str(self.generated)] if beside else []
        answer = self._verifier.ask({"seconds": SECONDS, "arguments": arguments})
        return (-1, str(answer["died"])) if "died" in answer else (int(answer["code"]), str(answer["shown"]))

    def _written(self, files: Mapping[str, str]) -> dict[str, str | None]:
        before: dict[str, str | None] = {}
        for path, text in files.items():
            place = self.tree / path
            before[path] = place.read_text(encoding="utf-8") if place.exists() else None
            place.write_text(text, encoding="utf-8")
            for compiled in (place.parent / "__pycache__").glob(f"{place.stem}.*.pyc"):
                compiled.unlink()
        return before

    def _restored(self, files: Mapping[str, str], before: Mapping[str, str | None]) -> None:
        for path in files:
            text = before[path]
            if text is None:
                (self.tree / path).unlink()
            else:
                (self.tree / path).write_text(text, encoding="utf-8")


def _diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), path, path, n=1)
    return "".join(lines)
