"""``python -m sdkpatch``."""

import sys

if not getattr(sys.flags, "safe_path", False):
    # Python puts the current directory first, where an SDK could have a module that is named as one of ours needs.
    del sys.path[0]

from .console import run

run()
