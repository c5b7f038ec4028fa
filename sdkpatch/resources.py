"""Where the recipes and templates are: inside an installed package, beside it in a source checkout."""

from __future__ import annotations

from pathlib import Path

SUPPORT_FOLDER = "core"
SUPPORT_MODULES = ("sdkpatch_websocket", "sdkpatch_redact")
"""What patched code uses at run time: modules that sdkpatch adds to the SDK, in a folder of its package."""


def is_support(path: str) -> bool:
    """Tell whether a path is that of a support module: sdkpatch's own code, which no step is about."""
    return f"/{path}".endswith(tuple(f"/{SUPPORT_FOLDER}/{name}.py" for name in SUPPORT_MODULES))


def support(name: str) -> str:
    """Return the text of a support module."""
    return (folder("templates") / "sdk" / f"{name}.py").read_text(encoding="utf-8")


def folder(name: str) -> Path:
    """Return the directory ``patches`` or ``templates``."""
    package = Path(__file__).resolve().parent
    installed = package / name
    return installed if installed.is_dir() else package.parent / name


def book() -> dict[str, Path]:
    """Return the patches of the patch book by id: one or more for every operation."""
    package = Path(__file__).resolve().parent
    installed = package / "patch-book"
    folder_of = installed if installed.is_dir() else package.parent / "examples" / "patch-book"
    return {path.stem: path for path in sorted(folder_of.glob("*.toml"))}


def recipes() -> dict[str, Path]:
    """Return the files of the shipped recipes by id; a recipe's file is named after its id."""
    return {path.stem: path for path in sorted(folder("patches").glob("*.toml"))}
