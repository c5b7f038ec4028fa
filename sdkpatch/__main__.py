"""``python -m sdkpatch``."""

from .cli import run

run()
