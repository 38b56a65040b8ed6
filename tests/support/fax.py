"""Two Asterisks that fax each other on loopback: the office, which is ours, and a machine far away.

Callers numbered `LOSSY` reach each other's media through a relay that loses seeded packets: each side tells
the other the relay's address, at its own ports.
"""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self, TypeVar, cast

from PIL import Image, ImageDraw, ImageFont

from cti.ari import AriLink, websocket
from cti.calls import CallControl
from cti.fax import send_fax
from cti.outside import Way
from gateways.fax.pages import DPI, HIGH, WIDE
from gateways.fax.report import Report
from gateways.fax.spool import Spool
from tests.support.asterisk import ROOT, AsteriskNode, asterisk_node

T = TypeVar("T")

OFFICE, FAR = "127.0.0.1", "127.0.0.2"
_RELAYED = {OFFICE: "127.0.0.6", FAR: "127.0.0.5"}
FAX, VOICE = "0312345679", "0312345678"
"""The office's numbers: of its fax, and of its menus, on which a fax's tone counts."""
MACHINE, BUSY, SILENT, PERSON = "0355550000", "0355550001", "0355550002", "0355550003"
"""Numbers far away: a fax machine, one that is busy, one that nobody answers, a person."""
LOSSY, LOSSY_SOUND = "0355559001", "0355559002"
"""Callers whose media pass the relay, the second without T.38."""
_PORTS = 60

FAX_CONF = f"""
[main]
number => {FAX}
tone => {VOICE}
station = +81 3 1234 5679
header = SAMPLE INC.
name = 株式会社サンプル
tries_max = 3
"""
_FAR_CONF = f"[far]\nnumber => {MACHINE}\nstation = +81 3 5555 0000\n"
_FAR_DIALPLAN = f"""
[from-trunk](+)
exten => {BUSY},1,Hangup(17)
exten => {SILENT},1,Ringing()
 same => n,Wait(120)
exten => {PERSON},1,Answer(0,i)
 same => n,MusicOnHold(default,5)
 same => n,Hangup()
"""
_TRUNKS = """
[sound](carrier)
t38_udptl = no
[lossy](carrier)
media_address = {relay}
[lossy]
type = identify
endpoint = lossy
match_header = From: /{lossy}/
[lossy_sound](carrier)
media_address = {relay}
t38_udptl = no
[lossy_sound]
type = identify
endpoint = lossy_sound
match_header = From: /{lossy_sound}/
"""


@dataclass(slots=True)
class Relay:
    """Passes media between the two on, and loses `loss` of it (0 to 1), as the seed will have it."""

    office: AsteriskNode
    far: AsteriskNode
    loss: float = 0.0
    lost: int = 0
    passed: int = 0

    @asynccontextmanager
    async def running(self, seed: int = 1) -> AsyncIterator[Self]:
        loop, chance = asyncio.get_running_loop(), random.Random(seed)
        opened: list[asyncio.DatagramTransport] = []
        try:
            for node, address in ((self.office, OFFICE), (self.far, FAR)):
                ports = node.service.settings.ports
                for port in range(ports.rtp_first, ports.rtp_last + 1):
                    transport, _ = await loop.create_datagram_endpoint(
                        partial(_Way, self, chance, (address, port)), local_addr=(_RELAYED[address], port)
                    )
                    opened.append(transport)
            yield self
        finally:
            for each in opened:
                each.close()


class _Way(asyncio.DatagramProtocol):
    """What arrives at one port goes to one address."""

    def __init__(self, relay: Relay, chance: random.Random, target: tuple[str, int]) -> None:
        self._relay, self._chance, self._target = relay, chance, target
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        if self._chance.random() < self._relay.loss:
            self._relay.lost += 1
        else:
            self._relay.passed += 1
            self._transport.sendto(data, self._target)


@dataclass(slots=True)
class FaxWire:
    """Both sides, started, and the relay between them."""

    office: AsteriskNode
    far: AsteriskNode
    relay: Relay
    link: AriLink

    async def send(
        self, name: str, pages: Path, *, to: str = FAX, caller: str = "0355550000", trunk: str = "carrier"
    ) -> Path:
        """Have the machine far away send a file; returns by what path it knows it."""
        base = Spool(self.far.state / "spool" / "fax").begin(name, 0, pages)
        way = Way(f"PJSIP/{to}@{trunk}", caller)
        await send_fax(self.link, name, way, base, header="FAR", station="+81 3 5555 0000", ring_s=60)
        return base

    async def sent(self, base: Path, timeout_s: float = 120.0) -> Report:
        """Wait for what became of it."""
        return await _ended(base.with_suffix(".fax"), timeout_s)

    async def received(self, node: AsteriskNode, before: frozenset[Path], timeout_s: float = 120.0) -> Path:
        """Wait for a fax that a node received, but those before; returns its path without a suffix."""
        found = await until(lambda: inbox(node) - before, timeout_s)
        path = min(found)
        await _ended(path, timeout_s)
        return path.with_suffix("")

    async def cut(self, node: AsteriskNode) -> None:
        """Let the machine far away vanish from its calls."""
        for channel in await self.link.ari.channels.list_all():
            if channel.name.startswith("PJSIP/"):
                await self.link.ari.channels.hangup(channel.id)


def inbox(node: AsteriskNode) -> frozenset[Path]:
    """Return the reports of the faxes in a node's spool."""
    return frozenset((node.state / "spool" / "fax" / "in").glob("*.fax"))


async def _ended(path: Path, timeout_s: float) -> Report:
    def over() -> Report | None:
        report = Report.read(path.read_text(encoding="utf-8")) if path.exists() else Report()
        return report if report.is_over else None

    return await until(over, timeout_s)


async def until(condition: Callable[[], T | None], timeout_s: float) -> T:
    """Wait until files are as they should be, and return what says so; raises `TimeoutError`."""
    async with asyncio.timeout(timeout_s):
        while not (found := condition()):  # noqa: ASYNC110 - nobody tells of files
            await asyncio.sleep(0.1)
        return found


def write_pages(path: Path, count: int) -> Path:
    """Write so many nearly white pages, each with its number, as a machine sends them."""
    font = ImageFont.truetype("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 60)
    pages = []
    for number in range(1, count + 1):
        page = Image.new("1", (WIDE, HIGH), 1)
        ImageDraw.Draw(page).text((200, 200), f"御注文書 {number}", font=font, fill=0)
        pages.append(page)
    pages[0].save(path, "TIFF", compression="group4", dpi=DPI, save_all=True, append_images=pages[1:])
    return path


@asynccontextmanager
async def fax_wire(folder: Path) -> AsyncIterator[FaxWire]:
    """Start both; all their files are below a folder."""
    office, far = _node(folder / "office", FAX_CONF, ""), _node(folder / "far", _FAR_CONF, _FAR_DIALPLAN)
    _meet(office, OFFICE, FAR, far)
    _meet(far, FAR, OFFICE, office)
    try:
        for node in (office, far):
            await asyncio.to_thread(node.service.start)
        relay = Relay(office, far)
        app = "fax-far"
        link = AriLink(websocket(far.ari_url, far.ari_user, far.ari_password, app), node=far.node, app=app)
        control = CallControl(link, _Nobody())  # type: ignore[arg-type]
        running = asyncio.create_task(control.run())
        async with relay.running():
            await control.up(10)
            yield FaxWire(office, far, relay, link)
        await control.close()
        await running
    finally:
        for node in (far, office):
            await asyncio.to_thread(node.service.stop)


class _Nobody:
    """Listens to no call."""

    async def node_up(self, snapshot: object) -> None: ...

    async def node_down(self) -> None: ...


def _node(folder: Path, fax_conf: str, dialplan: str) -> AsteriskNode:
    config = folder / "config"
    shutil.copytree(ROOT / "asterisk-config", config)
    (config / "fax.conf").write_text(fax_conf, encoding="utf-8")
    (config / "trunks.conf").write_text("[carrier]\n", encoding="utf-8")
    with (config / "extensions.conf").open("a", encoding="utf-8") as file:
        file.write(dialplan)
    pjsip = config / "pjsip.conf"
    text = pjsip.read_text(encoding="utf-8").replace("= ip,username", "= header,ip,username")
    pjsip.write_text(text, encoding="utf-8")
    return asterisk_node(folder / "state", config)


def _meet(node: AsteriskNode, address: str, other: str, peer: AsteriskNode) -> None:
    """Let a node be at an address, and the other its carrier."""
    settings = node.service.settings
    ports = replace(settings.ports, rtp_last=settings.ports.rtp_first + _PORTS - 1)
    changed = replace(
        settings, sip_bind=address, trunk_match=other, trunk_peer=f"{other}:{peer.sip_port}", ports=ports
    )
    node.service = replace(node.service, settings=changed)
    trunks = _TRUNKS.format(relay=_RELAYED[address], lossy=LOSSY, lossy_sound=LOSSY_SOUND)
    settings.trunks_file.parent.mkdir(parents=True, exist_ok=True)
    settings.trunks_file.write_text(trunks, encoding="utf-8")
