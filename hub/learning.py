"""What a caller wants and says, noted at his contact: for routing, agents, and the journey."""

from collections.abc import Iterable

from crm_bridge.model import HeardItem
from hub.board import LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.journal import Journal


class Learning:
    """Notes it on the board at once, in the database behind the call."""

    def __init__(self, crm: Crm, journal: Journal) -> None:
        self._crm, self._journal = crm, journal

    def learned(self, contact: LiveContact, *, intent: str = "", heard: Iterable[HeardItem] = ()) -> None:
        """The caller wants `intent` (empty: as before) and said `heard`; the newest of a name counts."""
        contact.intent = intent or contact.intent
        items = {item.name: item for item in (*contact.heard, *heard)}
        contact.heard = tuple(items.values())
        at_ms = now_ms()
        intent, kept, preferred = contact.intent, contact.heard, contact.preferred
        self._journal.put(
            lambda: self._crm.contacts.learned(
                contact.id, intent=intent, heard=kept, at_ms=at_ms, preferred=preferred
            )
        )
