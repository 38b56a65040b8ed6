"""Faxes that Asterisk received, into the inbox: made a document, stored, and only then cleared away."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from gateways import case_numbers
from gateways.errors import InboxUnavailable
from gateways.fax import codec
from gateways.fax.converting import Converter, Unreadable
from gateways.fax.gateway import FaxGateway
from gateways.fax.report import Report
from gateways.protocol import Store

log = structlog.get_logger()

_LOOK_S, _TROUBLE_S = 1.0, 30.0


class Intake:
    """Looks into the spool again and again. `run` is the service; `is_ours`: whether its node is ours."""

    def __init__(
        self,
        gateway: FaxGateway,
        store: Store,
        converter: Converter,
        *,
        is_ours: Callable[[], bool] = lambda: True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gateway, self._store, self._converter = gateway, store, converter
        self._is_ours, self._sleep = is_ours, sleep
        self._stored: set[str] = set()
        self.waiting = 0
        """How many faxes lay there when it was last looked."""

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            pause_s = _LOOK_S
            if self._is_ours():
                try:
                    await self.work_off()
                except InboxUnavailable as error:
                    log.warning("fax.inbox_away", error=type(error).__name__)
                except OSError as error:
                    log.error("fax.folder_unreadable", reason=str(error))
                    pause_s = _TROUBLE_S
            await self._sleep(pause_s)

    async def work_off(self) -> None:
        """Store all that is there. Raises `InboxUnavailable`, `OSError`."""
        found = await asyncio.to_thread(self._gateway.spool.received)
        self.waiting = len(found)
        self._stored &= {id_ for id_, _ in found}
        for id_, report in found:
            if id_ not in self._stored:
                await self._take(id_, report)

    async def _take(self, id_: str, report: Report) -> None:
        spool, pages = self._gateway.spool, self._gateway.spool.pages(id_)
        if not pages.exists() or not pages.stat().st_size:
            log.info("fax.nothing_came", fax=id_, result=report.result)
            await asyncio.to_thread(spool.forget, id_)
            self._gateway.counts["in", "nothing", report.mode] += 1
            return
        address = codec.sender(report, id_, self._gateway.region)
        event = codec.event_of_received(await self._document(id_, report), address)
        is_new = await self._store([event])
        self._stored.add(id_)
        if is_new:
            log.info("fax.received", fax=id_, line=report.line, pages=report.pages, result=report.result)
            self._gateway.counts["in", report.result, report.mode] += 1
            self._gateway.counts["in", "pages", report.mode] += report.pages
        elif await asyncio.to_thread(spool.is_old, id_):
            await asyncio.to_thread(spool.forget, id_)

    async def _document(self, id_: str, report: Report) -> codec.Received:
        """Make the document; where that fails, the pages stay what Asterisk wrote."""
        spool, node = self._gateway.spool, self._gateway.node
        try:
            made = await self._converter.receive(spool.pages(id_), spool.document(id_))
        except Unreadable as error:
            log.warning("fax.not_converted", fax=id_, reason=error.reason)
            return codec.Received(node, id_, report, codec.TIFF, report.pages)
        return codec.Received(
            node, id_, report, codec.PDF, made.pages, case_numbers.find(made.text) if made.text else None
        )
