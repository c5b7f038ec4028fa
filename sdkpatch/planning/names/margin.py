"""The imports at the margin of a module, read off its bytes: what runs whenever the module is imported."""

from __future__ import annotations

import re

IMPORT = re.compile(rb"^(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n#]+)|import[ \t]+([.\w]+))", re.MULTILINE)
"""An import at the margin."""


def new_imports(before: bytes | None, after: bytes | None) -> list[tuple[bytes, bytes, bytes]]:
    """Return the imports at the margin that a file did not have; all of them where their order changed."""
    was, now = IMPORT.findall(before or b""), IMPORT.findall(after or b"")
    known = set(was)
    added = [each for each in now if each not in known]
    return added or (now if was != now and [each for each in was if each in set(now)] != now else [])
