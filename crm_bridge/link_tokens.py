"""One-time tokens that tie an address to what sent them: a caller's number to a LINE user.

A token is 60 random bits in Crockford's base 32 (crockford.com/base32.html), read in any case, with
look-alikes taken for each other, in full width, with or without its dashes: `7K2M-Q4XH-9RTB`.
"""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import and_, or_, select, update

from crm_bridge.store import Store, insert_new
from crm_bridge.tables import LinkTokenRow

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_GROUP = 4
_CANDIDATES_MAX = 16
"""More than this many words that look like a token are not a message from our link."""

_FOLD = str.maketrans("ILO", "110") | dict.fromkeys(map(ord, "‐‑‒–—―−ーｰ─━_ \u3000"), "-")
# Looks ahead only, so that a token is found right after a word that could begin one.
_TOKEN = re.compile(rf"(?<![0-9A-Z])(?=((?:[{_ALPHABET}]-?){{{_LENGTH - 1}}}[{_ALPHABET}])(?![0-9A-Z]))")


class LinkTokens(Store):
    """Tokens that are out. The database keeps their hashes: who reads it can redeem none."""

    async def issue(self, payload: dict[str, Any], ttl_s: float, now_ms: int) -> str:
        """Make a token that brings `payload` (JSON) back once within `ttl_s` seconds."""
        token = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        async with self._writing() as connection:
            await insert_new(
                connection,
                LinkTokenRow,
                hash=_hash(token),
                payload=payload,
                expires_at_ms=now_ms + round(ttl_s * 1000),
            )
        return "-".join(token[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))

    async def look(self, text: str, now_ms: int) -> dict[str, Any] | None:
        """Return what the token in a text would bring back, without using it up."""
        hashes = [_hash(token) for token in islice(_tokens(text), _CANDIDATES_MAX)]
        is_valid = and_(LinkTokenRow.redeemed_at_ms.is_(None), LinkTokenRow.expires_at_ms > now_ms)
        async with self._reading() as connection:
            payload: dict[str, Any] | None = await connection.scalar(
                select(LinkTokenRow.payload).where(LinkTokenRow.hash.in_(hashes), is_valid)
            )
        return payload

    async def redeem(self, text: str, now_ms: int, *, by: str = "") -> dict[str, Any] | None:
        """Use up the token in a message's text; None if there is none that is valid.

        `by` names what brings the token (the id of the event): the same one may come again and gets
        the same answer, so that an event which is handled twice has one effect.
        """
        hashes = [_hash(token) for token in islice(_tokens(text), _CANDIDATES_MAX)]
        if not hashes:
            return None
        is_new = and_(LinkTokenRow.redeemed_at_ms.is_(None), LinkTokenRow.expires_at_ms > now_ms)
        is_repeated = LinkTokenRow.redeemed_by == by
        async with self._writing() as connection:
            return await connection.scalar(
                update(LinkTokenRow)
                .where(LinkTokenRow.hash.in_(hashes), or_(is_new, is_repeated))
                .values(redeemed_at_ms=now_ms, redeemed_by=by or None)
                .returning(LinkTokenRow.payload)
            )


def _tokens(text: str) -> Iterator[str]:
    """All that could be a token in a text, in the form in which tokens are hashed."""
    folded = unicodedata.normalize("NFKC", text).upper().translate(_FOLD)
    return (match[1].replace("-", "") for match in _TOKEN.finditer(folded))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
