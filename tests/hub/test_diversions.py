"""Contacts that have waited long enough go elsewhere."""

import pytest

from acd.actions import Diversion, DivertContact
from acd.contact import Channel, ContactState
from acd.ids import ContactId
from crm_bridge.identifiers import IdentifierKind
from crm_bridge.model import JourneyKind
from cti.errors import CallGone
from tests.hub.doubles import SATO
from tests.hub.fakes import settle, until
from tests.hub.stage import CUSTOMER, NUMBER, SALES, SUPPORT, Stage


def _divert(stage: Stage, contact: ContactId, to: Diversion, **more: str) -> None:
    """As the router does: it has nothing left of the contact."""
    stage.router.state.drop_contact(contact)
    stage.performer._take(DivertContact(contact=contact, to=to, **more))


async def _kinds(stage: Stage, kind: IdentifierKind = IdentifierKind.PHONE) -> list[tuple[JourneyKind, str]]:
    """Return what the customer's journey has last."""
    assert await stage.journal.flush(1)
    known = await stage.crm.customers.identify(kind, NUMBER if kind is IdentifierKind.PHONE else CUSTOMER)
    assert known is not None
    items = await stage.crm.journey.timeline(known.customer.id, 10)
    return [(item.kind, item.text) for item in items]


# --- calls -----------------------------------------------------------------------------------------


async def test_a_caller_goes_on_in_the_menus_and_may_wait_again(stage: Stage) -> None:
    contact = await stage.arrives()
    arrived_ms = stage.live(contact).arrived_ms
    _divert(stage, contact, Diversion.SECTION, section="main")
    stage.control.keys.put_nowait("2")
    await until(lambda: stage.record(contact) is not None)
    record = stage.record(contact)
    assert record is not None
    assert (record.contact.queue, record.contact.arrived_ms) == (SALES, arrived_ms)
    live = stage.live(contact)
    assert (live.queue, live.state) == (SALES, ContactState.WAITING)
    await until(lambda: len(stage.control.orders("start_music")) == 2)
    names = [order[0] for order in stage.control.log]
    names = names[names.index("stop_music") :]
    assert names[:4] == ["stop_music", "answer", "play", "collect"]
    assert set(names[4:]) == {"answer", "keep_place", "start_music"}


async def test_who_hangs_up_in_the_menus_has_gone(stage: Stage) -> None:
    contact = await stage.arrives()
    _divert(stage, contact, Diversion.SECTION, section="main")
    await until(lambda: stage.control.played.count("main") == 2)
    stage.control.keys.put_nowait(CallGone("hung up"))
    await stage.hangs_up(contact)
    await stage.gone(contact)
    assert (await _kinds(stage))[-1] == (JourneyKind.ENDED, "hung_up")


async def test_a_message_of_the_menus_may_be_the_end(stage: Stage) -> None:
    contact = await stage.arrives()
    stage.control.keys.put_nowait("")
    _divert(stage, contact, Diversion.SECTION, section="sent")
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    assert stage.control.played[-1] == "sent"


@pytest.mark.parametrize(
    ("to", "more", "said"),
    [
        (Diversion.CLOSE, {"ja": "本日は終了しました。", "en": "Closed."}, "support-close"),
        (Diversion.CLOSE, {}, "diverted"),
        (Diversion.SECTION, {"section": "not-there-any-more"}, "diverted"),
    ],
)
async def test_a_caller_is_told_that_it_is_over(
    stage: Stage, to: Diversion, more: dict[str, str], said: str
) -> None:
    contact = await stage.arrives()
    _divert(stage, contact, to, **more)
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    assert stage.control.played[-1] == said
    await stage.hangs_up(contact)
    assert (await _kinds(stage))[-1] == (JourneyKind.ENDED, "diverted")
    assert stage.board.all() == []


async def test_a_caller_leaves_a_message(stage: Stage) -> None:
    contact = await stage.arrives()
    _divert(stage, contact, Diversion.VOICEMAIL)
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    assert stage.control.played[-4:] == ["voicemail", "beep", "message-goes-on", "message-taken"]
    file = f"{contact}-voicemail"
    assert stage.control.orders("take_message") == [(contact, file, False), (contact, file, True)]
    await stage.hangs_up(contact)
    assert (await _kinds(stage))[-2:] == [(JourneyKind.VOICEMAIL, ""), (JourneyKind.ENDED, "voicemail")]


async def test_who_says_nothing_has_left_no_message(stage: Stage) -> None:
    stage.control.spoken_s = 0
    contact = await stage.arrives()
    _divert(stage, contact, Diversion.VOICEMAIL)
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    await settle()
    assert stage.control.played[-2:] == ["message-goes-on", "goodbye"]
    assert (await _kinds(stage))[-1] == (JourneyKind.ENDED, "abandoned")


async def test_who_is_gone_is_only_noted(stage: Stage) -> None:
    contact = await stage.arrives()
    stage.calls.desk._lines.calls.clear()
    _divert(stage, contact, Diversion.CLOSE)
    await settle()
    assert (await _kinds(stage))[-1] == (JourneyKind.ENDED, "diverted")


# --- text contacts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "more", "said"),
    [
        (Diversion.CLOSE, {"ja": "本日は終了しました。", "en": "Closed."}, "本日は終了しました。"),
        (Diversion.SECTION, {"section": "failed"}, "失敗"),
        (Diversion.VOICEMAIL, {}, "ただいま担当者がご対応できません"),
    ],
)
async def test_a_text_contact_is_told_so_and_ends(
    stage: Stage, to: Diversion, more: dict[str, str], said: str
) -> None:
    await stage.text.handle(stage.inbound())
    (contact,) = stage.board.all()
    _divert(stage, contact.id, to, **more)
    await until(lambda: bool(stage.post.sent))
    assert said in stage.post.sent[0].text
    await until(lambda: not stage.performer._lanes._lanes)
    assert (JourneyKind.ENDED, "diverted") in await _kinds(stage, IdentifierKind.LINE)
    await stage.text.handle(stage.inbound("もう一度"))
    (second,) = stage.board.all()
    assert (second.id != contact.id, second.channel, second.queue) == (True, Channel.LINE, SUPPORT)
    assert SATO not in stage.screens.events
