"""What is made of signs that a phone vanished, on virtual time."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

from acd.agent import Presence
from acd.contact import Channel, ContactState
from acd.events import PHONE_LOST, ContactReturned, Event
from acd.ids import AgentId, ContactId, OfferId, QueueName
from cti.ami_events import ContactStatus, ContactStatusChanged
from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.errors import LegGone
from cti.incoming import IncomingCall
from hub.board import Board, LiveContact
from hub.call import LOST, Call
from hub.interrupted_talks import InterruptedTalks
from hub.lines import Lines
from hub.lost_phones import LostPhones
from hub.voice_settings import VoiceSettings
from ivr.flow import Flow
from tests.cti.virtual_time import virtual_time
from tests.hub.doubles import SATO
from tests.hub.stage import ROUTING

OLD, NEW = "sip:sato@192.0.2.1:1;ob", "sip:sato@192.0.2.1:2;ob"
CONTACT = ContactId("c1")


@dataclass
class Phones:
    """Asterisk's view of the phone: how many packets come a second, whether it is registered."""

    per_s: int = 50
    is_held: bool = False
    online: bool = False

    async def packets(self, ref: str) -> int | None:
        if ref != "o1":
            raise LegGone(ref)
        return None if self.is_held else round(asyncio.get_running_loop().time() * self.per_s)

    async def is_online(self, endpoint: str) -> bool:
        assert endpoint == "PJSIP/sato"
        return self.online


@dataclass
class Scene:
    """sato talks to a caller by the leg `o1`."""

    phones: Phones = field(default_factory=Phones)
    lost_legs: list[str] = field(default_factory=list)
    told: list[tuple[float, Event]] = field(default_factory=list)
    music: int = 0
    asked: int = 0
    is_obeyed: bool = True

    def __post_init__(self) -> None:
        contact = LiveContact(
            id=CONTACT, channel=Channel.VOICE, queue=QueueName("support"), arrived_ms=0, agent=SATO
        )
        contact.state = ContactState.CONNECTED
        incoming = IncomingCall(ChannelKey("pbx1", CONTACT), None, "", "", "carrier", 0)
        self.call = Call(incoming, contact, cast(Flow, None), leg=OfferId("o1"))
        self.board = Board()
        self.board.add(contact)
        self.board.set_presence(SATO, Presence.AVAILABLE, "")
        lines = self.lines = Lines(calls={CONTACT: self.call})
        settings = VoiceSettings(region="JP", routing=ROUTING)
        self.lost = LostPhones(
            lambda: settings, lines, cast(InterruptedTalks, self), self.board, self._report
        )
        self.lost.control = cast(CallControl, self)
        self.lost.qualify = self._qualify

    async def without_agent(self, call: Call) -> None:
        self.music += 1

    async def complete(self, call: Call) -> bool:
        return False

    async def lose_leg(self, ref: str) -> None:
        self.lost_legs.append(ref)

    async def _report(self, event: Event) -> None:
        self.told.append((asyncio.get_running_loop().time(), event))
        if self.is_obeyed:
            self.call.contact.agent = None

    async def _qualify(self, agent: AgentId) -> None:
        self.asked += 1

    def registration(self, status: ContactStatus, uri: str = OLD) -> None:
        self.lost.received(ContactStatusChanged("sato", uri, status, None))

    def returned(self) -> list[AgentId | None]:
        events = [event for _, event in self.told if isinstance(event, ContactReturned)]
        assert all(event.reason == PHONE_LOST and event.contact == CONTACT for event in events)
        return [event.to for event in events]


@virtual_time
async def test_a_phone_that_talks_on_is_let_alone_whatever_its_registration_does() -> None:
    scene = Scene()
    for status in (ContactStatus.NOT_QUALIFIED, ContactStatus.REMOVED, ContactStatus.UNREACHABLE):
        scene.registration(status)
        await asyncio.sleep(5)
    assert scene.lost_legs == []


@virtual_time
async def test_a_silent_phone_is_given_up_once_its_registration_changed() -> None:
    scene = Scene(Phones(per_s=0))
    scene.registration(ContactStatus.REACHABLE)
    await asyncio.sleep(5)
    assert scene.lost_legs == []
    scene.registration(ContactStatus.NOT_QUALIFIED, NEW)
    scene.registration(ContactStatus.REMOVED)
    await asyncio.sleep(1.9)
    assert scene.lost_legs == []
    await asyncio.sleep(0.2)
    assert scene.lost_legs == ["o1"]


@virtual_time
async def test_a_phone_that_falls_silent_while_it_is_listened_to_is_given_up_too() -> None:
    scene = Scene()
    scene.registration(ContactStatus.NOT_QUALIFIED)
    await asyncio.sleep(1)
    scene.phones.per_s = 0
    scene.registration(ContactStatus.NOT_QUALIFIED, NEW)
    await asyncio.sleep(4)
    assert scene.lost_legs == ["o1"]
    await scene.lost.close()


@virtual_time
async def test_a_phone_that_holds_may_be_silent() -> None:
    scene = Scene(Phones(per_s=0, is_held=True))
    scene.registration(ContactStatus.REMOVED)
    await asyncio.sleep(5)
    assert scene.lost_legs == []


@virtual_time
async def test_a_phone_that_registered_during_the_call_has_its_caller_back_at_once() -> None:
    scene = Scene()
    scene.registration(ContactStatus.NOT_QUALIFIED, NEW)
    assert await scene.lost.lost(scene.call, "o1")
    await asyncio.sleep(0.1)
    assert (scene.returned(), scene.music, scene.call.leg) == ([SATO], 1, None)
    await scene.lost.close()


@virtual_time
async def test_an_old_registration_is_believed_only_once_it_was_asked() -> None:
    scene = Scene(Phones(online=True))
    await scene.lost.lost(scene.call, "o1")
    await asyncio.sleep(3.4)
    assert (scene.returned(), scene.call.leg, scene.asked) == ([], LOST, 1)
    await asyncio.sleep(1)
    assert scene.returned() == [SATO]
    await scene.lost.close()


@virtual_time
async def test_a_phone_that_stays_away_leaves_the_caller_to_the_queue() -> None:
    scene = Scene()
    await scene.lost.lost(scene.call, "o1")
    await asyncio.sleep(24)
    assert scene.returned() == []
    await asyncio.sleep(2)
    assert scene.returned() == [None]
    await scene.lost.close()


@virtual_time
async def test_who_signed_out_has_no_caller_back() -> None:
    scene = Scene()
    scene.board.set_presence(SATO, Presence.OFFLINE, "")
    scene.registration(ContactStatus.NOT_QUALIFIED, NEW)
    await scene.lost.lost(scene.call, "o1")
    await asyncio.sleep(0.1)
    assert scene.returned() == [None]
    await scene.lost.close()


@virtual_time
async def test_what_the_router_does_not_take_is_told_again_without_a_name() -> None:
    scene = Scene(is_obeyed=False)
    scene.registration(ContactStatus.NOT_QUALIFIED, NEW)
    await scene.lost.lost(scene.call, "o1")
    await asyncio.sleep(5)
    assert scene.returned() == [SATO, None, None]
    await scene.lost.close()


@virtual_time
async def test_a_caller_who_hangs_up_meanwhile_is_waited_for_no_longer() -> None:
    scene = Scene()
    await scene.lost.lost(scene.call, "o1")
    await asyncio.sleep(5)
    scene.call.gone.set()
    await asyncio.sleep(30)
    assert scene.returned() == []


@virtual_time
async def test_a_call_that_another_hub_has_now_is_not_given_back_by_this_one() -> None:
    scene = Scene()
    await scene.lost.lost(scene.call, "o1")
    scene.lines.calls.clear()
    await asyncio.sleep(30)
    assert scene.returned() == []
