"""Turn what was recorded into the patches that would send the credential elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ..errors import UsageError
from .values import Carrier, Proof

_FORMS = "wss-auth=query:NAME, header:NAME, header:NAME:SCHEME, subprotocol:NAME, message:bearer or message:api-key"


def suggestion(wish: str, proofs: Sequence[Proof]) -> str:
    """Return ``[[patch]]`` tables for ``sdkpatch.toml``, one for each header that holds a credential.

    ``wish`` is ``wss-auth=PLACE:NAME``. Raises UsageError for another, and where no header holds a credential.
    """
    subject, _, place = wish.partition("=")
    kind, _, name = place.partition(":")
    recipe = _recipe(kind, name)
    if subject != "wss-auth" or not name or not recipe:
        raise UsageError("--suggest", found=f'"{wish}"', expected=_FORMS)
    found = list(dict.fromkeys(each for proof in proofs for each in proof.carriers if each.place == "header"))
    if not found:
        others = sorted({str(each) for proof in proofs for each in proof.carriers})
        raise UsageError(
            "--suggest",
            found="no credential in a header of any handshake",
            expected="one to take it from",
            hint=f"they are in: {', '.join(others)}" if others else "no handshake carried a credential",
        )
    tables = [_table(recipe, _settings(kind, name, each)) for each in _spelled_once(found)]
    return "# for sdkpatch.toml\n" + "\n".join(tables)


def _recipe(kind: str, name: str) -> str:
    if kind == "message":
        return f"websocket-auth-message-{name}" if name in ("bearer", "api-key") else ""
    return f"websocket-auth-{kind}" if kind in ("query", "header", "subprotocol") else ""


def _settings(kind: str, name: str, carrier: Carrier) -> Mapping[str, str]:
    settings = {"header": carrier.name}
    if carrier.scheme or kind == "message":
        settings["scheme"] = carrier.scheme
    if kind == "header":
        to, _, scheme = name.partition(":")
        settings |= {"to": to, "value": f"{scheme} $key".lstrip()}
    elif kind == "query":
        settings["query"] = name
    elif kind == "subprotocol":
        settings["protocol"] = name
    return settings


def _spelled_once(found: Sequence[Carrier]) -> list[Carrier]:
    """Return one of the spellings of each header: the step takes it whatever its case."""
    first: dict[str, Carrier] = {}
    for each in found:
        first.setdefault(each.name.lower(), each)
    return list(first.values())


def _table(recipe: str, settings: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in settings.items())
    return f'[[patch]]\nuses = "{recipe}"\nwith = {{ {pairs} }}\n'
