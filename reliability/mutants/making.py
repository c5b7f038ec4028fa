"""All mutants of an SDK, and a choice of them that holds as many of one kind as of another."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from reliability.mutants.around import around
from reliability.mutants.changes import Copy, Mutant, Source, compiles, copies
from reliability.mutants.rewrites import rewrites
from reliability.mutants.sdks import Subject
from reliability.mutants.single import schemes, single, within
from reliability.mutants.structure import everywhere, structural


def mutants(subject: Subject, patched: Path, generated: Path) -> Iterator[Mutant]:
    """Yield every mutant of a patched SDK."""
    found = _copies(subject, patched)
    for copy in found:
        yield from within(subject, copy)
        yield from single(subject, copy)
        yield from structural(subject, copy, generated)
        yield from rewrites(subject, copy)
    yield from everywhere(subject, found, generated)
    yield from schemes(found)
    yield from around(subject, patched)


def _copies(subject: Subject, root: Path) -> list[Copy]:
    places = sorted(path.relative_to(root).as_posix() for path in root.rglob("*client.py"))
    wanted = (path for path in places if path.endswith(("/client.py", "/raw_client.py")))
    return [copy for path in wanted if "websockets" in (root / path).read_text() for copy in copies(Source(root, path))]


def chosen(found: Iterable[Mutant], count: int, seed: int, only: str = "") -> list[Mutant]:
    """Return ``count`` of them, of each kind in turn, the same ones for the same seed."""
    chance = random.Random(seed)
    kinds: dict[str, list[Mutant]] = {}
    for mutant in found:
        if only in mutant.kind:
            kinds.setdefault(mutant.kind, []).append(mutant)
    for group in kinds.values():
        chance.shuffle(group)
    taken: list[Mutant] = []
    seen: set[frozenset[tuple[str, str]]] = set()
    queue = [kinds[name] for name in sorted(kinds)]
    chance.shuffle(queue)
    while queue and len(taken) < count:
        group = queue.pop(0)
        mutant = group.pop()
        content = frozenset(mutant.files.items())
        if content not in seen and compiles(mutant):
            taken.append(mutant)
            seen.add(content)
        if group:
            queue.append(group)
    return taken
