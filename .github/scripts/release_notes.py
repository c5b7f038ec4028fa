"""Print the changelog's section for a version; fail when it has none, or when the code has another version."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def notes(version: str) -> str:
    """Return the section for ``version``. Raises SystemExit with the reason when this is no release of it."""
    own = re.search(r'__version__ = "(.+)"', (ROOT / "sdkpatch" / "version.py").read_text(encoding="utf-8"))
    if own is None or own[1] != version:
        raise SystemExit(f"the tag says {version}, sdkpatch/version.py says {own[1] if own else 'nothing'}")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {re.escape(version)} ([^\n]*)\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if section is None:
        raise SystemExit(f"CHANGELOG.md has no section for {version}")
    if not re.fullmatch(r"\(\d{4}-\d\d-\d\d\)", section[1]):
        raise SystemExit(f"CHANGELOG.md has no date for {version}: {section[1]}")
    return section[2].strip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(notes(sys.argv[1]))
