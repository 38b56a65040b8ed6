"""Watches how many of the month's paid messages are left."""

import asyncio
from enum import StrEnum

import aiohttp
import structlog

from gateways.http import why
from gateways.line.api import Answer, LineApi
from gateways.protocol import Quota

log = structlog.get_logger()

LOOK_S = 600.0
_AGAIN_S = 60.0


class Level(StrEnum):
    """How much is left: enough, little, nothing."""

    ENOUGH = "enough"
    NEAR = "near"
    USED_UP = "used_up"


def level_of(quota: Quota, warn_percent: int) -> Level:
    """Say how much is left of a month's messages; `warn_percent` of them used is little left."""
    if quota.limit is None:
        return Level.ENOUGH
    if quota.used >= quota.limit:
        return Level.USED_UP
    return Level.NEAR if quota.used * 100 >= quota.limit * warn_percent else Level.ENOUGH


class QuotaWatch:
    """Asks LINE every ten minutes, and counts between; a new level is logged. `run` is the service."""

    def __init__(self, api: LineApi, *, warn_percent: int = 80, look_s: float = LOOK_S) -> None:
        self._api, self._warn_percent, self._look_s = api, warn_percent, look_s
        self._level = Level.ENOUGH
        self.quota: Quota | None = None

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            is_seen = await self.look()
            await asyncio.sleep(self._look_s if is_seen else min(_AGAIN_S, self._look_s))

    async def look(self) -> bool:
        """Ask LINE once; whether it told. Never raises."""
        try:
            limit = await self._api.get("/v2/bot/message/quota")
            used = await self._api.get("/v2/bot/message/quota/consumption")
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("line.quota_not_seen", error=why(error))
            return False
        quota = _quota(limit, used)
        if quota is None:
            log.warning("line.quota_not_seen", statuses=(limit.status, used.status))
            return False
        self._set(quota)
        return True

    def counted(self) -> None:
        """A message went out that counts."""
        if self.quota is not None:
            self._set(Quota(limit=self.quota.limit, used=self.quota.used + 1))

    def ran_out(self) -> None:
        """LINE refused a message since there is none left."""
        if self.quota is not None and self.quota.limit is not None:
            self._set(Quota(limit=self.quota.limit, used=max(self.quota.used, self.quota.limit)))

    def _set(self, quota: Quota) -> None:
        self.quota, level = quota, level_of(quota, self._warn_percent)
        if level is not self._level:
            told = log.info if level is Level.ENOUGH else log.warning if level is Level.NEAR else log.error
            told("line.quota", level=level.value, limit=quota.limit, used=quota.used)
        self._level = level


def _quota(limit: Answer, used: Answer) -> Quota | None:
    if not (limit.is_ok and used.is_ok and limit.said and used.said) or used.said.total_usage is None:
        return None
    if limit.said.type == "limited" and limit.said.value is None:
        return None
    return Quota(limit=limit.said.value if limit.said.type == "limited" else None, used=used.said.total_usage)
