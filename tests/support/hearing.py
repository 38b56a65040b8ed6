"""What a phone hears: taken in windows until it is right, since a new way takes a moment to be heard on."""

import asyncio
from pathlib import Path

from cti.softphone import PhoneCall
from tests.support.tones import tone_share

_LOOKS = 6


async def record(call: PhoneCall, wav: Path, seconds: float) -> Path:
    """Write down what a phone hears for so long; returns the file."""
    await call.record(wav)
    await asyncio.sleep(seconds)
    await call.record(None)
    return wav


async def comes_to_hear(
    call: PhoneCall, hz: float, wav: Path, *, share: float = 0.8, seconds: float = 1.0
) -> None:
    """Wait until a tone has more than that share of what a phone hears in so many seconds."""
    shares = [tone_share(await record(call, wav, seconds), hz)]
    while shares[-1] <= share and len(shares) < _LOOKS:
        shares.append(tone_share(await record(call, wav, seconds), hz))
    assert shares[-1] > share, shares
