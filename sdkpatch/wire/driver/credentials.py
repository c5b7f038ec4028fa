"""The credentials that the SDK is given: made up, told apart, and with every character that an encoding gets wrong."""

from __future__ import annotations

import re
import zlib

_WORDS = {"auth", "authorization", "bearer", "credential", "credentials", "jwt", "key", "password", "secret", "token"}
_MORE = re.compile(r"(api|access|auth|private|secret)_?(key|token)$|username$")


def is_credential(name: str) -> bool:
    """Tell from a parameter's name whether it is a credential."""
    words = name.lower().split("_")
    return bool(_WORDS & {words[-1], words[0]} or _MORE.search(name.lower())) and words[-1] not in ("type", "id")


class Sentinels:
    """Made-up credentials by the place they are for; the same place gets the same one."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def of(self, place: str, is_token: bool = False) -> str:
        """Return the credential for a place; ``is_token`` keeps to what a subprotocol can carry (RFC 9110 tokens)."""
        label = place + (" as a token" if is_token else "")
        number = 100 + zlib.crc32(label.encode()) % 900  # the same in every process
        taken = {value for name, value in self.values.items() if name != label}
        while any(value.startswith(f"sentinel{number}") for value in taken):
            number += 1
        made = f"sentinel{number}Aa!#$%&'*+-.^_`|~{number}" if is_token else f"sentinel{number}Aa+/=&% é{number}"
        return self.values.setdefault(label, made)
