"""A phone in a browser whose page is gone: what Asterisk tells of its registration."""

import asyncio
import hashlib
import re
from collections.abc import Mapping

import aiohttp
import pytest

from cti.ami import AmiLink, AmiSettings
from cti.ami_events import AmiEvent, ContactStatus, ContactStatusChanged, DeviceState
from tests.support.asterisk import AsteriskNode

pytestmark = pytest.mark.real


class _Heard:
    def __init__(self) -> None:
        self.statuses: asyncio.Queue[ContactStatus] = asyncio.Queue()

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        pass

    def received(self, event: AmiEvent) -> None:
        if isinstance(event, ContactStatusChanged) and event.aor == "mori":
            self.statuses.put_nowait(event.status)

    def unlinked(self) -> None:
        pass


async def test_a_socket_that_closes_ends_its_registration_at_once(asterisk: AsteriskNode) -> None:
    await asterisk.add_agents(asterisk.agent("mori", "森", webrtc=True))
    settings = AmiSettings(
        node=asterisk.node,
        host=asterisk.ami_host,
        port=asterisk.ami_port,
        user=asterisk.ami_user,
        password=asterisk.ami_password,
    )
    heard, ami = _Heard(), AmiLink(settings)
    running = asyncio.create_task(ami.run(heard))
    await ami.up(5)
    async with aiohttp.ClientSession() as session:
        url = asterisk.ari_url.removesuffix("/ari") + "/ws"
        socket = await session.ws_connect(url, protocols=("sip",))
        await _register(socket, asterisk.passwords["mori"])
        assert await asyncio.wait_for(heard.statuses.get(), 5) is ContactStatus.NOT_QUALIFIED
        await socket.close()
        async with asyncio.timeout(3):
            while await heard.statuses.get() is not ContactStatus.REMOVED:
                pass  # the page answered no OPTIONS either
    await ami.close()
    await running


async def _register(socket: aiohttp.ClientWebSocketResponse, password: str) -> None:
    """Register as a page does (RFC 7118, RFC 8760)."""
    await socket.send_str(_request(1))
    refusal = await _answer(socket)
    found = re.search(r"WWW-Authenticate: Digest (.*)", refusal)
    assert found is not None, refusal
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', found[1]))
    secret = _md5(f"mori:{given['realm']}:{password}")
    response = _md5(f"{secret}:{given['nonce']}:00000001:abc:auth:{_md5('REGISTER:sip:x')}")
    fields = {**given, "username": "mori", "uri": "sip:x", "cnonce": "abc", "response": response}
    quoted = ", ".join(
        f'{name}="{fields[name]}"'
        for name in ("username", "realm", "nonce", "uri", "cnonce", "opaque", "response")
        if name in fields
    )
    await socket.send_str(
        _request(2, f"Authorization: Digest {quoted}, algorithm=MD5, qop=auth, nc=00000001\r\n")
    )


async def _answer(socket: aiohttp.ClientWebSocketResponse) -> str:
    message = await socket.receive(5)
    return message.data if isinstance(message.data, str) else bytes(message.data).decode()


def _request(number: int, authorization: str = "") -> str:
    return (
        "REGISTER sip:x SIP/2.0\r\n"
        f"Via: SIP/2.0/WS page.invalid;branch=z9hG4bK{number}\r\n"
        "Max-Forwards: 70\r\nFrom: <sip:mori@x>;tag=1\r\nTo: <sip:mori@x>\r\n"
        f"Call-ID: page\r\nCSeq: {number} REGISTER\r\n"
        "Contact: <sip:page@page.invalid;transport=ws>;expires=300\r\n"
        f"{authorization}Content-Length: 0\r\n\r\n"
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
