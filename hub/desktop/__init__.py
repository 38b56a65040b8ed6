"""The desktop socket: what an agent's page and the hub tell each other (docs/desktop-protocol.md)."""
