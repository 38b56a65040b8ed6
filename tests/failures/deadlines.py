"""Until when Asterisk keeps callers whose hub no longer puts that off (`cti.way_out`)."""

from tests.failures.crowd import Crowd
from tests.failures.floor import Floor, until


async def deadlines(place: Floor | Crowd) -> dict[str, int]:
    """Return until when (Unix time, seconds) each caller is to stay, by the channel's id; 0: for ever."""
    found: dict[str, int] = {}
    for line in await place.channels():
        if (name := line.split("!")[0]).startswith("PJSIP/carrier"):
            shown = await place.node.cli(f"core show channel {name}")
            (until_s,) = (each for each in shown.splitlines() if "Time to Hangup" in each)
            found[line.split("!")[-1]] = int(until_s.split(":")[1])
    return found


async def put_off(place: Floor | Crowd, calls: int) -> None:
    """Wait until the hub has put off so many calls' ends once more."""
    before = await deadlines(place)

    async def are_later() -> bool:
        now = await deadlines(place)
        return sum(until_s > before.get(id_, 0) for id_, until_s in now.items()) >= calls

    await until(are_later)
