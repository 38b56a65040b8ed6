"""Faxes of ours, sent by a real Asterisk: to one that is busy, to nobody, a person; files that are none."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from acd.contact import Channel
from cti.ari import AriLink, websocket
from cti.fax import is_sending, send_fax
from cti.outside import Way as Outside
from gateways.fax.codec import Sent, read
from gateways.fax.conf import FaxLine
from gateways.fax.converting import Converter
from gateways.fax.gateway import FaxGateway
from gateways.fax.sending import Sending, Try, Way
from gateways.fax.spool import Spool
from gateways.files import StoredFile
from gateways.job import RetryPolicy
from gateways.protocol import Delivery, Outbound, RawEvent
from gateways.tables import Base
from tests.gateways.conftest import sqlite_engine
from tests.gateways.support import serving
from tests.mail.conftest import KeptFiles
from tests.support.asterisk import AsteriskNode
from tests.support.fax import BUSY, MACHINE, PERSON, SILENT, FaxWire, inbox, until

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

LINE = FaxLine(
    name="main", station="+81 3 1234 5679", header="SAMPLE INC.", company="株式会社サンプル", tries_max=2
)
ONCE = FaxLine(name="once", tries_max=1)
HASTY = RetryPolicy(first_s=0.01, longest_s=0.05, tries_max=20)


@dataclass
class Phone:
    """Calls by the office's Asterisk; `first` is a trunk to try before the one that works."""

    link: AriLink
    first: str = ""
    ring_s: int = 3
    calls: int = 0
    tries: list[tuple[str, Try]] = field(default_factory=list)
    is_ours: bool = True

    async def ways(self, number: str) -> Sequence[Way]:
        national = f"0{number.removeprefix('+81')}"
        return [Way(f"PJSIP/{national}@{each}", "0312345679") for each in (self.first, "carrier") if each]

    async def call(self, name: str, way: Way, pages: Path, line: FaxLine, ring_s: int) -> None:
        self.calls += 1
        outside = Outside(way.endpoint, way.caller_id)
        await send_fax(
            self.link, name, outside, pages, header=line.header, station=line.station, ring_s=self.ring_s
        )

    async def is_alive(self, name: str, pages: Path) -> bool:
        return await is_sending(self.link, name, pages)

    def note(self, message: Outbound, tried: Try) -> None:
        self.tries.append((message.key, tried))

    def results(self, key: str) -> list[str]:
        return [tried.result for of, tried in self.tries if of == key]


@dataclass
class Office:
    """The queue of faxes, at work, with files that agents brought."""

    sending: Sending
    gateway: FaxGateway
    phone: Phone
    contents: dict[str, bytes]
    told: dict[str, Sent] = field(default_factory=dict)

    async def send(
        self, key: str, to: str, text: str = "", *files: tuple[str, str], line: FaxLine = LINE
    ) -> None:
        stored = tuple(StoredFile(id=name, name=name, type=type_, size=1) for name, type_ in files)
        await self.gateway.send(
            Outbound(
                channel=Channel.FAX,
                key=key,
                address=f"+81{to[1:]}",
                text=text,
                files=stored,
                account=line.name,
            )
        )

    async def outcome(self, key: str, timeout_s: float = 120.0) -> Sent:
        return await until(lambda: self.told.get(key), timeout_s)


@pytest_asyncio.fixture(loop_scope="package")
async def office(wire: FaxWire, tmp_path: Path) -> AsyncIterator[Office]:
    contents: dict[str, bytes] = {}
    work = wire.office.state / "spool" / "fax"
    gateway = FaxGateway(
        [LINE, ONCE], Spool(work), KeptFiles(contents), tmp_path / "work", node=wire.office.node, region="JP"
    )
    async with _linked(wire.office) as link:
        phone, engine = Phone(link), sqlite_engine(tmp_path / "hub.sqlite")
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

        async def store(events: Sequence[RawEvent]) -> int:
            for told in (read(event.body) for event in events):
                assert isinstance(told, Sent)
                found.told[told.key] = told
            return len(events)

        sending = Sending(engine, gateway, phone, store, Converter(), owner="hub", policy=HASTY)
        gateway.queue, found = sending, Office(sending, gateway, phone, contents)
        async with serving(sending.run()):
            yield found
        await engine.dispose()
    assert not list((work / "out").iterdir()), "nothing stays in the spool of what was sent or given up"
    assert not list((tmp_path / "work").glob("*/*")), "no file of a customer stays unencrypted"


class _linked:
    """A link to a node's ARI for the time of a block."""

    def __init__(self, node: AsteriskNode) -> None:
        app = "fax-office"
        self.link = AriLink(
            websocket(node.ari_url, node.ari_user, node.ari_password, app), node=node.node, app=app
        )

    async def __aenter__(self) -> AriLink:
        self._running = asyncio.create_task(self.link.run(_Nobody()))
        await self.link.up(10)
        return self.link

    async def __aexit__(self, *error: object) -> None:
        await self.link.close()
        await self._running


class _Nobody:
    def linked(self, snapshot: object) -> None: ...

    def unlinked(self) -> None: ...

    def received(self, event: object) -> None: ...


def _pdf(path: Path, pages: int) -> bytes:
    made = [Image.new("1", (1240, 1754), 1) for _ in range(pages)]
    made[0].save(path, "PDF", save_all=True, append_images=made[1:])
    return path.read_bytes()


async def test_faxes_go_out_and_what_cannot_is_told(wire: FaxWire, office: Office, tmp_path: Path) -> None:
    before = inbox(wire.far)
    office.phone.first = "nowhere"  # a trunk that is not there: the next one is taken
    photo = tmp_path / "photo.png"
    paper = Image.new("L", (827, 1170), 255)
    paper.paste(Image.linear_gradient("L").resize((150, 150)), (100, 100))
    paper.save(photo)
    office.contents |= {
        "pdf": _pdf(tmp_path / "one.pdf", 1),
        "photo": photo.read_bytes(),
        "broken": b"%PDF-1.7\nnothing of a document",
        "long": _pdf(tmp_path / "long.pdf", 31),
    }
    await office.send(
        "whole", MACHINE, "ご注文ありがとうございます。", ("pdf", "application/pdf"), ("photo", "image/png")
    )
    await office.send("busy", BUSY, "話し中")
    await office.send("silent", SILENT, "だれもいない")
    await office.send("person", PERSON, "人が出る", line=ONCE)
    await office.send("broken", "0355550009", "", ("broken", "application/pdf"))
    await office.send("long", "0355550008", "", ("long", "application/pdf"))
    told = {
        key: (await office.outcome(key, 240)).delivery
        for key in ("whole", "busy", "silent", "person", "broken", "long")
    }
    assert told.pop("whole") is Delivery.DELIVERED
    assert set(told.values()) == {Delivery.FAILED}
    results = {key: office.phone.results(key) for key in ("busy", "silent", "person", "broken", "long")}
    assert results == {
        "busy": ["busy"] * 2,
        "silent": ["no_answer"] * 2,
        "person": ["no_fax"],
        "broken": ["unreadable"],
        "long": ["too_many_pages"],
    }
    (_, tried), *_ = [each for each in office.phone.tries if each[0] == "whole"]
    assert (tried.pages, tried.of, tried.station) == (3, 3, "+81 3 5555 0000")
    received = await wire.received(wire.far, before)
    with Image.open(received.with_suffix(".tif")) as image:
        assert getattr(image, "n_frames", 1) == 3


async def test_a_hub_that_was_away_does_not_send_again(wire: FaxWire, office: Office, tmp_path: Path) -> None:
    key, before = "away", inbox(wire.far)
    await office.send(key, MACHINE, "一度だけ")
    await until(lambda: office.phone.calls, 60)
    office.phone.is_ours = False
    await wire.received(wire.far, before)
    office.phone.is_ours = True
    assert (await office.outcome(key, 60)).delivery is Delivery.DELIVERED
    assert office.phone.calls == 1
