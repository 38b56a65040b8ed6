"""Calls from pages: what a page gets for its token, what it tells us, and that nothing of it is left."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import structlog

from acd.ids import ContactId
from crm_bridge.model import JourneyItem, JourneyKind
from cti.errors import CtiError
from cti.web_endpoints import REALM, WebEndpoint, WebEndpoints, digest_of
from hub.clock import now_ms
from hub.crm import Crm
from hub.errors import DatabaseUnavailable
from hub.journal import Journal
from hub.phone_names import new_caller
from hub.webrtc.conf import WebRules
from hub.webrtc.credentials import (
    DIAL_S,
    SOCKET_PATH,
    AsteriskAway,
    CallExists,
    Credentials,
    Cut,
    Fallback,
    TokenRefused,
    nothing_to_cut,
)
from hub.webrtc.ice import IceSettings
from hub.webrtc.store import WebCall, WebCallStore, hash_of, is_key
from hub.webrtc.tokens import CallToken, CallTokens

log = structlog.get_logger()

_SWEEP_S: Final = 5.0
_FAREWELL_S: Final = 2.0
"""Asterisk tells us of a call's end before it says BYE: so long the page's socket stays."""
_AFTERWARDS_MS: Final = 3_600_000
"""So long after it was asked for a call, a page can tell of trouble and ask to be called back."""


class WebCalls:
    """All calls from pages. `run` is the service. `cut` ends the sockets of a name."""

    def __init__(
        self,
        store: WebCallStore,
        endpoints: WebEndpoints,
        tokens: CallTokens,
        ice: IceSettings,
        *,
        rules: Callable[[], WebRules],
        crm: Crm,
        journal: Journal,
    ) -> None:
        self._store, self._endpoints, self._tokens, self._ice = store, endpoints, tokens, ice
        self._rules, self._crm, self._journal = rules, crm, journal
        self._placed: dict[str, WebCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.cut: Cut = nothing_to_cut

    @property
    def fallback(self) -> Fallback:
        rules = self._rules()
        return Fallback(phone=rules.phone, callback=rules.callback)

    def read(self, token: str) -> CallToken:
        """Return what a token says; raises `TokenRefused`."""
        if (found := self._tokens.read(token, now_ms())) is None:
            raise TokenRefused("not ours, or too old")
        return found

    async def place(self, token: CallToken, *, video: bool, language: str) -> Credentials:
        """Make an endpoint for a call. Raises `CallExists`, `AsteriskAway`, `DatabaseUnavailable`.

        Whoever comes again while his page is not connected, after a reload, calls anew.
        """
        if (before := await self._store.of_token(token.id)) is not None:
            if before.is_linked and before.is_live(now_ms()):
                raise CallExists(token.id)
            await self._replace(before)
        at_ms, key, password = now_ms(), secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        call = WebCall(
            id=new_caller(),
            token=token.id,
            key_hash=hash_of(key),
            via=token.via,
            queue=token.queue,
            video=token.video,
            about=token.contact,
            customer=token.customer,
            language=language,
            made_at_ms=at_ms,
            expires_at_ms=at_ms + DIAL_S * 1000,
        )
        if not await self._store.add(call):
            raise CallExists(token.id)
        endpoint = WebEndpoint(user=call.id, digest=digest_of(call.id, password), has_video=call.video)
        try:
            await self._endpoints.add_caller(endpoint, call.queue)
        except CtiError as error:
            log.warning("webrtc.no_endpoint", reason=str(error))
            await self._store.end(call.id)
            raise AsteriskAway(self.fallback, call.id, key) from None
        self._placed[call.id] = call
        log.info("webrtc.placed", call=call.id, via=call.via, queue=call.queue, video=video)
        return Credentials(
            call=call.id,
            key=key,
            websocket=f"{SOCKET_PATH}?call={call.id}&key={key}",
            uri=f"sip:{call.id}@{REALM}",
            user=call.id,
            password=password,
            dial=f"sip:{call.id}@{REALM}",
            expires_s=DIAL_S,
            ice_servers=tuple(self._ice.servers(call.id, time.time())),
            ice_transport_policy=self._ice.policy,
            video=call.video,
            queue_name=call.queue,
            fallback=self.fallback,
        )

    async def find(self, id_: str) -> WebCall | None:
        """Return a call; raises `DatabaseUnavailable` for one that was not placed here."""
        return self._placed.get(id_) or await self._store.get(id_)

    async def proven(self, id_: str, key: str) -> WebCall | None:
        """Return a call whose key one has, also for a while after its end."""
        call = await self._store.get(id_)
        if call is None or not is_key(key, call.key_hash):
            return None
        is_late = call.ended_at_ms is not None and now_ms() - call.made_at_ms > _AFTERWARDS_MS
        return None if is_late else call

    async def may_connect(self, id_: str, key: str) -> bool:
        """Whether a socket of a call may be opened."""
        call = await self.proven(id_, key)
        return call is not None and call.is_live(now_ms())

    async def linked(self, id_: str, *, is_linked: bool) -> None:
        """The first socket of a call was opened, or its last was closed."""
        with suppress(DatabaseUnavailable):
            await self._store.linked(id_, is_linked=is_linked)

    async def came(self, call: WebCall, contact: ContactId) -> bool:
        """A call was dialled; False if that is not to be. Without a database it is."""
        known = self._placed.get(call.id)
        if known is not None and known.contact not in (None, contact):
            return False
        try:
            is_first = await self._store.came(call.id, contact)
        except DatabaseUnavailable:
            is_first = known is not None
        if is_first:
            self._placed[call.id] = replace(call, contact=contact)
        return is_first

    def over(self, id_: str) -> None:
        """A call has ended: its endpoint goes, and what is known of its sound is noted."""
        self._placed.pop(id_, None)
        task = asyncio.create_task(self._part(id_), name="web call's end")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._journal.put(lambda: self._note_end(id_))

    # --- what pages tell -------------------------------------------------------------------------

    async def measured(self, call: WebCall, report: Mapping[str, Any]) -> None:
        """Keep the last report of how a call sounds, and the worst."""
        before = call.quality or {}
        worst = before.get("worst")
        if worst is None or report["mos"] <= worst["mos"]:
            worst = report
        await self._store.measured(call.id, {"last": dict(report), "worst": dict(worst)})

    def troubled(self, call: WebCall, kind: str, detail: str) -> None:
        """Note in the journey what is wrong at a page; before its call, at the text contact it came from."""
        contact, at_ms = call.contact or call.about, now_ms()
        log.info("webrtc.trouble", call=call.id, kind=kind)
        if contact is not None:
            item = JourneyItem(at_ms, JourneyKind.TROUBLE, text=kind, detail={"detail": detail})
            self._journal.put(lambda: self._crm.contacts.talked(contact, item))

    # --- the service -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Take away what is of no use any more, again and again; until cancelled."""
        while True:
            with suppress(DatabaseUnavailable, CtiError):
                await self.sweep()
            await asyncio.sleep(_SWEEP_S)

    async def sweep(self) -> None:
        """Take away what was made and not dialled, and what is of calls whose end nobody told us.

        Raises `DatabaseUnavailable`, `NodeUnavailable`.
        """
        for id_ in await self._store.not_dialled():
            self.over(id_)
        for id_, contact in await self._store.begun():
            if not await self._endpoints.has(contact):
                self.over(id_)

    async def close(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._endpoints.close()

    async def _replace(self, before: WebCall) -> None:
        """End a call whose page is gone."""
        self._placed.pop(before.id, None)
        with suppress(CtiError):
            if before.contact is not None:
                await self._endpoints.hang_up(before.contact)
        await self._remove(before.id)
        await self._note_end(before.id)

    async def _part(self, id_: str) -> None:
        """Let the page hear that its call is over, then take all of it away."""
        await asyncio.sleep(_FAREWELL_S)
        await self._remove(id_)

    async def _remove(self, id_: str) -> None:
        await self.cut(id_)
        try:
            await self._endpoints.remove(id_)
        except CtiError as error:  # with Asterisk its memory is gone
            log.warning("webrtc.not_removed", call=id_, reason=str(error))

    async def _note_end(self, id_: str) -> None:
        call = await self._store.end(id_)
        if call is None or call.contact is None or call.quality is None:
            return
        item = JourneyItem(now_ms(), JourneyKind.QUALITY, detail=dict(call.quality))
        await self._crm.contacts.talked(call.contact, item)
