"""A caller on the line, as the hub knows him."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from acd.contact import Contact
from acd.ids import AgentId, OfferId
from crm_bridge.model import Known
from cti.ari import ChannelKey
from cti.incoming import IncomingCall
from hub.board import LiveContact
from hub.parties import Party
from ivr.flow import Flow, ToQueue

ENDPOINT: Final = "PJSIP/"
"""What stands before an agent's id in the name of his phone."""
IN_QUEUE: Final = OfferId("Queue()")
"""Stands for the leg of a call whose agent app_queue has rung."""
LOST: Final = OfferId("phone lost")
"""Stands for the leg of a call whose agent's phone is waited for."""
_UNPRINTABLE = str.maketrans("", "", '"\\<>\r\n')


@dataclass(slots=True)
class Call:
    """A caller on the line.

    `flow` holds the menus it began with, `wanted` what came of them. `thread` is the text contact whose code
    he typed. `leg` is the leg whose end is the
    call's, `parties` are who else was brought into it, oldest first. What is done with legs is done in
    `turn`. `is_parting`: the caller hears last words; `is_given_up`: Asterisk is to serve it to the end.
    `gone` is set once the call is over.
    """

    incoming: IncomingCall
    contact: LiveContact
    flow: Flow
    known: Known | None = None
    thread: LiveContact | None = None
    language: str = "ja"
    wanted: ToQueue | None = None
    leg: OfferId | None = None
    parties: list[Party] = field(default_factory=list)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_parting: bool = False
    is_given_up: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def key(self) -> ChannelKey:
        return self.incoming.key

    def caller_id(self, by: str = "") -> str:
        """Return what an agent's phone shows: `"name" <number>`, the number as it came.

        `by` is who consults the agent, or transfers the call: his name comes first.
        """
        name = " / ".join(filter(None, (by, self.contact.name)))
        return caller_id(name, self.incoming.caller_number)

    @property
    def is_under_control(self) -> bool:
        """Whether it is with an agent by a leg of ours, be it one that was lost and is waited for."""
        return self.leg is not None and self.leg != IN_QUEUE

    @property
    def has_leg(self) -> bool:
        """Whether its agent is on the phone, by a leg of ours."""
        return self.is_under_control and self.leg != LOST

    def party(self, id_: str) -> Party | None:
        """Return a party by its id or by the `ref` of its leg."""
        return next((party for party in self.parties if id_ in (party.id, party.ref)), None)

    def routed(self) -> Contact:
        """Return the call as the router sees it."""
        contact, known, wanted = self.contact, self.known, self.wanted
        holder = known.thread.agent if known and known.thread else None
        agents = (contact.preferred, holder, known.last_text_agent if known else None)
        return Contact(
            id=contact.id,
            channel=contact.channel,
            queue=contact.queue,
            customer=contact.customer,
            preferred=tuple(dict.fromkeys(agent for agent in agents if agent)),
            skills=dict(wanted.skills) if wanted else contact.skills,
            priority=wanted.priority if wanted else contact.priority,
            arrived_ms=contact.arrived_ms,
        )


def as_callback(contact: LiveContact) -> Contact:
    """Return a customer who waits to be called back as the router sees him."""
    return Contact(
        id=contact.id,
        channel=contact.channel,
        queue=contact.queue,
        customer=contact.customer,
        arrived_ms=contact.arrived_ms,
        is_callback=True,
        reserved=contact.reserved,
    )


def as_consultation(contact: LiveContact, agent: AgentId | None = None) -> Contact:
    """Return a contact by which an agent is consulted, or is to be, as the router sees it."""
    return Contact(
        id=contact.id,
        channel=contact.channel,
        queue=contact.queue,
        customer=contact.customer,
        arrived_ms=contact.arrived_ms,
        reserved=agent or contact.agent,
        about=contact.about,
    )


def caller_id(name: str, number: str | None) -> str:
    """Return what an agent's phone shows of a customer: `"name" <number>`."""
    shown = (number or "anonymous").translate(_UNPRINTABLE)
    return f'"{name.translate(_UNPRINTABLE)}" <{shown}>'


def media(sound: str | Path) -> str:
    """Return the media URI of a sound file (an absolute path)."""
    return f"sound:{Path(sound).with_suffix('')}"
