"""A talk while the phone of an agent who is in it has vanished, and when it is back: in the call's turn."""

from contextlib import suppress

from acd.ids import OfferId
from cti.errors import CtiError
from hub.call import LOST, Call
from hub.desktop.protocol import PartyState
from hub.parties import Party
from hub.talks import Talks


class InterruptedTalks:
    """What the others hear meanwhile, and how who comes back gets in again."""

    def __init__(self, talks: Talks) -> None:
        self._talks = talks

    async def without_agent(self, call: Call) -> None:
        """The agent's phone vanished: others talk on with the customer; who is alone hears music.

        Who is only rung is let go: there would be nobody to talk to.
        """
        talks = self._talks
        for party in [each for each in call.parties if not each.is_there and not each.is_lost]:
            await talks.remove(call, party)
        if call.parties:
            talks.held(call)
        with suppress(CtiError):
            await talks.control.keep_waiting(call.key, talks.music(call))
        if call.parties:
            await talks.show(call)

    async def returned(self, call: Call, ref: OfferId) -> None:
        """Let an agent whose phone vanished be in his call again, by an answered leg; who waits, waits on.

        Raises `CallGone`, `LegGone`, `NodeUnavailable`: the call is as it was then.
        """
        call.leg = ref  # from here on the end of the leg is that of the call
        try:
            await self._talks.control.hand_over(call.key, ref)
        except CtiError:
            call.leg = LOST
            raise
        call.contact.held = call.contact.muted = False
        await self._talks.show(call)

    async def complete(self, call: Call) -> bool:
        """Let the call go on without its agent; False if nobody is there to go on with."""
        return await self._talks.complete(call)

    async def without_party(self, call: Call, party: Party) -> None:
        """The phone of an agent who was brought in vanished: who is alone without him hears music."""
        talks, control = self._talks, self._talks.control
        party.was, party.state, party.ref = party.state, PartyState.RINGING, ""
        with suppress(CtiError):
            if not call.has_leg:
                await control.keep_waiting(call.key, talks.music(call))
            elif party.was is PartyState.TALKING and call.leg is not None:
                await control.wait_apart(call.key, call.leg, talks.music(call))
            elif any(each.is_apart for each in call.parties):
                await talks.stay_apart(call)
        await talks.show(call)

    async def party_returned(self, call: Call, party: Party) -> bool:
        """Let an agent who was brought in be there again, by his leg that was answered; whether he is.

        Raises `CallGone`, `LegGone`, `NodeUnavailable`.
        """
        assert party.was is not None, "his phone vanished"
        talks, control = self._talks, self._talks.control
        party.state, party.was = party.was, None
        if (own := talks.own(party)) is not None:
            own.muted = False
        if party.state is PartyState.TALKING and call.has_leg:
            is_back = await talks.consult(call, party)
            if not is_back:
                await talks.over(party)
            return is_back
        if party.state is PartyState.JOINED:
            await control.enter(call.key, party.ref)
            call.contact.held = False
        else:
            party.state = PartyState.HELD
            await control.wait_apart(call.key, party.ref, talks.music(call))
        await talks.show(call)
        return True

    async def gave_up(self, call: Call, party: Party) -> None:
        """An agent who was brought in does not come back."""
        if party in call.parties:
            await self._talks.remove(call, party)
