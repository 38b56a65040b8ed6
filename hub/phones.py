"""Agents' phones at Asterisk: their accounts are written for PJSIP and read in without a restart."""

import asyncio
from pathlib import Path

import structlog

from cti.ami import AmiError, AmiLink
from hub.accounts import Accounts
from hub.errors import DatabaseUnavailable
from hub.services.agents_conf import render_agents
from hub.services.render import write_private

log = structlog.get_logger()

_MODULE = "res_pjsip.so"


class Phones:
    """Keeps `pjsip_agents.conf` as the accounts are. `run` is the service.

    Accounts may be changed by any program: a look every `poll_s` seconds finds it.
    """

    def __init__(self, accounts: Accounts, ami: AmiLink, file: Path, *, poll_s: float = 1.0) -> None:
        self._accounts, self._ami, self._file, self._poll_s = accounts, ami, file, poll_s

    async def run(self) -> None:
        while True:
            try:
                await self.refresh()
            except DatabaseUnavailable:
                pass  # readiness says so
            except (AmiError, OSError) as error:
                log.warning("phones.not_refreshed", reason=str(error))
            await asyncio.sleep(self._poll_s)

    async def refresh(self, *, anyway: bool = False) -> bool:
        """Write and reload if anything changed, or `anyway`; whether it did."""
        text = render_agents(await self._accounts.sip_agents())
        before = self._file.read_text(encoding="utf-8") if self._file.exists() else ""
        if text == before and not anyway:
            return False
        write_private(self._file, text)
        try:
            await self._ami.reload(_MODULE)
        except BaseException:
            write_private(self._file, before)  # so that the next look tries again
            raise
        log.info("phones.refreshed")
        return True
