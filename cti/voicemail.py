"""Taking a message: what a caller says, on a file."""

from cti.ari import AriLink
from cti.ari.models import Event, RecordingFailed, RecordingFinished

_FINISHING_S = 10.0
_MAX_S = 120
_SILENCE_S = 5


async def take_message(link: AriLink, channel: str, name: str) -> int:
    """Record a channel; returns how many seconds were spoken, 0 for no message.

    The file is `name` below Asterisk's recording folder (WAV, 8 kHz, 16 bit, one channel). It ends after
    120 s, 5 s of silence, `#`, or with the call: the message counts then too. Raises what ARI raises when
    it cannot begin, and `AriUnavailable` once the link is lost: Asterisk records on then. (Asterisk's own
    tone before it needs a sound file that not every Asterisk has.)
    """
    with link.watch("recording", name) as seen:
        await link.ari.channels.record(
            channel,
            name=name,
            format_="wav",
            max_duration_seconds=_MAX_S,
            max_silence_seconds=_SILENCE_S,
            if_exists="overwrite",
            terminate_on="#",
        )
        while True:
            event = await seen.next(Event, timeout_s=_MAX_S + _FINISHING_S)
            if isinstance(event, RecordingFinished):
                recording = event.recording
                spoken_s = recording.talking_duration
                return (recording.duration or 0) if spoken_s is None else spoken_s
            if isinstance(event, RecordingFailed):
                return 0
