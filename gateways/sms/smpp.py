"""SMS through a message centre that is spoken to by SMPP 3.4."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from aiosmpplib.protocol import SubmitSm
from aiosmpplib.state import NPI, TON, PhoneNumber

from gateways import tls
from gateways.errors import SendFailed
from gateways.job import wall_ms
from gateways.protocol import Incoming, RawEvent, Service, Store
from gateways.sms import alphabet, codec
from gateways.sms.arrivals import Arrivals
from gateways.sms.parts import SmsParts
from gateways.sms.provider import Sms, SmsProvider, is_e164
from gateways.sms.session import CommandRefused, Role, Session, SessionLost

log = structlog.get_logger()

_THROTTLED = frozenset({0x14, 0x58})  # ESME_RMSGQFUL, ESME_RTHROTTLED
_PASSING = frozenset({0x08, 0x45, 0x65, 0xFF}) | _THROTTLED  # system error, submit failed, unknown error
_PATIENCE_S, _PART_TRIES = 1.0, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """A message centre, and who we are there.

    `ca_file` vouches for it, if the system's authorities do not.
    `alphabet` is that of data coding 0: `gsm`, or a codec of Python. `silence_s`: after so long without a
    word it is asked whether it is there (enquire_link); `timeout_s`: so long it may take to answer.
    """

    host: str
    port: int
    system_id: str
    password: str
    system_type: str = ""
    is_tls: bool = False
    ca_file: str = ""
    sender: str = ""
    region: str = "JP"
    alphabet: str = "gsm"
    silence_s: float = 30.0
    timeout_s: float = 10.0
    window: int = 10
    roles: tuple[Role, ...] = (Role.TRANSCEIVER,)
    again_s: float = 1.0
    again_s_max: float = 30.0


class SmppProvider(SmsProvider):
    """One bind for both directions, or one for each, kept up by the service of each hub."""

    receives = True
    sends_once = True

    def __init__(self, centre: Centre, parts: SmsParts, *, now_ms: Callable[[], int] = wall_ms) -> None:
        self._centre, self._now_ms = centre, now_ms
        self._session: Session | None = None
        self._trouble = ""
        self._store: Store
        self._references = itertools.count(now_ms() % 256)
        self._arrivals = Arrivals(centre.region, parts, now_ms)

    def services(self, store: Store) -> Sequence[Service]:
        self._store = store
        return (
            Service("sms-smpp", self._serve, is_single=False),
            Service("sms-parts", self._show_overdue),
        )

    def decode(self, event: RawEvent) -> Incoming | None:
        return codec.decode(event, region=self._centre.region, default=self._centre.alphabet)

    @property
    def is_bound(self) -> bool:
        """Whether messages can be sent now."""
        return self._session is not None

    async def send(self, sms: Sms) -> str | None:
        """Submit all parts; returns the centre's id of the last, for which the receipt is asked."""
        session = self._session
        if session is None:
            raise SendFailed(f"the message centre is not connected{self._trouble}", retryable=True)
        try:
            short = alphabet.write(sms.text, next(self._references) % 256)
        except ValueError as error:
            raise SendFailed(str(error), retryable=False) from None
        sent_as = ""
        for number, octets in enumerate(short.parts, 1):
            is_last = number == len(short.parts)
            sent_as = await self._submit(session, self._pdu(sms, short, octets, is_last), number)
        return sent_as

    # --- out ---------------------------------------------------------------------------------

    def _pdu(self, sms: Sms, short: alphabet.Short, octets: bytes, is_last: bool) -> SubmitSm:
        pdu = SubmitSm(
            short_message="-",  # not empty: the library would refuse it before it is told the octets
            source=_address(sms.sender if is_e164(sms.sender) else self._centre.sender),
            destination=_address(sms.to),
            esm_class=0x40 if short.has_headers else 0,
            registered_delivery=1 if is_last else 0,
            encoding="ucs2" if short.coding else None,
        )
        pdu.set_encoded_message(octets)
        return pdu

    async def _submit(self, session: Session, pdu: SubmitSm, number: int) -> str:
        """Submit one part. Once an earlier one is there, a later one is only tried again here."""
        for left in reversed(range(_PART_TRIES if number > 1 else 1)):
            try:
                return await session.submit(pdu)
            except SessionLost as error:
                is_in_doubt = error.was_sent or number > 1
                raise SendFailed(
                    f"no answer to part {number}: {error}", retryable=not is_in_doubt, in_doubt=is_in_doubt
                ) from None
            except CommandRefused as error:
                if not left or error.status not in _PASSING:
                    raise _refusal(error.status, number) from None
            await asyncio.sleep(_PATIENCE_S)
        raise AssertionError("the last try returns or raises")

    # --- the connection ----------------------------------------------------------------------

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for role in self._centre.roles:
                tasks.create_task(self._keep_bound(role, self._store))

    async def _show_overdue(self) -> None:
        await self._arrivals.show_overdue(self._store)

    async def _keep_bound(self, role: Role, store: Store) -> None:
        again_s = self._centre.again_s
        while True:
            began_s = time.monotonic()
            try:
                await self._connect_and_run(role, store)
            except Exception as error:  # whatever a centre sends, it is not the hub's end
                detail = tls.trouble(error) or str(error)
                self._trouble = f": {detail or type(error).__name__}"
                log.warning("smpp.lost", error=type(error).__name__, detail=detail)
            self._arrivals.session_lost()
            if time.monotonic() - began_s > self._centre.again_s_max:
                again_s = self._centre.again_s
            await asyncio.sleep(again_s)
            again_s = min(self._centre.again_s_max, again_s * 2)

    async def _connect_and_run(self, role: Role, store: Store) -> None:
        centre = self._centre
        async with asyncio.timeout(centre.timeout_s):
            proof = tls.context_of(centre.ca_file) if centre.is_tls else None
            reader, writer = await asyncio.open_connection(centre.host, centre.port, ssl=proof)
        session = Session(
            reader,
            writer,
            lambda pdu: self._arrivals.delivered(pdu, store),
            silence_s=centre.silence_s,
            timeout_s=centre.timeout_s,
            window=centre.window,
        )
        running = asyncio.create_task(session.run())
        try:
            await session.bind(role, centre.system_id, centre.password, centre.system_type)
            log.info("smpp.bound", role=role)
            self._sends_by(session, role)
            await asyncio.wait((running,))  # not the task itself: it has to outlive us, to say good-bye
            running.result()
        except asyncio.CancelledError:
            self._sends_by(None, role)
            await session.unbind()
            raise
        finally:
            self._sends_by(None, role)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def _sends_by(self, session: Session | None, role: Role) -> None:
        if role is not Role.RECEIVER:
            self._session = session


def _refusal(status: int, number: int) -> SendFailed:
    reason = f"part {number} was refused: status 0x{status:08X}"
    if number > 1:
        return SendFailed(reason, retryable=False, in_doubt=True)
    throttled = _PATIENCE_S if status in _THROTTLED else None
    return SendFailed(reason, retryable=status in _PASSING, retry_after_s=throttled)


def _address(number: str) -> PhoneNumber:
    """Return a number as international ISDN, a short code as such, anything else as a name."""
    if number.startswith("+"):
        return PhoneNumber(number[1:], TON.INTERNATIONAL, NPI.ISDN)
    if number.isascii() and number.isdigit():
        return PhoneNumber(number, TON.NETWORK_SPECIFIC, NPI.UNKNOWN)
    return PhoneNumber(number, TON.ALPHANUMERIC if number else TON.UNKNOWN, NPI.UNKNOWN)
