"""What the stand-in hub does with calls, for one agent. Others answer by themselves after a moment."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from floor import Floor, Json, Refused, now_ms

_ANSWER_S = 1.0
BUSY = Refused("target_busy", "相手は通話中です。", "They are on another call.")
NOT_INVITED = Refused(
    "not_invited", "このお客様にはご案内を送れません。", "This caller cannot be sent the way there."
)
NOBODY = Refused("unknown_target", "転送先が見つかりません。", "There is nobody to be reached by that.")


class Talk:
    """Commands on calls; a `Desk` has the contacts, and shows them."""

    contacts: dict[str, Json]
    floor: Floor
    pace: float

    def __init__(self) -> None:
        self.digits = ""
        self.supervision: Json | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def show(self, event: Json) -> None:
        raise NotImplementedError

    async def connect(self, contact: str, messages: list[Json], **more: Any) -> None:
        raise NotImplementedError

    async def change(self, contact: str, **fields: Any) -> None:
        self.contacts[contact] |= fields
        await self.show(self.contacts[contact])

    async def end(self, contact: str) -> None:
        if contact in self.contacts:
            await self.show(self.contacts.pop(contact) | {"state": "ended"})

    def later(self, action: Coroutine[Any, Any, None]) -> None:
        """Do something after a moment."""

        async def run() -> None:
            await asyncio.sleep(_ANSWER_S * self.pace)
            await action

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- the agent alone -------------------------------------------------------------------------

    async def _hold(self, command: Json) -> None:
        await self.change(command["contact"], held=True)

    async def _resume(self, command: Json) -> None:
        await self.change(command["contact"], held=False)

    async def _mute(self, command: Json) -> None:
        await self.change(command["contact"], muted=True)

    async def _unmute(self, command: Json) -> None:
        await self.change(command["contact"], muted=False)

    async def _send_digits(self, command: Json) -> None:
        self.digits += command["digits"]

    async def _record(self, command: Json) -> None:
        states = {"start": "on", "pause": "paused", "resume": "on", "stop": "off"}
        await self.change(command["contact"], recording=states[command["action"]])

    async def _note(self, command: Json) -> None:
        contact = command["contact"]
        note = {"at_ms": now_ms(), "agent": "sato", "text": command["text"]}
        await self.change(contact, notes=[*self.contacts[contact].get("notes", []), note])

    async def _invite(self, command: Json) -> None:
        if command["channel"] == "chat":
            raise NOT_INVITED

    # --- others are brought in ---------------------------------------------------------------------

    async def _transfer(self, command: Json) -> None:
        self._party(command["to"])
        await self.end(command["contact"])

    async def _consult(self, command: Json) -> None:
        contact = command["contact"]
        party = self._party(command["to"])
        await self.change(contact, parties=[*self.contacts[contact]["parties"], party], held=True)
        self.later(self._answered(contact, party["id"]))

    async def _answered(self, contact: str, party: str) -> None:
        if any(each["id"] == party for each in self.contacts.get(contact, {"parties": []})["parties"]):
            await self._parties(contact, "talking", held=True)

    async def _swap(self, command: Json) -> None:
        contact = command["contact"]
        is_apart = self.contacts[contact]["parties"][-1]["state"] == "talking"
        await self._parties(contact, "held" if is_apart else "talking", held=not is_apart)

    async def _conference(self, command: Json) -> None:
        await self._parties(command["contact"], "joined", held=False)

    async def _complete_transfer(self, command: Json) -> None:
        await self.end(command["contact"])

    async def _remove_party(self, command: Json) -> None:
        parties = self.contacts[command["contact"]]["parties"]
        left = [each for each in parties if each["id"] != command["party"]]
        await self.change(command["contact"], parties=left, held=False)

    async def _parties(self, contact: str, state: str, *, held: bool) -> None:
        parties = [each | {"state": state} for each in self.contacts[contact]["parties"]]
        await self.change(contact, parties=parties, held=held)

    def _party(self, to: Json) -> Json:
        """Return who is called; raises `Refused`."""
        agent, number = to.get("agent"), to.get("number")
        if agent is not None and self.floor.agents[agent]["is_on_call"]:
            raise BUSY
        if number is not None and number.startswith("999"):
            raise NOBODY
        name = self.floor.agents[agent]["name"] if agent else ""
        return {"id": f"p{now_ms()}", "state": "ringing", "agent": agent, "number": number, "name": name}

    # --- calls that begin, or begin again ------------------------------------------------------------

    async def _dial(self, command: Json) -> None:
        if command["number"].startswith("999"):
            raise NOBODY
        more = {"address": command["number"], "customer": None, "name": "", "outbound": True}
        self.later(self.connect(f"d{now_ms()}", [], queue=command.get("queue", "support"), **more))

    async def _park(self, command: Json) -> None:
        contact = self.contacts[command["contact"]]
        self.floor.park(contact)
        await self.end(contact["id"])

    async def _pick_up(self, command: Json) -> None:
        call = self.floor.calls.pop(command["contact"], None)
        if call is None:
            raise Refused("taken", "ほかの担当者が応答しました。", "Somebody else took it.")
        kept = {key: call[key] for key in ("queue", "address", "name")}
        self.later(self.connect(command["contact"], [], **kept))

    # --- a supervisor ----------------------------------------------------------------------------

    async def _supervise(self, command: Json) -> None:
        contact, mode = command["contact"], command["mode"]
        if self.supervision is not None:
            await self._supervised(self.supervision | {"mode": mode})
            return
        agent = self.floor.calls[contact]["agent"]
        event = {"type": "supervision", "contact": contact, "agent": agent, "mode": mode, "reason": ""}
        await self._supervised(event | {"state": "ringing"})
        self.later(self._supervised(event | {"state": "listening"}))

    async def _stop_supervising(self, _: Json) -> None:
        await self._unsupervised("stopped")

    async def _take_over(self, command: Json) -> None:
        call = self.floor.calls.pop(command["contact"])
        self.floor.agents[call["agent"]]["is_on_call"] = False
        await self._unsupervised("taken_over")
        kept = {key: call[key] for key in ("queue", "address", "name")}
        await self.connect(command["contact"], [], **kept)

    async def _supervised(self, event: Json) -> None:
        self.supervision = event
        await self.show(event)

    async def _unsupervised(self, reason: str) -> None:
        if self.supervision is not None:
            await self.show(self.supervision | {"state": "ended", "reason": reason})
            self.supervision = None
