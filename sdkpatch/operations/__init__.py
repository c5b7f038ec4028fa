"""The operations a step can name: one module each, listed here by the material they work on."""

from __future__ import annotations

from collections.abc import Mapping

from ..operation import Operation, PythonOperation, TextOperation
from .fernignore_protect import FernignoreProtect
from .websocket_auth import WebSocketAuth

PYTHON_OPERATIONS: Mapping[str, PythonOperation] = {WebSocketAuth.name: WebSocketAuth()}
TEXT_OPERATIONS: Mapping[str, TextOperation] = {FernignoreProtect.name: FernignoreProtect()}
OPERATIONS: Mapping[str, Operation] = {**PYTHON_OPERATIONS, **TEXT_OPERATIONS}
