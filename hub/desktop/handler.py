"""The seam between the socket and what an agent's commands mean."""

from collections.abc import Sequence
from typing import Protocol

from acd.ids import AgentId
from hub.accounts import Account
from hub.desktop.commands import DomainCommand
from hub.desktop.protocol import Event


class DesktopHandler(Protocol):
    """The domain side of all desktops. For one agent, `agent_joined` and `agent_gone` never overlap."""

    async def agent_joined(self, account: Account) -> Sequence[Event]:
        """A desktop of the agent connected: return the events that it begins with, `Welcome` first.

        May raise; the desktop is then closed and tries again. It is called for each desktop.
        """

    async def command(self, agent: AgentId, command: DomainCommand) -> None:
        """Carry a command out; raises `CommandRefused`. What is `retryable` is shown as `unavailable`."""

    async def agent_gone(self, agent: AgentId) -> None:
        """The agent has had no desktop for the grace period. May raise: it is then called again."""
