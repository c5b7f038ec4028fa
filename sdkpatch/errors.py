"""The error hierarchy of sdkpatch and the exit codes it maps to.

One class per remedy: what a person has to do next decides the class, and the class decides the exit code.
Fields hold the facts; ``__str__`` writes the sentence.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from .bounds.printable import printable


def _expected(found: str, expected: str, hint: str) -> str:
    return f"found {printable(found)}, expected {printable(expected)}{_hinted(hint)}"


def _hinted(hint: str) -> str:
    lines = "\n".join(map(printable, hint.split("\n")))
    return f"\n  hint: {lines}" if hint else ""


class ExitCode(IntEnum):
    """What the process answers; the table stands in docs/cli.md too."""

    OK = 0
    CHANGES_NEEDED = 1
    USAGE = 2
    CONFIG = 3
    CONFLICT = 4
    VERIFICATION = 5
    IO = 6
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


class SdkPatchError(Exception):
    """Root of everything sdkpatch raises on purpose."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG


class UsageError(SdkPatchError):
    """The command line asks for something that cannot be done: mend the command.

    ``found`` is what was given, ``expected`` what would do, ``hint`` the next thing to try.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, subject: str, *, found: str, expected: str, hint: str = "") -> None:
        super().__init__(subject, found, expected, hint)
        self.subject = subject
        self.found = found
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        return f"{printable(self.subject)}: {_expected(self.found, self.expected, self.hint)}"


class Mistake:
    """One mistake in a configuration or patch file.

    ``file`` is shown as given, ``line`` is 1-based (0 on the command line), ``key`` the key's path (``step[0].op``).
    """

    __slots__ = ("expected", "file", "found", "hint", "key", "line")

    def __init__(self, *, file: str, line: int, key: str, found: str, expected: str, hint: str = "") -> None:
        self.file = file
        self.line = line
        self.key = key
        self.found = found
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        where = f"{printable(self.file)}:{self.line}: " if self.line else f"{printable(self.file)}: "
        where += f"{printable(self.key)}: " if self.key else ""
        return where + _expected(self.found, self.expected, self.hint)


class UncommittedError(SdkPatchError):
    """Files that would be written have edits of which git has no copy: stage or commit them, or say that it is meant.

    ``paths`` are relative to the tree.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__(paths)
        self.paths = paths

    def __str__(self) -> str:
        one = len(self.paths) == 1
        listed = "".join(f"\n  {printable(path)}" for path in self.paths)
        count = "1 file has" if one else f"{len(self.paths)} files have"
        hint = "\n  hint: git add or git commit them first, or apply with --allow-dirty; nothing was written"
        return f"{count} edits that are neither committed nor staged, and would be overwritten:{listed}{hint}"


class ConfigError(SdkPatchError):
    """A configuration or patch file is wrong: mend the file. Holds every mistake found, in file order."""

    exit_code = ExitCode.CONFIG

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__(mistakes)
        self.mistakes = mistakes

    def __str__(self) -> str:
        return "\n".join(str(mistake) for mistake in self.mistakes)


class VerificationError(SdkPatchError):
    """The planned result did not prove right, so nothing was written: report a bug, with the file named."""

    exit_code = ExitCode.VERIFICATION

    def __init__(self, path: str, line: int, reason: str) -> None:
        super().__init__(path, line, reason)
        self.path = path
        self.line = line
        self.reason = reason

    def __str__(self) -> str:
        reason = f"the planned change failed its verification: {printable(self.reason)}; nothing was written"
        return f"{printable(self.path)}:{self.line}: {reason}"


class TreeError(SdkPatchError):
    """A file or directory could not be read or written: mend permissions, space or the other process."""

    exit_code = ExitCode.IO

    def __init__(self, path: str, reason: str, hint: str = "") -> None:
        super().__init__(path, reason, hint)
        self.path = path
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{printable(self.path)}: {printable(self.reason)}{_hinted(self.hint)}"


class EditRefused(Exception):
    """The editing half met code it cannot change safely; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
