"""The routing core: a deterministic state machine without I/O, clock or chance."""
