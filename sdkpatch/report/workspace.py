"""The report of a run over several SDKs: that of each, under its name; for one SDK its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..bounds.printable import printable, quoted
from ..model import Applied, Conflict, Satisfied
from . import REPORTERS, Run


class NamedRun(NamedTuple):
    """A finished run over one SDK, and the SDK's name in the workspace, empty outside of one."""

    name: str
    run: Run

    @property
    def shown(self) -> str:
        """What a person calls the SDK."""
        tree = self.run.tree
        return f"{self.name} ({tree})" if self.name and self.name != tree else tree


def rendered(form: str, runs: Sequence[NamedRun]) -> str:
    """Return the report in a format."""
    if len(runs) == 1:
        return REPORTERS[form](runs[0].run)
    return _TOGETHER[form](runs)


def _text(runs: Sequence[NamedRun]) -> str:
    parts = [f"{printable(each.shown)}:\n{REPORTERS['text'](each.run)}" for each in runs]
    return "\n".join([*parts, f"{total(runs)}\n"])


def _markdown(runs: Sequence[NamedRun]) -> str:
    from .markdown import escaped

    return "\n".join([*(REPORTERS["markdown"](each.run) for each in runs), f"{escaped(total(runs))}\n"])


def _github(runs: Sequence[NamedRun]) -> str:
    from .findings import of_run
    from .github import commands
    from .text import summary

    parts = [commands(of_run(each.run), f"{each.shown}: {summary(each.run)}") for each in runs]
    return "".join([*parts, f"{total(runs)}\n"])


def _json(runs: Sequence[NamedRun]) -> str:
    documents = [json.loads(REPORTERS["json"](each.run)) for each in runs]
    keys = documents[0]["summary"]
    whole = {
        "version": documents[0]["version"],
        "mode": documents[0]["mode"],
        "written": any(each["written"] for each in documents),
        "sdks": [{"name": each.name, **document} for each, document in zip(runs, documents, strict=True)],
        "summary": {key: sum(each["summary"][key] for each in documents) for key in keys},
    }
    return quoted(json.dumps(whole, indent=2, sort_keys=True)) + "\n"


def _sarif(runs: Sequence[NamedRun]) -> str:
    from .findings import of_run
    from .sarif import log

    return log([finding for each in runs for finding in of_run(each.run)], {})


_TOGETHER: Mapping[str, Callable[[Sequence[NamedRun]], str]] = {
    "github": _github,
    "json": _json,
    "markdown": _markdown,
    "sarif": _sarif,
    "text": _text,
}


def total(runs: Sequence[NamedRun]) -> str:
    """Return the one line that ends the report of several SDKs."""
    applied, satisfied, conflicts = (
        sum(each.run.count(kind) for each in runs) for kind in (Applied, Satisfied, Conflict)
    )
    files = sum(len(each.run.plan.changes) for each in runs)
    word = "applied" if any(each.run.written for each in runs) else "to apply"
    line = f"{len(runs)} SDKs: {applied} {word}, {satisfied} satisfied, {conflicts} "
    line += "conflict" if conflicts == 1 else "conflicts"
    if conflicts:
        return f"{line}; nothing was written in any of them"
    changed = f"{files} {'file' if files == 1 else 'files'}"
    return (
        f"{line}; {changed} {'changed' if word == 'applied' else 'would change'}" if files else f"{line}; nothing to do"
    )
