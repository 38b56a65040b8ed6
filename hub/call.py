"""A caller on the line, as the hub knows him."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from acd.contact import Contact
from acd.ids import OfferId
from crm_bridge.model import Known
from cti.ari import ChannelKey
from cti.incoming import IncomingCall
from hub.board import LiveContact
from ivr.flow import Flow, ToQueue

_UNPRINTABLE = str.maketrans("", "", '"\\<>\r\n')


@dataclass(slots=True)
class Call:
    """A caller on the line.

    `flow` holds the menus it began with, `wanted` what came of them. `leg` is the agent's leg that it
    talks to. `is_parting`: the caller hears last words; `is_given_up`: Asterisk is to serve it to the end.
    `gone` is set once the call is over.
    """

    incoming: IncomingCall
    contact: LiveContact
    flow: Flow
    known: Known | None = None
    language: str = "ja"
    wanted: ToQueue | None = None
    leg: OfferId | None = None
    is_parting: bool = False
    is_given_up: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def key(self) -> ChannelKey:
        return self.incoming.key

    @property
    def caller_id(self) -> str:
        """What the agent's phone shows: `"name" <number>`, the number as it came."""
        return caller_id(self.contact.name, self.incoming.caller_number)

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


def as_callback(contact: LiveContact) -> Contact:
    """Return a customer who waits to be called back as the router sees him."""
    return Contact(
        id=contact.id,
        channel=contact.channel,
        queue=contact.queue,
        customer=contact.customer,
        arrived_ms=contact.arrived_ms,
        is_callback=True,
    )


def caller_id(name: str, number: str | None) -> str:
    """Return what an agent's phone shows of a customer: `"name" <number>`."""
    shown = (number or "anonymous").translate(_UNPRINTABLE)
    return f'"{name.translate(_UNPRINTABLE)}" <{shown}>'


def media(sound: str | Path) -> str:
    """Return the media URI of a sound file (an absolute path)."""
    return f"sound:{Path(sound).with_suffix('')}"
