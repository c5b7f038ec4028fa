"""Compare the schemes that a step takes off with those that the SDK's client wrapper writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...handshakes.schemes import schemes
from ...operation import Misfit
from ...tree import Tree


def misfits(tree: Tree, bare: Iterable[tuple[str, str, str]]) -> Iterator[Misfit]:
    """Yield each credential that would be sent with a scheme of the header it is taken from.

    ``bare`` are those that are sent without what stands around them there: name, header, scheme.
    """
    wrappers = [path for path in tree.files if path.endswith("client_wrapper.py")]
    for name, header, scheme in bare:
        found = {each for path in wrappers for each in schemes(tree.read(path), header) if each}
        if not found or scheme.lower() in {each.lower() for each in found}:
            continue
        written = " or ".join(f'"{each} KEY"' for each in sorted(found))
        first = min(found)
        yield Misfit(
            key=("take", name, "scheme"),
            found=f'"{scheme}", where the SDK sends the header {header} as {written}',
            expected=f'the scheme to take off: "{first}"',
            hint=f'write scheme = "{first}"; for a recipe --set scheme={first}, or with = {{ scheme = "{first}" }}',
        )
