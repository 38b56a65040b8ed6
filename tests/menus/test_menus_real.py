"""Callers on real phones in menus with every kind of section."""

import asyncio
import os
import re
import signal
from pathlib import Path

import pytest

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import ContactRecord
from cti.softphone import CallState, MediaState, PhoneCall
from hub.audit import AuditLog, Deed
from hub.clock import now_ms
from hub.crm import Crm
from hub.database import create_engine
from hub.proofs import ProofDesk
from ivr.flow import Proof
from tests.failures.floor import Floor, until
from tests.fakes.line import line_user_id
from tests.menus.conftest import Orders
from tests.story.desktop import CommandRefused
from tests.support.tones import tone_share, write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

RIGHT, WRONG = "18374", "18375"
CUSTOMER = "0611110001"
SPEAKER_HZ = 600


async def stored(floor: Floor, contact: str) -> ContactRecord:
    """Return a contact with its way through the menus, once that is stored."""

    async def with_path() -> ContactRecord | None:
        engine = create_engine(floor.hub.database_url)
        try:
            found = await Crm.on(engine).contacts.get(ContactId(contact))
        finally:
            await engine.dispose()
        return found if found and found.ivr else None

    return await until(with_path)


async def ivr_path(floor: Floor, contact: str) -> list[str]:
    """Return what was pressed, once it is stored."""
    return [item.digits for item in (await stored(floor, contact)).ivr]


async def test_hours_decide_and_the_operator_is_everywhere(floor: Floor) -> None:
    """Open all week, but for today's holiday: both conditions were right, or the call had ended."""
    await floor.call("0611112222", "10")
    contact = (await floor.waiting("support")).contact.id
    assert await ivr_path(floor, contact) == ["1", "0"]


async def test_a_number_is_checked_confirmed_and_shown_to_the_agent(floor: Floor) -> None:
    await floor.call("0611112222", f"1{WRONG}#{RIGHT}#1")
    contact = (await floor.waiting("sales")).contact.id
    assert await ivr_path(floor, contact) == ["1", WRONG, RIGHT, "1"]


async def test_a_form_is_filled_by_keys_and_kept_at_the_contact(floor: Floor) -> None:
    """The hub listens to nobody: the name is not asked for."""
    await floor.call("0611112222", f"6{RIGHT}#1224#1")
    contact = (await floor.waiting("sales")).contact.id
    found = await stored(floor, contact)
    assert [item.digits for item in found.ivr] == ["6", "done"]
    heard = {item.name: item.value for item in found.heard}
    assert heard["order-number"] == RIGHT
    assert heard["day"].endswith("-12-24")
    assert "name" not in heard


@pytest.mark.parametrize(
    ("proof", "key", "right", "wrong", "end", "priority"),
    [
        (Proof.PIN, "2", "471147", "471148", "#", 9),
        (Proof.BIRTH, "9", "19850321", "19850322", "", 8),
    ],
)
async def test_what_only_the_customer_knows_proves_who_calls_and_is_nowhere_to_be_read(
    floor: Floor, proof: Proof, key: str, right: str, wrong: str, end: str, priority: int
) -> None:
    engine = create_engine(floor.hub.database_url)
    try:
        crm = Crm.on(engine)
        customer = await crm.customers.ensure(
            IdentifierKind.PHONE, f"+81{CUSTOMER[1:]}", LinkedBy.AGENT, at_ms=now_ms()
        )
        await ProofDesk(crm.proofs).put(customer.id, proof, right)
    finally:
        await engine.dispose()
    await floor.call(CUSTOMER, f"{key}{wrong}{end}{right}{end}")
    record = await floor.waiting("sales")
    assert record.contact.priority == priority
    assert await ivr_path(floor, record.contact.id) == [key, "****", "refused", "****", "accepted"]
    assert not is_told(floor, right)
    assert not is_told(floor, wrong)


def is_told(floor: Floor, digits: str) -> bool:
    """Whether digits stand in the hub's log, but for its times."""
    lines = ({**line, "timestamp": ""} for line in floor.hub.log())
    return any(digits in str(line) for line in lines)


async def test_who_writes_calls_with_a_code_and_reaches_his_agent(floor: Floor) -> None:
    """He is asked for a code at once, passes it by, gets it wrong in the menus, and then right."""
    user = line_user_id("with-a-code")
    await floor.sato.available()
    assert await floor.simulator.say(user, "料金について") == 200
    thread = await floor.sato.accepts()
    await floor.sato.desktop.command("send_call_code", contact=thread["id"], message="code-1")
    sent = await floor.simulator.customers.wait_for(user, lambda each: "コード" in each.text)
    found = re.search(r"\b[0-9]{6}\b", sent.text)
    assert found is not None
    wrong = f"{(int(found[0]) + 1) % 1_000_000:06}"
    await floor.call("0611118888", f"#7{wrong}{found[0]}")
    _, call = await floor.sato.talks()
    assert await ivr_path(floor, call) == ["7", "****", "refused", "****", "accepted"]

    async def linked() -> list[str] | None:
        engine = create_engine(floor.hub.database_url)
        try:
            crm = Crm.on(engine)
            known = await crm.customers.identify(IdentifierKind.LINE, user)
            assert known is not None
            identifiers = await crm.customers.identifiers(known.customer.id)
        finally:
            await engine.dispose()
        phones = [each for each in identifiers if each.kind is IdentifierKind.PHONE]
        return [each.how for each in phones] if phones and phones[0].how is LinkedBy.CALL_CODE else None

    assert await until(linked) == [LinkedBy.CALL_CODE]
    assert not is_told(floor, found[0])
    await floor.sato.desktop.command("hang_up", contact=thread["id"])
    await floor.sato.wraps_up(thread["id"])


async def test_who_has_line_is_invited_by_line_and_goes_on_there(floor: Floor) -> None:
    number, user, line = "+819033330008", line_user_id("by-number"), floor.simulator.line
    line.phones[number] = user
    call = await floor.call("09033330008", "8")
    notice = await floor.simulator.wait_for_message(user)
    assert notice.how == "notification"
    await call.wait(CallState.ENDED, 40)
    (button,) = notice.message["quickReply"]["items"]
    tapped = line.events.postback(user, button["action"]["data"])
    assert await floor.simulator.post(line.completed[-1]) == 200
    assert await floor.simulator.post(tapped) == 200
    thread = (await floor.waiting("sales")).contact
    assert (thread.channel, await ivr_path(floor, thread.id)) == (Channel.LINE, ["8"])
    assert floor.simulator.messages_to(number) == []


async def test_whom_line_does_not_know_is_invited_by_sms(floor: Floor) -> None:
    number = "+819033330009"
    call = await floor.call("09033330009", "8")
    sms = await floor.simulator.wait_for_message(number)
    assert (sms.how, "LINE" in sms.text) == ("sms", True)
    await call.wait(CallState.ENDED, 40)
    assert floor.simulator.messages_to(number) == [sms]
    refused = [each for each in floor.hub.log() if each["event"] == "invitation.by_sms_instead"]
    assert len(refused) == 1


async def leaves_a_message(floor: Floor, number: str, tmp_path: Path) -> None:
    """Call, choose to leave a message, say something for two seconds and hang up."""
    call = await floor.call(number, "3")
    spool = floor.node.state / "spool/recording"

    async def is_recorded() -> bool:
        return any(spool.rglob("*.wav"))

    await until(is_recorded, timeout_s=30)
    await call.play(write_tone(tmp_path / "message.wav", SPEAKER_HZ))
    await asyncio.sleep(2)
    await call.hang_up()


async def test_a_message_is_left_and_answered(floor: Floor, tmp_path: Path) -> None:
    """Its agent hears it, cannot write, calls the customer, and says how it went; nobody else hears it."""
    number, desktop = "0611113333", floor.sato.desktop
    await leaves_a_message(floor, number, tmp_path)
    waiting = (await floor.waiting("support")).contact
    assert waiting.channel is Channel.VOICEMAIL
    await floor.sato.available()
    shown = await floor.sato.accepts()
    assert (shown["id"], shown["channel"], shown["address"]) == (waiting.id, "voicemail", "+81611113333")
    (message,) = shown["messages"]
    assert (message["kind"], message["direction"]) == ("voicemail", "in")
    path = f"/recordings/{message['recording']}/audio"
    sound = await desktop.fetch(path)
    (tmp_path / "heard.wav").write_bytes(sound)
    assert tone_share(tmp_path / "heard.wav", SPEAKER_HZ) > 0.5
    assert await floor.tanaka.desktop.send("GET", path) == 403
    assert await audited(floor, message["recording"]) == ["sato"]
    with pytest.raises(CommandRefused, match="not_a_thread"):
        await desktop.command("send", contact=shown["id"], message="m1", text="はい")
    await desktop.command("call_me", contact=shown["id"])
    ringing = await floor.sato.rings()
    await ringing.hang_up()
    seen = len(desktop.events)
    await desktop.command("hang_up", contact=shown["id"])
    await floor.sato.wraps_up(shown["id"], after=seen)
    assert await floor.contact(shown["id"]) is None


async def test_a_message_is_still_to_be_answered_after_the_hub_was_killed(
    floor: Floor, tmp_path: Path
) -> None:
    await leaves_a_message(floor, "0611113334", tmp_path)
    contact = (await floor.waiting("support")).contact.id
    await floor.kill_hub()
    await floor.hub.start()
    await floor.sign_in()
    await floor.sato.available()
    seen = len(floor.sato.desktop.events)
    shown = await floor.sato.accepts()
    assert (shown["id"], len(shown["messages"])) == (contact, 1)
    await floor.sato.desktop.command("hang_up", contact=contact)
    await floor.sato.wraps_up(contact, after=seen)


async def audited(floor: Floor, recording: str) -> list[str]:
    """Return who heard a recording, by the audit log."""
    engine = create_engine(floor.hub.database_url)
    try:
        entries = await AuditLog(engine).entries()
    finally:
        await engine.dispose()
    return [each.actor for each in entries if (each.deed, each.subject) == (Deed.PLAY_RECORDING, recording)]


async def test_a_callback_is_arranged_and_the_place_kept(floor: Floor) -> None:
    call = await floor.call("0611114444", "4")
    contact = (await floor.waiting("support")).contact.id
    await call.wait(CallState.ENDED, 30)
    record = await floor.contact(contact)
    assert record is not None
    assert record.contact.is_callback


async def test_another_program_is_asked(floor: Floor, orders: Orders) -> None:
    await floor.call("0611115555", "5")
    contact = (await floor.waiting("sales")).contact.id
    secret, told = orders.asked[-1]
    assert secret == "Bearer open sesame"
    assert (told["contact"], told["variables"]) == (contact, {"caller": "0611115555"})


PYTHON_HOOK = """
[late]
type = python
function = orders.late
send = caller
return = eta
prompt => お調べします。
answer => late,queue,sales,priority=7
then => queue,support
on_failure => queue,support
"""


async def test_a_function_of_the_administrator_s_is_asked(floor: Floor) -> None:
    hooks = floor.config / "ivr-hooks"
    hooks.mkdir()
    (hooks / "orders.py").write_text(
        "def late(about):\n"
        "    is_his = (about['section'], about['caller']) == ('late', '0611115556')\n"
        "    return {'answer': 'late' if is_his else '', 'variables': {'eta': '2026-11-30'}}\n"
    )

    def with_function(text: str) -> str:
        return text.replace("key => 5,hook,status", "key => 5,hook,late") + PYTHON_HOOK

    async with floor.edited("ivr.conf", with_function):
        await floor.call("0611115556", "5")
        record = await floor.waiting("sales")
        assert record.contact.priority == 7
        assert await ivr_path(floor, record.contact.id) == ["5"]


async def test_a_call_in_progress_keeps_the_menus_and_what_they_ask(floor: Floor) -> None:
    before = await _answered(floor, "0611116666")

    def without_hook(text: str) -> str:
        return text.replace("answer => sent,queue,sales\n", "")

    async with floor.edited("ivr.conf", without_hook):
        await before.dtmf("5")
        await floor.waiting("sales")
        await floor.call("0611117777", "5")
        await floor.waiting("support")


async def _answered(floor: Floor, number: str) -> PhoneCall:
    call = await floor.call(number, keys="")
    await call.wait(CallState.ANSWERED, 20)
    await call.wait_media(MediaState.ACTIVE, 20)
    return call


async def test_keys_are_heard_once_though_asterisk_stood_still(floor: Floor) -> None:
    """What it held back it tells of twice over ARI."""
    call = await floor.call("0611112222", f"1{WRONG}#{RIGHT}#1")
    await asyncio.sleep(0.7)
    pid = floor.node.service.daemon.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(0.9)
    os.kill(pid, signal.SIGCONT)
    contact = (await floor.waiting("sales")).contact.id
    assert await ivr_path(floor, contact) == ["1", WRONG, RIGHT, "1"]
    await call.hang_up()
