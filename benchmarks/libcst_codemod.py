"""The peer written with libcst's own codemod framework: find the handshakes, insert one statement before each."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m
from libcst.codemod import VisitorBasedCodemodCommand
from libcst.codemod.visitors import AddImportsVisitor

_CALL = m.Call(func=m.Attribute(value=m.Name("websockets_sync_client"), attr=m.Name("connect"))) | m.Call(
    func=m.Name("websockets_client_connect")
)


class MoveKey(VisitorBasedCodemodCommand):
    """Inserts a statement before every ``try`` that opens a WebSocket, and the import its like would need."""

    DESCRIPTION = "Insert a statement before every WebSocket handshake."

    @m.leave(m.Try(body=m.IndentedBlock(body=[m.With(items=[m.WithItem(item=_CALL), m.ZeroOrMore()]), m.ZeroOrMore()])))
    def insert(self, original: cst.Try, updated: cst.Try) -> cst.FlattenSentinel[cst.BaseStatement]:
        """Put the statement before the try, and the import at the top."""
        AddImportsVisitor.add_needed_import(self.context, "urllib.parse")
        return cst.FlattenSentinel([cst.parse_statement('headers.pop("Authorization", None)'), updated])


class WriteBar(VisitorBasedCodemodCommand):
    """Writes ``typing.Optional[T]`` as ``T | None``."""

    DESCRIPTION = "Write optional types with a bar."

    @m.leave(m.Subscript(value=m.Attribute(value=m.Name("typing"), attr=m.Name("Optional"))))
    def write(self, original: cst.Subscript, updated: cst.Subscript) -> cst.BinaryOperation:
        """Put the bar in the place of the brackets."""
        (element,) = updated.slice
        value = cst.ensure_type(element.slice, cst.Index).value
        return cst.BinaryOperation(left=value, operator=cst.BitOr(), right=cst.Name("None"))
