"""Talks of several for tests of call control: who they are, and who hears whom."""

import asyncio
import itertools
from dataclasses import dataclass, field

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.incoming import IncomingCall
from tests.cti.far_end import PHONE, FarEnd, Party
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode
from tests.support.tones import read_wav, tone_share

OWN, SECOND, THIRD = "o1", "o2", "o3"
_HZ = 1500
_names = itertools.count()


@dataclass(slots=True)
class Talk:
    """A customer and the phones rung for his call, by the `ref` of their legs."""

    control: CallControl
    far: FarEnd
    heard: Heard
    asterisk: AsteriskNode
    customer: Party
    call: IncomingCall
    phones: dict[str, Party] = field(default_factory=dict)

    @property
    def key(self) -> ChannelKey:
        return self.call.key

    async def answers(self, ref: str, label: str = "") -> Party:
        """Ring a phone for the call and have it answered."""
        await self.control.ring(ref, self.key, PHONE, caller_id="1", timeout_s=20, label=label)
        phone = self.phones[ref] = await self.far.rung()
        await phone.answer()
        await self.heard.until("leg_answered", ref)
        return phone

    async def is_heard(self, speaker: Party, listener: Party) -> bool:
        """Whether one hears another, and hears him clearly: not through music."""
        name = f"talk-{next(_names)}"
        await speaker.speak(_HZ)
        async with listener.listening(name):
            await asyncio.sleep(0.5)
        await speaker.be_silent()
        recorded = self.asterisk.state / "spool/recording" / f"{name}.wav"
        return tone_share(recorded, _HZ, skip_s=0.2) > 0.5

    async def is_entertained(self, listener: Party) -> bool:
        """Whether one hears music while nobody speaks."""
        name = f"talk-{next(_names)}"
        async with listener.listening(name):
            await asyncio.sleep(0.5)
        _, heard = read_wav(self.asterisk.state / "spool/recording" / f"{name}.wav")
        return bool((heard**2).mean() > 1e-6)

    async def pairs(self) -> set[tuple[str, str]]:
        """Return who hears each other, by `ref`; the customer is `c`. It is looked at in both directions."""
        people = {"c": self.customer, **self.phones}
        found = set()
        for one, other in itertools.combinations(sorted(people), 2):
            there = await self.is_heard(people[one], people[other])
            back = await self.is_heard(people[other], people[one])
            assert there == back, f"{one} and {other} hear each other one way"
            if there:
                found.add((one, other))
        return found


async def talk(control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode) -> Talk:
    """Connect a customer with the leg `OWN`."""
    customer = await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    talk = Talk(control, far, heard, asterisk, customer, call)
    await talk.answers(OWN)
    await control.connect(call.key, OWN)
    return talk
