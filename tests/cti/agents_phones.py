"""Real phones of a caller and of agents who talk to him one after the other.

Each phone numbers its packets from a number of its own, as chance will have it above or below those of the
phone before.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.listener import GoneCause
from cti.softphone import AccountSettings, CallState, MediaState, PhoneCall, Softphone, SoftphoneEngine
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode

_TRUNK = "127.0.0.2"


@asynccontextmanager
async def agents_phones(
    asterisk: AsteriskNode, names: Iterable[str]
) -> AsyncIterator[tuple[Softphone, dict[str, Softphone]]]:
    """Open a caller's phone and those of agents, which are registered."""
    registrar = f"sip:{asterisk.sip_host}:{asterisk.sip_port}"
    async with SoftphoneEngine() as engine:
        phones = {}
        for name in names:
            settings = AccountSettings(
                user=name,
                domain=asterisk.sip_host,
                password=asterisk.passwords[name],
                registrar=registrar,
            )
            phones[name] = await engine.account(settings)
            await phones[name].registered()
        caller = AccountSettings(user="0611112222", domain=_TRUNK, bound_address=_TRUNK)
        yield await engine.account(caller), phones


async def talks(
    control: CallControl, heard: Heard, phone: Softphone, name: str, key: ChannelKey, ref: str
) -> PhoneCall:
    """Let an agent's phone be answered and talk to the customer."""
    await control.ring(ref, key, f"PJSIP/{name}", caller_id="1", timeout_s=10)
    call = await phone.next_call(10)
    await call.answer()
    await heard.until("leg_answered", ref)
    await control.connect(key, ref)
    await call.wait_media(MediaState.ACTIVE, 10)
    return call


async def hangs_up(heard: Heard, call: PhoneCall, ref: str) -> None:
    """Let an agent leave the customer, who stays."""
    await call.hang_up()
    await call.wait(CallState.ENDED, 10)
    await heard.until("leg_gone", ref, GoneCause.HUNG_UP)
