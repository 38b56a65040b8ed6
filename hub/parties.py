"""Who was brought into a call beside its customer and the agent whose it is."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from acd.ids import AgentId, ContactId, OfferId
from hub.desktop import protocol
from hub.desktop.protocol import PartyState

_OUTSIDE = re.compile(r"-out-[0-9a-f]{8}$")
_AGAIN = re.compile(r"\.again-[0-9a-f]{8}$")
_APART = (PartyState.RINGING, PartyState.TALKING)


@dataclass(slots=True)
class Party:
    """An agent (`agent`), who has a contact of his own about the call, or a number outside.

    `id` is that contact's, or the `ref` of the leg; `ref` changes when a phone is rung anew. `was` is what
    an agent is to be again whose phone vanished; he counts as rung until it is back.
    """

    id: str
    ref: str
    name: str = ""
    agent: AgentId | None = None
    number: str | None = None
    state: PartyState = PartyState.RINGING
    was: PartyState | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the phone vanished and is waited for."""
        return self.was is not None

    @property
    def is_there(self) -> bool:
        """Whether somebody is on the phone."""
        return self.state is not PartyState.RINGING

    @property
    def is_apart(self) -> bool:
        """Whether the call's agent talks to it, or waits for it to answer, apart from the customer."""
        return (self.was or self.state) in _APART

    def shown(self) -> protocol.Party:
        return protocol.Party(
            id=self.id, state=self.state, agent=self.agent, number=self.number, name=self.name
        )


def successor(parties: Iterable[Party]) -> Party | None:
    """Return who has the call once its agent leaves: whom he talks to, then who is there longest.

    Agents come before numbers outside.
    """
    order = (PartyState.TALKING, PartyState.HELD, PartyState.JOINED)
    there = [party for party in parties if party.is_there]
    return min(there, key=lambda party: (party.agent is None, order.index(party.state)), default=None)


def consult_id(contact: ContactId) -> ContactId:
    """Make the id of a contact by which somebody is consulted about another."""
    return ContactId(f"{contact}-c{secrets.token_hex(3)}")


def outside_ref(contact: ContactId) -> str:
    """Make the `ref` of a leg to a number outside."""
    return f"{contact}-out-{secrets.token_hex(4)}"


def again_ref(contact: ContactId) -> OfferId:
    """Make the `ref` of a leg by which an agent's phone, lost in a call, is rung to have it again."""
    return OfferId(f"{contact}.again-{secrets.token_hex(4)}")


def is_rung_again(ref: str) -> bool:
    return _AGAIN.search(ref) is not None


def is_outside(ref: str) -> bool:
    return _OUTSIDE.search(ref) is not None
