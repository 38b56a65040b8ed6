"""Who calls, as carriers say it, through Asterisk to the hub and to the agent's phone."""

import pytest

from cti.softphone import CallState
from tests.failures.floor import TRUNK, Floor
from tests.sip.conftest import STRAIGHT
from tests.support.sip_wire import sip_wire, status_of

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

ASSERTED = 'P-Asserted-Identity: "Suzuki" <sip:+819012345678@carrier.example>'
SHOWN, HIDDEN = "+819012345678", None


@pytest.mark.parametrize(
    ("sender", "headers", "address", "phone"),
    [
        ('"佐藤 花子" <sip:09011112222@x>', (), "+819011112222", ("佐藤 花子", "09011112222")),
        ('"=?UTF-8?B?5L2Q6Jek?=" <sip:09011112222@x>', (), "+819011112222", ("佐藤", "09011112222")),
        ("<tel:+819011112222>", (), "+819011112222", ("", "+819011112222")),
        ("<sip:+81-90-1111-2222@x;user=phone>", (), "+819011112222", ("", "+819011112222")),
        ('"A" <sip:0311112222@x>', (ASSERTED,), SHOWN, ("Suzuki", "+819012345678")),
        ('"A" <sip:0311112222@x>', (ASSERTED, "Privacy: none"), SHOWN, ("Suzuki", "+819012345678")),
        ('"A" <sip:0311112222@x>', (ASSERTED, "Privacy: id"), HIDDEN, ("", "anonymous")),
        ('"A" <sip:0311112222@x>', (ASSERTED, "Privacy: header"), HIDDEN, ("", "anonymous")),
        ('"A" <sip:0311112222@x>', ("Privacy: user",), HIDDEN, ("", "anonymous")),
        ('"A" <sip:0311112222@x>', ("Privacy: user;id",), HIDDEN, ("", "anonymous")),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', (), HIDDEN, ("", "anonymous")),
        ("<sip:P@x>", (), HIDDEN, ("", "anonymous")),
    ],
)
async def test_what_hub_and_agent_see(
    floor: Floor, sender: str, headers: tuple[str, ...], address: str | None, phone: tuple[str, str]
) -> None:
    await floor.sato.available()
    seen = len(floor.sato.desktop.events)
    async with sip_wire((floor.node.sip_host, floor.node.sip_port), TRUNK) as wire:
        wire.send(wire.invite(STRAIGHT, *headers, sender=sender))
        try:
            pop = await floor.sato.desktop.wait("screen_pop", after=seen)
            call = await floor.sato.rings()
            assert pop["address"] == address
            name = "" if call.remote.name == "Anonymous" else call.remote.name  # Asterisk's own word
            assert (name, call.remote.user) == phone
        finally:
            while status_of(taken := await wire.answered()) < 200:
                pass
            wire.send(wire.bye(taken))
        await call.wait(CallState.ENDED, 20)
