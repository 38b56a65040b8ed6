"""Who gets a call token: visitors of sites, who chat, and customers whom an agent sends a link."""

from collections.abc import Callable
from typing import Final

import structlog

from acd.contact import Channel
from acd.ids import QueueName
from crm_bridge.errors import CrmError
from crm_bridge.identifiers import IdentifierKind
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.short_links import ShortLinks
from hub.webrtc.conf import Site
from hub.webrtc.tokens import LINK_S, PAGE_S, CallTokens, Via

log = structlog.get_logger()

PAGE_PATH: Final = "/call/"
"""Where the page by which customers call is served; after it a short link's slug, or `#token=…`."""
_IN_FRAGMENT: Final = "#token="


class CallLinks:
    """Makes tokens and links. `entry` says where contacts of a channel wait if nothing else does."""

    def __init__(
        self,
        tokens: CallTokens,
        short_links: ShortLinks,
        public_url: str,
        *,
        board: Board,
        crm: Crm,
        entry: Callable[[Channel], QueueName],
    ) -> None:
        self._tokens, self._short_links, self._board, self._crm = tokens, short_links, board, crm
        self._page, self._entry = public_url + PAGE_PATH, entry

    def for_site(self, site: Site) -> str:
        """Return a token for whoever looks at a site's page."""
        return self._tokens.issue(Via.SITE, site.queue, _until_ms(PAGE_S), video=site.video)

    async def for_chat(self, session: str) -> tuple[str, str]:
        """Return a token for who chats in a session, and the page to call by."""
        contact = self._board.thread(Channel.CHAT, session)
        customer = contact.customer if contact is not None else None
        if contact is None:
            try:
                known = await self._crm.customers.identify(IdentifierKind.CHAT, session)
                customer = known.customer.id if known is not None else None
            except CrmError as error:
                log.warning("webrtc.visitor_not_known", error=type(error).__name__)
        token = self._tokens.issue(
            Via.CHAT,
            contact.queue if contact is not None and contact.queue else self._entry(Channel.CHAT),
            _until_ms(PAGE_S),
            video=True,
            contact=contact.id if contact is not None else None,
            customer=customer,
        )
        return token, self._page + _IN_FRAGMENT + token

    async def for_contact(self, contact: LiveContact, *, video: bool) -> str:
        """Return a link by which the customer of a text contact can call. Raises `DatabaseUnavailable`."""
        token = self._tokens.issue(
            Via.LINK,
            contact.queue,
            _until_ms(LINK_S),
            video=video,
            contact=contact.id,
            customer=contact.customer,
        )
        slug = await self._short_links.keep(self._page + _IN_FRAGMENT + token, LINK_S)
        return self._page + slug

    async def token_of(self, text: str) -> str:
        """Return the token that a page has, given that or its link's slug. Raises `DatabaseUnavailable`."""
        url = await self._short_links.open(text, is_counted=False)
        begin, mark, token = (url or "").partition(_IN_FRAGMENT)
        return token if mark and begin == self._page else text


def _until_ms(life_s: int) -> int:
    return now_ms() + life_s * 1000
