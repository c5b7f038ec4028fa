"""Let no connection leave loopback: the interpreter's own audit events refuse every other address, and new processes.

A process that the SDK started would not be watched.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

refused: list[str] = []
"""The addresses that were refused, in their order."""

allowed: set[str] = set()
"""Hosts beside loopback that may be reached: only where a person named one."""


class LeavesLoopback(RuntimeError):
    """The SDK tried to reach an address that is not on loopback."""


class StartsProcess(PermissionError):
    """The SDK tried to start a program; what only asks the machine for its name does without (``platform``)."""


_STARTS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "pty.spawn",
)


def install() -> None:
    """Refuse addresses from now on. An audit hook cannot be taken out again (PEP 578)."""
    sys.addaudithook(_hook)


def _hook(event: str, arguments: Any) -> None:
    if event in _STARTS or event == "os.startfile":
        raise StartsProcess("a program was not started: what it connects to could not be watched")
    if not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if address is not None:
            _check(address[0] if isinstance(address, tuple) else "a local socket")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _check(arguments[0])


def _check(host: Any) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "localhost")
    if name in allowed or name == "localhost" or _is_loopback(name):
        return
    refused.append(name)
    raise LeavesLoopback("a connection to " + name + " was refused: only loopback may be reached")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False
