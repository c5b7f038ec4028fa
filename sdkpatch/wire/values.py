"""The values that the parts of a proof pass on: where channels are, what was seen of them, what that proves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from ..model import FileChange
from .recorder import Recorded


class Channel(NamedTuple):
    """One method that opens a WebSocket: its place in the tree, and how the SDK is asked for it.

    ``name`` is the qualified name (``ExternalSessionClient.connect``), ``line`` that of the connect call where the
    code shows it. ``module`` is importable.
    """

    path: str
    line: int
    name: str
    is_async: bool
    module: str

    @property
    def method(self) -> str:
        """The method's own name."""
        return self.name.rpartition(".")[2]

    @property
    def kind(self) -> str:
        """The class it belongs to."""
        return self.name.rpartition(".")[0]

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others: module and qualified name."""
        return self.module, self.name

    @property
    def copies(self) -> tuple[str, str, str]:
        """What all copies of a channel have in common: package, class but for its flavour, method."""
        return self.module.rpartition(".")[0], re.sub(r"^(Async)?(Raw)?(Async)?", "", self.kind), self.method

    @property
    def flavour(self) -> str:
        """``sync`` or ``async``."""
        return "async" if self.is_async else "sync"

    @property
    def folder(self) -> str:
        """The channel as people know it: the package of its module, less the SDK's own."""
        parts = self.module.split(".")[1:-1]
        return ".".join(parts) or self.kind

    @property
    def file(self) -> str:
        """The name of its file, such as ``client.py``."""
        return self.path.rpartition("/")[2]


class Seen(NamedTuple):
    """One opening of a channel: what arrived at the recorder, and what the SDK's side tells of it.

    ``reply`` is the driver's answer (see ``driver.calls``), ``problem`` says why there is none. ``caller`` are the
    headers that the caller gave.
    """

    handshakes: tuple[Recorded, ...]
    reply: Mapping[str, Any]
    problem: str = ""
    caller: tuple[tuple[str, str], ...] = ()

    @property
    def failure(self) -> Mapping[str, Any] | None:
        """What the SDK raised, None when the channel opened and closed."""
        found = self.reply.get("failure")
        return found if isinstance(found, dict) else None

    @property
    def why(self) -> str:
        """What went wrong, in one line, empty when nothing did."""
        return self.problem or (str(self.failure["text"]) if self.failure else "")


class Verdict(Enum):
    """What a check came to; ``REMARK`` is a fault that no patch promises to mend.

    ``UNSEEN`` is code that can open a socket and was not opened: nothing is known of what it sends.
    """

    PROVED = "proved"
    FAILED = "not proved"
    UNSEEN = "not looked at"
    UNCHECKED = "not checked"
    REMARK = "remark"


class Check(NamedTuple):
    """One thing that was held against the recording: what was expected, and why it is not so.

    ``patch`` and ``step`` are empty and 0 for what holds of every handshake. ``path`` and ``line`` tell the place in
    the tree that a check of the whole tree or artefact is about, where there is one.
    """

    verdict: Verdict
    what: str
    reason: str = ""
    patch: str = ""
    step: int = 0
    path: str = ""
    line: int = 1


class Carrier(NamedTuple):
    """Where a credential stood in a handshake; ``scheme`` is what stands before it."""

    place: str
    name: str
    scheme: str = ""

    def __str__(self) -> str:
        shown = f"{self.scheme} ***" if self.scheme else "***"
        if self.place in ("query", "cookie"):
            return f"{self.place} {self.name}={shown}"
        return f"{self.place} {self.name}: {shown}" if self.name else self.place


class Proof(NamedTuple):
    """All that is known of one channel: the checks, and its recorded handshake with secrets masked.

    ``before`` is the handshake of the code as it was generated, where that was recorded.
    """

    channel: Channel
    checks: tuple[Check, ...]
    carriers: tuple[Carrier, ...] = ()
    request: tuple[str, ...] = ()
    before: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of its checks; a channel of which nothing was proved is not proved."""
        verdicts = {check.verdict for check in self.checks}
        order = (Verdict.FAILED, Verdict.UNSEEN, Verdict.PROVED, Verdict.UNCHECKED)
        return next((each for each in order if each in verdicts), Verdict.UNCHECKED)


class Report(NamedTuple):
    """What ``sdkpatch verify`` found out. ``promised`` tells whether there were patches to hold to.

    ``checks`` are about the tree or the artefact as a whole; ``changes`` has what each patch makes of freshly
    generated files, by its id. ``base`` is the tree's path in the repository it is in. ``sdk`` has the name and the
    version of the SDK, as far as they are known. ``sources`` tells where in the tree the channels of a wheel are, by
    their path and line in the wheel. ``verbosity`` is how much a person wants to read: -1, 0 or 1.
    """

    tree: str
    promised: bool
    proofs: tuple[Proof, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    versions: Mapping[str, str]
    changes: Mapping[str, tuple[FileChange, ...]]
    base: str = ""
    sdk: str = ""
    sources: Mapping[tuple[str, int], tuple[str, int]] = {}
    verbosity: int = 0

    @property
    def is_proved(self) -> bool:
        """Tell whether nothing failed, and, where something is promised, everything was looked at."""
        bad = (Verdict.FAILED, Verdict.UNSEEN) if self.promised else (Verdict.FAILED,)
        return not any(check.verdict in bad for check in self.every_check)

    @property
    def every_check(self) -> tuple[Check, ...]:
        """All checks, those of the channels first."""
        return (*(check for proof in self.proofs for check in proof.checks), *self.checks)
