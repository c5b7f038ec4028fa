"""``make freeze``: keep the recipes and the patch book as the release reads them, for tests/compat."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from sdkpatch.operations import OPERATIONS
from sdkpatch.version import __version__
from tools.docs import ROOT

KEPT = {"recipes": "patches", "book": "examples/patch-book"}


class Refused(Exception):
    """What cannot be frozen."""


def freeze(root: Path, version: str) -> Path:
    """Write the folder of a release and return it. Raises Refused where it is there, or an operation has no patch."""
    releases = root / "tests" / "compat"
    folder = releases / version.rpartition(".")[0]
    if folder.exists():
        raise Refused(f"{folder.relative_to(root)} is there already: what a release froze stays as it is")
    patches = [path.read_text(encoding="utf-8") for each in KEPT.values() for path in (root / each).glob("*.toml")]
    used = {line for text in patches for line in text.splitlines()}
    if unused := sorted(name for name in OPERATIONS if f'op = "{name}"' not in used):
        raise Refused(f"no recipe and no patch of the book uses {', '.join(unused)}: add one, tried on real SDKs")
    for kind, source in KEPT.items():
        shutil.copytree(root / source, folder / kind, ignore=shutil.ignore_patterns("README.md"))
    newest = max((path for path in releases.iterdir() if (path / "projects").is_dir()), key=_version)
    shutil.copytree(newest / "projects", folder / "projects")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}" for path in files]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
    return folder


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(map(int, folder.name.split(".")))


if __name__ == "__main__":
    try:
        print(freeze(ROOT, __version__).relative_to(ROOT))
    except Refused as refused:
        sys.exit(str(refused))
