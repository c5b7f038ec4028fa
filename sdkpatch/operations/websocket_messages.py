"""``websocket.messages``: where an iteration ends, text that is no JSON, and what the server confirms first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..handshakes import sockets
from ..handshakes.goals import Want
from ..handshakes.operation import HandshakeOperation, JudgedHandshakes
from ..handshakes.origins import literal
from ..handshakes.place import HandshakePlace
from ..handshakes.promises import Hears, Promise, Refusals, Unseen
from ..handshakes.sockets import ReadingGoal
from ..operation import Judgement
from ..python.source import Source
from ..schema.fields import Anything, Boolean, Field, KeyPath, Mistakes, String, describe
from .shared.selectors import WITHIN
from .shared.structural import texts


class Messages(NamedTuple):
    """What is wanted of the socket clients, None when nothing is, and the message that must come first."""

    reading: ReadingGoal | None
    first: object
    timeout: float
    within: tuple[str, ...]


class WebSocketMessages(HandshakeOperation[Messages]):
    """The operation; see docs/operations/websocket.messages.md."""

    name = "websocket.messages"
    summary = "End an iteration at a terminator, pass text that is no JSON, check the first message."
    files = ("**/client.py", "**/raw_client.py", "**/socket_client.py")
    fields = (
        Field(
            "terminator",
            String("a text", empty=False),
            "The text that ends an answer. An iteration ends there without handing it out, and the socket "
            "stays open for the next answer.",
        ),
        Field(
            "on_close",
            String("end or error", choices=("end", "error")),
            "`end`: an iteration ends whenever the connection does, also without a closing handshake (1006). "
            "`error`: such a close raises.",
            default="end",
        ),
        Field(
            "text",
            Boolean(),
            "Hand out text that is no JSON as `str`: from iterations, listeners and `recv`.",
            default=False,
        ),
        Field(
            "send_text",
            Boolean(),
            "The methods that send a model take a `str` as well, and send it as it is.",
            default=False,
        ),
        Field(
            "first",
            Anything(),
            "What the first message must be, or the keys it must hold. It is read before the caller gets the "
            "socket. Any other message, a close and a timeout are an `ApiError` (401).",
        ),
        Field("timeout", Anything(), "Seconds to wait for the first message.", default=10),
        WITHIN,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Messages:
        """Check that something is wanted."""
        timeout = arguments["timeout"]
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout <= 0:
            report((*key, "timeout"), found=describe(timeout), expected="a number of seconds above 0")
            timeout = 10
        is_reading = any(arguments[name] for name in ("terminator", "text", "send_text"))
        is_reading = is_reading or arguments["first"] is None
        reading = ReadingGoal(
            terminator=str(arguments["terminator"] or ""),
            is_close_error=arguments["on_close"] == "error",
            text=bool(arguments["text"]),
            send_text=bool(arguments["send_text"]),
        )
        return Messages(
            reading=reading if is_reading else None,
            first=arguments["first"],
            timeout=timeout,
            within=texts(arguments, "within"),
        )

    def files_for(self, arguments: Messages) -> tuple[str, ...]:
        """Return where the step looks: the clients for the first message, the socket clients for the others."""
        clients = self.files[:2] if arguments.first is not None else ()
        return (*clients, *(self.files[2:] if arguments.reading else ()))

    def may_matter(self, code: bytes, arguments: Messages) -> bool:
        """A socket client keeps its websocket; a client opens one."""
        return b"websocket" in code

    def want(self, place: HandshakePlace, arguments: Messages) -> Want:
        """The first message is read before the caller gets the socket."""
        if arguments.first is None:
            return Want()
        _, connection = place.with_item
        call = "await log_in_async" if place.is_async else "log_in"
        code = f"{connection} = {call}({connection}, success=[{literal(arguments.first)}], is_first=True"
        return Want(greetings=(f"{code}, timeout={arguments.timeout})",), opened=True)

    def found(self, source: Source, arguments: Messages) -> JudgedHandshakes:
        """Judge the handshakes for the first message, the socket clients for all else."""
        result = super().found(source, arguments) if arguments.first is not None else JudgedHandshakes([], frozenset())
        if arguments.reading is None:
            return result
        judged = list(sockets.judge(source, arguments.reading, arguments.within))
        judgements = [Judgement(site=site, verdict=verdict) for site, verdict, _ in judged]
        names = frozenset(name for _, _, used in judged for name in used)
        return JudgedHandshakes([*result.judgements, *judgements], result.names | names)

    def promises(self, arguments: Messages) -> tuple[Promise, ...]:
        """The first message is read with the handshake; how later ones are read does not show in it."""
        found: list[Promise] = []
        if arguments.first is not None:
            found += [Hears(after=(arguments.first,)), Refusals()]
        if arguments.reading is not None:
            found.append(Unseen("how messages after the handshake are read"))
        return tuple(found)
