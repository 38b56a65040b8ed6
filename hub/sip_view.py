"""Phones, trunks and blocked addresses, as those see them who run the hub."""

from collections.abc import Sequence
from dataclasses import dataclass

from acd.ids import AgentId
from cti.ami_events import DeviceState
from cti.ami_status import SipContact
from hub.accounts import Accounts
from hub.blocked_store import Block, BlockedStore
from hub.contact_status import ContactStatuses
from hub.trunks import Trunks


@dataclass(frozen=True, slots=True)
class Reached:
    """An address that a phone or trunk is reached at. `is_reachable` None: it is not asked."""

    address: str
    is_reachable: bool | None
    round_trip_ms: float | None

    @classmethod
    def of(cls, contact: SipContact) -> "Reached":
        time_us = contact.round_trip_us
        return cls(contact.address, contact.is_reachable, None if time_us is None else time_us / 1000)


@dataclass(frozen=True, slots=True)
class PhoneStatus:
    """An agent's phone. `contacts` is empty while none is registered."""

    agent: AgentId
    state: DeviceState | None
    contacts: tuple[Reached, ...]


@dataclass(frozen=True, slots=True)
class TrunkStatus:
    """A trunk. `is_registered` None: it is known by its address and does not register."""

    trunk: str
    is_reachable: bool | None
    is_registered: bool | None
    registration: str | None
    contacts: tuple[Reached, ...]


class SipView:
    """Raises `DatabaseUnavailable`. Without AMI (`is_known` false) nothing is known of phones and trunks."""

    def __init__(
        self, accounts: Accounts, statuses: ContactStatuses, trunks: Trunks, blocked: BlockedStore
    ) -> None:
        self._accounts, self._statuses, self._trunks, self._blocked = accounts, statuses, trunks, blocked

    @property
    def is_known(self) -> bool:
        return self._statuses.is_up

    async def phones(self) -> Sequence[PhoneStatus]:
        """Return the phones of all agents who may sign in, by id."""
        agents = [each.id for each in await self._accounts.all() if each.disabled_ms is None]
        return [phone_status(agent, self._statuses) for agent in sorted(agents)]

    def trunks(self) -> Sequence[TrunkStatus]:
        """Return the trunks of `trunks.conf` in order, then others that register."""
        return trunk_statuses(self._trunks.names, self._statuses)

    async def blocked(self) -> Sequence[Block]:
        return await self._blocked.active()

    async def unblock(self, actor: AgentId, address: str) -> bool:
        return await self._blocked.unblock(actor, address)


def phone_status(agent: AgentId, statuses: ContactStatuses) -> PhoneStatus:
    contacts = tuple(Reached.of(contact) for contact in statuses.contacts(agent))
    return PhoneStatus(agent, statuses.device_state(agent), contacts)


def trunk_statuses(names: Sequence[str], statuses: ContactStatuses) -> list[TrunkStatus]:
    """Return how trunks stand, and after them others that register."""
    found = []
    for name in dict.fromkeys((*names, *sorted(statuses.registered))):
        registration = statuses.registration(name)
        found.append(
            TrunkStatus(
                name,
                statuses.is_reachable(name),
                None if registration is None else registration.is_registered,
                None if registration is None else registration.status,
                tuple(Reached.of(contact) for contact in statuses.contacts(name)),
            )
        )
    return found
