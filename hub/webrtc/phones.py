"""Agents' phones in browsers: made for a session of a desktop, rung while they are registered."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import structlog

from acd.ids import AgentId
from cti.ami_events import AmiEvent, ContactStatusChanged, DeviceState
from cti.errors import CtiError
from cti.web_endpoints import REALM, WebEndpoint, WebEndpoints, digest_of
from hub.accounts import Account
from hub.clock import now_ms
from hub.contact_status import ContactStatuses
from hub.errors import DatabaseUnavailable
from hub.phone_names import TECHNOLOGY, agent_of, is_browser_phone, new_phone
from hub.sessions import LIFETIME_S
from hub.webrtc.credentials import SOCKET_PATH, AsteriskAway, Credentials, Cut, Fallback, nothing_to_cut
from hub.webrtc.ice import IceSettings
from hub.webrtc.store import WebPhone, WebPhoneStore, hash_of, is_key

log = structlog.get_logger()

_SWEEP_S: Final = 5.0
_LOOKS, _LOOK_S = 40, 0.05


class BrowserPhones:
    """All browser phones. It hears AMI (`cti.ami.AmiListener`) after `statuses`; `run` is the service.

    `changed` is told of an agent whose calls ring elsewhere now. `cut` ends the sockets of a name.
    """

    def __init__(
        self,
        store: WebPhoneStore,
        endpoints: WebEndpoints,
        ice: IceSettings,
        statuses: ContactStatuses,
        changed: Callable[[AgentId, bool], None],
    ) -> None:
        self._store, self._endpoints, self._ice = store, endpoints, ice
        self._statuses, self._changed = statuses, changed
        self._told: dict[AgentId, bool] = {}
        self._is_new = asyncio.Event()
        self.cut: Cut = nothing_to_cut

    # --- who is rung where -----------------------------------------------------------------------

    def user_of(self, agent: AgentId) -> str | None:
        """Return the browser phone that an agent is reached at: the newest; None if none is registered."""
        names = (each for each in self._statuses.endpoints if is_browser_phone(each))
        return max((name for name in names if agent_of(name) == agent), default=None)

    def endpoint(self, agent: AgentId) -> str:
        """Return what is rung for an agent."""
        return TECHNOLOGY + (self.user_of(agent) or agent)

    # --- AMI: see AmiListener --------------------------------------------------------------------

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        self._is_new.set()

    def received(self, event: AmiEvent) -> None:
        if isinstance(event, ContactStatusChanged) and is_browser_phone(event.aor):
            self._tell(agent_of(event.aor))

    def unlinked(self) -> None:
        pass

    def _tell(self, agent: AgentId) -> None:
        is_browser = self.user_of(agent) is not None
        if self._told.get(agent, False) is not is_browser:
            self._told[agent] = is_browser
            self._changed(agent, is_browser)

    # --- what agents' pages ask for --------------------------------------------------------------

    async def begin(self, account: Account, session: str) -> Credentials:
        """Make a phone for a session, instead of one that it had.

        Raises `AsteriskAway`, `DatabaseUnavailable`.
        """
        await self.give_back(session)
        at_ms, key, password = now_ms(), secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        user = new_phone(account.id, at_ms)
        phone = WebPhone(
            user=user,
            agent=account.id,
            name=account.name,
            session_hash=hash_of(session),
            key_hash=hash_of(key),
            digest=digest_of(user, password),
            made_at_ms=at_ms,
        )
        try:
            await self._put(phone)
        except CtiError as error:
            log.warning("webrtc.no_phone", agent=account.id, reason=str(error))
            raise AsteriskAway(Fallback(), user, key) from None
        await self._store.add(phone)
        return Credentials(
            call=user,
            key=key,
            websocket=f"{SOCKET_PATH}?call={user}&key={key}",
            uri=f"sip:{user}@{REALM}",
            user=user,
            password=password,
            dial="",
            expires_s=LIFETIME_S,
            ice_servers=tuple(self._ice.servers(user, time.time())),
            ice_transport_policy=self._ice.policy,
            video=True,
            queue_name="",
            fallback=Fallback(),
        )

    async def give_back(self, session: str) -> None:
        """Take the phones of a session away. Raises `DatabaseUnavailable`."""
        for phone in await self._store.of_session(hash_of(session)):
            await self._remove(phone)

    async def may_connect(self, user: str, key: str) -> bool:
        """Whether a socket of a phone may be opened."""
        phone = await self._store.get(user)
        return phone is not None and is_key(key, phone.key_hash)

    # --- the service -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Put all phones into an Asterisk that was away, and take those away whose session is over."""
        while True:
            with suppress(DatabaseUnavailable):
                if self._is_new.is_set():
                    self._is_new.clear()
                    await self._put_all()
                for phone in await self._store.signed_out():
                    await self._remove(phone)
            with suppress(TimeoutError):
                async with asyncio.timeout(_SWEEP_S):
                    await self._is_new.wait()

    async def _put_all(self) -> None:
        try:
            for phone in await self._store.all():
                await self._put(phone)
        except CtiError as error:
            log.warning("webrtc.phones_not_put", reason=str(error))

    async def _put(self, phone: WebPhone) -> None:
        endpoint = WebEndpoint(user=phone.user, digest=phone.digest, has_video=True)
        await self._endpoints.add_phone(endpoint, phone.agent, phone.name)

    async def _unregistered(self, user: str) -> None:
        """Wait until a phone's registration ended with its socket: without its endpoint it would stay."""
        for _ in range(_LOOKS):
            if not self._statuses.contacts(user):
                return
            await asyncio.sleep(_LOOK_S)

    async def _remove(self, phone: WebPhone) -> None:
        await self.cut(phone.user)
        await self._unregistered(phone.user)
        try:
            await self._endpoints.remove(phone.user)
        except CtiError as error:  # with Asterisk its memory is gone
            log.warning("webrtc.phone_not_removed", agent=phone.agent, reason=str(error))
        await self._store.drop(phone.user)
