"""Whether phones and trunks can be reached, how long they take to answer, and which trunks are registered."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

import structlog

from cti.ami import AmiError, AmiLink, AmiRefused
from cti.ami_connection import Headers
from cti.ami_events import (
    AmiEvent,
    ContactStatus,
    ContactStatusChanged,
    DeviceState,
    DeviceStateChanged,
    RegistrationChanged,
)
from cti.ami_status import (
    Registration,
    SipContact,
    changed,
    channels_of,
    endpoint_contacts,
    matches_of,
    registrations,
    sip_contacts,
)

log = structlog.get_logger()


class ContactStatuses:
    """Listens to AMI (`cti.ami.AmiListener`) and looks at AMI's lists now and then. `run` is the service.

    Without a link to AMI nothing is known of anybody. `trunks` are the endpoints of trunks: their contacts
    stand in files, so that Asterisk lists them by endpoint only.
    """

    def __init__(self, ami: AmiLink, trunks: Callable[[], Iterable[str]], *, poll_s: float = 15.0) -> None:
        self._ami, self._trunks, self._poll_s = ami, trunks, poll_s
        self._contacts: dict[tuple[str, str], SipContact] = {}
        self._registrations: dict[str, Registration] = {}
        self._matches: tuple[str, ...] = ()
        self._states: dict[str, DeviceState] = {}
        self._late: list[ContactStatusChanged] = []
        self._stirred = asyncio.Event()

    # --- AMI: see AmiListener ------------------------------------------------------------------

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        self._states = dict(states)
        self._stirred.set()

    def received(self, event: AmiEvent) -> None:
        match event:
            case ContactStatusChanged():
                self._late.append(event)
                self._apply(event)
            case DeviceStateChanged():
                self._states[event.device] = event.state
            case RegistrationChanged():
                self._stirred.set()
            case _:
                pass

    def unlinked(self) -> None:
        self._contacts.clear()
        self._registrations.clear()
        self._states.clear()

    # --- what is known -------------------------------------------------------------------------

    def contacts(self, endpoint: str) -> list[SipContact]:
        """Return where an endpoint is reached, in the order of URIs."""
        found = [contact for contact in self._contacts.values() if contact.endpoint == endpoint]
        return sorted(found, key=lambda contact: contact.uri)

    def registration(self, endpoint: str) -> Registration | None:
        """Return the registration of a trunk, None if it does not register (or nothing is known)."""
        return self._registrations.get(endpoint)

    def device_state(self, endpoint: str) -> DeviceState | None:
        """Return what an endpoint is doing; None if that is not known."""
        return self._states.get(f"PJSIP/{endpoint}")

    @property
    def is_up(self) -> bool:
        """Whether AMI is there to tell."""
        return self._ami.is_up

    @property
    def trunk_addresses(self) -> tuple[str, ...]:
        """Where trunks are: addresses, networks, perhaps names. Kept while AMI is away."""
        return self._matches

    @property
    def endpoints(self) -> list[str]:
        """Return the endpoints that are reached anywhere, by name."""
        return sorted({contact.endpoint for contact in self._contacts.values()})

    @property
    def registered(self) -> tuple[str, ...]:
        """Return the endpoints of trunks that register."""
        return tuple(self._registrations)

    def is_reachable(self, endpoint: str) -> bool | None:
        """Whether any contact of an endpoint answers; None if that is not known."""
        known = {contact.is_reachable for contact in self.contacts(endpoint)}
        return True if True in known else False if known == {False} else None

    def phones_at(self, address: str) -> bool:
        """Whether a phone that answers is registered from an address."""
        trunks = set(self._trunks())
        return any(
            contact.is_reachable and contact.address == address and contact.endpoint not in trunks
            for contact in self._contacts.values()
        )

    async def channels_on(self, endpoint: str) -> int:
        """Count the channels of an endpoint, now. Raises `AmiError`."""
        return channels_of(await self._ami.request("PJSIPShowEndpoint", {"Endpoint": endpoint}))

    # --- the service ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Look now and then, and when something was told that has to be looked up; until cancelled."""
        while True:
            self._stirred.clear()
            if self._ami.is_up:
                await self.refresh()
            try:
                async with asyncio.timeout(self._poll_s):
                    await self._stirred.wait()
            except TimeoutError:
                pass

    async def refresh(self) -> None:
        """Look at Asterisk's lists now; what cannot be seen stays as it was."""
        self._late.clear()
        try:
            found = sip_contacts(await self._listed("PJSIPShowContacts"))
            carriers = registrations(await self._listed("PJSIPShowRegistrationsOutbound"))
            matches: list[str] = []
            for trunk in {*self._trunks(), *(each.endpoint for each in carriers)}:
                shown = await self._listed("PJSIPShowEndpoint", {"Endpoint": trunk})
                found += (contacts := endpoint_contacts(shown))
                matches += [*matches_of(shown), *(contact.address for contact in contacts)]
        except AmiError as error:
            log.warning("contact_status.not_seen", reason=str(error))
            return
        self._contacts = {(each.endpoint, each.uri): each for each in found}
        self._registrations = {each.endpoint: each for each in carriers}
        self._matches = tuple(matches)
        for event in self._late:  # what was told while the lists were on their way
            self._apply(event)

    async def _listed(self, action: str, fields: Headers | None = None) -> list[Headers]:
        """Ask for a list; where there is nothing to list, Asterisk refuses."""
        try:
            return await self._ami.request(action, fields)
        except AmiRefused:
            return []

    def _apply(self, event: ContactStatusChanged) -> None:
        key = (event.endpoint or event.aor, event.uri)
        if event.status is ContactStatus.REMOVED:
            self._contacts.pop(key, None)
        else:
            self._contacts[key] = changed(self._contacts.get(key), event)
