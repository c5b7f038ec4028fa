"""Run one target under atheris, or reproduce one input: ``python -m fuzz.run TARGET [--runs N] [--seconds S]``."""

from __future__ import annotations

import argparse
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
DICTIONARIES = Path(__file__).parent / "dictionaries"
ROOT = Path(__file__).parent.parent
MORE = {"toml_loader": (ROOT / "examples" / "patch-book", ROOT / "patches")}
"""Further seeds: what people write, and mutations of it."""

LENGTHS = {"toml_loader": 1500, "apply": 42}
"""The most bytes of an input; ten edits of a small module leave little of it."""


def seeds(target: str) -> list[Path]:
    """Return the files that a target starts from."""
    found = sorted((CORPUS / target).iterdir())
    return found + [path for folder in MORE.get(target, ()) for path in sorted(folder.glob("*.toml"))]


def dictionary(target: str) -> Iterator[str]:
    """Yield the words to mutate with; those of patch files are the keys that their schema has, and the operations."""
    written = DICTIONARIES / f"{target}.dict"
    if written.exists():
        yield written.read_text()
    if target == "toml_loader":
        from sdkpatch.loading.patchfile import json_schema
        from sdkpatch.operations import OPERATIONS

        yield from (f'"{key} = "\n' for key in sorted(_keys(json_schema(OPERATIONS))))
        yield from (f'"op = \\x22{name}\\x22\\x0a"\n' for name in sorted(OPERATIONS))


def _keys(schema: object) -> set[str]:
    """Return the keys that a JSON Schema names, at any depth."""
    if isinstance(schema, list):
        return set().union(*map(_keys, schema))
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties")
    return set(properties if isinstance(properties, dict) else ()).union(*map(_keys, schema.values()))


def main() -> None:
    """Fuzz until a number of runs or seconds; atheris ends the process, with 77 where it found something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--runs", type=int, default=2_000_000)
    parser.add_argument("--seconds", type=int, default=0, help="0 has no limit")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--input", type=Path, help="run this file only")
    parser.add_argument("--findings", type=Path, default=Path(".cache/fuzz"))
    asked = parser.parse_args()
    import atheris

    with atheris.instrument_imports(include=["sdkpatch"]):
        import sdkpatch

        for module in pkgutil.walk_packages(sdkpatch.__path__, "sdkpatch."):
            if module.name != "sdkpatch.__main__" and ".driver" not in module.name:
                import_module(module.name)  # most are imported late, and would not be seen
        from fuzz.targets import TARGETS
    if asked.input:
        TARGETS[asked.target](asked.input.read_bytes())
        return
    asked.findings.mkdir(parents=True, exist_ok=True)
    options = [
        f"-runs={asked.runs}",
        f"-max_total_time={asked.seconds}",
        f"-seed={asked.seed}",
        f"-artifact_prefix={asked.findings}/{asked.target}-",
        "-timeout=60",
        "-rss_limit_mb=4096",
        f"-max_len={LENGTHS.get(asked.target, 160)}",
        "-len_control=0" if asked.target in ("apply", "apply_real", "handshake_recogniser") else "-len_control=100",
        "-print_final_stats=1",
        "-verbosity=1",
    ]
    if words := "".join(dictionary(asked.target)):
        known = asked.findings / f"{asked.target}.dict"
        known.write_text(words)
        options.append(f"-dict={known}")
    grown = asked.findings / asked.target  # what the fuzzer adds stays out of the seeds
    grown.mkdir(exist_ok=True)
    more = [str(folder) for folder in MORE.get(asked.target, ())]
    atheris.Setup([sys.argv[0], *options, str(grown), str(CORPUS / asked.target), *more], TARGETS[asked.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
