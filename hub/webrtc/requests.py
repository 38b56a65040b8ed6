"""What pages ask about their calls, and for instead of one."""

from enum import StrEnum
from typing import Protocol

from acd.contact import Channel, ContactState
from acd.ids import ContactId
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.texting.calls import number_in
from hub.webrtc.calls import WebCalls
from hub.webrtc.phones import BrowserPhones
from hub.webrtc.store import WebCall


class CallsBack(Protocol):
    """`hub.talk_commands.TalkCommands.call_back` serves."""

    async def __call__(self, contact: ContactId, of: LiveContact, number: str) -> None: ...


class CallStage(StrEnum):
    """How far a call from a page is."""

    DIALLING = "dialling"
    WAITING = "waiting"
    TALKING = "talking"
    ENDED = "ended"


class CallRequests:
    """`region` is where numbers are at home."""

    def __init__(
        self, calls: WebCalls, board: Board, phones: BrowserPhones, call_back: CallsBack, *, region: str
    ) -> None:
        self._calls, self._board, self._phones = calls, board, phones
        self._call_back, self._region = call_back, region

    def stage(self, call: WebCall) -> tuple[CallStage, bool]:
        """Return how far a call is, and whether it may have video with whom it talks to."""
        if not call.is_live(now_ms()):
            return CallStage.ENDED, False
        contact = self._board.get(call.contact) if call.contact is not None else None
        if contact is None:
            return (CallStage.DIALLING if call.contact is None else CallStage.WAITING), False
        if contact.state is not ContactState.CONNECTED or contact.agent is None:
            return CallStage.WAITING, False
        return CallStage.TALKING, call.video and self._phones.user_of(contact.agent) is not None

    async def call_back(self, call: WebCall, number: str) -> bool:
        """Have a customer called back who cannot call by his page; False if the number cannot be called.

        Raises what passes (`retryable`).
        """
        found = number_in(number, self._region)
        if found is None or not self._calls.fallback.callback:
            return False
        thread = self._board.get(call.about) if call.about is not None else None
        of = thread or LiveContact(
            id=ContactId(call.id),
            channel=Channel.VOICE,
            queue=call.queue,
            arrived_ms=call.made_at_ms,
            customer=call.customer,
        )
        await self._call_back(ContactId(f"web-{call.id.lstrip('~')}"), of, found)
        return True
