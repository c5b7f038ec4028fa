"""What a step of a pipeline does to a package: build it, publish it, patch it; scripts and Makefiles are followed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from . import makefile
from .shell import commands

_DEEPEST = 5
_LONGEST = 1 << 18


class PipelineCommand(NamedTuple):
    """One command or action. ``how`` says what publishes, empty for what does not; ``shown`` is it as written.

    ``builds`` tells that it builds the package, also where it publishes at once; ``patches`` that it runs sdkpatch.
    ``through`` is what was called, where the command stands in a script, a Makefile or another action. ``folder`` is
    where it runs, as the workflow says, empty for the workspace.
    """

    shown: str
    how: str = ""
    builds: bool = False
    patches: bool = False
    through: str = ""
    folder: str = ""


class ScriptPlace(NamedTuple):
    """Where a script runs: the root of the repository, and the folder below it."""

    root: Path
    folder: str
    depth: int = 0

    def file(self, path: str) -> str | None:
        """Return the text of a file of the repository, looked for in the folder, then in the root."""
        base = self.root.resolve()
        for folder in (self.folder, "."):
            found = (base / folder / path).resolve()
            try:
                if found.is_relative_to(base) and found.is_file() and found.stat().st_size < _LONGEST:
                    return found.read_text(encoding="utf-8", errors="replace")
            except OSError:
                pass
        return None


_VALUED = frozenset(("-C", "--directory", "--project", "-P", "-p", "--python", "--with", "--from", "--spec", "--group"))
"""Options of the tools below that take the next word."""
_PUBLISHING: Mapping[str, tuple[str, Callable[[Sequence[str]], bool]]] = {
    "poetry": ("publish", lambda words: "--build" in words),
    "uv": ("publish", lambda words: False),
    "twine": ("upload", lambda words: False),
    "flit": ("publish", lambda words: True),
    "hatch": ("publish", lambda words: False),
    "pdm": ("publish", lambda words: "--no-build" not in words),
    "rye": ("publish", lambda words: False),
    "maturin": ("publish", lambda words: True),
}
"""The tools that publish: their subcommand, and whether it builds as well. Fern writes ``poetry --no-interaction -v
publish --build``, a build and ``pypa/gh-action-pypi-publish``, or ``uv publish``, depending on its release and on the
settings of the SDK."""
_BUILDING = frozenset(("poetry", "uv", "flit", "hatch", "pdm", "rye", "maturin", "hatchling"))
_RUNNERS = frozenset(("poetry", "uv", "pdm", "rye", "pipenv", "hatch"))
_SHELLS = frozenset(("bash", "sh", "zsh", "dash", "source", "."))
_IN_PYTHON = re.compile(
    r"\b(?:(poetry|uv|flit|hatch|pdm|rye)\b[\s\"',\-\w]{0,60}?\bpublish|(twine)\b[\s\"',\-\w]{0,60}?\bupload)\b"
)


def of_script(script: str, place: ScriptPlace) -> Iterator[PipelineCommand]:
    """Yield what the commands of a script do, in their order."""
    for words in commands(script):
        if words[0] == "cd" and len(words) == 2:
            place = place._replace(folder=f"{place.folder or '.'}/{words[1]}")
        else:
            yield from (each._replace(folder=each.folder or place.folder) for each in _of_command(words, place))


def _of_command(words: Sequence[str], place: ScriptPlace) -> Iterator[PipelineCommand]:
    program, rest = words[0].rpartition("/")[2].partition("@")[0], words[1:]
    shown = " ".join(words)
    for inner in _wrapped(program, rest):
        lead = words[: len(words) - len(inner)]
        yield from (
            each if each.through else each._replace(shown=" ".join((*lead, each.shown)))
            for each in _of_command(inner, place)
        )
        return
    subcommand, at = _subcommand(rest)
    as_written = " ".join(words[: at + 2]) if subcommand else shown
    if program in ("sdkpatch", "pre-commit") and ("apply" in rest or "sdkpatch-apply" in rest):
        yield PipelineCommand(shown, patches=True)
    elif program in _PUBLISHING and subcommand == _PUBLISHING[program][0]:
        yield PipelineCommand(as_written, how=program, builds=_PUBLISHING[program][1](words))
    elif program in _BUILDING and subcommand == "build":
        yield PipelineCommand(as_written, builds=True)
    elif program in ("build", "pyproject-build", "cibuildwheel") or (program == "pip" and subcommand == "wheel"):
        yield PipelineCommand(words[0] if program != "pip" else as_written, builds=True)
    elif program == "semantic-release" and subcommand in ("publish", "version"):
        how = program if subcommand == "publish" and _uploads(place) else ""
        yield PipelineCommand(as_written, how=how, builds=True)
    elif program == "setup.py" and {"sdist", "bdist_wheel", "upload"} & set(rest):
        yield PipelineCommand(" ".join(words[:2]), how="setup.py" if "upload" in rest else "", builds=True)
    elif program == "nx" and any("publish" in word for word in rest) and _nx_has_python(place):
        yield PipelineCommand(shown, how="nx", builds=True)
    elif place.depth < _DEEPEST:
        yield from (each._replace(through=shown) for each in _followed(words, program, rest, place))


def _wrapped(program: str, rest: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the command that another one runs: ``poetry run``, ``python -m``, ``pipx run`` and the like."""
    subcommand, at = _subcommand(rest)
    if re.fullmatch(r"python[\d.]*|py", program):
        if "-m" in rest[:4]:
            yield rest[rest.index("-m") + 1 :]
        elif subcommand.endswith("setup.py"):
            yield rest[at:]
    elif program in (*_RUNNERS, "pipx") and subcommand == "run":
        yield _without_options(rest[at + 1 :])
    elif program == "uv" and subcommand == "tool" and rest[at + 1 : at + 2] == ["run"]:
        yield _without_options(rest[at + 2 :])
    elif program in ("uvx", "npx", "bunx"):
        yield _without_options(rest)
    elif program in ("pnpm", "yarn", "npm"):
        yield _without_options(rest[at + 1 :] if subcommand in ("exec", "run", "dlx") else rest)


def _without_options(words: Sequence[str]) -> Sequence[str]:
    subcommand, at = _subcommand(words)
    return words[at:] if subcommand else ["true"]


def _subcommand(words: Sequence[str]) -> tuple[str, int]:
    """Return the first word that is no option, and where it stands; an empty string for none."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _VALUED else 1
    return (words[at], at) if at < len(words) else ("", at)


def _followed(words: Sequence[str], program: str, rest: Sequence[str], place: ScriptPlace) -> Iterator[PipelineCommand]:
    """Yield what a script of the repository does that a command runs: a file, or a target of a Makefile."""
    deeper = place._replace(depth=place.depth + 1)
    if program in _SHELLS and "-c" in rest[:-1]:
        yield from of_script(rest[rest.index("-c") + 1], deeper)
    elif program in ("make", "gmake", "just"):
        yield from _of_targets(program, rest, deeper)
    else:
        is_run = program in _SHELLS or re.fullmatch(r"python[\d.]*", program)
        path = _subcommand(rest)[0] if is_run else words[0] if "/" in words[0] else ""
        text = place.file(path) if path else None
        if text is not None and (path.endswith(".py") or "python" in text.partition("\n")[0]):
            for found in _IN_PYTHON.finditer(text):
                yield PipelineCommand(path, how=found[1] or found[2], builds=True)
        elif text is not None:
            yield from of_script(text, deeper)


def _of_targets(program: str, rest: Sequence[str], place: ScriptPlace) -> Iterator[PipelineCommand]:
    for option in ("-C", "--directory"):
        if option in rest[:-1]:
            place = place._replace(folder=f"{place.folder or '.'}/{rest[rest.index(option) + 1]}")
    names = ("justfile", "Justfile", ".justfile") if program == "just" else ("GNUmakefile", "makefile", "Makefile")
    text = next(filter(None, (place.file(name) for name in names)), None)
    if text is None:
        return
    targets = [word for at, word in enumerate(rest) if not word.startswith("-") and rest[at - 1 : at] != ["-C"]]
    for recipe in makefile.recipes(text, [each for each in targets if "=" not in each]):
        yield from of_script(recipe, place)


def _uploads(place: ScriptPlace) -> bool:
    """Tell whether semantic-release is configured for a release before 8: later ones upload to no package index."""
    text = (place.file("pyproject.toml") or "") + (place.file("setup.cfg") or "")
    if re.search(r"^\s*upload_to_(?:pypi|repository)\s*=\s*[\"']?false", text, re.MULTILINE | re.IGNORECASE):
        return False
    return bool(re.search(r"^\s*(?:version_variable|upload_to_(?:pypi|repository))\s*=", text, re.MULTILINE))


def _nx_has_python(place: ScriptPlace) -> bool:
    """Tell whether nx's projects hold one for Python: else it publishes npm packages."""
    base = place.root
    files = [base / "nx.json", base / "package.json", *base.glob("*/project.json"), *base.glob("*/*/project.json")]
    texts = (place.file(each.relative_to(base).as_posix()) for each in files)
    return any("@nxlv/python" in text or "pypi" in text.lower() for text in texts if text)
