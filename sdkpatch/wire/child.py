"""The process that imports the SDK: started, asked, given a deadline, and started again when it does not answer."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from ..errors import UsageError

_KEPT = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
"""No other variable reaches the SDK: generated clients read their keys, and httpx its proxies, from the environment."""


class NoAnswer(Exception):
    """The process ended, or said nothing before the deadline; the text says which."""


class Child:
    """A context manager over one process of ``python`` that runs the driver."""

    def __init__(self, python: str) -> None:
        self._python = python
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._loaded: Mapping[str, Any] | None = None
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")

    def __enter__(self) -> Child:
        try:
            self._start()
        except UsageError:
            self._errors.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._errors.close()

    def load(self, order: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Let the driver import the SDK; done again by itself after a restart. Raises NoAnswer."""
        self._loaded = order
        return self._asked({"do": "load", **order}, seconds)

    def call(self, order: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Let the driver open a channel. Raises NoAnswer, after which the next call finds a new process."""
        try:
            return self._asked({"do": "call", **order}, seconds)
        except NoAnswer:
            self._stop(patience=0)
            self._start()
            if self._loaded is not None:
                self._asked({"do": "load", **self._loaded}, 60)
            raise

    def _start(self) -> None:
        boot = Path(__file__).parent / "driver" / "boot.py"
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8", "NO_PROXY": "*"}
        try:
            self._process = subprocess.Popen(
                [self._python, "-B", "-W", "ignore", str(boot)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                encoding="utf-8",
                env=environment,
            )
        except OSError as error:
            found = f"{self._python} ({error.strerror})"
            raise UsageError("--python", found=found, expected="an interpreter that can be run") from error
        self._answers = queue.Queue()
        threading.Thread(target=self._listen, args=(self._process, self._answers), daemon=True).start()

    @staticmethod
    def _listen(process: subprocess.Popen[str], answers: queue.Queue[str | None]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                answers.put(line)
        answers.put(None)

    def _asked(self, order: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        process = self._process
        assert process is not None and process.stdin is not None
        try:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise NoAnswer(f"no answer within {seconds:g} s") from None
        except OSError:
            line = None
        if line is None:
            raise NoAnswer(f"the process that imported the SDK ended: {self._last_words()}")
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def _last_words(self) -> str:
        process = self._process
        code = process.wait(10) if process is not None else None
        self._errors.seek(0)
        lines = [line.strip() for line in self._errors.read().splitlines() if line.strip()]
        return lines[-1] if lines else f"exit code {code}"

    def _stop(self, patience: float = 2) -> None:
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):  # it may have ended by itself
                process.stdin.close()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        self._process = None
