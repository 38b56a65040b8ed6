"""Telling customers who chat where they stand: place in line, predicted wait, that somebody is there."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

import structlog

from acd.contact import Channel, ContactState
from acd.core.explain import explain
from acd.core.state import RoutingState
from acd.errors import AcdUnavailable
from acd.ids import ContactId
from acd.router import Snapshot
from gateways.chat.frames import Standing
from hub.board import Board
from hub.chat.rooms import Room, Rooms
from hub.errors import DatabaseUnavailable

log = structlog.get_logger()

_TICK_S = 1.0
LOOK_TICKS = 3
"""How often is looked up what the board does not say: places in line, contacts of other hubs."""
_ROUND_S = 60
_NONE, _ENDED, _OPEN = Standing(state="none"), Standing(state="ended"), Standing(state="open")
_CONNECTED, _WAITING = Standing(state="connected"), Standing(state="waiting")

OpenContacts = Callable[[Collection[str]], Awaitable[Mapping[str, ContactId]]]
"""Returns the open chat contacts of addresses; raises `DatabaseUnavailable`."""


class Standings:
    """Looks each second where the contacts of the connected sessions stand. `run` is the service."""

    def __init__(
        self,
        rooms: Rooms,
        board: Board,
        snapshot: Callable[[], Awaitable[Snapshot]],
        open_contacts: OpenContacts,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rooms, self._board, self._snapshot = rooms, board, snapshot
        self._open_contacts, self._sleep, self._ticks = open_contacts, sleep, 0

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            await self._sleep(_TICK_S)
            try:
                await self.look()
            except (AcdUnavailable, DatabaseUnavailable):
                pass  # nobody knows where they stand
            except Exception:
                log.exception("standings.failed")

    async def look(self) -> None:
        """Tell every session of which something is new; raises `AcdUnavailable`, `DatabaseUnavailable`."""
        if not self._board.loaded.is_set():
            return
        waiting, elsewhere = self._tell_of_board()
        is_time, self._ticks = self._ticks % LOOK_TICKS == 0, self._ticks + 1
        if elsewhere and is_time:
            waiting += await self._find(elsewhere)
        if waiting and (is_time or any(map(_is_untold, waiting))):
            state = (await self._snapshot()).state
            for room in waiting:
                _tell_place(room, state)

    def _tell_of_board(self) -> tuple[list[Room], dict[str, Room]]:
        """Tell what the board says; return who waits, and of whom the board knows nothing."""
        waiting: list[Room] = []
        elsewhere: dict[str, Room] = {}
        for session, room in self._rooms.all.items():
            thread = self._board.thread(Channel.CHAT, session)
            if thread is None:
                if room.contact or room.asks:
                    elsewhere[session] = room
                continue
            room.contact, room.asks = thread.id, 0
            if thread.state in (ContactState.WAITING, ContactState.OFFERED):
                waiting.append(room)
            else:
                _tell(room, _beyond(thread.state))
        return waiting, elsewhere

    async def _find(self, elsewhere: Mapping[str, Room]) -> list[Room]:
        """Find the contacts that another hub has, or a bot; return them. Those that are over are told so."""
        found = await self._open_contacts(list(elsewhere))
        for session, room in elsewhere.items():
            room.contact = found.get(session)
            room.asks = max(0, room.asks - 1)
            if room.contact is None and not room.asks:
                _tell(room, _ENDED)
        return [room for room in elsewhere.values() if room.contact is not None]


def _is_untold(room: Room) -> bool:
    return room.standing is None or room.standing.state not in ("waiting", "open")


def _tell(room: Room, standing: Standing) -> None:
    if standing is _ENDED and (room.standing is None or room.standing.state == "none"):
        standing = _NONE  # it never stood anywhere, as far as this hub knows
    if standing != room.standing:
        room.standing = standing
        room.put(standing)


def _tell_place(room: Room, state: RoutingState) -> None:
    record = state.contacts.get(room.contact) if room.contact is not None else None
    if record is None:
        if not room.asks:  # open, but with nobody: a bot's, or of the next morning
            _tell(room, _OPEN)
    elif not record.is_queued:
        _tell(room, _beyond(record.state))
    elif not record.is_in_line:
        _tell(room, _WAITING)
    else:
        found = explain(state, record)
        _tell(room, Standing(state="waiting", position=found.position, wait_s=_rounded(found.wait_ms)))


def _beyond(state: ContactState) -> Standing:
    return _CONNECTED if state is ContactState.CONNECTED else _ENDED


def _rounded(wait_ms: int | None) -> int | None:
    """Return seconds in whole minutes, so that a prediction does not flicker; at least one."""
    return None if wait_ms is None else max(1, round(wait_ms / 1000 / _ROUND_S)) * _ROUND_S
