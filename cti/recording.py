"""Recording a call: what the customer says and what he hears, each in a file of its own."""

import asyncio
from contextlib import suppress

from cti.ari import AriFailure, AriLink
from cti.ari.models import RecordingFinished, RecordingStarted, StasisStart

_STARTING_S = 2.0
_FINISHING_S = 2.0


def sides(name: str) -> tuple[str, str]:
    """Return the names of a recording's files, without `.wav`: the customer's and ours."""
    return f"{name}-customer", f"{name}-agent"


class Recording:
    """A recording of one customer's channel. `customer` and `agent` name its files, below Asterisk's folder.

    The format is WAV, 8 kHz, 16 bit, one channel. Both sides are taken at the customer's channel: whoever
    talks to him, on hold or in a conference, is heard on the agent's side. It lasts as long as the channel;
    `stop` ends it before. A recording that another hub began is the same by its name.
    """

    def __init__(self, link: AriLink, name: str) -> None:
        self._link, self._ari = link, link.ari
        self.customer, self.agent = sides(name)

    async def start(self, channel: str) -> None:
        """Record a channel; raises what ARI raises, then nothing is recorded."""
        try:
            await asyncio.gather(
                self._record(channel, self.customer, "in"), self._record(channel, self.agent, "out")
            )
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the recording and wait until both files are complete; may be called twice, never raises."""
        await asyncio.gather(self._finish(self.customer), self._finish(self.agent))

    async def be_silent(self) -> None:
        """Write silence on both sides from now on, so that they stay in step; raises what ARI raises."""
        await asyncio.gather(*(self._ari.recordings.mute(name) for name in self._sides))

    async def be_heard(self) -> None:
        """End `be_silent`; where it was not, nothing changes."""
        await asyncio.gather(*(self._ari.recordings.unmute(name) for name in self._sides))

    @property
    def _sides(self) -> tuple[str, str]:
        return self.customer, self.agent

    async def _record(self, channel: str, name: str, direction: str) -> None:
        snoop, channels = self._snoop(name), self._ari.channels
        with self._link.watch("channel", snoop) as seen:
            await channels.snoop_channel_with_id(
                channel, snoop, app=self._link.app, app_args="snoop", spy=direction
            )
            await seen.next(StasisStart, timeout_s=_STARTING_S)
        with self._link.watch("recording", name) as seen:
            await channels.record(snoop, name=name, format_="wav", if_exists="overwrite")
            await seen.next(RecordingStarted, timeout_s=_STARTING_S)

    async def _finish(self, name: str) -> None:
        with suppress(AriFailure), self._link.watch("recording", name) as seen:
            await self._ari.recordings.stop(name)
            await seen.next(RecordingFinished, timeout_s=_FINISHING_S)
        with suppress(AriFailure):
            await self._ari.channels.hangup(self._snoop(name))

    def _snoop(self, name: str) -> str:
        return f"{self._link.app}.snoop.{name}"
