"""Time jobs that touch much of an SDK: one rule over a whole tree, the same again once patched, the whole patch book.

Run it with ``make bench``. Peers that are not installed are left out: ast-grep and semgrep only find the places.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.sdks import ROOT, copy

from .apply import HERE, LARGE, SOCKETS, Figures, measure, ready, show, tool

_BOOK = sorted((ROOT / "examples" / "patch-book").glob("*.toml"))
_RUNS = 3
_SDKPATCH = [tool("sdkpatch") or "sdkpatch", "apply", "-q"]


def _ratio(name: str, own: Figures, peer: Figures) -> None:
    """Say how the figures stand to those of a peer: by wall time, and by CPU time, which a full machine alters less."""
    print(f"  {'':44}{own.wall / peer.wall:.2f}x of {name}'s wall time, {own.cpu / peer.cpu:.2f}x of its CPU time")


def _slow_peers(tree: Path, own: Figures) -> None:
    """Measure what takes minutes, once each."""
    if semgrep := tool("semgrep"):
        command = [semgrep, "scan", "--metrics=off", "--disable-version-check", "--quiet", "--no-git-ignore"]
        figures = measure([*command, "--config", str(HERE / "semgrep_wide.yml"), str(tree)], 1)
        show("semgrep scan, the same pattern", figures)
        print(f"  {'':44}sdkpatch is {figures.wall / own.wall:.0f}x faster")
    codemod = [sys.executable, "-m", "libcst.tool", "codemod", "-x", "benchmarks.libcst_codemod.WriteBar"]
    figures = measure([*codemod, "-j", "1", "--hide-progress", str(tree)], 1)
    show("libcst.tool codemod, one process", figures)
    print(f"  {'':44}sdkpatch is {figures.wall / own.wall:.0f}x faster")


def _wide(requirement: str, folder: Path) -> None:
    """Measure one rule over a whole SDK: to patch, with one process and as many as pay, and once patched."""
    tree = copy(requirement, folder / requirement)
    rule = ["--patch", str(HERE / "wide.toml")]
    job = [*_SDKPATCH, str(tree), *rule]
    print(f"\n{requirement}: typing.Optional[$T] to $T | None")
    own = measure([*job, "--check", "--no-cache"], _RUNS)
    show("sdkpatch apply --check", own)
    alone = measure([*job, "--check", "--no-cache", "--jobs", "1"], _RUNS)
    show("sdkpatch apply --check --jobs 1", alone)
    print(f"  {'':44}sharing takes {own.wall / alone.wall:.2f}x of the wall time of one process")
    peer: Figures | None = None
    if ast_grep := tool("ast-grep"):
        peer = measure([ast_grep, "scan", "--rule", str(HERE / "ast_grep_wide.yml"), str(tree)], _RUNS)
        show("ast-grep scan, the same pattern", peer)
        _ratio("ast-grep", own, peer)
    subprocess.run([*job, "--no-cache"], check=True)
    again = measure([*job, "--check", "--no-cache"], _RUNS)
    show("patched, sdkpatch apply --check --no-cache", again)
    subprocess.run([*job, "--check"], check=True)
    known = measure([*job, "--check"], _RUNS)
    show("patched, sdkpatch apply --check", known)
    if peer is not None:
        _ratio("ast-grep", again, peer)
        _ratio("ast-grep", known, peer)
    if "--slow" in sys.argv:
        _slow_peers(copy(requirement, folder / f"{requirement}-slow"), own)


def main() -> None:
    """Print every comparison; with ``--slow`` semgrep and an equal libcst codemod, which take minutes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        ready()
        print(f"{'':46}{'wall':>12}{'CPU':>12}{'peak':>12}")
        for requirement in LARGE:
            _wide(requirement, folder)
        tree = copy(SOCKETS, folder / SOCKETS)
        book = [option for path in _BOOK for option in ("--patch", str(path))]
        print(f"\n{SOCKETS}: the {len(_BOOK)} patches of the patch book at once; some conflict, so nothing is proved")
        figures = measure([*_SDKPATCH, str(tree), *book, "--check", "--no-cache"], _RUNS, (0, 1, 4))
        show("sdkpatch apply --check", figures)


if __name__ == "__main__":
    main()
