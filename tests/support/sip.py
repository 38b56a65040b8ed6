"""Many small SIP phones at one UDP address, where pjsua2 has no room for them. On loopback nothing is lost.

    async with sip_phones("127.0.0.2") as phones:
        call = await phones.call("0312345678", "09011112222", asterisk)
        await call.answered.wait()
        await call.hang_up()

A phone that is called rings by itself; RFC 3261 section numbers stand beside what they decide.
"""

import asyncio
import re
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

Address = tuple[str, int]
Headers = Mapping[str, str]

_USER = re.compile(r"sips?:([^@;>]*)@")
_TARGET = re.compile(r"<?(sips?:[^>\s]+)>?")
_MEDIA = re.compile(r"^m=audio (\d+) ", re.MULTILINE)
_SPEECH = b"\xff" * 160  # silence in mu-law
_SPEECH_S = 0.5
_CLOCK_HZ = 8000
_ROOM_BYTES = 4 * 2**20
"""One socket takes the packets of all calls; what comes while this process does other things has to fit."""


class SipState(StrEnum):
    """How far a call is."""

    CALLING = "calling"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(slots=True)
class Message:
    """A request (`status` 0) or a response."""

    first: str
    headers: dict[str, str]
    vias: list[str]
    body: str = ""

    @property
    def status(self) -> int:
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return self.headers["cseq"].split()[1]


@dataclass(slots=True, eq=False)
class SipCall:
    """One call. `number` is the caller's, `user` who is called; the events are set once it is so far."""

    phones: "SipPhones"
    id: str
    user: str
    number: str
    local: str
    remote: str
    target: str
    far: Address
    is_outgoing: bool
    is_given_up: bool = False
    """Hung up before it was answered: an answer that crosses the CANCEL is followed by BYE (§9.1)."""
    state: SipState = SipState.CALLING
    speaks: bool = True
    invite: Message | None = None
    ringing: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0
    cseq: int = 1
    branch: str = ""
    media_port: int = 0

    async def answer(self) -> None:
        """Take a call that rings; nothing happens where it is over."""
        if self.state is SipState.RINGING and self.invite is not None:
            self.enter(SipState.ANSWERED)
            self.phones.respond(self.invite, 200, "OK", self, with_media=True)

    async def reject(self, status: int = 486) -> None:
        """Refuse a call that rings."""
        if self.state is SipState.RINGING and self.invite is not None:
            self.phones.respond(self.invite, status, "Busy Here", self)
            self.enter(SipState.ENDED)

    async def hang_up(self) -> None:
        """End the call, however far it is (§9.1, §15)."""
        if self.state is SipState.ENDED:
            return
        if self.state is SipState.ANSWERED:
            self.phones.request(self, "BYE")
            self.enter(SipState.ENDED)
        elif self.is_outgoing:
            if self.status and not self.is_given_up:  # no CANCEL before a provisional response (§9.1)
                self.phones.request(self, "CANCEL", branch=self.branch, cseq=1)
            self.is_given_up = True
        else:
            await self.reject(480)

    async def change(self, headers: Headers) -> None:
        """Send a re-INVITE (§14.1) with other headers, `P-Asserted-Identity` for one."""
        self.phones.request(self, "INVITE", headers=headers, with_media=True)

    def enter(self, state: SipState) -> None:
        """Note how far the call is."""
        if self.state is SipState.ENDED:
            return
        self.state = state
        for event, reached in (
            (self.ringing, SipState.RINGING),
            (self.answered, SipState.ANSWERED),
            (self.ended, SipState.ENDED),
        ):
            if state is reached:
                event.set()


class SipPhones(asyncio.DatagramProtocol):
    """The phones. `calls` are all that ever were, by Call-ID; `incoming` those that have begun to ring.

    Each says something every `pace_s` seconds; `said` and `heard` count packets of speech.
    """

    def __init__(self) -> None:
        self.calls: dict[str, SipCall] = {}
        self.incoming: asyncio.Queue[SipCall] = asyncio.Queue()
        self.pace_s = _SPEECH_S
        self.said = self.heard = 0
        self.address: Address = ("", 0)
        self._answers: dict[tuple[str, str], bytes] = {}

    @property
    def up(self) -> list[SipCall]:
        """Calls that have not ended."""
        return [each for each in self.calls.values() if each.state is not SipState.ENDED]

    async def call(self, user: str, number: str, far: Address, headers: Headers | None = None) -> SipCall:
        """Call somebody from a number."""
        uri = f"sip:{user}@{far[0]}:{far[1]}"
        call = SipCall(
            phones=self,
            id=secrets.token_hex(8),
            user=user,
            number=number,
            local=f"<sip:{number}@{self.address[0]}>;tag={secrets.token_hex(4)}",
            remote=f"<{uri}>",
            target=uri,
            far=far,
            is_outgoing=True,
        )
        self.calls[call.id] = call
        call.branch = self.request(call, "INVITE", cseq=1, headers=headers, with_media=True)
        return call

    async def speak(self) -> None:
        """Send speech for every call that is up, until cancelled."""
        number, stamp, clock = 0, 0, asyncio.get_running_loop().time
        due_s = clock()
        while True:
            number, stamp = (number + 1) % 2**16, (stamp + round(_CLOCK_HZ * self.pace_s)) % 2**32
            head = b"\x80\x00" + number.to_bytes(2, "big") + stamp.to_bytes(4, "big")
            for call in self.up:
                if call.media_port and call.speaks and call.state is SipState.ANSWERED:
                    packet = head + int(call.id[:8], 16).to_bytes(4, "big") + _SPEECH
                    self._transport.sendto(packet, (call.far[0], call.media_port))
                    self.said += 1
            due_s = max(due_s + self.pace_s, clock())
            await asyncio.sleep(due_s - clock())

    # --- asyncio.DatagramProtocol -----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM_BYTES)
        self.address = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if data[:1] == b"\x80":
            self.heard += data[1] & 0x7F == 0  # mu-law; RTCP is none
            return
        if not data.strip():
            return  # keep-alive
        message = _parse(data.decode(errors="replace"))
        if message.status:
            self._responded(message)
        else:
            self._requested(message, addr)

    # --- messages ----------------------------------------------------------------------------------

    def request(
        self,
        call: SipCall,
        method: str,
        *,
        branch: str = "",
        cseq: int = 0,
        headers: Headers | None = None,
        with_media: bool = False,
    ) -> str:
        """Send a request within, or at the beginning of, a call; returns its branch."""
        if not cseq:
            call.cseq += 1
        branch = branch or f"z9hG4bK{secrets.token_hex(6)}"
        lines = [
            f"{method} {call.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.address[0]}:{self.address[1]};branch={branch}",
            "Max-Forwards: 70",
            f"From: {call.local}",
            f"To: {call.remote}",
            f"Call-ID: {call.id}",
            f"CSeq: {cseq or call.cseq} {method}",
            f"Contact: <sip:{call.number}@{self.address[0]}:{self.address[1]}>",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        self._send(lines, call.far, self._media() if with_media else "")
        return branch

    def respond(
        self, asked: Message, status: int, phrase: str, call: SipCall | None, *, with_media: bool = False
    ) -> None:
        """Answer a request."""
        to = call.local if call is not None and not call.is_outgoing else asked.headers["to"]
        lines = [
            f"SIP/2.0 {status} {phrase}",
            *(f"Via: {via}" for via in asked.vias),
            f"From: {asked.headers['from']}",
            f"To: {to}",
            f"Call-ID: {asked.headers['call-id']}",
            f"CSeq: {asked.headers['cseq']}",
            f"Contact: <sip:{self.address[0]}:{self.address[1]}>",
        ]
        far = call.far if call is not None else _source(asked)
        sent = self._send(lines, far, self._media() if with_media else "")
        self._answers[asked.headers["call-id"], asked.headers["cseq"]] = sent

    def _send(self, lines: list[str], far: Address, body: str) -> bytes:
        media = ["Content-Type: application/sdp"] if body else []
        text = "\r\n".join([*lines, *media, f"Content-Length: {len(body)}", "", body])
        self._transport.sendto(text.encode(), far)
        return text.encode()

    def _media(self) -> str:
        host, port = self.address
        offer = ["v=0", f"o=t 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
        return "\r\n".join([*offer, f"m=audio {port} RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=sendrecv", ""])

    def _responded(self, message: Message) -> None:
        call = self.calls.get(message.headers["call-id"])
        if call is None or message.method != "INVITE":
            return
        if message.status < 200:
            is_first, call.status = not call.status, message.status
            if is_first and call.is_given_up:
                self.request(call, "CANCEL", branch=call.branch, cseq=1)
            elif message.status >= 180:
                call.enter(SipState.RINGING)
            return
        call.remote = message.headers["to"] if call.is_outgoing else call.remote
        cseq = int(message.headers["cseq"].split()[0])
        is_first, has_ended = cseq == 1, call.state is SipState.ENDED
        call.status = message.status
        if message.status < 300:
            call.target = _uri(message.headers.get("contact", call.target))
            self.request(call, "ACK", cseq=cseq)
            self._note_media(call, message)
            if is_first and (call.is_given_up or has_ended):  # hung up before the answer came
                self.request(call, "BYE")
                call.enter(SipState.ENDED)
            else:
                call.enter(SipState.ANSWERED)
        else:
            self.request(call, "ACK", branch=_branch(message), cseq=cseq)
            if is_first:
                call.enter(SipState.ENDED)

    def _requested(self, message: Message, addr: Address) -> None:
        key = message.headers["call-id"], message.headers["cseq"]
        if (sent := self._answers.get(key)) is not None and message.method != "ACK":
            self._transport.sendto(sent, addr)  # asked again
            return
        call = self.calls.get(message.headers["call-id"])
        match message.method:
            case "INVITE" if call is None:
                self._rung(message, addr)
            case "INVITE" | "UPDATE":
                self.respond(message, 200, "OK", call, with_media=True)
            case "CANCEL":
                self.respond(message, 200, "OK", call)
                if call is not None and call.state is SipState.RINGING and call.invite is not None:
                    self.respond(call.invite, 487, "Request Terminated", call)
                    call.enter(SipState.ENDED)
            case "BYE":
                self.respond(message, 200, "OK", call)
                if call is not None:
                    call.enter(SipState.ENDED)
            case "ACK":
                pass
            case _:
                self.respond(message, 200, "OK", call)

    def _rung(self, message: Message, addr: Address) -> None:
        number = _USER.search(message.headers["from"])
        user = _USER.search(message.first)
        call = SipCall(
            phones=self,
            id=message.headers["call-id"],
            user=user[1] if user else "",
            number=number[1] if number else "",
            local=f"{message.headers['to']};tag={secrets.token_hex(4)}",
            remote=message.headers["from"],
            target=_uri(message.headers.get("contact", "")),
            far=addr,
            is_outgoing=False,
            invite=message,
        )
        self.calls[call.id] = call
        self._note_media(call, message)
        self.respond(message, 180, "Ringing", call)
        call.enter(SipState.RINGING)
        self.incoming.put_nowait(call)

    @staticmethod
    def _note_media(call: SipCall, message: Message) -> None:
        if (media := _MEDIA.search(message.body)) is not None:
            call.media_port = int(media[1])


@asynccontextmanager
async def sip_phones(host: str, port: int = 0) -> AsyncIterator[SipPhones]:
    """Open phones at an address of loopback; what is up at the end is hung up."""
    loop = asyncio.get_running_loop()
    transport, phones = await loop.create_datagram_endpoint(SipPhones, local_addr=(host, port))
    speech = asyncio.create_task(phones.speak())
    try:
        yield phones
    finally:
        for call in phones.up:
            await call.hang_up()
        speech.cancel()
        transport.close()


def _parse(text: str) -> Message:
    head, _, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    vias: list[str] = []
    for line in lines:
        name, _, value = line.partition(":")
        name = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact"}.get(
            name.strip().lower(), name.strip().lower()
        )
        if name == "via":
            vias.append(value.strip())
        else:
            headers.setdefault(name, value.strip())
    return Message(first, headers, vias, body)


def _uri(text: str) -> str:
    found = _TARGET.search(text)
    return found[1] if found else text


def _branch(message: Message) -> str:
    return message.vias[0].partition("branch=")[2].partition(";")[0]


def _source(message: Message) -> Address:
    host, _, port = message.vias[0].split()[1].partition(";")[0].partition(":")
    return host, int(port or 5060)
