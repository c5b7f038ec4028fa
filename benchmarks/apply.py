"""Time ``sdkpatch apply`` beside its peers: whole processes, median wall time, CPU time, peak memory, and ratios.

Run it with ``make bench``. The peers do less: ast-grep and rg only find the places, the codemod only inserts a line.
"""

from __future__ import annotations

import compileall
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Container, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.sdks import ROOT, copy

HERE = Path(__file__).parent
SETTINGS = ["--patch", "websocket-auth-query", "--set", "header=Authorization", "--set", "scheme=Token"]
SETTINGS += ["--set", "query=token"]
NOTHING = ["--patch", str(HERE / "nothing.toml")]
"""The same step for SDKs whose key is a bearer token, and that need not have a websocket."""
LARGE = ("squareup==46.0.0.20260916", "elevenlabs==2.78.0")
SOCKETS = "deepgram-sdk==7.17.0"


class Figures(NamedTuple):
    """Seconds of wall and CPU time (medians), and the peak resident memory in MiB."""

    wall: float
    cpu: float
    memory: float


def measure(command: Sequence[str], runs: int, codes: Container[int] = (0, 1)) -> Figures:
    """Run a command several times, its output thrown away.

    Raises RuntimeError where it ends with none of ``codes``: the time of an error message is not that of the job.
    """
    walls, cpus, peaks = [], [], []
    for _ in range(runs):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        walls.append(time.perf_counter() - start)
        cpus.append(usage.ru_utime + usage.ru_stime)
        peaks.append(usage.ru_maxrss / 1024)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            raise RuntimeError(f"exit {process.returncode}: {' '.join(command)}")
    return Figures(statistics.median(walls), statistics.median(cpus), max(peaks))


def show(name: str, figures: Figures, base: Figures | None = None) -> None:
    """Print one line; the ratio is to ``base`` by wall time."""
    ratio = f"{figures.wall / base.wall:8.2f}x" if base else " " * 9
    print(f"  {name:44}{figures.wall * 1000:9.0f} ms{figures.cpu * 1000:9.0f} ms{figures.memory:8.1f} MiB{ratio}")


def tool(name: str) -> str | None:
    """Return the path of a tool of this environment, or on the search path."""
    own = Path(sys.executable).with_name(name)
    return str(own) if own.exists() else shutil.which(name)


def ready() -> None:
    """Compile sdkpatch as pip does when it installs it: an editable install, and a Python told to write none, does not.

    A Python that was built without ``--enable-optimizations`` takes half as long again.
    """
    compileall.compile_dir(str(ROOT / "sdkpatch"), quiet=2)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")


def compare(title: str, tree: Path, settings: Sequence[str], *, is_patched: bool, is_slow_shown: bool) -> None:
    """Measure sdkpatch and every peer that is installed on one tree."""
    print(f"\n{title}")
    command = [tool("sdkpatch") or "sdkpatch", "apply", str(tree), *settings, "--check", "-q"]
    show("sdkpatch apply --check --no-cache", measure([*command, "--no-cache"], 9))
    measure(command, 1)
    sdkpatch = measure(command, 9)
    show("sdkpatch apply --check, run before", sdkpatch)
    if ast_grep := tool("ast-grep"):
        rule = str(HERE / "ast_grep_rule.yml")
        figures = measure([ast_grep, "scan", "--rule", rule, str(tree)], 9)
        show("ast-grep scan, an equal rule", figures)
        print(f"  {'':44}sdkpatch takes {sdkpatch.wall / figures.wall:.2f}x of ast-grep's wall time")
    if rg := tool("rg"):
        show("rg websockets", measure([rg, "-l", "websockets", str(tree)], 9), sdkpatch)
    if is_slow_shown and not is_patched:
        codemod = [sys.executable, "-m", "libcst.tool", "codemod", "-x", "benchmarks.libcst_codemod.MoveKey"]
        with tempfile.TemporaryDirectory() as folder:
            changed = Path(shutil.copytree(tree, Path(folder) / "sdk"))
            figures = measure([*codemod, "-j", "1", "--hide-progress", str(changed)], 1)
        show("libcst.tool codemod, one process", figures)
        print(f"  {'':44}sdkpatch is {figures.wall / sdkpatch.wall:.0f}x faster")


def main() -> None:
    """Print every comparison."""
    ready()
    python = measure([sys.executable, "-c", "pass"], 15)
    version = measure([tool("sdkpatch") or "sdkpatch", "--version"], 15)
    print(f"{'':46}{'wall':>12}{'CPU':>12}{'peak':>12}{'ratio':>9}")
    show("python -c pass", python)
    show("sdkpatch --version", version, python)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        for requirement in LARGE:
            tree = copy(requirement, Path(folder) / requirement)
            compare(f"{requirement}: nothing to patch", tree, NOTHING, is_patched=False, is_slow_shown=True)
        tree = copy(SOCKETS, Path(folder) / SOCKETS)
        compare(f"{SOCKETS}: 20 sites to patch", tree, SETTINGS, is_patched=False, is_slow_shown=True)
        subprocess.run([tool("sdkpatch") or "sdkpatch", "apply", str(tree), *SETTINGS, "-q"], check=True)
        compare(f"{SOCKETS}: patched already", tree, SETTINGS, is_patched=True, is_slow_shown=False)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"\n(this script itself: {own / 1024:.0f} MiB)")


if __name__ == "__main__":
    main()
