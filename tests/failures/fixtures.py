"""What the call centres of several folders of tests have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cti.softphone import AccountSettings, Softphone
from hub.clock import now_ms
from tests.failures.floor import TRUNK, Floor
from tests.support.ports import free_port

_TRUNK = """
[outside](trunk)
aors = outside

[outside]
type = aor
contact = sip:{host}:{port}
"""
BY_OUTSIDE = {"CALLBACK_ENDPOINT": "PJSIP/{national}@outside", "CALLBACK_CALLER_ID": "0312345678"}
"""Settings of a hub that calls all numbers by the trunk of `outside_trunk`."""


def outside_trunk(host: str, port: int) -> str:
    """Return what stands in `pjsip_trunks.conf` for a trunk to a SIP phone."""
    return _TRUNK.format(host=host, port=port)


@dataclass(frozen=True, slots=True)
class Outside:
    """Somebody outside, to whose phone a trunk of its own leads. `number` is as he is known at home."""

    number: str
    port: int = field(default_factory=free_port)

    @property
    def trunk(self) -> str:
        """What stands in `pjsip_trunks.conf`."""
        return outside_trunk(TRUNK, self.port)

    @property
    def settings(self) -> dict[str, Any]:
        """The hub's: all numbers are called by this trunk."""
        return dict(BY_OUTSIDE)

    async def phone(self, floor: Floor) -> Softphone:
        """Return his phone, which the floor closes when it settles."""
        phone = await floor.engine.account(
            AccountSettings(user=self.number, domain=TRUNK, bound_address=TRUNK, bound_port=self.port)
        )
        floor.callers[self.number] = phone
        return phone


@asynccontextmanager
async def left_clean(floor: Floor) -> AsyncIterator[Floor]:
    """Give the floor to a test. Whatever it does, no call, no contact and no offer may be left after it.

    Nor may the journeys of its calls differ from what Asterisk says of them.
    """
    before, began_ms = len(floor.hub.log()), now_ms()
    try:
        yield floor
        print(await floor.asterisk_s_view())
        await floor.settle()
        await floor.journeys_agree(began_ms)
    finally:
        for line in floor.hub.log()[before:]:
            print(line)  # pytest shows it with a failure
