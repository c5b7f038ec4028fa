"""Try mutants of patched SDKs and print what ``sdkpatch verify`` said of each kind: ``make mutants``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reliability.mutants.changes import Mutant
from reliability.mutants.making import chosen, mutants
from reliability.mutants.sdks import SUBJECTS, Subject
from reliability.mutants.trial import Result, Trial

OUTCOMES = ("caught", "equal", "false proof", "false alarm", "crash")
EXAMPLE_SHARE = 3
"""The example is the fastest to try, so it gets this many times what a real SDK gets."""
BESIDE = 3
"""Every third mutant that sends the same is also proved beside the generated code."""


def main() -> None:
    """Run as the command line says, and exit 1 when sdkpatch was wrong once."""
    parser = argparse.ArgumentParser(prog="python -m reliability.mutants", description=__doc__)
    parser.add_argument("--limit", type=int, default=1200, help="mutants in all; default: 1200")
    parser.add_argument("--only", default="", help="a part of the kind's name, such as 'added: function'")
    parser.add_argument("--sdk", default="", help="a part of the SDK's name")
    parser.add_argument("--seed", type=int, default=1, help="chooses which; default: 1")
    parser.add_argument("--jobs", type=int, default=2, help="trees tried at once; default: 2")
    parser.add_argument("--false", type=Path, help="write each kind, and diffs of what was wrong, to this file")
    parser.add_argument("--list", action="store_true", help="count the mutants of each kind, and try none")
    asked = parser.parse_args()
    start = time.monotonic()
    subjects = [each for each in SUBJECTS if asked.sdk in each.name]
    shares = [EXAMPLE_SHARE if each is SUBJECTS[0] else 1 for each in subjects]
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="sdkpatch-mutants-") as folder, ThreadPoolExecutor(asked.jobs) as pool:
        for subject, share in zip(subjects, shares, strict=True):
            limit = -(-asked.limit * share // sum(shares))
            parts = [(subject, Path(folder) / str(job), limit, job, asked) for job in range(asked.jobs)]
            new = [result for found in pool.map(_part, parts) for result in found]
            results += new
            _told(subject.name, new)
            if asked.false:
                wrong = [shown(each) for each in results if each.is_false]
                lines = _table(results, lambda kind: kind)
                asked.false.write_text("\n".join([*lines, "", *wrong]) + "\n", encoding="utf-8")
    print("\n".join(_table(results, lambda kind: kind.partition(":")[0])))
    print(f"{time.monotonic() - start:.0f} seconds")
    sys.exit(any(each.is_false for each in results))


def _part(part: tuple[Subject, Path, int, int, argparse.Namespace]) -> list[Result]:
    """Try every ``jobs``-th of the chosen mutants of an SDK, in a tree of its own."""
    subject, folder, limit, job, asked = part
    with Trial(subject, folder) as trial:
        every = list(mutants(subject, trial.tree, trial.generated))
        if asked.list:
            return _listed(subject, every) if job == 0 else []
        first = [trial.unmutated()] if job == 0 else []
        wanted = chosen(every, limit, asked.seed, asked.only)
        mine = list(enumerate(wanted))[job :: asked.jobs]
        return first + [trial.tried(mutant, also_beside=place % BESIDE == 0) for place, mutant in mine]


def _listed(subject: Subject, every: Sequence[Mutant]) -> list[Result]:
    for kind, count in sorted(Counter(each.kind for each in every).items()):
        print(f"{subject.name}  {kind}  {count}")
    return []


def _told(name: str, results: Sequence[Result]) -> None:
    counts = Counter(each.outcome for each in results)
    print(f"{name}: {len(results)} mutants: " + ", ".join(f"{counts[each]} {each}" for each in OUTCOMES))
    for result in (each for each in results if each.is_false):
        print(shown(result))
    sys.stdout.flush()


def _table(results: Sequence[Result], named: Callable[[str], str]) -> Iterator[str]:
    yield "\n| kind | mutants | caught | equal | false proof | false alarm | crash |\n|---|---|---|---|---|---|---|"
    groups: dict[str, Counter[str]] = {}
    for each in results:
        groups.setdefault(named(each.mutant.kind), Counter())[each.outcome] += 1
    total: Counter[str] = Counter()
    for kind, counts in sorted(groups.items()):
        yield _row(kind, counts)
        total += counts
    yield _row("all", total)


def _row(kind: str, counts: Counter[str]) -> str:
    return f"| {kind} | {sum(counts.values())} | " + " | ".join(str(counts[each]) for each in OUTCOMES) + " |"


def shown(result: Result) -> str:
    """Return what a reader needs of a mutant that sdkpatch was wrong about."""
    lines = (line for line in result.shown.splitlines() if not line.startswith("remark"))
    last = "\n".join(line for line in lines if "not proved" in line or not line.endswith(" proved"))
    how = "verify --pristine" if result.beside else "verify"
    head = f"== {result.outcome.upper()}: {result.subject}: {result.mutant.kind}: {result.mutant.label}"
    return f"{head}\noracle: {result.reason or 'equal'}\n{how} exit {result.code}\n{last}\n{result.diff}"


if __name__ == "__main__":
    main()
