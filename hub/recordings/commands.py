"""What agents ask of the recording of their call, as far as its queue allows."""

from acd.policy import RecordPolicy
from cti.errors import CtiError
from hub.board import LiveContact
from hub.desktop.commands import Record
from hub.desktop.protocol import RecordingState
from hub.desktop.refusals import CommandRefused, Refusal
from hub.recordings.live import LiveRecordings

_ALLOWED = {
    RecordPolicy.NEVER: frozenset[str](),
    RecordPolicy.ON_DEMAND: frozenset({"start", "stop", "pause", "resume"}),
    RecordPolicy.ALWAYS: frozenset({"pause", "resume"}),
}
_RUNS = (RecordingState.ON, RecordingState.PAUSED)
_POSSIBLE = {"start": (RecordingState.OFF,), "stop": _RUNS, "pause": _RUNS, "resume": _RUNS}


class RecordCommands:
    """Carries out `Record`."""

    def __init__(self, recordings: LiveRecordings) -> None:
        self._recordings = recordings

    async def carry_out(self, contact: LiveContact, command: Record) -> None:
        """Raises `CommandRefused`; to pause what is paused, or resume what is not, changes nothing."""
        if command.action not in _ALLOWED[self._recordings.policy(contact)]:
            raise CommandRefused(Refusal.NOT_ALLOWED)
        if self._recordings.state(contact.id) not in _POSSIBLE[command.action]:
            raise CommandRefused(Refusal.WRONG_STATE)
        try:
            await self._do(contact, command)
        except CtiError:
            raise CommandRefused(Refusal.UNAVAILABLE) from None

    async def _do(self, contact: LiveContact, command: Record) -> None:
        match command.action:
            case "start":
                if not await self._recordings.start(contact.id):
                    raise CommandRefused(Refusal.UNAVAILABLE)
            case "stop":
                await self._recordings.stop(contact.id)
            case "pause":
                await self._recordings.pause(contact.id)
            case "resume":
                await self._recordings.resume(contact.id)
