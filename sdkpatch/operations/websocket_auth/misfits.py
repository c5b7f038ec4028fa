"""Compare the schemes that a step takes off with those that the SDK's client wrapper writes."""

from __future__ import annotations

from collections.abc import Iterator

from ...handshakes.schemes import schemes
from ...operation import Misfit
from ...tree import Tree
from .arguments import Arguments, Sending, names_in


def misfits(tree: Tree, arguments: Arguments | Sending) -> list[Misfit]:
    """Return each credential that would be sent with a scheme of the header it is taken from."""
    return list(_misfits(tree, arguments))


def _misfits(tree: Tree, arguments: Arguments | Sending) -> Iterator[Misfit]:
    wrappers = [path for path in tree.files if path.endswith("client_wrapper.py")]
    for name, header, scheme in _taken(arguments):
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


def _taken(arguments: Arguments | Sending) -> Iterator[tuple[str, str, str]]:
    """Yield the credentials that are sent without what stands around them in their header: name, header, scheme.

    A header that is sent on whole, under another name, keeps its scheme.
    """
    if isinstance(arguments, Arguments):
        yield from arguments.take
        return
    bare = [value for _, value in (*arguments.query, *arguments.cookie)]
    built = [value for _, value in arguments.header if not _is_whole(value)]
    sent = set(names_in([bare, list(arguments.subprotocol), arguments.message or {}, arguments.text, built]))
    for name, origin in arguments.take:
        if origin.header and name in sent:
            yield name, origin.header, origin.scheme


def _is_whole(value: object) -> bool:
    return isinstance(value, str) and value.startswith("$") and value.strip("${}").isidentifier()
