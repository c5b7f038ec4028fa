# Written by sdkpatch, and written again at each of its runs: change the patches, not this file.
"""Masks the values of credentials in errors and in the DEBUG logs of websockets."""

import logging
import re
import typing

MASK = "***"
_LOGGERS = ("websockets", "websockets.client", "websockets.protocol")


def _name(name: str) -> str:
    """Return a regular expression for a name as it is written in a header, a query or JSON."""
    return "[-_]".join(re.escape(part) for part in re.split("[-_]", name))


def redact_text(text: str, names: typing.Sequence[str]) -> str:
    """Return a text with the values of these names masked: header lines, query parameters, keys of JSON or a dict."""
    any_name = "|".join(_name(name) for name in names)
    text = re.sub(rf"(?i)([?&;\s](?:{any_name})=)[^&;\s#\"']+", rf"\1{MASK}", text)
    text = re.sub(rf"(?im)^((?:[<>] )?(?:{any_name}): ?).+$", rf"\1{MASK}", text)
    # JSON within JSON, or within the repr of a frame, has its quotes escaped.
    escaped = r"\\+\".*?(?:\\+\"|$)"
    quoted = r"\"(?:[^\"\\]|\\.)*(?:\"|$)|'(?:[^'\\]|\\.)*(?:'|$)|[^\s,}\]\"'\\]+"
    return re.sub(rf"(?i)(\\*[\"'](?:{any_name})\\*[\"']\s*:\s*)(?:{escaped}|{quoted})", rf"\1'{MASK}'", text)


def redact_headers(headers: typing.Any, names: typing.Sequence[str]) -> typing.Any:
    """Return headers with the values of these names masked, whatever their case; anything else as it is."""
    if not isinstance(headers, dict):
        return headers
    masked = {name.lower().replace("_", "-") for name in names}
    return {name: MASK if name.lower().replace("_", "-") in masked else value for name, value in headers.items()}


class RedactFilter(logging.Filter):
    """Masks the values of names in the records of a logger."""

    def __init__(self, names: typing.Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        masked = redact_text(text, self.names)
        if masked != text:
            record.msg, record.args = masked, ()
        return True


def redact_logs(names: typing.Sequence[str]) -> None:
    """Mask the values of names in what websockets logs; a second call with the same names does nothing."""
    for each in _LOGGERS:
        logger = logging.getLogger(each)
        if not any(isinstance(known, RedactFilter) and known.names == tuple(names) for known in logger.filters):
            logger.addFilter(RedactFilter(names))
