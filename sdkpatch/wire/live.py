"""Connect one channel to a real server, because a person asked for it, and tell whether the handshake is accepted."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ..errors import UsageError
from ..handshakes.promises import Sends
from ..model import Patch
from ..planning.plan import plan
from ..tree import Tree
from .channels import look
from .child import Child, NoAnswer
from .masking import Mask
from .promised import promises_of
from .recorder import Recorder
from .stage import Options, channels_of, load, methods
from .values import Channel


class Secret(NamedTuple):
    """A credential by the name that the patch, or the SDK's client, has for it."""

    name: str
    value: str


class Answered(NamedTuple):
    """What a real server said; ``requests`` are the urls that were opened, secrets masked."""

    channel: Channel
    accepted: bool
    reason: str
    requests: tuple[str, ...]


def secrets(texts: Sequence[str]) -> tuple[Secret, ...]:
    """Return the credentials of ``NAME=env:VARIABLE``. Raises UsageError for other forms, and for what is not set.

    A value on the command line would be in the shell's history and in every list of processes.
    """
    found: list[Secret] = []
    for text in texts:
        parts = re.fullmatch(r"(\w+)=env:(\w+)", text)
        if parts is None:
            name = text.partition("=")[0]
            raise UsageError("--credential", found=f"{name}=…", expected="NAME=env:VARIABLE: no value belongs here")
        value = os.environ.get(parts[2], "")
        if not value:
            raise UsageError("--credential", found=f"no value in {parts[2]}", expected="the credential in it")
        found.append(Secret(parts[1], value))
    return tuple(found)


def connect(
    tree: Tree, patches: Sequence[Patch], options: Options, url: str, given: Sequence[Secret], wanted: str
) -> Answered:
    """Open one channel of the SDK at ``url``. ``wanted`` is a glob over channels, empty for the only one.

    Scheme, host and port of the SDK's own address are replaced, and its path where the url has one. Raises UsageError.
    """
    there = urlsplit(url)
    if there.scheme not in ("ws", "wss") or not there.hostname:
        raise UsageError("--url", found=f'"{url}"', expected="an address such as wss://host or wss://host/path")
    found = look(tree)
    planned = plan(tree, patches) if patches else None
    mask = Mask(each.value for each in given)
    with Recorder() as recorder, Child(options.python) as child:
        loaded = load(child, tree, found, options)
        opened = methods(loaded)
        channels = [each for each in channels_of(found, opened) if (each.module, each.name) in opened]
        channel = _chosen(channels, wanted)
        promised = promises_of(channel, patches, planned)
        base = {"module": channel.module, "class": channel.kind, "method": channel.method, "is_async": channel.is_async}
        try:
            trial = child.call({**base, "url": recorder.url}, options.seconds)
            order = _order(base, trial, [each.promise for each in promised if isinstance(each.promise, Sends)], given)
            path = there.path if there.path not in ("", "/") else ""
            real = {**base, **order, "url": url, "path": path, "hosts": [there.hostname]}
            reply = child.call(real, options.seconds)
        except NoAnswer as silence:
            reply = {"problem": str(silence)}
    failure = reply.get("failure")
    reason = str(reply.get("problem") or (failure["text"] if failure else ""))
    if failure and failure["status"]:
        reason = f"the server answered {failure['status']}: {failure['text']}"
    requests = tuple(mask.target(each["to"]) for each in reply.get("connections", ()))
    return Answered(channel=channel, accepted=not reason, reason=mask.text(reason), requests=requests)


def _chosen(channels: Sequence[Channel], wanted: str) -> Channel:
    """Return the channel that is meant; of its copies the synchronous one in ``client.py``."""
    names_of = {each: (f"{each.folder}.{each.method}", each.folder, each.name) for each in channels}
    matching = [each for each in channels if not wanted or any(fnmatchcase(name, wanted) for name in names_of[each])]
    names = sorted({names_of[each][0] for each in matching})
    if len(names) != 1:
        every = ", ".join(sorted({found[0] for found in names_of.values()})) or "none"
        found = f'"{wanted}", which means {len(names)} channels' if wanted else f"{len(names)} channels"
        raise UsageError("--channel", found=found, expected="the name of one", hint=f"there are: {every}")
    return min(matching, key=lambda each: (each.is_async, each.file != "client.py", each.line))


def _order(
    base: Mapping[str, Any], trial: Mapping[str, Any], sends: Sequence[Sends], given: Sequence[Secret]
) -> dict[str, Any]:
    """Work out where each credential is given to the SDK: to its client, to the method, or in the environment.

    A credential of a patch that comes from a header is given to the argument of the client whose made-up value stood
    in that header.
    """
    labels = {value: label for label, value in trial.get("sentinels", {}).items()}
    client: dict[str, str] = {}
    method: dict[str, str] = {}
    environment: dict[str, str] = {}
    for secret in given:
        origins = [origin for each in sends for name, origin in each.take.items() if name == secret.name]
        arguments = [label.split()[1] for label in labels.values() if label.startswith("client ")]
        if secret.name in arguments:
            client[secret.name] = secret.value
        elif origins and origins[0].parameter:
            method[origins[0].parameter] = secret.value
        elif origins and (argument := _argument(origins[0].header, trial, labels)):
            client[argument] = secret.value
        elif origins and origins[0].env:
            environment[origins[0].env] = secret.value
        else:
            known = sorted({*arguments, *(name for each in sends for name in each.take)})
            raise UsageError(
                "--credential",
                found=f'"{secret.name}"',
                expected="a credential of the patches or an argument of the client",
                hint=f"known: {', '.join(known) or 'none'}",
            )
    return {"credentials": client, "given": method, "environment": environment}


def _argument(header: str, trial: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    for name, value in trial.get("generated", {}).items():
        for secret, label in labels.items():
            if name.lower() == header.lower() and secret in value and label.startswith("client "):
                return label.split()[1]
    return ""
