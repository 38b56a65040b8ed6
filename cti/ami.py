"""The lasting link to one Asterisk's AMI: device states, contacts, queues during fallback, reloads."""

import asyncio
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from cti.ami_connection import AmiConnection, AmiSettings, Headers
from cti.ami_errors import AmiError, AmiLoginRefused, AmiRefused, AmiUnavailable
from cti.ami_events import AmiEvent, DeviceState, DeviceStateChanged, parse_event

__all__ = [
    "AmiError",
    "AmiLink",
    "AmiListener",
    "AmiLoginRefused",
    "AmiRefused",
    "AmiSettings",
    "AmiTimes",
    "AmiUnavailable",
]

log = structlog.get_logger(__name__)

_EARLY_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiTimes:
    """All in seconds. A dead link is found `heartbeat_s + request_timeout_s` after its last answer.

    `steady_s` is how long a connection must have held for the next back-off to begin anew.
    """

    request_timeout_s: float = 4.0
    heartbeat_s: float = 4.0
    backoff_min_s: float = 0.1
    backoff_max_s: float = 5.0
    steady_s: float = 5.0


class AmiListener(Protocol):
    """Who is told, in this order: `linked`, then every event since, then `unlinked`; and again.

    Called where the socket is read: return at once, and do what takes time in tasks.
    """

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        """A connection stands; `states` by device. Changes that they already show may still follow."""

    def received(self, event: AmiEvent) -> None:
        """Something happened."""

    def unlinked(self) -> None:
        """The connection is lost; what happens until the next `linked` is never told."""


class AmiLink:
    """A link that is made anew after each loss.

    link = AmiLink(AmiSettings(node="pbx1", host="127.0.0.1", port=5038, user="hub", password=...))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run(listener))
        await link.up(timeout_s=5)
        await link.reload("res_pjsip.so")
        await link.close()
    """

    def __init__(
        self, settings: AmiSettings, *, times: AmiTimes | None = None, chance: random.Random | None = None
    ) -> None:
        self.node = settings.node
        self._settings, self._times = settings, times or AmiTimes()
        self._chance = chance or random.Random()  # noqa: S311 - spreads retries, keeps no secret
        self._connection: AmiConnection | None = None
        self._refusal: AmiLoginRefused | None = None
        self._settled, self._closing = asyncio.Event(), asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether the link stands now."""
        return self._connection is not None

    async def up(self, timeout_s: float) -> None:
        """Wait until the link stands; raises `AmiLoginRefused` at once, `AmiUnavailable` in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._settled.wait()
        except TimeoutError:
            raise AmiUnavailable(f"no link to {self.node} within {timeout_s:g} s") from None
        if self._refusal is not None:
            raise self._refusal.with_traceback(None)

    async def run(self, listener: AmiListener) -> None:
        """Keep the link until `close`: the service. A refused login is tried again: it may be mended."""
        delays = self._delays()
        clock = asyncio.get_running_loop().time
        while not self._closing.is_set():
            began = clock()
            try:
                await self._live(listener)
            except AmiLoginRefused as error:
                self._refusal = error
                self._settled.set()
                log.error("ami.login_refused", node=self.node, reason=str(error))
            except AmiError as error:
                if not self._closing.is_set():
                    log.warning("ami.link_down", node=self.node, reason=str(error))
            if clock() - began > self._times.steady_s:
                delays = self._delays()
            await self._pause(next(delays))

    async def close(self) -> None:
        """End `run`; may be called twice."""
        self._closing.set()
        if self._connection is not None:
            self._connection.close()

    async def reload(self, module: str) -> None:
        """Let a module (`res_pjsip.so`) read its configuration again."""
        await self.request("Reload", {"Module": module})

    async def command(self, line: str) -> str:
        """Run a console command and return what it printed; raises `AmiRefused` if there is none such."""
        answer = await self.request("Command", {"Command": line})
        return answer[0].get("output", "")

    async def device_states(self) -> dict[str, DeviceState]:
        """Return the state of every device that Asterisk keeps one for (`PJSIP/sato`)."""
        return _states(await self.request("DeviceStateList"))

    async def request(self, action: str, fields: Headers | None = None) -> list[Headers]:
        """Carry out any action of AMI (see `AmiConnection.request`)."""
        if self._connection is None:
            raise AmiUnavailable(f"no link to {self.node}")
        return await self._connection.request(action, fields)

    async def _live(self, listener: AmiListener) -> None:
        """Live through one connection; raises `AmiError` at its end."""
        early = _Early()
        connection = await AmiConnection.open(self._settings, early, timeout_s=self._times.request_timeout_s)
        try:
            states = _states(await connection.request("DeviceStateList"))
            if self._closing.is_set():
                return
            # No await from here to the end of the block: nothing can come between.
            connection.on_event = lambda headers: self._hand_over(listener, headers)
            self._connection, self._refusal = connection, None
            listener.linked(states)
            self._settled.set()
            log.info("ami.link_up", node=self.node, devices=len(states))
            for headers in early.events:
                self._hand_over(listener, headers)
            await self._watch_pulse(connection)
        finally:
            connection.close()
            if self.is_up:
                self._connection = None
                self._settled.clear()
                listener.unlinked()

    async def _watch_pulse(self, connection: AmiConnection) -> None:
        """Ask for a sign of life again and again; raises `AmiUnavailable` when the link is lost."""
        while True:
            try:
                async with asyncio.timeout(self._times.heartbeat_s):
                    await connection.lost.wait()
                raise AmiUnavailable("the link was lost")
            except TimeoutError:
                await connection.request("Ping")

    def _hand_over(self, listener: AmiListener, headers: Headers) -> None:
        try:
            if (event := parse_event(headers)) is not None:
                listener.received(event)
        except (KeyError, ValueError):
            log.error("ami.event_unreadable", node=self.node, name=headers["event"], headers=sorted(headers))
        except Exception:
            log.exception("ami.listener_failed", node=self.node, name=headers["event"])

    def _delays(self) -> Iterator[float]:
        ceiling = self._times.backoff_min_s
        while True:
            yield self._chance.uniform(self._times.backoff_min_s, ceiling)
            ceiling = min(2 * ceiling, self._times.backoff_max_s)

    async def _pause(self, delay_s: float) -> None:
        try:
            async with asyncio.timeout(delay_s):
                await self._closing.wait()
        except TimeoutError:
            pass


class _Early:
    """Keeps the events that come before the device states are complete."""

    def __init__(self) -> None:
        self.events: list[Headers] = []

    def __call__(self, headers: Headers) -> None:
        if len(self.events) < _EARLY_MAX:
            self.events.append(headers)
        else:
            raise AmiUnavailable(f"over {_EARLY_MAX} events before the device states were complete")


def _states(answer: list[Headers]) -> dict[str, DeviceState]:
    return {
        event.device: event.state
        for headers in answer
        if headers.get("event") == "DeviceStateChange"
        and isinstance(event := parse_event(headers), DeviceStateChanged)
    }
