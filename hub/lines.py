"""Who is on the line."""

from dataclasses import dataclass, field

from acd.ids import ContactId
from cti.ari import ChannelKey
from hub.call import Call


@dataclass(slots=True)
class Lines:
    """Callers by contact.

    `calls` are those whose contact lives, `parting` those who only hear last words. `called_back` says
    whose the channels to customers are that we call back: a contact keeps the id of its first channel.
    """

    calls: dict[ContactId, Call] = field(default_factory=dict)
    parting: dict[ContactId, Call] = field(default_factory=dict)
    called_back: dict[ChannelKey, ContactId] = field(default_factory=dict)

    def take_out(self, key: ChannelKey) -> Call | None:
        """Forget a call that ended; returns it if its contact lived."""
        contact = self.called_back.pop(key, ContactId(key.id))
        if (parted := self.parting.pop(contact, None)) is not None:
            parted.gone.set()
            return None
        if (call := self.calls.pop(contact, None)) is not None:
            call.gone.set()
        return call

    def by_leg(self, ref: str) -> Call | None:
        """Return the call that talks to an agent's leg."""
        return next((each for each in self.calls.values() if each.leg == ref), None)
