"""A caller on the line, as the hub knows him."""

from dataclasses import dataclass

from acd.contact import Contact
from acd.ids import OfferId
from crm_bridge.model import Known
from cti.ari import ChannelKey
from cti.incoming import IncomingCall
from hub.board import LiveContact
from ivr.flow import Flow, ToQueue

_HEAD_START_MS = 60_000
_UNPRINTABLE = str.maketrans("", "", '"\\<>\r\n')


@dataclass(slots=True)
class Call:
    """A caller on the line.

    `flow` holds the menus it began with, `wanted` what came of them. `leg` is the agent's leg that it
    talks to. `is_given_up`: Asterisk is to serve it to the end.
    """

    incoming: IncomingCall
    contact: LiveContact
    flow: Flow
    known: Known | None = None
    language: str = "ja"
    wanted: ToQueue | None = None
    leg: OfferId | None = None
    is_given_up: bool = False

    @property
    def key(self) -> ChannelKey:
        return self.incoming.key

    @property
    def caller_id(self) -> str:
        """What the agent's phone shows: `"name" <number>`, the number as it came."""
        name = self.contact.name.translate(_UNPRINTABLE)
        number = (self.incoming.caller_number or "anonymous").translate(_UNPRINTABLE)
        return f'"{name}" <{number}>'

    @property
    def place_ms(self) -> int:
        """Return by what those who wait are put in order, least first: arrival, with a start by priority."""
        priority = self.wanted.priority if self.wanted else 0
        return self.contact.arrived_ms - _HEAD_START_MS * priority

    def routed(self) -> Contact:
        """Return the call as the router sees it."""
        contact, known, wanted = self.contact, self.known, self.wanted
        holder = known.thread.agent if known and known.thread else None
        agents = (holder, known.last_text_agent if known else None)
        return Contact(
            id=contact.id,
            channel=contact.channel,
            queue=contact.queue,
            customer=contact.customer,
            preferred=tuple(dict.fromkeys(agent for agent in agents if agent)),
            skills=dict(wanted.skills) if wanted else {},
            priority=wanted.priority if wanted else 0,
            arrived_ms=contact.arrived_ms,
        )
