"""SIP as bytes on UDP, without a stack that would keep one from sending what is wrong."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


def header(message: str, name: str) -> str:
    """Return the first header of a name, "" if there is none."""
    found = re.search(rf"^{name}:[ \t]*(.*?)\r?$", message, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def status_of(message: str) -> int:
    """Return the status of an answer, 0 of a request."""
    first = message.split(" ", 2)
    return int(first[1]) if first[0] == "SIP/2.0" else 0


def answer(request: str, status: str, *more: str, tag: str = "far", body: str = "") -> bytes:
    """Return an answer to a request."""
    kept = [line for line in request.split("\r\n") if re.match(r"(Via|From|Call-ID|CSeq):", line, re.I)]
    to = header(request, "To")
    lines = [f"SIP/2.0 {status}", *kept, f"To: {to}" + ("" if "tag=" in to else f";tag={tag}"), *more]
    if body:
        lines.append("Content-Type: application/sdp")
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()


class SipWire(asyncio.DatagramProtocol):
    """A socket that speaks SIP as a carrier: answers OPTIONS, REGISTER and INVITE, sends what it is told.

    `verdicts` are what each further INVITE is answered with (the last stays); `is_silent`: nothing is
    answered. `invites` are those that came, repeats left out; `answers` what came to our own requests.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self.asterisk = address
        self.verdicts: list[str] = ["200 OK"]
        self.is_silent = False
        self.acknowledges = True
        self.invites: asyncio.Queue[str] = asyncio.Queue()
        self.answers: asyncio.Queue[str] = asyncio.Queue()
        self.registrations = 0
        self._seen: set[str] = set()
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def host(self) -> str:
        return self._address[0]

    @property
    def port(self) -> int:
        return self._address[1]

    @property
    def _address(self) -> tuple[str, int]:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return str(host), int(port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        if status_of(text):
            self.answers.put_nowait(text)
            if self.acknowledges and status_of(text) == 200 and "INVITE" in header(text, "CSeq"):
                self.send(self._within(text, "ACK"), address)
        elif not self.is_silent:
            self._asked(text, address)

    def send(self, data: bytes, to: tuple[str, int] | None = None) -> None:
        assert self._transport is not None
        self._transport.sendto(data, to or self.asterisk)

    async def answered(self, timeout_s: float = 3.0) -> str:
        """Return the next answer to a request of ours."""
        async with asyncio.timeout(timeout_s):
            return await self.answers.get()

    def _asked(self, text: str, address: tuple[str, int]) -> None:
        match text.split(" ", 1)[0]:
            case "ACK":
                pass
            case "INVITE":
                self._invited(text, address)
            case "REGISTER":
                self.registrations += 1
                contact = f"Contact: {header(text, 'Contact')}"
                self.send(answer(text, "200 OK", contact, "Expires: 60"), address)
            case _:
                self.send(answer(text, "200 OK"), address)

    def _invited(self, text: str, address: tuple[str, int]) -> None:
        branch = header(text, "Via")
        if branch in self._seen:
            return
        self._seen.add(branch)
        self.invites.put_nowait(text)
        verdict = self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]
        if verdict == "silence":
            return
        is_taken = verdict.startswith("200")
        contact = (f"Contact: <sip:{self.host}:{self.port}>",) if is_taken else ()
        body = _SDP.format(host=self.host) if is_taken else ""
        self.send(answer(text, verdict, *contact, body=body), address)

    def request(
        self,
        method: str,
        user: str,
        *headers: str,
        sender: str = "",
        body: str = "",
        cseq: int = 1,
        call: str = "",
    ) -> bytes:
        """Return a request to Asterisk; `sender` is From without its tag."""
        host = self.asterisk[0]
        sender = sender or f"<sip:{user}@{host}>"
        lines = [
            f"{method} sip:{user + '@' if method == 'INVITE' else ''}{host} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};rport;branch=z9hG4bK{secrets.token_hex(6)}",
            "Max-Forwards: 70",
            f"From: {sender};tag={secrets.token_hex(4)}",
            f"To: <sip:{user}@{host}>",
            f"Call-ID: {call or secrets.token_hex(8)}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:{user}@{self.host}:{self.port}>",
            *headers,
        ]
        if body:
            lines.append("Content-Type: application/sdp")
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()

    def bye(self, taken: str) -> bytes:
        """Return the end of a call that was taken, as the answer `taken` says."""
        return self._within(taken, "BYE")

    def _within(self, taken: str, method: str) -> bytes:
        number = int(header(taken, "CSeq").split()[0]) + (method != "ACK")
        target = re.sub(r"^.*<|>.*$", "", header(taken, "Contact"))
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};rport;branch=z9hG4bK{secrets.token_hex(6)}",
            "Max-Forwards: 70",
            f"From: {header(taken, 'From')}",
            f"To: {header(taken, 'To')}",
            f"Call-ID: {header(taken, 'Call-ID')}",
            f"CSeq: {number} {method}",
            "Content-Length: 0",
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def invite(self, dialled: str, *headers: str, sender: str) -> bytes:
        """Return an INVITE with a sound offer."""
        return self.request("INVITE", dialled, *headers, sender=sender, body=_SDP.format(host=self.host))

    def authorised(self, challenge: str, user: str, password: str, method: str = "REGISTER") -> bytes:
        """Return a request that answers a challenge (RFC 7616, MD5 with qop=auth)."""
        told = dict(re.findall(r'(\w+)="([^"]*)"', header(challenge, "WWW-Authenticate")))
        uri = f"sip:{self.asterisk[0]}"
        secret = _md5(f"{user}:{told['realm']}:{password}")
        response = _md5(f"{secret}:{told['nonce']}:00000001:c:auth:{_md5(f'{method}:{uri}')}")
        fields: Mapping[str, str] = {
            "username": user,
            "realm": told["realm"],
            "nonce": told["nonce"],
            "uri": uri,
            "response": response,
            "cnonce": "c",
            "opaque": told.get("opaque", ""),
        }
        quoted = ",".join(f'{name}="{value}"' for name, value in fields.items())
        authorization = f"Authorization: Digest {quoted},algorithm=MD5,qop=auth,nc=00000001"
        return self.request(method, user, authorization, cseq=2, call=header(challenge, "Call-ID"))


@asynccontextmanager
async def sip_wire(asterisk: tuple[str, int], host: str, port: int = 0) -> AsyncIterator[SipWire]:
    """Open a socket at an address of loopback."""
    loop = asyncio.get_running_loop()
    transport, wire = await loop.create_datagram_endpoint(lambda: SipWire(asterisk), local_addr=(host, port))
    try:
        yield wire
    finally:
        transport.close()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
