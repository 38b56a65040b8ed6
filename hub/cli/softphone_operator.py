"""A softphone that is worked by words: what each does, and what is shown of the calls."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from cti.softphone import (
    CallEnded,
    CallState,
    MediaState,
    PhoneCall,
    Softphone,
    SoftphoneError,
    TransferFailed,
)
from hub.cli.language import Language
from hub.cli.softphone_texts import say

_POLL_S: Final = 0.05
_LEGS_MAX: Final = 4


class Operator:
    """Works one phone. `show` gets each line that a person is to read.

    The present call is the one that was taken up last. `spoken` is a WAV file that is spoken in every call.
    """

    def __init__(
        self,
        phone: Softphone,
        server: str,
        language: Language,
        show: Callable[[str], None],
        *,
        spoken: Path | None = None,
        auto_answer: bool = False,
    ) -> None:
        self._phone, self._server, self._language, self._write = phone, server, language, show
        self._spoken, self._auto_answer = spoken, auto_answer
        self._calls: list[PhoneCall] = []
        """Calls that live, the present one last."""
        self._words: dict[str, Callable[[str], Awaitable[None]]] = {
            "answer": self._answer,
            "reject": self._reject,
            "hold": self._hold,
            "resume": self._resume,
            "hangup": self._hang_up,
            "call": self._call,
            "transfer": self._transfer,
            "join": self._join,
            "switch": self._switch,
            "dtmf": self._dtmf,
            "list": self._list,
        }

    @property
    def has_call(self) -> bool:
        """Whether anybody rings or talks."""
        return bool(self._calls)

    async def run(self) -> None:
        """Show calls as they come and go; until cancelled."""
        async with asyncio.TaskGroup() as watching:
            async for call in self._phone.incoming():
                self._calls.append(call)
                self.say("rings", who=_who(call))
                watching.create_task(self._watch(call))
                if self._auto_answer:
                    await self.do("answer")

    async def do(self, line: str) -> bool:
        """Carry out `word [argument]`; whether the program is to go on."""
        word, _, argument = line.strip().partition(" ")
        word, argument = word.casefold(), argument.strip()
        if word in ("quit", "exit"):
            return False
        if not word:
            return True
        if word == "help":
            self.say("lines")
        elif (deed := self._words.get(word)) is None:
            self.say("unknown", what=word)
        else:
            try:
                await deed(argument)
            except (SoftphoneError, TimeoutError) as error:
                self.say("failed", why=str(error) or type(error).__name__)
        return True

    async def toggle_hold(self) -> None:
        """Hold the present call, or resume it."""
        is_held = bool(self._calls) and self._calls[-1].media is MediaState.HELD
        await self.do("resume" if is_held else "hold")

    async def close(self) -> None:
        """End all calls."""
        await asyncio.gather(*(call.hang_up() for call in self._calls))

    def say(self, name: str, **values: object) -> None:
        """Show a text."""
        self._write(say(self._language, name, **values))

    # --- words -----------------------------------------------------------------------------------

    async def _answer(self, _: str) -> None:
        ringing = [call for call in self._calls if call.incoming and call.state is CallState.RINGING]
        if not ringing:
            return self.say("no_call")
        await self._hold_others(ringing[0])
        await ringing[0].answer()
        self._take_up(ringing[0])
        return None

    async def _reject(self, _: str) -> None:
        ringing = [call for call in self._calls if call.incoming and call.state is CallState.RINGING]
        if ringing:
            await ringing[0].hang_up(603)
        else:
            self.say("no_call")

    async def _hold(self, _: str) -> None:
        if (call := self._present()) is not None:
            await call.hold()

    async def _resume(self, _: str) -> None:
        if (call := self._present()) is not None:
            await call.resume()

    async def _hang_up(self, _: str) -> None:
        if (call := self._present()) is not None:
            await call.hang_up()

    async def _call(self, number: str) -> None:
        if not number:
            return self.say("unknown", what="call")
        for call in self._calls:
            await self._hold_one(call)
        call = await self._phone.call(self._uri(number))
        self._calls.append(call)
        self.say("calling", who=_who(call))
        self._watching = asyncio.create_task(self._watch(call))
        return None

    async def _transfer(self, target: str) -> None:
        if (call := self._present()) is not None and target:
            await self._refer(call, self._uri(target))

    async def _join(self, _: str) -> None:
        """Let the two whom this phone talks to go on with each other."""
        if len(self._calls) < 2:
            return self.say("one_call")
        await self._refer(self._calls[-2], self._calls[-1])
        return None

    async def _switch(self, _: str) -> None:
        if len(self._calls) < 2:
            return self.say("one_call")
        other = self._calls[0]
        await self._hold_others(other)
        if other.media is MediaState.HELD:
            await other.resume()
        self._take_up(other)
        return None

    async def _dtmf(self, digits: str) -> None:
        if (call := self._present()) is not None and digits:
            await call.dtmf(digits)

    async def _list(self, _: str) -> None:
        for call in self._calls:
            self._tell_state(call)
        if not self._calls:
            self.say("no_call")

    # --- calls -----------------------------------------------------------------------------------

    async def _refer(self, call: PhoneCall, target: "str | PhoneCall") -> None:
        try:
            await call.transfer(target)
        except TransferFailed as failure:
            self.say("no_transfer", why=failure)
        else:
            self.say("transferred")

    async def _hold_others(self, chosen: PhoneCall) -> None:
        for call in self._calls:
            if call is not chosen:
                await self._hold_one(call)

    @staticmethod
    async def _hold_one(call: PhoneCall) -> None:
        if call.state is CallState.ANSWERED and call.media is MediaState.ACTIVE:
            await call.hold()

    async def _watch(self, call: PhoneCall) -> None:
        """Show what becomes of a call until it ends."""
        shown = None
        digits = 0
        while call.state is not CallState.ENDED:
            if call.state is CallState.ANSWERED and (now := call.media is MediaState.HELD) is not shown:
                is_new, shown = shown is None, now
                self._tell_state(call)
                if is_new and self._spoken is not None:
                    await self._speak(call)
            for digit in call.digits[digits:]:
                self.say("digit", digit=digit)
            digits = len(call.digits)
            await asyncio.sleep(_POLL_S)
        if call in self._calls:
            self._calls.remove(call)
        self.say("ended", who=_who(call), code=call.code)

    async def _speak(self, call: PhoneCall) -> None:
        try:
            await call.play(self._spoken)
        except CallEnded:
            pass
        except SoftphoneError as error:
            self.say("failed", why=error)

    def _tell_state(self, call: PhoneCall) -> None:
        if call.state is CallState.ANSWERED:
            self.say("held" if call.media is MediaState.HELD else "answered", who=_who(call))
        else:
            self.say("rings" if call.incoming else "calling", who=_who(call))

    def _take_up(self, call: PhoneCall) -> None:
        if call in self._calls:
            self._calls.remove(call)
            self._calls.append(call)

    def _present(self) -> PhoneCall | None:
        """Return the call that a word is about, or say that there is none."""
        if not self._calls:
            self.say("no_call")
            return None
        return self._calls[-1]

    def _uri(self, number: str) -> str:
        return number if number.startswith("sip:") else f"sip:{number}@{self._server}"


def _who(call: PhoneCall) -> str:
    remote = call.remote
    return f"{remote.name} <{remote.user}>" if remote.name else remote.user or remote.uri
