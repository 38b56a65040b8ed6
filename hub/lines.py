"""Who is on the line."""

from collections.abc import Callable
from dataclasses import dataclass, field

from acd.ids import AgentId, ContactId
from cti.ari import ChannelKey
from hub.call import Call
from hub.parties import Party
from hub.phone_names import TECHNOLOGY


@dataclass(slots=True)
class Lines:
    """Callers by contact.

    `calls` are those whose contact lives, `parting` those who only hear last words, or talk on to a number
    outside. `named` says whose channels are of contacts that have another id: of customers who are called,
    and of callers who came back from a number outside. `phone_of` says what is rung for an agent: a browser
    phone of his, while one is registered, or his SIP phone.
    """

    calls: dict[ContactId, Call] = field(default_factory=dict)
    parting: dict[ContactId, Call] = field(default_factory=dict)
    named: dict[ChannelKey, ContactId] = field(default_factory=dict)
    phone_of: Callable[[AgentId], str] = lambda agent: TECHNOLOGY + agent

    def take_out(self, key: ChannelKey) -> Call | None:
        """Forget a call that ended; returns it if its contact lived."""
        contact = self.named.pop(key, ContactId(key.id))
        if (parted := self.parting.pop(contact, None)) is not None:
            parted.gone.set()
            return None
        if (call := self.calls.pop(contact, None)) is not None:
            call.gone.set()
        return call

    def by_leg(self, ref: str) -> Call | None:
        """Return the call that talks to an agent's leg."""
        calls = (*self.calls.values(), *self.parting.values())
        return next((each for each in calls if each.leg == ref), None)

    def by_party(self, ref: str) -> tuple[Call, Party] | None:
        """Return the call into which somebody was brought, and who it is, by the party's leg."""
        for call in self.calls.values():
            for party in call.parties:
                if party.ref == ref:
                    return call, party
        return None
