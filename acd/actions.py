"""Output of the routing core: what is to be done, in the imperative.

Actions are delivered at least once and in order; `id`s inside them make doing them twice harmless.
"""

import msgspec

from acd.agent import Presence
from acd.contact import Channel
from acd.explanation import Consideration
from acd.ids import AgentId, ContactId, OfferId, QueueName
from acd.words import Word


class Diversion(Word):
    """Where a contact goes that has waited long enough."""

    VOICEMAIL = "voicemail"
    SECTION = "section"
    CLOSE = "close"


class _Action(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


class OfferContact(_Action, frozen=True, kw_only=True):
    """Show the contact to the agent; for a call, ring the agent's phone.

    The offer lapses at `deadline_ms` (Unix time); the router withdraws it itself. `is_callback`: the
    customer is not on the line, and is called once the agent has accepted. `is_reserved`: it is meant
    for this agent by name; with `about`, he is consulted about that contact. `score` is the contact's
    place (`RoutingSettings.place_ms`), `considered` who was passed over, and why.
    """

    offer: OfferId
    contact: ContactId
    channel: Channel
    queue: QueueName
    agent: AgentId
    ring_s: int
    deadline_ms: int
    is_callback: bool = False
    is_reserved: bool = False
    about: ContactId | None = None
    score: int = 0
    considered: tuple[Consideration, ...] = ()


class WithdrawOffer(_Action, frozen=True, kw_only=True):
    """Stop showing and ringing. `reason`: no_answer, rejected, taken, left, removed."""

    offer: OfferId
    contact: ContactId
    agent: AgentId
    reason: str


class ConnectContact(_Action, frozen=True, kw_only=True):
    """The offer was won: bring customer and agent together, for a callback by calling the customer."""

    offer: OfferId
    contact: ContactId
    channel: Channel
    agent: AgentId
    is_callback: bool = False
    about: ContactId | None = None


class ReturnContact(_Action, frozen=True, kw_only=True):
    """A contact is no longer with its agent but waits again, in this queue.

    It is parked until `parked_until_ms` (Unix time; 0: it is not): nobody is offered it who does not
    pick it up.
    """

    contact: ContactId
    agent: AgentId
    queue: QueueName
    reason: str
    parked_until_ms: int = 0


class PassContact(_Action, frozen=True, kw_only=True):
    """A connected contact was handed over: `agent` had it, `to` has it now, without an offer."""

    contact: ContactId
    agent: AgentId
    to: AgentId


class SuspendContact(_Action, frozen=True, kw_only=True):
    """The agent must leave a text contact alone: `interrupted` by another contact, or `no_room`."""

    contact: ContactId
    agent: AgentId
    reason: str


class ResumeContact(_Action, frozen=True, kw_only=True):
    """The agent has room again for a suspended contact."""

    contact: ContactId
    agent: AgentId


class ProposeWay(_Action, frozen=True, kw_only=True):
    """Offer a waiting customer another way: `callback`, or a text channel to go on in."""

    contact: ContactId
    way: str


class ArrangeCallback(_Action, frozen=True, kw_only=True):
    """The contact waits on without its caller, who may hang up."""

    contact: ContactId


class StartWrapUp(_Action, frozen=True, kw_only=True):
    """The contact is over; the agent finishes it until `until_ms` (Unix time; 0: until he says so)."""

    contact: ContactId
    agent: AgentId
    until_ms: int


class CloseContact(_Action, frozen=True, kw_only=True):
    """Nothing of the contact is left in routing. `agent` is who had it last.

    Of a contact that was `about` another: `handed_over` when its agent has that one now, `over` when
    that one ended or left its agent.
    """

    contact: ContactId
    agent: AgentId | None
    reason: str


class RefuseContact(_Action, frozen=True, kw_only=True):
    """The contact cannot wait in its queue: its channel must tell the customer.

    `reason`: unknown_queue, channel_not_served, queue_full, closed, nobody_there, callback_exists; of one
    that is reserved for an agent: agent_busy, agent_away, to_oneself, over (what it is about is).
    """

    contact: ContactId
    reason: str


class DivertContact(_Action, frozen=True, kw_only=True):
    """The contact has waited long enough: its channel takes it elsewhere. Routing has nothing left of it.

    To `SECTION`: it goes on in that section of `ivr.conf`; to `CLOSE`: it ends with the message `ja` or `en`.
    """

    contact: ContactId
    to: Diversion
    section: str = ""
    ja: str = ""
    en: str = ""


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
    | ReturnContact
    | PassContact
    | SuspendContact
    | ResumeContact
    | ProposeWay
    | ArrangeCallback
    | StartWrapUp
    | CloseContact
    | RefuseContact
    | DivertContact
    | RefuseEvent
    | PublishPresence
)
