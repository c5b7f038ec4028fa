"""Measure ``sdkpatch capture`` on a folder of laid-out hand edits, and print a row for each record and the figures.

    python -m benchmarks.capture RECORDS [--every N] [--only ID]...

A record is a folder with ``generated`` and ``edited`` and, where it is known, ``next_generated`` and ``next_edited``.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import io
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
import tokenize
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sdkpatch.cli import main

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Twins(NamedTuple):
    """How many edits of sync and async twins are one step, write words of their own in each twin, and are neither."""

    one: int
    different: int
    apart: int


class Outcome(NamedTuple):
    """What became of one record: exit code, how like the edited tree, rungs, lines, seconds, the next release."""

    name: str
    code: int
    round_trip: str
    rungs: Counter[str]
    lines: int
    edits: int
    seconds: float
    is_python: bool
    is_meant: bool
    next_release: str
    is_same_edit: bool
    twins: Twins
    why: str


def run(*arguments: str | Path) -> tuple[int, str]:
    """Run the command line in this process; return its exit code and what it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main([str(each) for each in arguments])
    return int(code), out.getvalue()


def files(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def same_code(left: bytes, right: bytes) -> bool:
    """Compare two modules by their syntax trees, docstrings without their indent, and by their comments in order."""
    shapes = []
    for code in (left, right):
        try:
            tree = ast.parse(code)
            tokens = tokenize.tokenize(io.BytesIO(code).readline)
            said = [token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT]
        except (SyntaxError, ValueError, tokenize.TokenError):
            return False
        for node in ast.walk(tree):
            match node:
                case ast.Expr(value=ast.Constant(value=str(text)) as constant):
                    constant.value = "\n".join(line.strip() for line in text.strip().split("\n"))
                case _:
                    pass
        shapes.append((ast.dump(tree), said))
    return shapes[0] == shapes[1]


def likeness(made: Path, wanted: Path) -> str:
    """Say how alike two trees are: bytes, code, or the first file that differs."""
    left, right = files(made), files(wanted)
    result = "bytes"
    for path in sorted({*left, *right}):
        one, other = left.get(path), right.get(path)
        if one == other:
            continue
        if one is None or other is None:
            return f"differs: {path} {'missing' if one is None else 'too much'}"
        is_same = same_code(one, other) if path.endswith(".py") else one.split() == other.split()
        if not is_same:
            return f"differs: {path}"
        result = "code"
    return result


def measure(record: Path) -> Outcome:
    """Capture one record, apply what came of it to the generated tree and to the next one."""
    generated, edited = record / "generated", record / "edited"
    left, right = files(generated), files(edited)
    is_python = any(path.endswith(".py") and left.get(path) != right.get(path) for path in {*left, *right})
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        start = time.perf_counter()
        code, said = run(
            "capture", edited, "--generated", generated, "--into", base / "patches", "--format", "json", "--jobs", "1"
        )
        seconds = time.perf_counter() - start
        try:
            report = json.loads(said)
        except ValueError:
            report = {"edits": [], "unsaid": [{"path": "", "reason": said.strip()[-200:]}]}
        rungs = Counter(row["became"] for row in report["edits"])
        worst = {row["became"] for row in report["edits"] if row["path"].endswith(".py")}
        why = "; ".join(f"{each['path']}: {each['reason']}" for each in report.get("unsaid", ()))
        round_trip = applied(base, generated, edited) if code == 0 else f"exit {code}"
        release = ""
        if (record / "next_generated").exists() and (record / "next_edited").exists():
            release = applied(base, record / "next_generated", record / "next_edited") if code == 0 else f"exit {code}"
        is_same_edit = bool(release) and edit_of(generated, edited) == edit_of(
            record / "next_generated", record / "next_edited"
        )
        twins = twins_of(report["edits"], steps_of(base))
        lines = sum(size(path.read_text()) for path in base.glob("patches/*.toml"))
    is_meant = code == 0 and not worst & {"text", "whole file"}
    edits = len({(row["path"], row["line"], row["scope"]) for row in report["edits"]})
    return Outcome(
        name=record.name,
        code=code,
        round_trip=round_trip,
        rungs=rungs,
        lines=lines,
        edits=edits,
        seconds=seconds,
        is_python=is_python,
        is_meant=is_meant,
        next_release=release,
        is_same_edit=is_same_edit,
        twins=twins,
        why=why,
    )


def edit_of(generated: Path, edited: Path) -> Counter[tuple[str, str]]:
    """Return the lines that a person took out and put in, without their indent; the version of a release is none."""
    left, right = files(generated), files(edited)
    found: Counter[tuple[str, str]] = Counter()
    for path in {*left, *right}:
        texts = [each.get(path, b"").decode("utf-8", "replace").splitlines() for each in (left, right)]
        if texts[0] != texts[1]:
            for line in difflib.unified_diff(texts[0], texts[1], n=0, lineterm=""):
                if line[:1] in "+-" and line[:3] not in ("+++", "---") and line[1:].strip():
                    found[line[0], line[1:].strip()] += 1
    return found


def twins_of(rows: Sequence[dict[str, Any]], tables: Mapping[tuple[str, int], dict[str, Any]]) -> Twins:
    """Count the edits of sync and async twins; ``tables`` are the steps that were written, by patch and number."""
    steps: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for row in rows:
        if row["scope"]:
            steps.setdefault((row["path"], row["scope"]), set()).add((row["patch"], row["step"]))
    pairs = [(own, steps.get((path, f"Async{scope}"))) for (path, scope), own in steps.items()]
    both = [(own, other) for own, other in pairs if other and len(own) == len(other)]
    apart = [(own, other) for own, other in both if not own & other]
    words = [[set().union(*(new_words(tables.get(each, {})) for each in side)) for side in pair] for pair in apart]
    different = sum(left != right for left, right in words)
    return Twins(len(both) - len(apart), different, len(apart) - different)


def steps_of(folder: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the steps of the patch files that capture wrote, by file and number."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for path in folder.glob("patches/*.toml"):
        for number, step in enumerate(tomllib.loads(path.read_text()).get("step", ()), 1):
            found[path.name, number] = step
    return found


def new_words(step: Mapping[str, Any]) -> set[str]:
    """Return the words that a step writes and no pattern of it can carry over from the code before.

    Where these differ in twins, one step cannot write both: an operation writes its code as it is given. A rewrite
    keeps ``async`` and ``await``.
    """
    written = [step.get(key, "") for key in ("code", "body", "annotation", "default", "replace")]
    before = [step.get(key, "") for key in ("was", "match")]
    for line in str(step.get("change", "")).splitlines():
        (written if line[:1] == "+" else before).append(line[1:])
    kept = {"async", "await"} if step.get("op") == "rewrite" else set()
    words = [set(re.findall(r"\w+", "\n".join(map(str, each)))) for each in (written, before)]
    return words[0] - words[1] - kept


def size(text: str) -> int:
    """Return the lines of a patch file, its examples and empty lines apart."""
    kept = text.partition("\n[[example]]")[0]
    return sum(bool(line.strip()) for line in kept.splitlines())


def applied(base: Path, generated: Path, wanted: Path) -> str:
    """Apply the patches to a copy of a tree and say how alike it is to the one that is wanted."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "sdk"
        shutil.copytree(generated, tree)
        config = base / "sdkpatch.toml"
        if config.exists():
            code, said = run("apply", tree, "--config", config, "--quiet", "--allow-dirty", "--jobs", "1")
            if code:
                return f"exit {code}: {said.strip().splitlines()[0][:200] if said.strip() else ''}"
        return likeness(tree, wanted)


def show(outcomes: Sequence[Outcome]) -> None:
    """Print the figures."""
    count = len(outcomes)
    good = sum(each.round_trip in ("bytes", "code") for each in outcomes)
    wrong = [each.name for each in outcomes if each.round_trip.startswith("differs")]
    python = [each for each in outcomes if each.is_python]
    said = sum(each.is_meant for each in python)
    following = [each for each in outcomes if each.next_release]
    alike = sum(each.next_release in ("bytes", "code") for each in following)
    other = [each.name for each in following if each.next_release.startswith("differs")]
    sizes = [each.lines / each.edits for each in outcomes if each.edits]
    times = [each.seconds for each in outcomes]
    print(f"round trip                      {good} of {count} ({100 * good / max(count, 1):.1f} %)  wrong: {wrong}")
    print(f"said as operation, rewrite, body {said} of {len(python)} ({100 * said / max(len(python), 1):.1f} %)")
    print(f"next generation, same code      {alike} of {len(following)}  different: {other}")
    same = [each for each in following if each.is_same_edit]
    repeated = sum(each.next_release in ("bytes", "code") for each in same)
    print(f"  where people made the same edit again {repeated} of {len(same)}")
    print(f"  where they made another one           {alike - repeated} of {len(following) - len(same)}")
    twins = Twins(*(sum(each.twins[at] for each in outcomes) for at in (0, 1, 2)))
    print(f"edits of sync and async twins   {twins.one} of {sum(twins)} are one step")
    print(f"  where both write the same words       {twins.one} of {twins.one + twins.apart}")
    print(f"  where each writes words of its own    {twins.different}: no step says both")
    print(f"TOML lines a hand edit, median  {statistics.median(sizes) if sizes else 0:.1f}")
    print(f"seconds a record, median        {statistics.median(times):.2f}, all {sum(times):.0f}")
    print(f"rungs of all edits              {dict(sum((each.rungs for each in outcomes), Counter()))}")


def command() -> int:
    """Measure the records that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    names = sorted(path for path in options.records.iterdir() if (path / "generated").is_dir())
    chosen = [path for path in names if path.name in options.only] or names[options.start :: options.every]
    outcomes = []
    for path in chosen:
        outcomes.append(measure(path))
        each = outcomes[-1]
        row = (
            each.name,
            f"exit {each.code}",
            each.round_trip,
            dict(each.rungs),
            f"{each.lines} lines",
            f"{each.seconds:.1f} s",
        )
        other = "" if each.is_same_edit or not each.next_release else " (people made another edit)"
        print(*row, each.next_release and f"next: {each.next_release}{other}", each.why, sep="  ", flush=True)
    show(outcomes)
    return 0


if __name__ == "__main__":
    sys.exit(command())
