"""Softphones against a real Asterisk, and against each other."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti.softphone import (
    AccountSettings,
    CallEnded,
    CallState,
    MediaState,
    PhoneCall,
    RegistrationFailed,
    Softphone,
    SoftphoneEngine,
    SoftphoneError,
    TooManyCalls,
    TransferFailed,
)
from tests.support.asterisk import AsteriskNode
from tests.support.quiet import bridged, quiet
from tests.support.tones import tone_share, write_tone

pytestmark = pytest.mark.real

SATO_HZ, TANAKA_HZ = 440.0, 700.0
LISTEN_S = 1.0
RING_S = 5.0
TRUNK = "127.0.0.2"


@pytest.fixture
async def engine() -> AsyncIterator[SoftphoneEngine]:
    async with SoftphoneEngine() as engine:
        yield engine


def _settings(asterisk: AsteriskNode, agent: str, password: str | None = None) -> AccountSettings:
    return AccountSettings(
        user=agent,
        domain=asterisk.sip_host,
        password=password or asterisk.passwords[agent],
        registrar=f"sip:{asterisk.sip_host}:{asterisk.sip_port}",
        realm="toritsugi",
    )


async def _agent(engine: SoftphoneEngine, asterisk: AsteriskNode, agent: str) -> Softphone:
    phone = await engine.account(_settings(asterisk, agent))
    await phone.registered()
    return phone


async def _plain(engine: SoftphoneEngine, user: str, address: str = "127.0.0.1") -> Softphone:
    return await engine.account(AccountSettings(user=user, domain=address, bound_address=address))


def _uri(asterisk: AsteriskNode, extension: str) -> str:
    return f"sip:{extension}@{asterisk.sip_host}:{asterisk.sip_port}"


async def _talk(caller: Softphone, callee: Softphone, uri: str) -> tuple[PhoneCall, PhoneCall]:
    """Connect two phones; return the caller's and the callee's side."""
    there = await caller.call(uri)
    here = await callee.next_call()
    await here.answer()
    await there.wait(CallState.ANSWERED, RING_S)
    await asyncio.gather(*(call.wait_media(MediaState.ACTIVE, RING_S) for call in (there, here)))
    return there, here


async def _heard(call: PhoneCall, wav: Path, hz: float) -> float:
    """Listen for a while; return the share of one tone in what was heard."""
    await call.record(wav)
    await asyncio.sleep(LISTEN_S)
    await call.record(None)
    return tone_share(wav, hz, skip_s=0.2)


async def test_a_phone_registers_and_unregisters(asterisk: AsteriskNode) -> None:
    async with SoftphoneEngine() as engine:
        phone = await _agent(engine, asterisk, "sato")
        assert phone.is_registered
        assert phone.local_address in await asterisk.cli("pjsip show contacts")
        await phone.register()
    assert phone.local_address not in await asterisk.cli("pjsip show contacts")


async def test_each_engine_takes_speech_at_ports_of_its_own() -> None:
    """A phone that is started again must not have the port to which somebody still talks."""
    used: list[set[int]] = []
    for _ in range(2):
        before = _bound()
        async with SoftphoneEngine() as engine:
            one, other = await _plain(engine, "one"), await _plain(engine, "other")
            await one.call(f"sip:other@{other.local_address}")
            await other.next_call()
            used.append({port for port in _bound() - before if 6000 <= port < 10_000})
    assert [len(ports) for ports in used] == [4, 4]  # RTP and RTCP of both
    assert used[0] != used[1]


def _bound() -> set[int]:
    """Return the UDP ports that this process has bound."""
    links = (os.readlink(each.path) for each in os.scandir("/proc/self/fd") if each.is_symlink())
    own = {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:[")}
    lines = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return {int(line[1].rpartition(":")[2], 16) for line in lines if line[9] in own}


async def test_a_wrong_password_is_an_error_without_the_password(
    engine: SoftphoneEngine, asterisk: AsteriskNode
) -> None:
    phone = await engine.account(_settings(asterisk, "sato", password="not-the-password"))
    with pytest.raises(RegistrationFailed) as failure:
        await phone.registered()
    assert failure.value.code in (401, 403)
    assert not failure.value.retryable
    assert "not-the-password" not in str(failure.value)


async def test_speech_flows_both_ways_stops_on_hold_and_comes_back(
    engine: SoftphoneEngine, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    sato, tanaka = [await _agent(engine, asterisk, agent) for agent in ("sato", "tanaka")]
    there, here = await _talk(sato, tanaka, _uri(asterisk, "tanaka"))
    assert (there.incoming, here.incoming) == (False, True)
    assert here.remote.user == "sato"
    await there.play(write_tone(tmp_path / "sato.wav", SATO_HZ))
    await here.play(write_tone(tmp_path / "tanaka.wav", TANAKA_HZ))
    heard = await asyncio.gather(
        _heard(here, tmp_path / "a.wav", SATO_HZ), _heard(there, tmp_path / "b.wav", TANAKA_HZ)
    )
    assert min(heard) > 0.9

    await there.hold()
    assert await _heard(here, tmp_path / "held.wav", SATO_HZ) < 0.1
    await there.resume()
    assert await _heard(here, tmp_path / "resumed.wav", SATO_HZ) > 0.9

    await here.hang_up()
    await there.wait(CallState.ENDED, RING_S)
    assert (sato.calls, tanaka.calls) == ((), ())


async def test_digits_arrive_in_order(engine: SoftphoneEngine, asterisk: AsteriskNode) -> None:
    sato, tanaka = [await _agent(engine, asterisk, agent) for agent in ("sato", "tanaka")]
    there, here = await _talk(sato, tanaka, _uri(asterisk, "tanaka"))
    await there.dtmf("0123456789*#")
    assert await here.wait_digits(12, 10) == "0123456789*#"
    await there.hang_up()


@pytest.mark.parametrize(
    ("user", "domain", "headers", "shown"),
    [
        ("+819012345678", TRUNK, {}, "+819012345678"),
        ("anonymous", "anonymous.invalid", {"Privacy": "id"}, "anonymous"),
    ],
)
async def test_a_trunk_caller_reaches_an_agent_through_the_queue(
    engine: SoftphoneEngine,
    asterisk: AsteriskNode,
    user: str,
    domain: str,
    headers: dict[str, str],
    shown: str,
) -> None:
    await quiet(asterisk)
    sato = await _agent(engine, asterisk, "sato")
    caller = await engine.account(AccountSettings(user=user, domain=domain, bound_address=TRUNK))
    there = await caller.call(_uri(asterisk, "+81312345678"), headers)
    here = await sato.next_call()
    assert here.remote.user == shown
    await here.answer()
    await there.wait(CallState.ANSWERED, RING_S)
    await there.hang_up()
    await here.wait(CallState.ENDED, RING_S)


async def test_a_refused_call_says_so(engine: SoftphoneEngine) -> None:
    caller, callee = await _plain(engine, "caller"), await _plain(engine, "callee", TRUNK)
    there = await caller.call(f"sip:callee@{callee.local_address}")
    await (await callee.next_call()).hang_up(486)
    with pytest.raises(CallEnded) as ended:
        await there.wait(CallState.ANSWERED, RING_S)
    assert ended.value.code == 486


async def test_a_call_that_the_caller_took_back_cannot_be_answered(engine: SoftphoneEngine) -> None:
    caller, callee = await _plain(engine, "caller"), await _plain(engine, "callee", TRUNK)
    there = await caller.call(f"sip:callee@{callee.local_address}", {"X-Order": "42"})
    here = await callee.next_call()
    assert here.headers["x-order"] == "42"
    await there.wait(CallState.RINGING, RING_S)
    await there.hang_up()
    assert there.code == 487
    await here.wait(CallState.ENDED, RING_S)
    with pytest.raises(CallEnded):
        await here.answer()


async def test_a_caller_who_hangs_up_while_answered_leaves_nothing(engine: SoftphoneEngine) -> None:
    caller, callee = await _plain(engine, "caller"), await _plain(engine, "callee", TRUNK)
    there = await caller.call(f"sip:callee@{callee.local_address}")
    here = await callee.next_call()
    await asyncio.gather(there.hang_up(), here.answer(), return_exceptions=True)
    await asyncio.gather(*(call.wait(CallState.ENDED, RING_S) for call in (there, here)))
    assert (caller.calls, callee.calls) == ((), ())


async def test_a_blind_transfer_leaves_the_far_end_with_the_target(
    engine: SoftphoneEngine, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    sato, tanaka = [await _agent(engine, asterisk, agent) for agent in ("sato", "tanaka")]
    there, here = await _talk(sato, tanaka, _uri(asterisk, "tanaka"))
    await bridged(asterisk)
    await here.transfer(_uri(asterisk, "*43"))
    assert here.state is CallState.ENDED
    await there.play(write_tone(tmp_path / "sato.wav", SATO_HZ))
    assert await _heard(there, tmp_path / "echo.wav", SATO_HZ) > 0.9
    await there.hang_up()


async def test_an_attended_transfer_connects_the_two_others(
    engine: SoftphoneEngine, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    sato, tanaka = [await _agent(engine, asterisk, agent) for agent in ("sato", "tanaka")]
    there, here = await _talk(sato, tanaka, _uri(asterisk, "tanaka"))
    asked = await tanaka.call(_uri(asterisk, "*43"))
    await asked.wait(CallState.ANSWERED, RING_S)
    await bridged(asterisk)
    await here.transfer(asked)
    await asked.wait(CallState.ENDED, RING_S)
    await there.play(write_tone(tmp_path / "sato.wav", SATO_HZ))
    assert await _heard(there, tmp_path / "echo.wav", SATO_HZ) > 0.9
    await there.hang_up()


async def test_a_transfer_to_nobody_fails_and_the_call_goes_on(
    engine: SoftphoneEngine, asterisk: AsteriskNode
) -> None:
    sato, tanaka = [await _agent(engine, asterisk, agent) for agent in ("sato", "tanaka")]
    there, here = await _talk(sato, tanaka, _uri(asterisk, "tanaka"))
    await bridged(asterisk)
    with pytest.raises(TransferFailed):
        await here.transfer(_uri(asterisk, "NOBODY"))  # no pattern of [internal] has it
    assert (there.state, here.state) == (CallState.ANSWERED, CallState.ANSWERED)
    await there.hang_up()


async def test_a_fifth_leg_is_refused_on_either_side(engine: SoftphoneEngine) -> None:
    caller, callee = await _plain(engine, "caller"), await _plain(engine, "callee", TRUNK)
    uri = f"sip:callee@{callee.local_address}"
    talks = [await _talk(caller, callee, uri) for _ in range(2)]
    with pytest.raises(TooManyCalls):
        await caller.call(uri)
    await talks[0][0].hang_up()
    await talks[0][1].wait(CallState.ENDED, RING_S)
    await _talk(caller, callee, uri)


async def test_calls_that_nobody_takes_are_refused_in_the_end(engine: SoftphoneEngine) -> None:
    caller, callee = await _plain(engine, "caller"), await _plain(engine, "callee", TRUNK)
    uri = f"sip:callee@{callee.local_address}"
    for _ in range(8):
        there = await caller.call(uri)
        await there.wait(CallState.RINGING, RING_S)
        await there.hang_up()
    there = await caller.call(uri)
    await there.wait(CallState.ENDED, RING_S)
    assert there.code == 486


async def test_a_phone_closes_its_calls_with_it(engine: SoftphoneEngine) -> None:
    caller, callee = await _plain(engine, "caller"), await _plain(engine, "callee", TRUNK)
    there, _here = await _talk(caller, callee, f"sip:callee@{callee.local_address}")
    await callee.close()
    await callee.close()
    await there.wait(CallState.ENDED, RING_S)


async def test_one_engine_at_a_time_and_any_number_in_turn() -> None:
    for _ in range(3):
        async with SoftphoneEngine() as engine:
            with pytest.raises(SoftphoneError, match="once a process"):
                await SoftphoneEngine().__aenter__()
            await _plain(engine, "caller")
            await engine.close()


async def test_an_engine_that_closes_ends_its_calls_here_and_there(asterisk: AsteriskNode) -> None:
    async with SoftphoneEngine() as engine:
        sato = await _agent(engine, asterisk, "sato")
        call = await sato.call(_uri(asterisk, "*43"))
        await call.wait(CallState.ANSWERED, RING_S)
    assert call.state is CallState.ENDED
    await sato.close()
    await call.hang_up()
    assert "PJSIP/sato" not in await asterisk.cli("core show channels concise")


BROKEN = """
import asyncio
from cti.softphone import *

async def main():
    engine = SoftphoneEngine()
    {enter}
    caller = await engine.account(AccountSettings(user="a", domain="127.0.0.1"))
    callee = await engine.account(AccountSettings(user="b", domain="127.0.0.2", bound_address="127.0.0.2"))
    call = await caller.call(f"sip:b@{{callee.local_address}}")
    await (await callee.next_call()).answer()
    {then}

asyncio.run(main())
"""


@pytest.mark.parametrize(
    "then", ["raise RuntimeError('on purpose')", "call = 0", "await call.play('/no/such.wav')"]
)
async def test_a_program_that_breaks_or_forgets_to_close_ends_without_abort(
    tmp_path: Path, then: str
) -> None:
    script = tmp_path / "broken.py"
    script.write_text(BROKEN.format(enter="await engine.__aenter__()", then=then))
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": "."},
        stderr=-1,
        stdout=-1,
    )
    output, errors = await asyncio.wait_for(program.communicate(), 20)
    assert program.returncode == (0 if then == "call = 0" else 1), (output, errors)
    assert b"Assert" not in output + errors
