"""The life of a contact, an offer and an agent, each in one table. What is not in a table is refused."""

from collections.abc import Mapping
from typing import Final

from acd.contact import ContactState
from acd.words import Word


class ContactStep(Word):
    """What may happen to a contact."""

    QUEUE = "queue"
    OFFER = "offer"
    LAPSE = "lapse"
    WIN = "win"
    ADOPT = "adopt"
    RETURN = "return"
    LEAVE = "leave"
    WRAP_UP = "wrap_up"
    FINISH = "finish"


_W, _O, _C = ContactState.WAITING, ContactState.OFFERED, ContactState.CONNECTED
_U, _E = ContactState.WRAP_UP, ContactState.ENDED

CONTACT: Final[Mapping[tuple[ContactState | None, ContactStep], ContactState]] = {
    (None, ContactStep.QUEUE): _W,
    (None, ContactStep.ADOPT): _C,
    (_W, ContactStep.OFFER): _O,
    (_W, ContactStep.ADOPT): _C,
    (_W, ContactStep.LEAVE): _E,
    (_O, ContactStep.OFFER): _O,
    (_O, ContactStep.LAPSE): _W,
    (_O, ContactStep.WIN): _C,
    (_O, ContactStep.ADOPT): _C,
    (_O, ContactStep.LEAVE): _E,
    (_C, ContactStep.ADOPT): _C,
    (_C, ContactStep.RETURN): _W,
    (_C, ContactStep.WRAP_UP): _U,
    (_C, ContactStep.FINISH): _E,
    (_U, ContactStep.FINISH): _E,
}
"""None is a contact that routing does not know. ENDED is not stored: the record goes."""


class OfferEnd(Word):
    """How an open offer ends: it is won by `OfferAccepted`, or withdrawn with one of the other words."""

    WON = "won"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    TAKEN = "taken"
    LEFT = "left"
    REMOVED = "removed"


COUNTS_AS_MISS: Final = frozenset({"busy", "unreachable"})
"""Reasons of `OfferRejected` that come from the agent's device: the agent cools down as after no answer."""

COOL_DOWN_MS: Final = (30_000, 60_000, 120_000)
"""Rest after the first, second and third miss in a row; after the next one the agent is NOT_READY."""

ROUTER_AWAY_MS: Final = 5_000
"""An offer that lapsed this long before anybody noticed lapsed while nobody routed: it is no agent's miss."""

EXCLUSION_MS_MAX: Final = 60_000
"""Who rejected a contact is passed over until everybody available has been tried, or this long."""


def contact_after(state: ContactState | None, step: ContactStep) -> ContactState | None:
    """Return the state that a step leads to, None when the table does not allow it."""
    return CONTACT.get((state, step))


def refusal(state: ContactState | None) -> str:
    """Return the reason code for an event that a contact in this state does not take."""
    return f"contact_{state.value if state else 'unknown'}"
