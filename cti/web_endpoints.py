"""Endpoints for browsers: put into PJSIP's memory while Asterisk runs, and taken out of it again.

They work from the moment they are put there: nothing is reloaded (docs/decisions/0085).
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from cti.ari import Ari, NotFound
from cti.ari.http import HttpRequester
from cti.errors import CallRefused, NodeUnavailable, failing_as

REALM: Final = "toritsugi"
AUDIO: Final = "opus,g722,ulaw,alaw"
VIDEO: Final = "vp8,h264"
_MODULE: Final = "res_pjsip"
_ENDPOINT, _AUTH, _AOR = "endpoint", "auth", "aor"
_CALLER_SILENCE_S: Final = 60
"""A customer's call whose page is silent for so long ends; one that changes its network is back before."""
_PHONE_SILENCE_S: Final = 20
"""An agent's call is given up then, at the latest: the hub keeps his caller (`hub.lost_phones`)."""
_COMMON: Final = {
    "transport": "ws",
    "webrtc": "yes",  # ICE, DTLS-SRTP with a certificate of its own, rtcp-mux, BUNDLE
    "disallow": "all",
    "dtmf_mode": "rfc4733",
    "direct_media": "no",
    "rtp_timeout_hold": "600",
    "rtp_symmetric": "yes",
    "force_rport": "yes",
    "rewrite_contact": "yes",
    "allow_subscribe": "no",
    "language": "ja",
}
_CALLER: Final = {
    "context": "from-webrtc",
    "rtp_timeout": str(_CALLER_SILENCE_S),
    "allow_transfer": "no",
    "send_connected_line": "no",
    "callerid": '"" <anonymous>',
}
_PHONE: Final = {
    "context": "internal",
    "rtp_timeout": str(_PHONE_SILENCE_S),
    "device_state_busy_at": "1",
    "send_pai": "yes",
    "set_var": "TRANSFER_CONTEXT=referred",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebEndpoint:
    """Who a browser is to Asterisk. `digest` is the HA1 of RFC 7616 §3.4.2 (`digest_of`)."""

    user: str
    digest: str
    has_video: bool = False


def digest_of(user: str, password: str) -> str:
    """Return what Asterisk is told instead of a password: MD5 of `user:realm:password`, in hex."""
    text = f"{user}:{REALM}:{password}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class WebEndpoints:
    """Makes endpoints at one Asterisk. Methods raise `NodeUnavailable`, `CallRefused`.

    `media_address` is the one that Asterisk's media are bound to; "": all that it has.
    """

    def __init__(self, requester: HttpRequester, media_address: str = "") -> None:
        self._requester, self._ari = requester, Ari(requester)
        self._common = dict(_COMMON)
        if media_address:
            self._common |= {"media_address": media_address, "bind_rtp_to_media_address": "yes"}

    async def add_caller(self, endpoint: WebEndpoint, queue: str) -> None:
        """Let a customer call, once; without the hub he waits in `queue`."""
        await self._add(endpoint, {**_CALLER, "set_var": f"TORITSUGI_QUEUE={queue}"})

    async def add_phone(self, endpoint: WebEndpoint, agent: str, name: str) -> None:
        """Let an agent's page register and be called."""
        aor = {"max_contacts": "1", "remove_existing": "yes", "default_expiration": "300"}
        await self._put(_AOR, endpoint.user, {**aor, "minimum_expiration": "60"})
        shown = name.translate(str.maketrans("", "", '"\\<>\r\n;'))
        await self._add(endpoint, {**_PHONE, "aors": endpoint.user, "callerid": f'"{shown}" <{agent}>'})

    async def remove(self, user: str) -> None:
        """Take an endpoint away; nothing happens where there is none."""
        for kind in (_ENDPOINT, _AUTH, _AOR):
            with failing_as(CallRefused), suppress(NotFound):
                await self._ari.asterisk.delete_object(_MODULE, kind, user)

    async def hang_up(self, channel: str) -> None:
        """End the call of a page that is gone; nothing happens where there is none."""
        with failing_as(NodeUnavailable), suppress(NotFound):
            await self._ari.channels.hangup(channel)

    async def has(self, channel: str) -> bool:
        """Whether a call is on the line still."""
        with failing_as(NodeUnavailable), suppress(NotFound):
            await self._ari.channels.get(channel)
            return True
        return False

    async def close(self) -> None:
        await self._requester.close()

    async def _add(self, endpoint: WebEndpoint, fields: Mapping[str, str]) -> None:
        user = endpoint.user
        auth = {"auth_type": "digest", "username": user, "realm": REALM}
        await self._put(_AUTH, user, {**auth, "password_digest": f"MD5:{endpoint.digest}"})
        allow = f"{AUDIO},{VIDEO}" if endpoint.has_video else AUDIO
        await self._put(_ENDPOINT, user, {**self._common, **fields, "auth": user, "allow": allow})

    async def _put(self, kind: str, id_: str, fields: Mapping[str, str]) -> None:
        listed = [{"attribute": name, "value": value} for name, value in fields.items()]
        with failing_as(CallRefused):
            await self._ari.asterisk.update_object(_MODULE, kind, id_, fields=listed)
