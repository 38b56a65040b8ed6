"""A call centre whose menus have every kind of section, with another program that they ask."""

import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from tests.failures.floor import Floor, open_floor
from tests.ivr.flows import write
from tests.support.ports import free_port

MENUS = """
    [general]
    languages = ja
    everywhere => 0,queue,support
    everywhere => *,back

    [numbers]
    _. => arrival

    [arrival]
    type = decide
    if => closed office,say,broken
    if => closed holiday,menu,main
    else => say,broken

    [broken]
    type = message
    then => hangup

    [main]
    prompt => 番号をどうぞ。
    key => 1,menu,order
    key => 2,menu,pin
    key => 3,voicemail,support
    key => 4,callback,support
    key => 5,hook,status
    key => 6,form,details
    key => 7,menu,code
    key => 8,deflect,line,queue=sales,failed=broken
    key => 9,menu,birth
    on_timeout => queue,support

    [order]
    type = digits
    length = 5-8
    check = luhn
    prompt => 注文番号をどうぞ。
    invalid => 違います。
    confirm => {{order|digits}}ですね。
    then => queue,sales
    on_timeout => queue,support

    [pin]
    type = pin
    prompt => 暗証番号をどうぞ。
    invalid => 違います。
    then => queue,sales,priority=9
    on_refused => queue,support
    on_timeout => queue,support

    [birth]
    type = birth
    prompt => 生年月日をどうぞ。
    invalid => 違います。
    then => queue,sales,priority=8
    on_refused => queue,support
    on_timeout => queue,support

    [code]
    type = code
    prompt => コードをどうぞ。
    invalid => 違います。
    then => thread,sales
    on_refused => queue,sales
    on_timeout => queue,sales

    [details]
    type = form
    slot => order-number,number,length=5-8,check=luhn
    slot => day,date
    slot => name,name
    ask => order-number,注文番号をどうぞ。
    ask => day,ご希望の日をどうぞ。
    ask => name,お名前をどうぞ。
    then => queue,sales
    on_failure => queue,support

    [status]
    type = web
    url = http://127.0.0.1:{port}/status
    header => Authorization,Bearer {{env:TORITSUGI_HOOK_TEST}}
    send = caller
    return = eta
    timeout = 8
    prompt => お調べします。
    waiting => お待ちください。
    answer => sent,queue,sales
    then => queue,support
    on_failure => queue,support
"""

HOURS = """
[office]
type = hours
open => mon-sun,00:00-24:00

[holiday]
type = hours
open => mon-sun,00:00-24:00
closed => {today}
"""


class Orders:
    """The other program: `asked` has what it was told; it takes `slow_s` to answer."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, dict[str, object]]] = []


@asynccontextmanager
async def serving(orders: Orders, port: int) -> AsyncIterator[None]:
    async def status(request: web.Request) -> web.Response:
        orders.asked.append((request.headers.get("Authorization"), await request.json()))
        return web.Response(text=json.dumps({"answer": "sent", "variables": {"eta": "2026-11-30"}}))

    app = web.Application()
    app.router.add_post("/status", status)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


@pytest.fixture(scope="package")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tm-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="package")
def orders() -> Orders:
    return Orders()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open(_folder: Path, orders: Orders) -> AsyncIterator[Floor]:
    port = free_port()
    menus = _folder / "menus"
    menus.mkdir()
    write(menus, MENUS.format(port=port))

    def edit(name: str, text: str) -> str:
        if name == "ivr.conf":
            return (menus / name).read_text(encoding="utf-8")
        return text + HOURS.format(today=_today()) if name == "acd.conf" else text

    database = f"sqlite+aiosqlite:///{_folder / 'hub.db'}"
    async with (
        serving(orders, port),
        open_floor(
            _folder,
            database,
            edit=edit,
            HOOK_TEST="open sesame",
            CALL_NUMBER="0312345678",
            LINE_NOTIFICATIONS="yes",
        ) as floor,
    ):
        yield floor


def _today() -> str:
    """Return today's date where the opening hours are: a day of every year, so that midnight is no matter."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo("Asia/Tokyo")).strftime("%m-%d")


@pytest_asyncio.fixture(loop_scope="package")
async def floor(_open: Floor) -> AsyncIterator[Floor]:
    """The floor; nothing may be left of a test."""
    before = len(_open.hub.log())
    try:
        yield _open
        await _open.settle()
    finally:
        for line in _open.hub.log()[before:]:
            print(line)  # pytest shows it with a failure
