# Written by sdkpatch, and written again at each of its runs: change the patches, not this file.
"""What the patched WebSocket handshakes of this SDK share."""

import asyncio
import base64
import contextlib
import inspect
import json
import logging
import os
import random
import string
import time
import typing
import urllib.parse

import websockets.exceptions
from .api_error import ApiError

if typing.TYPE_CHECKING:
    from typing_extensions import TypeGuard

Url = str
Headers = typing.Mapping[str, typing.Any]
Credential = typing.Optional[str]
Pattern = typing.Any
"""A message, or the part of one that matters: a table matches every message that holds at least its keys."""


class HandshakeRefused(ApiError):
    """The server answered the opening handshake with another status than 101, a redirect elsewhere included."""

    status_code: int

    def __init__(self, status_code: int) -> None:
        super().__init__(status_code=status_code, body="The server refused the WebSocket handshake.")
        self.status_code = status_code


# Credentials: where they come from


def first_value(*values: Credential) -> Credential:
    """Return the first value there is."""
    return next((value for value in values if value is not None), None)


def environment_value(name: str) -> Credential:
    """Return an environment variable; an empty one counts as none."""
    return os.environ.get(name) or None


def header_value(headers: Headers, name: str, request_options: typing.Any = None, *, scheme: str = "") -> Credential:
    """Return what would be sent in a header, the caller's before the channel's before the client's."""
    caller = (request_options or {}).get("additional_headers") or {}
    sent = {each.lower(): value for each, value in [*headers.items(), *caller.items()]}
    value = sent.get(name.lower())
    if value is not None and scheme and str(value).lower().startswith(scheme.lower() + " "):
        return str(value)[len(scheme) + 1 :].lstrip()
    return None if value is None else str(value)


def wrapper_value(wrapper: typing.Any, *names: str) -> Credential:
    """Return the first of the client wrapper's attributes that has a value; a callable is asked for it."""
    for name in names:
        value = getattr(wrapper, name)
        value = value() if callable(value) else value
        if inspect.isawaitable(value):
            if inspect.iscoroutine(value):
                value.close()
            raise TypeError(f"{name} is supplied asynchronously: use the asynchronous client")
        if value is not None:
            return str(value)
    return None


async def wrapper_value_async(wrapper: typing.Any, *names: str) -> Credential:
    """Return the first of the client wrapper's attributes that has a value; suppliers may be asynchronous."""
    for name in names:
        value = getattr(wrapper, name)
        value = value() if callable(value) else value
        value = await value if inspect.isawaitable(value) else value
        if value is not None:
            return str(value)
    return None


# Credentials: the forms they are sent in


def fill_template(template: str, **values: Credential) -> Credential:
    """Return a template such as ``Token $key`` with its values, None when one of them is missing."""
    if any(value is None for value in values.values()):
        return None
    return string.Template(template).substitute(values)


def basic_credentials(username: Credential, password: Credential) -> Credential:
    """Return the value of an Authorization header for HTTP Basic (RFC 7617), None when a part is missing."""
    if username is None or password is None:
        return None
    _check_text(username, password)
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def json_text(value: typing.Any) -> str:
    """Return a value as JSON in ASCII, as a header can carry it; keys without a value are left out."""
    if isinstance(value, dict):
        value = {key: each for key, each in value.items() if each is not None}
    return json.dumps(value, ensure_ascii=True)


# Url


def join_path(base: Url, path: str, **values: typing.Any) -> Url:
    """Return a base url with a path behind it, in front of a query the base has; ``{name}`` in the path is filled."""
    for name, value in values.items():
        if value is None:
            raise ValueError(f"the path of this channel needs {name}")
        path = path.replace("{" + name + "}", urllib.parse.quote(_encodable(value), safe=""))
    parts = urllib.parse.urlsplit(base)
    joined = parts.path.rstrip("/") + path if path.startswith("/") else parts.path + path
    return parts._replace(path=joined).geturl()


def join_query(url: Url, encoded: str) -> Url:
    """Return a url with an encoded query behind the one it has; nothing, not even a question mark, for an empty one."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(query="&".join(part for part in (parts.query, encoded) if part)).geturl()


def query_text(params: typing.Any) -> str:
    """Return query parameters encoded, booleans in lower case."""
    pairs = params.items() if isinstance(params, dict) else params
    return urllib.parse.urlencode([(name, _lowered(value)) for name, value in pairs], doseq=True)


def add_query(url: Url, params: typing.Mapping[str, typing.Any]) -> Url:
    """Return a url with those parameters that have a value and that it does not have already."""
    known = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query, keep_blank_values=True)
    return join_query(
        url, query_text([(name, value) for name, value in params.items() if value is not None and name not in known])
    )


def _lowered(value: typing.Any) -> typing.Any:
    return [_encodable(each) for each in value] if isinstance(value, (list, tuple)) else _encodable(value)


def _encodable(value: typing.Any) -> str:
    text = _plain(value)
    _check_text(text)
    return text


def _plain(value: typing.Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(getattr(value, "value", value))


# Headers


def set_headers(headers: Headers, values: Headers, request_options: typing.Any = None) -> typing.Dict[str, typing.Any]:
    """Return headers in which these have these values, whatever their case was; those the caller gave stay his."""
    caller = {name.lower() for name in (request_options or {}).get("additional_headers") or {}}
    given = {name: _safe(name, value) for name, value in values.items() if value is not None}
    given = {name: value for name, value in given.items() if name.lower() not in caller}
    replaced = {name.lower() for name in given}
    return {**{name: value for name, value in headers.items() if name.lower() not in replaced}, **given}


def add_headers(headers: Headers, values: Headers) -> typing.Dict[str, typing.Any]:
    """Return headers with those of these that have a value and that it does not have in any case."""
    known = {name.lower() for name in headers}
    added = {name: _safe(name, value) for name, value in values.items() if value is not None}
    return {**headers, **{name: value for name, value in added.items() if name.lower() not in known}}


def without_headers(headers: Headers, *names: str) -> typing.Dict[str, typing.Any]:
    """Return headers without these, whatever their case."""
    gone = {name.lower() for name in names}
    return {name: value for name, value in headers.items() if name.lower() not in gone}


def unique_headers(headers: Headers, request_options: typing.Any = None) -> typing.Dict[str, typing.Any]:
    """Return headers with each name once, whatever its case: the caller's value, else the one set last."""
    ordered = [*headers.items(), *((request_options or {}).get("additional_headers") or {}).items()]
    last = {name.lower(): (name, value) for name, value in ordered}
    return {last[key][0]: last[key][1] for key in {name.lower(): None for name in headers}}


def add_cookies(headers: Headers, values: typing.Mapping[str, Credential]) -> typing.Dict[str, typing.Any]:
    """Return headers with one Cookie header that holds the cookies there were and these.

    Characters that RFC 6265 keeps out of a cookie are percent-encoded. A cookie that is there already stays.
    """
    found = [str(value) for name, value in headers.items() if name.lower() == "cookie" and value]
    pairs = [pair.strip() for text in found for pair in text.split(";") if pair.strip()]
    known = {pair.split("=", 1)[0] for pair in pairs}
    _check_text(*[value for value in values.values() if value is not None])
    allowed = "!#$%&'()*+/:<=>?@[]^`{|}"
    pairs += [
        f"{name}={urllib.parse.quote(value, safe=allowed)}"
        for name, value in values.items()
        if value is not None and name not in known
    ]
    kept = without_headers(headers, "cookie")
    return {**kept, "Cookie": "; ".join(pairs)} if pairs else kept


def subprotocol_names(*names: Credential) -> typing.Optional[typing.List[typing.Any]]:
    """Return the subprotocols there are, in their order. Raises ValueError for what the header cannot carry."""
    token = set(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~")
    found = [name for name in names if name]
    for name in found:
        if not set(name) <= token:
            raise ValueError("a credential holds a character that Sec-WebSocket-Protocol cannot carry")
    return found or None


def _safe(name: str, value: typing.Any) -> str:
    text = _plain(value)
    if any(ord(char) > 255 for char in text):
        raise ValueError(f"the value for the header {name} holds a character that no header can carry")
    _check_header(name, text)
    return text


def _check_header(name: str, text: str) -> None:
    if any((ord(char) < 32 and char != "\t") or ord(char) == 127 for char in text):
        raise ValueError(f"the value for the header {name} holds a control character")


def _check_text(*texts: str) -> None:
    """Raise ValueError for a lone surrogate: an environment variable may hold one, and Python's own error the text."""
    if any("\ud800" <= char <= "\udfff" for text in texts for char in text):
        raise ValueError("a credential holds a character that cannot be encoded")


# The connection

BACKOFF = (0.5, 8.0)
RETRY_ON = ("OSError", "TimeoutError", "5xx")


@contextlib.contextmanager
def open_websocket(
    url: Url,
    *,
    using: typing.Callable[..., typing.Any],
    additional_headers: typing.Optional[Headers] = None,
    attempts: int = 1,
    backoff: typing.Tuple[float, float] = BACKOFF,
    retry_on: typing.Sequence[str] = RETRY_ON,
    **options: typing.Any,
) -> typing.Iterator[typing.Any]:
    """Open a WebSocket with a synchronous connect function of websockets, of whatever release.

    A refused handshake raises HandshakeRefused; what the caller's own block raises is left alone. ``options`` are
    arguments of the connect function; keepalive and queues are left out where the installed release has none.
    Redirects are followed within the same origin only, so that no credential goes to another host.
    """
    with contextlib.ExitStack() as stack:
        for attempt in range(1, attempts + 1):
            failure = None
            try:
                connector = _connector(url, using, additional_headers, options)
                _keep_origin(connector, url)
                websocket = stack.enter_context(connector)
                break
            except Exception as exc:
                failure = _failure(exc, url, additional_headers, options)
            if attempt == attempts or not _is_retried(failure, retry_on):
                raise failure
            time.sleep(_delay(attempt, backoff))
        yield websocket


@contextlib.asynccontextmanager
async def open_websocket_async(
    url: Url,
    *,
    using: typing.Callable[..., typing.Any],
    additional_headers: typing.Optional[Headers] = None,
    attempts: int = 1,
    backoff: typing.Tuple[float, float] = BACKOFF,
    retry_on: typing.Sequence[str] = RETRY_ON,
    **options: typing.Any,
) -> typing.AsyncIterator[typing.Any]:
    """Open a WebSocket with an asynchronous connect function of websockets, legacy or new; see open_websocket."""
    async with contextlib.AsyncExitStack() as stack:
        for attempt in range(1, attempts + 1):
            failure = None
            try:
                connector = _connector(url, using, additional_headers, options)
                _keep_origin(connector, url)
                websocket = await stack.enter_async_context(connector)
                break
            except Exception as exc:
                failure = _failure(exc, url, additional_headers, options)
            if attempt == attempts or not _is_retried(failure, retry_on):
                raise failure
            await asyncio.sleep(_delay(attempt, backoff))
        yield websocket


def _connector(
    url: Url,
    using: typing.Callable[..., typing.Any],
    headers: typing.Optional[Headers],
    options: typing.Mapping[str, typing.Any],
) -> typing.Any:
    accepted = inspect.signature(using).parameters
    given = {name: value for name, value in options.items() if name in accepted}
    for name in ("ssl", "server_hostname"):
        if name in options and name not in accepted:  # to the event loop, or by the name it had in websockets 12
            given["ssl_context" if name == "ssl" and "ssl_context" in accepted else name] = options[name]
    if options.get("proxy") is not None and "proxy" not in accepted:
        raise TypeError("this release of websockets cannot connect through a proxy: install websockets 15 or later")
    if headers is not None:
        for name, value in headers.items():
            _check_header(name, _plain(value))
        given["extra_headers" if "extra_headers" in accepted else "additional_headers"] = headers
        if any(name.lower() == "user-agent" for name in headers):  # else some releases send a second one
            given.setdefault("user_agent_header", None)
    if "legacy" in accepted:  # the synchronous client from websockets 17.1 on: not yet connected, as with asyncio
        given["legacy"] = False
    return using(url, **given)


def _origin(url: Url) -> typing.Tuple[str, typing.Optional[str], typing.Optional[int]]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "wss" else 80)


def _keep_origin(connector: typing.Any, url: Url) -> None:
    follow = getattr(connector, "process_redirect", None)
    if follow is not None:  # websockets.asyncio, and websockets.sync from 17.1 on

        def process_redirect(exc: Exception) -> typing.Any:
            target = follow(exc)
            return target if isinstance(target, str) and _origin(target) == _origin(url) else exc

        connector.process_redirect = process_redirect
    legacy = getattr(connector, "handle_redirect", None)
    if legacy is not None:  # websockets.legacy

        def handle_redirect(target: Url) -> None:
            if _origin(urllib.parse.urljoin(url, target)) != _origin(url):
                raise HandshakeRefused(302)  # or another redirect: legacy does not tell which
            legacy(target)

        connector.handle_redirect = handle_redirect


def _status(exc: BaseException) -> typing.Optional[int]:
    found = getattr(exc, "status_code", None) or getattr(getattr(exc, "response", None), "status_code", None)
    return found if isinstance(found, int) else None


def _failure(
    exc: Exception,
    url: Url,
    headers: typing.Optional[Headers] = None,
    options: typing.Optional[typing.Mapping[str, typing.Any]] = None,
) -> Exception:
    """Return what to raise for an exception of the handshake; no url with its query, and no credential, is in it."""
    if isinstance(exc, HandshakeRefused):
        return exc
    if isinstance(exc, websockets.exceptions.InvalidURI):
        return websockets.exceptions.InvalidURI(url.split("?")[0].split("@")[-1], "it is no address of a WebSocket")
    status = _status(exc)
    if isinstance(exc, websockets.exceptions.InvalidHandshake) and status is not None:
        refused = HandshakeRefused(status)
        refused.__cause__ = exc
        return refused
    sent = _sent(url, headers or {}, options or {})
    if not isinstance(exc, OSError) and _shows(exc, sent):
        return ValueError(f"what is to be sent cannot be: {type(exc).__name__}; its text would show it")
    link: BaseException = exc
    seen: typing.List[BaseException] = []
    while link not in seen:
        seen.append(link)
        before = link.__cause__ or link.__context__
        if before is not None and _shows(before, sent):
            link.__cause__ = link.__context__ = None
        link = before or link
    return exc


def _sent(url: Url, headers: Headers, options: typing.Mapping[str, typing.Any]) -> typing.List[str]:
    """Return what no exception may quote, a proxy with its password included, in the forms in which one does."""
    sent = [str(value) for value in [*headers.values(), *(options.get("subprotocols") or ())]]
    sent += [part for part in (urllib.parse.urlsplit(url).query, str(options.get("proxy") or "")) if part]
    return [form for each in sent if len(each) > 7 for form in (each, repr(each)[1:-1])]


def _shows(exc: BaseException, sent: typing.Sequence[str]) -> bool:
    texts = [str(exc), *map(str, exc.args), *map(str, vars(exc).values())]
    return any(each in text for each in sent for text in texts)


def _is_retried(failure: Exception, retry_on: typing.Sequence[str]) -> bool:
    status = _status(failure)
    if status is not None:
        is_class = f"{status // 100}xx" in retry_on and status not in (401, 403)
        return is_class or str(status) in retry_on
    dropped = (EOFError, websockets.exceptions.InvalidMessage)
    kinds: typing.Dict[str, typing.Tuple[typing.Type[BaseException], ...]] = {
        "OSError": (OSError, asyncio.TimeoutError, *dropped),
        "ConnectionError": (ConnectionError, *dropped),
        "TimeoutError": (TimeoutError, asyncio.TimeoutError),
    }
    return any(isinstance(failure, kinds.get(name, ())) for name in retry_on)


def _delay(attempt: int, backoff: typing.Tuple[float, float]) -> float:
    """Return the seconds to wait: doubled each time up to a limit, less up to a half, so that clients spread."""
    first, limit = backoff
    return min(limit, first * 2 ** (attempt - 1)) * random.uniform(0.5, 1)


# Messages that belong to the handshake

_CLOSED = websockets.exceptions.ConnectionClosed


class _Unlogged(logging.Filter):
    """Keeps what is sent, and secrets in what comes back, out of the logs of websockets while it is installed."""

    def __init__(self, secrets: typing.Sequence[Credential]) -> None:
        super().__init__()
        self._secrets = [form for secret in secrets if secret for form in (secret, json.dumps(secret)[1:-1])]

    def __enter__(self) -> "_Unlogged":
        logging.getLogger("websockets.client").addFilter(self)
        return self

    def __exit__(self, *exc: typing.Any) -> None:
        logging.getLogger("websockets.client").removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        masked = "> TEXT ***" if text.startswith("> TEXT") else text
        for secret in self._secrets:
            masked = masked.replace(secret, "***")
        if masked != text:
            record.msg, record.args = masked, ()
        return True


def log_in(websocket: typing.Any, *, timeout: float = 10, **dialogue: typing.Any) -> typing.Any:
    """Send the first message and read until the server accepts or refuses it, all within ``timeout`` seconds.

    Returns the WebSocket, which first gives the messages that came meanwhile, in their order. Raises ApiError (401)
    when the server refuses, closes or says nothing.
    """
    _check_text(*[text for text in (dialogue.get("text"),) if text])
    steps = _dialogue(**dialogue)
    deadline = time.monotonic() + timeout
    problem = "The server did not answer the login in time."
    kept: typing.List[typing.Any] = []
    try:
        with _Unlogged(dialogue.get("secrets", ())):
            wanted = next(steps)
            while True:
                answer = None
                if wanted is None:
                    answer = websocket.recv(timeout=max(0.0, deadline - time.monotonic()))
                else:
                    websocket.send(wanted)
                wanted = steps.send(answer)
    except StopIteration as done:
        problem, kept = "", done.value
    except TimeoutError:
        pass
    except _CLOSED as exc:
        problem = _closed(exc)
    if problem:
        raise ApiError(status_code=401, body=problem)
    return BufferedWebSocket(websocket, kept) if kept else websocket


async def log_in_async(websocket: typing.Any, *, timeout: float = 10, **dialogue: typing.Any) -> typing.Any:
    """Send the first message and read until the server accepts or refuses it; see log_in."""
    _check_text(*[text for text in (dialogue.get("text"),) if text])
    steps = _dialogue(**dialogue)
    deadline = time.monotonic() + timeout
    problem = "The server did not answer the login in time."
    kept: typing.List[typing.Any] = []
    try:
        with _Unlogged(dialogue.get("secrets", ())):
            wanted = next(steps)
            while True:
                answer = None
                if wanted is None:
                    answer = await asyncio.wait_for(websocket.recv(), max(0.0, deadline - time.monotonic()))
                else:
                    await websocket.send(wanted)
                wanted = steps.send(answer)
    except StopIteration as done:
        problem, kept = "", done.value
    except (TimeoutError, asyncio.TimeoutError):
        pass
    except _CLOSED as exc:
        problem = _closed(exc)
    if problem:
        raise ApiError(status_code=401, body=problem)
    return AsyncBufferedWebSocket(websocket, kept) if kept else websocket


def _dialogue(
    *,
    before: Pattern = None,
    message: typing.Any = None,
    text: Credential = None,
    success: typing.Sequence[Pattern] = (),
    failure: typing.Sequence[Pattern] = (),
    skip: typing.Sequence[Pattern] = (),
    is_first: bool = False,
    secrets: typing.Sequence[Credential] = (),
) -> typing.Generator[typing.Optional[str], typing.Any, typing.List[typing.Any]]:
    """Yield what to send, or None to receive; return the messages that are for the caller.

    ``is_first`` asks that the very first message is the success.
    """
    kept: typing.List[typing.Any] = []
    is_open = before is None
    while not is_open:
        received = yield None
        seen = _decoded(received)
        _refuse(seen, failure, secrets)
        if not _is_any(skip, seen):
            kept.append(received)
        is_open = _matches(before, seen)
    if message is not None:
        yield json.dumps({key: value for key, value in message.items() if value is not None})
    elif text is not None:
        yield text
    while success:
        received = yield None
        seen = _decoded(received)
        if _is_any(success, seen):
            break
        _refuse(seen, [seen] if is_first else failure, secrets)
        if not _is_any(skip, seen):
            kept.append(received)
    return kept


def _refuse(seen: typing.Any, failure: typing.Sequence[Pattern], secrets: typing.Sequence[Credential]) -> None:
    if _is_any(failure, seen):
        raise ApiError(status_code=401, body=_masked(seen, [secret for secret in secrets if secret]))


def _masked(seen: typing.Any, secrets: typing.Sequence[str]) -> typing.Any:
    if isinstance(seen, dict):
        return {key: _masked(value, secrets) for key, value in seen.items()}
    if isinstance(seen, list):
        return [_masked(value, secrets) for value in seen]
    if isinstance(seen, str):
        for secret in secrets:
            seen = seen.replace(secret, "***")
    return seen


def _decoded(message: typing.Any) -> typing.Any:
    try:
        return json.loads(message)
    except ValueError:
        return message


def _is_any(patterns: typing.Sequence[Pattern], seen: typing.Any) -> bool:
    return any(_matches(pattern, seen) for pattern in patterns)


def _matches(pattern: Pattern, seen: typing.Any) -> bool:
    if isinstance(pattern, dict):
        return isinstance(seen, dict) and all(
            key in seen and _matches(value, seen[key]) for key, value in pattern.items()
        )
    return bool(pattern == seen)


def _closed(exc: typing.Any) -> str:
    received = getattr(exc, "rcvd", None)
    return f"The server closed the connection ({received.code if received else 1006}) before it accepted the login."


class BufferedWebSocket:
    """A WebSocket that gives some messages again before those still to come."""

    def __init__(self, websocket: typing.Any, messages: typing.List[typing.Any]) -> None:
        self._websocket = websocket
        self._messages = messages

    def __getattr__(self, name: str) -> typing.Any:
        return getattr(self._websocket, name)

    def recv(self, *args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        return self._messages.pop(0) if self._messages else self._websocket.recv(*args, **kwargs)

    def __iter__(self) -> typing.Iterator[typing.Any]:
        while self._messages:
            yield self._messages.pop(0)
        yield from self._websocket


class AsyncBufferedWebSocket:
    """An asynchronous WebSocket that gives some messages again before those still to come."""

    def __init__(self, websocket: typing.Any, messages: typing.List[typing.Any]) -> None:
        self._websocket = websocket
        self._messages = messages

    def __getattr__(self, name: str) -> typing.Any:
        return getattr(self._websocket, name)

    async def recv(self, *args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        return self._messages.pop(0) if self._messages else await self._websocket.recv(*args, **kwargs)

    async def __aiter__(self) -> typing.AsyncIterator[typing.Any]:
        while self._messages:
            yield self._messages.pop(0)
        async for message in self._websocket:
            yield message


# Messages of a socket client


def read_messages(
    websocket: typing.Any, *, terminator: Credential = None, is_close_error: bool = False
) -> typing.Iterator[typing.Any]:
    """Yield the messages up to the terminator, which is not among them, or until the connection closes."""
    try:
        for message in websocket:
            if terminator is not None and message == terminator:
                return
            yield message
    except _CLOSED:
        if is_close_error:
            raise


async def read_messages_async(
    websocket: typing.Any, *, terminator: Credential = None, is_close_error: bool = False
) -> typing.AsyncIterator[typing.Any]:
    """Yield the messages up to the terminator, which is not among them, or until the connection closes."""
    try:
        async for message in websocket:
            if terminator is not None and message == terminator:
                return
            yield message
    except _CLOSED:
        if is_close_error:
            raise


def is_plain_text(message: typing.Any) -> "TypeGuard[str]":
    """Tell whether a message is text that is no JSON."""
    return isinstance(message, str) and _decoded(message) is message
