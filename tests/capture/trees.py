"""Small trees to capture: a package in Fern's shape, with files of a case in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sdkpatch.capture.run import Captured, CaptureWish, capture

WRAPPER = """import typing


class BaseClientWrapper:
    def get_headers(self) -> typing.Dict[str, str]:
        headers: typing.Dict[str, str] = {
            "X-Fern-Language": "Python",
            "X-Fern-SDK-Version": "1.2.3",
        }
        return headers
"""
SURROUNDINGS = {
    "pyproject.toml": '[tool.poetry]\nname = "acme"\nversion = "1.2.3"\n',
    "src/acme/__init__.py": "",
    "src/acme/core/__init__.py": "",
    "src/acme/core/client_wrapper.py": WRAPPER,
}


def write(root: Path, files: Mapping[str, str | bytes], *, alone: bool = False) -> Path:
    """Write a tree: the surroundings, unless it is to be ``alone``, and these files."""
    for path, content in {**({} if alone else SURROUNDINGS), **files}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def captured(generated: Path, edited: Path) -> Captured:
    """Capture a tree in this process."""
    return capture(generated, edited, (), CaptureWish(jobs=1))
