"""Proof on the wire: what a patched client really sends when it opens a WebSocket."""
