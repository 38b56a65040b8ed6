"""Output of the routing core: what is to be done, in the imperative.

Actions are delivered at least once and in order; `id`s inside them make doing them twice harmless.
"""

import msgspec

from acd.agent import Presence
from acd.contact import Channel
from acd.ids import AgentId, ContactId, OfferId, QueueName


class _Action(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


class OfferContact(_Action, frozen=True, kw_only=True):
    """Show the contact to the agent; for a call, ring the agent's phone.

    The offer lapses at `deadline_ms` (Unix time); the router withdraws it itself.
    """

    offer: OfferId
    contact: ContactId
    channel: Channel
    queue: QueueName
    agent: AgentId
    ring_s: int
    deadline_ms: int


class WithdrawOffer(_Action, frozen=True, kw_only=True):
    """Stop showing and ringing. `reason`: no_answer, rejected, taken, left, removed."""

    offer: OfferId
    contact: ContactId
    agent: AgentId
    reason: str


class ConnectContact(_Action, frozen=True, kw_only=True):
    """The offer was won: bring customer and agent together."""

    offer: OfferId
    contact: ContactId
    channel: Channel
    agent: AgentId


class StartWrapUp(_Action, frozen=True, kw_only=True):
    """The contact is over; the agent finishes it until `until_ms` (Unix time; 0: until he says so)."""

    contact: ContactId
    agent: AgentId
    until_ms: int


class CloseContact(_Action, frozen=True, kw_only=True):
    """Nothing of the contact is left in routing. `agent` is who had it last."""

    contact: ContactId
    agent: AgentId | None
    reason: str


class RefuseContact(_Action, frozen=True, kw_only=True):
    """The contact cannot be queued: its channel must tell the customer.

    `reason`: unknown_queue, channel_not_served, queue_full.
    """

    contact: ContactId
    reason: str


class RefuseEvent(_Action, frozen=True, kw_only=True):
    """An event did not apply: `event` is its name, `reason` a code such as `offer_gone` or `taken`."""

    event: str
    reason: str
    offer: OfferId | None = None
    contact: ContactId | None = None
    agent: AgentId | None = None


class PublishPresence(_Action, frozen=True, kw_only=True):
    """An agent's presence as everybody should now see it."""

    agent: AgentId
    presence: Presence
    reason: str


Action = (
    OfferContact
    | WithdrawOffer
    | ConnectContact
    | StartWrapUp
    | CloseContact
    | RefuseContact
    | RefuseEvent
    | PublishPresence
)
