"""Social networks as a channel: each network at an address of its own under `/webhooks/social/`."""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

import aiohttp
import structlog
from msgspec.structs import replace

from acd.contact import Channel
from gateways.account import Surroundings
from gateways.errors import FetchFailed, FileGone, FilesUnavailable, SendFailed, WebhookRefused
from gateways.http import why
from gateways.plain import plain_text
from gateways.protocol import Answer, Gateway, Incoming, Outbound, Part, RawEvent, Webhook
from gateways.social import meta_codec, x_codec
from gateways.social.address import Address, Network
from gateways.social.meta import Meta
from gateways.social.x import X

log = structlog.get_logger()

_META, _X = "meta", "x"
_BLOCK = 64 * 1024
_MEDIA_HOSTS = (".fbcdn.net", ".fbsbx.com", ".cdninstagram.com", ".facebook.com", ".twimg.com", ".x.com")
_MEDIA_HOSTS_X = (".twitter.com", *_MEDIA_HOSTS[-2:])


class SocialGateway(Gateway):
    """Messenger and Instagram by `meta`, X by `x`. Make it inside the running event loop."""

    channel = Channel.SOCIAL
    sends_once = True

    def __init__(
        self,
        session: aiohttp.ClientSession,
        around: Surroundings,
        *,
        meta: Meta | None,
        x: X | None,
        media_hosts: Sequence[str] = (*_MEDIA_HOSTS, ".twitter.com"),
    ) -> None:
        self._session, self._around, self._meta, self._x = session, around, meta, x
        self._media_hosts = tuple(media_hosts)

    def verify(self, webhook: Webhook) -> Sequence[RawEvent]:
        network = self._network(webhook)
        events = network.verify(webhook)
        if isinstance(network, Meta):
            for sign in network.signs(webhook):
                self._around.signed(sign)
        return events

    def answer(self, webhook: Webhook) -> Answer | None:
        network = self._network(webhook)
        return network.challenge(webhook.query) if webhook.method == "GET" else None

    def decode(self, event: RawEvent) -> Incoming | None:
        if event.event_id.startswith(f"{Network.X}:"):
            return x_codec.decode(event)
        return meta_codec.decode(event)

    def provider(self, message: Outbound) -> str:
        """Each page and account is counted by itself."""
        return message.address.rpartition(":")[0]

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> str | None:
        """Send as a text; where there are buttons, choices are buttons, but for those that open a page."""
        to = _address(message.address)
        try:
            text = plain_text(message, self._around.files)
            bare = plain_text(_without_buttons(message), self._around.files)
        except FileGone:
            raise SendFailed("a file of the message is not kept any more", retryable=False) from None
        except FilesUnavailable:
            raise SendFailed("the files cannot be reached", retryable=True) from None
        if to.network is Network.X:
            if self._x is None:
                raise SendFailed("X is not set up", retryable=False)
            return await self._x.send(to, text)
        if self._meta is None:
            raise SendFailed("Messenger and Instagram are not set up", retryable=False)
        return await self._meta.send(to, bare, [each for each in message.choices if each.url is None])

    async def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        """Read a file from where the networks keep such, and from nowhere else."""
        url = urlsplit(part.source)
        host = f".{url.hostname or ''}"
        if not host.endswith(self._media_hosts):
            raise FetchFailed("not an address of these networks", retryable=False)
        is_x = event.address.startswith(f"{Network.X}:") and host.endswith(_MEDIA_HOSTS_X)
        headers = self._x.signed_get(part.source) if is_x and self._x is not None else {}
        try:
            async with self._session.get(part.source, headers=headers, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise FetchFailed(f"HTTP {answer.status}", retryable=answer.status >= 500)
                async for block in answer.content.iter_chunked(_BLOCK):
                    yield block
        except (aiohttp.ClientError, TimeoutError) as error:
            raise FetchFailed(why(error), retryable=True) from None

    async def show(self, address: str, *, is_typing: bool = False, read: str | None = None) -> None:
        to = _address(address)
        if self._meta is None or to.network is Network.X:
            return
        try:
            await self._meta.act(to, "typing_on" if is_typing else "mark_seen")
        except SendFailed as error:
            log.info("social.not_shown", reason=error.reason)

    async def display_name(self, address: str) -> str | None:
        to = _address(address)
        if self._meta is None or to.network is Network.X:
            return None
        try:
            return await self._meta.name(to)
        except SendFailed as error:
            log.info("social.no_name", reason=error.reason)
            return None

    async def close(self) -> None:
        await self._session.close()

    def _network(self, webhook: Webhook) -> Meta | X:
        found = {_META: self._meta, _X: self._x}.get(webhook.path)
        if found is None:
            raise WebhookRefused("no such network", status=404)
        return found


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except ValueError as error:
        raise SendFailed(f"not an address of a social network: {error}", retryable=False) from None


def _without_buttons(message: Outbound) -> Outbound:
    return replace(message, choices=tuple(each for each in message.choices if each.url is not None))
