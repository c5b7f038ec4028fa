"""Find the patches whose examples are to be run, run them, and bring what they show up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .. import resources
from ..errors import ConfigError, Mistake
from ..loading.patchfile import PatchText
from ..loading.project import find_config, from_folder, from_options, open_patch, read_project
from ..operations import OPERATIONS
from ..schema.fields import show_key
from .examples import ExampleResult, run_examples


class Tested(NamedTuple):
    """The examples of one patch file; ``path`` is None for a recipe that ships with sdkpatch."""

    origin: str
    path: Path | None
    results: tuple[ExampleResult, ...]


def run(names: Sequence[str], config: Path | None = None, *, shipped: bool = False) -> tuple[Tested, ...]:
    """Run the examples of patch files or recipes; without names, those of the project's patches.

    ``shipped`` adds those of every recipe. Parameters take their defaults, or what the project gives where one has
    none. Raises ConfigError.
    """
    return tuple(_tested(text, path, given) for text, path, given in _texts(names, config, shipped))


def _texts(
    names: Sequence[str], config: Path | None, shipped: bool
) -> list[tuple[PatchText, Path | None, Mapping[str, object]]]:
    if names:
        selected = from_options(names, {})
    else:
        found = config or find_config(Path.cwd())
        project = read_project(found) if found else None
        named = project.everywhere if project else None
        selected = named if named is not None else ()
        if named is None:
            selected = from_folder(project.path.parent if project else Path.cwd())
    if shipped:
        used = {each.uses for each in selected}
        selected = (*selected, *from_options([name for name in resources.recipes() if name not in used], {}))
    opened = [(open_patch(each), each.given) for each in selected]
    seen: set[str] = set()
    texts: list[tuple[PatchText, Path | None, Mapping[str, object]]] = []
    for (text, path), given in opened:
        home = str(path.resolve()) if path else str(resources.recipes().get(text.id, text.origin))
        if home not in seen:
            seen.add(home)
            texts.append((text, path, given))
    return texts


def _tested(text: PatchText, path: Path | None, given: Mapping[str, object]) -> Tested:
    patch, mistakes, outside = text.bind({}, OPERATIONS)
    if outside and not mistakes:  # a parameter without a default: the project knows a value
        patch, mistakes, outside = text.bind(given, OPERATIONS)
    if mistakes or patch is None:
        lost = (
            Mistake(file=text.origin, line=1, key=show_key(key), found=found, expected=expected, hint=hint)
            for key, found, expected, hint in outside
        )
        raise ConfigError(mistakes or tuple(lost))
    return Tested(origin=text.origin, path=path, results=run_examples(patch))


def updated(tested: Tested) -> bytes | None:
    """Return the patch file with every ``after`` that did not hold brought up to date, None when there is none."""
    import tomlkit

    wrong = {each.number: each for each in tested.results if each.is_outdated}
    if not wrong or tested.path is None:
        return None
    document = tomlkit.parse(tested.path.read_text(encoding="utf-8"))
    for number, result in wrong.items():
        literal = "'''" not in result.after
        quoted = tomlkit.string(result.after, literal=literal, multiline=True).as_string()
        # The text begins below its quotes, as people write it: that line end is no part of it.
        after = tomlkit.parse(f"after = {quoted[:3]}\n{quoted[3:]}")["after"]
        document["example"][number - 1]["after"] = after
    return tomlkit.dumps(document).encode()


def example_failures(*names: str | Path) -> tuple[ExampleResult, ...]:
    """Return the examples that do not hold, of patch files or recipes; without names, of the project's patches.

    For a test: ``assert not sdkpatch.example_failures("patches/mine.toml")``. Raises ConfigError for a patch file with
    a mistake in it.
    """
    return tuple(result for tested in run([str(name) for name in names]) for result in tested.results if result.problem)
