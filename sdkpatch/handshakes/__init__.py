"""What the operations on WebSocket handshakes share: where a handshake stands and what patched code looks like."""
