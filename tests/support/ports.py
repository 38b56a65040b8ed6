"""Free ports, chosen at run time."""

from hub.services.ports import LocalPorts, free_port

__all__ = ["LocalPorts", "free_port"]
