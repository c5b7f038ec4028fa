"""Say whether a mutant is right: its requests against those of the unmutated SDK, and against the promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus

from reliability.mutants.driver import KEY, OTHER
from reliability.mutants.process import Forking
from reliability.mutants.sdks import Subject

Answer = Mapping[str, Any]


class Verdict(NamedTuple):
    """What the oracle says of a mutant: ``equal``, ``wrong``, or ``other`` with a reason.

    ``other`` is told from what was generated only: every copy of every channel keeps the promise, and they agree with
    each other, but they send something else than the unmutated SDK.
    """

    word: str
    reason: str = ""


class Oracle:
    """The judge of the mutants of one SDK."""

    def __init__(self, subject: Subject, process: Forking) -> None:
        self._subject = subject
        self._process = process
        self._before: dict[str, Any] = {}
        self._signatures: dict[str, Any] = {}
        self._alike: list[tuple[list[str], list[str]]] = []

    def learn(self, tree: Path) -> list[str]:
        """Record the unmutated SDK, and return the openings that cannot be compared because they fail there too."""
        answer = self._driven(tree, ())
        assert "died" not in answer, answer
        again = self._driven(tree, ())["probes"]
        self._signatures = answer["signatures"]
        probes = answer["probes"]
        self._before = {name: seen for name, seen in probes.items() if not seen["error"] and seen == again[name]}
        for name, seen in self._before.items():
            assert not self._broken(name, seen), (name, seen)
        self._alike = list(self._agreements())
        return sorted(f"{name}: {seen['error']}" for name, seen in probes.items() if name not in self._before)

    def judge(self, tree: Path, opens: Sequence[tuple[str, bool]]) -> Verdict:
        """Judge a mutated SDK; ``opens`` are expressions for the openers that the mutation added."""
        answer = self._driven(tree, opens)
        if "died" in answer:
            return Verdict("wrong", str(answer["died"]))
        probes = answer["probes"]
        for name, seen in probes.items():
            if (name in self._before or name.startswith("added")) and (why := self._broken(name, seen)):
                return Verdict("wrong", f"{name}: {why}")
        if disagreement := self._disagreement(probes):
            return Verdict("wrong", disagreement)
        for name, seen in self._before.items():
            if probes[name] != seen:
                return Verdict("other", f"{name}: {_difference(seen, probes[name])}")
        return Verdict("equal")

    def _disagreement(self, probes: Mapping[str, Answer]) -> str:
        """Say where the copies of a channel do not agree any more; empty when they do as in the unmutated SDK."""
        for names, parts in self._alike:
            known = {each for name in names for each in _headers(self._before[name])}
            new = {each for name in names for each in _headers(probes[name])} - known
            for part in (*parts, *sorted(new)):
                if len({_text(_part(probes[name], part)) for name in names}) > 1:
                    return f"copies differ: {names[0]} and others, {part}"
        return ""

    def _driven(self, tree: Path, opens: Sequence[tuple[str, bool]]) -> dict[str, Any]:
        order = {
            "seconds": 60,
            "path": str(tree / self._subject.folder),
            "opens": opens,
            "signatures": self._signatures,
            "keeps_bytecode": not self._signatures,
            **self._subject._asdict(),
        }
        return self._process.ask(order)

    def _broken(self, name: str, seen: Answer) -> str:
        """Say what breaks the promise; empty when nothing does."""
        if seen["error"]:
            return f"does not open: {seen['error']}"
        if len(seen["requests"]) != 1:
            return f"{len(seen['requests'])} requests"
        (request,) = seen["requests"]
        probe = name.split("|")[-1]
        if probe == "no key":
            key = []
        elif probe == "second key":
            key = [OTHER]
        elif probe in ("plain", "all", "flipped", "options", "headers") or probe.startswith(("by ", "environment ")):
            key = [KEY]
        else:
            return ""
        found = [value for each, value in request["query"] if each == self._subject.query]
        if found != key:
            return f"the key is {found}"
        places = [f"header {each}" for each, value in request["headers"] if _holds_key(value)]
        others = [each for each in request["query"] if each[0] != self._subject.query]
        places += [name for name, value in others if _holds_key(name) or _holds_key(value)]
        places += ["path"] if _holds_key(request["path"]) else []
        return f"the key is also in {places}" if places else ""

    def _agreements(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the openings of copies, and the parts of their requests that agree in the unmutated SDK."""
        groups: dict[tuple[str, str], list[str]] = {}
        for name in self._before:
            channel, _, _, probe = name.split("|")
            groups.setdefault((channel, probe), []).append(name)
        for names in groups.values():
            seen = [self._before[name] for name in names]
            headers = {each for one in seen for each in _headers(one)}
            parts = ["path", "query", "tls", *sorted(headers)]
            yield names, [part for part in parts if len({_text(_part(each, part)) for each in seen}) == 1]


def _holds_key(text: str) -> bool:
    return any(key in each for key in (KEY, OTHER) for each in (text, unquote(text), unquote_plus(text)))


def _part(seen: Answer, part: str) -> Any:
    request = seen["requests"][0]
    return request[part] if part in request else [value for name, value in request["headers"] if name == part]


def _headers(seen: Answer) -> list[str]:
    return [name for name, _ in seen["requests"][0]["headers"]]


def _text(value: Any) -> str:
    return repr(value)


def _difference(before: Answer, after: Answer) -> str:
    if after["error"] or len(after["requests"]) != 1:
        return str(after["error"] or len(after["requests"]))
    one, other = before["requests"][0], after["requests"][0]
    parts = [part for part in one if part != "headers" and one[part] != other[part]]
    changed = [f"{part} was {one[part]} and is {other[part]}" for part in parts]
    old, new = ([f"{name}: {value}" for name, value in each["headers"]] for each in (one, other))
    changed += [f"without {each}" for each in old if each not in new]
    changed += [f"with {each}" for each in new if each not in old]
    return "; ".join(changed)[:300]
