"""Keeping router and app_queue to the members that were added to queues. `run` is the service."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from acd.policy import RoutingSettings
from cti.ami import AmiError, AmiLink
from cti.ami_connection import Headers
from cti.ami_events import AmiEvent, DeviceState
from hub.errors import DatabaseUnavailable
from hub.members import DynamicMembers, MemberStore, merged

log = structlog.get_logger()

_TECHNOLOGY = "PJSIP/"
_Key = tuple[str, str]
"""A queue and a member's interface."""


class MemberRoll:
    """Looks at the members every `poll_s` seconds, since any program may change them.

    A change goes to `go_by`, which tells the router. app_queue is told whenever it may not know: after
    a change, and when the link to AMI stands anew (`cti.ami.AmiListener`). What was added there by
    somebody else to a queue of the files, as `PJSIP/…`, is taken out: both have the same members.
    """

    def __init__(
        self,
        store: MemberStore,
        ami: AmiLink,
        files: Callable[[], RoutingSettings],
        go_by: Callable[[DynamicMembers], None],
        *,
        poll_s: float = 2.0,
    ) -> None:
        self._store, self._ami, self._files, self._go_by = store, ami, files, go_by
        self._poll_s = poll_s
        self._added: DynamicMembers | None = None
        self._wanted: dict[_Key, int] | None = None
        self._stirred = asyncio.Event()

    def stir(self) -> None:
        """Look at once."""
        self._stirred.set()

    def tell_anew(self) -> None:
        """Look at once what app_queue has, whatever it was told."""
        self._wanted = None
        self._stirred.set()

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        self.tell_anew()

    def received(self, event: AmiEvent) -> None:
        pass

    def unlinked(self) -> None:
        pass

    async def run(self) -> None:
        while True:
            self._stirred.clear()
            try:
                await self.refresh()
            except Exception:
                log.exception("members.failed")
            try:
                async with asyncio.timeout(self._poll_s):
                    await self._stirred.wait()
            except TimeoutError:
                pass

    async def refresh(self) -> None:
        """Look at the members and tell whoever does not know them; what fails is tried at the next look."""
        try:
            added = await self._store.all()
        except (DatabaseUnavailable, TimeoutError):
            return  # readiness says so
        if added != self._added:
            self._added = added
            self._go_by(added)
            log.info("members.changed", queues=len(added), members=sum(map(len, added.values())))
        if self._ami.is_up:
            await self._tell_app_queue(added)

    async def _tell_app_queue(self, added: DynamicMembers) -> None:
        files = self._files()
        wanted = _wanted(files, added)
        if wanted == self._wanted:
            return
        try:
            there = _dynamic(await self._ami.request("QueueStatus"), files)
            for key in there.keys() - wanted.keys():
                await self._ami.request("QueueRemove", _fields(key))
            for key, penalty in wanted.items():
                if key not in there:
                    await self._ami.request("QueueAdd", _addition(key, penalty))
                elif there[key] != penalty:
                    await self._ami.request("QueuePenalty", _fields(key) | {"Penalty": str(penalty)})
        except AmiError as error:
            log.warning("members.app_queue_not_told", reason=str(error))
        else:
            self._wanted = wanted


def _wanted(files: RoutingSettings, added: DynamicMembers) -> dict[_Key, int]:
    """Return whom app_queue is to have beside its own files' members, with the penalty."""
    both = merged(files, added)
    return {
        (name, _TECHNOLOGY + member.agent): member.penalty
        for name, queue in both.queues.items()
        for member in queue.members[len(files.queues[name].members) :]
    }


def _dynamic(status: Sequence[Headers], files: RoutingSettings) -> dict[_Key, int]:
    """Read who was added to app_queue from the answer to `QueueStatus`."""
    return {
        (each["queue"], each["location"]): int(each["penalty"])
        for each in status
        if each.get("event") == "QueueMember"
        and each.get("membership") == "dynamic"
        and each["location"].startswith(_TECHNOLOGY)
        and each["queue"] in files.queues
    }


def _fields(key: _Key) -> dict[str, str]:
    return {"Queue": key[0], "Interface": key[1]}


def _addition(key: _Key, penalty: int) -> dict[str, str]:
    name = key[1].removeprefix(_TECHNOLOGY)
    return _fields(key) | {"Penalty": str(penalty), "MemberName": name, "StateInterface": key[1]}
