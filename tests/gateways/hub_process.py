"""A process that works an outbox off until it is killed.

Arguments are database, LINE's URL and token, and the time (Unix, ms) at which its gateway believes to be.
"""

from pathlib import Path

from acd.contact import Channel
from gateways.line.gateway import LineGateway
from gateways.outbox import Outbox
from gateways.protocol import Delivery, Outbound
from tests.gateways.conftest import sqlite_engine
from tests.gateways.support import STUBBORN
from tests.support.forks import fork_each


async def _main(database: str, line_url: str, token: str, now_ms: str) -> None:
    async def ignore(_message: Outbound, _delivery: Delivery) -> None:
        pass

    line = LineGateway(secret="unused", access_token=token, api_url=line_url, now_ms=lambda: int(now_ms))
    gateways = {Channel.LINE: line}
    await Outbox(sqlite_engine(Path(database)), gateways, ignore, owner="hub", policy=STUBBORN).run()


if __name__ == "__main__":
    fork_each(_main)
