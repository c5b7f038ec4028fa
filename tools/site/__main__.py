"""Build the site of the documentation; a link that leads nowhere is an error."""

from __future__ import annotations

import subprocess
import sys

from . import CONFIG, ROOT, lay_out


def main() -> int:
    """Lay out and build the site; return the exit code of zensical."""
    folder = ROOT / ".cache" / "site"
    lay_out(folder)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(folder / CONFIG.name)]
    code = subprocess.run(command, cwd=folder, check=False).returncode
    if code == 0:
        print(f"the site is in {(folder / 'html').relative_to(ROOT)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
