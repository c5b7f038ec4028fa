"""Parse a module for judging, or say why it cannot be read."""

from __future__ import annotations

import ast
import warnings

from ..model import Conflict
from .source import Source


def parse(path: str, code: bytes, package: str = "", sdk: str = "") -> Source | Conflict:
    """Parse a module for judging. ``ast`` refuses the nesting that would kill the process inside libcst."""
    try:
        _decode(code)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Source(path=path, code=code, tree=ast.parse(code, path), package=package, sdk=sdk)
    except SyntaxError as error:
        reason = f"the file does not parse: {error.msg}"
        return Conflict(reason=reason + (f" (line {error.lineno})" if error.lineno else ""))
    except LookupError:
        return Conflict(reason="the file does not parse: its encoding is none of text that Python knows")
    except UnicodeDecodeError as error:
        line = code.count(b"\n", 0, error.start) + 1
        return Conflict(reason=f"the file is not valid {error.encoding} (line {line})")
    except ValueError as error:
        return Conflict(reason=f"the file does not parse: {error}")
    except (RecursionError, MemoryError):
        return Conflict(reason="the file does not parse: it is nested too deeply")


def _decode(code: bytes) -> None:
    """Raise UnicodeDecodeError for bytes the file's encoding does not know; ast looks away where they are comments."""
    encoding = "utf-8"
    if b"coding" in b"".join(code.split(b"\n", 2)[:2]):
        import io
        import tokenize

        encoding, _ = tokenize.detect_encoding(io.BytesIO(code).readline)
    code.decode(encoding)
