"""Phones, trunks, and addresses that are blocked for attacks on SIP."""

from acd.ids import AgentId
from cti.ami_events import DeviceState
from hub.accounts import Role
from hub.blocked_store import Block
from hub.http.model import Answer
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused
from hub.sip_view import PhoneStatus, TrunkStatus

api = Operations("sip")


class ReachedAnswer(Answer):
    """Where a phone or trunk is reached. `is_reachable` is null where nobody asks."""

    address: str
    is_reachable: bool | None
    round_trip_ms: float | None


class PhoneAnswer(Answer):
    """An agent's phone; without contacts it is not registered."""

    agent: AgentId
    state: DeviceState | None
    contacts: list[ReachedAnswer]

    @classmethod
    def of(cls, phone: PhoneStatus) -> "PhoneAnswer":
        return cls(agent=phone.agent, state=phone.state, contacts=_contacts(phone))


class PhoneList(Answer):
    """`is_known` false: Asterisk cannot be asked now."""

    is_known: bool
    phones: list[PhoneAnswer]


class TrunkAnswer(Answer):
    """A trunk. `is_registered` and `registration` (Asterisk's word) are null where we do not register."""

    trunk: str
    is_reachable: bool | None
    is_registered: bool | None
    registration: str | None
    contacts: list[ReachedAnswer]

    @classmethod
    def of(cls, trunk: TrunkStatus) -> "TrunkAnswer":
        return cls(
            trunk=trunk.trunk,
            is_reachable=trunk.is_reachable,
            is_registered=trunk.is_registered,
            registration=trunk.registration,
            contacts=_contacts(trunk),
        )


class TrunkList(Answer):
    """Trunks in the order in which they are tried. `is_known` false: Asterisk cannot be asked now."""

    is_known: bool
    trunks: list[TrunkAnswer]


class BlockedList(Answer):
    """Addresses that Asterisk refuses now."""

    blocked: list[Block]


@api.operation("GET", "/phones", role=Role.SUPERVISOR)
async def list_phones(call: Call) -> PhoneList:
    """List agents' phones: where they are registered, and whether they answer."""
    phones = await call.parts.sip.phones()
    return PhoneList(is_known=call.parts.sip.is_known, phones=[PhoneAnswer.of(phone) for phone in phones])


@api.operation("GET", "/trunks", role=Role.SUPERVISOR)
async def list_trunks(call: Call) -> TrunkList:
    """List trunks: whether they answer, and whether we are registered there."""
    trunks = call.parts.sip.trunks()
    return TrunkList(is_known=call.parts.sip.is_known, trunks=[TrunkAnswer.of(trunk) for trunk in trunks])


@api.operation("GET", "/blocked", role=Role.SUPERVISOR)
async def list_blocked(call: Call) -> BlockedList:
    """List addresses that are blocked because of failed requests."""
    return BlockedList(blocked=list(await call.parts.sip.blocked()))


@api.operation("DELETE", "/blocked/{address}", role=Role.ADMIN, status=204, codes=(Code.NOT_FOUND,))
async def unblock_address(call: Call, address: str) -> None:
    """Let an address in again and forget what it did; noted in the audit log."""
    if not await call.parts.sip.unblock(call.caller.id, address):
        raise RequestRefused(Code.NOT_FOUND, "address")


def _contacts(status: PhoneStatus | TrunkStatus) -> list[ReachedAnswer]:
    return [
        ReachedAnswer(address=each.address, is_reachable=each.is_reachable, round_trip_ms=each.round_trip_ms)
        for each in status.contacts
    ]
