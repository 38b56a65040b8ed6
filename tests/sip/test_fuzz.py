"""Bytes that no phone would send, by the hundred: a talk goes on, and nothing stays of them."""

import asyncio
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cti.softphone import CallState
from tests.failures.floor import TRUNK, Floor, until
from tests.support.sip_wire import SipWire, sip_wire
from tests.support.tones import tone_share, write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

SEED, PACKETS = 20261126, 500
_DATAGRAM_MAX = 65_000
_TEXTS = (
    "\0",
    "💥☎️",
    "%00%ff",
    "\r\n\r\n",
    "A" * 4096,
    "../../etc",
    '"',
    "<>",
    ";" * 300,
    "é" * 99,
    "-1",
    "4294967296",
)

Mutation = Callable[[random.Random, bytes], bytes]


def _truncated(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _oversize(chance: random.Random, data: bytes) -> bytes:
    """Blow one header up to nearly what a datagram holds (64 KiB)."""
    name = chance.choice((b"Subject: ", b"X-Long: ", b"Route: <sip:", b"Via: SIP/2.0/UDP ", b"User-Agent: "))
    head, end, body = data.partition(b"\r\n\r\n")
    long = name + b"x" * (_DATAGRAM_MAX - len(data) - len(name) - 8)
    return head + b"\r\n" + long + end + body


def _wrong_length(chance: random.Random, data: bytes) -> bytes:
    wrong = chance.choice(("-1", "0", "99999", "4294967297", "abc", "", "1e9"))
    return re.sub(rb"Content-Length: \d+", f"Content-Length: {wrong}".encode(), data)


def _wrong_cseq(chance: random.Random, data: bytes) -> bytes:
    wrong = chance.choice(("0 INVITE", "-5 INVITE", "99999999999 INVITE", "1 BYE", "INVITE", "1", "x y"))
    return re.sub(rb"CSeq: [^\r]*", f"CSeq: {wrong}".encode(), data)


def _bad_sdp(chance: random.Random, data: bytes) -> bytes:
    head, end, body = data.partition(b"\r\n\r\n")
    lines = body.split(b"\r\n")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        lines[at] = chance.choice(
            (
                b"m=audio 99999 RTP/AVP 0",
                b"m=audio 0 RTP/AVP " + b"0 " * 500,
                b"m=video x y z",
                b"c=IN IP4 999.999.999.999",
                b"c=IN IP6 ::1::",
                b"a=rtpmap:" + b"9" * 400,
                b"o=",
                b"a=crypto:1 AES inline:" + b"A" * 999,
                b"=",
                b"\0\0\0",
            )
        )
    changed = b"\r\n".join(lines)
    return re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(changed), head) + end + changed


def _odd_header(chance: random.Random, data: bytes) -> bytes:
    """Replace the value of one header by something that does not belong there."""
    lines = data.split(b"\r\n")
    places = [at for at, line in enumerate(lines[1:], 1) if b": " in line]
    if not places:
        return data
    at = chance.choice(places)
    lines[at] = lines[at].partition(b":")[0] + b": " + chance.choice(_TEXTS).encode()
    return b"\r\n".join(lines)


def _repeated(chance: random.Random, data: bytes) -> bytes:
    head, end, body = data.partition(b"\r\n\r\n")
    line = chance.choice(head.split(b"\r\n"))
    return head + (b"\r\n" + line) * chance.choice((2, 50, 400)) + end + body


def _flipped(chance: random.Random, data: bytes) -> bytes:
    mutable = bytearray(data)
    for _ in range(chance.randint(1, 30) if data else 0):
        mutable[chance.randrange(len(mutable))] = chance.randrange(256)
    return bytes(mutable)


def _odd_start(chance: random.Random, data: bytes) -> bytes:
    start = chance.choice(
        (
            b"INVITE sip:%00@127.0.0.1 SIP/2.0",
            b"INVITE tel:+81 SIP/2.0",
            b"INVITE sip:" + b"9" * 5000 + b"@127.0.0.1 SIP/2.0",
            b"INVITE sip:0312345678@[::1 SIP/2.0",
            b"INVITE \xf0\x9f\x92\xa5 SIP/2.0",
            b"INVITE sip:0312345678@127.0.0.1 SIP/9.9",
            b"\0\0\0\0",
            b"SIP/2.0 999 What",
            b"NOTIFY sip:x SIP/2.0",
            b"REFER sip:0312345678@127.0.0.1 SIP/2.0",
        )
    )
    return start + b"\r\n" + data.partition(b"\r\n")[2]


def _noise(chance: random.Random, data: bytes) -> bytes:
    return chance.randbytes(chance.randint(1, 2_000))


MUTATIONS: Sequence[Mutation] = (
    _truncated,
    _oversize,
    _wrong_length,
    _wrong_cseq,
    _bad_sdp,
    _odd_header,
    _repeated,
    _flipped,
    _odd_start,
    _noise,
)


def _packet(chance: random.Random, wire: SipWire) -> bytes:
    data = wire.invite("0312345678", sender="<sip:+819099998888@x>")
    for _ in range(chance.randint(1, 2)):
        data = chance.choice(MUTATIONS)(chance, data) or b"\0"
    return data[:_DATAGRAM_MAX]


async def test_malformed_invites_harm_nobody(floor: Floor, tmp_path: Path) -> None:
    await floor.sato.available()
    call = await floor.call("0611113333")
    agent_call, contact = await floor.sato.answers()
    await call.play(write_tone(tmp_path / "tone.wav", 500))
    pids = floor.node.service.daemon.pid, floor.hub.service.daemon.pid
    talking = set(await floor.channels())
    chance = random.Random(SEED)
    heard = tmp_path / "heard.wav"
    await agent_call.record(heard)
    host = (floor.node.sip_host, floor.node.sip_port)
    async with sip_wire(host, TRUNK) as trunk, sip_wire(host, "127.0.0.7") as stranger:
        trunk.acknowledges = stranger.acknowledges = False
        for number in range(PACKETS):
            wire = stranger if number % 5 == 0 else trunk
            wire.send(_packet(chance, wire))
            await asyncio.sleep(0.004)
        await asyncio.sleep(1)
        print(f"{PACKETS} packets: {trunk.answers.qsize() + stranger.answers.qsize()} answers")
        await agent_call.record(None)
        assert tone_share(heard, 500) > 0.9, "the talk goes on"
        assert await floor.node.cli("core show uptime")
        assert (floor.node.service.daemon.pid, floor.hub.service.daemon.pid) == pids
        assert (await floor.ready())["ready"]
        # Some are sound enough for a call: their far end never acknowledges, and they are given up (timer H).
        began = asyncio.get_running_loop().time()
        await until(lambda: _only(floor, len(talking)), timeout_s=90)
        print(f"no channel of them left {asyncio.get_running_loop().time() - began:.0f} s later")
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)
    another = await floor.call("0611114444", keys="")
    await another.wait(CallState.ANSWERED, 20)
    await another.hang_up()


async def _only(floor: Floor, count: int) -> bool:
    return len(await floor.channels()) == count
