"""Input of the routing core: what happened, in the past tense.

Each is one entry of the router's stream; the entry's id gives it its time. An event that no longer
applies (the contact ended, the offer is gone) changes nothing and yields `RefuseEvent`.
"""

from typing import Final

import msgspec

from acd.agent import Agent, Presence
from acd.contact import Contact
from acd.ids import AgentId, ContactId, CustomerId, OfferId, QueueName

PHONE_LOST: Final = "phone_lost"
"""Reason of `ContactReturned`: nobody gave the contact back, its agent's phone vanished."""


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


class ContactQueued(_Event, frozen=True, kw_only=True):
    """A contact entered its queue, new or with its age kept."""

    contact: Contact


class ContactLeft(_Event, frozen=True, kw_only=True):
    """Customer or system took a contact back before an agent had it (hang-up, deflection, fallback)."""

    contact: ContactId
    reason: str


class ContactEnded(_Event, frozen=True, kw_only=True):
    """A connected contact is over; its agent goes to wrap-up."""

    contact: ContactId
    reason: str


class ContactReturned(_Event, frozen=True, kw_only=True):
    """An agent gave a connected contact back, to its queue or to `queue`: age and preference stay.

    With `to` it goes to that agent by name. If he cannot have it, the event is refused (`agent_busy`,
    `agent_away`, `to_oneself`) and the contact stays where it is. It may go to who had it after
    `PHONE_LOST` only.
    """

    contact: ContactId
    reason: str
    queue: QueueName | None = None
    to: AgentId | None = None


class ContactHandedOver(_Event, frozen=True, kw_only=True):
    """A connected contact goes on with another agent, who talks already, in one step.

    `by` is the contact by which he was consulted about it; it ends with that.
    """

    contact: ContactId
    agent: AgentId
    by: ContactId | None = None


class ContactParked(_Event, frozen=True, kw_only=True):
    """An agent let a connected contact wait for whoever picks it up; `seconds` 0: for `parktime`."""

    contact: ContactId
    seconds: int = 0


class ContactPickedUp(_Event, frozen=True, kw_only=True):
    """An agent asks for a contact that is parked, or waits, himself: it is offered to him at once."""

    contact: ContactId
    agent: AgentId


class CustomerWrote(_Event, frozen=True, kw_only=True):
    """The customer of a text contact wrote."""

    contact: ContactId


class AgentWrote(_Event, frozen=True, kw_only=True):
    """The agent who has a text contact wrote."""

    contact: ContactId


class CallbackRequested(_Event, frozen=True, kw_only=True):
    """A caller who waits hangs up and wants to be called back when it is his turn."""

    contact: ContactId


class CallbackFailed(_Event, frozen=True, kw_only=True):
    """The customer of a callback that an agent had could not be reached: `no_answer`, `busy`…"""

    contact: ContactId
    reason: str


class OfferAccepted(_Event, frozen=True, kw_only=True):
    offer: OfferId
    agent: AgentId


class OfferRejected(_Event, frozen=True, kw_only=True):
    """The agent declined, or the agent's device could not take the offer (`busy`, `unreachable`)."""

    offer: OfferId
    agent: AgentId
    reason: str


class WrapUpEnded(_Event, frozen=True, kw_only=True):
    contact: ContactId
    agent: AgentId


class AgentChanged(_Event, frozen=True, kw_only=True):
    """An agent was added or has new queues, skills or limits; presence is kept."""

    agent: Agent


class AgentRemoved(_Event, frozen=True, kw_only=True):
    agent: AgentId


class PresenceChanged(_Event, frozen=True, kw_only=True):
    agent: AgentId
    presence: Presence
    reason: str = ""


class DeviceChanged(_Event, frozen=True, kw_only=True):
    """An agent's phone is in use (also by a call of ours) or is not."""

    agent: AgentId
    is_in_use: bool


class ContactConnected(_Event, frozen=True, kw_only=True):
    """A contact is with an agent though no offer of ours led there (picked up while the router was away)."""

    contact: Contact
    agent: AgentId


class CustomerIdentified(_Event, frozen=True, kw_only=True):
    """It came to light whose contact it is, or that two customers are one."""

    contact: ContactId
    customer: CustomerId


class SettingsChanged(_Event, frozen=True, kw_only=True):
    """The queue files were reloaded. `settings` is `acd.policy.RoutingSettings` in builtin types."""

    settings: dict[str, object]


class TimerDue(_Event, frozen=True, kw_only=True):
    """Time passed; anything whose deadline is at or before the entry's time is settled."""


Event = (
    ContactQueued
    | ContactLeft
    | ContactEnded
    | ContactReturned
    | ContactHandedOver
    | ContactParked
    | ContactPickedUp
    | CustomerWrote
    | AgentWrote
    | CallbackRequested
    | CallbackFailed
    | OfferAccepted
    | OfferRejected
    | WrapUpEnded
    | AgentChanged
    | AgentRemoved
    | PresenceChanged
    | DeviceChanged
    | ContactConnected
    | CustomerIdentified
    | SettingsChanged
    | TimerDue
)
