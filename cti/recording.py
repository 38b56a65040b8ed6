"""Recording a connected call: what each side says, in a file of its own."""

import asyncio
from contextlib import suppress

from cti.ari import AriFailure, AriLink
from cti.ari.models import RecordingFinished, StasisStart

_STARTING_S = 2.0
_FINISHING_S = 2.0


class Recording:
    """A recording that runs. `customer` and `agent` name its files, below Asterisk's recording folder.

    The format is WAV, 8 kHz, 16 bit, one channel. It ends with the call; `stop` ends it before.
    """

    def __init__(self, link: AriLink, name: str) -> None:
        self._link = link
        self.customer, self.agent = f"{name}-customer", f"{name}-agent"

    async def start(self, customer: str, agent: str) -> None:
        """Record two channels, given by their ids; raises what ARI raises, then nothing is recorded."""
        try:
            await asyncio.gather(self._record(customer, self.customer), self._record(agent, self.agent))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the recording and wait until both files are complete; may be called twice, never raises."""
        await asyncio.gather(self._finish(self.customer), self._finish(self.agent))

    async def _record(self, channel: str, name: str) -> None:
        """Listen in on what comes from a channel; it does not end its talking in a bridge."""
        snoop, channels = self._snoop(name), self._link.ari.channels
        with self._link.watch("channel", snoop) as seen:
            await channels.snoop_channel_with_id(
                channel, snoop, app=self._link.app, app_args="snoop", spy="in"
            )
            await seen.next(StasisStart, timeout_s=_STARTING_S)
        await channels.record(snoop, name=name, format_="wav", if_exists="overwrite")

    async def _finish(self, name: str) -> None:
        with suppress(AriFailure), self._link.watch("recording", name) as seen:
            await self._link.ari.recordings.stop(name)
            await seen.next(RecordingFinished, timeout_s=_FINISHING_S)
        with suppress(AriFailure):
            await self._link.ari.channels.hangup(self._snoop(name))

    def _snoop(self, name: str) -> str:
        return f"{self._link.app}.snoop.{name}"
