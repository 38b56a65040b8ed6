"""Who fails at Asterisk's SIP again and again is kept out for a while."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Protocol

import structlog

from cti.ami import AmiError, AmiLink
from cti.ami_events import AccessRefused, AmiEvent, DeviceState
from hub.blocked_store import Block, BlockedStore, network_of
from hub.clock import now_ms
from hub.errors import DatabaseUnavailable
from hub.services.blocked_conf import render_blocked
from hub.services.render import write_private

log = structlog.get_logger()

_MODULE = "acl"
_HUB_S_OWN = frozenset({"WS", "WSS"})
"""Browsers come through the hub: the address that Asterisk sees is ours."""
_ADDRESSES_MAX = 10_000
_BLOCKS_MAX = 2_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingRules:
    """`failures` within `within_s` seconds block an address for `block_s`, then twice as long, to a day.

    `never` are networks (or addresses) that are not blocked.
    """

    failures: int = 10
    within_s: int = 60
    block_s: int = 600
    never: tuple[str, ...] = ("127.0.0.1", "::1")


class Known(Protocol):
    """Whom the guard leaves alone (`hub.contact_status.ContactStatuses` serves)."""

    @property
    def trunk_addresses(self) -> tuple[str, ...]: ...

    def phones_at(self, address: str) -> bool:
        """Whether a phone that answers is registered from an address."""


@dataclass(slots=True)
class Failures:
    """Refused requests by address. At most so many addresses are remembered, the quietest goes first."""

    rules: BlockingRules
    _times: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _sessions: dict[str, str] = field(default_factory=dict)

    def note(self, event: AccessRefused, address: str, at_s: float) -> bool:
        """Count a refusal; whether its address failed too often. A request that is told twice counts once."""
        if event.session and self._sessions.get(address) == event.session:
            return False
        self._sessions[address] = event.session
        times = self._times.setdefault(address, deque(maxlen=self.rules.failures))
        self._times.move_to_end(address)
        times.append(at_s)
        while len(self._times) > _ADDRESSES_MAX:
            self.forget(next(iter(self._times)))
        return len(times) == self.rules.failures and times[0] >= at_s - self.rules.within_s

    def forget(self, address: str) -> None:
        self._times.pop(address, None)
        self._sessions.pop(address, None)


class BlockedAddresses:
    """Hears who is refused (`cti.ami.AmiListener`), keeps Asterisk's list as it must be. `run`: the service.

    Trunks, the networks of the rules, and addresses from which a phone of ours is registered are never
    blocked: an office must not be locked out by one phone with an old password, nor by a forged sender.
    While the database is away blocks hold here and are written later. Anybody may change the list in the
    database: a look every `poll_s` seconds finds it.
    """

    def __init__(
        self,
        store: BlockedStore,
        ami: AmiLink,
        file: Path,
        known: Known,
        rules: BlockingRules,
        *,
        poll_s: float = 1.0,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._store, self._ami, self._file, self._known = store, ami, file, known
        self._rules, self._poll_s, self._clock_ms = rules, poll_s, clock_ms
        self._never = [ip_network(each, strict=False) for each in rules.never]
        self._failures = Failures(rules)
        self._remembered: dict[str, Block] = {}
        self._unsaved: dict[str, Block] = {}
        self._stirred = asyncio.Event()
        self.refusals: Counter[str] = Counter()
        self.blocks = 0

    # --- AMI: see AmiListener ------------------------------------------------------------------

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        pass

    def received(self, event: AmiEvent) -> None:
        if not isinstance(event, AccessRefused):
            return
        self.refusals[event.reason] += 1
        if event.transport in _HUB_S_OWN:
            return
        address = str(network_of(event.address).network_address)
        if not self._failures.note(event, address, self._clock_ms() / 1000) or address in self._unsaved:
            return
        if self._is_spared(event.address):
            log.warning("blocked.spared", reason=event.reason)
            self._failures.forget(address)
        else:
            self._block(address, event.reason)

    def unlinked(self) -> None:
        pass

    def _is_spared(self, text: str) -> bool:
        address = ip_address(text)
        if any(address in network for network in self._never) or self._known.phones_at(text):
            return True
        for each in self._known.trunk_addresses:
            with suppress(ValueError):  # a name
                if address in ip_network(each, strict=False):
                    return True
        return False

    def _block(self, address: str, reason: str) -> None:
        at_ms, before = self._clock_ms(), self._remembered.get(address)
        if before is not None and before.until_ms > at_ms:
            return
        times = before.times + 1 if before is not None and before.until_ms > at_ms - _DAY_MS else 1
        lasts_ms = min(self._rules.block_s * 1000 * 2 ** min(times - 1, 20), _DAY_MS)
        self._unsaved[address] = Block(address, at_ms, at_ms + lasts_ms, times, reason)
        self._failures.forget(address)
        self.blocks += 1
        log.warning("blocked.address", reason=reason, times=times, seconds=lasts_ms // 1000)
        self._stirred.set()

    # --- the service ---------------------------------------------------------------------------

    @property
    def active(self) -> list[Block]:
        """Return who is blocked now."""
        at_ms = self._clock_ms()
        return [block for block in {**self._remembered, **self._unsaved}.values() if block.until_ms > at_ms]

    async def run(self) -> None:
        """Keep Asterisk's list as it is to be; until cancelled."""
        is_loaded = False
        while True:
            self._stirred.clear()
            try:
                if is_loaded:
                    await self._apply()  # at once: the database may take its time
                await self._share()
                await self._apply()
                is_loaded = True
            except (AmiError, OSError) as error:
                log.warning("blocked.not_applied", reason=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._stirred.wait()

    async def _share(self) -> None:
        """Write what is new and read what others wrote."""
        try:
            for address, block in list(self._unsaved.items()):
                await self._store.put(block)
                self._remembered[address] = self._unsaved.pop(address)
            found = await self._store.all()
            for block in found:
                if block.until_ms < self._clock_ms() - _DAY_MS:
                    await self._store.forget(block.address)
        except DatabaseUnavailable:
            return  # readiness says so
        self._remembered = {block.address: block for block in found}

    async def _apply(self) -> bool:
        """Have Asterisk go by the list if it differs from what it goes by; whether it did."""
        latest = sorted(self.active, key=lambda block: block.since_ms)[-_BLOCKS_MAX:]
        text = render_blocked(str(network_of(block.address)) for block in latest)
        before = self._file.read_text(encoding="utf-8") if self._file.exists() else ""
        if text == before or not self._ami.is_up:
            return False
        write_private(self._file, text)
        try:
            await self._ami.reload(_MODULE)
        except BaseException:
            write_private(self._file, before)  # so that the next look tries again
            raise
        return True
