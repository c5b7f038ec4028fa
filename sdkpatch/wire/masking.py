"""Keep secrets out of what people read: every form in which a value can stand in a request, an error or a log."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from html import escape
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MASK = "***"
_SHORT = 3
"""A part of a secret as long as this stands in any text."""


def forms(secret: str) -> tuple[str, ...]:
    """Return a secret as it is, percent-encoded in the ways in use, as JSON, and misread as ISO 8859-1."""
    plain = secret.encode(errors="surrogateescape")  # as an environment variable may hold bytes that are no UTF-8
    cookie = quote(plain, safe="!#$%&'()*+/:<=>?@[]^`{|}")
    found = {secret, quote(plain), quote(plain, safe=""), quote_plus(plain), cookie, json.dumps(secret)[1:-1]}
    found |= {json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1], ascii(secret)[1:-1]}
    found |= {plain.decode("latin-1"), repr(plain)[2:-1], escape(secret), base64.b64encode(plain).decode()}
    if not secret.isprintable():  # of several lines, one may be shown by itself
        found |= {part for part in re.split(r"[^ -~]+", secret) if len(part) > _SHORT}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


class Mask:
    """Masks secrets in texts, in all their forms."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if secret}, key=lambda each: (-len(each), each))
        self._forms = sorted({form for each in self._secrets for form in forms(each)}, key=lambda f: (-len(f), f))

    def text(self, text: str) -> str:
        """Return a text without any of the secrets."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def holds(self, text: str) -> bool:
        """Tell whether a secret stands in a text, in one of its forms or percent-encoded in another way."""
        return any(form in text for form in self._forms) or any(
            secret in decoded for decoded in {unquote(text), unquote_plus(text)} for secret in self._secrets
        )

    def value(self, value: str) -> str:
        """Return a value, such as that of a header, with all of it masked that could be a secret's.

        What is credential within a garbled value cannot be told, so the part from the first trace of it on is gone.
        """
        masked = self.text(value)
        traces = [masked.find(trace) for secret in self._secrets if (trace := secret[:8]) and trace in masked]
        basic = value.lower().startswith("basic ")
        return f"{value[:6]}{MASK}" if basic else masked[: min(traces)] + MASK if traces else masked

    def target(self, target: str) -> str:
        """Return a request target with the values masked that hold a secret, whole or garbled."""
        path, question, query = target.partition("?")
        pieces = []
        for piece in query.split("&"):
            name, equals, value = piece.partition("=")
            plain = {value, unquote(value), unquote_plus(value)}
            hidden = any(self.holds(each) or self.value(each) != each for each in plain)
            pieces.append(f"{name}={MASK}" if hidden and equals else self.value(piece))
        return self.value(path) + question + "&".join(pieces)
