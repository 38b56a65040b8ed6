"""Short links: long addresses in what we send by SMS become `{public_url}/s/{slug}` for a while.

Only https addresses in messages that go out are shortened: nobody else can make the hub lead anywhere.
"""

import hashlib
import re
import secrets
from collections.abc import Callable

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.clock import now_ms
from hub.database import reading, writing
from hub.errors import DatabaseUnavailable
from hub.tables import ShortLinkRow

log = structlog.get_logger()

SHORT_PATH = "/s/"
LIFE_S = 30 * 24 * 3600.0
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LENGTH = 8
_SLUG = re.compile(rf"[{_ALPHABET}]{{{_LENGTH}}}")
_URL = re.compile(r"https://[!-~]+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}>'\""


class ShortLinks:
    """Makes links and follows them. A link that is past its time is deleted when others are made."""

    def __init__(
        self, engine: AsyncEngine, public_url: str, *, life_s: float = LIFE_S, now: Callable[[], int] = now_ms
    ) -> None:
        self._engine, self._life_ms, self._now = engine, round(life_s * 1000), now
        self._begin = public_url + SHORT_PATH
        self._dialect = postgresql if engine.dialect.name == "postgresql" else sqlite

    async def shorten(self, text: str, key: str) -> str:
        """Return a text with its long addresses made short: the same for the same key.

        Without a database it stays as it is.
        """
        long = [match for match in _URL.finditer(text) if self._is_long(_bare(match[0]))]
        try:
            for match in reversed(long):
                url = _bare(match[0])
                short = self._begin + await self._slug(url, key)
                text = text[: match.start()] + short + text[match.start() + len(url) :]
        except DatabaseUnavailable:
            log.warning("short_links.unavailable")
        return text

    async def keep(self, url: str, life_s: float) -> str:
        """Return a slug of its own for an address of ours. Raises `DatabaseUnavailable`."""
        return await self._slug(url, secrets.token_hex(16), round(life_s * 1000))

    async def open(self, slug: str, *, is_counted: bool = True) -> str | None:
        """Return where a link leads; None if it leads nowhere any more. Raises `DatabaseUnavailable`."""
        if not _SLUG.fullmatch(slug):
            return None
        is_alive = (ShortLinkRow.slug == slug, ShortLinkRow.expires_at_ms > self._now())
        async with writing(self._engine) as connection:
            if is_counted:
                await connection.execute(
                    update(ShortLinkRow).where(*is_alive).values(opened=ShortLinkRow.opened + 1)
                )
            return await connection.scalar(select(ShortLinkRow.url).where(*is_alive))

    async def opened(self, slug: str) -> int:
        """Return how often a link was followed."""
        async with reading(self._engine) as connection:
            found = select(ShortLinkRow.opened).where(ShortLinkRow.slug == slug)
            return await connection.scalar(found) or 0

    def _is_long(self, url: str) -> bool:
        return len(url) > len(self._begin) + _LENGTH and not url.startswith(self._begin)

    async def _slug(self, url: str, key: str, life_ms: int | None = None) -> str:
        origin = hashlib.sha256(f"{key}\n{url}".encode()).hexdigest()
        new = self._dialect.insert(ShortLinkRow).values(
            slug="".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)),
            origin=origin,
            url=url,
            expires_at_ms=self._now() + (self._life_ms if life_ms is None else life_ms),
            opened=0,
        )
        async with writing(self._engine) as connection:
            await connection.execute(delete(ShortLinkRow).where(ShortLinkRow.expires_at_ms <= self._now()))
            await connection.execute(new.on_conflict_do_nothing(index_elements=["origin"]))
            slug = await connection.scalar(select(ShortLinkRow.slug).where(ShortLinkRow.origin == origin))
        assert slug is not None, "a link that was just made is there"
        return slug


def _bare(url: str) -> str:
    """Return an address without what belongs to the sentence around it."""
    return url.rstrip(_TRAILING)
