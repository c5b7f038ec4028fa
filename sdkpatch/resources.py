"""Where the recipes and templates are: inside an installed package, beside it in a source checkout."""

from __future__ import annotations

from pathlib import Path


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
